"""T4's estimators of spread, on counts whose truth is known."""

import numpy as np
import pytest

from catalyst.studio import recovery_t4, truths_t4


@pytest.fixture(scope="module")
def counts():
    """Forty authorities of ten schools of 300 pupils, each seen twice."""
    rng = np.random.default_rng(3)
    places, schools, pupils = 40, 400, 300
    place = np.repeat(np.arange(places), 10)
    lean = rng.permutation(np.linspace(-0.5, 0.5, places))[place] + rng.normal(0, 0.3, schools)
    unit = np.repeat(np.arange(schools), 2 * pupils)
    cluster = np.repeat(np.arange(schools * pupils), 2)
    eta = np.full(len(unit), -1.8)
    chance = 1 / (1 + np.exp(-(eta + lean[unit])))
    y = (rng.random(schools * pupils)[cluster] < chance).astype(float)
    return eta, y, unit, cluster, place


def test_sampling_noise_and_schools_are_taken_off(counts):
    eta, y, unit, cluster, place = counts
    shift, variance = recovery_t4.shifts(eta, y, unit, cluster)
    schools = recovery_t4.within(shift, variance, place)
    assert schools.value == pytest.approx(0.3, abs=3 * schools.se)
    weight = 1 / (variance + schools.value**2)
    total = np.bincount(place, weight)
    centre = np.bincount(place, weight * shift) / total
    places = recovery_t4.between(centre, 1 / total)
    true = np.linspace(-0.5, 0.5, 40).std(ddof=1)
    assert places.value == pytest.approx(true, abs=3 * places.se)
    assert centre.std(ddof=1) > places.value


def test_pupils_seen_twice_count_once(counts):
    eta, y, unit, cluster, _ = counts
    honest = recovery_t4.shifts(eta, y, unit, cluster)[1]
    naive = recovery_t4.shifts(eta, y, unit, np.arange(len(unit)))[1]
    assert honest.mean() == pytest.approx(2 * naive.mean(), rel=0.02)


def test_complementary_log_log_gives_back_a_hazard_ratio():
    rng = np.random.default_rng(5)
    exposed = rng.random(40_000) < 0.3
    y = (rng.random(40_000) < -np.expm1(-0.03 * np.exp(0.7 * exposed))).astype(float)
    x = np.column_stack([np.ones(40_000), exposed])
    beta, covariance = recovery_t4.fit(x, y, np.arange(40_000), "cloglog")
    assert beta[1] == pytest.approx(0.7, abs=3 * np.sqrt(covariance[1, 1]))
    alike = recovery_t4.fit(
        np.array([[1.0, 0.0], [1.0, 1.0]]),
        np.array([y[~exposed].sum(), y[exposed].sum()]),
        np.arange(2),
        "cloglog",
        np.array([(~exposed).sum(), exposed.sum()]),
    )[0]
    np.testing.assert_allclose(alike, beta, atol=1e-6)


def test_truth_is_the_slope_of_log_odds_on_the_lean():
    lean = np.linspace(-1.5, 1.5, 8)
    chance = 1 / (1 + np.exp(-(-3 + 0.3 * lean)))
    totals = {"pupils": np.full(8, 1e6), "with_plan": 1e6 * chance, "lean": 1e6 * lean}
    assert truths_t4.values(totals)["t4.sd_authority_plan"] == pytest.approx(0.3, abs=1e-6)
