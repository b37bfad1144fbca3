"""The window of a release: which rows a shorter run of returns holds, and what is open at its end.

A release runs from 1 April of its first year to 31 March of its last. Depends on schema and on nothing else.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalyst.errors import CourseError
from catalyst.release import schema

FIRST, LAST = 2014, 2025


class Window(NamedTuple):
    """From 1 April of ``start`` to 31 March of ``end``."""

    start: int = FIRST
    end: int = LAST

    @property
    def whole(self) -> bool:
        """Whether nothing is cut away."""
        return self == (FIRST, LAST)

    @property
    def first_day(self) -> pa.Scalar:
        return pa.scalar(date(self.start, 4, 1))

    @property
    def last_day(self) -> pa.Scalar:
        return pa.scalar(date(self.end, 3, 31))


class Years(NamedTuple):
    """Rows by a year: those from ``start + first`` to ``end + last``."""

    column: str
    first: int = 1
    last: int = 0


class Dates(NamedTuple):
    """Rows by the day of an event, or by the first and last day of a spell that meets the window.

    What ends later is left open: ``end`` and the columns ``unknown`` (which are only known at the end) are
    blank. ``since_birth``: rows from before the window stay in, as in a register of a whole life.
    """

    start: str
    end: str = ""
    unknown: tuple[str, ...] = ()
    since_birth: bool = False


class Until(NamedTuple):
    """Spells without an open end: what lasts longer ends with the window's last month, and says so."""

    start: str
    end: str
    reason: str
    lasts: str


class Fixed(NamedTuple):
    """A table of one day."""

    day: date


class Within(NamedTuple):
    """Rows that go with those of another table; a later ``end`` and what is ``unknown`` till it are blank."""

    table: str
    key: str
    end: str = ""
    unknown: tuple[str, ...] = ()


Rule = Years | Dates | Until | Fixed | Within
# Every table with a Year goes by it; the others are named here.
_RULES: dict[str, Rule | None] = {
    "authorities": None,
    "schools": None,
    "parent_care_histories": None,
    **dict.fromkeys(("linkage_school", "linkage_social_care", "linkage_hospital", "linkage_police")),
    "link_school_hospital": None,
    "workforce_authority": Years("Year", 0, -1),  # censuses on 30 September
    "social_workers": Years("Year", 0, -1),
    "absence": Years("AcademicYear"),
    "school_census": Years("AcademicYear"),
    "ks2": Years("KS2_ACADYR", 1, -1),  # tests in May
    "ks4": Years("KS4_ACADYR", 1, -1),
    "leo_employment": Years("TaxYear", 1, -1),
    "exclusions": Dates("StartDate"),
    "early_help_episodes": Dates("StartDate", "EndDate", ("Outcome",)),
    "early_help_services": Within("early_help_episodes", "CaseRefAnonymous"),
    "alternative_provision": Dates("StartDate", "EndDate"),
    "home_education": Dates("StartDate", "EndDate"),
    "missing_education": Dates("StartDate", "EndDate"),
    "address_history": Until("FromMonth", "ToMonth", "Ended", "still there"),
    "domestic_abuse_incidents": Dates("IncidentDate"),
    "health_domestic_abuse_flags": Dates("FlagMonth"),
    "exploitation_panel": Dates("PanelMonth", "EndedMonth", ("Levels",)),
    "missing_from_home": Dates("MissingDate"),
    "births": Dates("PersonBirthDate", since_birth=True),
    "hospital_admissions": Dates("ADMIDATE", "DISDATE"),
    "emergency_attendances": Dates("ArrivalDate"),
    "mental_health_referrals": Dates("ReferralDate", "DischargeDate"),
    "mental_health_contacts": Dates("ContactDate"),
    "parent_health_contacts": Dates("ContactDate"),
    "household_snapshot": Fixed(date(2021, 3, 21)),
    "household_income_spells": Dates("SpellStart", "SpellEnd"),
    "offences": Dates("AdjudicationDate", since_birth=True),
    "court_appearances": Dates("HearingDate"),
    "custody_spells": Dates("StartDate", "EndDate"),
    "parent_offences": Dates("OffenceStartDate", since_birth=True),
    "family_court_cases": Dates("ApplicationDate", "FinalOrderDate", ("FinalOrder", "WeeksToFinalOrder")),
    "family_court_parties": Within("family_court_cases", "CaseRefAnonymous", "OrderDate", ("Order",)),
    "adult_social_care": Dates("StartDate", "EndDate"),
    "care_leaver_housing": Dates("StartDate", "EndDate"),
    "programme_rollout": Dates("StartDate", since_birth=True),
    "pre_proceedings": Dates("PreProceedingsStart", "PreProceedingsEnd", ("Outcome",)),
}


