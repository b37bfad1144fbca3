"""Adult social care, and the homes of care leavers as local authorities keep touch with them.

Depends on the world's log.
"""

import numpy as np

from catalyst.records.calendar import first_day
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world.families import birthday

WINDOW = int(first_day(2015))
TOUCH_TO_25 = int(first_day(2019))
SUPPORT = ("community support", "direct payment", "supported living", "residential care")
# Codes of ACCOM in SSDA903's table OC3, in the order of the world's homes
HOMES = ("Z1", "B1", "E1", "U1", "C1", "X2", "S2", "0")


def returns(lives) -> dict[str, Table]:
    """All tables about young adults known to social care.

    Returns
    -------
    dict of tables: adult_social_care, care_leaver_housing
    """
    return {"adult_social_care": _care(lives), "care_leaver_housing": _homes(lives)}


def _care(lives) -> Table:
    log = lives.log["adult_care"]
    rows = np.flatnonzero((log["end"] < 0) | (log["end"] >= WINDOW))
    return {
        "child": log["child"][rows],
        "case": log["child"][rows],
        "StartDate": Days(log["start"][rows]),
        "EndDate": Days(log["end"][rows]),
        "Support": Codes(log["kind"][rows], SUPPORT),
    }


def _homes(lives) -> Table:
    """To the twenty-first birthday; to the twenty-fifth where that is in or after April 2018."""
    log = lives.log["homes_after_care"]
    birth = lives.children["birth"][rows_of(lives.children["child"], log["child"])]
    of_21 = birthday(birth, 21)
    limit = np.where(of_21 >= TOUCH_TO_25 - 365, birthday(birth, 25), of_21)
    rows = np.flatnonzero((log["start"] < limit) & ((log["end"] < 0) | (log["end"] >= WINDOW)))
    log, limit = {name: column[rows] for name, column in log.items()}, limit[rows]
    end = np.where((log["end"] < 0) | (log["end"] <= limit), log["end"], -1)
    return {
        "child": log["child"],
        "case": log["child"],
        "SpellNumber": log["spell"],
        "StartDate": Days(log["start"]),
        "EndDate": Days(end.astype(np.int32)),
        "Accommodation": Codes(log["home"], HOMES),
    }
