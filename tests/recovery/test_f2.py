"""What the extract for linkage must show: the truth knows every key, and each way to link errs as F2 says."""

import numpy as np
import pandas as pd
import pytest

from catalyst.marking import load, truth
from catalyst.studio import exercises

KEYS = {"PupilMatchingRefAnonymous": "pupil", "PatientRefAnonymous": "patient", "MatchStep": "step"}


def table(name: str) -> pd.DataFrame:
    rows = load(name, project="linkage").rename(columns=KEYS)
    return rows.astype({key: str for key in KEYS.values() if key in rows})


@pytest.fixture(scope="module")
def links() -> pd.DataFrame:
    exercises.ensure_keys(say=lambda line: None)
    return truth("links", project="linkage")


@pytest.fixture(scope="module")
def pupils(links) -> pd.DataFrame:
    """One row a pupil: deprived, whether the birth was found, true visits and those of each kind of link."""
    out = table("school_census").sort_values("AcademicYear").groupby("pupil").last()
    out["deprived"], out["birth found"] = out["IDACIDecile"] <= 3, out.index.isin(table("births")["pupil"])
    visits = table("linkage_hospital").set_index("patient")["EmergencyAttendances"]
    child = links.drop_duplicates("key").set_index("key")["child"]
    out["true"] = out.index.map(child).map(pd.Series(visits.to_numpy(), visits.index.map(child)))
    link = table("link_school_hospital").sort_values("step").drop_duplicates("pupil").set_index("pupil")
    for step in ("1", "2", "4"):
        out[step] = out.index.map(link.loc[link["step"] <= step, "patient"]).map(visits)
    return out


def odds_ratio(risk: pd.Series) -> float:
    return risk[True] / (1 - risk[True]) / (risk[False] / (1 - risk[False]))


def of(pupils: pd.DataFrame, name: str) -> float:
    return odds_ratio((pupils[name].fillna(0) >= 4).groupby(pupils["deprived"]).mean())


def test_the_truth_knows_each_key_of_the_spine_once(links):
    for name, key in (
        ("linkage_school", ["PupilMatchingRefAnonymous"]),
        ("linkage_hospital", ["PatientRefAnonymous"]),
        ("linkage_police", ["CaseRefAnonymous"]),
        ("linkage_social_care", ["LEA", "LAchildID"]),
    ):
        rows = load(name, project="linkage")[key].astype(str)
        known = links[links["table"] == name].rename(columns={"key": key[-1]})[key].astype(str)
        assert not known.duplicated().any(), name
        assert set(map(tuple, rows.to_numpy())) == set(map(tuple, known.to_numpy())), name


def test_the_stricter_the_step_the_farther_from_the_truth(pupils):
    ratio = {name: of(pupils, name) for name in ("1", "2", "4", "true")}
    assert ratio["1"] < 1 < ratio["2"] < ratio["4"] < ratio["true"]


def test_linked_and_unlinked_mislead_and_births_do_not(pupils):
    linked = pupils["4"].notna().groupby(pupils["deprived"]).mean()
    born = pupils["birth found"].groupby(pupils["deprived"]).mean()
    assert linked[True] > linked[False] - 0.02, "deprived pupils do not look harder to link"
    assert born[True] < born[False] - 0.01, "but they are"


def test_a_correction_by_births_recovers_the_truth(pupils):
    risk = (pupils["4"].fillna(0) >= 4).groupby(pupils["deprived"]).mean()
    found = pupils["birth found"].groupby(pupils["deprived"]).mean()
    assert abs(np.log(odds_ratio(risk / found) / of(pupils, "true"))) < 0.06
    assert of(pupils, "4") < odds_ratio(risk / found)
