"""Who has a child in need plan: decided by what the records hold, so that children alike in them differ."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import support
from catalyst.world.codes import FACTOR
from catalyst.world.life import Spec


@pytest.fixture(scope="module")
def decided():
    """Chance of a plan, severity and recorded things of every child found in need in a small world."""
    rows = []
    original = support.chance_of_plan

    def watch(life, child):
        chance = original(life, child)
        children = life.children
        age = (children.since[child] - life.people.birth[child]) / 365.25
        place = life.places.threshold[children.authority[child]]
        found = children.factors[child]
        neglect = (found >> np.uint64(FACTOR.index("16A"))) & np.uint64(1)
        held = np.column_stack([children.need[child], age, place, neglect.astype(int)])
        rows.append((chance, children.severity[child].copy(), held))
        return chance

    support.chance_of_plan = watch
    try:
        lives = whole(Spec(seed=21, children=6_000, authorities=6))
    finally:
        support.chance_of_plan = original
    chance, severity, held = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return lives, chance, severity, held


def test_a_third_have_a_plan_and_chances_overlap(decided):
    _, chance, _, held = decided
    assert 0.28 < chance.mean() < 0.40
    for need in (held[:, 0] == 1, held[:, 0] == 4):
        assert np.quantile(chance[need], 0.9) < 0.97
        assert np.quantile(chance[need], 0.1) > 0.03
    neglect = held[:, 3] == 1
    assert chance[neglect].mean() > chance[~neglect].mean() + 0.15


def test_plans_go_to_worse_need_through_the_records_alone(decided):
    _, chance, severity, _ = decided
    assert np.corrcoef(chance, severity)[0, 1] > 0.05


def test_an_event_set_gives_all_or_none_a_plan():
    none = whole(Spec(seed=3, children=600, authorities=2, settings={"cin_plan": False}))
    # Those who step down from a protection plan have one whatever is set.
    after = np.isin(none.cin_plans["child"], none.cp_plans["child"])
    assert after.all()
    everybody = whole(Spec(seed=3, children=600, authorities=2, settings={"cin_plan": True}))
    assert len(everybody.cin_plans["child"]) > 3 * max(1, len(none.cin_plans["child"]))
