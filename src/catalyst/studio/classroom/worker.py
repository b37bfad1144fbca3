"""One long-lived process that marks one submission after another. Depends on ``nbgrading`` and ``restore``.

It imports nbgrader once, and while one submission runs the box of the next is already starting.
"""

import contextlib
import hashlib
import json
import os
import shutil
import sys
import threading
import time
import traceback
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.studio.classroom import alike, restore
from catalyst.studio.classroom.box import Box
from catalyst.studio.classroom.folder import Course, Handed
from catalyst.studio.classroom.kernel import Conversation, Silent
from catalyst.studio.classroom.nbgrading import Sitting, autograde, read
from catalyst.studio.classroom.watch import Limits


@dataclass
class Ready:
    """A submission whose notebook is put in order and whose box is starting."""

    handed: Handed
    restored: restore.Restored | None
    exercises: dict[str, str]
    box: Box | None
    refused: str | None = None


class Worker:
    """Marks submissions of one course."""

    def __init__(self, course: Course, limits: Limits, safe: bool):
        self.course, self.limits, self.safe = course, limits, safe
        self._releases: dict[Path, tuple] = {}
        self._told = 0.0  # processor seconds of this process that stand in a record already

    def prepare(self, handed: Handed) -> Ready:
        """Read what was handed in and start its box, without waiting for it."""
        self.course.key_hash(handed.chapter, handed.student)  # says why, where there is none
        release, exercises = self._release(handed)
        try:
            restored = restore.restore(handed.notebook, release)
        except restore.Unreadable as unreadable:
            return Ready(handed, None, exercises, None, str(unreadable))
        return Ready(handed, restored, exercises, self._box(handed))

    def _release(self, handed: Handed):
        folder = self.course.given(handed.chapter, handed.student)
        path = folder / f"{handed.chapter}.ipynb"
        if path not in self._releases:
            release = read(path)
            self._releases[path] = release, restore.check_ids(release)
        return self._releases[path]

    def _box(self, handed: Handed) -> Box:
        data = self.course.given(handed.chapter, handed.student) / "data"
        return Box(
            data if data.is_dir() else None, list(handed.extras), self.limits, [self.course.root], self.safe
        )

    def mark(self, ready: Ready) -> dict:
        """Mark one submission.

        Returns
        -------
        dict
            Its record: what was said of each exercise, the notes, how long it took.
        """
        began, handed = time.monotonic(), ready.handed
        record = {
            "student": handed.student,
            "chapter": handed.chapter,
            "submission": handed.sha256,
            "key": self.course.key_hash(handed.chapter, handed.student),
            "notes": list(handed.notes),
        }
        if ready.restored is None:
            return record | {"state": "unreadable", "notes": [*record["notes"], ready.refused]}
        key = self.course.keys(handed.chapter, handed.student)["exercises"]
        sitting = Sitting(ready.exercises, key, self.limits, notes=[*record["notes"], *ready.restored.notes])
        staged = self._stage(ready)

        def again() -> Conversation:
            sitting.conversation.close()
            ready.box.close()
            ready.box = self._box(handed)
            return self._talk(ready)

        sitting.again = again
        try:
            sitting.conversation = self._talk(ready)
            autograde(
                self.course.root,
                staged.relative_to(self.course.root).as_posix(),
                self.course.database,
                self.course.course_id,
                handed.student,
                handed.chapter,
                sitting,
            )
        except (CourseError, Silent) as problem:
            return record | {"state": "failed", "notes": [*sitting.notes, str(problem)]}
        finally:
            if sitting.conversation is not None:
                sitting.conversation.close()
            ready.box.close()
            shutil.rmtree(staged, ignore_errors=True)
        return record | {
            "state": "marked",
            "notes": sitting.notes,
            "stopped": sitting.stopped,
            "exercises": sitting.results,
            "written": {
                cell: _digest(ready.restored.answers[cell]) for cell in self.course.written(handed.chapter)
            },
            "prints": alike.prints(ready.restored.answers, self._release(handed)[0]),
            "own_seconds": round(sitting.seconds, 3),
            "own_processor": round(sitting.processor, 2),
            "box_processor": round(ready.box.processor, 2),
            "our_processor": self._since(),
            "seconds": round(time.monotonic() - began, 3),
            "memory": ready.box.most_memory,
        }

    def _since(self) -> float:
        """Processor seconds of this process since the last record; those of its start are in the first."""
        before, self._told = self._told, time.process_time()
        return round(self._told - before, 3)

    def _talk(self, ready: Ready) -> Conversation:
        """A line to the kernel; a box that did not start is made once more, for the machine may be busy."""
        for last in (False, True):
            conversation = Conversation(ready.box)
            try:
                conversation.open()
            except Silent:
                conversation.close()
                ready.box.close()
                if last:
                    raise
                ready.box = self._box(ready.handed)
                continue
            return conversation
        raise AssertionError

    def _stage(self, ready: Ready) -> Path:
        """A clean folder for nbgrader, in which there is nothing but what was put in order."""
        handed = ready.handed
        name = hashlib.sha256(f"{handed.student}/{handed.chapter}".encode()).hexdigest()[:16]
        staged = self.course.marking / "staged" / name
        shutil.rmtree(staged, ignore_errors=True)
        place = staged / "submitted" / handed.student / handed.chapter
        place.mkdir(parents=True)
        (staged / "source").mkdir()
        text = json.dumps(ready.restored.notebook, ensure_ascii=False)
        (place / f"{handed.chapter}.ipynb").write_text(text, encoding="utf-8", errors="replace")
        if handed.time:
            (place / "timestamp.txt").write_text(f"{handed.time.isoformat(sep=' ')} UTC", encoding="utf-8")
        return staged


def _digest(text: str) -> str:
    """By which it is known whether what was written has changed since somebody read it."""
    return hashlib.sha256(text.strip().encode(errors="replace")).hexdigest()[:16]


def serve(line, course: Course, limits: Limits, safe: bool) -> None:
    """Take submissions from a line until it says None, and send back the record of each."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    # What a library prints here would only tear the progress bar.
    sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    worker, waiting, open_still = Worker(course, limits, safe), deque(), True
    try:
        while open_still or waiting:
            while open_still and (len(waiting) < 2 and (not waiting or line.poll())):
                handed = line.recv()
                open_still = handed is not None
                if open_still:
                    waiting.append(_sure(handed, worker.prepare))
            if waiting:
                ready = waiting.popleft()
                done = ready if isinstance(ready, dict) else _sure(ready.handed, lambda _: worker.mark(ready))  # noqa: B023
                line.send(done)
    except (EOFError, OSError):
        pass  # whoever asked has gone
    finally:
        for ready in waiting:
            if isinstance(ready, Ready) and ready.box is not None:
                ready.box.close()


def _sure(handed: Handed, step):
    """A step that must not end the worker: whatever goes wrong becomes the record of this submission."""
    try:
        return step(handed)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        why = f"{type(error).__name__}: {str(error)[:200]} ({Path(where.filename).name}, line {where.lineno})"
        why = str(error) if isinstance(error, CourseError) else f"Marking itself failed on it: {why}"
        notes = [*handed.notes, why]
        return {"student": handed.student, "chapter": handed.chapter, "state": "failed", "notes": notes}


def _end_with(parent: int) -> None:
    """End this process, and by that its boxes, when the one that started it is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(0.5)
    with contextlib.suppress(Exception):
        os._exit(1)
