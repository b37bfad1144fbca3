"""Care proceedings: a family's case before the court, its parties, and the order that ends it for each child.

Dates agree with the legal status of children in care, which the room of care decides. Depends on care.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.codes import LEGAL_STATUS, REC, index, is_in
from catalyst.world.log import Shape
from catalyst.world.luck import happens
from catalyst.world.state import NONE, ON_PLAN, Life

KINDS = ("care", "supervision", "adoption")
ORDERS = (
    "", "care order", "placement order", "special guardianship order", "child arrangements order",
    "supervision order", "no order", "adoption order",
)  # fmt: skip
_C1, _C2, _E1 = (index(LEGAL_STATUS, code) for code in ("C1", "C2", "E1"))
_GUARDIANS = [index(REC, code) for code in ("E45", "E46", "E47", "E48")]
_HOME = [index(REC, code) for code in ("E4A", "E4B", "E13")]

TABLES: dict[str, Shape] = {
    "court_cases": Shape(
        {
            "case": "i8", "family": "i8", "kind": "i1", "authority": "i2", "application": "i4", "final": "i4",
            "hearings": "i2", "father": "?", "relative": "?",
        },
        ("case",), {"final": ()}, "application"),
    "court_children": Shape(
        {"case": "i8", "child": "i8", "joined": "i4", "ended": "i4", "order": "i1"},
        ("case", "child"), {"ended": ("order",)}, "joined"),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()


@dataclass
class _Own:
    """What the room keeps of those before the court: rows of the log, and the episode of care they are in."""

    child_row: np.ndarray  # in court_children, shape (children,)
    episode: np.ndarray  # row of care_episodes, shape (children,)
    order_day: np.ndarray  # at home: the day of the supervision order to come, shape (children,)
    case_row: np.ndarray  # of the family's latest case, shape (families,)
    number: np.ndarray  # cases of the family so far, shape (families,)


def begin(life: Life) -> None:
    """Nobody is before the court."""
    children, families = len(life.people.child), len(life.people.family)
    life.own.proceedings = _Own(
        child_row=np.full(children, NONE, dtype=np.int64),
        episode=np.full(children, NONE, dtype=np.int64),
        order_day=np.full(children, NONE, dtype=np.int32),
        case_row=np.full(families, NONE, dtype=np.int64),
        number=np.zeros(families, dtype=np.int64),
    )


def step(life: Life, month: int) -> None:
    """Orders that this month's changes of status stand for, then new applications."""
    _end(life, month)
    _begin(life, month)
    _supervision(life, month)
    _adoptions(life, month)
    if month == clock.MONTHS - 1:
        _count(life)


def _begin(life: Life, month: int) -> None:
    """Children who came under an interim care order since last month."""
    own: _Own = life.own.proceedings
    p = life.parameters["proceedings"]
    children, people = life.children, life.people
    cared = np.flatnonzero(children.care_row != NONE)
    child = cared[(children.legal[cared] == _C1) & (own.child_row[cared] == NONE)]
    if not len(child):
        return
    ids = people.family[people.child_family[child]]
    since = children.legal_since[child]
    at_once = since - children.care_start[child] < 10
    bounds = np.where(
        at_once[:, None], p["application.days_before_entry"], p["application.days_before_order"]
    )
    days = _between(life, "proceedings.before", ids, month, bounds.T)
    # No application names a child who is not born, though it may come on the day of birth.
    day = np.maximum(since - days, np.minimum(people.birth[child], since)).astype(np.int32)
    _apply(life, child, day, "care", month)
    own.episode[child] = children.care_row[child]


def _supervision(life: Life, month: int) -> None:
    """Applications about children on a protection plan who stay at home, which end in supervision."""
    own: _Own = life.own.proceedings
    p = life.parameters["proceedings"]
    children, people = life.children, life.people
    first = clock.first_day(month)
    at_home = (children.stage == ON_PLAN) & (children.care_row == NONE) & (own.child_row == NONE)
    child = np.flatnonzero(at_home)
    child = child[(people.birth[child] < first) & (life.turns_18[child] > first + 730)]
    if not len(child):
        return
    ids = people.family[people.child_family[child]]
    u = life.luck("proceedings.supervision", ids, month)
    child = child[happens(u, np.full(len(child), p["application.supervision_per_month"]))]
    if not len(child):
        return
    ids = people.family[people.child_family[child]]
    day = first + np.floor(life.luck("proceedings.supervision_day", ids, month) * 27).astype(np.int32)
    _apply(life, child, day, "supervision", month)
    low, high = p["application.supervision_months"]
    months = low + (high - low) * life.luck("proceedings.length", ids, month)
    own.order_day[child] = day + np.floor(clock.DAYS_PER_MONTH * months).astype(np.int32)


def _between(life: Life, process: str, ids: np.ndarray, month: int, days) -> np.ndarray:
    return days[0] + np.floor(life.luck(process, ids, month) * (days[1] - days[0] + 1)).astype(np.int32)


