"""Flaws of keys: references lost or given twice, numbers used elsewhere, links missed and false.

A link is made once for a person and an organisation, so all her records there share its fate. A false link
goes to a brother or sister, as most do in life; nothing passes between families. Depends on keys, luck and
case_files.
"""

import numpy as np

from catalyst.records import case_files
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import Table
from catalyst.release import keys
from catalyst.release.flaws_people import GROUPS, People
from catalyst.release.flaws_rates import Preset, Tally, by_group, tally
from catalyst.world.families import PER_AUTHORITY
from catalyst.world.luck import Luck

FLAWS = {
    "reference_lost_cin": ("",),
    "reference_lost_903": ("",),
    "second_reference": ("",),
    "number_reused": ("",),
    "link_missed": GROUPS,
    "link_false": ("",),
}
# Organisations whose records were linked to pupils, each in one go, and their tables.
LINKS = {
    "health": ("births", "hospital_admissions", "emergency_attendances", "mental_health_referrals"),
    "justice": ("offences", "court_appearances", "custody_spells", "family_court_parties"),
    "work": ("leo_employment",),
    "adult": ("adult_social_care", "care_leaver_housing"),
    "household": ("child_low_income",),
    "local": ("exploitation_panel", "missing_from_home"),
}
REFERENCES = ("pupil reference", "second pupil reference")  # for what each of a child's keys is drawn
_RETURNS = {"cin": "cin_child_identifiers", "903": "ssda903_header"}
_CHILDREN = 8  # ids of one family
_NEVER = 9999


def unsettle(
    records: dict[str, Table], people: People, authorities: int, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Says of every record whose pupil reference it is to carry.

    Children's services get ``lost``, true where the reference is missing from this year's return; linked
    tables get ``pupil``, the child whose reference stands in the record, −1 for none.
    """
    out = dict(records)
    tallies = []
    for source, first in _RETURNS.items():
        flaw = f"reference_lost_{source}"
        for name in records:
            if name.startswith(first.split("_")[0] + "_") and "stint" in records[name]:
                out[name] = records[name] | {"lost": _lost(records[name], flaw, luck, rates)}
        if first in out:
            row, year = people.rows(out[first]["child"]), out[first]["Year"]
            held = (people.first[row] <= year) & (year <= people.last[row])
            tallies.append(tally(flaw, "", out[first]["lost"][held], rates[flaw]))
    for link, tables in LINKS.items():
        here = [name for name in tables if name in records and "child" in records[name]]
        if not here:
            continue
        pupil = linked_to(people, link, luck, rates)
        present = np.zeros(len(people.child), dtype=bool)
        for name in here:
            child = records[name]["child"]
            there = child >= 0  # the others are adults
            row = people.rows(child[there])
            written = np.full(len(child), -1, dtype=np.int64)
            written[there] = pupil[row]
            out[name] = records[name] | {"pupil": written}
            present[row] = True
        tallies += _count_links(people, pupil, present, rates)
    return out, tallies + _count_keys(records, people, luck, rates)


def _lost(table: Table, flaw: str, luck: Luck, rates: Preset) -> np.ndarray:
    return luck(f"flaw.{flaw}", table["stint"], table["Year"]) < rates[flaw]


def linked_to(people: People, link: str, luck: Luck, rates: Preset) -> np.ndarray:
    """The child to whom each child's records in one organisation were linked; −1 where the link was missed.

    Parameters
    ----------
    link : one of ``LINKS``

    Returns
    -------
    int64 array, shape (children,); a child who has no pupil reference stands for herself
    """
    known = people.first <= LAST_YEAR
    missed = known & (
        luck(f"flaw.link_missed.{link}", people.child) < np.take(rates.by("link_missed"), people.group)
    )
    false = can_be_false(people) & (luck(f"flaw.link_false.{link}", people.child) < rates["link_false"])
    other = people.child[people.sibling]
    return np.where(missed, -1, np.where(false, other, people.child))


def can_be_false(people: People) -> np.ndarray:
    """Who has a reference and a brother or sister with one; bool, shape (children,)."""
    known = people.first <= LAST_YEAR
    return known & (people.sibling >= 0) & known[people.sibling]


def _count_links(people: People, pupil: np.ndarray, present: np.ndarray, rates: Preset) -> list[Tally]:
    linkable = present & (people.first <= LAST_YEAR)
    missed = pupil == -1
    made = linkable & ~missed & can_be_false(people)
    return [
        *by_group("link_missed", GROUPS, people.group[linkable], missed[linkable], rates.by("link_missed")),
        tally("link_false", "", (pupil != people.child)[made], rates["link_false"]),
    ]


def second_from(
    luck: Luck, child: np.ndarray, first: np.ndarray, last: np.ndarray, rate: float
) -> np.ndarray:
    """The return from which a child goes by a second pupil reference, 9999 for most; int64, shape (n,).

    Parameters
    ----------
    first, last : first and last return with a reference
    rate : share of those known in two returns at least
    """
    low, high = _span(first, last)
    has = (low <= high) & (luck("flaw.second_reference", child) < rate)
    year = low + np.floor(luck("flaw.second_reference", child, draw=1) * np.maximum(high - low + 1, 1))
    return np.where(has, year, _NEVER).astype(np.int64)


def _span(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.maximum(first, FIRST_YEAR) + 1, np.minimum(last, LAST_YEAR)


def local_numbers(luck: Luck, stint: np.ndarray, rate: float) -> np.ndarray:
    """The number behind a child's key in an authority; int64, shape (n,).

    A share of the numbers is taken from one run that all authorities begin anew, so that the same number
    stands for one child here and another there; inside an authority it never does.

    Parameters
    ----------
    stint : see ``catalyst.records.case_files``
    rate : share of the numbers that come from the run
    """
    own = keys.numbers(luck, "local child id", stint)
    if not rate:
        return own
    shared, place = _from_the_run(luck, stint, rate)
    return np.where(shared, keys.numbers(luck, "local child id of the run", place), own)


def _from_the_run(luck: Luck, stint: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    apart = case_files.unpack(stint)
    per_authority = PER_AUTHORITY * _CHILDREN
    place = apart.child % per_authority
    # Only where the child was born into the authority: so no two children there share a place in the run.
    own = (apart.child // per_authority == apart.authority) & ~apart.after_adoption
    return own & (luck("flaw.number_reused", place) < rate), place


def _count_keys(records: dict[str, Table], people: People, luck: Luck, rates: Preset) -> list[Tally]:
    rate = rates["second_reference"]
    low, high = _span(people.first, people.last)
    second = second_from(luck, people.child, people.first, people.last, rate)
    out = [tally("second_reference", "", (second < _NEVER)[low <= high], rate)]
    stint = np.unique(records["_stints"]["stint"])
    apart = case_files.unpack(stint)
    own = (apart.child // (PER_AUTHORITY * _CHILDREN) == apart.authority) & ~apart.after_adoption
    changed = local_numbers(luck, stint, rates["number_reused"]) != keys.numbers(
        luck, "local child id", stint
    )
    return [*out, tally("number_reused", "", changed[own], rates["number_reused"])]
