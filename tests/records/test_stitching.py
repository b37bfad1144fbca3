"""Slices put together again give back the log exactly, over a whole small world."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hand_made import as_frame

from catalyst.records import cin_census, ssda903, ssda903_periods
from catalyst.records.calendar import first_day
from catalyst.records.cin_census import FACTOR_CODES
from catalyst.world import codes

START = int(first_day(2015))


@pytest.fixture(scope="module")
def slices(real) -> dict[str, pd.DataFrame]:
    tables = ssda903.returns(real) | cin_census.census(real)
    return {name: as_frame(table) for name, table in tables.items()}


def log(real, name: str, start: str, end: str | None) -> pd.DataFrame:
    """A table of the log as a frame with dates, without what had ended before the window."""
    table = pd.DataFrame(getattr(real, name))
    if end:
        table = table[(table[end] < 0) | (table[end] >= START)]
    for column in table:
        if table[column].dtype == np.int32 and column != "urn":
            days = pd.Series(
                table[column].to_numpy().astype("datetime64[D]").astype("datetime64[ns]"), table.index
            )
            table[column] = days.mask(table[column] < 0)
    return table.sort_values(["child", start]).reset_index(drop=True)


def last_slice(frame: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    return frame.sort_values("Year", kind="stable").drop_duplicates(key, keep="last").sort_values(key)


def same(left: pd.DataFrame, right: pd.DataFrame, **columns: str) -> None:
    """The columns of the slices hold what the columns of the log hold, row by row."""
    assert len(left) == len(right) > 0
    for ours, theirs in columns.items():
        a, b = left[ours].reset_index(drop=True), right[theirs].reset_index(drop=True)
        assert ((a == b) | (a.isna() & b.isna())).all(), f"{ours} is not {theirs}"


def words(values: pd.Series, known: tuple[str, ...]) -> pd.Series:
    return pd.Series(np.array([*known, None], dtype=object)[values.to_numpy()], values.index)


def test_episodes_come_back_whole(slices, real):
    truth = log(real, "cases", "referral", None)
    ends = truth["closure"].where(~truth["nfa"], truth["referral"])
    truth = truth[ends.isna() | (ends >= pd.Timestamp("2014-04-01"))]
    truth = truth.sort_values(["child", "referral"]).reset_index(drop=True)
    truth["closure"] = truth["closure"].mask(truth["nfa"])
    truth["reason"] = words(truth["reason"].where(~truth["nfa"], -1), codes.CLOSURE)
    truth["need"] = words(truth["need"].where(~truth["nfa"], -1), codes.NEED)
    truth["source"] = words(truth["source"], codes.SOURCE)
    found = last_slice(slices["CINdetails"], ["child", "CINreferralDate"])
    same(
        found,
        truth,
        child="child",
        CINreferralDate="referral",
        CINclosureDate="closure",
        ReasonForClosure="reason",
        PrimaryNeedCode="need",
        ReferralSource="source",
        ReferralNFA="nfa",
    )
    held = slices["CINdetails"].dropna(subset="DateOfInitialCPC")
    in_window = truth["transfer_conference"] >= pd.Timestamp("2014-04-01")
    assert sorted(held["DateOfInitialCPC"]) == sorted(truth.loc[in_window, "transfer_conference"])


def test_protection_plans_come_back_whole(slices, real):
    truth = log(real, "cp_plans", "start", "end")
    truth["category_initial"] = words(truth["category_initial"], codes.ABUSE)
    truth["category_latest"] = words(truth["category_latest"], codes.ABUSE)
    found = last_slice(slices["ChildProtectionPlans"], ["child", "CPPstartDate"])
    same(
        found,
        truth,
        child="child",
        CPPstartDate="start",
        CPPendDate="end",
        NumberOfPreviousCPP="previous",
        InitialCategoryOfAbuse="category_initial",
    )
    known = found["CPPendDate"].notna() | (
        found.groupby(["child", "CPPstartDate"])["Year"].transform("size") > 1
    )
    latest = found["LatestCategoryOfAbuse"].reset_index(drop=True)
    assert (latest == truth["category_latest"])[known.to_numpy()].all()


def test_reviews_come_back_whole(slices, real):
    plans = log(real, "cp_plans", "start", "end")[["child", "plan"]]
    truth = log(real, "reviews", "day", None).merge(plans, on=["child", "plan"])
    truth = truth.sort_values(["child", "day"])
    same(last_slice(slices["Reviews"], ["child", "CPPreviewDate"]), truth, child="child", CPPreviewDate="day")


def test_cin_plans_come_back_whole(slices, real):
    truth = log(real, "cin_plans", "start", "end")
    found = last_slice(slices["CINplanDates"], ["child", "CINPlanStartDate"])
    same(found, truth, child="child", CINPlanStartDate="start", CINPlanEndDate="end")


def test_assessments_and_their_factors_come_back_whole(slices, real):
    truth = log(real, "assessments", "start", "authorised")
    found = last_slice(slices["Assessments"], ["child", "AssessmentActualStartDate"])
    same(
        found,
        truth,
        child="child",
        AssessmentActualStartDate="start",
        AssessmentAuthorisationDate="authorised",
    )
    recent = (found["AssessmentAuthorisationDate"] >= pd.Timestamp("2021-04-01")).to_numpy()
    bits = [codes.FACTOR.index(c) if c in codes.FACTOR else None for c in FACTOR_CODES]
    told = truth["factors"][recent].to_numpy()
    written = [
        ";".join(c for c, b in zip(FACTOR_CODES, bits, strict=True) if b is not None and int(m) >> b & 1)
        for m in told
    ]
    # Before 31 January 2022 some children who live with abuse (3A) are entered as another person (3C).
    new = (found["AssessmentAuthorisationDate"][recent] >= pd.Timestamp("2022-01-31")).to_numpy()
    came = found["AssessmentFactors"][recent].to_numpy()
    for back, lived, is_new in zip(came, written, new, strict=True):
        swapped = not is_new and "3A" in lived and "3C" not in lived and "3A" not in back
        told_back = (back.replace("3C", "3A") if swapped else back).split(";")
        assert set(told_back) == set(lived.split(";"))
    assert any("3C" in back and "3C" not in lived for back, lived in zip(came, written, strict=True))
    listed = slices["AssessmentFactorsList"]
    assert len(listed) == slices["Assessments"]["AssessmentFactors"].dropna().str.split(";").str.len().sum()


def test_enquiries_come_back_whole(slices, real):
    truth = log(real, "section47", "start", None)
    ends = truth["conference"].fillna(truth["start"])
    truth = truth[ends >= pd.Timestamp("2014-04-01")]
    found = last_slice(slices["Section47"], ["child", "S47ActualStartDate"])
    same(
        found,
        truth,
        child="child",
        S47ActualStartDate="start",
        DateOfInitialCPC="conference",
        ICPCnotRequired="not_required",
    )


def told_apart(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes as the return tells them apart: a move that no column shows makes no second one."""
    shown = ["child", "period", "ls", "place", "provider", "urn"]
    same_as_before = (episodes[shown] == episodes[shown].shift()).all(axis=1)
    moved = episodes["rne"].isin([codes.RNE.index("P"), codes.RNE.index("T")])
    run = (~(same_as_before & moved)).cumsum()
    last = ["dec", "rec", "place_change"]
    return (
        episodes.groupby(run)
        .first()
        .drop(columns=last)
        .join(episodes.groupby(run)[last].nth(-1).set_axis(pd.Index(run.unique(), name=run.name)))
    )


