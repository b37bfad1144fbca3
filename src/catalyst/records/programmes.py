"""Programmes and pre-proceedings: which authority offers what from when, and the local legal gateway's list.

No national return holds either; both stand for what an evaluator gets from authorities. Depends on the
world's logs, columns and case_files.
"""

import numpy as np

from catalyst.records import case_files
from catalyst.records.calendar import first_day, last_day
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world import clock
from catalyst.world.preproceedings import OUTCOMES
from catalyst.world.programmes import BY_LOT, NAMES

PROGRAMMES = ("FGC", "ES", "SWS", "FKW")  # in the order of catalyst.world.programmes.NAMES
OUTCOME_CODES = (
    "CAR",
    "STD",
    "CLO",
)  # in the order of catalyst.world.preproceedings.OUTCOMES after the first


def returns(lives) -> dict[str, Table]:
    """The children whose family entered pre-proceedings in the window.

    Returns
    -------
    dict with ``pre_proceedings``, one row a child (who enters once at most)
    """
    log = lives.preproceedings
    rows = np.flatnonzero((log["start"] >= first_day(FIRST_YEAR)) & (log["start"] <= last_day(LAST_YEAR)))
    log = {name: column[rows] for name, column in log.items()}
    adopted = lives.children["adopted"][rows_of(lives.children["child"], log["child"])]
    assert len(OUTCOMES) == len(OUTCOME_CODES) + 1
    return {
        "pre_proceedings": {
            "child": log["child"],
            "family": log["family"],
            "authority": log["authority"].astype(np.int64),
            "stint": case_files.pack(log["child"], log["authority"], log["start"], adopted),
            "PreProceedingsStart": Days(log["start"]),
            "PreProceedingsEnd": Days(log["end"]),
            "OnProtectionPlan": log["on_plan"].astype(np.int8),
            "ChildUnderOne": log["infant"].astype(np.int8),
            "ChildrenTogether": log["together"].astype(np.int16),
            "ConferenceAvailable": log["available"].astype(np.int8),
            "ConferenceOffered": log["offered"].astype(np.int8),
            "ConferenceTookPart": log["took_part"].astype(np.int8),
            "Outcome": Codes(
                np.where(log["end"] >= 0, log["outcome"] - 1, -1).astype(np.int8), OUTCOME_CODES
            ),
        }
    }


def finish(world, tables: dict[str, Table]) -> dict[str, Table]:
    """Which authority offers which programme from when; a function of the world alone.

    Returns
    -------
    dict with ``programme_rollout``, one row a programme that an authority has begun by March 2025
    """
    programme, authority = np.nonzero(world.programmes.start < clock.MONTHS)
    by_lot = np.array([name in BY_LOT for name in NAMES])[programme]
    return {
        "programme_rollout": {
            "authority": authority,
            "Programme": Codes(programme.astype(np.int8), PROGRAMMES),
            "StartDate": Days(clock.first_day(world.programmes.start[programme, authority])),
            "Allocation": Codes(by_lot.astype(np.int8), ("D", "L")),
        }
    }
