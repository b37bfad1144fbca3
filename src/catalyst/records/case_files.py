"""The local case file: which number a child goes by in one authority, before and after adoption.

Both returns of an authority come from the same case system, so they share this. A child who moves away and
comes back is found again under the old number; an adopted child gets a new one. Depends on columns.
"""

from typing import NamedTuple

import numpy as np

_PLACES = 1024


class Stint(NamedTuple):
    """What a stint number stands for; arrays of one shape."""

    child: np.ndarray
    authority: np.ndarray
    after_adoption: np.ndarray


def pack(child: np.ndarray, authority: np.ndarray, day: np.ndarray, adopted: np.ndarray) -> np.ndarray:
    """The stint in which something happens; uint64, shape (n,).

    Parameters
    ----------
    child : ids of the children
    authority : rows of the authorities, below 1,024
    day : when the episode began
    adopted : day of adoption, −1 never
    """
    after = (adopted >= 0) & (day >= adopted)
    number = child.astype(np.uint64) * np.uint64(_PLACES) + authority.astype(np.uint64)
    return number * np.uint64(2) + after.astype(np.uint64)


def unpack(stint: np.ndarray) -> Stint:
    """Takes a stint number apart again."""
    number = stint // np.uint64(2)
    return Stint(
        (number // np.uint64(_PLACES)).astype(np.int64),
        (number % np.uint64(_PLACES)).astype(np.int64),
        (stint % np.uint64(2)).astype(bool),
    )
