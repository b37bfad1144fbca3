"""Engagement with school: classes last whole terms, decide on attendance alone, and improve with support."""

import numpy as np
import pytest
from lived import whole

from catalyst.records import npd_absence
from catalyst.world import clock, engagement
from catalyst.world.life import Spec
from catalyst.world.luck import Luck
from catalyst.world.parameters import read


@pytest.fixture(scope="module")
def unsupported():
    """The small world without any effect of support or care on engagement."""
    return whole(
        Spec(seed=5, children=4_000, authorities=4, cuts=("in_need->engagement", "care->engagement"))
    )


def test_a_class_begins_with_a_term(small):
    log = small.engagement
    assert set(clock.month_of(log["start"]) % 12) == set(engagement.TERM_STARTS)
    assert (clock.first_day(clock.month_of(log["start"])) == log["start"]).all()
    same = log["child"][1:] == log["child"][:-1]
    assert (log["start"][1:][same] > log["start"][:-1][same]).all()


def test_term_of_knows_that_august_belongs_to_the_summer():
    months = np.arange(12)  # April to March
    assert engagement.term_of(months).tolist() == [0, 0, 0, 0, 0, 5, 5, 5, 5, 9, 9, 9]


def test_more_is_missed_the_worse_the_class():
    p, n = read()["engagement"], 4_000
    child = np.arange(n)
    rates = [
        sum(engagement.rates(Luck(3), p, child, np.full(n, 230), np.full(n, k))).mean() for k in range(4)
    ]
    assert rates == sorted(rates)
    assert rates[0] < 0.05 < 0.4 < rates[3]


def test_attendance_follows_from_the_class_and_not_from_involvement(small):
    terms = npd_absence.terms()
    now = npd_absence.class_by_term(small)
    missed = npd_absence.sessions(small)
    possible = missed["possible"].astype(float)
    there = (possible > 60) & (terms.year != 2020)
    share = (missed["authorised"] - missed["excluded"] + missed["unauthorised"]) / np.where(
        there, possible, 1
    )
    known = np.isin(small.children["child"], small.cases["child"])
    for k in (engagement.ENGAGED, engagement.STRAINED):
        mine = there & (now == k)
        assert share[mine & known[:, None]].mean() == pytest.approx(
            share[mine & ~known[:, None]].mean(), rel=0.05
        )


def test_children_without_a_case_live_the_same_terms_in_both_twins(small, unsupported):
    def terms_of(lives):
        log = lives.engagement
        never = ~np.isin(log["child"], np.concatenate([small.cases["child"], small.care_episodes["child"]]))
        return {name: column[never] for name, column in log.items()}

    one, other = terms_of(small), terms_of(unsupported)
    assert all((one[name] == other[name]).all() for name in one)


def test_support_helps(small, unsupported):
    """Among children with a case, fewer pupil-terms are worse than engaged in the world with its arrows."""
    with_case = np.isin(small.children["child"], small.cases["child"])
    shares = [(npd_absence.class_by_term(lives)[with_case] > 0).mean() for lives in (small, unsupported)]
    assert shares[0] < shares[1] - 0.005
