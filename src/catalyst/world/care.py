"""Being looked after: who enters care, by which legal route, where they live, how it ends.

Rows of the log are SSDA903 episodes: a new one begins whenever legal status or placement changes.
Depends on the front door, protection plans, support and arrivals.
"""

import numpy as np

from catalyst.world import cases, clock, placements, preproceedings
from catalyst.world.codes import CLOSURE, LEGAL_STATUS, NEED, REC, RNE, SOURCE, index, is_in
from catalyst.world.front_door import of_year
from catalyst.world.luck import happens
from catalyst.world.state import CLOSED, FRONT_DOOR, IN_NEED, NONE, ON_PLAN, Life

V2, C1, C2, E1, L1, L2, J1 = (index(LEGAL_STATUS, c) for c in ("V2", "C1", "C2", "E1", "L1", "L2", "J1"))
_STARTS = np.array([V2, C1, L1, J1, L2], dtype=np.int8)
_DISABILITY, _ABSENT_PARENTING, _ABUSE = 2, 8, 1
_ADOPTED = [index(REC, code) for code in ("E11", "E12")]
_GUARDIANS = [index(REC, code) for code in ("E45", "E46", "E47", "E48")]
_ELSEWHERE = index(REC, "E41")


def _due(life: Life, rows: np.ndarray, process: str, hazard: float | np.ndarray, month: int) -> np.ndarray:
    """Those of the children to whom an event of this monthly hazard happens; rows."""
    if not len(rows):
        return rows
    u = life.luck(process, life.people.child[rows], month)
    return rows[happens(u, hazard)]


def _day(life: Life, rows: np.ndarray, process: str, month: int) -> np.ndarray:
    """A day of this month on which something new can happen to a child, after the present episode began."""
    if not len(rows):
        return np.empty(0, dtype=np.int32)
    u = life.luck(process, life.people.child[rows], month)
    day = clock.first_day(month) + np.floor(u * 27).astype(np.int32)
    children = life.children
    begin = np.maximum(children.place_since[rows], children.legal_since[rows])
    return np.maximum(day, np.where(children.care_row[rows] != NONE, begin + 1, 0)).astype(np.int32)


def _age_band(p, age_days: np.ndarray) -> np.ndarray:
    return np.clip(np.searchsorted(p.array("entry.band_ages") * 365.25, age_days, side="right") - 1, 0, 5)


def enter(life: Life, month: int) -> None:
    """Children who start to be looked after this month."""
    _arrive(life, month)
    p = life.parameters["care"]
    people, children, families = life.people, life.children, life.families
    first = clock.first_day(month)
    row = people.child_family

    def at_risk_of(rows: np.ndarray) -> np.ndarray:
        return rows[
            (people.birth[rows] < first)
            & (life.until[rows] > first + 62)
            & (children.care_row[rows] == NONE)
            & ~children.left[rows]
            & (people.arrival[rows] < 0)
        ]

    known_rows = at_risk_of(np.flatnonzero(children.stage != CLOSED))
    # Few children enter care without one: only those whose luck comes near are looked at.
    near, _ = life.monthly["care.entry"].near(month, _highest_unknown(life, month))
    near = at_risk_of(near[children.stage[near] == CLOSED])
    u_unknown = life.monthly["care.entry"](month, near)
    at_risk = np.concatenate([known_rows, near])
    stage = children.stage[at_risk]
    band = _age_band(p, first - people.birth[at_risk])
    known = stage != CLOSED
    hazard = np.zeros(len(at_risk))
    for which, name in ((ON_PLAN, "on_plan"), (IN_NEED, "in_need"), (CLOSED, "unknown")):
        of = stage == which
        hazard[of] = p.array(f"entry.{name}_per_month")[band[of]]
    hazard[~known] *= families.vulnerability[row[at_risk[~known]]]
    with_plan = (stage == IN_NEED) & (children.cin_plan_row[at_risk] != NONE)
    effect = life.parameters.effect
    log = (
        p["entry.by_severity"] * (children.severity[at_risk] - 0.5) * known
        + p["entry.disability"] * (children.need[at_risk] == _DISABILITY) * known
        + p["entry.not_abuse"] * (known & ~is_in(children.need[at_risk], (_ABUSE, _DISABILITY)))
        + effect("cin_plan->care") * with_plan
        + effect("deprivation->care") * (5.5 - people.decile[row[at_risk]])
        + effect("mother_in_care->care") * families.mother_in_care[row[at_risk]]
        + preproceedings.care_log(life, at_risk, month)
        + life.places.care[families.authority[row[at_risk]]]
        + np.log(of_year(p, "entry.by_year", month))
    )
    # Only where a case is open does one decision stand for brothers and sisters.
    u = np.concatenate([life.alike("care.entry_known", known_rows, month, p["entry.together"]), u_unknown])
    child = np.sort(at_risk[happens(u, hazard * np.exp(log))])
    if not len(child):
        return
    family = people.family[row[child]]
    day = first + np.floor(life.luck("care.entry_day", family, month) * 27).astype(np.int32)
    day = np.maximum(day, np.maximum(people.birth[child] + 1, children.free_from[child] + 1))
    day = np.where(children.stage[child] == ON_PLAN, np.maximum(day, children.plan_start[child] + 1), day)
    unknown = children.stage[child] == CLOSED
    _emergency_case(life, child[unknown], day[unknown], month)
    young = (day - people.birth[child]) < 3652
    kind = np.where(
        young,
        life.luck.choose("care.legal", people.child[child], p.array("legal_status.young"), month),
        life.luck.choose("care.legal", people.child[child], p.array("legal_status.older"), month),
    )
    legal = _STARTS[kind]
    _plan_ends_before(life, child, day, month)
    begin(life, child, day, legal, children.need[child], month)


