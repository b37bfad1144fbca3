"""The course folder as marking reads it: what was set, to whom, and what was handed in.

``instructor/assignment.json`` says what was set; ``submitted/`` is what students put there, and nothing of it
is trusted. Depends on ``catalyst.marking.key`` and ``restore``.
"""

import contextlib
import hashlib
import json
import os
import stat
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat

import catalyst
from catalyst.errors import CourseError
from catalyst.marking import key
from catalyst.release import write
from catalyst.studio.classroom.restore import check_ids, commented, written_ids

FORMAT = 1
LARGEST = 25 * 2**20  # bytes of a notebook handed in; one with its outputs cleared has some thousand
MOST_FILES, MOST_BYTES = 50, 20 * 2**20  # of what stands beside it
SECRET = "submission_secret.txt"  # by which nbgrader's exchange finds whose a page of feedback is
IGNORED = (".ipynb_checkpoints", "__pycache__", "data", ".DS_Store", "timestamp.txt", SECRET, "README.md")


@dataclass(frozen=True)
class Handed:
    """What one student handed in for one chapter.

    ``state`` is "whole", "empty", "missing" (files, but no notebook of this chapter) or "unreadable";
    ``notes`` say, each in one sentence, what is out of the ordinary.
    """

    student: str
    chapter: str
    state: str
    notes: tuple[str, ...] = ()
    notebook: Path | None = None
    extras: tuple[Path, ...] = ()
    time: datetime | None = None
    sha256: str = ""


@dataclass
class Course:
    """A course folder that ``assign`` made, checked as far as marking needs it."""

    root: Path
    told: dict
    chapters: list[str]
    students: dict[str, dict]
    due: datetime | None
    extensions: dict[str, datetime]
    policy: dict = field(default_factory=dict)

    @property
    def database(self) -> str:
        return f"sqlite:///{self.root / 'gradebook.db'}"

    @property
    def marking(self) -> Path:
        """Where marking keeps what it knows: a record for each submission, the lock, the policy."""
        return self.root / "instructor" / "marking"

    @property
    def course_id(self) -> str:
        return str(self.told.get("course_id", "catalyst"))

    def given(self, chapter: str, student: str) -> Path:
        """The folder of what a student was given: her own variant, or what all were given."""
        own = self.root / "variants" / student / chapter
        return own if own.is_dir() else self.root / "release" / chapter

    def model(self, chapter: str) -> Path:
        """The notebook of a chapter as it was released: to all, or in the first of the variants."""
        notebook = f"{chapter}.ipynb"
        places = [self.root / "release" / chapter / notebook]
        places += sorted((self.root / "variants").glob(f"*/{chapter}/{notebook}"))
        return next((path for path in places if path.is_file()), places[0])

    def asked(self, chapter: str) -> dict[str, tuple[str, float]]:
        """What is marked of a chapter, in order: its name and points, by nbgrader's id of the graded cell."""
        return self._graded(chapter)[0]

    def written(self, chapter: str) -> frozenset[str]:
        """Those of the graded cells that hold an answer in words, which a person marks."""
        return self._graded(chapter)[1]

    def commented(self, chapter: str) -> dict[str, str]:
        """The graded cell that a comment belongs to, by nbgrader's id of the cell it was written beside."""
        return self._graded(chapter)[2]

    def _graded(self, chapter: str) -> tuple[dict[str, tuple[str, float]], frozenset[str], dict[str, str]]:
        if chapter not in self._asked:
            release = nbformat.read(self.model(chapter), as_version=4)
            written = written_ids(release)
            names = check_ids(release) | written
            asked = {
                cell.metadata.nbgrader.grade_id: (name, float(cell.metadata.nbgrader.points))
                for cell in release.cells
                if (name := names.get(cell.metadata.get("nbgrader", {}).get("grade_id")))
            }
            self._asked[chapter] = asked, frozenset(written), commented(release)
        return self._asked[chapter]

    @cached_property
    def _asked(self) -> dict:
        return {}

    def keys(self, chapter: str, student: str) -> dict:
        """The key to a student's work on a chapter."""
        return self._key(chapter, student)[0]

    def key_hash(self, chapter: str, student: str) -> str:
        return self._key(chapter, student)[1]

    def _key(self, chapter: str, student: str) -> tuple[dict, str]:
        folder = self.root / "instructor" / "keys" / chapter
        own = folder / f"{student}.json"
        path = own if own.is_file() else folder / "all.json"
        if path not in self._read:
            if not path.is_file():
                raise CourseError(
                    f"There is no key for {student}'s work on {chapter} in {folder}: students who are not on "
                    "the roster have no data of their own, so their work cannot be marked."
                    if self.told.get("per_student")
                    else f"There is no key for {chapter} in {folder}: bring instructor/keys back from a copy."
                )
            try:
                content = key.read(path)
            except CourseError:
                raise CourseError(
                    f"The key {path} is damaged or of another version of the course: bring it back from a "
                    "copy."
                ) from None
            self._read[path] = content, content["sha256"]
        return self._read[path]

    @cached_property
    def _read(self) -> dict:
        return {}

    def name(self, student: str) -> str:
        """A student's name as people write it, or the id where none is known."""
        who = self.students.get(student, {})
        return " ".join(filter(None, (who.get("first_name"), who.get("last_name")))) or student


