"""Suspensions and permanent exclusions in the national pupil database: one row each.

Depends on the world's logs, the school year and columns.
"""

import numpy as np

from catalyst.records.columns import Codes, Days, Table
from catalyst.records.npd_absence import FIRST_YEAR, LAST_YEAR
from catalyst.world import clock, exclusions, school_year
from catalyst.world.life import Lives

CATEGORY = ("FIXD", "PERM", "SUSP")
SUSPENSION_SINCE = 2021  # the academic year from which a fixed period exclusion is called a suspension


def returns(lives: Lives) -> dict[str, Table]:
    """The table ``exclusions``, of the academic years 2014/15 to 2024/25."""
    log = lives.log["exclusions"]
    year = school_year.academic_year_ending(clock.month_of(log["start"]))
    keep = np.flatnonzero((year >= FIRST_YEAR) & (year <= LAST_YEAR))
    log, year = {name: column[keep] for name, column in log.items()}, year[keep]
    category = np.where(year < SUSPENSION_SINCE, 0, 2)
    return {
        "exclusions": {
            "child": log["child"],
            "year": year,
            "AcademicYear": year.astype(np.int16),
            "school": log["school"],
            "StartDate": Days(log["start"]),
            "Category": Codes(
                np.where(log["category"] == exclusions.PERMANENT, 1, category).astype(np.int8), CATEGORY
            ),
            "Reason": Codes(log["reason"], exclusions.REASON),
            "Sessions": log["sessions"],
        }
    }
