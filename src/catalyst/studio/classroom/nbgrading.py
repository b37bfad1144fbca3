"""nbgrader's autograder with the kernel in a box and the key outside it.

nbgrader sanitises, runs and saves as it always does; two of its steps are ours. The one that runs cells talks
to a kernel in a box, and a new one after it turns what each check cell handed over into a verdict, in the
form in which nbgrader reads a mark: an error for none, anything else for all points. Depends on ``kernel``
and ``compare``.
"""

import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import nbformat
from nbgrader import api, utils
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import (
    ClearOutput,
    DeduplicateIds,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from sqlalchemy import create_engine
from traitlets import Instance, List

from catalyst.errors import CourseError
from catalyst.studio.classroom.compare import verdict
from catalyst.studio.classroom.kernel import START_SECONDS, Conversation, Silent
from catalyst.studio.classroom.outputs import Run
from catalyst.studio.classroom.watch import Limits

# Whatever a notebook has done to the name check, before each check cell it means handing over again.
BEFORE_CHECK = "from catalyst.marking.handover import check"
STOPPED = {
    "memory": "The notebook asked for more memory than a submission may use and was stopped.",
    "processes": "The notebook started more processes than a submission may have and was stopped.",
    "time": "The notebook ran longer than a submission may and was stopped.",
    "ended": "The notebook ended its own kernel.",
}
BOXES = 4  # a notebook that has stopped so many gets no other, and what stands below is not run


@dataclass
class Sitting:
    """What is known while one submission is marked, and what came of it.

    ``again`` gives a line to a new box, for what stands below a cell by which the box was stopped.
    """

    exercises: dict[str, str]
    key: dict
    limits: Limits
    conversation: Conversation | None = None
    again: Callable[[], Conversation] | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    results: list[dict] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    stopped: str | None = None
    boxes: int = 1
    lost: dict[str, str] = field(default_factory=dict)


class RunInBox(NbGraderPreprocessor):
    """Runs every cell in the kernel of a sitting's box; stands where nbgrader's ``Execute`` does."""

    sitting = Instance(Sitting)

    def preprocess(self, nb, resources):
        now, before = self.sitting, []
        now.conversation.box.look()
        ready = now.conversation.box.processor
        until = time.monotonic() + now.limits.seconds
        now.conversation.box.begin()
        after = _exercises_after(nb, now.exercises)
        for number, cell in enumerate(nb.cells, start=1):
            if cell.cell_type != "code" or now.stopped or not cell.source.strip():
                continue
            identity, exercise = cell.metadata.get("nbgrader", {}).get("grade_id", ""), after[number - 1]
            where = f"cell {number}" + (f", {exercise}" if exercise else "")
            try:
                run = self._run(cell.source, identity in now.exercises)
            except Silent as silent:
                why = STOPPED.get(str(silent), STOPPED["ended"])
                now.notes.append(f"{why} ({where})")
                now.lost[exercise or ""] = why
                now.boxes += 1
                if not self._goes_on(before, until):
                    now.stopped = str(silent)
                continue
            if not run.late:
                before.append(cell.source)
            now.seconds += run.seconds
            cell.outputs = run.outputs
            if run.late:
                said = f"It was stopped after {now.limits.cell_seconds:g} seconds."
                now.notes.append(f"A cell ran longer than {now.limits.cell_seconds:g} seconds ({where}).")
                cell.outputs.append(_error("TooLong", said))
            if run.cut:
                now.notes.append(f"A cell printed more than is kept; the rest was left out ({where}).")
            if identity in now.exercises:
                now.runs[identity] = run
        now.conversation.box.look()
        now.processor = max(0.0, now.conversation.box.processor - ready)
        return nb, resources

    def _run(self, source: str, checks: bool) -> Run:
        now = self.sitting
        if checks:
            now.conversation.execute(BEFORE_CHECK, START_SECONDS, silent=True)
        return now.conversation.execute(source, now.limits.cell_seconds)

    def _goes_on(self, before: list[str], until: float) -> bool:
        """Whether a new box stands where the last one did: all cells but that which stopped it run again.

        What they hand over was heard the first time, so nothing of it counts again.
        """
        now = self.sitting
        if now.again is None or now.boxes > BOXES or time.monotonic() > until:
            return False
        try:
            now.conversation = now.again()
            now.conversation.box.begin(until - time.monotonic())
            for source in before:
                now.conversation.execute(source, now.limits.cell_seconds)
        except (CourseError, Silent):
            return False
        return True


class MarkAnswers(NbGraderPreprocessor):
    """Compares what each check cell handed over with the key, and says in its output what came of it."""

    sitting = Instance(Sitting)

    def preprocess_cell(self, cell, resources, index):
        if not utils.is_grade(cell) or cell.cell_type != "code":
            return cell, resources
        now, identity = self.sitting, cell.metadata.nbgrader["grade_id"]
        exercise = now.exercises.get(identity)
        if exercise is None:
            return cell, resources
        run = now.runs.get(identity)
        said = verdict(exercise, now.key[exercise], run.handed if run else [], self._why(run, exercise))
        points = float(cell.metadata.nbgrader["points"])
        right = said.layer == "correct"
        # Nothing that the cell itself put out stays: in a graded cell nbgrader reads outputs as marks.
        cell.outputs = (
            [nbformat.v4.new_output("stream", name="stdout", text=f"{said.message}\n")]
            if right
            else [_error("NotCorrect", said.message)]
        )
        now.results.append(
            {
                "exercise": exercise,
                "cell": identity,
                "layer": said.layer,
                "mistake": said.name,
                "message": said.message,
                "given": _print(run.handed) if run else None,
                "points": points if right else 0.0,
                "of": points,
            }
        )
        return cell, resources

    def _why(self, run: Run | None, exercise: str) -> str | None:
        if exercise in self.sitting.lost and not (run and run.handed):
            return self.sitting.lost[exercise]
        if run is None:
            return STOPPED.get(self.sitting.stopped or "", "The notebook did not get as far as this cell.")
        if run.late:
            return "The cell was stopped because it took too long."
        if run.error and run.error.startswith("NameError"):
            return f"The answer's name has no value ({run.error})."
        return f"The check cell stopped with {run.error}." if run.error else None


class Marker(Autograde):
    """nbgrader's autograder for one submission at a time."""

    # The metadata of every cell are those of the release, so nobody need check them once more.
    sanitize_preprocessors = List([ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells])

    def __init__(self, sitting: Sitting, **kwargs):
        super().__init__(**kwargs)
        self.autograde_preprocessors = [
            RunInBox(sitting=sitting),
            MarkAnswers(sitting=sitting),
            LimitOutput,
            SaveAutoGrades,
        ]
        self.force = True


class _Heard(logging.Handler):
    """Keeps the last error that nbgrader logs, which its exception does not carry."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        lines = record.getMessage().strip().splitlines()
        if lines and "Traceback" in lines[0]:
            self.last = lines[-1]


def autograde(
    root: Path, staged: str, database: str, course_id: str, student: str, chapter: str, sitting: Sitting
):
    """Mark one submission that stands in a clean folder of its own.

    Raises
    ------
    CourseError
        If nbgrader fails on it, with what nbgrader said.
    """
    log, heard = logging.Logger("catalyst.nbgrader", logging.ERROR), _Heard()
    log.addHandler(heard)
    folder = CourseDirectory(
        root=str(root),
        course_id=course_id,
        db_url=database,
        submitted_directory=f"{staged}/submitted",
        source_directory=f"{staged}/source",
        assignment_id=chapter,
        student_id=student,
        log=log,
    )
    try:
        with _one_engine():
            Marker(sitting, coursedir=folder, log=log).start()
    except Exception as error:
        why = heard.last or f"{type(error).__name__}: {str(error)[:200]}"
        raise CourseError(f"nbgrader could not mark it ({why[:300]}).") from None


@contextlib.contextmanager
def _one_engine() -> Iterator[None]:
    """Lets nbgrader find its database again, which it opens some ten times for each submission.

    An engine keeps the statements that it has put together, which otherwise takes longer than to run them;
    nbgrader closes every connection, as it does without this.
    """
    makes, api.create_engine = api.create_engine, _engine
    try:
        yield
    finally:
        api.create_engine = makes


@lru_cache(maxsize=1)
def _engine(url: str, **options):
    return create_engine(url, **options)


def _exercises_after(nb, exercises: dict[str, str]) -> list[str | None]:
    """For each cell the exercise that it stands in: that of the next check cell."""
    found, now = [], None
    for cell in reversed(nb.cells):
        now = exercises.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), now)
        found.append(now)
    return found[::-1]


def _print(handed: list) -> str | None:
    """A hash of what was given, by which equal answers are known without keeping them."""
    if not handed:
        return None
    text = json.dumps(handed[:1], sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]


def _error(name: str, message: str):
    return nbformat.v4.new_output("error", ename=name, evalue=message, traceback=[message])


def read(path: Path):
    """A notebook of our own making."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
