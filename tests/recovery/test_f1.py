"""The counts of F1 are those of the world: who stitches a release rightly meets them to the last child."""

import pandas as pd
import pytest

from catalyst.release import extract
from catalyst.studio import claims, truths, truths_f1
from catalyst.world.life import Spec

SPEC = Spec(seed=4242, children=6_000, authorities=5)
NAMES = ("cin_details", "cin_plan_dates", "cin_child_protection_plans", "ssda903_episodes")
CHILD = ["LEA", "LAchildID"]


@pytest.fixture(scope="module")
def counts():
    return truths.counted(SPEC, ("f1",))


@pytest.fixture(scope="module")
def known(counts):
    return truths.values(counts)


@pytest.fixture(scope="module")
def tables():
    found = extract.frames(extract.release_tables(SPEC, names=NAMES))
    found = {name: table.rename(columns={"CHILD": "LAchildID"}) for name, table in found.items()}
    return [found[name].astype({"LEA": str, "LAchildID": str}) for name in NAMES]


def who(rows):
    return set(rows[CHILD].itertuples(index=False, name=None))


def stitched(rows, start, end):
    rows = rows.sort_values("Year", kind="stable").groupby([*CHILD, start], as_index=False)
    return rows.agg(end=(end, "last")).rename(columns={start: "start"})


def test_slices_of_one_year_tell_the_stocks_and_flows(tables, known):
    details, _, plans, care = tables
    need = details[details["ReferralNFA"] == 0]
    open_need, open_plans, open_care = (
        {year: who(rows[(rows["Year"] == year) & rows[end].isna()]) for year in (2019, 2025)}
        for rows, end in ((need, "CINclosureDate"), (plans, "CPPendDate"), (care, "DEC"))
    )
    assert known["f1.in_need_at_end_of_2019"] == len(open_need[2019])
    assert known["f1.in_need_at_end_of_2025"] == len(open_need[2025])
    assert known["f1.looked_after_at_end_of_2025"] == len(open_care[2025])
    assert known["f1.plan_only_at_end_of_2025"] == len(open_plans[2025] - open_care[2025])
    assert known["f1.need_only_at_end_of_2025"] == len(open_need[2025] - open_plans[2025] - open_care[2025])
    assert known["f1.in_need_during_2025"] == len(who(need[need["Year"] == 2025]))
    assert known["f1.in_need_2023_2025"] == len(who(need[need["Year"] >= 2023]))
    assert known["f1.looked_after_during_2025"] == len(who(care[care["Year"] == 2025]))
    for year in (2019, 2025):
        both = who(plans[plans["Year"] == year]) & who(care[care["Year"] == year])
        assert known[f"f1.plan_and_care_in_{year}"] == len(both)


def test_stitched_slices_tell_what_began(tables, known):
    _, support, plans, care = tables
    began = stitched(support, "CINPlanStartDate", "CINPlanEndDate")
    began = began[began["start"].between("2018-04-01", "2019-03-31")]
    assert known["f1.support_ended_2019"] == ((began["end"] - began["start"]).dt.days <= 365).mean()
    plans = stitched(plans, "CPPstartDate", "CPPendDate")
    assert known["f1.plans_begun_in_2025"] == (plans["start"] >= "2024-04-01").sum()
    moves = stitched(care, "DECOM", "DEC").sort_values([*CHILD, "start"])
    new = moves["start"] != moves.groupby(CHILD)["end"].shift()
    assert known["f1.care_begun_in_2025"] == (new & (moves["start"] >= "2024-04-01")).sum()


def test_the_cohort_is_who_became_a_child_in_need(tables, known):
    details, _, plans, _ = tables
    need = stitched(details[details["ReferralNFA"] == 0], "CINreferralDate", "CINclosureDate")
    first = need[need["start"].between("2023-04-01", "2024-03-31")].sort_values("start")
    first = first.drop_duplicates(CHILD).set_index(CHILD)["start"]
    year = pd.Timedelta(days=365)
    cohort = {}
    for child, zero in first.items():
        mine = need[(need["LEA"] == child[0]) & (need["LAchildID"] == child[1]) & (need["start"] < zero)]
        if not (mine["end"].isna() | (mine["end"] >= zero - year)).any():
            cohort[child] = zero
    assert known["f1.cohort_2024"] == len(cohort)
    on_plan = {
        (row.LEA, row.LAchildID)
        for row in stitched(plans, "CPPstartDate", "CPPendDate").itertuples()
        if (zero := cohort.get((row.LEA, row.LAchildID))) is not None and zero <= row.start <= zero + year
    }
    assert known["f1.cohort_2024_plan"] == len(on_plan)


def test_people_are_fewer_than_their_numbers_and_more_than_none(known):
    assert 0 < known["f1.people_in_need_2023_2025"] <= known["f1.in_need_2023_2025"]
    assert 0 < known["f1.cohort_2024_care"] < known["f1.cohort_2024"]
    assert 0 < known["f1.aged_16_17_at_end_of_2025"] < known["f1.in_need_at_end_of_2025"]


def test_every_count_is_explained(known):
    assert set(known) == set(truths_f1.SCALES) and not pd.Series(known).isna().any()
    assert all(name.startswith("f1.") for name in truths_f1.SCALES)


def test_a_foundation_claims_nothing_and_its_counts_stand_in_the_manifest(counts):
    assert not set(truths.FOUNDATIONS) & set(claims.CHAPTERS)
    rows = truths.manifest(SPEC, counts).query("chapter == 'f1'")
    assert set(rows["parameter"]) == set(truths_f1.SCALES)
    assert rows["planted"].isna().all() and rows["realised"].notna().all()
