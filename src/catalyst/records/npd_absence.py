"""Absence from school in the national pupil database: one row a pupil and academic year, by term and reason.

What happened in a term follows from the class of engagement in it; who had a place at a school follows from
the school spells. Depends on the world's logs, engagement, the school year and columns.
"""

from typing import NamedTuple

import numpy as np

from catalyst.records.columns import Table, rows_of
from catalyst.world import clock, engagement, school_year
from catalyst.world.life import Lives
from catalyst.world.luck import Luck
from catalyst.world.parameters import read

FIRST_YEAR, LAST_YEAR = 2015, 2025  # academic years, named by the year in which they end
TERMS = ("Autumn", "Spring", "Summer")
_STARTS = ((9, 3), (1, 4), (4, 16))  # month and day; the year is the one before for the autumn term
_ENDS = ((12, 19), (3, 31), (7, 22))
NOT_COLLECTED = (
    (2020, 1),
    (2020, 2),
    (2025, 2),
)  # the spring and summer of 2020; a term after the world's end
_PARTLY_CLOSED = 2021


class Terms(NamedTuple):
    """The terms of the window; arrays of shape (terms,)."""

    year: np.ndarray
    term: np.ndarray  # 0 autumn, 1 spring, 2 summer
    month: np.ndarray  # of the world's clock in which it began
    first: np.ndarray  # days
    last: np.ndarray
    collected: np.ndarray


def terms() -> Terms:
    """Every term from autumn 2014 to summer 2025."""
    year = np.repeat(np.arange(FIRST_YEAR, LAST_YEAR + 1), 3)
    term = np.tile(np.arange(3), LAST_YEAR - FIRST_YEAR + 1)
    calendar = year - (term == 0)
    first = [
        clock.day(f"{y}-{m:02}-{d:02}") for y, (m, d) in zip(calendar, np.take(_STARTS, term, 0), strict=True)
    ]
    last = [
        clock.day(f"{y}-{m:02}-{d:02}") for y, (m, d) in zip(calendar, np.take(_ENDS, term, 0), strict=True)
    ]
    missing = [(y, t) in NOT_COLLECTED for y, t in zip(year.tolist(), term.tolist(), strict=True)]
    month = (calendar - 1997) * 12 + np.array([5, -3, 0])[term]
    return Terms(year, term, month, np.array(first, "i4"), np.array(last, "i4"), ~np.array(missing))


def class_by_term(lives: Lives) -> np.ndarray:
    """The true class of each child in each term; int8, shape (children, terms), −1 before school."""
    t, log = terms(), lives.log["engagement"]
    row = rows_of(lives.children["child"], log["child"])
    out = np.full((len(lives.children["child"]), len(t.year)), -1, dtype=np.int8)
    for k, month in enumerate(t.month):
        begun = log["start"] <= clock.first_day(int(month))
        out[row[begun], k] = log["class"][begun]  # in order of time: the latest stays
    return out


def presence(lives: Lives) -> tuple[np.ndarray, np.ndarray]:
    """Part of each term in which a child was on a school's roll, and the last school in it.

    Returns
    -------
    float32 and int32 arrays, shape (children, terms); the school is −1 where there was none
    """
    t, log = terms(), lives.log["school_spells"]
    row = rows_of(lives.children["child"], log["child"])
    n = len(lives.children["child"])
    end = np.where(log["end"] < 0, np.iinfo(np.int32).max, log["end"])
    part = np.zeros((n, len(t.year)), dtype=np.float32)
    school = np.full((n, len(t.year)), -1, dtype=np.int32)
    group = school_year.year_group(lives.children["birth"][:, None], t.month[None, :])
    for k in range(len(t.year)):
        days = np.minimum(end, t.last[k] + 1) - np.maximum(log["start"], t.first[k])
        there = np.flatnonzero(days > 0)
        part[:, k] = np.bincount(row[there], days[there], n) / (t.last[k] + 1 - t.first[k])
        school[row[there], k] = log["school"][there]
    pupil = (group >= school_year.RECEPTION) & (group <= school_year.YEAR_11)
    return np.where(pupil, part, 0).astype(np.float32), np.where(pupil, school, -1)


