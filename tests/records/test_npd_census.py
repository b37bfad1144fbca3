"""The school census and attainment: who is in them, and what they say."""

import numpy as np
import pytest

from catalyst.records import npd_attainment, npd_census
from catalyst.records.columns import length
from catalyst.world.clock import day


@pytest.fixture(scope="module")
def census(real):
    return npd_census.returns(real)["school_census"]


def test_census_day_is_the_third_thursday_of_january():
    days = [day("2015-01-15"), day("2020-01-16"), day("2024-01-18"), day("2025-01-16")]
    assert npd_census.census_day(np.array([2015, 2020, 2024, 2025])).tolist() == days


def test_one_row_a_pupil_and_january(census):
    assert len(np.unique(census["child"] * 100 + census["year"] - 2000)) == length(census) > 1000


def test_pupils_are_where_their_spell_says(real, census):
    spells = real.school_spells
    when = npd_census.census_day(2019)
    on_roll = (spells["start"] <= when) & ((spells["end"] < 0) | (spells["end"] > when))
    here = census["year"] == 2019
    order = np.argsort(census["child"][here])
    np.testing.assert_array_equal(census["child"][here][order], np.sort(spells["child"][on_roll]))
    np.testing.assert_array_equal(census["school"][here][order], spells["school"][on_roll])


def test_type_of_need_stands_only_beside_provision(census):
    none = census["SENprovision"].index == 0
    assert (census["PrimarySENtype"].index[none] == -1).all()
    assert (census["PrimarySENtype"].index[~none] >= 0).all()


def test_home_follows_a_move(real):
    moves = real.moves
    last = np.append(moves["family"][1:] != moves["family"][:-1], True)
    row = np.flatnonzero(last)[0]
    person = np.flatnonzero(real.children["family"] == moves["family"][row])[:1]
    after, on_the_day = (
        npd_census.homes(real, person, moves["day"][row : row + 1] + shift)[0] for shift in (1, 0)
    )
    assert after == moves["authority_to"][row]
    assert on_the_day == moves["authority_from"][row]


def test_ever_six_holds_whoever_is_eligible_now(census):
    now = census["FSMeligible"] == 1
    assert (census["EVERFSM_6"][now] == 1).all()
    assert (census["EVERFSM_6"] == 1).sum() > now.sum()


def test_no_key_stage_2_in_the_pandemic_years_and_teachers_grades_at_key_stage_4(real):
    tables = npd_attainment.returns(real)
    assert set(np.unique(tables["ks2"]["KS2_ACADYR"])) == {2016, 2017, 2018, 2019, 2022, 2023, 2024}
    year, points = tables["ks4"]["KS4_ACADYR"], tables["ks4"]["KS4_ATT8"]
    assert points[np.isin(year, (2020, 2021))].mean() > points[np.isin(year, (2018, 2019, 2023))].mean()
    subjects = ("KS2_READEXP", "KS2_WRITEXP", "KS2_MATEXP")
    together = np.minimum.reduce([tables["ks2"][name] for name in subjects])
    np.testing.assert_array_equal(together, tables["ks2"]["KS2_RWMEXP"])


def test_register_names_every_school(world):
    schools = npd_census.finish(world, {})["schools"]
    assert length(schools) == len(world.schools)
