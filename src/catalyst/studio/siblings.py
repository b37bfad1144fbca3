"""Sums over families from which likeness of brothers and sisters, and rates by decile, are computed.

The same arithmetic serves the truth of a world and its estimate. Depends on nothing.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t

DECILES = np.arange(1, 11)


def pairs(children: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """What each family adds to the totals of :func:`log_odds_ratio`, :func:`share` and :func:`design_effect`.

    Parameters
    ----------
    children, cases : number of children and of children with the outcome in each family

    Returns
    -------
    float array, shape (families, 8)
        Pairs with both, one and none; then cases, children, cases², cases × children and children².
    """
    m, r = children.astype(float), cases.astype(float)
    both, none = r * (r - 1) / 2, (m - r) * (m - r - 1) / 2
    return np.column_stack([both, r * (m - r), none, r, m, r * r, r * m, m * m])


def log_odds_ratio(totals: np.ndarray) -> float:
    """Log odds ratio of one sibling's outcome by the other's, over all pairs."""
    both, one, none = totals[:3]
    return float(np.log(both * none / (one / 2) ** 2))


def share(totals: np.ndarray) -> float:
    """Correlation of two siblings' liability, in a normal threshold model: the family's share."""
    both, one, none = totals[:3]
    count = both + one + none
    joint, single = both / count, (both + one / 2) / count
    threshold = ndtri(single)

    def excess(correlation: float) -> float:
        slope = np.sqrt((1 - correlation) / (1 + correlation))
        return float(ndtr(threshold) - 2 * owens_t(threshold, slope) - joint)

    return float(brentq(excess, -0.95, 0.99))


def design_effect(totals: np.ndarray) -> float:
    """How much larger the variance of a share of children is than if siblings had nothing in common."""
    r, m, rr, rm, mm = totals[3:]
    p = r / m
    return float((rr - 2 * p * rm + p * p * mm) / (m * p * (1 - p)))


def with_error(figure: Callable[[np.ndarray], float], rows: np.ndarray) -> tuple[float, float]:
    """A figure made of sums over families, and its standard error by the delta method.

    Parameters
    ----------
    figure : function of column totals
    rows : one row a family
    """
    totals = rows.sum(axis=0)
    value = figure(totals)
    step = np.maximum(np.abs(totals), 1) * 1e-5
    slope = np.array([(figure(totals + d) - figure(totals - d)) / (2 * d.sum()) for d in np.diag(step)])
    influence = (rows - rows.mean(axis=0)) @ slope
    return value, float(np.sqrt(len(rows) / (len(rows) - 1) * (influence**2).sum()))


def gradient(events: np.ndarray, time: np.ndarray) -> tuple[float, float]:
    """Level and log rate ratio per decile towards more deprived, by a Poisson fit to ten cells.

    Parameters
    ----------
    events, time : sums in deciles 1 (most deprived) to 10
    """
    x = np.column_stack([np.ones(10), 5.5 - DECILES])
    beta = np.array([np.log(events.sum() / time.sum()), 0.0])
    for _ in range(25):
        mean = time * np.exp(x @ beta)
        beta = beta + np.linalg.solve((x * mean[:, None]).T @ x, x.T @ (events - mean))
    return float(beta[0]), float(beta[1])