def open_course(folder: Path, other_version: bool = False) -> Course:
    """A course folder, ready to be marked.

    Raises
    ------
    CourseError
        If it is none, not whole, or of another version.
    """
    path = folder / "instructor" / "assignment.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        made_with, form = told["course_version"], told["format"]
        chapters, students = list(told["chapters"]), _students(told["students"])
        due = _moment(told.get("due"))
        extensions = {name: _moment(until) for name, until in (told.get("extensions") or {}).items()}
        extensions |= {n: _moment(one["extension"]) for n, one in students.items() if one.get("extension")}
        policy = dict(told.get("late") or {})
    except FileNotFoundError:
        if not folder.exists() and write.workspace(folder).exists():
            raise CourseError(
                f"{folder} is not finished: 'assign' is making it just now, or was stopped; wait for it, or "
                "give the same 'assign' command again, which takes it up."
            ) from None
        raise CourseError(
            f"There is no assignment in {folder}: name the folder that 'python3 course.py assign' made (it "
            "holds instructor/assignment.json)."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise CourseError(
            f"{path} cannot be read ({type(problem).__name__}): bring it back from a copy, or make the "
            "assignment again in a new folder; nothing was marked."
        ) from None
    if form != FORMAT:
        raise CourseError(
            f"{folder} has a course folder's format {form}, and this course knows format {FORMAT}: mark it "
            f"with version {made_with} of the course, which made it; nothing was marked."
        )
    if made_with != catalyst.__version__ and not other_version:
        raise CourseError(
            f"{folder} was made by version {made_with} of the course and this is {catalyst.__version__}, "
            "which may mark differently: mark it with that version, or add --other-version to mark what is "
            "not marked yet with this one; nothing was marked."
        )
    course = Course(folder, told, chapters, students, due, extensions, policy)
    saved = course.marking / "policy.json"
    if saved.is_file():
        with contextlib.suppress(ValueError, OSError):
            course.policy |= json.loads(saved.read_text(encoding="utf-8"))
    for chapter in chapters:
        if not course.model(chapter).is_file():
            raise CourseError(
                f"The release of {chapter} is not in {folder}: bring it back from a copy; nothing was marked."
            )
    return course


def _students(told: Any) -> dict[str, dict]:
    """Students by id, whether listed by id alone or with their names."""
    listed = told.values() if isinstance(told, dict) else told
    rows = [{"id": one} if isinstance(one, str) else dict(one) for one in listed]
    return {str(row["id"]): row for row in rows}


def _moment(text: str | None) -> datetime | None:
    """A moment in UTC, without its offset, as nbgrader's gradebook keeps it."""
    if not text:
        return None
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)


# --- what was handed in -----------------------------------------------------------------------------------


