"""Reads the numbers that shape the world: one TOML a room, every number with its source.

A leaf is a table with ``value`` and ``source``; an effect also says its scale and
the chapter that recovers it. Depends on nothing but the files in ``catalyst/parameters``.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from catalyst.errors import CourseError
from catalyst.world import codes

FOLDER = Path(__file__).resolve().parents[1] / "parameters"
KEYS = FOLDER / "keys.txt"  # one line a key: room, space, dotted name
ROOMS = (
    "places", "families", "arrivals", "hardship", "disability", "need", "front_door", "support", "protection",
    "moves", "care", "schools", "workforce", "programmes", "parents", "household", "family_health",
    "child_health", "domestic_abuse", "send", "engagement", "exclusions", "roll", "exploitation", "offending",
    "early_help", "preproceedings", "proceedings", "missing", "adulthood", "ssda903", "pupil_reference",
)  # fmt: skip
_LEAF_KEYS = {"value", "source", "range", "note", "scale", "chapter", "estimand", "codes"}
_SCALES = (
    "log hazard ratio",
    "log odds ratio",
    "log rate ratio",
    "standard deviation of log odds",
    "standard deviation of log hazard",
    "share",
    "standard normal shift",
)


@dataclass(frozen=True)
class Effect:
    """A planted arrow of the world: its value, scale, source and the chapter that recovers it."""

    arrow: str
    room: str
    value: float
    scale: str
    source: str
    chapter: str = ""
    estimand: str = ""


def _fault(room: str, key: str, what: str) -> CourseError:
    return CourseError(f"parameters/{room}.toml, '{key}': {what}.")


def _check_leaf(room: str, key: str, leaf: dict[str, Any]) -> None:
    unknown = set(leaf) - _LEAF_KEYS
    if unknown:
        raise _fault(
            room, key, f"unknown entry '{sorted(unknown)[0]}'; allowed are {', '.join(sorted(_LEAF_KEYS))}"
        )
    if not str(leaf.get("source", "")).strip():
        raise _fault(room, key, "has no source; give the published figure or the words 'design choice'")
    if "codes" in leaf:
        _check_codes(room, key, leaf)
    for number in _numbers(room, key, leaf["value"], "codes" in leaf):
        low, high = leaf.get("range", (0, np.inf))
        if not np.isfinite(number):
            raise _fault(room, key, f"holds {number}, which is not a finite number")
        if not low <= number <= high:
            raise _fault(
                room, key, f"holds {number:g}, which is outside what is allowed, {low:g} to {high:g}"
            )


def _numbers(room: str, key: str, value: Any, coded: bool) -> list[float]:
    """All numbers of a value: a number, or lists and tables of numbers."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for part in value for number in _numbers(room, key, part, coded)]
    if isinstance(value, str) and coded:
        return []
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _fault(room, key, f"holds {value!r} where a number belongs")
    return [float(value)]


def _check_codes(room: str, key: str, leaf: dict[str, Any]) -> None:
    """Codes in a value, or as the names in it, must be codes that a return has."""
    known = getattr(codes, str(leaf["codes"]), None)
    if known is None:
        raise _fault(
            room, key, f"names a list of codes '{leaf['codes']}' that there is not in world/codes.py"
        )
    value = leaf["value"]
    told = (
        value if isinstance(value, dict) else value if isinstance(value, list) else [key.rsplit(".", 1)[-1]]
    )
    for code in told:
        if isinstance(code, str) and code not in known:
            raise _fault(
                room, key, f"has the code '{code}', which no return has; allowed are {', '.join(known)}"
            )


def _walk(room: str, path: str, table: dict[str, Any], out: dict[str, Any]) -> None:
    for key, leaf in table.items():
        name = f"{path}.{key}" if path else key
        if not isinstance(leaf, dict):
            raise _fault(room, name, 'stands without a source; write { value = …, source = "…" }')
        if "value" in leaf:
            _check_leaf(room, name, leaf)
            out[name] = leaf["value"]
        else:
            _walk(room, name, leaf, out)


class Room(dict):
    """The numbers of one room by dotted name; asking for one that is not there names file and key."""

    def __init__(self, name: str, values: dict[str, Any]):
        super().__init__(values)
        self.name = name
        self._arrays: dict[str, np.ndarray] = {}

    def __missing__(self, key: str):
        raise _fault(self.name, key, "is missing")

    def array(self, key: str) -> np.ndarray:
        """A list of the file as a float array, which nobody may change."""
        if key not in self._arrays:
            self._arrays[key] = np.array(self[key], dtype=float)
            self._arrays[key].flags.writeable = False
        return self._arrays[key]


