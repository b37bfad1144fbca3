"""The key: the right answers, built from the solutions on the data present. Depends on ``catalyst.paths``.

A course has a key (``.keys/<release hash>/t1.json``); an assigned release has none, but a file
``assigned.json`` beside its data that says of what kind each answer is, and nothing of what it is.
"""

import json
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.answers import fingerprint
from catalyst.marking.nearest import listed, nearest

VERSION = 1
KINDS = ("number", "integer", "choice", "choices", "order", "mapping", "series", "frame")
OPEN_PARTS = ("kind", "unit", "options", "by", "labels", "ordered", "shape", "minutes")


def seal(key: dict) -> dict:
    """The key with the hash of its exercises, by which a damaged or edited key is known."""
    return {**key, "sha256": fingerprint(key["exercises"])}


def read(path: Path) -> dict:
    """A key from its file.

    Raises
    ------
    CourseError
        If the file is damaged, edited by hand or of another version.
    """
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
        sound = key["version"] == VERSION and key["sha256"] == fingerprint(key["exercises"])
    except (OSError, ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise CourseError(
            f"The answer key {path.name} is damaged or was made by another version of the course: "
            "run 'python3 course.py exercises' to build it again."
        )
    return key


def open_part(key: dict) -> dict:
    """What an assigned release may know of a key: kinds, units and shapes, no answer, mistake or truth."""
    return {
        name: {part: entry[part] for part in OPEN_PARTS if part in entry}
        for name, entry in key["exercises"].items()
    }


def entry(exercise: str) -> tuple[dict, bool]:
    """What is known of one exercise of the release in use.

    Parameters
    ----------
    exercise : str
        Its id, such as ``"t1.3"``.

    Returns
    -------
    tuple of dict and bool
        Its entry, and whether it holds the answer (False in an assigned release).

    Raises
    ------
    CourseError
        If there is no such exercise (the nearest is named), or no key.
    """
    if not isinstance(exercise, str):
        raise CourseError(
            'check takes the exercise\'s id as text and then the answer, such as check("t1.1", answer); '
            f"its id was given as a {type(exercise).__name__}."
        )
    folder = paths.keys_dir()
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    assigned = paths.data_dir() / "assigned.json"
    if files:
        chosen = [path for path in files if path.stem == exercise.partition(".")[0]] or files
        exercises = {name: part for path in chosen for name, part in read(path)["exercises"].items()}
    elif assigned.is_file():
        try:
            exercises = json.loads(assigned.read_text(encoding="utf-8"))["exercises"]
        except (OSError, ValueError, KeyError, TypeError):
            raise CourseError(
                f"The file {assigned} cannot be read: ask whoever set the work for it again."
            ) from None
    else:
        raise CourseError(
            "There is no answer key for these data yet: run 'python3 course.py exercises' in the course's "
            "folder, then run this cell again."
        )
    if exercise not in exercises:
        near = nearest(exercise, exercises)
        hint = f"Did you mean '{near}'? " if near else ""
        raise CourseError(
            f"There is no exercise '{exercise}'. {hint}The exercises here are: {listed(sorted(exercises))}."
        )
    return exercises[exercise], bool(files)