def rule(name: str) -> Rule | None:
    """How a table is cut; None if it is not.

    Raises
    ------
    CourseError
        If nobody has said how.
    """
    if name in _RULES:
        return _RULES[name]
    if "Year" in schema.table(name).columns:
        return Years("Year")
    raise CourseError(f"How the table {name} is cut to a window is not said in release/window.py.")


def needed(names: Iterable[str], window: Window) -> list[str]:
    """The tables to make so that the named ones can be cut: they, and those that decide on their rows."""
    names = list(names)
    if window.whole:
        return names
    more = {r.table for r in map(rule, names) if isinstance(r, Within)}
    return [name for name in schema.tables() if name in more or name in names]


def cut(tables: dict[str, pa.Table], names: Iterable[str], window: Window) -> dict[str, pa.Table]:
    """The named tables, with the rows of the window and nothing known after its end.

    Parameters
    ----------
    tables : tables of a release, at least those of :func:`needed`

    Returns
    -------
    dict of Arrow tables of the same columns and types
    """
    names = set(names)
    if window.whole:
        return {name: table for name, table in tables.items() if name in names}
    out: dict[str, pa.Table] = {}
    for name in sorted(tables, key=lambda name: isinstance(rule(name), Within)):
        out[name] = compact(_cut(tables[name], rule(name), window, out))
    return {name: out[name] for name in tables if name in names}


def _cut(table: pa.Table, how: Rule | None, window: Window, done: dict[str, pa.Table]) -> pa.Table:
    match how:
        case None:
            return table
        case Years(column, first, last):
            year = table[column]
            return table.filter(
                pc.and_(pc.greater_equal(year, window.start + first), pc.less_equal(year, window.end + last))
            )
        case Fixed(day):
            inside = window.first_day.as_py() <= day <= window.last_day.as_py()
            return table if inside else table.slice(0, 0)
        case Within(other, key, end, unknown):
            kept = pc.is_in(table[key].cast(pa.string()), done[other][key].cast(pa.string()).combine_chunks())
            return _open(table.filter(kept), end, unknown, window)
        case Dates(start, end, unknown, since_birth):
            kept = pc.less_equal(table[start], window.last_day)
            if not since_birth:
                last = pc.fill_null(table[end], window.last_day) if end else table[start]
                kept = pc.and_(kept, pc.greater_equal(last, window.first_day))
            return _open(table.filter(kept), end, unknown, window)
        case Until(start, end, reason, lasts):
            kept = pc.and_(
                pc.less_equal(table[start], window.last_day), pc.greater_equal(table[end], window.first_day)
            )
            table = table.filter(kept)
            march = pa.scalar(date(window.end, 3, 1))
            later = pc.greater(table[end], march)
            words = pc.if_else(later, lasts, table[reason].cast(pa.string()))
            table = _put(table, end, pc.if_else(later, march, table[end]))
            return _put(table, reason, words.combine_chunks().dictionary_encode())


def _open(table: pa.Table, end: str, unknown: tuple[str, ...], window: Window) -> pa.Table:
    """Blanks an end after the window, and what is known with it only."""
    if not end:
        return table
    later = pc.fill_null(pc.greater(table[end], window.last_day), False).combine_chunks()
    for column in (end, *unknown):
        old = table[column].combine_chunks()
        if pa.types.is_dictionary(old.type):
            new = pa.DictionaryArray.from_arrays(_blank(old.indices, later), old.dictionary)
        else:
            new = _blank(old, later)
        table = _put(table, column, new)
    return table


def _blank(values: pa.Array, where: pa.Array) -> pa.Array:
    return pc.if_else(where, pa.scalar(None, values.type), values)


def _put(table: pa.Table, column: str, values) -> pa.Table:
    return table.set_column(table.column_names.index(column), table.schema.field(column), values)


def compact(table: pa.Table) -> pa.Table:
    """The same table with only codes and keys that occur, sorted: nobody who was left out is named."""
    for field in table.schema:
        if not pa.types.is_dictionary(field.type):
            continue
        column = table[field.name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], field.type)
        index = np.asarray(column.indices.fill_null(-1))
        used = np.unique(index[index >= 0])
        text = column.dictionary.take(pa.array(used))
        order = np.asarray(pc.sort_indices(text))
        place = np.full(len(column.dictionary) + 1, -1, dtype=np.int32)
        place[used[order]] = np.arange(len(used))
        moved = place[index]
        new = pa.DictionaryArray.from_arrays(
            pa.array(moved, mask=moved < 0, type=pa.int32()), text.take(pa.array(order))
        )
        table = _put(table, field.name, new)
    return table
