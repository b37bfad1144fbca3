"""Early help: given everywhere, recorded in a third of the authorities, over once social care steps in."""

import numpy as np

from catalyst.world.early_help import OUTCOMES


def test_every_authority_gives_it_and_a_third_record_it(world):
    log = world.early_help
    assert len(np.unique(log["authority"])) == len(world.places)
    by_place = [np.unique(log["recorded"][log["authority"] == a]) for a in range(len(world.places))]
    assert all(len(kinds) == 1 for kinds in by_place), "an authority records or it does not"
    assert sum(bool(kinds[0]) for kinds in by_place) == round(len(world.places) / 3)


def test_episodes_of_a_family_follow_one_another(world):
    log = world.early_help
    same = log["family"][1:] == log["family"][:-1]
    assert (log["end"][:-1][same] >= 0).all()
    assert (log["start"][1:] >= log["end"][:-1])[same].all()
    ended = log["end"] >= 0
    assert (log["end"] > log["start"])[ended].all()


def test_stepped_up_means_that_a_case_is_open(world):
    log, cases = world.early_help, world.cases
    family = cases["child"] // 8
    up = np.flatnonzero(log["outcome"] == OUTCOMES.index("stepped up to social care"))
    assert len(up) > 50
    for row in up[:200]:
        mine = (family == log["family"][row]) & (cases["referral"] <= log["end"][row])
        assert (mine & ((cases["closure"] < 0) | (cases["closure"] >= log["start"][row]))).any()
