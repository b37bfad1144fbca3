"""Engagement with school: four classes, the moves between them, and attendance term by term.

Depends on need, care, hardship, health, special needs, schools and the pandemic. A class lasts whole terms:
trouble that comes to a head within a term colours all of it, so the class is settled back to its first day.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock, school_year
from catalyst.world.log import Shape
from catalyst.world.luck import Luck, Standing, happens
from catalyst.world.state import IN_NEED, NONE, Life

ENGAGED, STRAINED, DISRUPTED, WITHDRAWN = 0, 1, 2, 3
CLASSES = ("engaged", "strained", "disrupted", "withdrawn")
TERM_STARTS = (5, 9, 0)  # September, January, April: months of the clock modulo 12
REASONS = ("illness", "medical", "unauthorised")
_DISABILITY = 2  # N2

TABLES: dict[str, Shape] = {
    "engagement": Shape({"child": "i8", "start": "i4", "class": "i1"}, ("child", "start")),
}
SWITCHES: tuple[str, ...] = ()


@dataclass
class Memory:
    """What this room keeps; all of shape (children,)."""

    group: np.ndarray  # year group in this school year; −1 not a pupil
    row: np.ndarray  # of the class spell in the log; −1 none
    since: np.ndarray  # day on which it began
    case: np.ndarray  # number of cases when last looked at
    cases: int  # rows of the log of cases then
    known: np.ndarray  # month in which a case of a child in need was last open
    mental: np.ndarray
    exploited: np.ndarray
    pupils: np.ndarray  # rows of those with a year group
    luck: dict[str, Standing]  # by process, of all children
    of_pupils: dict[str, Standing]  # and of the pupils, in their order
    turn: np.ndarray  # 0, 1 or 2: the month of three in which a rare event of an engaged pupil is drawn


def begin(life: Life) -> None:
    """Nobody is at school yet."""
    n = len(life.people.child)
    life.own.engagement = Memory(
        group=np.full(n, -1, dtype=np.int16),
        row=np.full(n, NONE, dtype=np.int64),
        since=np.full(n, NONE, dtype=np.int32),
        case=np.zeros(n, dtype=np.int16),
        cases=0,
        known=np.full(n, -1000, dtype=np.int16),
        mental=np.zeros(n, dtype=np.int8),
        exploited=np.zeros(n, dtype=np.int8),
        pupils=np.zeros(0, dtype=np.int64),
        luck={
            name: life.luck.of(name, life.people.child)
            for name in ("engagement.change", "exclusions", "roll")
        },
        of_pupils={},
        turn=((life.people.child // 8 + life.people.child % 8) % 3).astype(np.int8),
    )


def term_of(month: int | np.ndarray) -> int | np.ndarray:
    """The month of the clock in which the term of a month began; August belongs to the summer term."""
    return month - np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 2])[np.asarray(month) % 12]


def step(life: Life, month: int) -> None:
    """Trouble that came to a head last month; at the start of a term, whose class changes."""
    p = life.parameters["engagement"]
    if month < p["start.first_month"]:
        return
    memory = life.own.engagement
    day = clock.first_day(int(term_of(month - 1)))
    _strikes(life, memory, month, day)
    if month % 12 == school_year.SEPTEMBER or month == p["start.first_month"]:
        _new_year(life, memory, month)
    if month % 12 in TERM_STARTS:
        _change(life, memory, month)
    if month == p["pandemic.month"]:
        pupils = memory.pupils
        u = life.luck("engagement.pandemic", life.people.child[pupils])
        _hit(life, memory, pupils[u < p["pandemic.strike"]], month, clock.first_day(int(term_of(month))))


def _new_year(life: Life, memory: Memory, month: int) -> None:
    """Pupils of the school year that begins; those new to school get their first class."""
    p = life.parameters["engagement"]
    people, children = life.people, life.children
    today = int(clock.first_day(month))
    group = school_year.year_group(people.birth, month)
    gone = ((people.death >= 0) & (people.death < today)) | (people.arrival > today)
    memory.group = np.where(
        (group >= school_year.RECEPTION) & (group <= school_year.YEAR_11) & ~gone, group, -1
    ).astype(np.int16)
    memory.pupils = np.flatnonzero(memory.group >= 0)
    memory.of_pupils = {name: luck.some(memory.pupils) for name, luck in memory.luck.items()}
    new = memory.pupils[memory.row[memory.pupils] == NONE]
    poor = life.families.low_income[people.child_family[new]] | (children.sen[new] > 0)
    shares = np.stack([p.array("start.classes"), p.array("start.sen_or_poor")])[poor.view(np.int8)]
    _set(life, memory, new, life.luck.choose("engagement.start", people.child[new], shares), today)


def _strikes(life: Life, memory: Memory, month: int, day: int) -> None:
    """Trouble that brought a child to services last month, mental ill health and exploitation that began.

    A crisis shows at school in the very term in which it comes to a head, before anybody can have helped; a
    case that follows soon on another is the same trouble and strikes no more.
    """
    p = life.parameters["engagement"]
    children, people, luck = life.children, life.people, life.luck
    pupil = memory.group >= 0
    hits = []
    opened = np.flatnonzero(children.case > memory.case)
    opened = opened[pupil[opened]]
    if len(opened):
        new = life.log["cases"]
        new = {name: new.columns[name][memory.cases : new.count] for name in ("child", "nfa")}
        found = ~np.isin(people.child[opened], new["child"][new["nfa"]]) & (
            children.next_stage[opened] == IN_NEED
        )
        fresh = month - memory.known[opened] > p["strike.after_months"]
        memory.known[opened[found]] = month
        who = opened[fresh & found & (children.need[opened] != _DISABILITY)]
        chance = p["strike.need"] * np.exp(p["strike.severity"] * (children.severity[who] - 0.5))
        hits.append(who[luck("engagement.need", people.child[who], month) < chance])
    if life.log["cases"].count > memory.cases:
        memory.case, memory.cases = children.case.copy(), life.log["cases"].count
    memory.known[children.stage >= IN_NEED] = month
    for name, now in (("mental", children.child_mental), ("exploited", children.exploited)):
        before = getattr(memory, name)
        who = np.flatnonzero(now > before)
        who = who[(before[who] == 0) & pupil[who]]
        setattr(memory, name, now.copy())
        if len(who):
            hits.append(who[luck(f"engagement.{name}", people.child[who], month) < p[f"strike.{name}"]])
    if hits:
        _hit(life, memory, np.unique(np.concatenate(hits)), month, day)


def _hit(life: Life, memory: Memory, child: np.ndarray, month: int, day: int) -> None:
    shares = np.zeros((len(child), 4))
    shares[:, 1:] = life.parameters["engagement"].array("strike.to")
    _weigh(life, memory, child, shares)
    to = life.luck.choose("engagement.strike", life.people.child[child], shares, month)
    worse = to > life.children.engagement[child]
    _set(life, memory, child[worse], to[worse], day)


def _change(life: Life, memory: Memory, month: int) -> None:
    """The moves to a worse or a better class with which a term starts."""
    p, effect = life.parameters["engagement"], life.parameters.effect
    people, children = life.people, life.children
    child = memory.pupils
    now = children.engagement[child]
    school = children.school[child]
    ways = np.append(life.schools.engagement, 0.0) * p["worse.school"]  # the last is for those in no school
    years = p.array("pandemic.worse")
    year = int(school_year.academic_year_ending(month)) - 2021
    worse = np.append(p.array("worse.per_term"), 0.0)[now] * np.exp(
        p.array("worse.year_group")[memory.group[child]]
        + p["worse.low_income"] * life.families.low_income[people.child_family[child]]
        + p["worse.decile"] * (5.5 - people.decile[people.child_family[child]])
        + p.array("worse.sen")[children.sen[child]]
        + ways[school]
        + (years[min(year, len(years) - 1)] if year >= 0 else 0.0)
    )
    cared = children.care_row[child] != NONE
    helped = (children.stage[child] >= IN_NEED) & ~cared
    better = np.append(0.0, p.array("better.per_term"))[now] * np.exp(
        effect("in_need->engagement") * helped + effect("care->engagement") * cared
    )
    u = memory.of_pupils["engagement.change"](month)
    up, down = happens(u, worse), happens(1 - u, better)
    _worsen(life, memory, child[up], month)
    _improve(life, memory, child[down & ~up], month)


def _worsen(life: Life, memory: Memory, child: np.ndarray, month: int) -> None:
    p = life.parameters["engagement"]
    now = life.children.engagement[child]
    table = np.zeros((3, 4))
    table[0, 1:], table[1, 1:], table[2, 3] = p["worse.from_engaged"], p["worse.from_strained"], 1
    shares = table[now]
    _weigh(life, memory, child, shares)
    to = life.luck.choose("engagement.worse", life.people.child[child], shares, month)
    _set(life, memory, child, to, clock.first_day(month))


def _weigh(life: Life, memory: Memory, child: np.ndarray, shares: np.ndarray) -> None:
    """Girls are seldomer disrupted, children before year 7 that or withdrawn; changes ``shares``."""
    p = life.parameters["engagement"]
    shares[:, DISRUPTED] *= np.where(life.people.sex[child] == 1, 1, 1 / p["worse.boy_disrupted"])
    young = memory.group[child] < school_year.YEAR_7
    shares[:, DISRUPTED] *= np.where(young, p["worse.disrupted_in_primary"], 1)
    shares[:, WITHDRAWN] *= np.where(young, p["worse.withdrawn_in_primary"], 1)


def _improve(life: Life, memory: Memory, child: np.ndarray, month: int) -> None:
    p = life.parameters["engagement"]
    now = life.children.engagement[child]
    table = np.zeros((4, 3))
    table[1, 0], table[2, :2], table[3] = 1, p["better.from_disrupted"], p["better.from_withdrawn"]
    to = life.luck.choose("engagement.better", life.people.child[child], table[now], month)
    _set(life, memory, child, to, clock.first_day(month))


def _set(life: Life, memory: Memory, child: np.ndarray, to: np.ndarray, day: int) -> None:
    """The class from the first day of a term on; a second change in a term replaces the first."""
    if not len(child):
        return
    table = life.log["engagement"]
    again = memory.since[child] == day
    if again.any():
        table.set(memory.row[child[again]], **{"class": to[again]})
    new = child[~again]
    memory.row[new] = table.add(
        **{"child": life.people.child[new], "start": np.full(len(new), day), "class": to[~again]}
    )
    memory.since[child] = day
    life.children.engagement[child] = to


def rates(luck: Luck, p, child: np.ndarray, term: np.ndarray, now: np.ndarray) -> list[np.ndarray]:
    """Share of sessions that pupils miss in a term for each of ``REASONS``; it depends on the class alone.

    Parameters
    ----------
    p : the parameters of this room
    child : ids of the pupils
    term : month of the clock in which the term began
    now : class of each pupil in that term

    Returns
    -------
    list of three float arrays; before they are held to the sessions possible
    """
    out = []
    # Terms of one child mostly stand one under another, and what is her own is worked out once for them all.
    new = np.ones(len(child), dtype=bool)
    new[1:] = child[1:] != child[:-1]
    own, which = child[new], np.cumsum(new) - 1
    for k, reason in enumerate(REASONS):
        lasting = (p.array("attendance.lasting")[k] * ndtri(luck(f"engagement.own.{reason}", own)))[which]
        passing = p.array("attendance.passing")[k] * ndtri(luck(f"engagement.{reason}", child, term))
        out.append(p.array(f"attendance.{reason}")[now] * np.exp(lasting + passing))
    return out
