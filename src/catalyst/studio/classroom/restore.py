"""A notebook handed in, made fit to be run and marked: what was locked is as it was released.

Nothing of a stranger's file but the source of its cells goes on from here: its outputs and metadata do not.
nbgrader's own preprocessors look at the result once more, and then find nothing to mend. Depends on nbformat.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MOST_CELLS, MOST_SOURCE = 500, 200_000


class Unreadable(Exception):
    """What was handed in is not a notebook; the message says so in one sentence."""


@dataclass(frozen=True)
class Restored:
    """A notebook to run, the notes on what was put back, and the code that was typed into each answer "
    "cell."""

    notebook: NotebookNode
    notes: tuple[str, ...]
    answers: dict[str, str]


def check_ids(release: NotebookNode) -> dict[str, str]:
    """The exercise that each graded cell of a release belongs to, by nbgrader's id of the cell."""
    found = {}
    for cell in release.cells:
        grader = cell.metadata.get("nbgrader", {})
        identity = cell.metadata.get("catalyst", {}).get("id")
        if grader.get("grade") and identity:
            found[grader["grade_id"]] = identity
    return found


def written_ids(release: NotebookNode) -> dict[str, str]:
    """What is answered in words and marked by a person, by nbgrader's id of the cell: "t1.3 in words"."""
    asked, found, now = check_ids(release), {}, ""
    for cell in release.cells:
        grader = cell.metadata.get("nbgrader", {})
        now = asked.get(grader.get("grade_id"), now)
        if grader.get("grade") and grader.get("solution"):
            found[grader["grade_id"]] = f"{now} in words"
    return found


def commented(release: NotebookNode) -> dict[str, str]:
    """The graded cell that a comment on an answer belongs to, by nbgrader's id of the answer cell."""
    found, now = {}, None
    for cell in reversed(release.cells):
        grader = cell.metadata.get("nbgrader", {})
        now = grader["grade_id"] if grader.get("grade") else now
        if grader.get("solution") and now:
            found[grader["grade_id"]] = now
    return found


def restore(submitted: Path, release: NotebookNode) -> Restored:
    """Read a notebook that was handed in, with the released cells in their place.

    Parameters
    ----------
    submitted : Path
        The file; its size was looked at before.
    release : NotebookNode
        What the student was given.

    Raises
    ------
    Unreadable
        If it is no notebook, or only half of one.
    """
    theirs = _read(submitted)
    given = {_grade_id(cell): cell for cell in release.cells if _grade_id(cell)}
    asked = check_ids(release)
    notes: list[str] = []
    cells = _cells(theirs, given, asked, notes)
    _tame(cells, release)
    _put_back(cells, release, given, asked, notes)
    _in_order(cells, given, asked, notes)
    answers = {
        _grade_id(cell): cell.source
        for cell in cells
        if _grade_id(cell) and cell.metadata.nbgrader.get("solution")
    }
    # Put together by hand: nbformat's own functions look at each cell against its schema, one by one, and the
    # whole is looked at again when nbgrader reads it.
    plain = {"cells": cells, "metadata": _plain(release.metadata), "nbformat": 4, "nbformat_minor": 5}
    notebook = nbformat.from_dict(plain)
    return Restored(notebook, tuple(notes), answers)


def _read(path: Path) -> NotebookNode:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Unreadable(f"{path.name} is not a notebook but a binary file.") from None
    if not text.strip():
        raise Unreadable(f"{path.name} is empty.")
    try:
        notebook = nbformat.reads(text, as_version=4)
        whole = isinstance(notebook.cells, list)
    except Exception as error:
        # nbformat raises a dozen kinds of error for a file that is not a notebook.
        half = not text.rstrip().endswith("}")
        why = "it seems to be half-copied" if half else type(error).__name__
        raise Unreadable(f"{path.name} cannot be read as a notebook ({why}).") from None
    if not whole or len(notebook.cells) > MOST_CELLS:
        raise Unreadable(f"{path.name} has no list of at most {MOST_CELLS} cells.")
    return notebook


def _cells(theirs, given: dict, asked: dict, notes: list[str]) -> list[NotebookNode]:
    """Their cells with nothing but kind and source, and the released metadata where they are released "
    "ones."""
    last = {}
    for position, cell in enumerate(theirs.cells):
        if _grade_id(cell) in given:
            last[_grade_id(cell)] = position
    cells = []
    for position, cell in enumerate(theirs.cells):
        source = cell.get("source", "")
        source = "".join(map(str, source)) if isinstance(source, list) else str(source)
        kind = cell.get("cell_type")
        identity = _grade_id(cell)
        if last.get(identity) == position:
            mine = given[identity]
            if mine.metadata.nbgrader.get("locked"):
                if source.strip() != mine.source.strip() or kind != mine.cell_type:
                    what = asked.get(identity, identity)
                    notes.append(f"The check cell of {what} was edited; it was put back.")
                source = mine.source
            cells.append(_cell(mine.cell_type, source[:MOST_SOURCE], len(cells), mine))
        else:
            kind = kind if kind in ("code", "markdown", "raw") else "raw"
            cells.append(_cell(kind, source[:MOST_SOURCE], len(cells)))
    return cells


def _tame(cells: list[NotebookNode], release: NotebookNode) -> None:
    """Text that was typed shows no HTML: formgrader would run its scripts in the teacher's browser."""
    ours = {cell.source.strip() for cell in release.cells}
    for cell in cells:
        if cell.cell_type != "code" and cell.source.strip() not in ours:
            cell.source = cell.source.replace("<", "&lt;")


def _put_back(cells: list, release, given: dict, asked: dict, notes: list[str]) -> None:
    """Released cells that were deleted, each after the released cell that stood before it."""
    there = {_grade_id(cell) for cell in cells}
    before = None
    for mine in release.cells:
        identity = _grade_id(mine)
        if not identity:
            continue
        if identity not in there:
            at = next((i + 1 for i, cell in enumerate(cells) if _grade_id(cell) == before), len(cells))
            if before is None:
                at = 0
            cells.insert(at, _cell(mine.cell_type, mine.source, 10_000 + len(cells), mine))
            what = "check cell" if identity in asked else "answer cell"
            notes.append(f"The {what} of {asked.get(identity, identity)} was deleted; it was put back.")
        before = identity


def _in_order(cells: list, given: dict, asked: dict, notes: list[str]) -> None:
    """A check cell that was moved above its answer cell goes back below it."""
    order = list(given)
    for identity in asked:
        earlier = [one for one in order[: order.index(identity)] if one not in asked]
        place = {_grade_id(cell): i for i, cell in enumerate(cells)}
        if earlier and place[identity] < place[earlier[-1]]:
            cell = cells.pop(place[identity])
            cells.insert(place[earlier[-1]], cell)
            notes.append(f"The check cell of {asked[identity]} stood above the answer; it was put below.")


def _cell(kind: str, source: str, number: int, mine: NotebookNode | None = None) -> NotebookNode:
    cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if mine is not None:
        cell["metadata"] = _plain(mine.metadata)
    return nbformat.from_dict(cell)


def _grade_id(cell) -> str | None:
    """nbgrader's id of a cell, whatever else stands in its metadata."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    grader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    identity = grader.get("grade_id") if isinstance(grader, dict) else None
    return identity if isinstance(identity, str) else None


def _plain(metadata) -> NotebookNode:
    """A copy that shares nothing with the release."""
    return nbformat.from_dict(json.loads(json.dumps(metadata)))
