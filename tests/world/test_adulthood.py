"""Young adults: ages, possible days, homes one after another."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import adulthood
from catalyst.world.families import birthday
from catalyst.world.life import Spec


@pytest.fixture(scope="module")
def lives():
    return whole(Spec(seed=5, children=6_000, authorities=4))


def test_years_are_of_those_aged_18_to_24(lives):
    log = lives.log["adult_years"]
    birth = lives.children["birth"][np.searchsorted(lives.children["child"], log["child"])]
    age = (log["day"] - birth) / 365.25
    assert (age >= 18).all()
    assert (age < 25.1).all()
    assert ((log["days_in_work"] >= 0) & (log["days_in_work"] <= 366)).all()
    assert ((log["earnings"] > 0) <= (log["days_in_work"] > 0)).all()


def test_care_leavers_have_one_home_after_another_from_eighteen(lives):
    log = lives.log["homes_after_care"]
    birth = lives.children["birth"][np.searchsorted(lives.children["child"], log["child"])]
    first = log["spell"] == 1
    np.testing.assert_array_equal(log["start"][first], birthday(birth[first], 18))
    later = np.flatnonzero(~first)
    np.testing.assert_array_equal(log["start"][later], log["end"][later - 1])
    assert (log["home"][later] != log["home"][later - 1]).all()


def test_care_leavers_fare_worse(lives):
    log = lives.log["adult_years"]
    leaver = np.isin(log["child"], lives.log["homes_after_care"]["child"])
    neet = log["activity"] == adulthood.ACTIVITIES.index("not in education, employment or training")
    assert neet[leaver].mean() > 1.3 * neet[~leaver].mean()
