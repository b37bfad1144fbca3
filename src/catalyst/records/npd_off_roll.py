"""Pupils in no ordinary school: alternative provision, home education, children missing education.

The last two are kept by the authority in which the child lives. Depends on the world's logs and columns.
"""

import numpy as np

from catalyst.records.columns import Codes, Days, Table
from catalyst.world import clock, school_year
from catalyst.world.enrolment import ALTERNATIVE, AT_HOME, UNSEEN
from catalyst.world.life import Lives

WINDOW = clock.day("2014-04-01")
NOTICED = 28  # days after which an authority has found out that a child is missing education
REASON = ("PHIL", "MENT", "DISS", "LIFE", "SCHL", "OTHR")


def returns(lives: Lives) -> dict[str, Table]:
    """The tables ``alternative_provision``, ``home_education`` and ``missing_education``, one row a spell."""
    log = lives.log["off_roll"]
    seen = (log["end"] < 0) | (log["end"] >= WINDOW)
    length = np.where(log["end"] < 0, clock.END + 1, log["end"]) - log["start"]

    def spells(kind: int, least: int = 0) -> tuple[dict[str, np.ndarray], Table]:
        rows = np.flatnonzero(seen & (log["kind"] == kind) & (length >= least))
        mine = {name: column[rows] for name, column in log.items()}
        year = school_year.academic_year_ending(clock.month_of(mine["start"]))
        return mine, {
            "child": mine["child"],
            "year": np.maximum(year, 2014),
            "authority": mine["authority"],
            "StartDate": Days(mine["start"]),
            "EndDate": Days(mine["end"]),
        }

    provided, alternative = spells(ALTERNATIVE)
    taught, at_home = spells(AT_HOME)
    return {
        "alternative_provision": alternative
        | {"school": provided["school"], "PermanentlyExcluded": provided["excluded"].astype(np.int8)},
        "home_education": at_home | {"Reason": Codes(taught["reason"], REASON)},
        "missing_education": spells(UNSEEN, NOTICED)[1],
    }
