"""The loader of parameters: what is wrong is named with file and key."""

import shutil

import pytest

from catalyst.errors import CourseError
from catalyst.world import parameters


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(parameters.FOLDER, tmp_path / "parameters")


def spoil(folder, room, old, new):
    path = folder / f"{room}.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")


WITHIN = "within_region = { value = 0.7,"
RANGE = "0.7, range = [0, 1],"
FAULTS = {
    "impossible": ("moves", WITHIN, WITHIN.replace("0.7", "1.7"), "families.within_region", "outside 0 to 1"),
    "not finite": (
        "moves",
        WITHIN,
        WITHIN.replace("0.7", "nan"),
        "families.within_region",
        "not a finite number",
    ),
    "unknown entry": ("moves", WITHIN, WITHIN + " colour = 3,", "families.within_region", "colour"),
    "empty source": (
        "moves",
        RANGE + " source =",
        RANGE + ' source = "", note =',
        "within_region",
        "no source",
    ),
    "no source": ("moves", RANGE + " source =", RANGE + " note =", "families.within_region", "no source"),
    "bare number": ("moves", "[families]", "[families]\nextra = 3", "families.extra", "without a source"),
    "not TOML": ("moves", "[families]", "[families", "moves.toml", "not valid TOML"),
    "effect": (
        "protection",
        '"emotional_abuse->planned_end" = { value = ',
        '"emotional_abuse->planned_end" = { value = 4',
        "effects.emotional_abuse->planned_end",
        "outside -3 to 3",
    ),
    "scale": (
        "need",
        '"hardship->need" = { value = 0.55, scale = "log hazard ratio"',
        '"hardship->need" = { value = 0.55, scale = "guess"',
        "effects.hardship->need",
        "needs a scale",
    ),
}


@pytest.mark.parametrize("fault", list(FAULTS))
def test_faults_are_named_with_file_and_key(folder, fault):
    room, old, new, key, words = FAULTS[fault]
    spoil(folder, room, old, new)
    with pytest.raises(CourseError) as caught:
        parameters.read(folder=folder)
    for word in (f"{room}.toml", key, words):
        assert word in str(caught.value)


def test_missing_file_is_named(folder):
    (folder / "need.toml").unlink()
    with pytest.raises(CourseError, match=r"parameters/need\.toml is missing"):
        parameters.read(folder=folder)


def test_missing_number_is_named_where_it_is_asked_for(folder):
    spoil(folder, "moves", "within_region = ", "inside_region = ")
    with pytest.raises(CourseError, match=r"parameters/moves\.toml, 'families\.within_region': is missing"):
        parameters.read(folder=folder)["moves"]["families.within_region"]


def test_unknown_arrow_is_named_with_those_there_are():
    with pytest.raises(CourseError, match=r"no arrow 'rain->referral' to cut.*hardship->need"):
        parameters.read(("rain->referral",))


def test_cut_makes_one_effect_nil_and_no_other():
    whole, cut = parameters.read(), parameters.read(("hardship->need",))
    assert cut.effect("hardship->need") == 0
    changed = [a for a in whole.effects if whole.effect(a) != cut.effect(a)]
    assert changed == ["hardship->need"]
    assert whole.rooms == cut.rooms


def test_every_number_has_a_source_and_every_effect_an_estimand():
    for effect in parameters.read().effects.values():
        assert effect.source
        assert effect.chapter
        assert effect.estimand
