"""Twin worlds: one cause changed, everything else the same."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import clock
from catalyst.world.life import Spec

SPEC = {"seed": 9, "children": 6_000, "authorities": 4}


@pytest.fixture(scope="module")
def base():
    return whole(Spec(**SPEC))


def rows_of(table: dict[str, np.ndarray], families: np.ndarray) -> dict[str, np.ndarray]:
    if not {"family", "child"} & set(table):
        return {}  # of courts and parents, whose rows hang on those of children
    family = table["family"] if "family" in table else table["child"] // 8
    keep = np.isin(family, families)
    return {name: values[keep] for name, values in table.items()}


def test_families_that_never_had_hardship_live_identical_lives_without_it(base):
    never = np.setdiff1d(base.families["family"], base.log["low_income"]["family"])
    assert len(never) > 500
    twin = whole(Spec(**SPEC, settings={"hardship": False}))
    assert len(twin.log["low_income"]["family"]) == 0
    for name in base.log:
        ours, theirs = rows_of(base.log[name], never), rows_of(twin.log[name], never)
        for column in ours:
            np.testing.assert_array_equal(ours[column], theirs[column], err_msg=f"{name}.{column}")


def test_hardship_has_the_effect_it_was_given(base):
    on, off = (whole(Spec(**SPEC, settings={"hardship": value})) for value in (True, False))
    spells = [len(world.log["needs"]["family"]) for world in (off, base, on)]
    assert spells[0] < spells[1] < spells[2]
    assert spells[2] / spells[0] == pytest.approx(np.exp(0.55), rel=0.12)


def test_children_without_disability_live_identical_lives_where_nobody_has_any(base):
    """Brothers and sisters of a disabled child share luck but no state: only her own life changes."""
    twin = whole(Spec(**SPEC, settings={"disability": False}))
    assert (twin.children["disabilities"] == 0).all()
    disabled = base.children["family"][base.children["disabilities"] > 0]
    without = np.setdiff1d(base.families["family"], disabled)
    for name in ("cases", "cp_plans", "care_episodes"):
        ours, theirs = rows_of(base.log[name], without), rows_of(twin.log[name], without)
        for column in ours:
            np.testing.assert_array_equal(ours[column], theirs[column])


@pytest.mark.parametrize("arrow", ["emotional_abuse->planned_end", "age->planned_end"])
def test_cut_arrow_changes_nothing_before_the_first_end(base, arrow):
    twin = whole(Spec(**SPEC, cuts=(arrow,)))
    ours, theirs = base.log["cp_plans"], twin.log["cp_plans"]
    first, their_first = ours["plan"] == 1, theirs["plan"] == 1
    # Brothers' and sisters' plans may have ended before a child's first plan starts: a family is compared up
    # to its first end in either world.
    family_end = {}
    for plans in (ours, theirs):
        for family, end in zip(plans["child"] // 8, plans["end"], strict=True):
            if end != clock.NEVER:
                family_end[family] = min(family_end.get(family, 10**6), end)

    def before(plans, chosen):
        limit = np.array([family_end.get(f, 10**6) for f in plans["child"] // 8])
        keep = chosen & (plans["start"] <= limit)
        return np.stack([plans[c][keep] for c in ("child", "start", "category_initial")])

    np.testing.assert_array_equal(before(ours, first), before(theirs, their_first))
    assert before(ours, first).shape[1] > 300
    assert not np.array_equal(np.sort(ours["end"][first]), np.sort(theirs["end"][their_first]))


def test_cut_arrow_leaves_plans_it_does_not_touch_as_they_are(base):
    """Plans in families that never had one for emotional abuse do not see that its effect is cut."""
    twin = whole(Spec(**SPEC, cuts=("emotional_abuse->planned_end", "emotional_abuse->planned_end_late")))
    ours, theirs = base.log["cp_plans"], twin.log["cp_plans"]
    touched = np.union1d(*[p["child"][p["category_initial"] == 3] // 8 for p in (ours, theirs)])
    keep, keep_twin = (~np.isin(p["child"] // 8, touched) for p in (ours, theirs))
    assert keep.sum() > 200
    for column in ours:
        np.testing.assert_array_equal(ours[column][keep], theirs[column][keep_twin])
