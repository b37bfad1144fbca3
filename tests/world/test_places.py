"""Places: fictional, of the sizes and the spread that were asked for."""

from pathlib import Path

import numpy as np
import pytest

from catalyst.errors import CourseError
from catalyst.world import parameters
from catalyst.world.life import Spec, World
from catalyst.world.luck import Luck
from catalyst.world.places import MOST, make, share_out, spaced

REAL = (Path(__file__).parent / "real_authorities.txt").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize("count", [1, 5, 24, MOST])
@pytest.mark.parametrize("seed", [1, 2])
def test_children_add_up_exactly_and_every_place_has_some(count, seed):
    places = make(Luck(seed), parameters.read(), count, 20_011)
    assert len(places) == count
    assert places.children.sum() == 20_011
    assert places.children.min() >= 1


def test_shares_are_rounded_to_the_nearest():
    parts = share_out(100, np.array([1.0, 1.0, 1.0]))
    assert sorted(parts) == [33, 33, 34]
    assert share_out(7, np.array([1e9, 1.0]), least=1).tolist() == [6, 1]


def test_regions_hold_their_share_of_children():
    places = make(Luck(3), parameters.read(), MOST, 1_000_000)
    held = np.bincount(places.region, weights=places.children, minlength=9) / 1_000_000
    shares = parameters.read()["places"].array("regions.share_of_children")
    np.testing.assert_allclose(held, shares / shares.sum(), atol=0.001)


def test_spread_between_places_is_that_of_the_parameters_whatever_the_seed():
    p = parameters.read()
    for seed in (1, 2, 3):
        places = make(Luck(seed), p, MOST, 100_000)
        assert places.threshold.std() == pytest.approx(p["places"]["authorities.threshold_spread"], rel=0.02)
        assert places.planned_end.std() == pytest.approx(p.effect("authority->planned_end"), rel=0.02)


def test_spaced_values_are_quantiles_in_an_order_of_luck():
    a, b = spaced(Luck(1), "x", 24), spaced(Luck(2), "x", 24)
    np.testing.assert_allclose(np.sort(a), np.sort(b))
    assert (a != b).any()
    assert abs(a.mean()) < 1e-9


def test_ways_of_working_are_unrelated_to_one_another():
    places = make(Luck(1), parameters.read(), MOST, 100_000)
    assert abs(np.corrcoef(places.referral, places.planned_end)[0, 1]) < 0.3


@pytest.mark.parametrize("seed", range(6))
def test_names_are_unique_and_none_is_real(seed):
    names = make(Luck(seed), parameters.read(), MOST, 100_000).name
    assert len(set(names)) == MOST
    real = {name.casefold() for name in REAL}
    words = {word for name in real for word in name.replace(",", " ").split() if len(word) > 4}
    assert len(real) > 150
    for name in names:
        assert name.casefold() not in real
        stem, ending = name.casefold().split()
        assert stem not in words, name
        assert f"{stem}{ending}" not in real


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": -1, "children": 1000}, "seed"),
        ({"seed": 2**63, "children": 1000}, "seed"),
        ({"seed": 1, "children": 1000, "authorities": 0}, "number of authorities is from 1 to 153"),
        ({"seed": 1, "children": 1000, "authorities": 154}, "number of authorities is from 1 to 153"),
        ({"seed": 1, "children": 100}, "too few for 24 authorities"),
        ({"seed": 1, "children": 1000, "settings": {"rain": True}}, "no event 'rain'"),
    ],
)
def test_impossible_worlds_are_refused(arguments, words):
    with pytest.raises(CourseError, match=words):
        Spec(**arguments)


def test_unknown_cut_is_refused_before_anything_is_lived():
    with pytest.raises(CourseError, match="no arrow"):
        World(Spec(seed=1, children=1000, cuts=("a->b",)))
