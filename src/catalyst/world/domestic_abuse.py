"""Domestic abuse: spells in a family, who comes to know of them, and moves of home inside the authority.

Depends on hardship, parental health and lasting vulnerability. Which reports a year of abuse leads to is
decided by family and year alone, so that the lists are independent given that there is abuse.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.log import Shape
from catalyst.world.moments import HALF_YEAR, Moments
from catalyst.world.state import Life

LISTS = ("police", "health")
TABLES: dict[str, Shape] = {
    "domestic_abuse": Shape(
        {"family": "i8", "start": "i4", "end": "i4"}, ("family", "start"), {"end": ()}),
    "domestic_abuse_reports": Shape(
        {"family": "i8", "day": "i4", "list": "i1", "child_present": "?"},
        ("family", "day", "list"), begin="day"),
    "home_moves": Shape({"family": "i8", "day": "i4", "authority": "i2"}, ("family", "day"), begin="day"),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
_REPORTED_FROM = 192  # April 2013: nothing follows from a report, and no extract reaches further back
BEFORE_BIRTH = 150  # days before the first birth from which a family is followed


@dataclass
class _Own:
    """Arrays of shape (families,)."""

    first: np.ndarray  # months in which the family is followed: first to last inclusive
    last: np.ndarray
    ends: np.ndarray  # month from which the present spell is over; 0 where there is none
    vulnerability: np.ndarray
    onsets: Moments
    moves: Moments


def begin(life: Life) -> None:
    """From when to when each family has children, expected or under eighteen."""
    people, p = life.people, life.parameters["domestic_abuse"]
    first = np.full(len(people.family), np.iinfo(np.int32).max, dtype=np.int32)
    last = np.full(len(people.family), -1, dtype=np.int32)
    np.minimum.at(first, people.child_family, people.birth - BEFORE_BIRTH)
    np.maximum.at(last, people.child_family, life.until.astype(np.int32))
    first = np.where(life.settled, clock.month_of(first), clock.MONTHS)
    life.own.domestic_abuse = _Own(
        first=first,
        last=clock.month_of(last),
        ends=np.zeros(len(people.family), dtype=np.int32),
        vulnerability=life.families.vulnerability ** p["spells.vulnerability_power"],
        onsets=Moments(life.luck, "domestic_abuse.onset", people.family, p["spells.most_per_month"]),
        moves=Moments(life.luck, "domestic_abuse.home_move", people.family, p["home_moves.most_per_month"]),
    )


def step(life: Life, month: int) -> None:
    """Spells that end or begin this month, the year's reports of them, and moves of home."""
    own = life.own.domestic_abuse
    abuse = life.families.domestic_abuse
    if month % HALF_YEAR == 0:
        here = np.flatnonzero((own.first < month + HALF_YEAR) & (month <= own.last))
        own.onsets.draw(month, here)
        own.moves.draw(month, here)
    abuse[own.ends == month] = False
    began = _begin_spells(life, month)
    _report(life, month, np.flatnonzero(abuse) if month % 12 == 0 else began)
    _move_home(life, month)


def _here(life: Life, month: int, rows: np.ndarray) -> np.ndarray:
    own = life.own.domestic_abuse
    return (own.first[rows] <= month) & (month <= own.last[rows])


def _begin_spells(life: Life, month: int) -> np.ndarray:
    p, own, families = life.parameters["domestic_abuse"], life.own.domestic_abuse, life.families
    who, threshold = own.onsets.at(month)
    log_ratio = (
        p["spells.low_income"] * families.low_income[who]
        + p.array("spells.parental_mental")[families.parental_mental[who]]
        + p["spells.substance"] * families.substance[who]
    )
    hazard = p["spells.begins_per_month"] * own.vulnerability[who] * np.exp(log_ratio)
    begins = threshold < 1 - np.exp(-np.minimum(hazard, p["spells.most_per_month"]))
    who = who[begins & _here(life, month, who) & ~families.domestic_abuse[who]]
    if len(who):
        ids = life.people.family[who]
        length = life.luck.exponential("domestic_abuse.length", ids, month) * p["spells.mean_months"]
        ends = np.minimum(month + 1 + np.floor(length).astype(np.int32), own.last[who] + 1)
        own.ends[who] = ends
        families.domestic_abuse[who] = True
        life.log["domestic_abuse"].add(
            family=ids,
            start=clock.first_day(month),
            end=clock.first_day(np.minimum(ends, clock.MONTHS + 1)) - 1,
        )
    return who


def _report(life: Life, month: int, who: np.ndarray) -> None:
    """Reports from now to the year's end or the spell's, to each list that comes to know of it this year."""
    if not len(who) or month < _REPORTED_FROM:
        return
    p, own, luck = life.parameters["domestic_abuse"], life.own.domestic_abuse, life.luck
    year = month - month % 12
    begin = clock.first_day(month)
    for which, name in enumerate(LISTS):
        ids = life.people.family[who]
        # By family and year, not by spell: two spells in one year are known together or not at all.
        known = luck("domestic_abuse.known", ids, year, draw=which) < p[f"lists.{name}_knows"]
        rows, ids = who[known], ids[known]
        count = luck.choose(
            "domestic_abuse.reports", ids, p.array(f"lists.{name}_reports"), month, draw=which
        )
        row = np.repeat(np.arange(len(ids)), count + 1)
        number = np.arange(len(row)) - np.repeat(np.cumsum(count + 1) - count - 1, count + 1)
        draw = number * len(LISTS) + which
        stop = clock.first_day(np.minimum(own.ends[rows], year + 12))
        inside = luck("domestic_abuse.report_day", ids[row], month, draw=draw)
        if len(row):
            life.log["domestic_abuse_reports"].add(
                family=ids[row],
                day=begin + np.floor(inside * (stop - begin)[row]).astype(np.int32),
                list=np.full(len(row), which),
                child_present=luck("domestic_abuse.child_present", ids[row], month, draw=draw)
                < p["lists.child_present"],
            )


def _move_home(life: Life, month: int) -> None:
    p, families = life.parameters["domestic_abuse"], life.families
    who, threshold = life.own.domestic_abuse.moves.at(month)
    ratio = np.exp(life.parameters.effect("domestic_abuse->moves") * families.domestic_abuse[who])
    hazard = np.minimum(p["home_moves.per_month"] * ratio, p["home_moves.most_per_month"])
    who = who[(threshold < 1 - np.exp(-hazard)) & _here(life, month, who)]
    if len(who):
        ids = life.people.family[who]
        inside = np.floor(life.luck("domestic_abuse.move_day", ids, month) * 28).astype(np.int32)
        life.log["home_moves"].add(
            family=ids, day=clock.first_day(month) + inside, authority=families.authority[who]
        )
