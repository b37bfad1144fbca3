"""Domestic abuse: spells, what is known of them, and moves of home."""

import numpy as np
import pytest
from lived import MIDDLE, whole

from catalyst.world import clock
from catalyst.world.domestic_abuse import LISTS
from catalyst.world.life import Spec
from catalyst.world.parameters import read


@pytest.fixture(scope="module")
def uncaused():
    return whole(Spec(**MIDDLE, cuts=("domestic_abuse->moves",)))


def last_day(spells: dict[str, np.ndarray]) -> np.ndarray:
    return np.where(spells["end"] < 0, clock.END, spells["end"])


def test_spells_of_a_family_follow_one_another(middle):
    spells = middle.log["domestic_abuse"]
    assert len(spells["start"]) > 200
    assert (last_day(spells) > spells["start"]).all()
    same = spells["family"][1:] == spells["family"][:-1]
    assert (spells["start"][1:] > last_day(spells)[:-1])[same].all()


def test_nobody_reports_what_does_not_happen(middle):
    spells, reports = middle.log["domestic_abuse"], middle.log["domestic_abuse_reports"]
    key = spells["family"] * 100_000 + spells["start"]
    at = np.searchsorted(key, reports["family"] * 100_000 + reports["day"], side="right") - 1
    assert (spells["family"][at] == reports["family"]).all()
    assert (reports["day"] <= last_day(spells)[at]).all()


def test_each_list_knows_the_share_of_years_it_should_and_knows_it_alone(middle):
    p = read().rooms["domestic_abuse"]
    spells, reports = middle.log["domestic_abuse"], middle.log["domestic_abuse_reports"]
    year = clock.year_ending(clock.month_of(reports["day"]))
    known = {}
    every = []
    for row in range(len(spells["start"])):
        years = clock.year_ending(clock.month_of(np.array([spells["start"][row], last_day(spells)[row]])))
        every += [(spells["family"][row], y) for y in range(max(years[0], 2014), min(years[1], 2025) + 1)]
    every = set(every)
    for number, name in enumerate(LISTS):
        mine = reports["list"] == number
        known[name] = set(zip(reports["family"][mine], year[mine], strict=True))
        assert known[name] <= every
        assert len(known[name]) / len(every) == pytest.approx(p[f"lists.{name}_knows"], abs=0.04)
    both = len(known["police"] & known["health"])
    assert both / len(known["health"]) == pytest.approx(p["lists.police_knows"], abs=0.05)


def test_families_without_abuse_live_identical_lives_where_it_does_nothing(middle, uncaused):
    never = np.setdiff1d(middle.families["family"], middle.log["domestic_abuse"]["family"])
    assert len(never) > 1_000
    ours, theirs = middle.log["home_moves"], uncaused.log["home_moves"]
    mine, other = np.isin(ours["family"], never), np.isin(theirs["family"], never)
    for column in ("family", "day"):
        np.testing.assert_array_equal(ours[column][mine], theirs[column][other])


def test_families_with_abuse_move_more_often(middle):
    spells, moves = middle.log["domestic_abuse"], middle.log["home_moves"]
    key = spells["family"] * 100_000 + spells["start"]
    order = np.argsort(key)
    at = order[np.searchsorted(key[order], moves["family"] * 100_000 + moves["day"], side="right") - 1]
    during = (spells["family"][at] == moves["family"]) & (moves["day"] <= last_day(spells)[at])
    months = (last_day(spells) - spells["start"] + 1).sum() / clock.DAYS_PER_MONTH
    p = read()
    expected = p.rooms["domestic_abuse"]["home_moves.per_month"] * np.exp(p.effect("domestic_abuse->moves"))
    assert during.sum() / months == pytest.approx(expected, rel=0.15)
