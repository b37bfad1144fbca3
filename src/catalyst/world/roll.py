"""Who is on which roll: moves of school, alternative provision, home education, leaving the roll unseen.

Depends on engagement, exclusions and care; the school year itself is the room of special needs.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock, school_year, schools
from catalyst.world.enrolment import ALTERNATIVE, AT_HOME, AT_SCHOOL, UNSEEN, move
from catalyst.world.exclusions import at_school
from catalyst.world.log import Shape
from catalyst.world.state import NONE, Life

REASONS = ("philosophical", "mental health", "dissatisfied", "lifestyle", "suggested by the school", "other")
TABLES: dict[str, Shape] = {
    "off_roll": Shape(
        {
            "child": "i8", "kind": "i1", "authority": "i2", "start": "i4", "end": "i4", "school": "i4",
            "reason": "i1", "excluded": "?",
        },
        ("child", "start"), {"end": ()},
    ),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
_AUGUST = 4
_RATES = (("home_education", AT_HOME), ("missing_education", UNSEEN), ("alternative", ALTERNATIVE))


@dataclass
class Memory:
    """What this room keeps; all of shape (children,)."""

    kind: np.ndarray  # ALTERNATIVE, AT_HOME, UNSEEN or 0
    row: np.ndarray  # of the open spell in the log
    school: np.ndarray  # that the child left
    cared: np.ndarray
    changed: np.ndarray  # month of the last change of roll or school: one a month is enough


def begin(life: Life) -> None:
    """Nobody is off the roll."""
    n = len(life.people.child)
    life.own.roll = Memory(
        kind=np.zeros(n, dtype=np.int8),
        row=np.full(n, NONE, dtype=np.int64),
        school=np.full(n, NONE, dtype=np.int32),
        cared=np.zeros(n, dtype=bool),
        changed=np.full(n, NONE, dtype=np.int16),
    )


def step(life: Life, month: int) -> None:
    """Spells off the roll that end or begin this month, and moves between schools."""
    if month < life.parameters["engagement"]["start.first_month"]:
        return
    memory = life.own.roll
    _too_old(life, memory, month)
    if month % 12 == _AUGUST:
        return
    _back(life, memory, month)
    _excluded(life, memory, month)
    _away(life, memory, month)
    _into_care(life, memory, month)


def _day(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """A day of the month on which something changes, after the child joined the present school."""
    u = life.luck("roll.day", life.people.child[child], month)
    day = clock.weekday_at_or_after(clock.first_day(month) + 3 + np.floor(u * 18).astype(np.int32))
    row = life.own.enrolment[child]
    joined = life.log["school_spells"].get("start", row)
    return np.where((row != NONE) & (joined >= day), joined + 1, day).astype(np.int32)


def _too_old(life: Life, memory: Memory, month: int) -> None:
    """Compulsory schooling, or life, is over."""
    children = life.children
    over = np.flatnonzero(memory.kind)
    over = over[children.roll[over] != memory.kind[over]]
    if len(over):
        life.log["off_roll"].set(memory.row[over], end=np.full(len(over), clock.first_day(month) - 1))
        memory.kind[over] = 0


def _back(life: Life, memory: Memory, month: int) -> None:
    p = life.parameters["roll"]
    child = np.flatnonzero(memory.kind)
    if not len(child):
        return
    ends = np.zeros(5)
    for name, kind in _RATES:
        ends[kind] = p[f"{name}.ends_per_month"]
    u = life.luck("roll.back", life.people.child[child], month)
    child = child[u < 1 - np.exp(-ends[memory.kind[child]])]
    if not len(child):
        return
    spells = life.log["off_roll"]
    day = np.maximum(_day(life, child, month), spells.get("start", memory.row[child]) + 1)
    spells.set(memory.row[child], end=day)
    memory.kind[child], memory.changed[child] = 0, month
    life.children.roll[child] = AT_SCHOOL
    move(life, child, _new_school(life, child, memory.school[child], month), day)


def _new_school(life: Life, child: np.ndarray, old: np.ndarray, month: int) -> np.ndarray:
    """A school of the phase of the child's age, or special for those who come from a special school."""
    group = life.own.engagement.group[child]
    phase = np.where(group < school_year.YEAR_7, schools.PRIMARY, schools.SECONDARY)
    special = np.append(life.schools.phase == schools.SPECIAL, False)[old]
    phase = np.where(special, schools.SPECIAL, phase)
    authority = life.families.authority[life.people.child_family[child]]
    return life.schools.choose(authority, phase, life.luck("roll.school", life.people.child[child], month))


