"""Suspensions and permanent exclusions.

Depends on engagement and schools: whatever else bears on a child acts through the class of engagement.
"""

import numpy as np

from catalyst.world import clock, engagement, school_year
from catalyst.world.enrolment import AT_SCHOOL
from catalyst.world.log import Shape
from catalyst.world.luck import happens
from catalyst.world.state import NONE, Life

SUSPENDED, PERMANENT = 0, 1
CATEGORY = ("SUSP", "PERM")
REASON = ("PP", "PA", "VP", "VA", "BU", "RA", "SM", "DA", "DM", "TH", "DB", "OT")
TABLES: dict[str, Shape] = {
    "exclusions": Shape(
        {"child": "i8", "start": "i4", "category": "i1", "reason": "i1", "sessions": "i2", "school": "i4"},
        ("child", "start"),
    ),
}
SWITCHES: tuple[str, ...] = ()
_AUGUST, _CLOSED = 4, (276, 277, 278, 279, 285, 286)
# First and last day of the month on which schools are open, by month of the clock modulo 12.
_OPEN = (
    (14, 30),
    (1, 28),
    (1, 30),
    (1, 20),
    (1, 1),
    (4, 30),
    (1, 24),
    (1, 30),
    (1, 18),
    (6, 31),
    (1, 28),
    (1, 28),
)


def begin(life: Life) -> None:
    """Nobody has been excluded; ``own.exclusions``: who is permanently excluded this month, and when."""
    life.own.exclusions = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)


def at_school(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """Which pupils at school a month matters to: all who are not engaged, and a third of the others.

    A third of the engaged is looked at each month, with three times the hazard: rare events cost less so.

    Parameters
    ----------
    child : rows of children

    Returns
    -------
    bool array, shape of ``child``
    """
    children, turn = life.children, life.own.engagement.turn
    due = (children.engagement[child] > 0) | (turn[child] == month % 3)
    return due & (children.roll[child] == AT_SCHOOL)


def step(life: Life, month: int) -> None:
    """Suspensions and permanent exclusions of this month."""
    begin(life)
    p = life.parameters["exclusions"]
    if month < life.parameters["engagement"]["start.first_month"] or month % 12 == _AUGUST:
        return
    children, memory = life.children, life.own.engagement
    ways = np.exp(np.append(life.schools.exclusion, 0.0) * p["suspension.school"])
    years = p.array("suspension.by_year")
    year = years[np.clip(int(school_year.academic_year_ending(month)) - 2015, 0, len(years) - 1)]
    closed = p["suspension.closed"] if month in _CLOSED else 1.0
    # Few have luck near either event: only they are looked at.
    most = np.where(np.arange(len(engagement.CLASSES)) == engagement.ENGAGED, 3.0, 1.0)
    most = most * ways.max() * year * closed
    near, u = memory.of_pupils["exclusions"].near(
        month,
        (p.array("suspension.per_month") * most)[children.engagement[memory.pupils]],
        above=1 - (p.array("permanent.per_month") * most).max(),
    )
    child = memory.pupils[near]
    due = at_school(life, child, month)
    child, u = child[due], u[due]
    now = children.engagement[child]
    often = np.where(now == engagement.ENGAGED, 3.0, 1.0)
    common = often * ways[children.school[child]] * year * closed
    out = happens(1 - u, p.array("permanent.per_month")[now] * common)
    away = happens(u, p.array("suspension.per_month")[now] * common) & ~out
    life.own.exclusions = child[out], _add(life, child[out], month, PERMANENT)
    _add(life, child[away], month, SUSPENDED)
    children.suspensions[child[away]] += 1
    children.excluded[child[out]] = True


def _add(life: Life, child: np.ndarray, month: int, category: int) -> np.ndarray:
    """Writes them down; returns their days."""
    p, luck, ids = life.parameters["exclusions"], life.luck, life.people.child[child]
    first, last = _OPEN[month % 12]
    day = clock.first_day(month) + first - 1
    day = day + np.floor(luck("exclusions.day", ids, month) * (last - first - 1)).astype(np.int32)
    day = clock.weekday_at_or_after(day)
    days = 1 + luck.choose("exclusions.days", ids, p.array("suspension.sessions"), month)
    life.log["exclusions"].add(
        child=ids,
        start=day,
        category=np.full(len(child), category),
        reason=luck.choose("exclusions.reason", ids, p.array("suspension.reasons"), month),
        sessions=np.where(category == PERMANENT, NONE, 2 * days),
        school=life.children.school[child],
    )
    return day
