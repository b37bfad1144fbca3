"""Longitudinal education outcomes: one row for each young adult and tax year, with work, pay and benefits.

Depends on the world's log.
"""

import numpy as np

from catalyst.records.calendar import year_of
from catalyst.records.columns import Codes, Table, rows_of

ACTIVITIES = ("NEET", "EMP", "FE", "HE")  # in the order of the world's activities


def returns(lives) -> dict[str, Table]:
    """Tax years 2016-17 to 2023-24 of those aged 18 to 24 when the year began.

    Returns
    -------
    dict with the table leo_employment
    """
    log = lives.log["adult_years"]
    # The year that has not ended when the extract is drawn is not in it.
    ended = year_of(log["day"]) < 2025
    person = rows_of(lives.children["child"], log["child"])
    # It starts from those whom a school knew; few who arrived alone in their teens were ever on a roll.
    rows = np.flatnonzero(ended & (lives.children["arrival"][person] < 0))
    log = {name: column[rows] for name, column in log.items()}
    birth = lives.children["birth"][person[rows]]
    return {
        "leo_employment": {
            "child": log["child"],
            "case": log["child"],
            "TaxYear": year_of(log["day"]).astype(np.int16),
            "Age": ((log["day"] - birth) / 365.25).astype(np.int8),
            "MainActivity": Codes(log["activity"], ACTIVITIES),
            "DaysInEmployment": log["days_in_work"],
            "Earnings": log["earnings"],
            "DaysOnBenefits": log["days_on_benefits"],
        }
    }
