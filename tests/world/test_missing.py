"""Going missing: inside one placement, briefly, and more often where the risk is higher."""

import numpy as np

from catalyst.world.clock import END, day
from catalyst.world.codes import PLACE


def test_spells_lie_inside_one_episode_and_do_not_overlap(world):
    spells, care = world.missing_spells, world.care_episodes
    assert len(spells["child"]) > 300
    assert (spells["end"] >= spells["start"]).all()
    order = np.lexsort((care["decom"], care["child"]))
    key = care["child"][order] * 65_536 + care["decom"][order]
    at = order[np.searchsorted(key, spells["child"] * 65_536 + spells["start"], side="right") - 1]
    assert (care["child"][at] == spells["child"]).all()
    end = np.where(care["dec"][at] < 0, END + 1, care["dec"][at])
    assert (spells["end"] <= end).all(), "nobody is missing from a placement that has ended"
    same = spells["child"][1:] == spells["child"][:-1]
    assert (spells["start"][1:] > spells["end"][:-1])[same].all()


def test_a_few_children_go_missing_often_and_most_never(world):
    first = day("2014-04-01")
    care = world.care_episodes
    teenagers = world.children["child"][world.children["birth"] < day("2010-01-01")]
    cared = np.unique(care["child"][(care["dec"] < 0) | (care["dec"] > first)])
    cared = np.intersect1d(cared, teenagers)
    times = np.array([np.count_nonzero(world.missing_spells["child"] == child) for child in cared])
    assert np.mean(times == 0) > 0.5
    assert times.max() > 6


def test_nobody_goes_missing_from_her_parents(world):
    spells, care = world.missing_spells, world.care_episodes
    order = np.lexsort((care["decom"], care["child"]))
    key = care["child"][order] * 65_536 + care["decom"][order]
    at = order[np.searchsorted(key, spells["child"] * 65_536 + spells["start"], side="right") - 1]
    assert not np.isin(care["place"][at], [PLACE.index("P1"), PLACE.index("A6")]).any()
