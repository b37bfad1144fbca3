"""Records of the workforce, authorities and programmes: sums that must agree, and keys that must meet."""

import numpy as np
import pytest

from catalyst.records import authority_years, cin_census, programmes, workforce
from catalyst.records.columns import concatenate
from catalyst.world import clock
from catalyst.world.life import Spec, World


@pytest.fixture(scope="module")
def world():
    return World(Spec(seed=8, children=4_000, authorities=6))


@pytest.fixture(scope="module")
def blocks(world):
    return [world.live(block) for block in world.blocks(1_500)]


@pytest.fixture(scope="module")
def tables(world, blocks):
    parts = [workforce.returns(lives) | programmes.returns(lives) for lives in blocks]
    joined = {name: concatenate([part[name] for part in parts]) for name in parts[0]}
    return joined | workforce.finish(world, joined) | programmes.finish(world, joined)


def test_blocks_add_up_to_what_happened(blocks, tables):
    panel = tables["authority_years"]
    first, last = clock.day("2014-04-01"), clock.END
    days = np.concatenate([lives.cases["referral"] for lives in blocks])
    assert panel["Referrals"].sum() == ((days >= first) & (days <= last)).sum()
    enquiries = np.concatenate([lives.section47["start"] for lives in blocks])
    assert panel["Section47"].sum() == ((enquiries >= first) & (enquiries <= last)).sum()


def test_population_counts_every_resident_child_once(world, blocks, tables):
    panel = tables["authority_years"]
    june = clock.day("2024-06-30")
    births = np.concatenate([lives.children["birth"] for lives in blocks])
    assert panel["Children"][panel["Year"] == 2025].sum() == pytest.approx(4_000, rel=0.06)
    assert panel["Children"][panel["Year"] == 2025].sum() <= (births <= june).sum()
    assert (panel["ChildrenLowIncome"] <= panel["Children"]).all()


def test_workers_in_post_hold_all_open_cases(tables):
    rows = tables["social_workers"]
    there = rows["Cases30"] >= 0
    held = np.bincount(rows["authority"][there] * 3000 + rows["Year"][there], rows["Cases30"][there])
    counts = authority_years.summed(tables["_authority_counts"], 6)["CasesSeptember"]
    for authority in range(6):
        for y, year in enumerate(workforce.YEARS):
            assert held[authority * 3000 + year] == counts[authority, y]


def test_published_caseload_is_cases_for_each_case_holder(world, tables):
    table = tables["workforce_authority"]
    counts = authority_years.summed(tables["_authority_counts"], 6)["CasesSeptember"][:, : -0 or None]
    cases = counts[:, : len(workforce.YEARS)].ravel()
    some = cases > 5
    found = cases[some] / (table["CaseHolders"][some] / 100)
    np.testing.assert_allclose(found, table["AverageCaseload"][some] / 10, rtol=0.05)


def test_each_worker_is_in_one_place_starts_before_ending_and_leaves_once(tables):
    rows = tables["social_workers"]
    order = np.lexsort((rows["Year"], rows["worker"]))
    worker, year = rows["worker"][order], rows["Year"][order]
    left = rows["RoleEndDate"].days[order] >= 0
    same = worker[1:] == worker[:-1]
    assert (year[1:][same] == year[:-1][same] + 1).all()  # every year until the last, no gap and no double
    assert not left[:-1][same].any()
    end, start = rows["RoleEndDate"].days, rows["RoleStartDate"].days
    assert (end[end >= 0] > start[end >= 0]).all()
    autumn = np.array([clock.day(f"{y}-09-30") for y in rows["Year"]])
    assert (start <= autumn).all()


def test_lines_of_the_accounts_add_up(tables):
    accounts = tables["spending"]
    lines = [v for name, v in accounts.items() if name not in ("authority", "Year", "Total")]
    np.testing.assert_array_equal(sum(lines), accounts["Total"])
    assert (accounts["Total"] > 0).all()


def test_pre_proceedings_are_found_in_the_census_under_the_same_number(blocks, tables):
    known = np.concatenate([cin_census.census(lives)["ChildIdentifiers"]["stint"] for lives in blocks])
    assert np.isin(tables["pre_proceedings"]["stint"], known).all()


def test_rollout_lists_who_has_begun(world, tables):
    rollout = tables["programme_rollout"]
    assert len(rollout["authority"]) == (world.programmes.start < clock.MONTHS).sum()
    assert (rollout["StartDate"].days <= clock.END).all()