def _highest_unknown(life: Life, month: int) -> float:
    """A hazard of entering care this month that no child without an open case exceeds."""
    p = life.parameters["care"]
    return (
        p.array("entry.unknown_per_month").max()
        * life.families.vulnerability.max()
        * np.exp(abs(life.parameters.effect("deprivation->care")) * 4.5 + life.places.care.max())
        * np.exp(max(life.parameters.effect("mother_in_care->care"), 0))
        * of_year(p, "entry.by_year", month)
    )


def _plan_ends_before(life: Life, child: np.ndarray, day: np.ndarray, month: int) -> None:
    """Some conferences end a plan in the days before the child they know to be about to enter care does."""
    p = life.parameters["protection"]
    children, ids = life.children, life.people.child
    early = np.floor(
        life.luck("care.plan_before_days", ids[child], month) * p["care_end.before_care_days"]
    ).astype(int)
    end = clock.weekday_at_or_before(day - 1 - early)
    ok = (
        (children.stage[child] == ON_PLAN)
        & (life.luck("care.plan_before", ids[child], month) < p["care_end.before_care"])
        & (end > children.plan_start[child])
        & (end >= clock.first_day(month))
    )
    cases.end_plan(life, child[ok], end[ok], "care")


def _emergency_case(life: Life, child: np.ndarray, day: np.ndarray, month: int) -> None:
    if not len(child):
        return
    n = len(child)
    people, families = life.people, life.families
    need = life.luck.choose(
        "care.emergency_need", people.child[child], [0, 6, 0, 1, 2, 2, 0.5, 0, 1.5, 0], month
    )
    source = np.full(n, index(SOURCE, "6"))
    authority = families.authority[people.child_family[child]]
    cases.open_case(life, child, day, authority, source, need, np.full(n, 0.6))
    cases.assess(life, child, day, month, in_need=True)
    life.children.stage[child] = FRONT_DOOR
    life.children.next_stage[child] = IN_NEED


def _arrive(life: Life, month: int) -> None:
    people = life.people
    day = people.arrival[life.arrived]
    child = life.arrived[(day >= clock.first_day(month)) & (day < clock.first_day(month + 1))]
    if not len(child):
        return
    n = len(child)
    day = people.arrival[child]
    need = np.full(n, _ABSENT_PARENTING, dtype=np.int8)
    source = np.full(n, index(SOURCE, "6"))
    cases.open_case(life, child, day, people.home[people.child_family[child]], source, need, np.full(n, 0.5))
    cases.assess(life, child, day, month, in_need=True)
    life.children.stage[child] = FRONT_DOOR
    life.children.next_stage[child] = IN_NEED
    begin(life, child, day, np.full(n, V2, dtype=np.int8), need, month)


