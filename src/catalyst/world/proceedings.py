"""Care proceedings: a family's case before the court, its parties, and the order that ends it for each child.

The room of care decides who comes under which order and when; here, when all is known, those decisions are
put into cases, with the applications before them and brothers and sisters at home. Depends on care.
"""

from typing import NamedTuple

import numpy as np

from catalyst.world import clock
from catalyst.world.codes import LEGAL_STATUS, REC, index, is_in
from catalyst.world.families import birthday
from catalyst.world.log import Shape
from catalyst.world.state import NONE, Life

KINDS = ("care", "supervision", "adoption")
ORDERS = (
    "", "care order", "placement order", "special guardianship order", "child arrangements order",
    "supervision order", "no order", "adoption order",
)  # fmt: skip
_CARE, _SUPERVISION, _ADOPTION = range(3)
_SUPERVISED, _NO_ORDER, _ADOPTED = (
    ORDERS.index(f"{name} order") for name in ("supervision", "no", "adoption")
)
_C1, _C2, _E1 = (index(LEGAL_STATUS, code) for code in ("C1", "C2", "E1"))
_GUARDIANS = [index(REC, code) for code in ("E45", "E46", "E47", "E48")]
_HOME = [index(REC, code) for code in ("E4A", "E4B", "E13")]
_YEAR = 365

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


class _Applications(NamedTuple):
    """One application about one child; arrays of shape (applications,)."""

    child: np.ndarray  # row of children
    kind: np.ndarray
    day: np.ndarray
    authority: np.ndarray
    ended: np.ndarray  # day of the order, −1 none yet
    order: np.ndarray

    def take(self, rows: np.ndarray) -> "_Applications":
        return _Applications(*(column[rows] for column in self))


