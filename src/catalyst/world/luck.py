"""Luck as a function: every chance in a life is a pure function of seed, process, who, when and which.

No generator and no order of calls: any block of the population can be lived alone, and in a twin world
with one cause changed every child keeps her own luck. Depends on nothing.
"""

import hashlib

import numpy as np

_ALL_BITS = 0xFFFFFFFFFFFFFFFF
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MONTH = 0xD1342543DE82EF95
_DRAW = 0xA0761D6478BD642F
_11, _27, _30, _31 = (np.uint64(bits) for bits in (11, 27, 30, 31))
_SCALE = 2.0**-53


def _finalise(z: np.ndarray) -> np.ndarray:
    """splitmix64's finaliser (Steele, Lea and Flood 2014), in place: it spreads every input bit."""
    z ^= z >> _30
    z *= _MIX_1
    z ^= z >> _27
    z *= _MIX_2
    z ^= z >> _31
    return z


def _wrap(*parts: int) -> np.uint64:
    """Mixes a few Python integers into one 64-bit salt."""
    z = np.zeros(1, dtype=np.uint64)
    for part in parts:
        z = _finalise(z + np.uint64(part & _ALL_BITS) + _GOLDEN)
    return z[0]


def _offset(number: int | np.ndarray, constant: int) -> np.ndarray | np.uint64:
    """``number`` times an odd constant, modulo 2^64."""
    if isinstance(number, int | np.integer):
        return np.uint64(int(number) * constant & _ALL_BITS)
    return np.asarray(number).astype(np.uint64) * np.uint64(constant)


def _draws(mixed: np.ndarray, month: int | np.ndarray, draw: int | np.ndarray) -> np.ndarray:
    """Uniform draws from mixed units; in the open interval (0, 1)."""
    if not mixed.size:
        return np.empty(np.broadcast_shapes(mixed.shape, np.shape(month), np.shape(draw)))
    z = mixed + _offset(month, _MONTH)
    if isinstance(draw, np.ndarray) or draw:
        z = z + _offset(draw, _DRAW)
    _finalise(z)
    z >>= _11
    out = z.astype(np.float64)
    out += 0.5
    out *= _SCALE
    return out


def happens(u: np.ndarray, hazard: np.ndarray) -> np.ndarray:
    """Whether events of these hazards (per month) happen to those with the draws ``u``: u < 1 − exp(−hazard).

    That chance never exceeds the hazard itself, so the exponential is taken only where ``u`` is below it.
    """
    out = u < hazard
    near = np.flatnonzero(out)
    out[near] = u[near] < 1 - np.exp(-hazard[near])
    return out


class Standing:
    """The luck in one process of units that stay the same from month to month; see :meth:`Luck.of`."""

    def __init__(self, mixed: np.ndarray):
        self._mixed = mixed

    def __call__(self, month: int, rows: np.ndarray | None = None) -> np.ndarray:
        """This month's draws of all units, or of those at ``rows``."""
        return _draws(self._mixed if rows is None else self._mixed[rows], month, 0)


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
        return _draws(self._mixed(process, unit), month, draw)

    def of(self, process: str, unit: np.ndarray) -> "Standing":
        """The luck of the same units in one process, for many months: the same draws with half the work."""
        return Standing(self._mixed(process, unit))

    def _mixed(self, process: str, unit: np.ndarray) -> np.ndarray:
        """Units are mixed before the month is added, so that neighbours in who and when stay unrelated."""
        salt = self._salts.get(process)
        if salt is None:
            name = int.from_bytes(hashlib.sha256(process.encode()).digest()[:8], "little")
            salt = self._salts[process] = _wrap(self.seed, name)
        z = np.array(unit, dtype=np.uint64, ndmin=1)
        if z.size:
            z *= _GOLDEN
            z += salt
            _finalise(z)
        return z

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
        edges = np.cumsum(np.atleast_2d(shares), axis=1)
        edges = edges / edges[:, -1:]
        return (u[:, None] > edges[:, :-1]).sum(axis=1).astype(np.int8)
