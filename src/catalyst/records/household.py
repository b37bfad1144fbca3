"""Households: a census snapshot of 21 March 2021, a yearly measure of low income, spells of income and work.

Depends on the world's families, children and log, and on columns and calendar.
"""

import numpy as np

from catalyst.records.calendar import first_day, first_of_month, last_day
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world import codes
from catalyst.world.clock import day, month_of
from catalyst.world.families import birthday
from catalyst.world.household import bedrooms_needed
from catalyst.world.parameters import read

FIRST_YEAR, LAST_YEAR = 2015, 2025
CENSUS = int(day("2021-03-21"))
WINDOW = int(first_day(FIRST_YEAR))
TENURES = ("owned", "social renting", "private renting")
RATINGS = ("-2 or less", "-1", "0", "+1", "+2 or more")
AT_WORK = ("no adult in work", "one adult in work", "two or more adults in work")
FAMILY_TYPES, WORK_STATUS = ("couple", "lone parent"), ("in work", "not in work")
KINDS = ("low income", "no adult in work")


def returns(lives) -> dict[str, Table]:
    """All tables of the household data of some whole families.

    Returns
    -------
    dict of tables: household_snapshot, child_low_income, household_income_spells
    """
    p = read().rooms["household"]
    here = _Homes(lives)
    return {
        "household_snapshot": _snapshot(lives, here, p["records.second_adult_works"]),
        "child_low_income": _low_income(lives, here),
        "household_income_spells": _spells(lives, here),
    }


class _Homes:
    """Rows of families and children that the tables share."""

    def __init__(self, lives):
        families, children = lives.families, lives.children
        self.family = rows_of(families["family"], children["family"])
        self.resident = children["arrival"] < 0
        group = np.zeros(len(families["family"]), dtype=np.int8)
        group[self.family] = children["ethnicity"]
        self.ethnicity = group
        moves = lives.log["moves"]
        self.moves = (rows_of(families["family"], moves["family"]), moves["day"], moves["authority_from"])

    def authority(self, lives, when: int) -> np.ndarray:
        """Where each family lives at the end of a day; int16, shape (families,)."""
        where = lives.families["authority"].copy()
        row, moved, origin = self.moves
        # From the last move back to the first after that day: the place they left is where they were.
        later = np.flatnonzero(moved > when)[::-1]
        where[row[later]] = origin[later]
        return where

    def at_home(self, lives, when: int, below: int) -> np.ndarray:
        """Children of an age below ``below`` who live and have not been adopted; bool, shape (children,)."""
        c = lives.children
        alive = (c["death"] < 0) | (c["death"] > when)
        stays = (c["adopted"] < 0) | (c["adopted"] > when)
        young = (c["birth"] <= when) & (birthday(c["birth"], below) > when)
        return self.resident & alive & stays & young


def months_in(spells: dict[str, np.ndarray], row: np.ndarray, families: int, year: int) -> np.ndarray:
    """Months of the year ending 31 March ``year`` that lie in spells; int8, shape (families,)."""
    first = int(month_of(first_day(year)))
    start = np.clip(month_of(spells["start"]), first, first + 12)
    # A spell's last day is the last of a month.
    end = np.where(spells["end"] < 0, first + 12, month_of(spells["end"]) + 1)
    months = np.maximum(np.clip(end, first, first + 12) - start, 0)
    return np.bincount(row, months, families).astype(np.int8)


