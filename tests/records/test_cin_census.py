"""What slicing does to each table of the census, shown on hand-made lives."""

import numpy as np
import pandas as pd
import pytest
from hand_made_rows import ADOPTED, BEFORE, DIED, ENQUIRY, FACTORS, LATE, MOVER, NFA, OPEN, PLAN, UNBORN

from catalyst.records import cin_census
from catalyst.records.columns import Codes, rows_of, running_number, spread
from catalyst.world import codes


def of(table: pd.DataFrame, child: int, year: int | None = None) -> pd.DataFrame:
    rows = table[table["child"] == child]
    return rows if year is None else rows[rows["Year"] == year]


def years(table: pd.DataFrame, child: int) -> list[int]:
    return of(table, child)["Year"].tolist()


def test_an_episode_is_in_every_year_in_which_it_was_open(census):
    assert years(census["CINdetails"], PLAN) == [2016, 2017, 2018]


def test_closure_and_reason_are_blank_together_until_the_year_of_closure(census):
    rows = of(census["CINdetails"], PLAN)
    assert rows["CINclosureDate"].notna().tolist() == [False, False, True]
    assert rows["ReasonForClosure"].tolist() == [None, None, "RC7"]


def test_an_episode_that_closed_before_the_window_is_not_there_and_one_still_open_is(census, lives):
    rows = of(census["CINdetails"], BEFORE)
    assert rows["Year"].tolist() == [2015]
    assert rows["CINreferralDate"].iloc[0] == pd.Timestamp("2013-05-06"), "with its true start"
    early = cin_census.census(lives, 2018, 2025)["CINdetails"]
    assert PLAN in early["child"]
    assert BEFORE not in early["child"]


def test_a_referral_without_further_action_is_in_its_year_only_and_has_no_need_or_closure(census):
    rows = of(census["CINdetails"], NFA)
    assert rows["Year"].tolist() == [2018]
    assert rows[["PrimaryNeedCode", "CINclosureDate", "ReasonForClosure"]].isna().all(axis=None)
    assert rows["ReferralNFA"].tolist() == [1]


def test_a_finished_assessment_is_gone_next_year_and_an_open_one_comes_back_with_its_end(census):
    assert years(census["Assessments"], PLAN) == [2016]
    rows = of(census["Assessments"], LATE)
    assert rows["Year"].tolist() == [2021, 2022]
    assert rows["AssessmentAuthorisationDate"].notna().tolist() == [False, True]
    assert rows["AssessmentFactors"].tolist() == [None, "18B;24A"], "no factors before it is authorised"
    assert years(census["AssessmentFactorsList"], LATE) == [2022, 2022]


def test_factors_follow_the_code_set_of_the_year(census):
    found = of(census["AssessmentFactorsList"], FACTORS)
    by_year = found.groupby(["Year", "CINdetailsID"])["AssessmentFactor"].agg(list).to_dict()
    assert by_year == {
        (2020, 1): ["18A", "19A"],
        (2020, 2): ["20"],
        (2023, 1): ["18B", "18C", "19B", "24A"],
    }


def test_factors_keep_all_that_did_not_change():
    every = np.array([sum(1 << i for i in range(len(codes.FACTOR)))], dtype=np.uint64)
    new = cin_census.factors_in_year(every, np.array([2025]))
    old = cin_census.factors_in_year(every, np.array([2021]))
    said = {
        name: {c for c, yes in zip(cin_census.FACTOR_CODES, row[0], strict=True) if yes}
        for name, row in (("new", new), ("old", old))
    }
    assert said["new"] == set(codes.FACTOR)
    changed = {"18B", "18C", "19B", "19C", "24A"}
    assert said["old"] == set(codes.FACTOR) - changed | {"18A", "19A"}


def test_an_enquiry_is_shown_before_its_conference_and_after_without_its_assessment(census):
    rows = of(census["Section47"], ENQUIRY)
    first, second = rows.iloc[0], rows.iloc[1]
    assert (first["Year"], second["Year"]) == (2022, 2023)
    assert pd.isna(first["DateOfInitialCPC"])
    assert second["DateOfInitialCPC"] == pd.Timestamp("2022-04-06")
    assert years(census["Assessments"], ENQUIRY) == [2022], "the enquiry's assessment stays behind (2991Q)"


def test_an_enquiry_that_needed_no_conference_is_in_the_year_in_which_it_began(census):
    rows = of(census["Section47"], ENQUIRY)
    assert rows[rows["ICPCnotRequired"] == 1]["Year"].tolist() == [2023]


def test_the_conference_target_is_fifteen_working_days_later(census):
    rows = of(census["Section47"], PLAN)
    assert rows["InitialCPCtarget"].tolist() == [pd.Timestamp("2015-07-22")]