def sessions(lives: Lives) -> dict[str, np.ndarray]:
    """Sessions possible and missed of every pupil and term.

    Returns
    -------
    dict of int16 arrays of shape (children, terms), −1 where nothing was collected: ``possible``,
    ``illness``, ``medical``, ``excluded``, ``authorised`` (the sum of those three), ``unauthorised``; and
    ``school``
    """
    t, p = terms(), read()["engagement"]
    children = lives.children
    now = class_by_term(lives)
    part, school = presence(lives)
    group = school_year.year_group(children["birth"], 0)[:, None] + (t.year - 1997)[None, :]
    base = p.array("attendance.sessions")[t.term]
    base = base * np.where(t.year == _PARTLY_CLOSED, p.array("attendance.closed")[t.term], 1.0)
    leavers = (group == school_year.YEAR_11) & (t.term == 2)
    possible = np.rint(part * base * np.where(leavers, p["attendance.summer_year_11"], 1.0)).astype(np.int16)
    possible[now < 0] = 0
    possible[:, ~t.collected] = 0
    child, term = np.nonzero(possible > 0)
    most, ids = possible[child, term].astype(float), children["child"][child]
    luck = Luck(lives.spec.seed)
    illness, medical, unauthorised = engagement.rates(luck, p, ids, t.month[term], now[child, term])
    ways = np.append(lives.schools.absence, 0.0) * p["attendance.school"]
    unauthorised = unauthorised * np.exp(ways[school[child, term]])
    excluded = np.minimum(_excluded(lives)[child, term], most)
    ill = np.minimum(np.rint(illness * most), most - excluded)
    away = np.minimum(np.rint(medical * most), most - excluded - ill)
    out = {"possible": np.where(possible > 0, possible, -1).astype(np.int16), "school": school}
    for name, values in (
        ("illness", ill),
        ("medical", away),
        ("excluded", excluded),
        ("authorised", ill + away + excluded),
        ("unauthorised", np.minimum(np.rint(unauthorised * most), most - excluded - ill - away)),
    ):
        out[name] = np.full(possible.shape, -1, dtype=np.int16)
        out[name][child, term] = values
    return out


def _excluded(lives: Lives) -> np.ndarray:
    """Sessions missed while suspended, by child and term."""
    t, log = terms(), lives.log["exclusions"]
    row = rows_of(lives.children["child"], log["child"])
    term = np.searchsorted(t.first, log["start"], side="right") - 1
    here = (term >= 0) & (log["sessions"] > 0)
    shape = (len(lives.children["child"]), len(t.year))
    flat = np.bincount(row[here] * shape[1] + term[here], log["sessions"][here], shape[0] * shape[1])
    return flat.reshape(shape)


def returns(lives: Lives) -> dict[str, Table]:
    """The table ``absence``: a row for every pupil with a session possible in the academic year."""
    all_terms = sessions(lives)
    n, years = len(lives.children["child"]), LAST_YEAR - FIRST_YEAR + 1
    by = {name: values.reshape(n, years, 3) for name, values in all_terms.items()}
    child, year = np.nonzero((by["possible"] > 0).any(axis=2))
    by = {name: values[child, year] for name, values in by.items()}
    there = by["possible"] > 0
    last = 2 - np.argmax(there[:, ::-1], axis=1)
    out: Table = {
        "child": lives.children["child"][child],
        "year": year + FIRST_YEAR,
        "AcademicYear": (year + FIRST_YEAR).astype(np.int16),
        "school": by["school"][np.arange(len(child)), last],
    }
    for name, column in (
        ("possible", "SessionsPossible"),
        ("authorised", "AuthorisedAbsence"),
        ("unauthorised", "UnauthorisedAbsence"),
        ("illness", "TermlyReasonI"),
        ("medical", "TermlyReasonM"),
    ):
        for k, term in enumerate(TERMS):
            out[f"{column}_{term}"] = by[name][:, k]
    out["AnnualReasonE"] = np.where(there, by["excluded"], 0).sum(axis=1).astype(np.int16)
    return {"absence": out}
