"""Offending: ages, the order of a case's dates, custody, and middle that do not change without the cause."""

import numpy as np
import pytest
from lived import MIDDLE, whole

from catalyst.world import offending
from catalyst.world.families import birthday
from catalyst.world.life import Spec


@pytest.fixture(scope="module")
def twin():
    return whole(Spec(**MIDDLE, cuts=("in_need->offence",)))


def row(middle, child):
    return np.searchsorted(middle.children["child"], child)


def test_nobody_offends_before_ten_or_from_twenty_five(middle):
    log = middle.log["offences"]
    birth = middle.children["birth"][row(middle, log["child"])]
    assert (log["day"] >= birthday(birth, 10)).all()
    assert (log["day"] < birthday(birth, 25) + 31).all()
    assert len(log["child"]) > 100


def test_a_case_is_dealt_with_after_the_offence_and_its_last_hearing_is_that_day(middle):
    log, hearings = middle.log["offences"], middle.log["court_appearances"]
    assert (log["dealt_with"] > log["day"]).all()
    dealt = dict(zip(zip(log["child"], log["case"], strict=True), log["dealt_with"], strict=True))
    final = hearings["final"]
    for child, case, day in zip(*(hearings[c][final] for c in ("child", "case", "day")), strict=True):
        assert dealt[child, case] == day


def test_cautions_and_informal_disposals_never_come_to_court(middle):
    disposals = middle.log["court_appearances"]["disposal"]
    assert not np.isin(disposals, [offending.CAUTION, offending.INFORMAL]).any()


def test_nobody_offends_while_in_custody(middle):
    custody, log = middle.log["custody"], middle.log["offences"]
    assert len(custody["child"])
    for child, start, end in zip(custody["child"], custody["start"], custody["end"], strict=True):
        days = log["day"][log["child"] == child]
        # A sentence passed later in the month of a new offence does not undo it.
        assert not ((days > start + 31) & (days < (end if end >= 0 else 10**6))).any()


def test_parents_offended_before_their_first_child_was_born(middle):
    log = middle.log["parent_offences"]
    family = log["parent"] // 2
    first = {}
    for f, b in zip(middle.children["family"], middle.children["birth"], strict=True):
        first[f] = min(b, first.get(f, b))
    assert all(day < first[f] for day, f in zip(log["day"], family, strict=True))
    offended = middle.families["family"][middle.families["parent_offended"]]
    assert set(np.unique(family)) == set(offended)


def test_cutting_the_way_from_need_leaves_all_others_their_lives(middle, twin):
    """Families with nobody in need since ten live the same middle; some of the others offend less."""
    known = np.unique(middle.children["family"][np.isin(middle.children["child"], middle.cases["child"])])
    base, other = ({n: v.copy() for n, v in world.log["offences"].items()} for world in (middle, twin))
    for log, world in ((base, middle), (other, twin)):
        family = world.children["family"][row(world, log["child"])]
        keep = ~np.isin(family, known)
        for name in log:
            log[name] = log[name][keep]
    for name in base:
        np.testing.assert_array_equal(base[name], other[name])
    assert len(base["child"])
    assert len(twin.log["offences"]["child"]) < len(middle.log["offences"]["child"])


def test_cutting_it_changes_nothing_but_offending(middle, twin):
    for name in ("cases", "care_episodes", "exclusions", "cp_plans"):
        for column in middle.log[name]:
            np.testing.assert_array_equal(middle.log[name][column], twin.log[name][column])
