"""The rubric of every exercise, with the answers on the data in use and the mistakes that people make.

A page for whoever teaches, derived from the masters and the key: ``book/derived/rubrics.md``. Depends on the
catalogue, the masters and the key.
"""

import re
from pathlib import Path
from typing import Any

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking import key, kinds
from catalyst.marking.answers import decode
from catalyst.marking.compare import is_number
from catalyst.marking.words import shown
from catalyst.studio import catalogue, masters, overview
from catalyst.studio.catalogue import Chapter

TOP = """\
# Rubrics, answers and common mistakes

For whoever teaches. Each exercise with its points, what earns them, the answer, and the mistakes that people
make, with what the marking says of each. All of it follows from the masters in `solutions/` and from the key:
the numbers are those of the data in this copy of the course ({release}). An
[assignment on a world of its own](../instructor/marking.md) has other numbers; its folder holds the same for
them, in `instructor/answers/`.

**How points are given.** An answer within the tolerance, or one that is as right, earns all points of its
exercise. Anything else earns none by itself: a known mistake is named, so that the student can mend it,
and is not paid for. Where the reasoning deserves points and the number does not, give them by hand in
formgrader;
[marks by hand stay](../instructor/marking.md#marks-by-hand).
"""
MOST_CELLS = 24


def write_page(out: Path, folder: Path | None = None) -> None:
    """Writes ``rubrics`` into the folder of derived pages; ``folder`` is the project, its own root if not "
    "given."""
    known = overview.in_order(catalogue.chapters(folder), catalogue.contents(folder))
    (out / "rubrics.md").write_text(page(known, paths.keys_dir()), encoding="utf-8")


def page(known: dict[str, Chapter], keys: Path) -> str:
    """The page as MyST Markdown.

    Parameters
    ----------
    known : dict of Chapter
        Every chapter by its id.
    keys : Path
        The folder of the keys; a chapter without one shows its rubric without numbers.
    """
    parts = [TOP.format(release=f"release `{keys.name}`")]
    for chapter in known.values():
        if chapter.exercises:
            parts += [f"## {chapter.title}\n", *_chapter(chapter, keys)]
    return "\n".join(parts).rstrip() + "\n"


def _chapter(chapter: Chapter, keys: Path):
    notebook = masters.read(chapter.folder / "solutions" / chapter.id / f"{chapter.id}.ipynb")
    headings = _headings(notebook)
    try:
        answers = key.read(keys / f"{chapter.id}.json")["exercises"]
    except CourseError:
        answers = {}
    for exercise in masters.exercises(notebook):
        name = exercise.spec["id"]
        points = notebook.cells[exercise.position].metadata.nbgrader.points
        yield f"### {headings.get(name, name)}\n"
        asked = _objectives(chapter, exercise.spec)
        yield f"{_points(points)}; about {exercise.spec['minutes']} minutes. {asked}\n"
        yield f"*All points:* {_full(exercise.spec)}\n"
        if name in answers:
            yield from _answers(answers[name])


def _headings(notebook) -> dict[str, str]:
    """The heading of each exercise, by its id."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for name, rest in re.findall(r"^#+ (\w+\.\d+)\b(.*)$", cell.source, re.MULTILINE):
                found[name] = f"{name}{rest}"
    return found


def _points(points: float) -> str:
    return f"{points:g} point{'s' if points != 1 else ''}"


def _objectives(chapter: Chapter, spec: dict) -> str:
    listed = chapter.listed("objectives")
    asked = [str(listed[n - 1]).rstrip(".") for n in spec.get("objectives", []) if 1 <= n <= len(listed)]
    return f"Objective: {'; '.join(asked)}." if asked else ""


def _full(spec: dict) -> str:
    wanted = kinds.wanted(spec).removeprefix("Give ").removeprefix("Choose ").rstrip(".")
    allowed = spec.get("tolerance")
    if isinstance(allowed, dict):
        parts = ", ".join(f"{name} within {value:g}" for name, value in allowed.items())
        return f"{wanted}; {parts}, all else exact."
    return f"{wanted}, within {allowed:g}." if allowed else f"{wanted}, exactly right."


def _answers(entry: dict):
    yield "<details>\n<summary>The answer, and the mistakes</summary>\n"
    yield f"**Answer:** {said(entry, entry['answer'], MOST_CELLS)}\n"
    for other in entry.get("accept", []):
        yield f"**As right:** {said(entry, other['answer'], MOST_CELLS)}. {other['reason']}\n"
    yield "| Mistake | Gives | What the marking says |\n|---|---|---|"
    for mistake in entry["mistakes"]:
        row = [mistake["name"], said(entry, mistake["answer"], MOST_CELLS), mistake["message"]]
        yield f"| {' | '.join(map(cell, row))} |"
    yield "\n</details>\n"


def said(entry: dict, stored: dict, most: int | None = None) -> str:
    """An answer of the key in words, to a digit beyond its tolerance; cut short after ``most`` cells."""
    reading = kinds.read(entry, decode(stored))
    if entry["kind"] in ("choices", "order"):
        return ", ".join(map(str, reading.rows))
    cells = reading.cells
    if set(cells) == {()}:
        return _value(entry, cells[()])
    first = list(cells.items())[:most]
    shown_cells = [f"{kinds.text(cell)}: {_value(entry, value)}" for cell, value in first]
    more = f"; and {len(cells) - len(first)} more" if len(cells) > len(first) else ""
    return "; ".join(shown_cells) + more


def _value(entry: dict, value: Any) -> str:
    allowed = entry.get("tolerance", 0)
    allowed = min(allowed.values(), default=0) if isinstance(allowed, dict) else allowed
    return shown(value, allowed / 10 if allowed else 0) if is_number(value) else str(value)


def cell(text: str) -> str:
    """A text that may stand in a cell of a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")
