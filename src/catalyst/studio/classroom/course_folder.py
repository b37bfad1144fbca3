"""The course folder of an assignment: nbgrader's layout, its gradebook, and what is only the instructor's.

Put together in a hidden folder beside the wanted one and renamed at the end. Depends on nbgrader.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import catalyst
from catalyst.errors import CourseError
from catalyst.release import write
from catalyst.studio.classroom import dates
from catalyst.studio.classroom.chapter import Chapter
from catalyst.studio.classroom.environment import setting
from catalyst.studio.classroom.lock import alone
from catalyst.studio.classroom.roster import Student

FORMAT = 1
TOLD = Path("instructor", "assignment.json")
COURSE = "catalyst"
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


def read(folder: Path) -> dict:
    """What ``instructor/assignment.json`` of a course folder says.

    Raises
    ------
    CourseError
        If this is no course folder, it cannot be read, or another version of the course made it.
    """
    try:
        told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        form, version = int(told["format"]), str(told["course_version"])
    except FileNotFoundError:
        raise CourseError(
            f"{folder} is no course folder of an assignment ({TOLD.as_posix()} is not there): name the "
            "folder that 'python3 course.py assign ... --out DIR' made."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(
            f"{folder / TOLD} cannot be read, so nothing was changed: fetch it from a copy of the folder."
        ) from None
    if form != FORMAT:
        raise CourseError(
            f"{folder} was made by version {version} of the course in another layout ({form}, and this is "
            f"{FORMAT}): use that version with it; nothing was changed."
        )
    return told


def save(folder: Path, told: dict) -> None:
    """Writes ``instructor/assignment.json``, whole or not at all."""
    with write.plainly(folder):
        (folder / TOLD).parent.mkdir(parents=True, exist_ok=True)
        write.atomic(folder / TOLD, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())


def told_of(
    chapters: list[Chapter],
    arguments: dict,
    students: list[Student],
    seed: int,
    due: str | None,
    worlds: dict,
) -> dict:
    """What ``assignment.json`` says of an assignment, before its releases are known."""
    return {
        "format": FORMAT,
        "course_version": catalyst.__version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "course_id": COURSE,
        "chapters": [chapter.id for chapter in chapters],
        "seed": seed,
        "per_student": arguments["per_student"],
        "due": due,
        "points": {name: points for chapter in chapters for name, points in chapter.points.items()},
        "written": {name: points for chapter in chapters for name, points in chapter.written.items()},
        "students": [student.plain() for student in students],
        "world": worlds,
        "releases": [],
        "arguments": arguments,
    }


def furnish(folder: Path, chapters: list[Chapter], students: list[Student], due: str | None) -> None:
    """Writes the configuration and registers chapters, cells, points and students in the gradebook.

    Parameters
    ----------
    folder : Path
        The course folder, with ``source/<chapter>/<chapter>.ipynb`` in it.
    """
    from nbgrader.api import Gradebook

    from catalyst.studio.assignments import generate

    config = (TEMPLATES / "assignment_nbgrader_config.py.txt").read_bytes()
    write.atomic(folder / "nbgrader_config.py", config)
    path = folder / "gradebook.db"
    path.unlink(missing_ok=True)
    until = dates.naive(due) if due else None
    # nbgrader starts alembic by its name, which is beside this Python and need not be on the path.
    here = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with setting(PATH=here), Gradebook(f"sqlite:///{path}", COURSE) as gradebook:
        for chapter in chapters:
            gradebook.add_assignment(chapter.id, duedate=until, course_id=COURSE)
    register(folder, students)
    for chapter in chapters:
        generate(folder / "source" / chapter.id / f"{chapter.id}.ipynb", gradebook=path)
    for private in (folder / "source", folder / "instructor"):
        private.chmod(0o700)  # on a shared machine they are the instructor's alone
    path.chmod(0o600)


def register(folder: Path, students: list[Student]) -> None:
    """Puts students into the gradebook, or corrects what it says of them; nobody is taken out."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", COURSE) as gradebook:
        for student in students:
            names = ("first_name", "last_name", "email", "lms_user_id")
            told = {name: getattr(student, name) or None for name in names}
            gradebook.update_or_create_student(student.id, **told)


def extend(folder: Path, student: str, until: str | None) -> dict:
    """Gives one student more time, or takes it back.

    Parameters
    ----------
    folder : Path
        The course folder.
    student : str
        The student's id.
    until : str or None
        The moment by which the work is due for her (UTC, ISO 8601); None for the date of all.

    Returns
    -------
    dict
        The student as she stands in the assignment now.

    Raises
    ------
    CourseError
        If there is no such student.
    """
    from catalyst.marking.nearest import nearest

    read(folder)  # before anything is written into what may be no course folder
    with alone(folder):
        told = read(folder)
        found = next((one for one in told["students"] if one["id"] == student), None)
        if found is None:
            near = nearest(student, [one["id"] for one in told["students"]])
            hint = f" Did you mean '{near}'?" if near else ""
            raise CourseError(f"There is no student '{student[:60]}' in {folder}.{hint}")
        found["extension"] = until
        save(folder, told)
        return found
