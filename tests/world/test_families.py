"""Families: exactly as many children as were asked for, with brothers and sisters, born all the time."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import clock
from catalyst.world.families import birthday
from catalyst.world.life import Spec, World


def stock(lives):
    birth = lives.children["birth"]
    return (birth <= clock.END) & (birthday(birth, 18) > clock.END) & (lives.children["arrival"] < 0)


@pytest.mark.parametrize(("seed", "children", "authorities"), [(1, 1000, 24), (2, 2503, 7), (3, 500, 1)])
def test_stock_is_exactly_as_asked(seed, children, authorities):
    lives = whole(Spec(seed=seed, children=children, authorities=authorities))
    here = stock(lives)
    assert here.sum() == children
    home = lives.children["family"][here] // 10_000_000
    np.testing.assert_array_equal(np.bincount(home, minlength=authorities), lives.places.children)


def test_families_have_one_to_six_children_and_siblings_are_born_apart(world):
    resident = world.children["arrival"] < 0
    family, birth = world.children["family"][resident], world.children["birth"][resident]
    sizes = np.bincount(np.unique(family, return_inverse=True)[1])
    assert sizes.max() == 6
    assert 0.3 < (sizes == 1).mean() < 0.6
    order = np.lexsort([birth, family])
    gaps = np.diff(birth[order])[np.diff(family[order]) == 0]
    assert gaps.min() > 17 * 30
    assert gaps.max() < 62 * 31


def test_babies_are_born_every_year_and_some_are_still_expected(world):
    resident = world.children["arrival"] < 0
    years = (
        world.children["birth"][resident].astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    )
    counts = np.bincount(years - 1997)
    assert len(counts) == 2025 - 1997 + 1
    assert counts[1:28].min() > 800
    assert (world.children["birth"] > clock.END).sum() > 100


def test_ids_name_the_family_and_the_place(world):
    children = world.children
    np.testing.assert_array_equal(children["child"] // 8, children["family"])
    assert (np.diff(children["child"]) > 0).all()
    np.testing.assert_array_equal(world.families["home"], world.families["family"] // 10_000_000)


def test_brothers_and_sisters_share_neighbourhood_and_ethnic_group(world):
    first = np.r_[True, np.diff(world.children["family"]) != 0]
    group = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2)[world.children["ethnicity"]]
    family = np.cumsum(first) - 1
    assert (group == group[first][family]).all()


def test_sex_deciles_and_deaths_are_about_as_given(world):
    resident = world.children["arrival"] < 0
    assert (world.children["sex"][resident] == 1).mean() == pytest.approx(0.513, abs=0.01)
    shares = np.bincount(world.families["decile"], minlength=11)[1:] / len(world.families["decile"])
    assert shares.min() > 0.07
    assert shares.max() < 0.13
    death, birth = world.children["death"], world.children["birth"]
    died = death >= 0
    assert (death[died] > birth[died]).all()
    assert (death[died] <= birthday(birth[died], 18)).all()
    assert 0.003 < ((death - birth < 365) & died).mean() < 0.005


def test_who_is_born_does_not_depend_on_what_is_switched():
    base = whole(Spec(seed=5, children=1500, authorities=3))
    other = whole(
        Spec(seed=5, children=1500, authorities=3, settings={"hardship": True, "disability": False})
    )
    for name in ("child", "family", "birth", "sex", "ethnicity", "death", "arrival"):
        np.testing.assert_array_equal(base.children[name], other.children[name])
    assert [len(b) for b in World(base.spec).blocks()] == [len(b) for b in World(other.spec).blocks()]