def test_a_plan_keeps_its_true_start_and_shows_its_end_in_the_year_of_the_end(census):
    rows = of(census["ChildProtectionPlans"], PLAN)
    assert rows["Year"].tolist() == [2016, 2017]
    assert (rows["CPPstartDate"] == pd.Timestamp("2015-07-15")).all()
    assert rows["CPPendDate"].notna().tolist() == [False, True]


def test_a_plan_open_when_the_window_starts_is_in(census):
    rows = of(census["ChildProtectionPlans"], BEFORE)
    assert rows["Year"].tolist() == [2015]
    assert rows["CPPstartDate"].tolist() == [pd.Timestamp("2013-06-03")]


def test_a_plan_open_when_the_window_ends_has_no_end(census):
    assert of(census["ChildProtectionPlans"], OPEN)["CPPendDate"].isna().all()


def test_the_latest_category_is_not_known_in_a_plans_first_return_while_it_is_open(census):
    rows = of(census["ChildProtectionPlans"], PLAN)
    assert rows["InitialCategoryOfAbuse"].tolist() == ["NEG", "NEG"]
    assert rows["LatestCategoryOfAbuse"].tolist() == ["NEG", "EMO"]


def test_reviews_after_the_years_end_are_not_shown(census):
    assert of(census["Reviews"], PLAN, 2016)["CPPreviewDate"].tolist() == [pd.Timestamp("2015-10-12")]
    assert len(of(census["Reviews"], PLAN, 2017)) == 4, "a plan's earlier reviews stay with it"


def test_a_family_that_moves_has_a_file_in_both_authorities_in_one_year(census):
    rows = of(census["ChildIdentifiers"], MOVER)
    assert rows["Year"].tolist() == [2019, 2020, 2020, 2021]
    assert rows["stint"].nunique() == 2


def test_a_conference_on_transfer_stands_with_the_episode_in_its_year_only(census):
    rows = of(census["CINdetails"], MOVER)
    held = rows[rows["DateOfInitialCPC"].notna()]
    assert held["Year"].tolist() == [2020]
    assert held["DateOfInitialCPC"].tolist() == [pd.Timestamp("2019-05-28")]
    plans = of(census["ChildProtectionPlans"], MOVER)
    assert pd.Timestamp("2019-05-28") in plans["CPPstartDate"].tolist()
    assert plans["NumberOfPreviousCPP"].tolist() == [0, 0, 1]


def test_adoption_gives_a_new_file(census):
    rows = of(census["CINdetails"], ADOPTED)
    before, after = rows[rows["Year"] <= 2019]["stint"], rows[rows["Year"] == 2020]["stint"]
    assert before.nunique() == after.nunique() == 1
    assert before.iloc[0] != after.iloc[0]


def test_an_unborn_child_has_an_expected_date_and_no_sex_disability_or_ethnic_group(census):
    first = of(census["ChildIdentifiers"], UNBORN, 2016).iloc[0]
    assert pd.isna(first["PersonBirthDate"])
    assert first["ExpectedPersonBirthDate"] == pd.Timestamp("2016-05-01")
    assert first["GenderCurrent"] == "0"
    assert of(census["Disabilities"], UNBORN, 2016).empty
    assert of(census["ChildCharacteristics"], UNBORN, 2016)["Ethnicity"].tolist() == ["NOBT"]


def test_once_born_the_date_of_birth_takes_the_place_of_the_expected_one(census):
    second = of(census["ChildIdentifiers"], UNBORN, 2017).iloc[0]
    assert second["PersonBirthDate"] == pd.Timestamp("2016-05-01"), "the first of the month"
    assert pd.isna(second["ExpectedPersonBirthDate"])
    assert second["GenderCurrent"] in ("1", "2")
    assert of(census["Disabilities"], UNBORN, 2017)["Disability"].tolist() == ["NONE"]


def test_sex_takes_the_place_of_gender_from_2024_25(census):
    rows = census["ChildIdentifiers"]
    old, new = rows[rows["Year"] <= 2024], rows[rows["Year"] == 2025]
    assert old["Sex"].isna().all()
    assert set(old["GenderCurrent"]) <= {"0", "1", "2"}
    assert new["GenderCurrent"].isna().all()
    assert set(new["Sex"]) <= {"M", "F"}
    assert len(new), "the case that this test needs"


def test_a_death_is_in_its_year(census):
    rows = of(census["ChildIdentifiers"], DIED)
    assert rows["PersonDeathDate"].tolist() == [pd.Timestamp("2019-09-02")]


def test_disabilities_are_listed_as_far_as_they_are_known(census):
    assert of(census["Disabilities"], DIED)["Disability"].tolist() == ["MOB", "HEAR"]
    by_year = of(census["Disabilities"], PLAN).set_index("Year")["Disability"].to_dict()
    assert by_year == {2016: "NONE", 2017: "HAND", 2018: "HAND"}
    assert of(census["Disabilities"], NFA).empty


