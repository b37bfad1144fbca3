"""The world of an assignment: effects moved within their ranges, and shares of whole families."""

import csv

import numpy as np
import pytest

from catalyst.records.columns import length
from catalyst.release import extract
from catalyst.studio.classroom import chapter, variant, world
from catalyst.world import life, parameters
from catalyst.world.luck import Luck


def test_every_planted_effect_has_a_range_with_a_reason():
    """So that a new effect cannot be forgotten; the published one lies in its range."""
    with world.RANGES.open(encoding="utf-8", newline="") as lines:
        rows = {row["arrow"]: row for row in csv.DictReader(lines)}
    effects = parameters.read().effects
    assert rows.keys() == effects.keys()
    for arrow, row in rows.items():
        low, high = float(row["low"]), float(row["high"])
        assert low <= effects[arrow].value <= high, arrow
        assert low == high or low * high > 0, f"{arrow}: its sign is a lesson, and a range keeps it"
        assert len(row["reason"]) > 20, arrow


@pytest.mark.parametrize("seed", range(20))
def test_effects_move_away_from_the_published_ones_and_stay_in_range(seed):
    moved, effects = world.moved(seed), parameters.read().effects
    assert len(moved) > 30
    for arrow, (low, high) in world.ranges().items():
        if low == high:
            assert arrow not in moved
            continue
        assert low <= moved[arrow] <= high
        assert abs(moved[arrow] - effects[arrow].value) >= world.AWAY * (high - low) - 1e-4
    # Hazards for emotional abuse cross, whatever was drawn: the chapter on plans is about that.
    assert moved["emotional_abuse->planned_end"] + moved["emotional_abuse->planned_end_late"] < 0


def test_the_seed_decides_the_effects():
    assert world.moved(1) == world.moved(1) != world.moved(2)
    spec = world.spec_of(4711, 0, 500, 2)
    assert spec == world.spec_of(4711, 0, 500, 2)
    assert spec.seed != world.spec_of(4711, 1, 500, 2).seed
    assert life.World(spec).parameters.effect("age->planned_end") == spec.moved["age->planned_end"]


@pytest.fixture
def records():
    """Forty families of two children, and a table of each kind that a world has."""
    family = np.repeat(np.arange(40) * 7, 2)
    child = np.arange(80)[::-1] + 1_000  # not in order: nothing may rely on it
    cases = np.arange(40) + 5
    return {
        "_people": {"child": child, "family": family},
        "cin_details": {"child": np.repeat(child, 3), "Year": np.tile([2019, 2020, 2021], 80)},
        "child_low_income": {"child": child, "family": family},
        "parent_offences": {"family": np.append(family, 7), "parent": np.arange(81)},
        "leo_employment": {"child": np.append(child, 9_999)},  # somebody who is a child of no family
        "early_help_episodes": {"family": np.unique(family), "case": cases},
        "early_help_services": {"case": np.repeat(cases, 2)},
        "spending": {"authority": np.arange(5)},
    }


def test_a_share_holds_whole_families(records):
    """Every row of a child or family in the share, and no row of another."""
    some = world.share_of(records, 0.5, Luck(1))
    families = set(some["_people"]["family"].tolist())
    assert 10 < len(families) < 30
    assert length(some["_people"]) == 2 * len(families)
    children = set(some["_people"]["child"].tolist())
    assert some["cin_details"]["child"].tolist() == [
        c for c in records["cin_details"]["child"] if c in children
    ]
    assert set(some["leo_employment"]["child"].tolist()) == children
    assert set(some["child_low_income"]["family"].tolist()) == families
    assert set(some["parent_offences"]["family"].tolist()) == families
    cases = some["early_help_episodes"]["case"].tolist()
    assert len(cases) == len(families)
    assert sorted(set(some["early_help_services"]["case"].tolist())) == cases
    assert length(some["early_help_services"]) == 2 * len(cases)
    assert some["spending"] is records["spending"]  # what names nobody is about places, and whole


def test_every_table_of_cases_is_cut_with_its_people():
    """So that a new table without child or family is not given out whole by oversight."""
    made = life.World(life.Spec(3, 60, 2))
    tables = extract.join(made, [extract.records_of(made.live(made.blocks()[0]))])
    whole = {name for name, table in tables.items() if not {"child", "family"} & set(table)}
    assert whole - world.OF_CASES.keys() == {
        "_authority_counts", "authority_years", "programme_rollout", "schools", "social_workers", "spending",
        "workforce_authority",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["t4", "t6", "t7", "t9"])
def test_a_chapter_that_reads_an_extract_and_the_core_tables_is_given_both(name, monkeypatch, tmp_path):
    """From two worlds of the same effects, under names that do not meet: no child is in both."""
    (one,) = chapter.find([name], {})
    assert one.project and one.of_project and one.tables
    job = variant.Job(str(tmp_path), 4711, 900, 3, (one,), (), {}, None)
    lived, drawn = {}, []
    monkeypatch.setattr(world, "make", lambda path, spec, names, *_: lived.update({path: (spec, names)}))
    monkeypatch.setattr(world, "records", lambda path: path)
    monkeypatch.setattr(world, "share_of", lambda everything, share, luck: everything)

    def tables(path, spec, seed, names, project=None):
        assert lived[path][0] == spec and set(lived[path][1]) >= set(names) - {project and project.sample}
        drawn.append((project, seed, names))
        return {}

    monkeypatch.setattr(world, "tables", tables)
    variant.live(job, one, 2)
    variant.data(job, one, 2, 99, 1.0)
    (cut, core) = drawn
    assert (cut[0].name, core[0]) == (one.project, None)
    assert (cut[2], core[2]) == (list(one.of_project), list(one.tables))
    assert cut[1] != core[1]
    (first, _), (second, _) = lived.values()
    assert first.seed != second.seed
    assert first.moved == second.moved
    assert (second.children, second.authorities) == (900, 3)


def test_shares_differ_by_who_draws(records):
    one, again, other = (world.share_of(records, 0.5, Luck(seed))["_people"]["child"] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert world.share_of(records, 1, Luck(1)) is records
