"""Schools: how many, of which phase, and who goes to which."""

import numpy as np
import pytest

from catalyst.world import clock, school_year
from catalyst.world.life import Spec, World
from catalyst.world.schools import ALTERNATIVE, PRIMARY, SECONDARY, SPECIAL


@pytest.fixture(scope="module")
def schools():
    return World(Spec(seed=4, children=9_000, authorities=9)).schools


def test_every_authority_has_the_schools_it_needs(schools):
    for phase, least in ((PRIMARY, 2), (SECONDARY, 1), (SPECIAL, 1), (ALTERNATIVE, 1)):
        count = np.bincount(schools.authority[schools.phase == phase], minlength=9)
        assert (count >= least).all()
    assert (schools.size >= 1).all()


def test_ways_have_the_spread_they_were_given(schools):
    for phase in (PRIMARY, SECONDARY):
        assert schools.sen[schools.phase == phase].std(ddof=1) == pytest.approx(0.25)
    assert (schools.sen[schools.phase >= SPECIAL] == 0).all()


def test_a_choice_is_a_school_of_the_authority_and_phase(schools):
    authority = np.repeat(np.arange(9), 50)
    u = np.tile((np.arange(50) + 0.5) / 50, 9)
    for phase in range(4):
        chosen = schools.choose(authority, phase, u)
        assert (schools.authority[chosen] == authority).all()
        assert (schools.phase[chosen] == phase).all()
        assert set(chosen) >= set(np.flatnonzero(schools.phase == phase)) or phase == PRIMARY


def test_reception_begins_in_the_september_after_the_fourth_birthday():
    birth = np.array([clock.day("2010-08-31"), clock.day("2010-09-01")])
    september = int(clock.month_of(np.array([clock.day("2014-09-10")]))[0])
    assert school_year.year_group(birth, september).tolist() == [0, -1]
    assert school_year.year_group(birth, september - 1).tolist() == [-1, -2]
    assert school_year.first_september(birth).tolist() == [september, september + 12]
    assert school_year.academic_year_ending(september) == 2015
    assert school_year.academic_year_ending(september - 1) == 2014


def test_spells_at_school_follow_one_another(small):
    spells = small.school_spells
    same = spells["child"][1:] == spells["child"][:-1]
    assert (spells["end"][:-1][same] >= 0).all()
    assert (spells["start"][1:][same] >= spells["end"][:-1][same]).all()
    ended = spells["end"] >= 0
    assert (spells["end"][ended] >= spells["start"][ended]).all()


def test_first_school_begins_in_september_at_four(small):
    spells, children = small.school_spells, small.children
    first = np.unique(spells["child"], return_index=True)[1]
    row = np.searchsorted(children["child"], spells["child"][first])
    born_here = children["arrival"][row] < 0
    age = (spells["start"][first] - children["birth"][row])[born_here] / 365.25
    assert (age >= 4).all()
    assert (age < 5.01).all()


def test_nobody_is_at_school_after_year_11(small):
    spells, children = small.school_spells, small.children
    row = np.searchsorted(children["child"], spells["child"])
    end = np.where(spells["end"] < 0, clock.END, spells["end"])
    assert ((end - children["birth"][row]) / 365.25 < 17.01).all()


def test_brothers_and_sisters_mostly_share_a_school(small):
    spells, children = small.school_spells, small.children
    primary = small.schools.phase[spells["school"]] == PRIMARY
    child, first = np.unique(spells["child"][primary], return_index=True)
    school = spells["school"][primary][first]
    family = children["family"][np.searchsorted(children["child"], child)]
    together = school[1:][family[1:] == family[:-1]] == school[:-1][family[1:] == family[:-1]]
    assert 0.7 < together.mean() < 0.95
