"""nbgrader's gradebook of a course folder: what was set, and every mark with its lateness.

Marks are written by nbgrader's own autograder. Here are what goes before (assignment, students, cells) and
after (extensions, penalties), and the reading of marks for tables and reports. Depends on ``folder``.
"""

import math
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import SaveCells

from catalyst.studio.classroom.folder import Course, Handed
from catalyst.studio.classroom.nbgrading import read

DAY = 86_400


@dataclass
class Mark:
    """The marks of one student's work on one chapter, as the gradebook has them.

    ``points``, ``automatic``, ``by_hand`` and ``of`` are by nbgrader's id of the cell, ``comments`` (what
    somebody wrote about an answer) too; ``late`` is seconds past the date due, an extension counted;
    ``total`` is what counts. ``unread`` are the answers in words that nobody has marked yet.
    """

    student: str
    chapter: str
    points: dict[str, float] = field(default_factory=dict)
    automatic: dict[str, float | None] = field(default_factory=dict)
    by_hand: dict[str, float] = field(default_factory=dict)
    of: dict[str, float] = field(default_factory=dict)
    written: frozenset[str] = frozenset()
    comments: dict[str, str] = field(default_factory=dict)
    penalty: float = 0.0
    late: float = 0.0

    @property
    def marked(self) -> bool:
        """Whether the marking has been there: nothing that it marks is without points."""
        return all(score is not None or cell in self.written for cell, score in self.automatic.items())

    @property
    def unread(self) -> list[str]:
        # Where nothing was written nbgrader puts down nought by itself.
        open_still = self.written - self.by_hand.keys()
        return [cell for cell, score in self.automatic.items() if score is None and cell in open_still]

    @property
    def total(self) -> float:
        return max(0.0, sum(self.points.values()) - self.penalty)


def open_book(course: Course) -> Gradebook:
    """The gradebook; nbgrader makes a new one with the command ``alembic``, which must be found for that."""
    scripts = str(Path(sys.executable).parent)
    if scripts not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])
    return Gradebook(course.database, course.course_id)


def prepare(course: Course) -> None:
    """Put into the gradebook what is set and to whom, where it does not stand there yet."""
    with open_book(course) as book:
        for identity, who in course.students.items():
            names = {part: who[part] for part in ("first_name", "last_name", "email") if who.get(part)}
            if who.get("lms_user_id"):
                names["lms_user_id"] = who["lms_user_id"]
            book.update_or_create_student(identity, **names)
        for chapter in course.chapters:
            # Set on the object: nbgrader reads a moment given by keyword in the zone of this machine.
            book.update_or_create_assignment(chapter).duedate = course.due
            book.db.commit()
        lacking = []
        for chapter in course.chapters:
            try:
                lacking += [chapter] if not book.find_notebook(chapter, chapter).grade_cells else []
            except MissingEntry:
                lacking.append(chapter)
    for chapter in lacking:
        names = {"notebook": chapter, "assignment": chapter, "db_url": course.database, "student": "."}
        release = read(course.model(chapter))
        SaveCells().preprocess(release, {"nbgrader": names})


def none_for(course: Course, handed: Handed) -> None:
    """Put down no points for work in which there was nothing to mark."""
    with open_book(course) as book:
        book.update_or_create_student(handed.student)
        time = {"timestamp": handed.time} if handed.time else {}
        book.update_or_create_submission(handed.chapter, handed.student, **time)
        notebook = book.find_submission_notebook(handed.chapter, handed.chapter, handed.student)
        for grade in notebook.grades:
            grade.auto_score, grade.needs_manual_grade = 0.0, False
        book.db.commit()


def settle(course: Course, handed: list[Handed]) -> None:
    """Set times, extensions and penalties of all that was handed in, as they are now.

    A penalty is so many percent of the marks for each day begun after the date due, at most all of
    them; without such a rule lateness is told and costs nothing.
    """
    times = {(one.student, one.chapter): one.time for one in handed}
    percent = float(course.policy.get("percent_a_day", 0))
    most = float(course.policy.get("most_percent", 100))
    with open_book(course) as book:
        for chapter in course.chapters:
            for submission in (
                book.db.query(SubmittedAssignment).join(Assignment).filter(Assignment.name == chapter)
            ):
                student = submission.student_id
                submission.timestamp = times.get((student, chapter)) or submission.timestamp
                until = course.extensions.get(student)
                submission.extension = (
                    until - course.due if until and course.due and until > course.due else None
                )
                late = submission.total_seconds_late if course.due else 0
                share = min(most, percent * math.ceil(late / DAY)) / 100
                for notebook in submission.notebooks:
                    notebook.late_submission_penalty = round(share * notebook.score, 2) if share else None
        book.db.commit()


def marks(course: Course) -> dict[tuple[str, str], Mark]:
    """Every mark of the class, by student and chapter."""
    found: dict[tuple[str, str], Mark] = {}
    with open_book(course) as book:
        rows = (
            book.db.query(
                Student.id,
                Assignment.name,
                SubmittedAssignment,
                SubmittedNotebook.late_submission_penalty,
                BaseCell.name,
                Grade.auto_score,
                Grade.manual_score,
                Grade.score,
                Grade.max_score,
            )
            .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
        )
        for student, chapter, submission, penalty, cell, automatic, by_hand, score, most in rows:
            if chapter not in course.chapters:
                continue
            if (student, chapter) not in found:
                late = submission.total_seconds_late if course.due else 0
                found[student, chapter] = Mark(
                    student, chapter, written=course.written(chapter), penalty=penalty or 0.0, late=late
                )
            mark = found[student, chapter]
            mark.points[cell], mark.of[cell], mark.automatic[cell] = score, most, automatic
            if by_hand is not None:
                mark.by_hand[cell] = by_hand
        told = (
            book.db.query(Student.id, Assignment.name, BaseCell.name, Comment.manual_comment)
            .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
            .join(BaseCell, BaseCell.id == Comment.cell_id)
            .filter(Comment.manual_comment.isnot(None))
        )
        for student, chapter, cell, comment in told:
            graded = course.commented(chapter).get(cell) if (student, chapter) in found else None
            if graded and comment.strip():
                found[student, chapter].comments[graded] = comment.strip()
    return found


def late_words(seconds: float) -> str:
    """How late, in words; nothing if in time."""
    if seconds <= 0:
        return ""
    told = timedelta(seconds=round(seconds))
    hours, minutes = divmod(told.seconds // 60, 60)
    parts = [(told.days, "day"), (hours, "hour"), (minutes, "minute")]
    words = [f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n][:2]
    return "late by " + (" ".join(words) or "less than a minute")
