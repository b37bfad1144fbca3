"""A linker for a day: Fellegi and Sunter's weights by expectation and maximisation, over all pairs.

Fields agree, differ or are missing, as hashes allow no more. Depends on numpy and pandas.
"""

import numpy as np
import pandas as pd

FIELDS = ("ForenameHash", "SurnameHash", "BirthDayHash", "BirthYearMonthHash", "PostcodeSectorHash", "Sex")
_AGREE, _MISSING, _STATES = 1, 2, 3
_ROWS = 500  # of the one file against all of the other, at a time


def patterns(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """The pattern of agreement of every pair, a number in base three; shape (len(one), len(other))."""
    out = np.zeros((len(one), len(other)), dtype=np.int16)
    for place, name in enumerate(FIELDS):
        both = pd.factorize(pd.concat([one[name].astype(object), other[name].astype(object)]))[0]
        left, right = both[: len(one)], both[len(one) :]
        for start in range(0, len(one), _ROWS):
            rows = slice(start, start + _ROWS)
            state = (left[rows, None] == right[None, :]).astype(np.int16)
            state[(left[rows, None] < 0) | (right[None, :] < 0)] = _MISSING
            out[rows] += state * np.int16(_STATES**place)
    return out


def probabilities(pattern: np.ndarray) -> np.ndarray:
    """The probability that a pair is one person, for each pattern; shape (patterns,)."""
    count = np.bincount(pattern.ravel(), minlength=_STATES ** len(FIELDS)).astype(float)
    state = np.arange(len(count))[:, None] // _STATES ** np.arange(len(FIELDS)) % _STATES
    agree, told = state == _AGREE, state != _MISSING
    # Nearly all pairs are of two people, so chance agreement is that of all pairs.
    chance = (count @ agree) / (count @ told)
    match, share = np.full(len(FIELDS), 0.9), 1 / max(pattern.shape)
    for _ in range(60):
        weight = np.where(
            told, np.where(agree, np.log(match / chance), np.log((1 - match) / (1 - chance))), 0.0
        ).sum(axis=1)
        p = 1 / (1 + np.exp(-(weight + np.log(share / (1 - share)))))
        match = ((count * p) @ agree) / ((count * p) @ told)
        match = np.clip(match, 1e-4, 1 - 1e-4)
        share = (count * p).sum() / count.sum()
    return p


def best_links(pattern: np.ndarray, p: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows of pairs at or above a probability, each record in one pair at most: its most likely one."""
    left, right = np.nonzero(p[pattern] >= least)
    found = pd.DataFrame({"left": left, "right": right, "p": p[pattern[left, right]]})
    found = found.sort_values("p", kind="stable", ascending=False)
    found = found.drop_duplicates("left").drop_duplicates("right")
    return found["left"].to_numpy(), found["right"].to_numpy()
