"""Programmes: which authority offers which from when, and what each truly does.

Exogenous functions of place and month; the effects are planted. Depends on places.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places


@dataclass(frozen=True)
class Programmes:
    """Log hazard or log odds ratios of shape (authorities, months)."""

    referral: np.ndarray  # on the hazard of referral
    section_47: np.ndarray  # on the odds of a section 47 enquiry at referral, and its hazard in an open case


def make(luck: Luck, parameters: Parameters, places: Places) -> Programmes:
    """Makes what each programme does in every authority and month."""
    nothing = np.zeros((len(places), clock.MONTHS))
    return Programmes(nothing, nothing)
