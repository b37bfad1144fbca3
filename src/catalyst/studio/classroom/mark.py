"""Marking a class: who is marked by which worker, what is done already, and what is written at the end.

Every submission has a record in ``instructor/marking/``, written whole once it is marked; a run that was
stopped is taken up from these. Depends on the other rooms of the classroom.
"""

import contextlib
import json
import multiprocessing
import os
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import wait
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.studio.classroom import exports, feedback, gradebook, report, walls, worker
from catalyst.studio.classroom.folder import Course, Handed, open_course, submissions
from catalyst.studio.classroom.lock import alone
from catalyst.studio.classroom.watch import Limits
from catalyst.studio.exercises import write_whole

AHEAD = 2  # submissions that a worker has in hand: one runs, the box of the next starts


@dataclass
class Outcome:
    """What a run did: how many submissions it marked and left as they were, and where it wrote to."""

    marked: int = 0
    kept: int = 0
    not_marked: int = 0
    failed: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)


def mark(
    folder: Path,
    *,
    safe: bool = True,
    limits: Limits | None = None,
    workers: int | None = None,
    late_percent: float | None = None,
    again: bool = False,
    other_version: bool = False,
    progress: Callable[[int, int, float], None] = lambda done, of, seconds: None,
) -> Outcome:
    """Mark everything in a course folder that is not marked yet.

    Parameters
    ----------
    folder : Path
        A course folder that ``assign`` made.
    safe : bool
        Whether each kernel runs in a box; without, handed-in code may do whatever this user may.
    limits : Limits, optional
        What a submission may use.
    workers : int, optional
        How many at a time; one a core if not given.
    late_percent : float, optional
        Percent of the marks taken off for each day begun after the date due; kept for later runs.
    again : bool
        Whether to run also what is marked already and has not changed.
    other_version : bool
        Whether a folder that another version of the course made is taken.
    progress : callable
        Told how many are done, of how many, after how many seconds.

    Raises
    ------
    CourseError
        If the folder is no course folder, is being marked, or no box can be made; nothing is marked then.
    """
    began = time.monotonic()
    folder = folder.expanduser().resolve()
    open_course(folder, other_version)
    if os.name == "nt":
        raise CourseError(
            "Marking needs Linux (or macOS, with --unsafe): mark on such a machine, or in WSL; nothing was "
            "marked."
        )
    reason = walls.why_not() if safe else None
    if reason:
        raise CourseError(
            f"Nothing was marked: {reason}. Mark on a machine where it works; or, if you trust everybody who "
            "handed in, add --unsafe, by which their code runs as you, with your files and your network."
        )
    with alone(folder):
        course = open_course(folder, other_version)  # read again: it may have changed until just now
        if late_percent is not None:
            course.policy["percent_a_day"] = late_percent
            write_whole(course.marking / "policy.json", json.dumps(course.policy, indent=1) + "\n")
        _keys_fit(course)
        gradebook.prepare(course)
        shutil.rmtree(course.marking / "staged", ignore_errors=True)
        handed, notes = submissions(course)
        outcome = Outcome(notes=notes)
        before = gradebook.marks(course)
        due = []
        for one in handed:
            if again or not _done(course, one, before):
                due.append(one)
            else:
                outcome.kept += 1
        _run(course, due, limits or Limits(), safe, workers, outcome, before, progress)
        gradebook.settle(course, handed)
        after = gradebook.marks(course)
        records = [_seen(course, one, read_record(course, one.student, one.chapter), after) for one in handed]
        outcome.notes += [
            f"{r['student']}, {r['chapter']}: {note}" for r in records for note in r.get("notes", ())
        ]
        outcome.written = exports.write(course, after, records)
        outcome.written += feedback.write(course, after, records)
        outcome.written += report.write(course, after, records, outcome.notes)
    outcome.seconds = time.monotonic() - began
    return outcome


