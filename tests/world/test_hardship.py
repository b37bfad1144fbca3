"""Hardship, homes and parents: what moves with what, and twins that part where they should."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import clock
from catalyst.world.life import Spec

SPEC = {"seed": 4, "children": 3_000, "authorities": 4}
IMPROVED, NATURAL_AGAIN = int(clock.day("2018-04-01")), int(clock.day("2020-04-01"))


@pytest.fixture(scope="module")
def base():
    return whole(Spec(**SPEC))


@pytest.fixture(scope="module")
def twins():
    return [whole(Spec(**SPEC, settings={"income_improves": value})) for value in (True, False)]


def on(table, day):
    return table["family"][(table["start"] <= day) & ((table["end"] < 0) | (table["end"] >= day))]


@pytest.mark.parametrize("name", ["low_income", "out_of_work", "homes"])
def test_spells_of_a_family_follow_one_another(base, name):
    table = base.log[name]
    same = table["family"][1:] == table["family"][:-1]
    assert same.sum() > 500
    assert (table["end"][:-1][same] >= table["start"][:-1][same]).all()
    gap = table["start"][1:][same] - table["end"][:-1][same]
    assert (gap == 1).all() if name == "homes" else (gap > 1).all()


def test_low_income_is_steady_and_steeper_where_it_should_be(world):
    decile = dict(zip(world.families["family"], world.families["decile"], strict=True))
    shares = []
    for day in ("2010-03-31", "2018-03-31", "2025-03-31"):
        poor = on(world.log["low_income"], int(clock.day(day)))
        shares.append(len(poor) / len(decile))
        deciles = np.bincount([decile[f] for f in poor], minlength=11)
        assert deciles[1] > 4 * deciles[10]
    assert np.ptp(shares) < 0.02
    out = on(world.log["out_of_work"], int(clock.day("2018-03-31")))
    poor = on(world.log["low_income"], int(clock.day("2018-03-31")))
    assert np.isin(out, poor).mean() > 1.5 * shares[1]


def test_income_improves_for_all_that_were_poor_or_for_none(base, twins):
    treated = on(base.log["low_income"], IMPROVED - 1)
    improved, held = (on(world.log["low_income"], IMPROVED) for world in twins)
    assert not np.isin(treated, improved).any()
    assert np.isin(treated, held).all()
    better, worse = (world.log["low_income"] for world in twins)
    during = (better["start"] >= IMPROVED) & (better["start"] < NATURAL_AGAIN)
    assert not np.isin(better["family"][during], treated).any()
    assert np.isin(treated, on(worse, NATURAL_AGAIN - 1)).all()
    assert not np.isin(treated, on(worse, NATURAL_AGAIN)).all()


def family_of(table):
    if "family" in table:
        return table["family"]
    return table["child"] // 8 if "child" in table else table["parent"] // 2


def test_families_that_were_not_poor_that_day_live_identical_lives(base, twins):
    others = np.setdiff1d(base.families["family"], on(base.log["low_income"], IMPROVED - 1))
    for twin in twins:
        for name, table in base.log.items():
            theirs = twin.log[name]
            keep, keep_twin = (np.isin(family_of(t), others) for t in (table, theirs))
            for column in table:
                np.testing.assert_array_equal(table[column][keep], theirs[column][keep_twin], err_msg=name)


def test_nothing_differs_before_incomes_do(base, twins):
    for twin in twins:
        early, theirs = (w.cases["referral"] < IMPROVED for w in (base, twin))
        np.testing.assert_array_equal(base.cases["child"][early], twin.cases["child"][theirs])


def test_an_open_case_makes_low_income_likelier(world):
    """Falls a month in work-aged order: families with an open case fall more often, decile by decile."""
    spells, cases = world.log["low_income"], world.cases
    decile = dict(zip(world.families["family"], world.families["decile"], strict=True))
    families = world.families["family"]
    falls, months = np.zeros((2, 11)), np.zeros((2, 11))
    for month in range(216, 324, 3):
        day = int(clock.first_day(month))
        poor = on(spells, day - 1)
        began = spells["family"][spells["start"] == day]
        known = cases["child"][
            (cases["referral"] < day) & ((cases["closure"] < 0) | (cases["closure"] >= day))
        ]
        with_case = np.isin(families, known // 8)
        at_risk = ~np.isin(families, poor)
        fell = at_risk & np.isin(families, began)
        place = np.array([decile[f] for f in families])
        for k in (0, 1):
            months[k] += np.bincount(place[at_risk & (with_case == k)], minlength=11)
            falls[k] += np.bincount(place[fell & (with_case == k)], minlength=11)
    expected = (falls[0, 1:] / months[0, 1:] * months[1, 1:]).sum()
    assert falls[1].sum() / expected == pytest.approx(np.exp(0.4), rel=0.25)


def test_parents_are_about_as_given_and_mothers_in_care_are_younger(world):
    families = world.families
    assert families["mother_in_care"].mean() == pytest.approx(0.03, abs=0.005)
    mine = families["mother_in_care"]
    assert families["mother_age"][mine].mean() < families["mother_age"][~mine].mean() - 3
    assert families["parent_offended"][mine].mean() > 1.4 * families["parent_offended"][~mine].mean()
    assert set(np.unique(families["adults"])) == {1, 2, 3}
