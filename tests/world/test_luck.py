"""Luck: uniform, unrelated in every direction, and the same for ever."""

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from catalyst.world.luck import Luck, happens

UNITS = np.arange(40_000)


@pytest.mark.parametrize(
    ("month", "draw", "units"),
    [(0, 0, UNITS), (335, 0, UNITS), (7, 3, UNITS * 8 + 1), (7, 41, UNITS + 230_000_000)],
)
def test_draws_are_uniform(month, draw, units):
    u = Luck(7)("referral", units, month, draw)
    assert kstest(u, "uniform").pvalue > 0.001
    assert chisquare(np.bincount((u * 256).astype(int), minlength=256)).pvalue > 0.001
    assert u.min() > 0
    assert u.max() < 1


def test_draws_are_uniform_over_months_for_one_child():
    u = Luck(7)("referral", np.array([[123_456]]), month=np.arange(20_000)[None, :])
    assert u.shape == (1, 20_000)
    assert kstest(u[0], "uniform").pvalue > 0.001


def test_small_probabilities_are_met():
    """Tails decide rare events: one in ten thousand over four million draws."""
    luck = Luck(3)
    hits = sum((luck("rare", UNITS, month) < 1e-4).sum() for month in range(100))
    assert abs(hits - 400) < 4 * 20


def neighbours():
    luck = Luck(7)
    base = luck("referral", UNITS, 5)
    return {
        "next month": (base, luck("referral", UNITS, 6)),
        "next year": (base, luck("referral", UNITS, 17)),
        "next child": (base[:-1], base[1:]),
        "next family": (base[:-8], base[8:]),
        "other process": (base, luck("assessment", UNITS, 5)),
        "joined process": (base, luck("referral.family", UNITS, 5)),
        "other draw": (base, luck("referral", UNITS, 5, 1)),
        "next seed": (base, Luck(8)("referral", UNITS, 5)),
        "child and month swapped": (
            luck("referral", UNITS[:300], 3),
            luck("referral", np.full(300, 3), np.arange(300)),
        ),
    }


@pytest.mark.parametrize("name", list(neighbours()))
def test_neighbours_are_unrelated(name):
    a, b = neighbours()[name]
    assert abs(np.corrcoef(a, b)[0, 1]) < 4.5 / np.sqrt(len(a))
    together = np.histogram2d(a, b, bins=16, range=[[0, 1], [0, 1]])[0].ravel()
    assert len(a) < 5000 or chisquare(together).pvalue > 1e-4


def test_values_are_pinned():
    """A changed hash makes another world of every seed: these numbers must stay."""
    luck = Luck(20250331)
    got = np.concatenate(
        [luck("referral", np.array([1, 2, 80_000_001]), 12), luck("plan.end", np.array([9]), 300, 2)]
    )
    np.testing.assert_allclose(got, PINNED, rtol=0, atol=1e-15)


PINNED = [0.7836538604701451, 0.23512444135128902, 0.2540347437968746, 0.42641320784712716]


def test_whole_population_draws_equal_single_ones():
    luck = Luck(4)
    standing = luck.of("need", UNITS)
    np.testing.assert_array_equal(standing(9), luck("need", UNITS, 9))
    rows = np.array([5, 1, 39_999])
    np.testing.assert_array_equal(standing(9, rows), luck("need", UNITS[rows], 9))


def test_those_near_an_event_are_those_with_draws_below_what_could_be():
    standing = Luck(4).of("need", UNITS)
    u = standing(9)
    most = np.linspace(0, 0.02, len(UNITS))
    for asked in (0.01, most):
        rows, draws = standing.near(9, asked)
        np.testing.assert_array_equal(rows, np.flatnonzero(u < asked))
        np.testing.assert_array_equal(draws, u[rows])
    assert len(rows) > 100
    rows, draws = standing.near(9, 0.01, above=0.99)
    np.testing.assert_array_equal(rows, np.flatnonzero((u < 0.01) | (u > 0.99)))
    some = UNITS[::-7]
    rows, draws = standing.near(9, most[some], some)
    np.testing.assert_array_equal(rows, some[u[some] < most[some]])
    np.testing.assert_array_equal(draws, u[rows])
    rows, _ = standing.near(9, 0.01, slice(300, 20_000))
    np.testing.assert_array_equal(rows, 300 + np.flatnonzero(u[300:20_000] < 0.01))
    np.testing.assert_array_equal(standing.some(some)(9), u[some])


def test_units_of_any_type_and_shape():
    luck = Luck(4)
    expected = luck("need", UNITS[:6], 2)
    np.testing.assert_array_equal(luck("need", UNITS[:6].astype(np.int32), 2), expected)
    np.testing.assert_array_equal(luck("need", UNITS[:6].reshape(2, 3), 2), expected.reshape(2, 3))
    assert luck("need", np.array([], dtype=int), 2).shape == (0,)
    assert luck("need", np.empty((0, 1), dtype=int), 2, np.arange(4)[None, :]).shape == (0, 4)


def test_units_are_not_changed():
    units = np.arange(5, dtype=np.uint64)
    Luck(1)("need", units)
    assert units.tolist() == [0, 1, 2, 3, 4]


def test_choose_follows_the_shares_one_by_one():
    luck = Luck(2)
    shares = np.where((UNITS % 2 == 0)[:, None], [5, 3, 2], [0, 1, 1])
    chosen = luck.choose("kind", UNITS, shares)
    even, odd = (
        np.bincount(chosen[::2], minlength=3) / 20_000,
        np.bincount(chosen[1::2], minlength=3) / 20_000,
    )
    np.testing.assert_allclose(even, [0.5, 0.3, 0.2], atol=0.015)
    np.testing.assert_allclose(odd, [0, 0.5, 0.5], atol=0.015)
    assert odd[0] == 0


def test_happens_is_one_minus_the_exponential():
    u = Luck(2)("any", UNITS)
    hazard = np.linspace(0, 3, len(u))
    np.testing.assert_array_equal(happens(u, hazard), u < 1 - np.exp(-hazard))
    np.testing.assert_array_equal(happens(u, 0.3), u < 1 - np.exp(-0.3))
