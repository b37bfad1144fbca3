"""The loader of parameters: what is wrong is named with file and key."""

import shutil
import sys

import pytest

from catalyst.errors import CourseError
from catalyst.records import ssda903_periods
from catalyst.release import extract, keys
from catalyst.world import life, parameters


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
    "impossible": (
        "moves",
        WITHIN,
        WITHIN.replace("0.7", "1.7"),
        "families.within_region",
        "outside what is allowed, 0 to 1",
    ),
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
        "outside what is allowed, -3 to 3",
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


def test_missing_number_is_named(folder):
    spoil(folder, "moves", "moves_per_month = ", "# moves_per_month = ")
    with pytest.raises(CourseError, match=r"parameters/moves\.toml, 'families\.moves_per_month': is missing"):
        parameters.read(folder=folder)


def test_unknown_number_is_named_with_the_one_that_was_meant(folder):
    spoil(folder, "moves", "within_region = ", "inside_region = ")
    with pytest.raises(CourseError) as caught:
        parameters.read(folder=folder)
    said = str(caught.value)
    assert "parameters/moves.toml, 'families.inside_region': is unknown and nobody reads it" in said
    assert "perhaps 'families.within_region' was meant" in said


def test_unknown_effect_is_named(folder):
    spoil(folder, "need", '"hardship->need"', '"weather->need"')
    with pytest.raises(CourseError, match=r"need\.toml, 'effects\.weather->need': is unknown"):
        parameters.read(folder=folder)


def test_a_number_below_nought_is_refused_where_no_range_allows_it(folder):
    spoil(folder, "moves", "moves_per_month = { value = 0.0011", "moves_per_month = { value = -0.0011")
    with pytest.raises(
        CourseError, match=r"moves\.toml, 'families\.moves_per_month': holds -0\.0011.*0 to 1"
    ):
        parameters.read(folder=folder)


def test_a_code_that_no_return_has_is_refused():
    leaf = {"value": {"1B": 0.1, "99Z": 0.2}, "codes": "FACTOR", "source": "design choice"}
    with pytest.raises(CourseError, match=r"front_door\.toml, 'factors\.x': has the code '99Z'.*1A, 1B"):
        parameters._check_leaf("front_door", "factors.x", leaf)


def test_every_number_is_read_by_somebody(monkeypatch):
    """A number that nobody reads shapes nothing, and would be believed to."""
    read = set()

    class Watched(parameters.Room):
        def __getitem__(self, key):
            read.add((self.name, key))
            return super().__getitem__(key)

    class Effects(dict):
        def __getitem__(self, arrow):
            read.add(arrow)
            return super().__getitem__(arrow)

    true = parameters.read

    def watched(cuts=(), folder=parameters.FOLDER, moved=None):
        told = true(cuts, folder, moved)
        rooms = {name: Watched(name, room) for name, room in told.rooms.items()}
        return parameters.Parameters(rooms, Effects(told.effects))

    for name, module in list(sys.modules.items()):
        if name.startswith("catalyst.") and getattr(module, "read", None) is true:
            monkeypatch.setattr(module, "read", watched)
    ssda903_periods.numbers.cache_clear()
    keys._parameters.cache_clear()
    world = life.World(life.Spec(seed=3, children=4_000, authorities=9))
    for block in world.blocks():
        records = extract.join(world, [extract.records_of(world.live(block))])
        extract.assemble(records, world.places, 3)
    ssda903_periods.numbers.cache_clear()
    keys._parameters.cache_clear()
    unread = [
        f"{name}.toml, '{key}'"
        for name, room in true().rooms.items()
        for key in room
        if (name, key) not in read
    ]
    assert unread == []
    assert [arrow for arrow in true().effects if arrow not in read] == []


def test_unknown_arrow_is_named_with_those_there_are():
    with pytest.raises(CourseError, match=r"no arrow 'rain->need' to cut.*mean 'asian->need'"):
        parameters.read(("rain->need",))


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
