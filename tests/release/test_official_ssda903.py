"""The rules of SSDA903: none fires on a return that is right, each fires on a fault planted for it."""

import pytest
from official_faults import FAULTS
from official_returns import Copy, hand_made

from catalyst.release.official.rules_903 import SSDA903


@pytest.fixture(scope="module")
def good():
    return hand_made()


def test_every_rule_has_a_planted_fault():
    assert set(FAULTS) == set(SSDA903)


@pytest.mark.parametrize("number", SSDA903)
def test_a_rule_is_silent_until_its_fault_is_planted(number, good):
    assert len(SSDA903[number].find(good)) == 0, "the hand-made return is right"
    broken = Copy(good)
    FAULTS[number](broken)
    assert len(SSDA903[number].find(broken)) > 0, SSDA903[number].demand


def test_a_return_without_last_years_set_is_judged_as_far_as_it_goes(good):
    alone = Copy(good)
    alone.last = None
    fired = {number: len(rule.find(alone)) for number, rule in SSDA903.items()}
    assert {number for number, rows in fired.items() if rows} == set()
