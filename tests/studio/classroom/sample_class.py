"""A course folder as ``assign`` makes it, from the present master of t1, and what students hand in."""

import json
import shutil
from pathlib import Path

import catalyst
from catalyst import paths
from catalyst.marking import key
from catalyst.studio.assignments import generate
from catalyst.studio.classroom import chapter, released

CHAPTER = "t1"
TABLES = ("cin_child_protection_plans", "cin_child_identifiers", "ssda903_episodes")
NAMES = ("plans_started", "ended_within_a_year", "still_open_at_six_months", "into_care", "hazard_ratios")
POINTS = (1, 2, 3, 3, 4)
DUE = "2026-12-01T17:00:00+00:00"


def the_key() -> dict:
    return key.read(paths.keys_dir() / f"{CHAPTER}.json")


def right(number: int):
    """The right answer to exercise t1.<number>, as Python source."""
    stored = the_key()["exercises"][f"{CHAPTER}.{number}"]["answer"]
    return repr(stored["scalar"]) if "scalar" in stored else repr(dict(stored["mapping"]))


def mistake(number: int) -> tuple[str, str]:
    """The first known mistake of an exercise: its name, and its value as Python source."""
    first = the_key()["exercises"][f"{CHAPTER}.{number}"]["mistakes"][0]
    return first["name"], repr(first["answer"]["scalar"])


def make(folder: Path, students: list[dict], written: dict[str, int] | None = None, **more) -> Path:
    """The course folder, with nothing handed in; ``written`` are points of answers in words."""
    release = folder / "release" / CHAPTER
    data = release / "data" / "synthetic"
    data.mkdir(parents=True)
    (one,) = chapter.find([CHAPTER], {}, written=written)
    source = folder / "source" / CHAPTER / f"{CHAPTER}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(released.source(one, DUE), encoding="utf-8")
    (release / f"{CHAPTER}.ipynb").write_text(generate(source), encoding="utf-8")
    told = paths.manifest()
    told["tables"] = {name: told["tables"][name] for name in TABLES}
    for name in TABLES:
        shutil.copyfile(paths.data_dir() / f"{name}.parquet", data / f"{name}.parquet")
    (data / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    open_parts = {"exercises": key.open_part(the_key())}
    (data / "assigned.json").write_text(json.dumps(open_parts), encoding="utf-8")
    keys = folder / "instructor" / "keys" / CHAPTER
    keys.mkdir(parents=True)
    shutil.copyfile(paths.keys_dir() / f"{CHAPTER}.json", keys / "all.json")
    assignment = {
        "format": 1,
        "course_version": catalyst.__version__,
        "chapters": [CHAPTER],
        "seed": 4711,
        "per_student": False,
        "students": students,
        "points": {f"{CHAPTER}.{n}": p for n, p in enumerate(POINTS, start=1)},
        "due": DUE,
        "extensions": {},
    }
    (folder / "instructor" / "assignment.json").write_text(json.dumps(assignment | more), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'catalyst'\n", encoding="utf-8"
    )
    return folder


def release(folder: Path) -> dict:
    notebook = json.loads((folder / "release" / CHAPTER / f"{CHAPTER}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def short(folder: Path, answers: dict[int, str] | None = None) -> dict:
    """The released notebook with answers typed in, and without the cells that only take time."""
    notebook = release(folder)
    kept = []
    for cell in notebook["cells"]:
        if cell["id"] == f"{CHAPTER}-setup":
            cell["source"] = "from catalyst import check, load"
        if (
            cell["cell_type"] != "code"
            or cell["metadata"].get("nbgrader")
            or cell["id"] == f"{CHAPTER}-setup"
        ):
            kept.append(cell)
    notebook["cells"] = kept
    for number, source in (answers or {}).items():
        answer_cell(notebook, number)["source"] = f"{NAMES[number - 1]} = {source}"
    return notebook


def all_right(folder: Path) -> dict:
    return short(folder, {number: right(number) for number in range(1, 6)})


def answer_cell(notebook: dict, number: int) -> dict:
    return _cell(notebook, f"{CHAPTER}-{number}-answer")


def check_cell(notebook: dict, number: int) -> dict:
    return _cell(notebook, f"{CHAPTER}-{number}-check")


def in_words(notebook: dict, number: int, words: str) -> dict:
    """The notebook with an answer in words typed in."""
    _cell(notebook, f"{CHAPTER}-{number}-written")["source"] = words
    return notebook


def _cell(notebook: dict, identity: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["id"] == identity)


def code(source: str) -> dict:
    """A cell that a student added."""
    return {
        "cell_type": "code",
        "id": f"added-{abs(hash(source)) % 10**8}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def before(notebook: dict, number: int, source: str) -> dict:
    """The notebook with a cell of the student's own before an exercise's answer cell."""
    at = notebook["cells"].index(answer_cell(notebook, number))
    notebook["cells"].insert(at, code(source))
    return notebook


def hand_in(
    folder: Path, student: str, notebook, name: str = f"{CHAPTER}.ipynb", time: str | None = None
) -> Path:
    """Put a notebook (or text, or bytes) where nbgrader's exchange would collect it to."""
    place = folder / "submitted" / student / CHAPTER
    place.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, dict):
        notebook = json.dumps(notebook)
    if isinstance(notebook, str):
        notebook = notebook.encode()
    (place / name).write_bytes(notebook)
    (place / "timestamp.txt").write_text(time or "2026-11-30 12:00:00.000000 UTC", encoding="utf-8")
    return place
