"""Workforces, programmes and pre-proceedings: what is exogenous, what follows what, and who is touched."""

import numpy as np
import pytest
from lived import whole

from catalyst.world import clock, programmes, workforce
from catalyst.world.life import Spec, World
from catalyst.world.parameters import read
from catalyst.world.preproceedings import OUTCOMES

SPEC = {"seed": 21, "children": 8_000, "authorities": 6}


@pytest.fixture(scope="module")
def lives():
    return whole(Spec(**SPEC))


@pytest.fixture(scope="module")
def country():
    return World(Spec(seed=3, children=60_000, authorities=150))


def within(values: np.ndarray) -> np.ndarray:
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()


def test_census_year_begins_in_october():
    months = np.array([0, 5, 6, 17, 18, 335])  # April, September and October 1997 and 1998, March 2025
    assert workforce.census_year(months).tolist() == [1997, 1997, 1998, 1998, 1999, 2025]


def test_vacancies_of_each_region_are_the_published_ones(country):
    w, places = country.workforce, country.places
    published = country.parameters["workforce"].array("vacancy.by_region")
    for region, rate in enumerate(published):
        here = places.region == region
        mean = np.average(w.vacancy[here, -1], weights=places.children[here])
        assert mean == pytest.approx(rate, abs=0.6)


def test_nobody_competes_with_oneself_and_rivals_share_a_region(country):
    rival, region = country.workforce.competitor, country.places.region
    assert (rival != np.arange(len(rival))).all()
    assert (region[rival] == region).all()
    assert len(np.unique(rival)) == len(rival)


def test_competitors_vacancies_move_caseload_a_year_later_and_no_demand(country):
    w = country.workforce
    before = within(w.competitor_vacancy[:, -12:-1]).ravel()
    demand = workforce.demand(country.luck, country.parameters, country.places)[:, -6 - 12 * 10 :: 12]
    assert np.corrcoef(before, within(w.caseload[:, -11:]).ravel())[0, 1] > 0.45
    assert abs(np.corrcoef(before, within(demand).ravel())[0, 1]) < 0.1


def test_lasting_caseload_goes_with_deprivation(country):
    assert np.corrcoef(country.workforce.caseload.mean(axis=1), country.places.deprivation)[0, 1] > 0.5


def test_country_as_a_whole_feels_neither_workforce_nor_demand(country):
    weight = country.places.children
    for log in (
        country.workforce.referral_again,
        workforce.demand(country.luck, country.parameters, country.places),
    ):
        np.testing.assert_allclose(np.average(np.exp(log), axis=0, weights=weight), 1)


def test_agency_workers_do_nothing_and_cutting_them_changes_nothing():
    cut = World(Spec(**SPEC, cuts=("agency->referral_again",)))
    np.testing.assert_array_equal(World(Spec(**SPEC)).workforce.referral_again, cut.workforce.referral_again)


def test_without_its_arrows_the_workforce_touches_no_family():
    arrows = ("caseload->referral_again", "turnover->referral_again")
    assert not World(Spec(**SPEC, cuts=arrows)).workforce.referral_again.any()


def test_what_the_country_makes_up_for_is_the_planted_effect():
    p = read()
    assert p["programmes"]["early_support.made_up_for"] == p.effect("early_support->referral")
    assert p["programmes"]["key_worker.made_up_for"] == p.effect("family_key_worker->section_47")


def test_deprived_places_adopt_first_and_some_never(country):
    start = country.programmes.start[programmes.EARLY_SUPPORT]
    never = start == programmes.NEVER
    assert 0.1 < never.mean() < 0.25
    assert np.corrcoef(start[~never], country.places.deprivation[~never])[0, 1] < -0.3
    assert (start[~never] % 12 == 0).all()  # 1 April


def test_effect_of_early_support_grows_for_six_years_and_no_longer(country):
    cut = World(Spec(seed=3, children=60_000, authorities=150, cuts=("early_support->referral",)))
    gain = country.programmes.referral - cut.programmes.referral
    start = country.programmes.start[programmes.EARLY_SUPPORT]
    first = np.flatnonzero(start == start.min())[0]
    since = gain[first, start.min() :]
    assert gain[first, : start.min()].any() == False  # noqa: E712
    np.testing.assert_allclose(since[11], -0.09)
    np.testing.assert_allclose(since[6 * 12 :], -0.54)


def test_pre_proceedings_come_once_inside_an_open_case_and_end_in_order(lives):
    log, cases = lives.preproceedings, lives.cases
    assert len(log["child"]) > 60
    assert len(np.unique(log["child"])) == len(log["child"])
    ended = log["end"] >= 0
    assert (log["end"][ended] >= log["start"][ended]).all()
    assert (log["outcome"][ended] > 0).all()
    for child, start in zip(log["child"], log["start"], strict=True):
        own = cases["child"] == child
        closure = np.where(cases["closure"][own] < 0, clock.END + 1, cases["closure"][own])
        assert ((cases["referral"][own] <= start) & (start <= closure)).any()


def test_those_whose_outcome_is_care_entered_it_that_day(lives):
    log, care = lives.preproceedings, lives.care_episodes
    cared = log["outcome"] == OUTCOMES.index("looked after")
    starts = set(zip(care["child"].tolist(), care["decom"].tolist(), strict=True))
    assert cared.sum() > 20
    assert all((c, d) in starts for c, d in zip(log["child"][cared], log["end"][cared], strict=True))


def test_conferences_are_offered_only_where_there_are_any(lives):
    log = lives.preproceedings
    begins = lives.programmes.start[programmes.FAMILY_CONFERENCE, log["authority"]]
    assert (clock.month_of(log["start"][log["offered"]]) >= begins[log["offered"]]).all()
    assert not (log["took_part"] & ~log["offered"]).any()
    assert log["offered"].any() and (~log["offered"]).any()


def test_families_never_offered_a_conference_live_the_same_lives_without_its_effect(lives):
    twin = whole(Spec(**SPEC, cuts=("family_conference->care",)))
    log, other = lives.preproceedings, twin.preproceedings
    took_part = np.unique(log["family"][log["took_part"]])
    for name in ("care_episodes", "cp_plans", "cases"):
        ours, theirs = lives.log[name], twin.log[name]
        mine, yours = (~np.isin(table["child"] // 8, took_part) for table in (ours, theirs))
        for column in ours:
            np.testing.assert_array_equal(
                ours[column][mine], theirs[column][yours], err_msg=f"{name}.{column}"
            )
    np.testing.assert_array_equal(log["child"], other["child"])
    np.testing.assert_array_equal(log["offered"], other["offered"])
    care = [
        np.isin(t["child"], log["child"][log["took_part"]]).sum()
        for t in (lives.care_episodes, twin.care_episodes)
    ]
    assert care[0] < care[1]
