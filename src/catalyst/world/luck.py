"""Luck as a function: every chance in a life is a pure function of seed, process, who, when and which.

No generator and no order of calls: any block of the population can be lived alone, and in a twin world
with one cause changed every child keeps her own luck. Compiled, because a world asks for it all the time.
Depends on nothing.
"""

import hashlib
from functools import lru_cache

import numpy as np
from numba import njit

_ALL_BITS = 0xFFFFFFFFFFFFFFFF
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MONTH = 0xD1342543DE82EF95
_DRAW = 0xA0761D6478BD642F
_SCALE = 2.0**-53


@njit(inline="always")
def _finalise(z):
    """splitmix64's finaliser (Steele, Lea and Flood 2014): it spreads every input bit."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def _mix(units, salt):
    """Units are mixed before the month is added, so that neighbours in who and when stay unrelated."""
    out = np.empty(units.size, dtype=np.uint64)
    for i in range(units.size):
        out[i] = _finalise(np.uint64(units[i]) * _GOLDEN + salt)
    return out


@njit(nogil=True, cache=True)
def _draw(mixed, offset):
    """Uniform draws in the open interval (0, 1) from mixed units."""
    out = np.empty(mixed.size)
    for i in range(mixed.size):
        out[i] = (np.float64(_finalise(mixed[i] + offset) >> np.uint64(11)) + 0.5) * _SCALE
    return out


@njit(nogil=True, cache=True)
def _mix_and_draw(units, salt, offset):
    """Both at once, for what is asked only now and then."""
    out = np.empty(units.size)
    for i in range(units.size):
        mixed = _finalise(np.uint64(units[i]) * _GOLDEN + salt)
        out[i] = (np.float64(_finalise(mixed + offset) >> np.uint64(11)) + 0.5) * _SCALE
    return out


@njit(nogil=True, cache=True)
def _near(mixed, offset, most, above):
    """Places and draws of the units whose draw lies below ``most`` (an array of their shape) or too high."""
    at, u = np.empty(mixed.size, dtype=np.int64), np.empty(mixed.size)
    count = 0
    for i in range(mixed.size):
        drawn = (np.float64(_finalise(mixed[i] + offset) >> np.uint64(11)) + 0.5) * _SCALE
        if drawn < most[i] or drawn > above:
            at[count], u[count] = i, drawn
            count += 1
    return at[:count], u[:count]


@njit(nogil=True, cache=True)
def _near_one(mixed, offset, most, above):
    """The same where ``most`` is one for all."""
    at, u = np.empty(mixed.size, dtype=np.int64), np.empty(mixed.size)
    count = 0
    for i in range(mixed.size):
        drawn = (np.float64(_finalise(mixed[i] + offset) >> np.uint64(11)) + 0.5) * _SCALE
        if drawn < most or drawn > above:
            at[count], u[count] = i, drawn
            count += 1
    return at[:count], u[:count]


@njit(nogil=True, cache=True)
def _category(u, shares):
    """The first category whose cumulative share is not below the draw; shares of shape (1, k) or (n, k)."""
    out = np.zeros(u.size, dtype=np.int8)
    every = shares.shape[0] == 1
    for i in range(u.size):
        row = shares[0] if every else shares[i]
        total = row.sum()
        up_to = 0.0
        for k in range(row.size - 1):
            up_to += row[k]
            if u[i] > up_to / total:
                out[i] += 1
    return out


def _wrap(*parts: int) -> np.uint64:
    """Mixes a few Python integers into one 64-bit salt."""
    z = 0
    for part in parts:
        z = (z + part + int(_GOLDEN)) & _ALL_BITS
        z = ((z ^ z >> 30) * int(_MIX_1)) & _ALL_BITS
        z = ((z ^ z >> 27) * int(_MIX_2)) & _ALL_BITS
        z ^= z >> 31
    return np.uint64(z)


def _offset(month: int | np.ndarray, draw: int | np.ndarray) -> np.ndarray | np.uint64:
    """What a month and a draw add to a mixed unit, modulo 2^64."""
    if isinstance(month, np.ndarray) or isinstance(draw, np.ndarray):
        months = np.asarray(month).astype(np.uint64) * np.uint64(_MONTH)
        return months + np.asarray(draw).astype(np.uint64) * np.uint64(_DRAW)
    return _offset_of(month, draw)


@lru_cache(8192)  # one month asks for the same few again and again
def _offset_of(month: int, draw: int) -> np.uint64:
    return np.uint64((int(month) * _MONTH + int(draw) * _DRAW) & _ALL_BITS)


def _flat(units: np.ndarray) -> np.ndarray:
    if units.dtype != np.int64:
        units = units.astype(np.int64)
    return units.ravel()  # a copy only of what does not lie in one piece


@njit(nogil=True, cache=True)
def _below(u, hazard):
    out = np.empty(u.size, dtype=np.bool_)
    for i in range(u.size):
        # The chance never exceeds the hazard, so the exponential is taken only where the draw is below it.
        out[i] = u[i] < hazard[i] and u[i] < 1 - np.exp(-hazard[i])
    return out


@njit(nogil=True, cache=True)
def _below_one(u, hazard):
    chance = min(hazard, 1 - np.exp(-hazard))
    out = np.empty(u.size, dtype=np.bool_)
    for i in range(u.size):
        out[i] = u[i] < chance
    return out


def happens(u: np.ndarray, hazard: float | np.ndarray) -> np.ndarray:
    """Whether events of these monthly hazards happen to those with the draws ``u``: u < 1 − exp(−hazard)."""
    if isinstance(hazard, np.ndarray) and hazard.shape == u.shape:
        return _below(u, hazard.astype(np.float64, copy=False))
    return _below_one(u, float(hazard))


class Standing:
    """The luck in one process of units that stay the same from month to month; see :meth:`Luck.of`."""

    def __init__(self, mixed: np.ndarray):
        self._mixed = mixed

    def __call__(self, month: int, rows: np.ndarray | None = None) -> np.ndarray:
        """This month's draws of all units, or of those at ``rows``."""
        return _draw(self._mixed if rows is None else self._mixed[rows], _offset(month, 0))

    def some(self, rows: np.ndarray) -> "Standing":
        """The luck of some of the units, which are then numbered in the order of ``rows``."""
        return Standing(self._mixed[rows])

    def near(
        self,
        month: int,
        most: float | np.ndarray,
        rows: np.ndarray | slice | None = None,
        above: float = 1.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Those few whose draw this month lies below the highest hazard that there could be: nobody else
        needs a closer look.

        Parameters
        ----------
        most : a chance that is not too low, one for all or of the shape of the units that are asked
        rows : which units are asked; all if not given
        above : those with higher draws are told of as well

        Returns
        -------
        their rows, int64, and their draws, float64, in the order of the units that are asked
        """
        mixed = self._mixed if rows is None else self._mixed[rows]
        offset, above = _offset(month, 0), float(above)
        if isinstance(most, np.ndarray):
            at, u = _near(mixed, offset, most, above)
        else:
            at, u = _near_one(mixed, offset, float(most), above)
        if isinstance(rows, slice):
            return at + (rows.start or 0), u
        return (at if rows is None else rows[at]), u


class Luck:
    """The luck of one world.

    Parameters
    ----------
    seed : int
        Two worlds with the same seed share all their luck, whatever else differs between them.

    Examples
    --------
    >>> luck = Luck(7)
    >>> u = luck("referral", np.array([11, 12]), month=3)
    >>> bool((u == luck("referral", np.array([11, 12]), month=3)).all())
    True
    """

    def __init__(self, seed: int):
        self.seed = int(seed)
        self._salts: dict[str, np.uint64] = {}

    def __call__(
        self, process: str, unit: np.ndarray, month: int | np.ndarray = 0, draw: int | np.ndarray = 0
    ) -> np.ndarray:
        """Uniform draws in the open interval (0, 1).

        Parameters
        ----------
        process : str
            The name of what is decided; different names have unrelated luck.
        unit : integer array
            Who: a child, family or authority.
        month : int or integer array that broadcasts with ``unit``
            When, in months of the world's clock; 0 for what is decided once.
        draw : int or integer array that broadcasts with ``unit``
            Which, where one process needs several draws in a month.

        Returns
        -------
        float64 array of the shape to which unit, month and draw broadcast
        """
        if not (isinstance(month, np.ndarray) or isinstance(draw, np.ndarray)):
            offset = _offset_of(month, draw)
            if isinstance(unit, np.ndarray) and unit.ndim == 1:
                # Asked so often that it goes the shortest way.
                if unit.dtype != np.int64:
                    unit = unit.astype(np.int64)
                return _mix_and_draw(unit.ravel(), self._salts.get(process) or self._salt(process), offset)
            unit = np.atleast_1d(unit)
            return _mix_and_draw(_flat(unit), self._salt(process), offset).reshape(unit.shape)
        unit = np.atleast_1d(unit)
        mixed = _mix(_flat(unit), self._salt(process)).reshape(unit.shape)
        added = mixed + _offset(month, draw)
        return _draw(added.ravel(), np.uint64(0)).reshape(added.shape)

    def of(self, process: str, unit: np.ndarray) -> "Standing":
        """The luck of the same units in one process, for many months: the same draws with half the work."""
        return Standing(_mix(_flat(unit), self._salt(process)))

    def _salt(self, process: str) -> np.uint64:
        salt = self._salts.get(process)
        if salt is None:
            name = int.from_bytes(hashlib.sha256(process.encode()).digest()[:8], "little")
            salt = self._salts[process] = _wrap(self.seed, name)
        return salt

    def exponential(
        self, process: str, unit: np.ndarray, month: int | np.ndarray = 0, draw: int = 0
    ) -> np.ndarray:
        """Standard exponential draws: the amount of hazard that a life can bear before the event happens."""
        return -np.log(self(process, unit, month, draw))

    def choose(
        self, process: str, unit: np.ndarray, shares: np.ndarray, month=0, draw: int = 0
    ) -> np.ndarray:
        """Draws categories.

        Parameters
        ----------
        shares : float array, shape (k,) or (n, k)
            Shares of the k categories; they need not sum to one.

        Returns
        -------
        int8 array, shape (n,)
        """
        u = self(process, unit, month, draw)
        return _category(u, np.atleast_2d(np.asarray(shares, dtype=np.float64)))
