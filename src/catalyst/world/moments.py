"""Moments at which something rare may happen to somebody, drawn for half a year at once. Depends on luck.

A hazard is never above a given most, so nearly everybody can be passed over without asking what hers is.
"""

from itertools import pairwise

import numpy as np

from catalyst.world.luck import Luck

HALF_YEAR = 6


class Moments:
    """The moments of one process, at most one in half a year for each unit.

    Parameters
    ----------
    luck : the luck of the world
    process : the name of what may happen
    units : ids, shape (n,)
    most : the highest hazard a month that anybody can have; below one sixth
    """

    def __init__(self, luck: Luck, process: str, units: np.ndarray, most: float):
        self._luck = luck.of(process, units)
        self._most = most
        self._months: list[tuple[np.ndarray, np.ndarray]] = []

    def draw(self, month: int, rows: np.ndarray) -> None:
        """Draws the half year that starts in ``month`` for the units at ``rows``."""
        u = self._luck(month // HALF_YEAR, rows) / self._most
        near = np.flatnonzero(u < HALF_YEAR)
        which = u[near].astype(np.int64)
        order = np.argsort(which, kind="stable")
        edges = np.searchsorted(which[order], np.arange(HALF_YEAR + 1))
        chosen, inside = rows[near[order]], (u[near] - which)[order]
        self._months = [(chosen[a:b], inside[a:b]) for a, b in pairwise(edges)]

    def at(self, month: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows to which it may happen this month, and the hazard above which it does to each.

        Returns
        -------
        rows, threshold : int64 and float64 arrays of one shape; it happens where
            1 − exp(−hazard) is above the threshold
        """
        rows, inside = self._months[month % HALF_YEAR]
        return rows, inside * self._most