def submissions(course: Course) -> tuple[list[Handed], list[str]]:
    """Everything that stands in ``submitted/``, in a fixed order, and what was found there beside it.

    Returns
    -------
    list of Handed, list of str
        One for each folder of a student and chapter; then one sentence for each thing that is not marked.
    """
    folder = course.root / "submitted"
    found: list[Handed] = []
    notes: list[str] = []
    taken: dict[str, str] = {}
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    # Whoever is on the roster to the letter comes first, so that a look-alike cannot take the place.
    for entry in sorted(entries, key=lambda e: (e.name not in course.students, e.name)):
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_symlink() or not entry.is_dir():
            notes.append(f"submitted/{_shown(entry.name)} is not a student's folder, so it was left alone.")
            continue
        same = _folded(entry.name)
        if same in taken:
            notes.append(
                f"submitted/{_shown(entry.name)} is the same student as submitted/{_shown(taken[same])} (a "
                "duplicate): it was not marked. Put what counts into the one folder and mark again."
            )
            continue
        taken[same] = entry.name
        if entry.name != entry.name.strip() or "+" in entry.name or not entry.name.isprintable():
            notes.append(
                f"submitted/{_shown(entry.name)} has a name that nbgrader cannot take: it was not marked. "
                "Rename it to the student's id."
            )
            continue
        if entry.name not in course.students:
            notes.append(
                f"submitted/{_shown(entry.name)} is not on the roster; its work was marked all the same."
            )
        for chapter in course.chapters:
            place = entry / chapter
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                notes.append(
                    f"submitted/{_shown(entry.name)}/{chapter} is not a folder, so it was left alone."
                )
            elif place.is_dir():
                found.append(_handed(course, entry.name, chapter, place))
        for other in sorted(entry.iterdir()):
            if other.name not in course.chapters and not other.name.startswith("."):
                notes.append(
                    f"submitted/{_shown(entry.name)}/{_shown(other.name)} is not a chapter of this "
                    f"assignment, so it was left alone (its chapters are {', '.join(course.chapters)})."
                )
    return found, notes


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _shown(name: str) -> str:
    """A name from outside in a message: no line ends or codes of a terminal."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 80 else plain[:77] + "..."


def _handed(course: Course, student: str, chapter: str, place: Path) -> Handed:
    files, notes = _files(place)
    time, problem = _timestamp(place)
    notes += problem
    if not files:
        return Handed(
            student, chapter, "empty", (*notes, "The folder is empty: nothing was handed in."), time=time
        )
    notebook, note = _notebook(chapter, place, files)
    notes += note
    if notebook is None:
        return Handed(student, chapter, "missing", tuple(notes), time=time)
    extras = [path for path in files if path.suffix.lower() != ".ipynb"]
    extras, note = _extras(place, extras)
    notes += note
    size = notebook.stat().st_size
    digest = hashlib.sha256()
    if size > LARGEST:
        notes.append(
            f"{_shown(notebook.name)} is {size / 2**20:.0f} MB large, and at most {LARGEST // 2**20} MB are "
            "read: clear its outputs and hand it in again."
        )
        return Handed(student, chapter, "unreadable", tuple(notes), time=time)
    try:
        for path in [notebook, *(f for f in files if any(f == e or e in f.parents for e in extras))]:
            digest.update(f"{path.relative_to(place)}\0{path.stat().st_size}\0".encode(errors="replace"))
            digest.update(path.read_bytes())
    except OSError as error:
        notes.append(f"{_shown(notebook.name)} cannot be read: {error.strerror or error}.")
        return Handed(student, chapter, "unreadable", tuple(notes), time=time)
    return Handed(student, chapter, "whole", tuple(notes), notebook, tuple(extras), time, digest.hexdigest())


def _files(place: Path) -> tuple[list[Path], list[str]]:
    """The ordinary files in a folder; links, pipes and devices are named and never opened."""
    files, notes = [], []
    for top, folders, names in os.walk(place, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in IGNORED and not Path(top, f).is_symlink())
        for name in sorted(names):
            path = Path(top, name)
            if name in IGNORED or name.startswith("."):
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                notes.append(
                    f"{_shown(name)} is not an ordinary file (a link or a device), so it was left alone."
                )
            else:
                files.append(path)
            if len(files) > 2000:
                return files, [*notes, "There are more than 2,000 files; the rest was left alone."]
    return files, notes


def _timestamp(place: Path) -> tuple[datetime | None, list[str]]:
    """When it was handed in, as nbgrader's exchange writes it."""
    path = place / "timestamp.txt"
    if not path.exists() and not path.is_symlink():
        return None, []
    from nbgrader.utils import parse_utc

    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError
        return parse_utc(path.read_text(encoding="utf-8")[:100].strip()), []
    except (OSError, ValueError, OverflowError, TypeError):
        return None, [
            "timestamp.txt says no time that can be read, so the work is taken as handed in in time."
        ]


def _notebook(chapter: str, place: Path, files: list[Path]) -> tuple[Path | None, list[str]]:
    """The notebook of the chapter, under its own name or plainly renamed."""
    wanted = place / f"{chapter}.ipynb"
    notebooks = [path for path in files if path.suffix.lower() == ".ipynb"]
    if wanted in notebooks:
        others = [_shown(path.name) for path in notebooks if path != wanted]
        more = [f"{', '.join(others[:5])} also stands there and was not marked."] if others else []
        return wanted, more
    ours = [path for path in notebooks if _is_of(path, chapter)]
    if len(ours) == 1:
        return ours[0], [
            f"The notebook was handed in as {_shown(ours[0].name)}; it was marked as {chapter}.ipynb."
        ]
    if len(ours) > 1:
        names = ", ".join(_shown(path.name) for path in ours[:5])
        return None, [
            f"{chapter}.ipynb is missing and {names} might each be it: name the one that counts "
            f"{chapter}.ipynb."
        ]
    there = ", ".join(_shown(path.name) for path in files[:5])
    return None, [f"{chapter}.ipynb is missing (the folder holds {there}), so there is nothing to mark."]


def _is_of(path: Path, chapter: str) -> bool:
    """Whether a notebook under another name has the chapter's own check cells."""
    with contextlib.suppress(OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
        if path.stat().st_size <= LARGEST:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            ids = [cell.get("metadata", {}).get("catalyst", {}).get("id", "") for cell in cells]
            return any(str(identity).startswith(f"{chapter}.") for identity in ids)
    return False


def _extras(place: Path, files: list[Path]) -> tuple[list[Path], list[str]]:
    """Files and folders handed in beside the notebook, as far as they are few and small."""
    size = sum(path.stat().st_size for path in files)
    if len(files) > MOST_FILES or size > MOST_BYTES:
        return [], [
            f"{len(files)} other files of {size / 2**20:.0f} MB stand beside the notebook, which is more "
            f"than is taken ({MOST_FILES} files, {MOST_BYTES // 2**20} MB): it was run without them."
        ]
    tops = dict.fromkeys(place / path.relative_to(place).parts[0] for path in files)
    # A folder is taken whole, so one with a link or a device in it is not taken.
    sound = [
        top
        for top in tops
        if top.is_file()
        or all(stat.S_ISREG(p.lstat().st_mode) or stat.S_ISDIR(p.lstat().st_mode) for p in top.rglob("*"))
    ]
    return sound, []
