"""The masters of the exercises (``solutions/<id>/<id>.ipynb``): what each must hold. Depends on nbformat.

A master is one notebook with, for each exercise, an answer cell, hints, a check cell and the known mistakes.
``faults`` names notebook, cell and what is missing, so that an author can mend it without reading this file.
"""

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.marking.key import KINDS

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
HIDDEN_TAGS = {"mistake", "solution-only"}
SPEC_PARTS = {
    "id", "kind", "unit", "tolerance", "minutes", "truth", "project", "options", "by", "labels", "objectives",
}  # fmt: skip
NEEDS_TOLERANCE = {"number"}
NEEDS_OPTIONS = {"choice", "choices", "order"}


@dataclass
class Exercise:
    """One exercise of a master: its spec, the cells that belong to it and the name that holds its answer."""

    spec: dict
    name: str
    position: int
    answer: int | None = None
    hints: int = 0
    wrongs: list = field(default_factory=list)


def read(path: Path):
    """A notebook from its file, as nbformat 4 cells.

    Raises
    ------
    CourseError
        If the file is not a notebook.
    """
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        # nbformat raises a dozen kinds of error for a file that is not a notebook.
        raise CourseError(f"{path.name} cannot be read as a notebook ({type(error).__name__}).") from None


def id_faults(path: Path) -> list[str]:
    """Cells without an id of their own, which nbformat would quietly give a new one at each reading."""
    found, known = [], set()
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError):
        raise CourseError(f"{path.name} cannot be read as a notebook.") from None
    for position, cell in enumerate(cells):
        if not cell.get("id") or cell["id"] in known:
            found.append(f"{where(path, position, cell)}: every cell needs an id of its own.")
        known.add(cell.get("id"))
    return found


def where(path: Path, position: int, cell) -> str:
    """A cell by its notebook, number (from 1) and id, as messages name it."""
    return f"{path.name}, cell {position + 1} ({cell.get('id', 'without id')})"


def tags(cell) -> set[str]:
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def is_hidden(cell) -> bool:
    """Whether a cell is taken out of the exercise: a mistake, or a worked solution."""
    return bool(tags(cell) & HIDDEN_TAGS)


def outside(source: str) -> str:
    """A cell's code without what stands between the solution's marks."""
    kept, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def solution_lines(source: str) -> list[str]:
    """The lines between the solution's marks, without blank ones."""
    kept, inside = [], False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        elif inside and line.strip():
            kept.append(line)
    return kept


def exercises(notebook) -> list[Exercise]:
    """The exercises of a master, in order, as far as they can be made out."""
    found: list[Exercise] = []
    for position, cell in enumerate(notebook.cells):
        spec = cell.metadata.get("catalyst", {})
        if cell.cell_type == "code" and "id" in spec:
            match = re.fullmatch(r'check\("[^"]+", (\w+)\)', cell.source.strip())
            found.append(Exercise(dict(spec), match.group(1) if match else "", position))
    for number, exercise in enumerate(found):
        first = found[number - 1].position + 1 if number else 0
        last = found[number + 1].position if number + 1 < len(found) else len(notebook.cells)
        for position in range(first, exercise.position):
            cell = notebook.cells[position]
            if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
                exercise.answer = position
            if cell.cell_type == "markdown" and exercise.answer is not None:
                exercise.hints += len(re.findall(r"<details>\s*<summary>", cell.source))
        for position in range(exercise.position, last):
            cell = notebook.cells[position]
            if cell.cell_type == "code" and "mistake" in tags(cell):
                exercise.wrongs += [
                    call for call in _calls(cell.source, "wrong") if call == exercise.spec["id"]
                ]
    return found


def faults(path: Path) -> list[str]:
    """Everything that is missing or wrong in one master; empty when it is fit to be used.

    Parameters
    ----------
    path : Path
        ``solutions/<id>/<id>.ipynb``.
    """
    notebook = read(path)
    found = (
        [f"{path.name}: its folder should have the same name, {path.stem}."]
        if path.parent.name != path.stem
        else []
    )
    found += id_faults(path) + _common(path, notebook)
    known = exercises(notebook)
    if not known:
        return [
            *found,
            f"{path.name}: no check cell (a code cell with metadata catalyst.id and check(...) in it).",
        ]
    for number, exercise in enumerate(known, start=1):
        found += _exercise(path, notebook, exercise, f"{path.stem}.{number}")
    found += _leaks(path, notebook, known)
    return found


