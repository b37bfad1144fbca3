"""The world beside published figures: the kept table is of these parameters, and says what is true."""

import re

import numpy as np
import pandas as pd
import pytest

from catalyst.cli_data import TEACHING_EXTRACT
from catalyst.studio import calibration
from catalyst.world import parameters
from catalyst.world.life import Spec


@pytest.fixture(scope="module")
def targets():
    return calibration.targets()


@pytest.fixture(scope="module")
def table(targets):
    return calibration.report(calibration.kept()[1][["synthetic", "low", "high"]], targets)


@pytest.fixture(scope="module")
def aimed(table):
    return table[table["kind"] == "targeted"]


def test_kept_table_was_measured_with_these_parameters():
    about, _ = calibration.kept()
    assert about["parameters"] == calibration.parameters_hash(), (
        "A parameter has changed: run python -m catalyst.studio.calibration and read what it says."
    )


def test_a_changed_number_changes_the_hash(monkeypatch):
    before = calibration.parameters_hash()
    changed = parameters.read()
    changed.rooms["protection"]["review.late"] += 0.001
    monkeypatch.setattr(calibration, "read", lambda: changed)
    assert calibration.parameters_hash() != before
    monkeypatch.setattr(calibration, "read", lambda: parameters.read(("emotional_abuse->planned_end",)))
    assert calibration.parameters_hash() != before


def test_kept_table_has_the_rows_of_the_targets(targets):
    about, last = calibration.kept()
    pd.testing.assert_frame_equal(last[["ours", "years"]], targets[["ours", "years"]])
    assert int(about["children"]) == calibration.WORLD.children
    assert (about["seed"], about["extract_seed"]) == (
        str(calibration.WORLD.seed),
        str(calibration.EXTRACT.seed),
    )


def test_extract_is_that_of_the_command_line():
    spec = calibration.EXTRACT
    assert {
        "children": spec.children,
        "seed": spec.seed,
        "authorities": spec.authorities,
    } == TEACHING_EXTRACT


def test_enough_is_aimed_at_and_every_row_can_be_cited(targets):
    assert (targets["kind"] == "targeted").sum() >= 150
    assert set(targets["confidence"]) <= {"high", "medium"}
    assert targets[["source", "year", "label", "ours", "tolerance"]].ne("").all(axis=None)
    assert not targets.duplicated(["label", "year", "topic"]).any()


def test_compared_figure_is_the_published_one_unless_a_note_says_how_it_was_derived(targets):
    plain = targets[targets["note"] == ""]
    assert len(plain) > 200
    np.testing.assert_allclose(plain["published"], plain["value"].astype(float))


def test_tolerances_go_by_the_kind_of_figure(targets):
    shares = targets[(targets["compared_as"] == "%") & targets["kind"].isin(["targeted", "emergent"])]
    shares = shares[shares["topic"] != "Before a birthday"]
    expected = np.select(
        [shares["published"] >= 5, shares["published"] >= 1], ["3 points", "1.5 points"], "0.3 points"
    )
    assert (shares["tolerance"] == expected).all()
    rates = targets[(targets["compared_as"] == "per 10,000") & (targets["kind"] != "order")]
    assert set(rates["tolerance"]) == {"10%"}


def test_tolerance_is_read_as_relative_or_absolute():
    assert calibration.tolerance(520.0, "10%") == pytest.approx(52.0)
    assert calibration.tolerance(7.0, "1.5 points") == 1.5
    assert calibration.tolerance(0.4, "0.25") == 0.25


def test_nine_in_ten_of_what_was_aimed_at_are_met_and_none_is_missed_by_far(aimed):
    missed = aimed[aimed["verdict"] != "within"]
    assert len(missed) <= 0.1 * len(aimed), missed[["label", "published", "synthetic", "tolerance"]]
    assert (missed["difference"].abs() <= 3 * missed["allowed"]).all()


def test_every_emergent_miss_says_what_is_wrong(table):
    emerged = table[(table["kind"] == "emergent") & (table["topic"] != "Year by year")]
    missed = emerged[emerged["verdict"] != "within"]
    assert 0 < len(missed) < 0.6 * len(emerged)
    assert missed["note"].ne("").all(), missed.loc[missed["note"] == "", "label"]


def test_verdict_turns_with_the_figure(targets):
    row = targets[targets["ours"] == "referral rate"].head(1)
    near = pd.DataFrame({"synthetic": [560.0], "low": [550.0], "high": [570.0]}, index=row.index)
    assert calibration.report(near, row)["verdict"].tolist() == ["within"]
    assert calibration.report(near + 40, row)["verdict"].tolist() == ["outside"]
    assert calibration.report(near * np.nan, row)["verdict"].tolist() == ["not measured"]


def test_regions_stand_in_the_published_order_by_and_large(table):
    orders = calibration.orders(table)
    assert len(orders) == 6
    # Weaker than it was before households and health came in: to be tuned again with the regions' shifts.
    assert min(orders.values()) > 0.1
    assert np.mean(list(orders.values())) > 0.5


def test_smaller_world_of_another_seed_agrees_within_its_sampling_error(targets, aimed):
    measured = calibration.measure_world(Spec(seed=77, children=30_000))
    small = calibration.report(calibration.figures(measured, targets), targets).loc[aimed.index]
    room = small["allowed"] + (small["high"] - small["low"]) / 2
    off = small[small["difference"].abs() > room]
    assert len(off) <= 0.05 * len(small), off[["label", "published", "synthetic", "low", "high"]]
    assert (small["high"] > small["low"]).mean() > 0.95


def test_page_shows_every_figure_and_verdicts_in_words(tmp_path, table, aimed):
    calibration.write_page(tmp_path)
    text = (tmp_path / "calibration.md").read_text(encoding="utf-8")
    judged = (table["kind"].isin(["targeted", "emergent"]) & (table["topic"] != "Year by year")).sum()
    for label in aimed["label"]:
        assert f"| {label}" in text
    assert text.count("| within ") + text.count("| outside ") == judged
    assert text.count("\n# ") + text.startswith("# ") == 1
    assert not re.search(r"\bnan\b", text)
    assert "](../limits.md)" in text
