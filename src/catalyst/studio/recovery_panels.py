"""Panels of authorities and years: fixed effects, instruments and counts, with clustered standard errors.

Written out, so that a hundred worlds of 150 authorities can be analysed quickly. Depends on numpy alone.
"""

from typing import NamedTuple

import numpy as np


class Fit(NamedTuple):
    """Coefficients of the columns of interest and their standard errors, clustered by group."""

    value: np.ndarray
    se: np.ndarray


def dummies(*groups: np.ndarray) -> np.ndarray:
    """Indicator columns of each grouping; all of the first, and all but one of the others.

    Returns
    -------
    float array, shape (rows, columns)
    """
    columns = []
    for k, group in enumerate(groups):
        _, level = np.unique(group, return_inverse=True)
        columns.append(np.eye(level.max() + 1)[level][:, (k > 0) :])
    return np.concatenate(columns, axis=1)


def without(values: np.ndarray, control: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What is left of each column once the controls have explained what they can (weighted least squares)."""
    root = np.sqrt(weight)[:, None]
    fit, *_ = np.linalg.lstsq(control * root, values * root, rcond=None)
    return values - control @ fit


def clustered(bread: np.ndarray, score: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Standard errors from each row's score, summed within clusters, with the usual correction for few."""
    _, group = np.unique(cluster, return_inverse=True)
    count = group.max() + 1
    total = np.stack([np.bincount(group, column) for column in score.T], axis=1)
    variance = bread @ (total.T @ total) @ bread.T * count / (count - 1)
    return np.sqrt(np.diag(variance))


def instrumented(
    outcome: np.ndarray, causes: np.ndarray, instruments: np.ndarray, control: np.ndarray,
    weight: np.ndarray, cluster: np.ndarray,
) -> Fit:  # fmt: skip
    """Two-stage least squares after the controls; with the causes as their own instruments, least squares.

    Parameters
    ----------
    causes, instruments : shape (rows, k)
    control : shape (rows, c), such as fixed effects
    """
    k = causes.shape[1]
    rest = without(np.column_stack([outcome, causes, instruments]), control, weight)
    y, x, z = rest[:, 0], rest[:, 1 : k + 1], rest[:, k + 1 :]
    bread = np.linalg.inv((z * weight[:, None]).T @ x)
    value = bread @ ((z * weight[:, None]).T @ y)
    score = z * (weight * (y - x @ value))[:, None]
    return Fit(value, clustered(bread, score, cluster))


def least_squares(outcome, causes, control, weight, cluster) -> Fit:
    """Weighted least squares after the controls."""
    return instrumented(outcome, causes, causes, control, weight, cluster)


def counts(
    count: np.ndarray, exposure: np.ndarray, causes: np.ndarray, control: np.ndarray, cluster: np.ndarray
) -> Fit:
    """Poisson regression of counts with an exposure; log rate ratios of the causes."""
    x = np.column_stack([causes, control])
    k = causes.shape[1]
    linear = np.log((count + 0.5) / exposure)
    beta = np.zeros(x.shape[1])
    for _ in range(30):
        mean = exposure * np.exp(linear)
        working = linear + (count - mean) / mean
        root = np.sqrt(mean)[:, None]
        new, *_ = np.linalg.lstsq(x * root, working * root[:, 0], rcond=None)
        linear = x @ new
        if np.abs(new[:k] - beta[:k]).max() < 1e-8:
            break
        beta = new
    mean = exposure * np.exp(linear)
    rest = without(causes, control, mean)
    bread = np.linalg.inv((rest * mean[:, None]).T @ rest)
    return Fit(new[:k], clustered(bread, rest * (count - mean)[:, None], cluster))
