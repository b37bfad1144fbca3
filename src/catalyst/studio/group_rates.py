"""Rates of ethnic groups, crude and standardised over deprivation deciles, from counts in cells.

Works on plain arrays, alike for what truly happened and for a release; depends on nothing else.
"""

import numpy as np

GROUPS = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2)  # broad group of each code of ETHNICITY
BROAD = {"mixed": 1, "asian": 2, "black": 3, "other": 4}
WHITE = 0
FIRST_YEAR, LAST_YEAR = 2015, 2025


def cells(ethnicity: np.ndarray, decile: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Counts by ethnic group (18) and decile (10); shape (18, 10)."""
    return (
        np.bincount(ethnicity.astype(np.int64) * 10 + decile - 1, weight, 180).reshape(18, 10).astype(float)
    )


def of_groups(table: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Counts by decile of some of the eighteen groups together; shape (10,)."""
    return table[members].sum(axis=0)


def rate(events: np.ndarray, people: np.ndarray, weights: np.ndarray | None) -> float:
    """A rate: crude, or with the deciles' rates averaged by ``weights``."""
    if weights is None:
        return float(events.sum() / people.sum())
    return float((weights * np.divide(events, people, out=np.zeros(10), where=people > 0)).sum())


def log_ratios(people: np.ndarray, events: np.ndarray) -> dict[str, float]:
    """Log rate ratios against White children by the names of T9's estimands."""
    standard = people.sum(axis=0) / people.sum()
    out = {}
    for kind, weights in (("crude", None), ("standardised", standard)):
        white = rate(of_groups(events, GROUPS == WHITE), of_groups(people, GROUPS == WHITE), weights)
        for name, group in BROAD.items():
            mine = rate(of_groups(events, group == GROUPS), of_groups(people, group == GROUPS), weights)
            out[f"t9.log_{kind}_{name}"] = float(np.log(mine / white))
    return out
