"""Household data: who is counted, and that months of low income are those that were lived."""

import numpy as np
import pytest

from catalyst.records import household
from catalyst.records.columns import length
from catalyst.world.clock import day


@pytest.fixture(scope="module")
def tables(real):
    return household.returns(real)


def test_months_in_spells_are_counted_inside_the_year():
    spells = {
        "start": np.array([day("2016-01-01"), day("2017-03-01"), day("2010-05-01"), day("2018-01-01")]),
        "end": np.array([day("2016-05-31"), -1, day("2016-03-31"), -1]),
    }
    months = household.months_in(spells, np.array([0, 0, 1, 2]), 3, 2017)
    assert months.tolist() == [3, 0, 0]


def test_a_child_has_one_row_a_year_until_sixteen(real, tables):
    table = tables["child_low_income"]
    key = table["child"] * 4096 + table["Year"]
    assert len(np.unique(key)) == len(key)
    place = np.searchsorted(real.children["child"], table["child"])
    ends = np.array([day(f"{y}-03-31") for y in table["Year"]])
    age = (ends - real.children["birth"][place]) / 365.25
    assert (age > 0).all()
    assert (age < 16).all()
    assert (real.children["arrival"][place] < 0).all()
    born = table["family"] * 10**6 + table["PersonBirthDate"].days
    assert len(np.unique(born)) == len(np.unique(table["child"]))


def test_low_income_in_a_year_is_half_of_its_months(tables):
    table = tables["child_low_income"]
    assert ((table["MonthsInLowIncome"] >= 6) == (table["RelativeLowIncome"] == 1)).all()
    assert table["MonthsInLowIncome"].max() == 12
    assert 0.15 < table["RelativeLowIncome"].mean() < 0.26


def test_snapshot_counts_children_at_home(real, tables):
    table = tables["household_snapshot"]
    assert (table["Children"] > 0).all()
    assert (table["AgeOfYoungest"] < 18).all()
    assert len(np.unique(table["family"])) == length(table)
    away = real.care_episodes
    now = (away["decom"] <= household.CENSUS) & ((away["dec"] < 0) | (away["dec"] > household.CENSUS))
    assert now.any()
    at_home = real.children["family"][np.isin(real.children["child"], away["child"][now])]
    rows = np.isin(table["family"], at_home)
    assert table["Children"][rows].sum() < np.isin(real.children["family"], at_home).sum()
    crowded = np.isin(table["OccupancyRating"].index, (0, 1))
    assert table["Children"][crowded].mean() > table["Children"][~crowded].mean() + 0.5


def test_families_are_recorded_where_they_lived(real, tables):
    moves, table = real.log["moves"], tables["child_low_income"]
    once = np.flatnonzero(np.bincount(np.unique(moves["family"], return_inverse=True)[1]) == 1)
    for family in np.unique(moves["family"])[once][:20]:
        moved = moves["day"][moves["family"] == family][0]
        mine = table["family"] == family
        ends = np.array([day(f"{y}-03-31") for y in table["Year"][mine]])
        expected = np.where(
            ends >= moved, *(moves[k][moves["family"] == family] for k in ("authority_to", "authority_from"))
        )
        assert (table["authority"][mine] == expected).all()


def test_spells_end_after_the_window_begins(tables):
    table = tables["household_income_spells"]
    end = table["SpellEnd"].days
    assert ((end < 0) | (end >= household.WINDOW)).all()
    assert (np.bincount(table["Kind"].index) > 100).all()
