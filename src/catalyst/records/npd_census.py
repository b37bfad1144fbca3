"""The spring school census, each January, and the register of schools.

Depends on the world's spells at school, of support and plans, its moves and schools, and on columns.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.records.calendar import first_of_month
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import Codes, Table, rows_of, spread
from catalyst.world import codes, school_year
from catalyst.world.clock import month_of
from catalyst.world.schools import SPECIAL
from catalyst.world.send import FIRST_JANUARY, TYPES

PHASES = ("Primary", "Secondary", "Special", "Alternative provision")
PROVISIONS = ("N", "K", "E")
YEAR_GROUPS = ("R", *(str(group) for group in range(1, 12)))
MAJOR = ("WHIT", "MIXD", "ASIA", "BLAC", "CHIN", "AOEG", "UNCL")
MINOR = codes.ETHNICITY
MAJOR_OF = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4, 5, 6, 6], dtype=np.int8)
_YEARS_BACK = 6  # of ever having been eligible


@dataclass(frozen=True)
class Pupils:
    """One row a pupil on roll in a January: arrays of shape (rows,), before anything is coded.

    ``person`` and ``home`` are rows of children and of places; ``provision`` 0 none, 1 support, 2 plan;
    ``need`` an index into world.send.TYPES (−1 none); ``meals`` bits of free school meals up to that year.
    """

    person: np.ndarray
    year: np.ndarray
    school: np.ndarray
    home: np.ndarray
    group: np.ndarray
    provision: np.ndarray
    need: np.ndarray
    meals: np.ndarray


def census_day(year: np.ndarray | int) -> np.ndarray:
    """The third Thursday of January, as a day number; shape of ``year``."""
    january = (np.asarray(year, dtype=np.int64) - 1970) * 12
    first = january.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
    return first + (3 - (first + 3) % 7) % 7 + 14


def _open_in(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and years for which a spell is open on census day."""
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    days = census_day(years)
    first = np.searchsorted(days, start, side="left")
    # A spell ends with the first day elsewhere.
    last = np.where(end < 0, len(days), np.searchsorted(days, end, side="left")) - 1
    row, place = spread(first, last)
    return row, years[place]


def pupils(lives) -> Pupils:
    """Everybody on roll on the census days of the window, in the order of child and year."""
    children, log = lives.children, lives.school_spells
    row, year = _open_in(log["start"], log["end"])
    person = rows_of(children["child"], log["child"])[row]
    school = log["school"][row]
    born = school_year.academic_year_ending(month_of(children["birth"]))
    group = year - born[person] - 5
    keep = (group >= 0) & (group <= school_year.YEAR_11)
    person, year, school, group = person[keep], year[keep], school[keep], group[keep]

    spells = lives.sen_spells
    spell, when = _open_in(spells["start"], spells["end"])
    who = rows_of(children["child"], spells["child"])[spell]
    table = np.zeros((len(born), LAST_YEAR - FIRST_YEAR + 1), dtype=np.int32)
    table[who, when - FIRST_YEAR] = spell + 1
    found = table[person, year - FIRST_YEAR] - 1
    at = np.maximum(found, 0)
    some = len(spells["child"]) > 0
    return Pupils(
        person=person,
        year=year,
        school=school,
        home=homes(lives, person, census_day(year)),
        group=group,
        provision=np.where(found >= 0, spells["provision"][at], 0) if some else np.zeros(len(person), int),
        need=np.where(found >= 0, spells["need"][at], -1) if some else np.full(len(person), -1),
        meals=children["free_meals"][person] & ((2 << (year - FIRST_JANUARY)) - 1),
    )


def homes(lives, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """The authority in which the child's family lives on a day; rows of places, shape (n,)."""
    families, moves = lives.families, lives.moves
    family = lives.children["family"][person]
    home = families["home"][rows_of(families["family"], family)]
    if not len(moves["family"]):
        return home
    # Moves stand in the order of family and day: the last one before the day counts.
    base = int(moves["day"].min())
    span = int(moves["day"].max()) - base + 2
    ids, code = np.unique(moves["family"], return_inverse=True)
    key = code.astype(np.int64) * span + (moves["day"] - base)
    mover = np.minimum(np.searchsorted(ids, family), len(ids) - 1)
    before = np.clip(day - base, 0, span - 1)
    last = np.searchsorted(key, mover.astype(np.int64) * span + before, side="left") - 1
    moved = (ids[mover] == family) & (last >= 0)
    last = np.maximum(last, 0)
    moved &= moves["family"][last] == family
    return np.where(moved, moves["authority_to"][last], home)


def returns(lives) -> dict[str, Table]:
    """The spring census of this block.

    Parameters
    ----------
    lives : the world's logs (``catalyst.world.life.Lives``), whole families

    Returns
    -------
    dict with ``school_census``, one row a pupil and January.
    """
    p, children, schools = pupils(lives), lives.children, lives.schools
    place_codes = tuple(map(str, lives.places.code))
    decile = lives.families["decile"][rows_of(lives.families["family"], children["family"][p.person])]
    born = first_of_month(children["birth"])[p.person].astype("datetime64[D]").astype("datetime64[M]")
    months = born.astype(np.int64)
    now = p.year - FIRST_JANUARY
    recent = (p.meals >> np.maximum(now - _YEARS_BACK + 1, 0)) != 0
    ethnicity = children["ethnicity"][p.person]
    return {
        "school_census": {
            "child": children["child"][p.person],
            "year": p.year,
            "school": p.school,
            "AcademicYear": p.year.astype(np.int16),
            "LA": Codes(schools.authority[p.school].astype(np.int16), place_codes),
            "HomeLA": Codes(p.home.astype(np.int16), place_codes),
            "NCyearActual": Codes(p.group.astype(np.int8), YEAR_GROUPS),
            # Completed years on 31 August before the school year begins.
            "AgeAtStartOfAcademicYear": (p.group + 4).astype(np.int8),
            "YearOfBirth": (1970 + months // 12).astype(np.int16),
            "MonthOfBirth": (months % 12 + 1).astype(np.int8),
            "Gender": Codes(children["sex"][p.person] - 1, ("M", "F")),
            "EthnicGroupMajor": Codes(MAJOR_OF[ethnicity], MAJOR),
            "EthnicGroupMinor": Codes(ethnicity, MINOR),
            "FSMeligible": ((p.meals >> now) & 1).astype(np.int8),
            "EVERFSM_6": recent.astype(np.int8),
            "SENprovision": Codes(p.provision.astype(np.int8), PROVISIONS),
            "PrimarySENtype": Codes(p.need.astype(np.int8), TYPES),
            "IDACIDecile": decile.astype(np.int8),
        }
    }


def finish(world, tables: dict[str, Table]) -> dict[str, Table]:
    """The register of schools, which needs the whole world.

    Returns
    -------
    dict with ``schools``, one row a school.
    """
    schools, places = world.schools, world.places
    special = schools.phase >= SPECIAL
    return {
        "schools": {
            "school": schools.school,
            "authority": schools.authority,
            "Region": Codes(places.region[schools.authority], codes.REGIONS),
            "Phase": Codes(schools.phase, PHASES),
            "TypeOfEstablishment": Codes(
                np.where(special, schools.phase - 1, 0).astype(np.int8),
                ("Mainstream", "Special", "Alternative provision"),
            ),
            "SchoolCapacity": schools.size.astype(np.int32),
        }
    }
