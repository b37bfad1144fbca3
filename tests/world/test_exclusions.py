"""Suspensions and permanent exclusions: when, how long, and of whom."""

import numpy as np

from catalyst.world import clock, exclusions
from catalyst.world.clock import day


def test_exclusions_fall_on_school_days(small):
    log = small.exclusions
    assert ((log["start"] + 3) % 7 <= 4).all()
    month = clock.month_of(log["start"]) % 12
    assert 4 not in set(month.tolist())  # August
    assert (np.diff(log["start"])[np.diff(log["child"]) == 0] > 0).all()


def test_length_belongs_to_suspensions_alone(small):
    log = small.exclusions
    permanent = log["category"] == exclusions.PERMANENT
    assert (log["sessions"][permanent] == -1).all()
    assert set(log["sessions"][~permanent].tolist()) <= set(range(2, 21, 2))


def test_most_suspensions_are_of_the_disrupted(world):
    log, spells = world.exclusions, world.engagement
    late = log["start"] >= day("2015-09-01")
    key = spells["child"] * 100_000 + spells["start"]
    row = np.searchsorted(key, log["child"][late] * 100_000 + log["start"][late], side="right") - 1
    assert (spells["child"][row] == log["child"][late]).all()
    now = np.bincount(spells["class"][row], minlength=4) / late.sum()
    assert now[2] > 0.6
    assert now[0] < 0.15


def test_schools_were_closed(world):
    start = world.exclusions["start"]

    def between(first: str, last: str) -> int:
        return int(((start >= day(first)) & (start <= day(last))).sum())

    assert between("2020-04-01", "2020-07-31") < 0.2 * between("2019-04-01", "2019-07-31")
