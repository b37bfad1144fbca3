import json

import pandas as pd
import pyarrow.parquet as parquet
import pytest
import sample_course

from catalyst import paths
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


@pytest.fixture
def project(release):
    """A project extract of one table of its own beside the release in use."""
    folder = sample_course.write_release(release / "projects" / "few_plans")
    table = parquet.read_table(folder / "plans.parquet").slice(0, 3)
    parquet.write_table(table, folder / "few.parquet")
    (folder / "plans.parquet").unlink()
    found = {"version": 1, "tables": {"few": {"rows": 3}}, "content_hash": "6b" * 32}
    (folder / "manifest.json").write_text(json.dumps(found), encoding="utf-8")
    return folder


def test_a_table_of_a_project_is_read_by_the_projects_name(project):
    assert len(load("few", project="few_plans")) == 3
    assert str(load("few", project="few_plans")["start"].dtype) == "datetime64[ns]"
    assert len(load("plans")) == 40


def test_an_unknown_project_and_a_table_that_it_has_not_are_told(project):
    with pytest.raises(CourseError) as caught:
        load("few", project="few_plan")
    assert str(caught.value).startswith("There is no project extract 'few_plan'. Did you mean 'few_plans'? ")
    assert "course.py data --project NAME" in str(caught.value)
    with pytest.raises(CourseError) as caught:
        load("plans", project="few_plans")
    assert str(caught.value) == (
        "The project extract 'few_plans' has no table 'plans'. The core extract has one: load(\"plans\"). "
        "Its tables are: few."
    )
    with pytest.raises(CourseError, match="Did you mean 'few'"):
        load("fewer", project="few_plans")
    with pytest.raises(CourseError, match="takes the name of a project extract as text"):
        load("few", project=3)
    (project / "few.parquet").unlink()
    with pytest.raises(CourseError, match=r"course\.py data --project few_plans"):
        load("few", project="few_plans")


def test_the_committed_projects_are_at_hand_whatever_release_is_in_use(release):
    for name, folder in paths.projects().items():
        assert paths.manifest(folder)["arguments"]["project"] == name
