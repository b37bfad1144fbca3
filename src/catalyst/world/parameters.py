"""Reads the numbers that shape the world: one TOML a room, every number with its source.

A leaf is a table with ``value`` and ``source``; an effect also says its scale and
the chapter that recovers it. Depends on nothing but the files in ``catalyst/parameters``.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catalyst.errors import CourseError

FOLDER = Path(__file__).resolve().parents[1] / "parameters"
ROOMS = (
    "places", "families", "arrivals", "hardship", "disability", "need", "front_door", "support", "protection",
    "moves", "care", "schools", "workforce", "programmes", "parents", "household", "family_health",
    "child_health", "domestic_abuse", "send", "engagement", "exclusions", "roll", "exploitation", "offending",
    "early_help", "preproceedings", "proceedings", "missing", "adulthood",
)  # fmt: skip
_LEAF_KEYS = {"value", "source", "range", "note", "scale", "chapter", "estimand"}
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
    values = leaf["value"] if isinstance(leaf["value"], (list, dict)) else [leaf["value"]]
    values = list(values.values()) if isinstance(values, dict) else values
    flat = (
        np.concatenate([np.ravel(np.asarray(v, dtype=float)) for v in values])
        if len(values)
        else np.array([])
    )
    if not np.isfinite(flat).all():
        raise _fault(room, key, "is not a finite number")
    low, high = leaf.get("range", (0, np.inf))
    if ((flat < low) | (flat > high)).any():
        raise _fault(room, key, f"holds a value outside {low} to {high}")


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
    """All rooms' numbers and all planted effects, after the cuts of a twin world."""

    rooms: dict[str, Room]
    effects: dict[str, Effect]

    def __getitem__(self, room: str) -> Room:
        return self.rooms[room]

    def effect(self, arrow: str) -> float:
        """The value of a planted arrow (0 where it is cut)."""
        return self.effects[arrow].value


def read(cuts: tuple[str, ...] = (), folder: Path = FOLDER) -> Parameters:
    """Reads and checks every room's file.

    Parameters
    ----------
    cuts : names of arrows whose effect is nil in this world (the event still happens)

    Raises
    ------
    CourseError
        Naming file and key, for what is missing, unknown, without a source or impossible; or for an
        arrow that does not exist.
    """
    rooms: dict[str, Room] = {}
    effects: dict[str, Effect] = {}
    for name in ROOMS:
        path = folder / f"{name}.toml"
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CourseError(f"parameters/{name}.toml is missing.") from None
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
        rooms[name] = Room(name, values)
    for arrow in cuts:
        if arrow not in effects:
            raise CourseError(
                f"There is no arrow '{arrow}' to cut; the arrows are {', '.join(sorted(effects))}."
            )
        old = effects[arrow]
        effects[arrow] = Effect(arrow, old.room, 0.0, old.scale, old.source, old.chapter, old.estimand)
    return Parameters(rooms, effects)