class _Care:
    """Episodes of care in the order of child and day, to be asked who was where on a day."""

    def __init__(self, life: Life):
        table = life.log["care_episodes"]
        columns = {name: column[: table.count] for name, column in table.columns.items()}
        order = np.lexsort((columns["decom"], columns["period"], columns["child"]))
        self.columns = {name: column[order] for name, column in columns.items()}
        self._keys = self._key(self.columns["child"], self.columns["decom"])

    @staticmethod
    def _key(child: np.ndarray, day: np.ndarray) -> np.ndarray:
        return child * 2**17 + day

    def covers(self, child: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether children (ids) were looked after on a day."""
        last = np.searchsorted(self._keys, self._key(child, day), side="right") - 1
        row = np.maximum(last, 0)
        dec = self.columns["dec"][row]
        return (last >= 0) & (self.columns["child"][row] == child) & ((dec < 0) | (dec >= day))


def begin(life: Life) -> None:
    """Nothing is decided beforehand."""


def step(life: Life, month: int) -> None:
    """Writes up all proceedings in the last month, when it is known what care came to."""
    if month < clock.MONTHS - 1 or not life.log["care_episodes"].count:
        return
    care = _Care(life)
    interim = _interim(life, care)
    plans = _on_plans(life, care, interim)
    siblings = _siblings(life, care, interim)
    _into_cases(life, [interim, plans, siblings], number=1)
    _into_cases(life, [_adoptions(life)], number=32)


def _rows(life: Life, ids: np.ndarray) -> np.ndarray:
    order = np.argsort(life.people.child, kind="stable")
    return order[np.searchsorted(life.people.child, ids, sorter=order)]


def _days(life: Life, process: str, ids: np.ndarray, when: np.ndarray, bounds) -> np.ndarray:
    """A number of days between two bounds, the same for all of one family who come at the same time."""
    low, high = np.asarray(bounds).T
    u = life.luck(process, ids, clock.month_of(when))
    return (low + np.floor(u * (high - low + 1))).astype(np.int32)


def _interim(life: Life, care: _Care) -> _Applications:
    """Spells under an interim care order, each with the application before and the order after it."""
    p = life.parameters["proceedings"]
    e = care.columns
    same = np.zeros(len(e["child"]) + 1, dtype=bool)  # the episode before is of the same period of care
    same[1:-1] = (e["child"][1:] == e["child"][:-1]) & (e["period"][1:] == e["period"][:-1])
    interim = e["ls"] == _C1
    goes_on = np.zeros(len(interim) + 1, dtype=bool)
    goes_on[1:-1] = same[1:-1] & interim[1:] & interim[:-1]
    begins, ends = np.flatnonzero(interim & ~goes_on[:-1]), np.flatnonzero(interim & ~goes_on[1:])
    entry = np.maximum.accumulate(np.where(same[:-1], 0, np.arange(len(interim))))[begins]
    since = e["decom"][begins]
    row = _rows(life, e["child"][begins])
    at_once = since - e["decom"][entry] < 10
    bounds = np.where(
        at_once[:, None], p["application.days_before_entry"], p["application.days_before_order"]
    )
    family = life.people.family[life.people.child_family[row]]
    # No application names a child who is not born, though it may come on the day of birth.
    day = np.maximum(since - _days(life, "proceedings.before", family, since, bounds), life.people.birth[row])
    rec = e["rec"][ends]
    after = np.where(same[1:][ends] & (rec == index(REC, "X1")), e["ls"][(ends + 1) % len(interim)], NONE)
    home = life.luck("proceedings.home", e["child"][begins], clock.month_of(since)) < p["home.supervision"]
    order = np.select(
        [
            after == _C2, after == _E1, is_in(rec, _GUARDIANS), rec == index(REC, "E41"),
            is_in(rec, _HOME) & home,
        ],
        [1, 2, 3, 4, _SUPERVISED],
        _NO_ORDER,
    )  # fmt: skip
    kind = np.full(len(row), _CARE)
    return _Applications(row, kind, np.minimum(day, since), e["authority"][begins], e["dec"][ends], order)


def _on_plans(life: Life, care: _Care, interim: _Applications) -> _Applications:
    """Applications about children on a protection plan who stay at home, under supervision in the end."""
    p = life.parameters["proceedings"]
    table = life.log["cp_plans"]
    child, start, end = (table.columns[name][: table.count] for name in ("child", "start", "end"))
    row = _rows(life, child)
    stop = np.where(end < 0, clock.END, end)
    family = life.people.family[life.people.child_family[row]]
    month = clock.month_of(start)
    months = np.maximum(stop - start, 0) / clock.DAYS_PER_MONTH
    wait = life.luck.exponential("proceedings.supervision", family, month)
    wait = wait / p["application.supervision_per_month"]
    day = start + np.floor(wait * clock.DAYS_PER_MONTH)
    take = (wait < months) & (life.people.birth[row] <= day)
    row, day = row[take], day[take].astype(np.int32)
    return _at_home(life, care, interim, row, day, life.families.authority[life.people.child_family[row]])


def _siblings(life: Life, care: _Care, interim: _Applications) -> _Applications:
    """Brothers and sisters at home who are in the application, too."""
    p = life.parameters["proceedings"]
    people = life.people
    order = np.argsort(people.child_family, kind="stable")
    edges = np.searchsorted(people.child_family[order], np.arange(len(people.family) + 1))
    family = people.child_family[interim.child]
    count = edges[family + 1] - edges[family]
    source = np.repeat(np.arange(len(family)), count)
    inside = np.arange(len(source)) - np.repeat(np.cumsum(count) - count, count)
    row = order[edges[family[source]] + inside]
    day = interim.day[source]
    # One draw for each application that the family has: of two on the same day only one can name a sibling.
    joins = (
        life.luck("proceedings.sibling", people.child[row], clock.month_of(day)) < p["application.siblings"]
    )
    joins &= (row != interim.child[source]) & (people.birth[row] <= day)
    row, day, authority = row[joins], day[joins], interim.authority[source[joins]]
    _, first = np.unique(people.child[row] * 2**17 + day, return_index=True)
    return _at_home(life, care, interim, row[first], day[first], authority[first])


def _at_home(
    life: Life, care: _Care, interim: _Applications, row: np.ndarray, day: np.ndarray, authority: np.ndarray
) -> _Applications:
    """Applications about children at home that end with the family together; no other case beside them."""
    p = life.parameters["proceedings"]
    people = life.people
    ids = people.child[row]
    fits = (birthday(people.birth[row], 16) > day) & (
        (people.death[row] < 0) | (people.death[row] > day + _YEAR)
    )
    fits &= (people.arrival[row] < 0) & (
        (life.children.adopted[row] < 0) | (life.children.adopted[row] > day)
    )
    fits &= ~care.covers(ids, day) & ~care.covers(ids, day + 60)
    own = np.sort(people.child[interim.child] * 2**17 + interim.day)
    near = np.searchsorted(own, ids * 2**17 + day - _YEAR) < np.searchsorted(own, ids * 2**17 + day + _YEAR)
    keep = np.flatnonzero(fits & ~near)
    # Two applications within a year about the same child at home are one.
    keep = keep[np.lexsort((day[keep], ids[keep]))]
    soon = np.zeros(len(keep), dtype=bool)
    soon[1:] = (ids[keep[1:]] == ids[keep[:-1]]) & (day[keep[1:]] - day[keep[:-1]] < _YEAR)
    keep = keep[~soon]
    row, day, authority = row[keep], day[keep], authority[keep]
    low, high = np.multiply(p["application.supervision_months"], clock.DAYS_PER_MONTH)
    family = people.family[people.child_family[row]]
    ended = day + _days(life, "proceedings.length", family, day, [low, high])
    n = len(row)
    return _Applications(row, np.full(n, _SUPERVISION), day, authority, ended, np.full(n, _SUPERVISED))


def _adoptions(life: Life) -> _Applications:
    """Applications to adopt, some months before the order."""
    p = life.parameters["proceedings"]
    children, people = life.children, life.people
    row = np.flatnonzero(children.adopted >= 0)
    ended = children.adopted[row]
    day = ended - _days(
        life, "proceedings.adoption", people.child[row], ended, p["application.adoption_days"]
    )
    n = len(row)
    authority = people.home[people.child_family[row]]
    return _Applications(row, np.full(n, _ADOPTION), day, authority, ended, np.full(n, _ADOPTED))


def _into_cases(life: Life, parts: list[_Applications], number: int) -> None:
    """Puts applications about one family that follow one another within weeks into one case.

    An adoption is a case of its own: no two children share one.
    """
    p = life.parameters["proceedings"]
    people = life.people
    a = _Applications(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    if not len(a.child):
        return
    family = people.child_family[a.child]
    order = np.lexsort((a.child, a.day, family))
    a, family = a.take(order), family[order]
    n = len(family)
    joins = np.zeros(n, dtype=bool)
    near = a.day[1:] - a.day[:-1] <= p["application.joined_within_days"]
    joins[1:] = (family[1:] == family[:-1]) & near & (a.kind[1:] != _ADOPTION)
    case = np.cumsum(~joins) - 1
    # A child who comes before the court again so soon is in the case already.
    _, once = np.unique(case * len(people.child) + a.child, return_index=True)
    a, family, case = a.take(once), family[once], case[once]
    first = np.unique(case, return_index=True)[1]
    kind = np.full(len(first), _ADOPTION)
    np.minimum.at(kind, case, a.kind)
    ended = np.where(a.ended > clock.END, NONE, a.ended)
    ended = np.where(ended == NONE, NONE, np.maximum(ended, a.day + 1))
    final = np.full(len(first), NONE)
    np.maximum.at(final, case, ended)
    final[case[ended == NONE]] = NONE
    of = family[first]
    same = np.zeros(len(first), dtype=bool)
    same[1:] = of[1:] == of[:-1]
    running = np.arange(len(first)) - np.maximum.accumulate(np.where(same, 0, np.arange(len(first))))
    ids = people.family[of] * 64 + number + running
    application = np.full(len(first), np.iinfo(np.int32).max)
    np.minimum.at(application, case, a.day)
    life.log["court_cases"].add(
        case=ids,
        family=people.family[of],
        kind=kind,
        authority=a.authority[first],
        application=application,
        final=final,
        hearings=_hearings(life, ids, application, final),
        father=(kind != _ADOPTION) & (life.luck("proceedings.father", ids) < p["parties.father"]),
        relative=(kind != _ADOPTION) & (life.luck("proceedings.relative", ids) < p["parties.relative"]),
    )
    life.log["court_children"].add(
        case=ids[case],
        child=people.child[a.child],
        joined=a.day,
        ended=ended,
        order=np.where(ended < 0, 0, a.order),
    )


def _hearings(life: Life, case: np.ndarray, application: np.ndarray, final: np.ndarray) -> np.ndarray:
    """Hearings so far: more in longer cases."""
    p = life.parameters["proceedings"]
    weeks = (np.where(final == NONE, clock.END, final) - application) // 7
    so_far = weeks // p["hearings.weeks_between"]
    more = life.luck.choose("proceedings.hearings", case, p.array("hearings.more"))
    return np.where(final == NONE, so_far + 1, p["hearings.least"] + so_far + more)
