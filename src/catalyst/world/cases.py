"""What every room does with a case: open it, assess it, end a plan in it, close it. Depends on state and log.

The order of a case's dates is kept here: nothing happens before the referral, and a closure comes last.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from catalyst.world import clock, exploitation
from catalyst.world.codes import CLOSURE, END_OF_PLAN, FACTOR, index
from catalyst.world.state import CLOSED, IN_NEED, NONE, Life

NO_MORE_SERVICES = index(CLOSURE, "RC7")
DIED = index(CLOSURE, "RC2")
ABUSE_OR_NEGLECT = 1  # N1
_TEENAGER = 11 * 365.25
_FIRST_CODE_YEAR = 2021  # the first of the years, by the end of the return, for which the use of 24A is given
_MOST_STATES = 5
_OWN_CODE = ("11A", "13A", "13A", "12A")  # of sexual, criminal, gang exploitation and trafficking without 24A


def open_case(life: Life, child, day, authority, source, need, severity, nfa=None) -> None:
    """A referral: a new case for each child (rows), with what is needed later kept in the state."""
    children = life.children
    children.case[child] += 1
    children.case_row[child] = life.log["cases"].add(
        child=life.people.child[child],
        case=children.case[child],
        authority=authority,
        referral=day,
        source=source,
        need=need,
        nfa=np.zeros(len(child), dtype=bool) if nfa is None else nfa,
    )
    children.authority[child] = authority
    children.referral[child] = day
    children.need[child] = need
    children.severity[child] = severity
    children.free_from[child] = day


def assess(life: Life, child, day, month: int, in_need) -> np.ndarray:
    """An assessment from ``day``; brothers and sisters referred together share its end.

    Returns
    -------
    int32 array
        Day of authorisation of each child's assessment, which also becomes the first day on which
        anything further can happen.
    """
    p = life.parameters["front_door"]
    people, children, luck = life.people, life.children, life.luck
    family = people.family[people.child_family[child]]
    edges = p.array("assessment.band_edges")
    band = luck.choose("assessment.band", family, p.array("assessment.band_shares"), month)
    inside = luck("assessment.days", family, month)
    length = np.floor(edges[band] + inside * (edges[band + 1] - edges[band])).astype(np.int32)
    start = clock.weekday_at_or_after(day)
    authorised = clock.add_working_days(start, length)
    factors = _factors(life, child, day, month, np.broadcast_to(in_need, len(child)))
    children.factors[child] = factors
    life.log["assessments"].add(
        child=people.child[child],
        case=children.case[child],
        start=start,
        authorised=authorised,
        factors=factors,
    )
    children.free_from[child] = np.maximum(children.free_from[child], authorised)
    return authorised


def _factors(life: Life, child, day, month: int, in_need) -> np.ndarray:
    """What the assessment records of each child (rows), as bits over codes.FACTOR; uint64."""
    mask = np.zeros(len(child), dtype=np.uint64)
    who = np.flatnonzero(in_need)
    if len(who):
        mask[who] = _factors_in_need(life, child[who], day[who], month)
    only = np.where(in_need, index(FACTOR, "20"), index(FACTOR, "21")).astype(np.uint64)
    return np.where(mask == 0, np.uint64(1) << only, mask)


def _factors_in_need(life: Life, child, day, month: int) -> np.ndarray:
    chances = _chances(life)
    people, children, families = life.people, life.children, life.families
    row = people.child_family[child]
    # Which of a code's chances holds: the first, unless something is true of the home or of the child.
    state = np.zeros((len(child), len(FACTOR)), dtype=np.int8)
    abuse, substance = families.domestic_abuse[row], families.substance[row]
    teenager = day - people.birth[child] >= _TEENAGER
    disabled = (children.disabilities[child] > 0) & (children.disability_from[child] <= day)
    mental = children.child_mental[child]
    for code, true in {
        "1B": substance, "2B": substance, "3A": abuse, "3B": abuse, "3C": abuse,
        "4B": families.parental_mental[row], "1A": teenager, "2A": teenager, "14A": teenager, "4A": mental,
        "15A": teenager * (1 + mental), "6A": disabled,
        "10A": exploitation.missing_lately(life, child, month),
    }.items():  # fmt: skip
        state[:, index(FACTOR, code)] = true
    chance = chances.by_state[np.arange(len(FACTOR)), state]
    # Abuse and neglect: where that is the primary need, and the more often the more severe the need.
    shift = chances.by_severity * (children.severity[child] - chances.severity_centre)
    abused = children.need[child] == ABUSE_OR_NEGLECT
    chance[:, chances.abuse] = abused[:, None] * expit(chances.abuse_log_odds + shift[:, None])
    # What is true of the home is recorded for all its children alike; what is true of a child is her own.
    mask = np.zeros(len(child), dtype=np.uint64)
    for bits, unit in ((chances.home, people.family[row]), (chances.child, people.child[child])):
        hit = life.luck("assessment.factor", unit[:, None], month, draw=bits[None, :]) < chance[:, bits]
        mask |= (hit.astype(np.uint64) << bits.astype(np.uint64)).sum(axis=1, dtype=np.uint64)
    exploited = np.flatnonzero(children.exploited[child])
    mask[exploited] |= _exploitation(life, child[exploited], month)
    return mask


@dataclass
class _Chances:
    """The chances of all codes, as arrays over codes.FACTOR."""

    by_state: np.ndarray  # shape (codes, states)
    home: np.ndarray  # codes about the home
    child: np.ndarray  # and about the child, abuse and neglect among them
    abuse: np.ndarray
    abuse_log_odds: np.ndarray
    by_severity: float
    severity_centre: float
    criminal_code: np.ndarray  # share given 24A, shape (kinds of exploitation, years)
    own_code: np.ndarray  # bit of each kind's own code


def _chances(life: Life) -> _Chances:
    """Read once for a block, and kept."""
    if not hasattr(life.own, "cases"):
        p = life.parameters["front_door"]
        by_state = np.zeros((len(FACTOR), _MOST_STATES))
        bits = {"home": [], "child": [index(FACTOR, code) for code in p["factors.abuse"]]}
        for unit, some in bits.items():
            for bit, code in enumerate(FACTOR):
                if f"factors.{unit}.{code}" in p:
                    given = p.array(f"factors.{unit}.{code}")
                    by_state[bit, : len(given)] = given
                    some.append(bit)
        life.own.cases = _Chances(
            by_state=by_state,
            home=np.array(bits["home"]),
            child=np.array(bits["child"]),
            abuse=np.array(bits["child"][: len(p["factors.abuse"])]),
            abuse_log_odds=logit(list(p["factors.abuse"].values())),
            by_severity=p["factors.by_severity"],
            severity_centre=p["factors.severity_centre"],
            criminal_code=p.array("factors.criminal_code_by_kind_and_year"),
            own_code=np.array([index(FACTOR, code) for code in _OWN_CODE], dtype=np.uint64),
        )
    return life.own.cases


def _exploitation(life: Life, child, month: int) -> np.ndarray:
    """Bits for children who are being exploited: recognised alike in all years, under codes that change."""
    if not len(child):
        return np.zeros(0, dtype=np.uint64)
    p, luck, ids = life.parameters["front_door"], life.luck, life.people.child[child]
    kind = life.children.exploited[child] - 1
    known = luck("assessment.exploited", ids, month) < p["factors.exploitation_recorded"]
    chances = _chances(life)
    shares = chances.criminal_code
    year = min(max(int(clock.year_ending(month)) - _FIRST_CODE_YEAR, 0), shares.shape[1] - 1)
    newer = luck("assessment.criminal_code", ids, month) < shares[kind, year]
    both = luck("assessment.both_codes", ids, month) < p["factors.both_codes"]
    own = chances.own_code[kind]
    found = newer.astype(np.uint64) << np.uint64(index(FACTOR, "24A"))
    found |= (~newer | both).astype(np.uint64) << own
    return np.where(known, found, np.uint64(0))


def end_plan(life: Life, child, day, reason: str) -> None:
    """Child protection plans end on ``day``, for a reason that only the truth knows."""
    if not len(child):
        return
    children = life.children
    life.log["cp_plans"].set(
        children.plan_row[child], end=day, end_reason=np.full(len(child), END_OF_PLAN.index(reason))
    )
    children.plan_row[child] = NONE
    children.stage[child] = IN_NEED
    children.since[child] = day
    children.free_from[child] = np.maximum(children.free_from[child], day)


def start_cin_plan(life: Life, child, day) -> None:
    """Child in need plans begin."""
    if len(child):
        life.children.cin_plan_row[child] = life.log["cin_plans"].add(
            child=life.people.child[child], case=life.children.case[child], start=day
        )


def end_cin_plan(life: Life, child, day) -> None:
    """Child in need plans, where there are any, end on ``day`` (a day after they began at the earliest)."""
    children = life.children
    has = children.cin_plan_row[child] != NONE
    rows = children.cin_plan_row[child[has]]
    if len(rows):
        table = life.log["cin_plans"]
        table.set(rows, end=np.maximum(np.broadcast_to(day, len(child))[has], table.get("start", rows) + 1))
        children.cin_plan_row[child[has]] = NONE


def close(life: Life, child, day, reason) -> None:
    """Cases close on ``day``; nothing in a case comes after its closure."""
    if not len(child):
        return
    children = life.children
    end_cin_plan(life, child, day)
    life.log["cases"].set(children.case_row[child], closure=day, reason=np.broadcast_to(reason, len(child)))
    children.stage[child] = CLOSED
    children.case_row[child] = NONE
    children.conference[child] = NONE
    children.free_from[child] = day
    family = life.people.child_family[child]
    months = np.broadcast_to(clock.month_of(np.asarray(day)), len(child))
    np.maximum.at(life.families.last_closure, family, months)
