"""The class's marks as tables: ``marks.csv``, and the layouts that Moodle and Canvas import.

Moodle: Grades > Import > CSV file; its columns are mapped to fields of the user ("ID number", "Email
address") and to grade items on upload (https://docs.moodle.org/405/en/Grade_import).
Canvas: Gradebook > Import; the header begins Student, ID, SIS User ID, SIS Login ID, Section, then the
assignments, and a row "Points Possible" may follow it (lib/gradebook_importer.rb of instructure/canvas-lms).
Depends on ``gradebook``.
"""

import csv
import io
from pathlib import Path

from catalyst.studio.classroom.folder import Course
from catalyst.studio.classroom.gradebook import Mark, late_words
from catalyst.studio.exercises import write_whole


def write(course: Course, marks: dict[tuple[str, str], Mark], records: list[dict]) -> list[Path]:
    """Write the three tables into the course folder and return where they are."""
    state = {(record["student"], record["chapter"]): record["state"] for record in records}
    written = []
    for name, rows in (
        ("marks.csv", ours(course, marks, state)),
        ("marks_moodle.csv", moodle(course, marks, state)),
        ("marks_canvas.csv", canvas(course, marks, state)),
    ):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([[safe(cell) for cell in row] for row in rows])
        write_whole(course.root / name, text.getvalue())
        written.append(course.root / name)
    return written


def class_list(course: Course, marks: dict[tuple[str, str], Mark]) -> list[str]:
    """Everybody: the roster in its own order, then who handed in without being on it."""
    others = sorted({student for student, _ in marks} - set(course.students))
    return [*course.students, *others]


def points_of(course: Course, chapter: str) -> float:
    """All the points of a chapter."""
    return sum(points for _, points in course.asked(chapter).values())


def counts(mark: Mark | None, state: str | None) -> bool:
    """Whether there is a mark to give out: nothing handed in, or not marked yet, is no zero."""
    return mark is not None and state not in (None, "failed") and mark.marked


def ours(course: Course, marks: dict, state: dict) -> list[list]:
    """A row for each student: each exercise, and for each chapter penalty, total, lateness and state."""
    header = ["student", "first_name", "last_name", "email"]
    for chapter in course.chapters:
        header += [name for name, _ in course.asked(chapter).values()]
        header += [f"{chapter} {part}" for part in ("penalty", "total", "of", "late", "state")]
    rows = [header]
    for student in class_list(course, marks):
        who = course.students.get(student, {})
        row = [student, who.get("first_name", ""), who.get("last_name", ""), who.get("email", "")]
        for chapter in course.chapters:
            mark, now = marks.get((student, chapter)), state.get((student, chapter))
            given = counts(mark, now)
            unread = mark.unread if given else []
            for cell in course.asked(chapter):
                row.append(_number(mark.points.get(cell)) if given and cell not in unread else "")
            row += [_number(mark.penalty), _number(mark.total)] if given and not unread else ["", ""]
            row += [_number(points_of(course, chapter)), late_words(mark.late) if mark else ""]
            state_now = WORDS.get(now, now) if now else "not handed in"
            row.append(f"{len(unread)} to be read" if unread else state_now)
        rows.append(row)
    return rows


WORDS = {
    "empty": "empty folder",
    "missing": "notebook missing",
    "unreadable": "cannot be read",
    "failed": "not marked",
}


def moodle(course: Course, marks: dict, state: dict) -> list[list]:
    """Moodle finds a student by ID number or e-mail; a blank grade leaves what stands there."""
    header = ["First name", "Last name", "ID number", "Email address", *course.chapters]
    rows = [header]
    for student in class_list(course, marks):
        who = course.students.get(student, {})
        row = [who.get("first_name", ""), who.get("last_name", ""), who.get("lms_user_id") or student]
        rows.append([*row, who.get("email", ""), *_totals(course, student, marks, state)])
    return rows


def canvas(course: Course, marks: dict, state: dict) -> list[list]:
    """Canvas finds a student by its own ID, the SIS IDs or the name."""
    fixed = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    possible = [_number(points_of(course, chapter)) for chapter in course.chapters]
    rows = [[*fixed, *course.chapters], ["    Points Possible", "", "", "", "", *possible]]
    for student in class_list(course, marks):
        who = course.students.get(student, {})
        names = [who.get("last_name"), who.get("first_name")]
        name = ", ".join(filter(None, names)) or student
        row = [name, "", who.get("lms_user_id", ""), student, ""]
        rows.append([*row, *_totals(course, student, marks, state)])
    return rows


def _totals(course: Course, student: str, marks: dict, state: dict) -> list[str]:
    places = [(student, chapter) for chapter in course.chapters]
    # A total without what is still to be read would be taken for the whole.
    return [
        _number(marks[p].total) if counts(marks.get(p), state.get(p)) and not marks[p].unread else ""
        for p in places
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def safe(cell) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a name begins with."""
    text = str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t", "\r") else text
