"""Young adults: ages, possible days, homes one after another."""

import numpy as np

from catalyst.world import adulthood
from catalyst.world.families import birthday


def test_years_are_of_those_aged_18_to_24(middle):
    log = middle.log["adult_years"]
    birth = middle.children["birth"][np.searchsorted(middle.children["child"], log["child"])]
    age = (log["day"] - birth) / 365.25
    assert (age >= 18).all()
    assert (age < 25.1).all()
    assert ((log["days_in_work"] >= 0) & (log["days_in_work"] <= 366)).all()
    assert ((log["earnings"] > 0) <= (log["days_in_work"] > 0)).all()


def test_care_leavers_have_one_home_after_another_from_eighteen(middle):
    log = middle.log["homes_after_care"]
    birth = middle.children["birth"][np.searchsorted(middle.children["child"], log["child"])]
    first = log["spell"] == 1
    np.testing.assert_array_equal(log["start"][first], birthday(birth[first], 18))
    later = np.flatnonzero(~first)
    np.testing.assert_array_equal(log["start"][later], log["end"][later - 1])
    assert (log["home"][later] != log["home"][later - 1]).all()


def test_care_leavers_fare_worse(middle):
    log = middle.log["adult_years"]
    leaver = np.isin(log["child"], middle.log["homes_after_care"]["child"])
    neet = log["activity"] == adulthood.ACTIVITIES.index("not in education, employment or training")
    assert neet[leaver].mean() > 1.3 * neet[~leaver].mean()
