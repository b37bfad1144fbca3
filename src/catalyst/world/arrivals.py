"""Unaccompanied children who seek asylum: who arrives where and when. Exogenous; depends on places and luck.

Each stands for a family of one, with ids above those of resident families, so no block needs to know another.
"""

import numpy as np

from catalyst.world import clock
from catalyst.world.codes import ETHNICITY, index
from catalyst.world.families import PER_AUTHORITY, People
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places

FIRST = 9_000_000  # running number of the first arrival in an authority
_FIRST_YEAR = 2013


def numbers(luck: Luck, parameters: Parameters, places: Places, authority: int) -> np.ndarray:
    """Ids of those who arrive in one authority over the whole time; int64."""
    p = parameters["arrivals"]
    each_year = p["children.starts_2025"] / p["children.population_2025"] * places.children[authority]
    expected = each_year * p.array("children.by_year").sum()
    count = int(np.floor(expected + luck("arrivals.count", np.array([authority]))[0]))
    return authority * PER_AUTHORITY + FIRST + np.arange(count, dtype=np.int64)


def make(luck: Luck, parameters: Parameters, families: np.ndarray) -> People:
    """Brings the named arrivals to life, each a family of one child."""
    p = parameters["arrivals"]
    child = families * 8 + 1
    year = luck.choose("arrivals.year", families, p.array("children.by_year")).astype(int)
    month = (_FIRST_YEAR - 1998 + year) * 12 + np.floor(luck("arrivals.month", families) * 12).astype(int)
    arrival = clock.first_day(month) + np.floor(luck("arrivals.day", families) * 28).astype(np.int32)
    age = p.array("children.ages")[luck.choose("arrivals.age", families, p.array("children.age_shares"))]
    years = age + 0.02 + luck("arrivals.part_of_year", families) * 0.9
    groups = [index(ETHNICITY, code) for code in ("OOTH", "BAFR", "AOTH", "WOTH")]
    n = len(families)
    return People(
        family=families,
        home=(families // PER_AUTHORITY).astype(np.int16),
        decile=np.full(n, 5, dtype=np.int8),
        child=child,
        child_family=np.arange(n),
        birth=(arrival - np.round(years * 365.25)).astype(np.int32),
        sex=np.where(luck("arrivals.sex", families) < p["children.male"], 1, 2).astype(np.int8),
        ethnicity=np.array(groups, dtype=np.int8)[
            luck.choose("arrivals.ethnicity", families, [0.5, 0.3, 0.17, 0.03])
        ],
        death=np.full(n, clock.NEVER, dtype=np.int32),
        arrival=arrival.astype(np.int32),
    )
