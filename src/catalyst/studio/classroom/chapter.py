"""A chapter as an assignment takes it up: its master, its exercises' points, the tables that it reads.

Depends on the masters, the schema and the project extracts.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.nearest import listed, nearest
from catalyst.release import projects, schema
from catalyst.studio import masters


@dataclass(frozen=True)
class Chapter:
    """One chapter of an assignment.

    ``tables`` are those that its exercises read from the core extract, ``of_project`` those from the project
    extract ``project`` (None if they read none); ``points`` by exercise, in order; ``written`` the points of
    the answers in words that go with some of them, which a person marks.
    """

    id: str
    title: str
    master: Path
    tables: tuple[str, ...]
    project: str | None
    of_project: tuple[str, ...]
    points: dict[str, int]
    kinds: dict[str, str]
    written: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All points that can be had."""
        return sum(self.points.values()) + sum(self.written.values())


def find(
    names: list[str],
    points: dict[str, int],
    solutions: Path | None = None,
    written: dict[str, int] | None = None,
) -> list[Chapter]:
    """The chapters to assign, in the order given.

    Parameters
    ----------
    names : list of str
        Their ids, such as ``"t1"``.
    points : dict of str to int
        Points of exercises that are to differ from their metadata.
    solutions : Path, optional
        Where the masters are; the course's own folder if not given.
    written : dict of str to int, optional
        Exercises that are to be answered in words too, with the points for that.

    Raises
    ------
    CourseError
        If a chapter has no exercises, a master lacks something, or points are for none of these exercises.
    """
    solutions = solutions or paths.root() / "solutions"
    known = sorted(path.stem for path in solutions.glob("*/*.ipynb") if path.parent.name == path.stem)
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"Did you mean '{near}'? " if near else ""
            raise CourseError(
                f"There are no exercises '{name[:40]}'. {hint}Chapters with exercises: {listed(known, 40)}."
            )
    written = written or {}
    found = [_chapter(solutions / name / f"{name}.ipynb", points, written) for name in dict.fromkeys(names)]
    every = [exercise for chapter in found for exercise in chapter.points]
    for option, exercises in (("--points", points), ("--written", written)):
        for exercise in exercises:
            if exercise not in every:
                raise CourseError(
                    f"{option} names the exercise '{exercise}', which is not assigned; the exercises are "
                    f"{listed(every, 60)}."
                )
    return found


def _chapter(master: Path, points: dict[str, int], written: dict[str, int]) -> Chapter:
    faults = masters.faults(master)
    if faults:
        raise CourseError("\n".join(faults))
    notebook = masters.read(master)
    known = masters.exercises(notebook)
    given = {
        exercise.spec["id"]: points.get(
            exercise.spec["id"], notebook.cells[exercise.position].metadata["nbgrader"]["points"]
        )
        for exercise in known
    }
    title = notebook.metadata.get("catalyst", {}).get("title", master.stem)
    return Chapter(
        id=master.stem,
        title=title,
        master=master,
        **_tables(master, notebook),
        points=given,
        kinds={exercise.spec["id"]: exercise.spec["kind"] for exercise in known},
        written={name: written[name] for name in given if name in written},
    )


def _tables(master: Path, notebook) -> dict:
    """Which tables the code reads: the names of tables that stand in it as text.

    A name may be read in a loop, so every text that is a table's name counts. One too many costs a little
    space; one too few would stop the master when its key is made.
    """
    texts: set[str] = set()
    ways: set[bool] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "load":
                words = {word.arg for word in node.keywords}
                ways.add(len(node.args) > 1 or bool(words & {"project", None}))
                if None in words:  # load(name, **more): now from the one, now from the other
                    ways.add(False)
    cuts = [project for project in projects.PROJECTS if project.name in texts]
    if len(cuts) > 1:
        raise CourseError(f"{master.name} reads {len(cuts)} project extracts, and an assignment gives one.")
    samples = {project.sample for project in projects.PROJECTS if project.sample}
    named = [name for name in (*schema.tables(), *sorted(samples)) if name in texts]
    cut = cuts[0] if cuts and True in ways else None
    there = (*cut.tables, cut.sample) if cut else ()
    return {
        "tables": tuple(name for name in named if name not in samples) if False in ways else (),
        "project": cut.name if cut else None,
        "of_project": tuple(name for name in named if name in there),
    }