def _apply(life: Life, child: np.ndarray, day: np.ndarray, kind: str, month: int) -> None:
    """Children come before the court, in the family's latest case if that has just begun or in a new one."""
    own: _Own = life.own.proceedings
    p = life.parameters["proceedings"]
    people, cases = life.people, life.log["court_cases"]
    row = people.child_family[child]
    joins = own.case_row[row] != NONE
    after = day[joins] - cases.get("application", own.case_row[row[joins]])
    same = cases.get("kind", own.case_row[row[joins]]) == KINDS.index(kind)
    joins[joins] = (after >= 0) & (after <= p["application.joined_within_days"]) & same
    new, first = np.unique(row[~joins], return_index=True)
    if len(new):
        # The case begins with the earliest application about any of the children.
        start = np.full(len(own.case_row), np.iinfo(np.int32).max, dtype=np.int32)
        np.minimum.at(start, row[~joins], day[~joins])
        own.number[new] += 1
        ids = people.family[new]
        own.case_row[new] = cases.add(
            case=ids * 64 + own.number[new],
            family=ids,
            kind=np.full(len(new), KINDS.index(kind)),
            authority=life.children.authority[child[~joins][first]],
            application=start[new],
            father=life.luck("proceedings.father", ids, month) < p["parties.father"],
            relative=life.luck("proceedings.relative", ids, month) < p["parties.relative"],
        )
    own.child_row[child] = life.log["court_children"].add(
        case=cases.get("case", own.case_row[row]), child=people.child[child], joined=day
    )


def _end(life: Life, month: int) -> None:
    """Children whose legal status, or whose time, says that the court has decided."""
    own: _Own = life.own.proceedings
    children = life.children
    rows = np.flatnonzero(own.child_row != NONE)
    if not len(rows):
        return
    interim = (children.care_row[rows] != NONE) & (children.legal[rows] == _C1)
    was = own.episode[rows] != NONE
    # Whoever comes under an interim order, or stays under one while she moves, is still before the court.
    own.episode[rows[interim]] = children.care_row[rows[interim]]
    _decide(life, rows[was & ~interim], month)
    _at_home(life, rows[~was & ~interim], month)


def _decide(life: Life, child: np.ndarray, month: int) -> None:
    """Orders about children in care: by the new legal status, or by the reason why care ended."""
    own: _Own = life.own.proceedings
    p = life.parameters["proceedings"]
    children, episodes = life.children, life.log["care_episodes"]
    rec = episodes.get("rec", own.episode[child])
    stays = (children.care_row[child] != NONE) & (rec == index(REC, "X1"))
    legal = children.legal[child]
    supervised = life.luck("proceedings.home", life.people.child[child], month) < p["home.supervision"]
    order = np.select(
        [
            stays & (legal == _C2), stays & (legal == _E1), is_in(rec, _GUARDIANS),
            rec == index(REC, "E41"), is_in(rec, _HOME) & supervised,
        ],
        ["care order", "placement order", "special guardianship order", "child arrangements order",
         "supervision order"],
        "no order",
    )  # fmt: skip
    _close(life, child, episodes.get("dec", own.episode[child]), order)


def _at_home(life: Life, child: np.ndarray, month: int) -> None:
    """Supervision orders on children who stayed at home, unless they came into care or have gone."""
    children, day = life.children, life.own.proceedings.order_day[child]
    gone = children.left[child] | (children.care_row[child] != NONE)
    over = gone | (day < clock.first_day(month + 1))
    day = np.minimum(day, clock.first_day(month + 1) - 1)
    _close(life, child[over], day[over], np.where(gone, "no order", "supervision order")[over])


def _close(life: Life, child: np.ndarray, day: np.ndarray, order: np.ndarray) -> None:
    if not len(child):
        return
    own: _Own = life.own.proceedings
    table = life.log["court_children"]
    rows = own.child_row[child]
    names, which = np.unique(order, return_inverse=True)
    number = np.array([ORDERS.index(name) for name in names])[which]
    table.set(rows, ended=np.maximum(day, table.get("joined", rows) + 1), order=number)
    own.child_row[child] = NONE
    own.episode[child] = NONE


def _adoptions(life: Life, month: int) -> None:
    """The applications, some months ago, that led to this month's adoption orders."""
    p = life.parameters["proceedings"]
    adopted = life.children.adopted
    child = np.flatnonzero((adopted >= clock.first_day(month)) & (adopted < clock.first_day(month + 1)))
    if not len(child):
        return
    ids = life.people.child[child]
    days = _between(life, "proceedings.adoption", ids, month, p["application.adoption_days"])
    # An order of interim care, if one is still open, has ended by now.
    before = life.own.proceedings.child_row[child] != NONE
    _close(
        life, child[before], adopted[child[before]] - days[before], np.full(before.sum(), "placement order")
    )
    _apply(life, child, adopted[child] - days, "adoption", month)
    _close(life, child, adopted[child], np.full(len(child), "adoption order"))


def _count(life: Life) -> None:
    """When all is over: cases end with the last child's order, and hearings are as many as they took."""
    p = life.parameters["proceedings"]
    cases, children = life.log["court_cases"], life.log["court_children"]
    ids = cases.columns["case"][: cases.count]
    order = np.argsort(ids, kind="stable")
    row = order[np.searchsorted(ids[order], children.columns["case"][: children.count])]
    ended = children.columns["ended"][: children.count]
    final = np.full(cases.count, NONE, dtype=np.int32)
    np.maximum.at(final, row, ended)
    final[row[(ended == NONE) | (ended > clock.END)]] = NONE
    stop = np.where(final == NONE, clock.END, final)
    weeks = (stop - cases.columns["application"][: cases.count]) // 7
    more = life.luck.choose("proceedings.hearings", ids, p.array("hearings.more"))
    hearings = p["hearings.least"] + weeks // p["hearings.weeks_between"] + more
    hearings = np.where(final == NONE, weeks // p["hearings.weeks_between"] + 1, hearings)
    cases.set(np.arange(cases.count), final=final, hearings=np.maximum(hearings, 1))
