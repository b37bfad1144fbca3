"""Measures of domestic abuse and of harm outside the family, beside published figures.

Depends on the world's log. The year is that of the return: it ends on 31 March.
"""

import numpy as np

from catalyst.records.calendar import first_day, last_day
from catalyst.studio.measures import Tally
from catalyst.world.codes import FACTOR, index
from catalyst.world.exploitation import KINDS
from catalyst.world.families import birthday
from catalyst.world.life import Lives

_DOMESTIC_ABUSE = ("3A", "3B", "3C")
# Codes, and the earlier year to which 2024 is compared.
_CHANGES = {("24A", 2022), ("13A", 2022), ("11A", 2018), ("12A", 2018), ("10A", 2018)}
_LATER = 2024


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds the figures of the year ending 31 March ``year``."""
    _ever_with_abuse(lives, tally, year)
    factors = _found_need(lives, year)
    bits = np.uint64(sum(1 << index(FACTOR, code) for code in _DOMESTIC_ABUSE))
    tally.add("factor: any domestic abuse", 100 * ((factors & bits) > 0).sum(), len(factors))
    if year == _LATER:
        for code, earlier in sorted(_CHANGES):
            before = _having(_found_need(lives, earlier), code)
            tally.add(f"factor {code}: {year} to {earlier}", _having(factors, code), before)
    spells, children = lives.log["exploitation"], lives.children
    began = (spells["start"] >= first_day(year)) & (spells["start"] <= last_day(year))
    criminal = began & (spells["kind"] == KINDS.index("criminal"))
    sex = children["sex"][np.searchsorted(children["child"], spells["child"][criminal])]
    tally.add("boys among children criminally exploited", 100 * (sex == 1).sum(), len(sex))


def _found_need(lives: Lives, year: int) -> np.ndarray:
    """Factors of the assessments of a year that found need: episodes with factors, as published."""
    table = lives.assessments
    now = (table["authorised"] >= first_day(year)) & (table["authorised"] <= last_day(year))
    factors = table["factors"][now]
    return factors[factors != np.uint64(1) << np.uint64(index(FACTOR, "21"))]


def _having(factors: np.ndarray, code: str) -> int:
    return int((factors >> np.uint64(index(FACTOR, code)) & np.uint64(1)).sum())


def _ever_with_abuse(lives: Lives, tally: Tally, year: int) -> None:
    """Young people who reach eighteen in the year, and lived in a family with abuse at some time before."""
    children, spells = lives.children, lives.log["domestic_abuse"]
    adult = birthday(children["birth"], 18)
    now = (adult >= first_day(year)) & (adult <= last_day(year)) & (children["arrival"] < 0)
    family = children["family"]
    row = np.flatnonzero(now)
    order = np.argsort(spells["family"], kind="stable")
    first = np.searchsorted(spells["family"][order], family[row], side="left")
    count = np.searchsorted(spells["family"][order], family[row], side="right") - first
    each = np.repeat(np.arange(len(row)), count)
    at = order[np.repeat(first, count) + np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)]
    child = row[each]
    end = np.where(spells["end"][at] < 0, last_day(2025), spells["end"][at])
    lived = (end >= children["birth"][child]) & (spells["start"][at] < adult[child])
    ever = np.zeros(len(row), dtype=bool)
    ever[each[lived]] = True
    tally.add("ever lived with domestic abuse", 100 * ever.sum(), len(ever))
