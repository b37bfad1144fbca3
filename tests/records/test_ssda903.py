"""What slicing does to the return on children looked after, shown on hand-made lives."""

import numpy as np
import pandas as pd
from hand_made_rows import ADOPTED, ALONE, CARE, GUARDIAN, OPEN

from catalyst.records import ssda903
from catalyst.world import codes


def of(table: pd.DataFrame, child: int) -> pd.DataFrame:
    return table[table["child"] == child]


def test_an_episode_is_in_every_year_that_it_overlaps_and_ends_in_the_last(looked_after):
    rows = of(looked_after["Episodes"], CARE)
    first = rows[rows["DECOM"] == pd.Timestamp("2014-01-15")]
    assert first["Year"].tolist() == [2015, 2016, 2017], "it began before the window, and says so"
    assert first["DEC"].notna().tolist() == [False, False, True]
    assert first["REC"].tolist() == [None, None, "X1"]
    assert first["REASON_PLACE_CHANGE"].tolist() == [None, None, "CREQB"]


def test_guardianship_has_the_codes_of_its_year(looked_after):
    assert of(looked_after["Episodes"], CARE)["REC"].dropna().tolist() == ["X1", "E43"]
    assert of(looked_after["Episodes"], GUARDIAN)["REC"].dropna().tolist() == ["X1", "E46"]
    both = ssda903.leaving_code(np.array([codes.REC.index("E47")] * 2), np.array([2018, 2019]))
    assert [both.codes[i] for i in both.index] == ["E44", "E47"]


def test_supported_accommodation_keeps_its_old_code_all_through_the_window(lives):
    care = {**lives.care_episodes}
    care["place"] = np.where(care["place"] == codes.PLACE.index("H5"), codes.PLACE.index("K3"), care["place"])
    changed = ssda903.returns(type(lives)(**{**vars(lives), "care_episodes": care}))["Episodes"]["PLACE"]
    same = ssda903.returns(lives)["Episodes"]["PLACE"]
    assert "K3" not in changed.codes
    assert changed.index.tolist() == same.index.tolist()


def test_one_header_row_a_child_and_year(looked_after):
    header = looked_after["Header"]
    assert not header.duplicated(["child", "Year"]).any()
    assert of(header, ALONE)["Year"].tolist() == [2024, 2025]
    assert of(header, ALONE)["SEX"].tolist()[1] in ("M", "F")
    assert of(header, ALONE)["SEX"].tolist()[0] in ("1", "2")
    assert of(header, ALONE)["UASC"].tolist() == ["1", "1"]
    assert of(header, OPEN)["UASC"].tolist() == ["0"]


def test_sex_says_the_same_under_both_codes(looked_after):
    both = looked_after["Header"].drop_duplicates(["child", "SEX"])
    said = both.groupby("child")["SEX"].agg(set)
    assert {"1", "M"} in said.tolist() or {"2", "F"} in said.tolist()
    assert all(len(s & {"1", "M"}) == 0 or len(s & {"2", "F"}) == 0 for s in said)


def test_births_are_set_to_the_first_of_the_month(looked_after):
    assert of(looked_after["Header"], CARE)["DOB"].unique().tolist() == [pd.Timestamp("2005-06-01")]


def test_mother_is_answered_for_girls_alone(looked_after):
    header = looked_after["Header"]
    girl = header["SEX"].isin(["2", "F"])
    assert header["MOTHER"].notna().tolist() == girl.tolist()


def test_no_postcode_is_written_and_every_urn_is_invented(looked_after):
    rows = looked_after["Episodes"]
    assert rows[["HOME_POST", "PL_POST", "PL_LA", "PL_DISTANCE"]].isna().all(axis=None)
    assert rows["URN"].dropna().str.fullmatch(r"SC9\d{5}").all()
    assert len(set(of(rows, GUARDIAN)["URN"])) == 1, "a home keeps its number"


def test_the_number_of_a_child_is_that_of_the_census(looked_after, census):
    stints = set(census["CINdetails"]["stint"])
    known = of(looked_after["Episodes"], ADOPTED)["stint"]
    assert set(known) <= stints


def test_need_is_one_of_eight(looked_after):
    assert of(looked_after["Episodes"], ALONE)["CIN"].unique().tolist() == ["N8"]
    assert of(looked_after["Episodes"], CARE)["CIN"].unique().tolist() == ["N1"]