def test_a_move_that_no_column_shows_makes_no_second_episode(real):
    some = (
        pd.DataFrame(real.care_episodes).sort_values(["child", "decom"]).iloc[[0] * 4].reset_index(drop=True)
    )
    some["decom"] += np.arange(4) * 30
    some["dec"] = some["decom"] + 30
    begins, moves, law = (codes.RNE.index(code) for code in "SPL")
    some["rne"] = np.array([begins, moves, law, moves], dtype=some["rne"].dtype)
    some.loc[3, "urn"] += 1
    columns = {name: some[name].to_numpy() for name in some}
    apart = pd.DataFrame(ssda903_periods.told_apart(columns))
    assert apart["rne"].tolist() == [begins, law, moves]
    assert apart["decom"].tolist() == some["decom"][[0, 2, 3]].tolist()
    assert apart["dec"].tolist() == some["dec"][[1, 2, 3]].tolist()
    pd.testing.assert_frame_equal(
        told_apart(some)[apart.columns].reset_index(drop=True), apart, check_dtype=False
    )


def test_a_world_in_which_nobody_was_looked_after_has_an_empty_return(real):
    none = {
        table: {name: column[:0] for name, column in real.log[table].items()}
        for table in ("care_episodes", "missing_spells")
    }
    made = ssda903.returns(replace(real, log=real.log | none))
    assert all(len(as_frame(made[name])) == 0 for name in ("Header", "Episodes"))


def test_episodes_of_care_come_back_whole(slices, real):
    truth = told_apart(log(real, "care_episodes", "decom", None))
    truth = truth[truth["dec"].isna() | (truth["dec"] >= pd.Timestamp(np.datetime64(START, "D")))]
    truth = truth.reset_index(drop=True)
    truth["place"] = words(truth["place"], codes.PLACE).replace("K3", "H5")
    stays = truth["place"].isin(["A3", "A5"])  # with the foster carer of before
    truth["rne"] = words(truth["rne"], codes.RNE)
    truth["rne"] = truth["rne"].mask(stays, truth["rne"].replace({"P": "T", "B": "U"}))
    truth["ls"] = words(truth["ls"], codes.LEGAL_STATUS)
    truth["need"] = words(truth["need"], codes.NEED)
    truth["why"] = words(truth["place_change"], codes.PLACE_CHANGE)
    found = last_slice(slices["Episodes"], ["child", "DECOM"])
    same(
        found,
        truth,
        child="child",
        DECOM="decom",
        DEC="dec",
        PLACE="place",
        RNE="rne",
        LS="ls",
        CIN="need",
        REASON_PLACE_CHANGE="why",
    )


def test_no_slice_knows_more_than_the_one_after_it(slices):
    """An end, once known, never changes, and starts are the same in every slice."""
    for table, key, end in (
        ("CINdetails", ["child", "stint", "CINreferralDate"], "CINclosureDate"),
        ("ChildProtectionPlans", ["child", "stint", "CPPstartDate"], "CPPendDate"),
        ("Episodes", ["child", "stint", "DECOM"], "DEC"),
    ):
        rows = slices[table].sort_values([*key, "Year"])
        repeated = rows.groupby(key)
        assert (repeated[end].transform("count") <= 1).all(), f"{end} in one slice only"
        last = repeated["Year"].transform("max") == rows["Year"]
        assert rows[end].isna()[~last].all()
        gaps = repeated["Year"].diff().dropna()
        assert (gaps == 1).all(), "slices of one record follow one another"
