"""Records under the keys of the release: everybody in the extract, and by what names each is known there.

Depends on schema, keys and the flaws of keys; gives its tables to extract.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.records import case_files
from catalyst.records.cin_census import LAST_YEAR
from catalyst.records.columns import Codes, Days, Table
from catalyst.records.columns import take as take_rows
from catalyst.release import flaws_keys, keys, schema
from catalyst.release.flaws_rates import Preset
from catalyst.world.log import sorted_rows
from catalyst.world.luck import Luck

# Columns that stand for somebody or something: what the records hold, and what the key is drawn for.
_KEYS = {
    "PupilMatchingRefAnonymous": ("child", "pupil reference"),
    "FamilyRefAnonymous": ("family", "family reference"),
    "ParentRefAnonymous": ("parent", "parent reference"),
    "WorkerRefAnonymous": ("worker", "worker reference"),
    "CaseRefAnonymous": ("case", "case reference"),
    "PatientRefAnonymous": ("child", "patient reference"),
}


@dataclass
class People:
    """Everybody in the extract, and the keys by which they are known."""

    luck: Luck
    places: np.ndarray
    stints: np.ndarray  # unique, sorted
    stint_text: tuple[str, ...]
    stint_index: np.ndarray
    child: np.ndarray  # unique, sorted
    person_text: tuple[str, ...]
    person_index: np.ndarray
    second_index: np.ndarray
    second_from: np.ndarray  # the return from which a child goes by her second reference, 9999 never
    known: keys.KnownYears

    @classmethod
    def of(cls, records: dict[str, Table], luck: Luck, places: np.ndarray, rates: Preset) -> "People":
        """Everybody in some records, with the flaws that this preset has in keys."""
        held = ("_stints",) if "_stints" in records else ("cin_child_identifiers", "ssda903_header")
        stints = np.unique(np.concatenate([records[name]["stint"] for name in held]))
        everybody = records["_people"]
        child, first = np.unique(everybody["child"], return_index=True)
        birth, arrival = everybody["birth"][first], everybody["arrival"][first]
        local = flaws_keys.local_numbers(luck, stints, rates["number_reused"])
        stint_text, stint_index = _texts(local)
        known = keys.known_years(luck, child, birth, arrival)
        second = flaws_keys.second_from(luck, child, *known, rates["second_reference"])
        numbers = [keys.numbers(luck, what, child) for what in flaws_keys.REFERENCES]
        person_text, index = _texts(np.concatenate([numbers[0], numbers[1][second <= LAST_YEAR]]))
        again = np.full(len(child), -1, dtype=np.int64)
        again[second <= LAST_YEAR] = index[len(child) :]
        return cls(
            luck, np.asarray(places), stints, stint_text, stint_index, child, person_text,
            index[: len(child)], again, second, known,
        )  # fmt: skip

    def row_of(self, child: np.ndarray) -> np.ndarray:
        """The place of each child among everybody."""
        return np.searchsorted(self.child, child)

    def in_returns(self, person: np.ndarray, year: np.ndarray) -> np.ndarray:
        """Whether each person has a pupil reference in a year."""
        return (self.known.first[person] <= year) & (year <= self.known.last[person])

    def references(self, person: np.ndarray, year: np.ndarray | int, known: np.ndarray) -> Codes:
        """The reference by which each person goes in a return; nothing for those who are not known."""
        later = year >= self.second_from[person]
        index = np.where(later, self.second_index[person], self.person_index[person])
        return Codes(np.where(known, index, -1), self.person_text)

    def pupils(self, child: np.ndarray, year: np.ndarray | None) -> Codes:
        """Pupil references of children in some years, or at the end if none is given; −1 is nobody."""
        person = self.row_of(np.maximum(child, self.child[0]))
        known = (child >= 0) & (self.known.first[person] <= LAST_YEAR)
        return self.references(person, LAST_YEAR if year is None else np.minimum(year, LAST_YEAR), known)

    def authorities(self, authority: np.ndarray) -> Codes:
        """The codes of authorities by their places."""
        return Codes(authority, tuple(map(str, self.places)))

    def numbers(self, stint: np.ndarray) -> Codes:
        """The numbers that children have inside an authority."""
        return Codes(self.stint_index[np.searchsorted(self.stints, stint)], self.stint_text)


def of_children_services(people: People, table: schema.Table, record: Table) -> Table:
    """A record table with its keys, in the order of authority, child, year and then as recorded."""
    local = people.numbers(record["stint"]).index
    authority = case_files.unpack(record["stint"]).authority
    order = sorted_rows([record["Year"], local, authority])
    record = take_rows(record, order)
    person = people.row_of(record["child"])
    year = record["Year"].astype(np.int64)
    known = people.in_returns(person, year)
    known &= ~record.get("lost", np.zeros(len(known), dtype=bool))
    out = dict(record)
    out["PupilMatchingRefAnonymous"] = people.references(person, year, known)
    out["LEA"] = people.authorities(authority[order])
    out[table.child] = Codes(local[order], people.stint_text)
    if "UPN" in record:
        column = "UPNunknown" if "UPNunknown" in out else "UPN"
        out[column] = _why_unknown(people.luck, out, known)
    if "family" in record:
        out["FamilyRefAnonymous"] = _key(people.luck, record["family"], "family reference")
    return out


def of_others(people: People, table: schema.Table, record: Table) -> Table:
    """A table of another organisation with its keys, in the order of its own key.

    A child whom no school ever knew has no pupil reference; the school census and what hangs on it do not
    hold her in years in which she has none.
    """
    names = {column.name for column in table.columns.values()}
    if "child" in record and table.source == "npd":
        person = people.row_of(record["child"])
        year = record["year"] if "year" in record else people.known.first[person]
        known = (people.known.first[person] <= np.minimum(year, LAST_YEAR)) & (
            year <= people.known.last[person]
        )
        record = take_rows(record, np.flatnonzero(known))
    out = dict(record)
    for column, (unit, what) in _KEYS.items():
        if column in names and column not in out:
            if unit == "child" and what == "pupil reference":
                out[column] = people.pupils(record.get("pupil", record["child"]), record.get("year"))
            else:
                out[column] = _key(people.luck, record[unit], what)
    if "URN" in names and "URN" not in out:
        # Letters and digits: no number of a real school can be meant.
        schools = np.arange(record["school"].max(initial=-1) + 1)
        out["URN"] = Codes(record["school"], tuple(np.char.mod("S%05d", schools)))
    if "LEA" in names and "LEA" not in out:
        out["LEA"] = people.authorities(record["authority"])
    if "LAchildID" in names:
        out["LAchildID"] = people.numbers(record["stint"])
    ranks = [_rank(out[name]) for name in reversed(table.key)]
    if "child" in record and "pupil" in record:
        ranks.insert(0, record["child"])  # keys without a reference may be equal, whatever the blocks were
    order = sorted_rows(ranks)
    return take_rows({name: column for name, column in out.items() if name in names}, order)


def _key(luck: Luck, units: np.ndarray, what: str) -> Codes:
    """Pseudonyms of units; −1 is nobody."""
    unique, row = np.unique(units, return_inverse=True)
    text, index = _texts(keys.numbers(luck, what, unique[unique >= 0]))
    index = np.concatenate([np.full((unique < 0).sum(), -1), index])
    return Codes(index[row], text)


def _why_unknown(luck: Luck, record: Table, known: np.ndarray) -> Codes:
    """Why there is no pupil number where there is none."""
    why = keys.why_unknown(
        luck,
        record["child"],
        record["birth"],
        record["arrival"],
        record.get("in_need", np.ones(len(known), dtype=bool)),
        record["Year"],
    )
    return Codes(np.where(known, -1, why), keys.UNKNOWN_CODES)


def _rank(column) -> np.ndarray:
    """Numbers that sort as the column's values do."""
    if isinstance(column, Days):
        return column.days
    if not isinstance(column, Codes):
        return np.asarray(column)
    codes = np.asarray(column.codes, dtype=str)
    if (codes[1:] > codes[:-1]).all():
        return np.asarray(column.index)
    rank = np.argsort(np.argsort(codes, kind="stable"), kind="stable")
    return np.concatenate([rank, [-1]])[np.asarray(column.index, dtype=np.int64)]


def _texts(numbers: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Numbers of keys as sorted texts, and for each the place of its text among them."""
    number, index = np.unique(numbers, return_inverse=True)
    return tuple(keys.texts(number).tolist()), index
