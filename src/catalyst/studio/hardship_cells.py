"""Counts from which T2's estimands follow, made alike from what truly happened and from a release.

Works on plain arrays, and fits small models to counts in cells; depends on statsmodels.
"""

import numpy as np
import statsmodels.api as sm

BANDS = (0, 1, 5, 10, 16)  # ages from which a band of children with open cases begins


def yearly(low, decile, group, referred) -> np.ndarray:
    """Children and children referred by low income (2), decile (10) and broad group (5); shape (2, 100)."""
    cell = (low.astype(np.int64) * 10 + decile - 1) * 5 + group
    return np.stack([np.bincount(cell, minlength=100), np.bincount(cell, referred, 100)])


def yearly_design() -> np.ndarray:
    """Columns of the yearly model for each cell: 1, low income, deciles towards more deprived, groups."""
    low, decile, group = np.unravel_index(np.arange(100), (2, 10, 5))
    groups = (group[:, None] == np.arange(1, 5)).astype(float)
    return np.column_stack([np.ones(100), low, 4.5 - decile, groups])


def logit(counts: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Coefficients of a logit model of counts: all in row 0, of them events in row 1."""
    some = counts[0] > 0
    both = np.column_stack([counts[1], counts[0] - counts[1]])[some]
    return np.asarray(sm.GLM(both, design[some], family=sm.families.Binomial()).fit().params)


def care(decile, band, days, entered) -> np.ndarray:
    """Years at risk and entries to care by decile (10) and age band (5); shape (2, 50)."""
    cell = (decile.astype(np.int64) - 1) * 5 + band
    return np.stack([np.bincount(cell, days / 365.25, 50), np.bincount(cell, entered, 50)])


def care_design(bands: int = 5) -> np.ndarray:
    """Columns for each cell: deciles towards more deprived, then age bands."""
    decile, band = np.unravel_index(np.arange(10 * bands), (10, bands))
    return np.column_stack([4.5 - decile, band[:, None] == np.arange(bands)]).astype(float)


def poisson(counts: np.ndarray, design: np.ndarray) -> np.ndarray:
    """Coefficients of a Poisson model of counts: time or people in row 0, events in row 1."""
    some = counts[0] > 0
    model = sm.GLM(counts[1][some], design[some], family=sm.families.Poisson(), exposure=counts[0][some])
    return np.asarray(model.fit().params)
