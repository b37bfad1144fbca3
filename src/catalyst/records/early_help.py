"""Records of early help: episodes and the services in them, in the authorities that keep such records.

There is no national return: names and codes are ours. Depends on the world's log of early help.
"""

import numpy as np

from catalyst.records.calendar import first_day
from catalyst.records.cin_census import FIRST_YEAR
from catalyst.records.columns import Codes, Days, Table, spread
from catalyst.world.early_help import LEADS, OUTCOMES, SERVICES, SOURCES

_EPISODES_PER_FAMILY = 1024


def returns(lives) -> dict[str, Table]:
    """Episodes open at any time in the window, and their services.

    Parameters
    ----------
    lives : the world's logs (``catalyst.world.life.Lives``)

    Returns
    -------
    dict with ``early_help_episodes`` and ``early_help_services`` (one row a service in an episode)
    """
    log = lives.early_help
    keep = log["recorded"] & ((log["end"] < 0) | (log["end"] >= first_day(FIRST_YEAR)))
    log = {name: column[keep] for name, column in log.items()}
    case = log["family"] * _EPISODES_PER_FAMILY + log["episode"]
    row, service = spread(np.zeros(len(case), dtype=np.int64), np.full(len(case), len(SERVICES) - 1))
    given = (log["services"][row] >> service) & 1 == 1
    row, service = row[given], service[given]
    return {
        "early_help_episodes": {
            "case": case,
            "family": log["family"],
            "authority": log["authority"],
            "StartDate": Days(log["start"]),
            "EndDate": Days(log["end"]),
            "Source": Codes(log["source"], SOURCES),
            "LeadService": Codes(log["lead"], LEADS),
            "Outcome": Codes(log["outcome"], OUTCOMES).blank(log["end"] < 0),
        },
        "early_help_services": {
            "case": case[row],
            "authority": log["authority"][row],
            "Service": Codes(service.astype(np.int8), SERVICES),
        },
    }
