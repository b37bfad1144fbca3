"""The roster: who is in the class, from a CSV file as a spreadsheet or a learning platform saves it.

An id becomes the name of a folder on every student's and every marker's machine, so it is held to what all
systems take; names are for people to read and may be anything that can be read. Depends on nothing.
"""

import csv
import difflib
import io
import re
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.studio.classroom.dates import moment

# The columns of nbgrader's own list of students, and ours; other names under which platforms export them.
COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id", "extension")
ALIASES = {
    "student_id": "id", "studentid": "id", "username": "id", "user": "id", "login": "id",
    "sis_login_id": "id", "sis_user_id": "lms_user_id", "firstname": "first_name", "given_name": "first_name",
    "lastname": "last_name", "surname": "last_name", "family_name": "last_name", "e-mail": "email",
    "email_address": "email", "mail": "email", "extended_until": "extension",
}  # fmt: skip
MOST_STUDENTS, MOST_BYTES, LONGEST = 5_000, 5_000_000, 200
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}[A-Za-z0-9]|[A-Za-z0-9]")
# Windows keeps these for devices, whatever stands after a dot; 'all' is the variant of a whole class.
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]|all)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Student:
    """One person of the class. ``extension`` is a moment in UTC (ISO 8601), or None."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    extension: str | None = None

    def plain(self) -> dict:
        """As JSON holds it."""
        return asdict(self)


def read(path: Path) -> list[Student]:
    """The students of a roster, in the file's order.

    Parameters
    ----------
    path : Path
        A CSV file with a header; a column ``id`` (or ``username`` and the like) is needed, ``first_name``,
        ``last_name``, ``email``, ``lms_user_id`` and ``extension`` are taken, others are left alone.

    Raises
    ------
    CourseError
        On the first thing that is wrong: one sentence with the line of the file.
    """
    header, lines = _table(path)
    columns = _columns(path, header)
    students: list[Student] = []
    ids: dict[str, tuple[int, str]] = {}
    mails: dict[str, int] = {}
    for number, line in lines:
        here = f"{path.name}, line {number}"
        if len(line) > len(header):
            raise CourseError(
                f"{here}: there are {len(line)} fields under {len(header)} headings; put quotes round a name "
                "that holds a comma."
            )
        given = {name: _cell(here, name, line[at] if at < len(line) else "") for name, at in columns.items()}
        student = _student(here, given)
        # Windows and macOS take Ann and ann for one folder.
        same = ids.setdefault(student.id.casefold(), (number, student.id))
        if same[0] != number:
            alike = "" if same[1] == student.id else f" ('{same[1]}', which some systems take for the same)"
            raise CourseError(
                f"{here}: the id '{student.id}' stands in line {same[0]} already{alike}; each student needs "
                "an id of her own, once."
            )
        if student.email and mails.setdefault(student.email.casefold(), number) != number:
            raise CourseError(
                f"{here}: the e-mail {student.email} stands in line {mails[student.email.casefold()]} "
                "already; correct it, or leave it empty."
            )
        students.append(student)
    if not students:
        raise CourseError(f"{path.name} has a header and no students: add one line for each student.")
    if len(students) > MOST_STUDENTS:
        raise CourseError(f"{path.name} has {len(students):,} students, and the most is {MOST_STUDENTS:,}.")
    return students


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the lines that are not empty, each with its number in the file."""
    text = _text(path)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        told = [(lines.line_num, line) for line in lines]
    except csv.Error as error:
        raise CourseError(f"{path.name} cannot be read as CSV ({error}): save it again as CSV.") from None
    told = [(number, line) for number, line in told if any(cell.strip() for cell in line)]
    if not told:
        raise CourseError(f"{path.name} is empty: it needs a header such as 'id,first_name,last_name,email'.")
    return told[0][1], told[1:]


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise CourseError(f"{path} is a folder: name the CSV file of the roster with --students.")
        content = path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"There is no roster {path}: name the CSV file with --students.") from None
    except OSError as error:
        raise CourseError(f"The roster {path} cannot be read: {error.strerror or error}.") from None
    if len(content) > MOST_BYTES:
        raise CourseError(f"{path.name} is larger than any roster: name the CSV file of the class.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise CourseError(f"{path.name} is a workbook: save the sheet with the students as CSV (UTF-8).")
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(
            f"{path.name} is not in UTF-8, so names with accents would be spoiled: save it as 'CSV UTF-8'."
        ) from None
    if "\0" in text:
        raise CourseError(f"{path.name} is not a text file: save the list of students as CSV (UTF-8).")
    return text


def _delimiter(text: str) -> str:
    """Comma, or what a spreadsheet in another country writes in its place."""
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """Where each column that is used stands."""
    found: dict[str, int] = {}
    for at, heading in enumerate(header):
        name = re.sub(r"[\s_]+", "_", heading.strip().lower())
        name = ALIASES.get(name, name)
        if name in COLUMNS:
            if name in found:
                raise CourseError(f"{path.name} has two columns for '{name}': leave one of them out.")
            found[name] = at
    for heading in header:
        name = re.sub(r"[\s_]+", "_", heading.strip().lower())
        near = difflib.get_close_matches(name, [c for c in COLUMNS if c not in found], n=1, cutoff=0.8)
        # A column that is nearly an extension must not be passed over in silence.
        if near and ALIASES.get(name, name) not in COLUMNS:
            raise CourseError(f"{path.name} has a column '{heading.strip()}': is '{near[0]}' meant?")
    if "id" not in found:
        raise CourseError(
            f"{path.name} has no column 'id' (its headings: {', '.join(h.strip() for h in header)[:120]}): "
            "add one with a short name for each student, such as the login name."
        )
    return found


def _cell(here: str, name: str, text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    # Line ends, control characters, and marks that turn the direction of a line or hide in it.
    odd = next((c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")), None)
    if odd is not None:
        raise CourseError(
            f"{here}: {name} holds a character that cannot be seen (U+{ord(odd):04X}); type it again."
        )
    if len(text) > LONGEST:
        raise CourseError(f"{here}: {name} is {len(text)} characters long; the most is {LONGEST}.")
    return text


def _student(here: str, given: dict[str, str]) -> Student:
    identity = given["id"]
    if not identity:
        who = " ".join(filter(None, (given.get("first_name"), given.get("last_name"))))
        raise CourseError(f"{here}: {who or 'this student'} has no id; give one, such as the login name.")
    if not ID.fullmatch(identity) or ".." in identity:
        raise CourseError(
            f"{here}: the id '{identity[:60]}' cannot name a folder; use letters without accents, digits, "
            "dot, hyphen, underscore or @, up to 64, such as the login name (names may have accents)."
        )
    if RESERVED.fullmatch(identity):
        raise CourseError(f"{here}: the id '{identity}' is kept for something else; add a letter to it.")
    late = given.get("extension", "")
    until = moment(late, f"{here}: extension") if late else None
    return Student(
        identity,
        *(given.get(name, "") for name in ("first_name", "last_name", "email", "lms_user_id")),
        extension=until,
    )
