"""Samples of a few worlds hold what these worlds do, and the truths of F3 and F3b are those behind them."""

import numpy as np
import pandas as pd
import pytest

from catalyst.records import npd_census
from catalyst.studio import (
    claims,
    recovery_drawn,
    recovery_f2,
    recovery_f3,
    recovery_f3b,
    truths_f2,
    truths_f3,
)
from catalyst.world.life import Spec, World

SEED, CHILDREN, AUTHORITIES = 4343, 5_000, 4


@pytest.fixture(scope="module")
def lives():
    world = World(Spec(seed=SEED, children=CHILDREN, authorities=AUTHORITIES))
    (block,) = world.blocks()
    return world.live(block)


@pytest.fixture(scope="module")
def tables(lives):
    return recovery_drawn.bases(lives)


@pytest.fixture(scope="module")
def counts(lives):
    return {chapter: claims.truths(chapter).count(lives, {}) for chapter in recovery_drawn.CHAPTERS}


def test_a_sample_draws_whole_families_anew():
    table = pd.DataFrame({"who": list("aabccc"), "first": [True, False, True, True, False, False]})
    drawn = recovery_drawn.families(table, 100.0, np.random.default_rng(3))
    sizes = drawn.groupby("family")["who"].agg(["nunique", "size", "first"])
    assert len(sizes) == 300 and (sizes["nunique"] == 1).all()
    assert dict(zip(sizes["first"], sizes["size"], strict=True)) == {"a": 2, "b": 1, "c": 3}
    assert drawn["who"].value_counts(normalize=True).round(1).to_dict() == {"c": 0.5, "a": 0.3, "b": 0.2}


def test_families_stand_together_and_are_told_apart():
    table = recovery_drawn.together(pd.DataFrame({"family": [7, 3, 7], "x": [1, 2, 3]}))
    assert table["x"].tolist() == [2, 1, 3] and table["first"].tolist() == [True, True, False]


def test_what_is_drawn_from_is_what_the_truth_counts(tables, counts):
    f3, f3b, scores = counts["f3"], tables["f3b"], tables["f3b_scores"]
    assert f3b["visits"].sum() == counts["f3b"]["attendances"] and len(f3b) == counts["f3b"]["assessed"]
    assert f3b.loc[f3b["found"], "noted"].sum() == counts["f3b"]["noted"]
    assert scores["score"].sum() == counts["f3b"]["points"]
    assert scores["received"].sum() == counts["f3b"]["received"]
    every = tables["f3"].drop(columns="first").sum()
    assert every.filter(like="pupils 2025").sum() == f3["pupils 2025"]
    assert every.filter(like="meals 2018").sum() == f3["registered 2018"]
    assert every[[f"abuse {year}" for year in truths_f3.YEARS]].tolist() == f3["abuse"].tolist()
    assert every[[f"18A {year}" for year in truths_f3.YEARS if year >= 2022]].sum() == 0


def test_a_link_is_missed_more_often_where_families_are_deprived(tables):
    pupils = tables["f2"]
    patients = pupils[pupils["patient"]]
    found = (patients["strict"] == recovery_f2.SELF).groupby(patients["deprived"]).mean()
    assert found[True] < found[False] - 0.1
    assert (pupils["link"] != recovery_f2.NOBODY).sum() > (pupils["strict"] != recovery_f2.NOBODY).sum()


def test_the_planted_odds_ratio_is_planted(tables):
    table = recovery_drawn.families(tables["f2"], 30.0, np.random.default_rng(1))
    pupils = recovery_f2.planted(table, np.random.default_rng(2))
    value, se = recovery_f2.log_odds_ratio(pupils, pupils["event"].astype(float))
    assert abs(value - np.log(truths_f2.ODDS_RATIO)) < 3 * se < 0.1


def test_who_would_have_left_the_register_is_who_left_it_before_the_rule(lives):
    """In the years before protection the truth's own reckoning is held against what came about."""
    rows = npd_census.pupils(lives)
    table = pd.DataFrame({"person": rows.person, "year": rows.year, "meals": truths_f3.registered(rows)})
    table["group"] = rows.group
    meals = (
        table.pivot_table("meals", "person", "year", aggfunc="max")[[2016, 2017, 2018]].dropna().astype(bool)
    )
    there = table[table["year"] == 2016].set_index("person")["group"].reindex(meals.index) >= 2
    meals = meals[there & meals[2016]]
    family = lives.children["family"][meals.index.to_numpy()]
    gone = truths_f3.would_have_ended(lives, family, 2017, 2018)
    assert 0.1 < gone.mean() < 0.6
    assert (gone == ~meals[2018].to_numpy()).mean() > 0.95


def test_links_are_drawn_given_age_and_scores_seen_where_received():
    tables = recovery_f3b.sample(1)
    linked = tables["children"]["visits"].notna().groupby(tables["children"]["age"]).mean()
    assert linked[2] < linked[3] < linked[4]
    assert (tables["scores"]["score"].notna() == tables["scores"]["received"]).all()


def test_lines_are_those_of_made_up_counts():
    counts = {}
    for year in range(2015, 2026):
        for level in truths_f3.GROUPS:
            counts |= {f"pupils {year} {level}": 100, f"meals {year} {level}": 20 if year <= 2018 else 40}
        # One in ten registrations ended before 2018, none since; as many begin as would keep a fifth.
        stays = 18 if year < 2018 else 20
        counts |= {f"on {year}": 20, f"off {year}": 80, f"stays {year}": stays, f"begins {year}": 2}
    for year in truths_f3.YEARS:
        counts |= {f"assessments {year}": 1000, f"exploitation {year}": 50, f"abuse {year}": 80}
        counts |= {f"18A {year}": 80 if year < 2022 else 0}
    found = recovery_f3.lines(counts)
    assert found["registrations, as recorded"] == pytest.approx(20)
    assert found["f3.meals_rule_held"] == pytest.approx(0, abs=1e-9)
    assert found["f3.growth_abuse"] == pytest.approx(0, abs=1e-9)
    assert found["a code that ends (18A alone)"] < -0.3


@pytest.mark.slow
def test_the_committed_families_are_those_of_the_worlds():
    made, _ = recovery_drawn.lived(recovery_drawn.FIRST_SEED)
    for name, table in made.items():
        kept = recovery_drawn.rows(name).head(len(table))
        pd.testing.assert_frame_equal(table, kept, check_dtype=False)