def test_counters_start_again_in_each_child_episode_and_slice(census):
    rows = of(census["CINdetails"], FACTORS)
    assert list(zip(rows["Year"], rows["CINdetailsID"], strict=True)) == [(2020, 1), (2020, 2), (2023, 1)]
    plans = of(census["ChildProtectionPlans"], MOVER)
    assert (plans["CPPID"] == 1).all(), "each plan is the first of its episode"
    assert (of(census["ChildProtectionPlans"], MOVER)["CINdetailsID"] == 1).all(), (
        "each file counts for itself"
    )


def test_no_pupil_number_is_ever_written(census):
    assert census["ChildIdentifiers"][["UPN", "FormerUPN"]].isna().all(axis=None)


def test_a_log_that_speaks_of_nobody_is_refused(lives):
    broken = type(lives)(**{**vars(lives), "cases": {**lives.cases, "child": lives.cases["child"] + 1000}})
    with pytest.raises(KeyError, match="does not exist"):
        cin_census.census(broken)


def test_a_log_that_speaks_of_no_case_is_refused(lives):
    broken = type(lives)(
        **{**vars(lives), "cp_plans": {**lives.cp_plans, "case": lives.cp_plans["case"] + 9}}
    )
    with pytest.raises(KeyError, match="does not exist"):
        cin_census.census(broken)


def test_nothing_happening_to_anybody_gives_empty_tables(lives):
    empty = {
        name: {column: values[:0] for column, values in table.items()}
        for name, table in vars(lives).items()
        if isinstance(table, dict) and name not in ("children", "families")
    }
    tables = cin_census.census(type(lives)(**{**vars(lives), **empty}))
    assert all(len(table["Year"]) == 0 for table in tables.values())


def test_spread_and_running_number():
    rows, values = spread(np.array([3, 5, 2]), np.array([4, 4, 2]))
    assert rows.tolist() == [0, 0, 2]
    assert values.tolist() == [3, 4, 2]
    assert running_number(np.array([7, 5, 7, 7]), np.array([1, 1, 2, 1])).tolist() == [1, 1, 1, 2]
    assert rows_of(np.array([9, 4, 6]), np.array([4, 9])).tolist() == [1, 0]


def test_codes_blank_and_take():
    column = Codes(np.array([0, 1, 1]), ("A", "B"))
    assert column.blank(np.array([True, False, False])).index.tolist() == [-1, 1, 1]
    assert column.take(np.array([2, 0])).index.tolist() == [1, 0]


def test_codes_of_role_trade_places_on_the_day_of_the_law_and_are_as_many_as_before():
    bit = {code: np.uint64(1) << np.uint64(codes.index(codes.FACTOR, code)) for code in ("3A", "3B", "3C")}
    both = bit["3A"] | bit["3B"]
    eve, older = cin_census.VICTIMS_SINCE - 1, np.array([True])

    def written(factors, authorised, habit):
        return cin_census.factors_on_day(np.array([factors]), np.array([authorised]), habit)[0]

    assert np.datetime64(int(cin_census.VICTIMS_SINCE), "D") == np.datetime64("2022-01-31")
    assert written(both, eve, older) == bit["3B"] | bit["3C"]
    assert written(both, eve + 1, older) == both
    assert written(both, eve, ~older) == both
    assert written(both | bit["3C"], eve, older) == both | bit["3C"], "somebody else is entered there already"
    assert written(bit["3B"], eve, older) == bit["3B"]


def test_brothers_and_sisters_are_written_down_alike_and_half_of_the_children_elsewhere(real):
    log = real.assessments
    assessments, factors = (
        cin_census.census(real)["Assessments"],
        cin_census.census(real)["AssessmentFactorsList"],
    )
    assert len(assessments["child"]) <= 3 * len(log["child"])
    found = pd.DataFrame(
        {name: factors[name] for name in ("child", "stint", "Year", "CINdetailsID", "AssessmentID")}
    )
    code = np.array(cin_census.FACTOR_CODES)[factors["AssessmentFactor"].index]
    key = list(found)
    wide = pd.crosstab([found[name] for name in key], code)[["3A", "3B", "3C"]] > 0
    days = pd.DataFrame({name: assessments[name] for name in key})
    days["end"], days["start"] = (
        assessments[c].days for c in ("AssessmentAuthorisationDate", "AssessmentActualStartDate")
    )
    rows = wide.reset_index().merge(days, on=key, validate="1:1")
    rows["family"] = real.children["family"][rows_of(real.children["child"], rows["child"].to_numpy())]
    some = rows[rows[["3A", "3B", "3C"]].any(axis=1)]
    share = some.groupby(some["end"] >= cin_census.VICTIMS_SINCE)["3A"].mean()
    assert 0.35 < share[False] / share[True] < 0.8
    alike = some.groupby(["family", "start", "end"])["3A"].nunique()
    assert (alike == 1).all()
