"""Lists of domestic abuse, addresses, panels and missing children, as they are released."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from catalyst.records import domestic_abuse, exploitation
from catalyst.world.parameters import read

TABLES = (
    "address_history", "domestic_abuse_incidents", "health_domestic_abuse_flags", "exploitation_panel",
    "missing_from_home", "cin_child_identifiers",
)  # fmt: skip


@pytest.fixture(scope="module")
def released(released_of) -> dict[str, pd.DataFrame]:
    return released_of(TABLES)


def test_addresses_of_a_family_follow_one_another(released):
    addresses = released["address_history"]
    number = addresses.groupby("FamilyRefAnonymous", observed=True)["AddressNumber"]
    assert (number.cumcount() + 1 == addresses["AddressNumber"]).all()
    assert (addresses["ToMonth"] >= addresses["FromMonth"]).all()
    after = addresses["FamilyRefAnonymous"].shift(-1) == addresses["FamilyRefAnonymous"]
    assert (addresses["FromMonth"].shift(-1) == addresses["ToMonth"])[after].all()
    assert ((addresses["Ended"] == "moved") == after).all()
    years = (addresses["ToMonth"] - addresses["FromMonth"]).dt.days.sum() / 365.25
    assert 0.07 < after.sum() / years < 0.12


def test_reports_are_of_families_that_live_there(released):
    addresses = released["address_history"].astype({"FamilyRefAnonymous": str, "LEA": str})
    for name, day in (
        ("domestic_abuse_incidents", "IncidentDate"),
        ("health_domestic_abuse_flags", "FlagMonth"),
    ):
        table = released[name].astype({"FamilyRefAnonymous": str, "LEA": str})
        month = table[day].dt.to_period("M").dt.to_timestamp()
        both = table.assign(month=month, row=np.arange(len(table))).merge(
            addresses, on=["FamilyRefAnonymous", "LEA"]
        )
        there = both[(both["month"] >= both["FromMonth"]) & (both["month"] <= both["ToMonth"])]
        assert there["row"].nunique() == len(table)


def test_some_forces_give_nothing_and_are_named_by_their_absence(released):
    places = released["address_history"]["LEA"].astype(str).nunique()
    shares = released["domestic_abuse_incidents"]["LEA"].astype(str).nunique()
    assert places == 4
    assert shares == round(0.67 * 4)
    assert released["health_domestic_abuse_flags"]["LEA"].astype(str).nunique() == places


def test_authority_on_a_day_is_the_one_after_the_last_move():
    lives = SimpleNamespace(
        families={"family": np.array([10, 20]), "home": np.array([0, 3], dtype=np.int16)},
        log={
            "moves": {
                "family": np.array([20, 20]),
                "day": np.array([100, 200]),
                "authority_to": np.array([1, 2], dtype=np.int16),
            }
        },
    )
    rows, days = np.array([0, 1, 1, 1, 1]), np.array([150, 99, 100, 199, 200])
    assert domestic_abuse.authority_on(lives, rows, days).tolist() == [0, 3, 1, 1, 2]


def test_panels_date_what_they_hear_of(released):
    panel = released["exploitation_panel"]
    assert (panel["PanelMonth"] > panel["BeganMonth"]).all()
    assert (panel["EndedMonth"].fillna(pd.Timestamp("2025-03-01")) >= panel["BeganMonth"]).all()
    age = (panel["BeganMonth"] - panel["PersonBirthDate"]).dt.days / 365.25
    assert age.between(9.9, 18).all()
    assert released["missing_from_home"]["Nights"].between(0, 5).all()


def test_a_panel_grades_a_spell_at_each_meeting_until_its_end(released):
    panel = released["exploitation_panel"]
    until = panel["EndedMonth"].fillna(pd.Timestamp("2025-03-01"))
    meetings = (
        (until.dt.year - panel["PanelMonth"].dt.year) * 12 + until.dt.month - panel["PanelMonth"].dt.month + 1
    )
    levels = panel["Levels"].astype(str).str.split(";")
    assert (levels.str.len() == meetings.clip(1, 12)).all()
    assert set(levels.explode()) == {"1", "2", "3"}


def test_levels_follow_the_planted_types_and_nothing_else():
    spells = {
        "child": np.arange(20_000, dtype=np.int64),
        "start": np.full(20_000, 17_000, dtype=np.int32),
    }
    kind, level = exploitation.pathways(7, spells), exploitation.grades(7, spells, 8)
    p = read().rooms["exploitation"]
    shares = np.bincount(kind) / len(kind)
    assert np.abs(shares - p["panel.pathways"]).max() < 0.015
    rises, eases, holds = (level[kind == k] for k in range(3))
    off = p["panel.misgraded"]
    assert np.mean(holds != 2) == pytest.approx(off, abs=0.01)
    assert np.mean(rises[:, 0] == 1) == pytest.approx(1 - off, abs=0.015)
    assert np.mean(rises[:, 7] == 3) == pytest.approx(1 - off, abs=0.015)
    assert np.mean(eases[:, 0] == 3) == pytest.approx(1 - off, abs=0.015)
    assert np.mean(eases[:, 7] == 1) == pytest.approx(1 - off, abs=0.015)
    # By the fourth meeting the first change has come, by the seventh the second.
    assert np.mean(rises[:, 3] >= 2) > 1 - off
    alone = {name: column[100:101] for name, column in spells.items()}
    assert (exploitation.grades(7, alone, 8) == level[100]).all(), "a spell alone is graded as among all"
    assert exploitation.pathways(8, spells).tolist() != kind.tolist()
