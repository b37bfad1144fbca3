"""Special educational needs: when provision begins, who has it, what stays the same without its causes."""

import numpy as np
from lived import MIDDLE, whole

from catalyst.world import attainment, clock
from catalyst.world.life import Spec
from catalyst.world.send import PLAN, SUPPORT, TYPES


def test_provision_begins_in_january_and_spells_do_not_overlap(middle):
    spells = middle.sen_spells
    month = clock.month_of(spells["start"]) % 12
    assert (month == 9).all()
    same = spells["child"][1:] == spells["child"][:-1]
    assert (spells["end"][:-1][same] >= 0).all()
    assert (spells["start"][1:][same] >= spells["end"][:-1][same]).all()
    assert set(np.unique(spells["provision"])) == {SUPPORT, PLAN}
    assert (spells["need"] >= 0).all()
    assert (spells["need"] < len(TYPES)).all()


def test_a_plan_ends_only_with_a_death(middle):
    spells, children = middle.sen_spells, middle.children
    ended = (spells["provision"] == PLAN) & (spells["end"] >= 0)
    row = np.searchsorted(children["child"], spells["child"][ended])
    np.testing.assert_array_equal(spells["end"][ended], children["death"][row])


def test_children_with_a_disability_have_many_more_plans(middle):
    planned = np.unique(middle.sen_spells["child"][middle.sen_spells["provision"] == PLAN])
    at_school = np.unique(middle.school_spells["child"])
    disabled = middle.children["child"][middle.children["disabilities"] > 0]
    with_one = np.isin(np.intersect1d(at_school, disabled), planned).mean()
    without = np.isin(np.setdiff1d(at_school, disabled), planned).mean()
    assert with_one > 6 * without > 0


def test_a_cut_arrow_changes_nobody_who_is_never_in_need(middle):
    twin = whole(Spec(**MIDDLE, cuts=("in_need->sen_support", "in_need->ehcp", "on_plan->ehcp")))
    # Brothers and sisters claim free meals together, so that whole families are compared.
    never = np.setdiff1d(middle.children["family"], middle.log["cases"]["child"] // 8)
    assert len(never) > 500
    for name in ("sen_spells", "attainments", "school_spells"):
        ours, theirs = (
            {k: v[np.isin(t["child"] // 8, never)] for k, v in t.items()}
            for t in (middle.log[name], twin.log[name])
        )
        for column in ours:
            np.testing.assert_array_equal(ours[column], theirs[column], err_msg=f"{name}.{column}")
    assert len(twin.log["sen_spells"]["child"]) < len(middle.log["sen_spells"]["child"])


def test_free_meals_are_kept_once_protected(middle):
    bits = middle.children["free_meals"]
    had = [(bits >> (year - 1998)) & 1 for year in range(2019, 2025)]
    children, log = middle.children, middle.care_episodes
    never_in_care = ~np.isin(children["child"], log["child"]) & (children["adopted"] < 0)
    at_school = (children["birth"] > clock.day("2009-09-01")) & (children["birth"] < clock.day("2011-08-31"))
    who = at_school & never_in_care & (children["death"] < 0) & (had[0] == 1)
    assert who.sum() > 20
    on_roll = np.isin(children["child"], middle.school_spells["child"][middle.school_spells["end"] < 0])
    # A few were educated at home in the January between.
    assert (had[3][who & on_roll] == 1).mean() > 0.9


def test_marks_lie_in_their_scales_and_follow_needs(middle):
    log = middle.attainments
    second, fourth = log["stage"] == attainment.KS2, log["stage"] == attainment.KS4
    for subject in attainment.SUBJECTS:
        assert ((log[subject][second] >= 80) & (log[subject][second] <= 120)).all()
    assert ((log["attainment_8"][fourth] >= 0) & (log["attainment_8"][fourth] <= 900)).all()
    planned = np.isin(log["child"], middle.sen_spells["child"][middle.sen_spells["provision"] == PLAN])
    assert log["attainment_8"][fourth & planned].mean() < log["attainment_8"][fourth & ~planned].mean() - 100
