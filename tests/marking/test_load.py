import pandas as pd
import pytest

from catalyst.errors import CourseError
from catalyst.marking import load
from catalyst.marking.nearest import nearest

CIN = [
    "cin_header",
    "cin_plan_dates",
    "cin_child_protection_plans",
    "cin_reviews",
    "ssda903_episodes",
    "authorities",
]


def test_dates_and_codes_have_their_types(release):
    plans = load("plans")
    assert plans.shape == (40, 4)
    assert str(plans["start"].dtype) == str(plans["end"].dtype) == "datetime64[ns]"
    assert isinstance(plans["category"].dtype, pd.CategoricalDtype)
    assert plans["end"].isna().sum() == 4


def test_each_call_gives_a_fresh_frame_and_writes_nothing(release):
    before = {path: path.read_bytes() for path in (release / "data").iterdir()}
    first = load("plans")
    first.loc[0, "child"] = 99
    first["category"].array[0] = "EMO"
    first["start"].array[:] = pd.Timestamp("1999-01-01")
    assert load("plans")["child"].tolist()[0] == 0
    assert load("plans")["start"].min() == pd.Timestamp("2019-04-01")
    assert {path: path.read_bytes() for path in (release / "data").iterdir()} == before


def test_an_unknown_table_names_the_nearest_and_all(release):
    with pytest.raises(CourseError) as caught:
        load("plan")
    assert str(caught.value) == "There is no table 'plan'. Did you mean 'plans'? The tables are: plans."
    with pytest.raises(CourseError, match=r"There is no table '\.\./plans'\."):
        load("../plans")
    with pytest.raises(CourseError, match="takes the name of a table as text"):
        load(pd.DataFrame())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("plans", "cin_child_protection_plans"),
        ("episodes", "ssda903_episodes"),
        ("CIN_REVIEWS", "cin_reviews"),
        ("cin_child_protection_plan", "cin_child_protection_plans"),
        ("authorites", "authorities"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_table_is_the_one_people_mean(typed, meant):
    assert nearest(typed, CIN) == meant


def test_a_missing_or_damaged_file_is_told(release):
    path = release / "data" / "plans.parquet"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CourseError, match="damaged or only half there"):
        load("plans")
    path.unlink()
    with pytest.raises(CourseError, match=r"plans\.parquet is not in"):
        load("plans")


def test_no_release_is_told(release):
    (release / "data" / "manifest.json").unlink()
    with pytest.raises(CourseError, match="no finished release"):
        load("plans")