def _keys_fit(course: Course) -> None:
    """Every graded cell of a release must have its answer in the key, or marks would be nobody's."""
    for chapter in course.chapters:
        keys = course.root / "instructor" / "keys" / chapter
        one = next((path.stem for path in sorted(keys.glob("*.json"))), "all")
        known = course.keys(chapter, one)["exercises"]
        written = course.written(chapter)
        due = [name for cell, (name, _) in course.asked(chapter).items() if cell not in written]
        lacking = [name for name in due if name not in known]
        if lacking:
            raise CourseError(
                f"The key of {chapter} has no answer to {', '.join(lacking)}, which its release asks: bring "
                "instructor/keys and release back from the same copy; nothing was marked."
            )


# --- records ----------------------------------------------------------------------------------------------


def record_path(course: Course, student: str, chapter: str) -> Path:
    return course.marking / "records" / student / f"{chapter}.json"


def read_record(course: Course, student: str, chapter: str) -> dict | None:
    """What is known of a submission; None if nothing, or if the file is not whole."""
    try:
        return json.loads(record_path(course, student, chapter).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _done(course: Course, handed: Handed, marks: dict) -> bool:
    """Whether this very submission was marked by this very key, and its marks stand in the gradebook."""
    record = read_record(course, handed.student, handed.chapter)
    if record is None or handed.state != "whole" or record.get("state") != "marked":
        return False
    with contextlib.suppress(CourseError):
        same = record["submission"] == handed.sha256
        same = same and record["key"] == course.key_hash(handed.chapter, handed.student)
        mark = marks.get((handed.student, handed.chapter))
        return same and mark is not None and mark.marked
    return False


def _keep(course: Course, handed: Handed, record: dict, before: dict) -> dict:
    """Write the record of a submission, with what changed since the one before it."""
    old = read_record(course, handed.student, handed.chapter) or {}
    had = {one["exercise"]: one["points"] for one in old.get("exercises", ())}
    if record["state"] != "marked" and old.get("state") == "marked":
        # What was marked before stays marked: a broken copy must not cost the marks of a whole one.
        said = "What was handed in before stays marked; this was not taken in its place."
        record = old | {"later": [*record["notes"], said]}
        write_whole(record_path(course, handed.student, handed.chapter), json.dumps(record, indent=1) + "\n")
        return record
    why = (
        "resubmitted"
        if old.get("submission") != record.get("submission")
        else "the key or the marking changed"
    )
    for one in record.get("exercises", ()):
        was = had.get(one["exercise"])
        if was is not None and was != one["points"]:
            record["notes"].append(
                f"{one['exercise']} went from {was:g} to {one['points']:g} points ({why})."
            )
    mark, read = before.get((handed.student, handed.chapter)), old.get("written", {})
    for cell, digest in record.get("written", {}).items():
        if mark is not None and cell in mark.by_hand and read.get(cell, digest) != digest:
            name = course.asked(handed.chapter)[cell][0]
            record["notes"].append(
                f"{name}: written anew since it was given {mark.by_hand[cell]:g} points, which stand "
                "until somebody changes them."
            )
    record |= {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    write_whole(record_path(course, handed.student, handed.chapter), json.dumps(record, indent=1) + "\n")
    return record


def _seen(course: Course, handed: Handed, record: dict | None, marks: dict) -> dict:
    """A record with what the gradebook adds to it: marks by hand that differ from the marking's."""
    record = record or {"student": handed.student, "chapter": handed.chapter, "state": "failed", "notes": []}
    mark = marks.get((handed.student, handed.chapter))
    names = course.asked(handed.chapter)
    notes = [*record.get("notes", ()), *record.get("later", ())]
    for cell, by_hand in (mark.by_hand if mark else {}).items():
        automatic = mark.automatic.get(cell)
        if automatic is not None and automatic != by_hand:
            name = names[cell][0] if cell in names else cell
            notes.append(f"{name}: {by_hand:g} points by hand stand; the marking gives {automatic:g}.")
    late = gradebook.late_words(mark.late) if mark else ""
    if late:
        off = f", {mark.penalty:g} points taken off" if mark.penalty else ""
        notes.append(f"Handed in {late}{off}.")
    return record | {"notes": notes}


# --- workers ----------------------------------------------------------------------------------------------


def _run(course, due: list[Handed], limits, safe, workers, outcome: Outcome, before, progress) -> None:
    """Mark what is due, in as many processes as there are cores."""
    whole = [one for one in due if one.state == "whole"]
    began, done = time.monotonic(), 0
    for one in due:
        if one.state != "whole":
            record = {"student": one.student, "chapter": one.chapter, "state": one.state}
            _finish(course, one, record | {"notes": list(one.notes)}, before, outcome)
            done += 1
    number = min(workers or os.cpu_count() or 1, max(1, len(whole)))
    with contextlib.closing(_Team(course, limits, safe, number if whole else 0)) as team:
        for handed, record in team.results(whole):
            _finish(course, handed, record, before, outcome)
            done += 1
            progress(done, len(due), time.monotonic() - began)


def _finish(course: Course, handed: Handed, record: dict, before: dict, outcome: Outcome) -> None:
    state = record["state"]
    record = _keep(course, handed, record, before)
    if state == "marked":
        outcome.marked += 1
    elif state == "failed":
        outcome.failed += 1
    else:
        outcome.not_marked += 1
        if record["state"] != "marked":
            gradebook.none_for(course, handed)


class _Team:
    """Worker processes, each with a few submissions in hand; one that dies is replaced."""

    def __init__(self, course: Course, limits: Limits, safe: bool, number: int):
        self._asked = (course, limits, safe)
        self._patience = limits.seconds + limits.cell_seconds + 600
        self._context = multiprocessing.get_context("spawn")
        self._members: dict = {}
        for _ in range(number):
            self._engage()

    def _engage(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=worker.serve, args=(theirs, *self._asked), daemon=True)
        process.start()
        theirs.close()
        self._members[ours] = (process, deque(), time.monotonic())

    def results(self, due: Iterable[Handed]):
        """Each submission with its record, in the order in which they are finished."""
        waiting, tried = deque(due), set()
        while waiting or any(held for _, held, _ in self._members.values()):
            for line, (_, held, _) in list(self._members.items()):
                while waiting and len(held) < AHEAD:
                    with contextlib.suppress(OSError):
                        line.send(waiting[0])
                    held.append(waiting.popleft())
            ready = wait(list(self._members), timeout=1.0)
            for line in ready:
                process, held, _ = self._members[line]
                try:
                    record = line.recv()
                except (EOFError, OSError):
                    yield from self._lost(line, waiting, tried, "The process that marked it ended")
                    continue
                self._members[line] = (process, held, time.monotonic())
                yield held.popleft(), record
            for line, (_, held, since) in list(self._members.items()):
                if held and time.monotonic() - since > self._patience:
                    yield from self._lost(line, waiting, tried, "Marking it took far too long")

    def _lost(self, line, waiting: deque, tried: set, why: str):
        """Replace a worker; what it was at is tried once more, and then reported as not marked."""
        process, held, _ = self._members.pop(line)
        process.kill()
        process.join()
        line.close()
        first, *rest = held or [None]
        waiting.extendleft(reversed(rest))
        if first is not None:
            identity = (first.student, first.chapter)
            if identity in tried:
                notes = [*first.notes, f"{why}, twice; it was not marked."]
                record = {
                    "student": first.student,
                    "chapter": first.chapter,
                    "state": "failed",
                    "notes": notes,
                }
                yield first, record
            else:
                tried.add(identity)
                waiting.appendleft(first)
        self._engage()

    def close(self) -> None:
        for line, (process, held, _) in self._members.items():
            if held:
                process.kill()  # stopped half-way: its boxes end with it
            else:
                with contextlib.suppress(OSError):
                    line.send(None)
        for line, (process, _, _) in self._members.items():
            process.join(timeout=10)
            if process.is_alive():
                process.kill()
                process.join()
            line.close()
        self._members = {}
