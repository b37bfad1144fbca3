"""Pseudonymised keys, and who has a pupil reference in which year.

Every key is a function of the seed and of whom it stands for, never of the order in which records were
made, so that any block of the world gets the same keys. Depends on luck, calendar and parameters.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from catalyst.records.calendar import first_day
from catalyst.world.luck import Luck
from catalyst.world.parameters import Room, read

# No vowels, so that no key can spell a word and none reads as a number in scientific notation.
_ANY = np.frombuffer(b"0123456789BCDFGHJKLMNPQRSTVWXYZ", dtype=np.uint8)
_FIRST = _ANY[10:]
_LENGTH = 11
_NEVER = 9999
# Up to here 53 bits of luck are enough: of 400,000 people two share a key in one world of a hundred thousand.
MOST_DRAWN = 100_000  # children
_LONG, _HALF, _ROUNDS = 13, 31, 4
_WIDE = 1 << 2 * _HALF


class KnownYears(NamedTuple):
    """First and last return (by the year it ends) with a child's pupil reference; arrays of one shape."""

    first: np.ndarray
    last: np.ndarray


def numbers(luck: Luck, what: str, units: np.ndarray) -> np.ndarray:
    """The number behind each key: 53 bits of luck, or a permutation of the units; int64, shape (n,).

    Parameters
    ----------
    what : ``"local child id"`` (units are stints), ``"pupil reference"`` (children) or
        ``"family reference"`` (families)
    """
    if isinstance(luck, WideLuck):
        return _permuted(luck, what, units)
    return np.floor(luck(f"release.{what}", units) * 2.0**53).astype(np.int64)


class WideLuck(Luck):
    """The luck of a world of millions, in which two people in fifty million must not share a key."""


def luck_of(seed: int, children: int) -> Luck:
    """The luck from which the keys of a world of so many children are drawn."""
    return Luck(seed) if children <= MOST_DRAWN else WideLuck(seed)


def _permuted(luck: Luck, what: str, units: np.ndarray) -> np.ndarray:
    """Numbers from 2^62 on, below 2^63, no two of them the same.

    A Feistel network (Luby and Rackoff 1988) whose round function is luck: it permutes the numbers below
    2^62, so that keys are unique by construction and need no table of those given out.

    Raises
    ------
    ValueError
        If a unit is not below 2^62.
    """
    units = units.astype(np.int64)
    if len(units) and not (units.min() >= 0 and units.max() < _WIDE):
        raise ValueError(f"units of {what} are not from 0 to 2^{2 * _HALF} - 1")
    left, right = units >> _HALF, units & ((1 << _HALF) - 1)
    for turn in range(_ROUNDS):
        moved = np.floor(luck(f"release.{what}", right, draw=turn) * 2.0**_HALF).astype(np.int64)
        left, right = right, left ^ moved
    return _WIDE | left << _HALF | right


def texts(number: np.ndarray) -> np.ndarray:
    """The keys as text that starts with a letter and sorts like its number.

    Returns
    -------
    array of str of eleven letters and digits, or of thirteen in a world of millions; shape (n,)
    """
    length = _LONG if len(number) and number[0] >= _WIDE else _LENGTH
    letters = np.empty((len(number), length), dtype=np.uint8)
    left = number.astype(np.int64)
    for place in range(length - 1, 0, -1):
        letters[:, place] = _ANY[left % len(_ANY)]
        left = left // len(_ANY)
    letters[:, 0] = _FIRST[left]
    return np.ascontiguousarray(letters).view(f"S{length}").ravel().astype(str)


def values(text: np.ndarray) -> np.ndarray:
    """The numbers behind keys; the inverse of :func:`texts`, int64, shape (n,)."""
    letters = np.asarray(text).astype(bytes)
    letters = letters.view(np.uint8).reshape(len(text), -1)
    out = np.searchsorted(_FIRST, letters[:, 0]).astype(np.int64)
    for place in range(1, letters.shape[1]):
        out = out * len(_ANY) + np.searchsorted(_ANY, letters[:, place])
    return out


@cache
def _parameters() -> Room:
    return read()["pupil_reference"]


def september_of(birth: np.ndarray, age: int) -> np.ndarray:
    """The year of the return that follows the first 31 August on which a child is ``age``; int64."""
    months = birth.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    after_august = months % 12 >= 8
    return 1970 + months // 12 + age + after_august + 1


def known_years(luck: Luck, child: np.ndarray, birth: np.ndarray, arrival: np.ndarray) -> KnownYears:
    """The returns in which each child's pupil reference is known.

    A child becomes known at nursery or school and stays so; some are lost again when school is behind them.

    Parameters
    ----------
    child : ids, shape (n,)
    birth : day of birth
    arrival : day on which an unaccompanied child arrived, −1 for all others
    """
    p = _parameters()
    shares = np.asarray(p["school.share_by_september_age"], dtype=float)
    age = np.searchsorted(shares, luck("release.has pupil number", child), side="right")
    here = september_of(birth, 0) + age
    here[age == len(shares)] = _NEVER
    unaccompanied = arrival >= 0
    known = luck("release.arrival has pupil number", child) < p["arrivals.share_known"]
    arrived = np.where(known, 0, _NEVER)
    first = np.where(unaccompanied, arrived, here)
    kept = luck("release.pupil number kept", child) < p["school.kept_after_16"]
    last = np.where(kept, _NEVER - 1, september_of(birth, 16) - 1)
    return KnownYears(first, last)


UNKNOWN_CODES = ("UN1", "UN2", "UN3", "UN4", "UN5", "UN7")


def why_unknown(
    luck: Luck,
    child: np.ndarray,
    birth: np.ndarray,
    arrival: np.ndarray,
    in_need: np.ndarray,
    year: np.ndarray,
) -> np.ndarray:
    """Index into ``UNKNOWN_CODES``: the reason that an authority gives for having no pupil number.

    UN7 where every referral of the year ended without further action; UN1 below school age; UN3 for
    unaccompanied children; otherwise one of the rest, which stays with the child.
    """
    p = _parameters()
    at_school = (
        luck.choose("release.why no pupil number", child, np.asarray(p["unknown.why_at_school_age"])) + 1
    )
    of_school_age = (birth < first_day(year)) & (september_of(birth, 5) <= year)
    out = np.where(arrival >= 0, UNKNOWN_CODES.index("UN3"), at_school)
    out = np.where(of_school_age, out, UNKNOWN_CODES.index("UN1"))
    return np.where(in_need, out, UNKNOWN_CODES.index("UN7")).astype(np.int8)
