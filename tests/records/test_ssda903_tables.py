"""The tables of SSDA903 beside the episodes, on hand-made lives and in a small world."""

import numpy as np
import pandas as pd
import pytest
from hand_made import as_frame
from hand_made_rows import ADOPTED, ALONE, CARE, GUARDIAN, OPEN

from catalyst.records import ssda903
from catalyst.world.families import birthday


@pytest.fixture(scope="module")
def small(real) -> dict[str, pd.DataFrame]:
    return {name: as_frame(table) for name, table in ssda903.returns(real).items()}


def of(table: pd.DataFrame, child: int) -> pd.DataFrame:
    return table[table["child"] == child]


def test_oc2_needs_the_whole_year(looked_after):
    assert of(looked_after["OC2"], CARE)["Year"].tolist() == [2015, 2016, 2017], "he left in March 2018"
    assert of(looked_after["OC2"], ALONE)["Year"].tolist() == [2025], "she came in October 2023"
    assert of(looked_after["OC2"], OPEN).empty


def test_a_start_on_1_april_counts_as_a_whole_year(lives):
    care = {name: column.copy() for name, column in lives.care_episodes.items()}
    first = np.flatnonzero(care["child"] == GUARDIAN)[0]
    for day, years in ((17257, [2018, 2019]), (17258, [2019])):  # 1 and 2 April 2017
        care["decom"][first] = day
        changed = type(lives)(**{**vars(lives), "care_episodes": care})
        oc2 = as_frame(ssda903.returns(changed)["OC2"])
        assert of(oc2, GUARDIAN)["Year"].tolist() == years


def test_missing_spells_stand_under_the_period_of_care(looked_after):
    spells = of(looked_after["Missing"], CARE)
    assert spells["Year"].tolist() == [2016, 2017]
    assert spells["MISSING"].tolist() == ["M", "A"]
    assert set(spells["stint"]) == set(of(looked_after["Episodes"], CARE)["stint"])


def test_an_adoption_has_its_decision_before_its_match_before_the_placement(looked_after):
    row = of(looked_after["AD1"], ADOPTED).iloc[0]
    assert row["DATE_INT"] <= row["DATE_MATCH"] <= pd.Timestamp("2016-10-03")
    assert row["FOSTER_CARE"] == "1", "the placement was A5"
    assert of(looked_after["PlacedAdoption"], ADOPTED)["Year"].tolist() == [2017, 2018, 2019]


def test_earlier_permanence_is_asked_of_those_who_start(looked_after, lives):
    starts = of(looked_after["PrevPerm"], GUARDIAN)
    assert starts["Year"].tolist() == [2018]
    assert starts["PREV_PERM"].tolist() == ["Z1"]
    care = {name: np.append(column, column[-2:]) for name, column in lives.care_episodes.items()}
    care["period"][-2:], care["decom"][-2:], care["dec"][-2:] = 2, [18500, 18600], [18600, -1]
    care["rne"][-2:], care["rec"][-2:] = [0, 2], [0, -1]
    again = as_frame(ssda903.returns(type(lives)(**{**vars(lives), "care_episodes": care}))["PrevPerm"])
    assert of(again, GUARDIAN)["PREV_PERM"].tolist() == ["Z1", "P2"]
    assert of(again, GUARDIAN)["DATE_PERM"].iloc[1] == pd.Timestamp("2019-05-01")


def test_unaccompanied_children_have_no_day_of_ceasing_before_eighteen(looked_after):
    assert looked_after["UASC"]["child"].unique().tolist() == [ALONE]
    assert looked_after["UASC"]["DUC"].isna().all()


def test_care_leavers_are_no_longer_looked_after_and_covered_by_the_duty(small, real):
    leavers = small["OC3"]
    assert len(leavers) > 40
    periods = pd.DataFrame({k: real.care_episodes[k] for k in ("child", "decom", "dec")})
    birth = pd.Series(real.children["birth"], real.children["child"])
    both = leavers.merge(periods, on="child")
    sixteen = birthday(birth[both["child"]].to_numpy(), 16)
    late = both.assign(late=(both["dec"] < 0) | (both["dec"] > sixteen)).groupby("child")["late"].any()
    assert late.all(), "some of it at sixteen or seventeen"
    age = leavers["Year"] - leavers["DOB"].dt.year - (leavers["DOB"].dt.month > 3)
    assert age.between(17, 21).all()
    assert not leavers.duplicated(["child", "Year"]).any()


def test_header_knows_care_leavers_without_an_answer_about_motherhood(small):
    header = small["Header"].merge(
        small["Episodes"][["stint", "Year"]].drop_duplicates(),
        on=["stint", "Year"],
        how="left",
        indicator=True,
    )
    gone = header["_merge"] == "left_only"
    assert gone.any()
    assert header.loc[gone, "MOTHER"].isna().all()


def test_scores_are_missing_more_where_they_are_high(real):
    from catalyst.records import ssda903_outcomes, ssda903_periods

    order = np.lexsort((real.care_episodes["decom"], real.care_episodes["child"]))
    log = {name: column[order] for name, column in real.care_episodes.items()}
    p = ssda903_periods.periods(real, log)
    child = np.repeat(p.child, 40)
    year = np.tile(np.arange(1900, 1940), len(p.child))  # years that no log holds: the score is drawn
    score, received = ssda903_outcomes._scores(real, p, child, year)
    assert received[score <= 10].mean() > received[score >= 20].mean() + 0.05
    assert 14 < score.mean() < 17


def test_two_reviews_in_four_months_and_none_after_care(small):
    reviews = small["Reviews"].merge(
        small["Episodes"].loc[lambda e: e["RNE"] == "S", ["stint", "DECOM"]].drop_duplicates(), on="stint"
    )
    since = (reviews["REVIEW"] - reviews["DECOM"]).dt.days
    first = since[since > 0].groupby([reviews["stint"], reviews["DECOM"]]).min()
    inside = reviews["DECOM"].groupby([reviews["stint"], reviews["DECOM"]]).first() >= "2014-04-01"
    assert first[inside].between(10, 30).mean() > 0.95


def test_where_nobody_was_looked_after_since_2023_no_social_worker_is_told(lives):
    gone = lives.care_episodes["period"] < 0
    for child in np.unique(lives.care_episodes["child"]):
        mine = lives.care_episodes["child"] == child
        ends = lives.care_episodes["dec"][mine]
        gone |= mine & bool(((ends < 0) | (ends >= 19448)).any())  # 1 April 2023
    care = {name: column[~gone] for name, column in lives.care_episodes.items()}
    made = ssda903.returns(type(lives)(**{**vars(lives), "care_episodes": care}))
    assert len(as_frame(made["Episodes"]))
    assert as_frame(made["SWEpisodes"]).empty
    assert list(made["SWEpisodes"]) == list(ssda903.returns(lives)["SWEpisodes"])
