"""Schools: fictional schools of each authority, their phase, size and ways. Exogenous; depends on places."""

from dataclasses import dataclass

import numpy as np

from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places


@dataclass(frozen=True)
class Schools:
    """The schools of one world; all arrays have shape (schools,)."""

    school: np.ndarray


def make(luck: Luck, parameters: Parameters, places: Places) -> Schools:
    """Makes the schools of a world."""
    return Schools(np.arange(0))
