"""What police, courts and prisons write down: offences, hearings, custody; parents in restricted tables.

What the police settle informally is in none of them. Depends on the world's log, children and families.
"""

import numpy as np

from catalyst.records.calendar import first_day
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world import offending

WINDOW = int(first_day(2015))
DISPOSALS = (
    "custody", "community order", "referral order", "fine, discharge or other", "caution", "not guilty",
)  # fmt: skip
COURTS = ("youth court", "magistrates' court", "Crown Court")
_PRISONS = (
    "secure children's home", "young offender institution (under 18)", "prison or young offender institution",
)  # fmt: skip
_PLACES = 1024  # cases of one child: fewer than this


def returns(lives) -> dict[str, Table]:
    """All tables of the police, the courts and prisons, and the restricted tables about parents.

    Returns
    -------
    dict of tables: offences, court_appearances, custody_spells, parent_offences, parent_care_histories
    """
    return {
        "offences": _offences(lives),
        "court_appearances": _appearances(lives),
        "custody_spells": _custody(lives),
        "parent_offences": _parents(lives),
        "parent_care_histories": _childhoods(lives),
    }


def _offences(lives) -> Table:
    log = lives.log["offences"]
    # The Police National Computer keeps what was proven or tried, whenever it happened.
    rows = np.flatnonzero(log["disposal"] != offending.INFORMAL)
    log = {name: column[rows] for name, column in log.items()}
    c = lives.children
    person = rows_of(c["child"], log["child"])
    guilty = log["disposal"] != offending.NOT_PROVEN
    return {
        "child": log["child"],
        "case": log["child"] * _PLACES + log["case"],
        "OffenceNumber": log["number"],
        "OffenceStartDate": Days(log["day"]),
        "OffenceStartAge": ((log["day"] - c["birth"][person]) / 365.25).astype(np.int8),
        "IsPrimaryOffence": Codes((log["number"] > 1).astype(np.int8), ("Y", "N")),
        "offence_group": Codes(log["group"], offending.GROUPS),
        "SeriousViolence": log["serious"].astype(np.int8),
        "AdjudicationCode": Codes((~guilty).astype(np.int8), ("G", "N")),
        "AdjudicationDate": Days(log["dealt_with"]),
        "Disposal": Codes(log["disposal"], DISPOSALS),
        "DisposalRank": np.where(guilty, log["disposal"] + 1, -1).astype(np.int8),
        "Sex": Codes((c["sex"][person] - 1).astype(np.int8), ("M", "F")),
        "DateOfBirth": Days(_month(c["birth"][person])),
    }


def _month(day: np.ndarray) -> np.ndarray:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)


def _appearances(lives) -> Table:
    log = lives.log["court_appearances"]
    rows = np.flatnonzero(log["day"] >= WINDOW)
    log = {name: column[rows] for name, column in log.items()}
    return {
        "child": log["child"],
        "case": log["child"] * _PLACES + log["case"],
        "HearingDate": Days(log["day"]),
        "CourtType": Codes(log["court"], COURTS),
        "FinalHearing": log["final"].astype(np.int8),
        "Outcome": Codes(np.where(log["final"], log["disposal"], -1).astype(np.int8), DISPOSALS),
    }


def _custody(lives) -> Table:
    log = lives.log["custody"]
    rows = np.flatnonzero((log["end"] < 0) | (log["end"] >= WINDOW))
    log = {name: column[rows] for name, column in log.items()}
    person = rows_of(lives.children["child"], log["child"])
    age = (log["start"] - lives.children["birth"][person]) / 365.25
    return {
        "child": log["child"],
        "StartDate": Days(log["start"]),
        "EndDate": Days(log["end"]),
        "Establishment": Codes(np.searchsorted([15, 18], age, side="right").astype(np.int8), _PRISONS),
    }


def _parents(lives) -> Table:
    log = lives.log["parent_offences"]
    parent = log["parent"]
    running = np.arange(len(parent)) - np.searchsorted(parent, parent) + 1
    return {
        "parent": parent,
        "family": parent // 2,
        "OffenceNumber": running.astype(np.int8),
        "Parent": Codes((parent % 2).astype(np.int8), ("mother", "father")),
        "OffenceStartDate": Days(_month(log["day"])),
        "offence_group": Codes(log["group"], offending.GROUPS),
        "Custody": log["custody"].astype(np.int8),
    }


def _childhoods(lives) -> Table:
    """Mothers who were looked after themselves."""
    family = lives.families["family"][lives.families["mother_in_care"]]
    return {
        "parent": family * 2,
        "family": family,
        "Parent": Codes(np.zeros(len(family), dtype=np.int8), ("mother", "father")),
        "EverLookedAfter": np.ones(len(family), dtype=np.int8),
    }
