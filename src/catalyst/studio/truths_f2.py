"""The truth of F2, linking records: an odds ratio that is planted, in the chapter and in its tries.

Nothing of the world bears an odds ratio that F2 could recover: what deprivation does, it does to single
visits and to need. So events are given to patients with odds of our own; see ``recovery_f2.planted``.
Depends on nothing but their size.
"""

import numpy as np

from catalyst.world.life import Lives
from catalyst.world.parameters import Parameters

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
SCALES: dict[str, tuple[str, str]] = {}
ODDS_RATIO = 2.5
RISK = 0.15  # of pupils from less deprived neighbourhoods
_WHAT = (
    "an event in a hospital record, drawn for pupils with odds of our own: last known neighbourhood in the "
    "most deprived three tenths, with against without; among all pupils"
)


def planted(parameters: Parameters) -> dict[str, tuple[str, str, float]]:
    """Scale, estimand and value of what is planted."""
    return {"f2.log_odds_ratio": ("log odds ratio", _WHAT, float(np.log(ODDS_RATIO)))}


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """No totals: the planted number is known."""
    return {}


def values(totals: dict[str, float]) -> dict[str, float]:
    """No value: the planted number is known."""
    return {}