def begin(
    life: Life, child: np.ndarray, day: np.ndarray, legal: np.ndarray, need: np.ndarray, month: int
) -> None:
    """A period of care begins. Police and emergency protection last days; another status follows, or home."""
    p = life.parameters["care"]
    children, people, luck = life.children, life.people, life.luck
    recorded = np.where((need == 0) | (need == NEED.index("N9")), _ABUSE, need)
    children.period[child] += 1
    children.care_start[child] = day
    children.care_need[child] = recorded
    placements.choose(life, child, day, legal, month, draw=0)
    _open_episode(life, child, day, "S", legal)
    short = (legal == L1) | (legal == L2)
    who = child[short]
    if len(who):
        length = np.where(legal[short] == L1, 2, 7)
        then = day[short] + length
        what = luck.choose(
            "care.after_protection", people.child[who], p.array("legal_status.after_protection"), month
        )
        for code, value in ((0, V2), (1, C1)):
            go = what == code
            _change_status(life, who[go], then[go], np.full(go.sum(), value, dtype=np.int8))
        home = what == 2
        leave(life, who[home], then[home], np.full(home.sum(), index(REC, "E4A")), month)


def _open_episode(life: Life, child: np.ndarray, day: np.ndarray, rne: str, legal: np.ndarray) -> None:
    children = life.children
    children.care_row[child] = life.log["care_episodes"].add(
        child=life.people.child[child],
        period=children.period[child],
        authority=children.authority[child],
        decom=day,
        rne=index(RNE, rne),
        ls=legal,
        need=children.care_need[child],
        place=children.place[child],
        provider=children.provider[child],
        urn=children.urn[child],
        outside=children.outside[child],
    )
    changed = rne in ("S", "L", "B", "U")
    children.legal[child] = legal
    if changed:
        children.legal_since[child] = day
    if rne != "L":
        children.place_since[child] = day


def _end_episode(
    life: Life, child: np.ndarray, day: np.ndarray, rec: np.ndarray | int, place_change=NONE
) -> None:
    life.log["care_episodes"].set(life.children.care_row[child], dec=day, rec=rec, place_change=place_change)


def _change_status(life: Life, child: np.ndarray, day: np.ndarray, legal: np.ndarray) -> None:
    if len(child):
        _end_episode(life, child, day, index(REC, "X1"))
        _open_episode(life, child, day, "L", legal)


def _move(
    life: Life, child: np.ndarray, day: np.ndarray, month: int, reason: np.ndarray, adoption: bool
) -> None:
    if not len(child):
        return
    _end_episode(life, child, day, index(REC, "X1"), reason)
    if adoption:
        placements.for_adoption(life, child, month)
    else:
        placements.choose(life, child, day, life.children.legal[child], month, draw=1)
    _open_episode(life, child, day, "P", life.children.legal[child])


def leave(life: Life, child: np.ndarray, day: np.ndarray, rec: np.ndarray, month: int) -> None:
    """Periods of care end on ``day`` for a reason (index into codes.REC)."""
    if not len(child):
        return
    p = life.parameters["care"]
    children, people = life.children, life.people
    _end_episode(life, child, day, rec)
    children.care_row[child] = NONE
    children.free_from[child] = np.maximum(children.free_from[child], day)
    children.since[child] = day
    adopted = is_in(rec, _ADOPTED)
    children.adopted[child[adopted]] = day[adopted]
    children.left[child[adopted]] = True
    guardians, elsewhere = is_in(rec, _GUARDIANS), rec == _ELSEWHERE
    reason = np.where(elsewhere, index(CLOSURE, "RC3"), cases.NO_MORE_SERVICES)
    reason = np.where(guardians, index(CLOSURE, "RC4"), reason)
    reason = np.where(adopted, index(CLOSURE, "RC1"), reason)
    goes_on = life.luck("care.case_goes_on", people.child[child], month) < p["leaving.case_goes_on"]
    shuts = (adopted | (guardians | elsewhere) & ~goes_on) & (children.stage[child] == IN_NEED)
    shuts &= children.free_from[child] <= day
    # A child adopted or settled elsewhere cannot keep a protection plan or a pending conference.
    cases.close(life, child[shuts], day[shuts], reason[shuts])


