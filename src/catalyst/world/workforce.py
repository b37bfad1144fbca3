"""The workforce and the money of each authority: caseload, turnover, agency, sickness and spend by month.

Exogenous functions of place and month, so that nothing passes from one family to another. Depends on places.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places


@dataclass(frozen=True)
class Workforce:
    """Arrays of shape (authorities, months)."""

    referral_again: np.ndarray  # log hazard ratio of a referral in the twelve months after a closure


def make(luck: Luck, parameters: Parameters, places: Places) -> Workforce:
    """Makes what families meet of the workforce in every authority and month."""
    return Workforce(np.zeros((len(places), clock.MONTHS)))
