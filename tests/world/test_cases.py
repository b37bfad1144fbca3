"""Cases close child by child."""

import numpy as np

from catalyst.world import cases, clock
from catalyst.world.life import Spec, World


def test_a_family_remembers_its_own_latest_closure_and_no_other_familys():
    world = World(Spec(seed=3, children=400, authorities=2))
    life = world.begin(world.blocks()[0])
    family = life.people.child_family
    two = np.flatnonzero(np.bincount(family) >= 2)[0]
    first, second = np.flatnonzero(family == two)[:2]
    other = np.flatnonzero(family != two)[0]
    children = np.array([first, second, other])
    life.children.case_row[children] = life.log["cases"].add(child=life.people.child[children])
    day = clock.first_day(np.array([200, 190, 210])) + 3
    cases.close(life, children, day, 0)
    assert life.families.last_closure[two] == 200
    assert life.families.last_closure[family[other]] == 210
    untouched = np.setdiff1d(np.arange(len(life.people.family)), family[children])
    assert (life.families.last_closure[untouched] < 0).all()
