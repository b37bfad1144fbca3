"""The roll: spells off it follow one another, and a child in one is at no school."""

import numpy as np
import pytest

from catalyst.world.clock import day
from catalyst.world.enrolment import ALTERNATIVE, AT_HOME, UNSEEN
from catalyst.world.schools import ALTERNATIVE as PROVISION


def test_spells_follow_one_another(small):
    log = small.off_roll
    same = log["child"][1:] == log["child"][:-1]
    assert (log["end"][:-1][same] >= 0).all()
    assert (log["start"][1:][same] > log["end"][:-1][same]).all()
    ended = log["end"] >= 0
    assert (log["end"][ended] > log["start"][ended]).all()
    assert set(log["kind"].tolist()) == {ALTERNATIVE, AT_HOME, UNSEEN}


def test_nobody_is_at_school_and_off_the_roll(world):
    log, spells = world.off_roll, world.school_spells
    away = log["kind"] != ALTERNATIVE
    first, last = log["start"][away], np.where(log["end"][away] < 0, day("2025-03-31"), log["end"][away])
    middle = (first + last) // 2
    key = spells["child"] * 100_000 + spells["start"]
    row = np.searchsorted(key, log["child"][away] * 100_000 + middle, side="right") - 1
    there = (spells["child"][row] == log["child"][away]) & (
        (spells["end"][row] < 0) | (spells["end"][row] > middle)
    )
    assert there.mean() < 0.01


def test_alternative_provision_is_a_school_of_its_own(small):
    log = small.off_roll
    provided = log["kind"] == ALTERNATIVE
    assert (small.schools.phase[log["school"][provided]] == PROVISION).all()
    assert (log["school"][~provided] == -1).all()
    assert not log["excluded"][~provided].any()


def test_home_education_has_grown(world):
    def stock(when: str) -> int:
        log, today = world.off_roll, day(when)
        return int(
            (
                (log["kind"] == AT_HOME) & (log["start"] <= today) & ((log["end"] < 0) | (log["end"] > today))
            ).sum()
        )

    assert stock("2024-10-03") > 1.3 * stock("2018-10-03")


@pytest.mark.parametrize("group", ["never", "case"])
def test_those_with_a_case_leave_the_roll_more_often(world, group):
    known = np.isin(world.children["child"], world.cases["child"])
    off = np.isin(world.children["child"], world.off_roll["child"][world.off_roll["kind"] == UNSEEN])
    pupils = np.isin(world.children["child"], world.engagement["child"])
    share = off[pupils & (known if group == "case" else ~known)].mean()
    others = off[pupils].mean()
    assert share > others if group == "case" else share < others
