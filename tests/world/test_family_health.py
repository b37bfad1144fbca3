"""Parents' spells of ill health: their order, what bears on them, and lives that must not change."""

import numpy as np
import pytest
from lived import whole

from catalyst.world.family_health import poisson
from catalyst.world.life import Spec

ARROW = "parental_mental->need"


@pytest.fixture(scope="module")
def without_need() -> dict:
    return whole(Spec(seed=5, children=4_000, authorities=4, cuts=(ARROW,)))


@pytest.mark.parametrize("table", ["parental_ill_health", "parental_substance"])
def test_spells_of_a_family_follow_one_another(world, table):
    spells = world.log[table]
    again = spells["family"][1:] == spells["family"][:-1]
    assert again.any()
    assert (spells["end"][:-1][again] > 0).all()
    assert (spells["start"][1:] >= spells["end"][:-1])[again].all()
    ended = spells["end"] >= 0
    assert (spells["end"] > spells["start"])[ended].all()


def test_contacts_fall_inside_a_spell_of_the_same_parent(world):
    contacts, spells = world.log["parent_contacts"], world.log["parental_ill_health"]
    mental = ~contacts["for_substance"]
    key = spells["family"] * 100_000 + spells["start"]
    at = np.searchsorted(key, contacts["family"][mental] * 100_000 + contacts["day"][mental], "right") - 1
    np.testing.assert_array_equal(spells["family"][at], contacts["family"][mental])
    np.testing.assert_array_equal(spells["mother"][at], contacts["mother"][mental])
    end = spells["end"][at]
    assert ((end < 0) | (contacts["day"][mental] <= end)).all()


def test_low_income_and_liability_show(world):
    spells = world.log["parental_ill_health"]
    share = [
        np.isin(world.families["family"][world.families["decile"] == d], spells["family"]).mean()
        for d in (1, 10)
    ]
    assert share[0] > share[1] + 0.03
    per_family = np.unique(spells["family"], return_counts=True)[1]
    assert per_family.var() > 1.5 * per_family.mean() - 1  # some families have many


def test_families_whose_parents_were_never_ill_live_the_same_without_the_effect(small, without_need):
    ill = small.log["parental_ill_health"]["family"]
    assert not np.array_equal(small.log["needs"]["start"], without_need.log["needs"]["start"])
    for name in ("needs", "low_income"):
        one, other = small.log[name], without_need.log[name]
        for column in one:
            np.testing.assert_array_equal(
                one[column][~np.isin(one["family"], ill)], other[column][~np.isin(other["family"], ill)]
            )


def test_counts_have_the_mean_they_are_given():
    u = (np.arange(20_000) + 0.5) / 20_000
    for mean in (0.2, 3.0, 40.0):
        assert poisson(u, np.full(len(u), mean)).mean() == pytest.approx(mean, rel=0.01)