def step(life: Life, month: int) -> None:
    """Legal steps, moves and endings of those who are looked after at the start of the month."""
    p = life.parameters["care"]
    people, children, luck = life.people, life.children, life.luck
    first = clock.first_day(month)
    last = clock.first_day(month + 1)

    in_care = np.flatnonzero(children.care_row != NONE)
    in_care = in_care[life.until[in_care] >= last + 4]

    def looked_after(*status: int) -> np.ndarray:
        rows = in_care[(children.care_row[in_care] != NONE) & is_in(children.legal[in_care], status)]
        return rows[(children.legal_since[rows] < first) & (children.place_since[rows] < first)]

    # Final hearings of those on interim care orders
    rows = looked_after(C1)
    waited = (first - children.legal_since[rows]) / clock.DAYS_PER_MONTH
    rows = rows[waited > p["legal_status.final_hearing_from"]]
    heard = _due(life, rows, "care.hearing", p["legal_status.final_hearing_per_month"], month)
    if len(heard):
        under_5 = first - people.birth[heard] < 1826
        orders = np.where(
            under_5,
            luck.choose("care.order", people.child[heard], p.array("legal_status.final_order_young"), month),
            luck.choose("care.order", people.child[heard], p.array("legal_status.final_order_older"), month),
        )
        day = _day(life, heard, "care.hearing_day", month)
        # No placement order is made on a child who lives with her parents: she stays under a full order.
        orders = np.where((orders == 1) & (children.place[heard] == placements.P1), 0, orders)
        for k, status in ((0, C2), (1, E1)):
            go = orders == k
            _change_status(life, heard[go], day[go], np.full(go.sum(), status, dtype=np.int8))
        go = orders == 2
        leave(life, heard[go], day[go], placements.guardianship_codes(life, heard[go], month), month)
        go = orders == 3
        leave(life, heard[go], day[go], np.full(go.sum(), index(REC, "E4A")), month)

    # Proceedings that begin while a child is accommodated under section 20
    rows = looked_after(V2)
    rows = rows[(people.arrival[rows] < 0) & (life.turns_18[rows] > first + 730)]
    go = _due(life, rows, "care.proceedings", p["legal_status.proceedings_per_month"], month)
    _change_status(
        life, go, _day(life, go, "care.proceedings_day", month), np.full(len(go), C1, dtype=np.int8)
    )

    # Adoption: placed, then adopted
    rows = looked_after(E1)
    placed = placements.is_for_adoption(life, rows)
    to_place, to_adopt = rows[~placed], rows[placed]
    go = _due(life, to_place, "care.placed", p["legal_status.placed_for_adoption_per_month"], month)
    carpl = np.full(len(go), placements.CARE_PLAN)
    _move(life, go, _day(life, go, "care.placed_day", month), month, carpl, adoption=True)
    ready = to_adopt[first - children.place_since[to_adopt] > 100]
    go = _due(life, ready, "care.adopted", p["legal_status.adopted_per_month"], month)
    code = np.where(luck("care.consent", people.child[go], month) < 0.1, index(REC, "E11"), index(REC, "E12"))
    leave(life, go, _day(life, go, "care.adopted_day", month), code, month)

    _go_home(life, looked_after(V2), "voluntary", month)
    _go_home(life, looked_after(C2), "order", month)
    rows = looked_after(J1)
    go = _due(life, rows, "care.remand", p["leaving.remand_per_month"], month)
    sentenced = luck("care.sentenced", people.child[go], month) < 0.3
    leave(
        life, go, _day(life, go, "care.remand_day", month),
        np.where(sentenced, index(REC, "E9"), index(REC, "E14")), month,
    )  # fmt: skip

    rows = looked_after(V2, C1, C2, E1)
    rows = rows[~placements.is_for_adoption(life, rows)]
    go = _due(life, rows, "care.moves", placements.move_hazard(life, rows, first), month)
    day = _day(life, go, "care.moves_day", month)
    _move(life, go, day, month, placements.move_reason(life, go, month), adoption=False)


def _go_home(life: Life, rows: np.ndarray, route: str, month: int) -> None:
    p = life.parameters["care"]
    people, children, luck = life.people, life.children, life.luck
    rows = rows[people.arrival[rows] < 0]
    first = clock.first_day(month)
    if route == "voluntary":
        months = (first - children.care_start[rows]) / clock.DAYS_PER_MONTH
        band = np.searchsorted(p.array("leaving.voluntary_months"), months, side="right") - 1
        hazard = p.array("leaving.voluntary_per_month")[np.maximum(band, 0)]
    else:
        under_10 = first - people.birth[rows] < 3652
        hazard = p.array("leaving.full_order_per_month")[np.where(under_10, 0, 1)]
    go = _due(life, rows, f"care.leaves_{route}", hazard, month)
    if not len(go):
        return
    kind = luck.choose("care.reason", people.child[go], p.array(f"leaving.{route}_reasons"), month)
    fixed = np.array([index(REC, c) for c in ("E4A", "E4B", "E13", "E41", "E8", "E8")])[kind]
    rec = np.where(kind == 4, placements.guardianship_codes(life, go, month), fixed)
    leave(life, go, _day(life, go, "care.leaves_day", month), rec, month)
