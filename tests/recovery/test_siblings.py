"""The arithmetic of likeness between brothers and sisters, on families whose truth is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from catalyst.studio import siblings


@pytest.fixture(scope="module")
def families():
    """4,000 families of one to four with liability correlated at 0.4 and one child in five a case."""
    rng = np.random.default_rng(3)
    size = rng.integers(1, 5, 4_000)
    home = np.repeat(np.arange(4_000), size)
    liability = np.sqrt(0.4) * rng.normal(size=4_000)[home] + np.sqrt(0.6) * rng.normal(size=len(home))
    return siblings.pairs(size, np.bincount(home, liability > ndtri(0.8), 4_000))


def test_correlation_of_liability_is_found(families):
    value, se = siblings.with_error(siblings.share, families)
    assert abs(value - 0.4) < 3 * se
    assert 0.01 < se < 0.06


@pytest.mark.parametrize("figure", [siblings.share, siblings.log_odds_ratio, siblings.design_effect])
def test_standard_error_is_that_of_drawing_families_again(families, figure):
    rng = np.random.default_rng(4)
    weights = rng.multinomial(len(families), np.full(len(families), 1 / len(families)), 200)
    again = np.std([figure(w @ families) for w in weights], ddof=1)
    assert siblings.with_error(figure, families)[1] == pytest.approx(again, rel=0.2)


def test_strangers_have_nothing_in_common():
    rng = np.random.default_rng(5)
    totals = siblings.pairs(np.full(50_000, 2), rng.binomial(2, 0.2, 50_000)).sum(axis=0)
    assert siblings.log_odds_ratio(totals) == pytest.approx(0, abs=0.08)
    assert siblings.share(totals) == pytest.approx(0, abs=0.03)
    assert siblings.design_effect(totals) == pytest.approx(1, abs=0.02)


def test_gradient_of_exact_rates_is_exact():
    time = np.linspace(50, 200, 10)
    level, slope = siblings.gradient(time * np.exp(-2 + 0.07 * (5.5 - siblings.DECILES)), time)
    assert (level, slope) == pytest.approx((-2, 0.07))