def _common(path: Path, notebook) -> list[str]:
    found, grade_ids = [], set()
    for position, cell in enumerate(notebook.cells):
        here = where(path, position, cell)
        if cell.cell_type == "code" and not _parses(cell.source):
            found.append(
                f"{here}: the code cannot be parsed (IPython's % and ! lines are not allowed in a master)."
            )
        if cell.source.count(BEGIN) != cell.source.count(END):
            found.append(f"{here}: '{BEGIN}' without '{END}', or the other way round.")
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in grade_ids:
            found.append(f"{here}: the grade_id '{grade_id}' is used twice.")
        grade_ids.add(grade_id or object())
        if cell.cell_type == "code" and "wrong(" in cell.source and "mistake" not in tags(cell):
            found.append(
                f"{here}: wrong(...) stands in a cell without the tag 'mistake', so learners would see it."
            )
        graded = cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
        if graded and "id" not in cell.metadata.get("catalyst", {}):
            found.append(f"{here}: a graded cell without metadata catalyst.id.")
    return found


def _exercise(path: Path, notebook, exercise: Exercise, due: str) -> list[str]:
    spec, cell = exercise.spec, notebook.cells[exercise.position]
    here, found = where(path, exercise.position, cell), []
    identity = spec["id"]
    if identity != due:
        found.append(f"{here}: its id is '{identity}' where '{due}' is due (numbered from 1, in order).")
    if cell.source.strip() != f'check("{identity}", {exercise.name})':
        found.append(f'{here}: the source must be the one line check("{identity}", name).')
    found += [f"{here}: {fault}" for fault in _spec(spec)]
    grader = cell.metadata.get("nbgrader", {})
    if not grader.get("grade") or not grader.get("locked") or grader.get("solution"):
        found.append(
            f"{here}: the check cell must be graded and locked (nbgrader: grade, locked; not solution)."
        )
    if not isinstance(grader.get("points"), int) or grader.get("points", 0) < 1:
        found.append(f"{here}: the check cell has no points.")
    found += _answer(path, notebook, exercise)
    if exercise.hints < 2:
        found.append(
            f"{here}: {identity} has {exercise.hints} hints; two or more are due, as <details><summary>."
        )
    if len(exercise.wrongs) < 2:
        found.append(
            f"{here}: {identity} has {len(exercise.wrongs)} known mistakes; give at least two with "
            f"wrong(\"{identity}\", name, value, message), in cells tagged 'mistake' below its check."
        )
    return found


def _spec(spec: dict) -> list[str]:
    found, kind = [], spec.get("kind")
    if kind not in KINDS:
        return [f"kind is {kind!r}; it must be one of {', '.join(KINDS)}."]
    unknown = sorted(set(spec) - SPEC_PARTS)
    if unknown:
        found.append(f"metadata catalyst holds {', '.join(unknown)}, which nothing reads.")
    if not isinstance(spec.get("minutes"), int) or not 1 <= spec["minutes"] <= 60:
        found.append("minutes is missing (how long a learner needs, 5 to 20).")
    objectives = spec.get("objectives", [])
    if not isinstance(objectives, list) or not all(type(number) is int for number in objectives):
        found.append("objectives should be a list of numbers of the chapter's objectives, such as [1].")
    if kind in NEEDS_TOLERANCE and not _positive(spec.get("tolerance")):
        found.append("a number needs a tolerance above 0, in the unit of the answer.")
    if kind in NEEDS_OPTIONS and len(set(map(str, spec.get("options", [])))) < 3:
        found.append("a choice needs at least three options.")
    return found


def _positive(value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _answer(path: Path, notebook, exercise: Exercise) -> list[str]:
    identity, name = exercise.spec["id"], exercise.name
    if exercise.answer is None:
        return [f"{path.name}: {identity} has no answer cell (nbgrader solution true) above its check cell."]
    cell = notebook.cells[exercise.answer]
    here, found = where(path, exercise.answer, cell), []
    if cell.metadata["nbgrader"].get("grade"):
        found.append(f"{here}: the answer cell must not be graded; the check cell is.")
    if BEGIN not in cell.source:
        found.append(f"{here}: no solution region ('{BEGIN}' … '{END}').")
    if not re.search(rf"^{re.escape(name)} = (\.\.\.|.*\.\.\..*)$", outside(cell.source), re.MULTILINE):
        found.append(
            f"{here}: '{name} = ...' must stand outside the solution region, so that a blank one runs clean."
        )
    if not any(re.match(rf"\s*{re.escape(name)}\s*[=\[]", line) for line in solution_lines(cell.source)):
        found.append(f"{here}: the solution region never gives '{name}' its value.")
    return found


def _leaks(path: Path, notebook, known: list[Exercise]) -> list[str]:
    """Cells that read a name which only the learner's answer makes, so that a blank notebook stops there."""
    found = []
    for exercise in known:
        for position, cell in enumerate(notebook.cells):
            if cell.cell_type != "code" or is_hidden(cell) or position == exercise.position:
                continue
            if exercise.name and exercise.name in _loaded(outside(cell.source)):
                found.append(
                    f"{where(path, position, cell)}: reads '{exercise.name}', for the check cell alone."
                )
    return found


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _loaded(source: str) -> set[str]:
    if not _parses(source):
        return set()
    return {
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _calls(source: str, function: str) -> list[str]:
    """The first argument of each call of a function, where it is written out as text."""
    if not _parses(source):
        return []
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == function
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
