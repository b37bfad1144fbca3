"""F3b's truths are those of the world, and its link by family finds every child that the world counts."""

import pandas as pd
import pytest

from catalyst.release import extract
from catalyst.studio import claims, recovery_f3b, truths, truths_f3b
from catalyst.world.life import Spec

SPEC = Spec(seed=4242, children=6_000, authorities=5)
NAMES = (*recovery_f3b.TABLES, "ssda903_oc2")
FAMILY = ["FamilyRefAnonymous", "PersonBirthDate"]


@pytest.fixture(scope="module")
def counts():
    return truths.counted(SPEC, ("f3b",))


@pytest.fixture(scope="module")
def known(counts):
    return truths.values(counts)


@pytest.fixture(scope="module")
def tables():
    return extract.frames(extract.release_tables(SPEC, names=NAMES))


def linked_by_family(tables):
    """The same tables with the pupil reference replaced by what finds everybody."""

    def name(table):
        keys = table[FAMILY].astype(str)
        return table.assign(PupilMatchingRefAnonymous=keys[FAMILY[0]] + keys[FAMILY[1]])

    people = name(tables["cin_child_identifiers"])
    keys = ["LEA", "LAchildID", "Year"]
    assessments = tables["cin_assessments"].drop(columns="PupilMatchingRefAnonymous")
    assessments = assessments.merge(people[[*keys, "PupilMatchingRefAnonymous"]], on=keys, validate="m:1")
    return {
        "cin_assessments": assessments,
        "cin_child_identifiers": people,
        "emergency_attendances": name(tables["emergency_attendances"]),
        "births": name(tables["births"]),
    }


def test_whoever_links_everybody_meets_the_truth_to_the_last_attendance(tables, counts, known):
    everybody = recovery_f3b.cohort(linked_by_family(tables))
    assert len(everybody) == counts["f3b"]["assessed"]
    assert everybody["visits"].sum() == counts["f3b"]["attendances"] > 0
    found = everybody.loc[everybody["found"], "noted"]
    assert known["f3b.abuse_noted"] == pytest.approx(found.mean())


def test_a_link_hangs_on_age(tables):
    linked = recovery_f3b.cohort(tables).groupby("age")["visits"].agg(lambda visits: visits.notna().mean())
    assert linked[2] < linked[3] < linked[4]


def test_scores_received_are_among_those_asked_for(tables, counts, known):
    asked = tables["ssda903_oc2"].dropna(subset=["SDQ_SCORE", "SDQ_REASON"], how="all")
    received = asked["SDQ_SCORE"].dropna()
    assert counts["f3b"]["asked"] == len(asked) and counts["f3b"]["received"] == len(received)
    assert counts["f3b"]["points received"] == received.sum()
    assert known["f3b.sdq_received"] == pytest.approx(len(received) / len(asked))
    mixed = known["f3b.sdq_received"] * received.mean() + (1 - known["f3b.sdq_received"]) * (
        received.mean() + known["f3b.sdq_delta"]
    )
    assert known["f3b.sdq_mean"] == pytest.approx(mixed)


def test_every_count_is_explained_and_what_is_claimed_is_counted(known):
    assert set(known) == set(truths_f3b.SCALES) and not pd.Series(known).isna().any()
    assert all(name.startswith("f3b.") for name in truths_f3b.SCALES)
    assert "f3b" in claims.CHAPTERS and "f3b" not in truths.FOUNDATIONS
    assert set(recovery_f3b.NAMES) <= set(truths_f3b.SCALES)
