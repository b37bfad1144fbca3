"""The validation rules: each fires on a planted fault, and none on what the world and the records make."""

import pytest
from faults import FAULTS, Copy

from catalyst.records.rules_903 import SSDA903
from catalyst.records.rules_cin import CIN
from catalyst.release import extract, schema

RULES = CIN | SSDA903


def test_every_rule_has_a_planted_fault():
    assert set(FAULTS) == set(RULES)


@pytest.mark.parametrize("rules", [CIN, SSDA903], ids=["cin", "ssda903"])
def test_the_hand_made_returns_pass(rules, released):
    assert rules.broken(released) == {}


@pytest.mark.parametrize("code", RULES)
def test_a_planted_fault_is_found(code, released):
    copy = Copy(released)
    assert len(RULES[code].find(copy)) == 0
    FAULTS[code](copy)
    assert len(RULES[code].find(copy)) > 0, RULES[code].demand


@pytest.mark.parametrize("rules", [CIN, SSDA903], ids=["cin", "ssda903"])
def test_a_small_world_passes(rules, world, real):
    names = [name for name, table in schema.tables().items() if table.source in ("cin", "903")]
    records = extract.records_of(real, ())
    frames = extract.frames(extract.assemble(records, world.places, world.spec.seed, names))
    assert len(frames["cin_child_protection_plans"]) > 50, "enough to show a fault"
    assert rules.broken(frames) == {}


def test_a_rule_cannot_be_stated_twice():
    with pytest.raises(ValueError, match="there already"):
        CIN("8510", "again")(lambda frames: frames)