@dataclass(frozen=True)
class Parameters:
    """All rooms' numbers and all planted effects, after what a twin world moves and cuts."""

    rooms: dict[str, Room]
    effects: dict[str, Effect]

    def __getitem__(self, room: str) -> Room:
        return self.rooms[room]

    def effect(self, arrow: str) -> float:
        """The value of a planted arrow (0 where it is cut)."""
        return self.effects[arrow].value


@cache
def known_keys() -> dict[str, frozenset[str]]:
    """The keys that each room's file must hold, no more and no fewer; effects are ``effects.<arrow>``."""
    out: dict[str, set[str]] = {}
    for line in KEYS.read_text(encoding="utf-8").splitlines():
        room, _, key = line.partition(" ")
        out.setdefault(room, set()).add(key)
    return {room: frozenset(keys) for room, keys in out.items()}


def _check_keys(room: str, values: dict[str, Any], arrows: list[str]) -> None:
    """Neither a key too many, which nobody reads, nor one too few."""
    here, known = {*values, *(f"effects.{arrow}" for arrow in arrows)}, known_keys().get(room, frozenset())
    for key in sorted(here - known):
        near = difflib.get_close_matches(key, known - here, n=1)
        hint = f"perhaps '{near[0]}' was meant" if near else f"allowed are {', '.join(sorted(known))}"
        raise _fault(room, key, f"is unknown and nobody reads it; {hint}")
    for key in sorted(known - here):
        raise _fault(room, key, "is missing")


def _nearest(name: str, known: Iterable[str]) -> str:
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]


def _stamps(folder: Path) -> tuple[tuple[int, int], ...]:
    """What tells a changed file from the one read before."""
    out = []
    for name in ROOMS:
        try:
            stat = (folder / f"{name}.toml").stat()
        except FileNotFoundError:
            raise CourseError(f"parameters/{name}.toml is missing.") from None
        out.append((stat.st_mtime_ns, stat.st_size))
    return tuple(out)


@lru_cache(2)
def _checked(folder: Path, stamps: tuple) -> tuple[dict[str, dict[str, Any]], dict[str, Effect]]:
    """Every room's numbers and all effects, read once a process: it takes a tenth of a second."""
    rooms: dict[str, dict[str, Any]] = {}
    effects: dict[str, Effect] = {}
    for name in ROOMS:
        path = folder / f"{name}.toml"
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"parameters/{name}.toml is not valid TOML: {error}.") from None
        for arrow, leaf in tables.pop("effects", {}).items():
            _check_leaf(name, f"effects.{arrow}", {"range": (-3, 3), **leaf})
            if leaf.get("scale") not in _SCALES:
                raise _fault(name, f"effects.{arrow}", f"needs a scale: one of {', '.join(_SCALES)}")
            effects[arrow] = Effect(
                arrow, name, float(leaf["value"]), leaf["scale"], leaf["source"],
                leaf.get("chapter", ""), leaf.get("estimand", ""),
            )  # fmt: skip
        values: dict[str, Any] = {}
        _walk(name, "", tables, values)
        _check_keys(name, values, [arrow for arrow in effects if effects[arrow].room == name])
        rooms[name] = values
    return rooms, effects


def read(
    cuts: tuple[str, ...] = (), folder: Path = FOLDER, moved: Mapping[str, float] | None = None
) -> Parameters:
    """Reads and checks every room's file.

    Parameters
    ----------
    cuts : names of arrows whose effect is nil in this world (the event still happens)
    moved : arrows that have another effect than the files say, and which; a cut comes after

    Raises
    ------
    CourseError
        Naming file and key, for what is missing, unknown, without a source or impossible; or for an
        arrow that does not exist.
    """
    rooms, effects = _checked(folder, _stamps(folder))
    rooms = {name: Room(name, values) for name, values in rooms.items()}
    effects = dict(effects)
    for arrow, value in (moved or {}).items():
        effects[arrow] = replace(_known(arrow, effects, "move"), value=float(value))
    for arrow in cuts:
        effects[arrow] = replace(_known(arrow, effects, "cut"), value=0.0)
    return Parameters(rooms, effects)


def _known(arrow: str, effects: dict[str, Effect], what: str) -> Effect:
    if arrow not in effects:
        raise CourseError(
            f"There is no arrow '{arrow}' to {what}. Did you mean '{_nearest(arrow, effects)}'? The "
            f"{len(effects)} arrows stand under [effects] in the files of src/catalyst/parameters."
        )
    return effects[arrow]