def _leave(life: Life, memory: Memory, child, kind: int, day, month: int, excluded: bool = False) -> None:
    if not len(child):
        return
    p, people, luck, children = life.parameters["roll"], life.people, life.luck, life.children
    ids = people.child[child]
    authority = life.families.authority[people.child_family[child]]
    provision = reason = np.full(len(child), NONE, dtype=np.int32)
    if kind == ALTERNATIVE:
        provision = life.schools.choose(authority, schools.ALTERNATIVE, luck("roll.provision", ids, month))
    elif kind == AT_HOME:
        reason = luck.choose("roll.reason", ids, p.array("home_education.reasons"), month)
    memory.school[child] = children.school[child]
    memory.kind[child], memory.changed[child] = kind, month
    memory.row[child] = life.log["off_roll"].add(
        child=ids, kind=kind, authority=authority, start=day, school=provision, reason=reason,
        excluded=np.full(len(child), excluded),
    )  # fmt: skip
    children.roll[child] = kind
    move(life, child, provision, day)


def _excluded(life: Life, memory: Memory, month: int) -> None:
    """Pupils permanently excluded this month go to alternative provision or to another school."""
    child, day = life.own.exclusions
    if not len(child):
        return
    day = clock.weekday_at_or_after(day + 1)
    u = life.luck("roll.after_exclusion", life.people.child[child], month)
    provided = u < life.parameters["roll"]["alternative.after_exclusion"]
    _leave(life, memory, child[provided], ALTERNATIVE, day[provided], month, excluded=True)
    _change(life, memory, child[~provided], month, day[~provided])


def _away(life: Life, memory: Memory, month: int) -> None:
    """Who leaves the roll of a school, or changes school, by the class of engagement alone."""
    p = life.parameters["roll"]
    engagement = life.own.engagement
    years = p.array("home_education.by_year")
    trend = years[np.clip(int(school_year.academic_year_ending(month)) - 2015, 0, len(years) - 1)]
    # One draw decides: the hazards lie side by side. Engaged pupils have their turn every third month.
    edges = [p.array(f"{name}.per_month") * (trend if kind == AT_HOME else 1) for name, kind in _RATES]
    edges = np.cumsum([*edges, p.array("moves.per_month")], axis=0) * np.array([3, 1, 1, 1])
    # Few may be drawn at all: only they are looked at.
    near, u = engagement.of_pupils["roll"].near(month, edges[-1].max())
    child = engagement.pupils[near]
    now = life.children.engagement[child]
    drawn = (u < edges[-1][now]) & at_school(life, child, month) & (memory.changed[child] != month)
    child, what = child[drawn], (u[drawn] >= edges[:, now[drawn]]).sum(axis=0)
    for k, (_, kind) in enumerate(_RATES):
        who = child[what == k]
        _leave(life, memory, who, kind, _day(life, who, month), month)
    _change(life, memory, child[what == len(_RATES)], month)


def _into_care(life: Life, memory: Memory, month: int) -> None:
    """Some children new in care change school."""
    children = life.children
    cared = children.care_row != NONE
    new = np.flatnonzero(cared & ~memory.cared)
    pupil = (children.roll[new] == AT_SCHOOL) & (life.own.engagement.group[new] >= 0)
    new = new[pupil & (memory.changed[new] != month)]
    u = life.luck("roll.care", life.people.child[new], month)
    _change(life, memory, new[u < life.parameters["roll"]["moves.care"]], month)
    memory.cared = cared


def _change(life: Life, memory: Memory, child: np.ndarray, month: int, day: np.ndarray | None = None) -> None:
    if not len(child):
        return
    day = _day(life, child, month) if day is None else day
    old = life.children.school[child]
    new = _new_school(life, child, old, month)
    other = (new != old) & (old != NONE)
    memory.changed[child] = month
    move(life, child[other], new[other], day[other])