def _snapshot(lives, here: _Homes, both_work: float) -> Table:
    families = lives.families
    n = len(families["family"])
    at_home = here.at_home(lives, CENSUS, 18)
    care = lives.care_episodes
    away = (care["decom"] <= CENSUS) & ((care["dec"] < 0) | (care["dec"] > CENSUS))
    away &= care["place"] != codes.PLACE.index("P1")
    at_home &= ~np.isin(lives.children["child"], care["child"][away])
    children = np.bincount(here.family[at_home], minlength=n)
    youngest = np.full(n, -1, dtype=np.int32)
    np.maximum.at(youngest, here.family[at_home], lives.children["birth"][at_home])
    disabled = np.zeros(n, dtype=bool)
    known = (lives.children["disability_from"] >= 0) & (lives.children["disability_from"] <= CENSUS)
    disabled[here.family[at_home & known]] = True
    row = np.flatnonzero(children > 0)

    homes = lives.log["homes"]
    now = (homes["start"] <= CENSUS) & ((homes["end"] < 0) | (homes["end"] >= CENSUS))
    home = np.zeros(n, dtype=np.int64)
    home[rows_of(families["family"], homes["family"][now])] = np.flatnonzero(now)
    tenure, bedrooms = homes["tenure"][home[row]], homes["bedrooms"][home[row]]
    adults = families["adults"][row]
    rating = bedrooms - bedrooms_needed(children[row], adults)

    out = lives.log["out_of_work"]
    spell = (out["start"] <= CENSUS) & ((out["end"] < 0) | (out["end"] >= CENSUS))
    none = np.isin(families["family"][row], out["family"][spell])
    # Which of two adults works beside the other is decided by the family's own luck.
    second = families["second_works"][row] < both_work
    return {
        "family": families["family"][row],
        "authority": here.authority(lives, CENSUS)[row],
        "IDACIDecile": families["decile"][row],
        "EthnicGroup": Codes(here.ethnicity[row], codes.ETHNICITY),
        "Tenure": Codes(tenure, TENURES),
        "Bedrooms": bedrooms,
        "OccupancyRating": Codes((np.clip(rating, -2, 2) + 2).astype(np.int8), RATINGS),
        "Adults": adults,
        "AdultsInWork": Codes(np.where(none, 0, 1 + (second & (adults > 1))).astype(np.int8), AT_WORK),
        "Children": children[row].astype(np.int8),
        "AgeOfYoungest": ((CENSUS - youngest[row]) / 365.25).astype(np.int8),
        "DisabledChild": disabled[row].astype(np.int8),
        "MotherAgeAtFirstBirth": families["mother_age"][row],
    }


def _low_income(lives, here: _Homes) -> Table:
    """One row a child under sixteen and tax year, for every year and all children one under another."""
    families, children = lives.families, lives.children
    least = read().rooms["hardship"]["records.months_for_low_income"]
    n = len(families["family"])
    spells, out = lives.log["low_income"], lives.log["out_of_work"]
    spell_row = rows_of(families["family"], spells["family"])
    out_row = rows_of(families["family"], out["family"])
    parts = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        end = int(last_day(year))
        row = np.flatnonzero(here.at_home(lives, end, 16))
        family = here.family[row]
        months = months_in(spells, spell_row, n, year)[family]
        no_work = np.zeros(n, dtype=bool)
        no_work[out_row[(out["start"] <= end) & ((out["end"] < 0) | (out["end"] >= end))]] = True
        since = children["disability_from"][row]
        parts.append(
            (
                row, np.full(len(row), year, dtype=np.int16), here.authority(lives, end)[family], months,
                no_work[family], (since >= 0) & (since <= end),
            )
        )  # fmt: skip
    row, year, authority, months, no_work, disabled = (np.concatenate(c) for c in zip(*parts, strict=True))
    family = here.family[row]
    return {
        "child": children["child"][row],
        "family": families["family"][family],
        "Year": year,
        "authority": authority,
        "IDACIDecile": families["decile"][family],
        "PersonBirthDate": Days(first_of_month(children["birth"][row]).astype(np.int32)),
        "Ethnicity": Codes(children["ethnicity"][row], codes.ETHNICITY),
        "FamilyType": Codes(families["lone"][family].astype(np.int8), FAMILY_TYPES),
        "WorkStatus": Codes(no_work.astype(np.int8), WORK_STATUS),
        "RelativeLowIncome": (months >= least).astype(np.int8),
        "MonthsInLowIncome": months,
        "DisabledChild": disabled.astype(np.int8),
        "MotherAgeAtFirstBirth": families["mother_age"][family],
    }


def _spells(lives, here: _Homes) -> Table:
    """Spells that lie in the window in part, of families with a child under eighteen at some time in it."""
    families, children = lives.families, lives.children
    seen = (
        here.resident
        & (birthday(children["birth"], 18) > WINDOW)
        & (children["birth"] <= last_day(LAST_YEAR))
    )
    with_children = np.zeros(len(families["family"]), dtype=bool)
    with_children[here.family[seen]] = True
    parts = []
    for kind, name in enumerate(("low_income", "out_of_work")):
        spells = lives.log[name]
        family = rows_of(families["family"], spells["family"])
        keep = with_children[family] & ((spells["end"] < 0) | (spells["end"] >= WINDOW))
        parts.append(
            (
                families["family"][family[keep]],
                spells["start"][keep],
                spells["end"][keep],
                kind + 0 * family[keep],
            )
        )
    family, start, end, kind = (np.concatenate(c) for c in zip(*parts, strict=True))
    return {
        "family": family,
        "Kind": Codes(kind.astype(np.int8), KINDS),
        "SpellStart": Days(start.astype(np.int32)),
        "SpellEnd": Days(end.astype(np.int32)),
    }
