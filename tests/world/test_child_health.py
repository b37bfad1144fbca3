"""Children's health: births, spells, crises, services and scores, in their order and range."""

import numpy as np
import pytest

from catalyst.world import hospital
from catalyst.world.clock import END, day
from catalyst.world.families import birthday


def rows(world, table):
    return np.searchsorted(world.children["child"], world.log[table]["child"])


def test_every_child_born_here_has_one_record_of_birth(world):
    born = world.children["child"][(world.children["arrival"] < 0) & (world.children["birth"] <= END)]
    first = day("1997-04-01")
    born = born[world.children["birth"][np.searchsorted(world.children["child"], born)] >= first]
    np.testing.assert_array_equal(world.newborns["child"], born)
    assert world.newborns["weeks"].min() >= 27
    assert world.newborns["weeks"].max() <= 42
    early = world.newborns["weeks"] < 34
    stay = world.newborns["neonatal_days"]
    assert (stay[early] > 0).mean() > 4 * (stay[~early] > 0).mean()
    assert world.newborns["grams"][early].mean() < world.newborns["grams"][~early].mean() - 500


def test_smoking_and_substance_misuse_lower_birth_weight(world):
    grams, weeks = world.newborns["grams"], world.newborns["weeks"]
    term = weeks >= 37
    smoking = world.newborns["smoking"]
    assert grams[term & smoking].mean() < grams[term & ~smoking].mean() - 80


@pytest.mark.parametrize("table", ["child_ill_health", "mental_referrals"])
def test_spells_of_a_child_follow_one_another_and_end_with_childhood(world, table):
    spells = world.log[table]
    again = spells["child"][1:] == spells["child"][:-1]
    assert again.any()
    assert (spells["end"][:-1][again] > 0).all()
    assert (spells["start"][1:] >= spells["end"][:-1])[again].all()
    assert (spells["start"] < birthday(world.children["birth"][rows(world, table)], 18)).all()
    assert (spells["start"] >= birthday(world.children["birth"][rows(world, table)], 5) - 31).all()


def test_contacts_belong_to_an_open_referral(world):
    contacts, referrals = world.mental_contacts, world.mental_referrals
    key = referrals["child"] * 100_000 + referrals["start"]
    at = np.searchsorted(key, contacts["child"] * 100_000 + contacts["referral"])
    np.testing.assert_array_equal(key[at], contacts["child"] * 100_000 + contacts["referral"])
    end = referrals["end"][at]
    assert ((contacts["day"] >= contacts["referral"]) & ((end < 0) | (contacts["day"] <= end))).all()


def test_nobody_attends_before_birth_or_after_eighteen(world):
    for table in ("attendances", "admissions"):
        r, when = rows(world, table), world.log[table]["day"]
        assert (when >= world.children["birth"][r]).all()
        assert (when <= birthday(world.children["birth"][r], 18)).all()
        death = world.children["death"][r]
        assert ((death < 0) | (when <= death)).all()


def test_a_crisis_comes_only_to_those_who_are_unwell(world):
    crisis = np.isin(world.attendances["reason"], [hospital.SELF_HARM, hospital.CRISIS])
    child, when = world.attendances["child"][crisis], world.attendances["day"][crisis]
    spells = world.child_ill_health
    key = spells["child"] * 100_000 + spells["start"]
    at = np.searchsorted(key, child * 100_000 + when + 31, "right") - 1
    np.testing.assert_array_equal(spells["child"][at], child)


def test_scores_are_of_children_in_care_and_in_range(world):
    scores = world.sdq
    assert np.isin(scores["child"], world.care_episodes["child"]).all()
    assert scores["score"].min() >= 0
    assert scores["score"].max() <= 40
    assert ((scores["day"].astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12) == 2).all()
    assert 11 < scores["score"].mean() < 18


def test_siblings_are_alike(world):
    referred = np.isin(world.children["child"], world.mental_referrals["child"])
    old = (world.children["birth"] < day("2012-01-01")) & (world.children["birth"] > day("2000-01-01"))
    family, has = world.children["family"][old], referred[old]
    pair = family[1:] == family[:-1]
    first, second = has[:-1][pair], has[1:][pair]
    assert second[first].mean() > 1.5 * second[~first].mean()
