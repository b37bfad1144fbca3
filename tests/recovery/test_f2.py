"""What the extract for linkage must show: the truth knows every key, and each way to link errs as F2 says."""

import numpy as np
import pandas as pd
import pytest

from catalyst.marking import load, truth
from catalyst.studio import exercises

PLANTED, DRAWS = 2.5, 40
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
    patient_of = pd.Series(visits.index, visits.index.map(child))
    out["patient"] = out["by patient"] = out.index.map(child).map(patient_of)
    for step in ("1", "2", "4"):
        out[f"by {step}"] = out.index.map(link.loc[link["step"] <= step, "patient"])
        out[step] = out[f"by {step}"].map(visits)
    return out


@pytest.fixture(scope="module")
def drift(pupils) -> dict[str, float]:
    """The mean odds ratio of events that are planted, at 2.5, in many draws: as each way to link shows it."""
    rng, own = np.random.default_rng(11), pupils["true"].notna()
    odds = 0.15 / 0.85 * np.where(pupils["deprived"], PLANTED, 1)
    risk = odds / (1 + odds) / own.groupby(pupils["deprived"]).transform("mean")
    patients = pupils.loc[own, "patient"].drop_duplicates()
    happened = rng.random((len(patients), DRAWS)) < risk[patients.index].to_numpy()[:, None]
    events = pd.DataFrame(happened, patients).astype(float)
    found = pupils["birth found"].groupby(pupils["deprived"]).mean()
    out = {}
    for name in ("patient", "1", "2", "4"):
        seen = events.reindex(pupils[f"by {name}"]).fillna(0).set_axis(pupils.index)
        risks = seen.groupby(pupils["deprived"]).mean()
        out[name] = odds_ratio(risks).mean()
    return out | {"corrected": odds_ratio(risks.div(found, axis=0)).mean()}


def odds_ratio(risk):
    """Of one draw, or of many in columns; deprived against others."""
    odds = risk / (1 - risk)
    return odds.loc[True] / odds.loc[False]


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


def test_a_planted_odds_ratio_drifts_with_the_rule_of_the_link(drift):
    assert abs(np.log(drift["patient"] / PLANTED)) < 0.02, "through true links it is what was planted"
    assert drift["1"] < drift["2"] < drift["4"] < drift["patient"]
    assert drift["1"] < 1 + 0.6 * (PLANTED - 1), "the strictest rule loses much of it"


def test_linked_and_unlinked_mislead_and_births_do_not(pupils):
    linked = pupils["4"].notna().groupby(pupils["deprived"]).mean()
    born = pupils["birth found"].groupby(pupils["deprived"]).mean()
    assert linked[True] > linked[False] - 0.02, "deprived pupils do not look harder to link"
    assert born[True] < born[False] - 0.01, "but they are"


def test_a_correction_by_births_recovers_what_was_planted(pupils, drift):
    assert abs(np.log(drift["corrected"] / PLANTED)) < 0.04
    assert drift["4"] < drift["corrected"]


def test_a_correction_by_births_recovers_visits_too(pupils):
    """As in an exercise, where the outcome is not planted."""
    often = {name: pupils[name].fillna(0) >= 4 for name in ("4", "true")}
    risk = {name: event.groupby(pupils["deprived"]).mean() for name, event in often.items()}
    found = pupils["birth found"].groupby(pupils["deprived"]).mean()
    truth_of_it = odds_ratio(risk["true"])
    assert abs(np.log(odds_ratio(risk["4"] / found) / truth_of_it)) < 0.06
    assert odds_ratio(risk["4"]) < odds_ratio(risk["4"] / found)
