"""Marking capstones: a sheet with a row a student and the rubric's five criteria, and its totals.

What was handed in is verified as far as files can tell: each registered text has its hash, the entries hang
together, and nothing that shows outcomes is older than the first registration. Files cannot tell whether a
clock was set back, whether the world was made twice, or who wrote what. Depends on the roster, ``capstone``
and ``capstone_forms``.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.studio import capstone, capstone_facts, capstone_pack
from catalyst.studio.classroom import exports, roster

FIXED = ["id", "first_name", "last_name", "handed_in", "seed", "question", "registered_utc", "amendments"]
VERIFIED = ["hashes_fit", "registered_before_outputs", "notes"]
MOST_BYTES = 50_000_000
CANNOT = (
    "Files cannot tell whether a clock was set back, whether the world was made a second time from its "
    "seed, or who "
    "wrote what: ask in the talk."
)


def criteria() -> dict[str, int]:
    """The headings of the sheet's criteria and their maxima."""
    return {f"{row['criterion']} (0-{row['most']})": int(row["most"]) for row in capstone_facts.rubric()}


def sheet(path: Path, handed_in: Path | None, out: Path) -> list[str]:
    """Writes a marking sheet for a roster, and verifies the zips of a folder if there is one.

    Returns
    -------
    list of str
        What is to be said: how many, and whatever needs a look.

    Raises
    ------
    CourseError
        If the roster or the folder cannot be read, or the sheet is there already.
    """
    if not path.exists():
        raise CourseError(f"There is no roster {path}: name the CSV file of the class with --marking-sheet.")
    students = roster.read(path)
    found, strange = _matched(students, handed_in) if handed_in else ({}, [])
    rows, told, seeds = [], [], {}
    for student in students:
        row = {"id": student.id, "first_name": student.first_name, "last_name": student.last_name}
        files = found.get(student.id, [])
        row["handed_in"] = "; ".join(file.name for file in files)
        if len(files) == 1:
            row |= verify(files[0])
            seeds.setdefault(row.get("seed"), []).append(student.id)
        elif files:
            row["notes"] = "more than one file: keep the one that counts and make the sheet again"
        if row.get("notes"):
            told.append(f"{student.id}: {row['notes']}.")
        rows.append(row)
    told += [
        f"The same seed ({seed}) was used by {', '.join(ids)}: each study should have a world of its own."
        for seed, ids in seeds.items()
        if seed not in (None, "") and len(ids) > 1
    ]
    told += [f"{name} fits nobody on the roster: name it after the student's id." for name in strange]
    header = [*FIXED, *VERIFIED, *criteria(), "total"]
    _write(out, [header, *([row.get(name, "") for name in header] for row in rows)])
    count = sum(bool(row["handed_in"]) for row in rows)
    return [f"{len(rows)} students, {count} handed in: {out}", *told, *([CANNOT] if handed_in else [])]


def _matched(students: list, folder: Path) -> tuple[dict[str, list[Path]], list[str]]:
    """The zips of each student, and the names of those that fit nobody; platforms add words to a name."""
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".zip")
    except OSError as error:
        raise CourseError(f"The folder {folder} cannot be read: {error.strerror or error}.") from None
    if not files:
        raise CourseError(f"There is no zip in {folder}: name the folder with what was handed in.")
    ids = {student.id.casefold(): student.id for student in students}
    found: dict[str, list[Path]] = {}
    strange = []
    for path in files:
        stem = path.stem.casefold()
        parts = {stem, *re.split(r"[\s_()]+", stem)}
        fits = [ids[stem]] if stem in ids else [ids[part] for part in parts if part in ids]
        if len(fits) == 1:
            found.setdefault(fits[0], []).append(path)
        else:
            strange.append(path.name)
    return found, strange


def verify(path: Path) -> dict:
    """What the files of one zip tell: seed, question, dates, whether hashes fit, and what needs a look."""
    try:
        files = _files(path)
        note, told = json.loads(files[capstone.NOTE]), json.loads(files[capstone.REGISTER])
        packed = json.loads(files[capstone_pack.NOTE])["files"]
        entries = told["entries"]
        first = _moment(entries[0]["utc"])
        row = {
            "seed": note["seed"],
            "question": told["question"],
            "registered_utc": entries[0]["utc"],
            "amendments": len(entries) - 1,
        }
        wrong = _hash_faults(files, note, entries)
        early = _early(files, told, packed, first)
        notes = wrong + early
        for name, entry in packed.items():
            if hashlib.sha256(files.get(name, b"")).hexdigest() != entry["sha256"]:
                notes.append(f"{name} was changed after packing")
    except KeyError as error:
        return {"hashes_fit": "no", "notes": f"{error.args[0]} is missing"}
    except (OSError, ValueError, TypeError, IndexError, AttributeError, RuntimeError, zipfile.BadZipFile):
        return {"hashes_fit": "no", "notes": "cannot be read as a study"}
    late = sum(entry["outcomes_were_written"] is True for entry in entries)
    if late:
        notes.append(f"{late} amended after outcomes were written: read the reasons")
    return row | {
        "hashes_fit": "no" if wrong else "yes",
        "registered_before_outputs": "no" if early else "as far as files tell",
        "notes": "; ".join(notes),
    }


def _files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > MOST_BYTES:
            raise ValueError("too large")
        return {entry.filename: packed.read(entry) for entry in packed.infolist() if not entry.is_dir()}


def _hash_faults(files: dict[str, bytes], note: dict, entries: list[dict]) -> list[str]:
    """Where a registered text, the chain of entries or the data's hash do not fit."""
    found, before = [], None
    for entry in entries:
        name = f"registration {entry['number']}"
        if hashlib.sha256(files[entry["kept_as"]]).hexdigest() != entry["sha256"]:
            found.append(f"{name} does not fit its protocol")
        expected = hashlib.sha256(capstone.as_json(before)).hexdigest() if before else None
        if entry["entry_before_sha256"] != expected:
            found.append(f"{name} does not follow on the one before")
        if before and _moment(entry["utc"]) < _moment(before["utc"]):
            found.append(f"{name} is dated before the one before it")
        if entry["data_content_hash"] != note["data_content_hash"]:
            found.append(f"{name} is for other data")
        before = entry
    if hashlib.sha256(files["protocol.md"]).hexdigest() != entries[-1]["sha256"]:
        found.append("protocol.md is not the text registered last")
    return found


def _early(files: dict[str, bytes], told: dict, packed: dict, first: datetime) -> list[str]:
    """Traces of outcomes that are older than the first registration."""
    found = []
    if not told["outcomes"]:
        found.append("no outcomes were written")
    elif _moment(told["outcomes"]["utc"]) < first:
        found.append("outcomes were written before the protocol was registered")
    for name, entry in packed.items():
        if name.startswith("outputs/") and _moment(entry["changed_utc"]) < first:
            found.append(f"{name} is older than the registration")
    tables = re.compile("|".join(map(re.escape, capstone_facts.sealed())))
    for cell in json.loads(files["analysis.ipynb"])["cells"]:
        times = cell.get("metadata", {}).get("execution", {}).values()
        if tables.search("".join(cell["source"])) and any(_moment(time) < first for time in times):
            found.append("a cell of analysis.ipynb that names outcomes was run before the registration")
            break
    return found


def _moment(text: str) -> datetime:
    made = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if made.tzinfo is None:
        raise ValueError("a moment without its zone")
    return made


def totals(path: Path, out: Path) -> list[str]:
    """Checks a filled sheet against the maxima and writes it with totals; an empty row stays without one.

    Raises
    ------
    CourseError
        On the first thing that is wrong, with the student's id; then nothing is written.
    """
    header, rows = _read(path)
    most = criteria()
    made, done = [], []
    for row in rows:
        who = row["id"] or "a row without an id"
        given = {name: (row[name] or "").strip() for name in most}
        empty = [name.partition(" ")[0] for name, text in given.items() if not text]
        if empty and len(empty) < len(most):
            raise CourseError(f"{path.name}, {who}: no points for {', '.join(empty)}; give them, or 0.")
        points = {} if empty else {name: _points(path, who, name, text) for name, text in given.items()}
        for name, value in points.items():
            if value > most[name]:
                raise CourseError(
                    f"{path.name}, {who}: {value:g} points for {name.partition(' ')[0]}, and the most is "
                    f"{most[name]}."
                )
        made.append(row | {"total": f"{sum(points.values()):g}" if points else ""})
        done += [sum(points.values())] if points else []
    _write(out, [header, *([row.get(name) or "" for name in header] for row in made)])
    if not done:
        return [f"Nobody has points yet: {out}"]
    return [
        f"{len(done)} of {len(rows)} marked, totals from {min(done):g} to {max(done):g} of "
        f"{sum(most.values())}: {out}"
    ]


def _read(path: Path) -> tuple[list[str], list[dict]]:
    """The headings and rows of a sheet that this room has made."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        rows, header = list(lines), list(lines.fieldnames or [])
    except FileNotFoundError:
        raise CourseError(f"There is no sheet {path}: make one with --marking-sheet ROSTER.csv.") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"The sheet {path} cannot be read as CSV in UTF-8: {error}.") from None
    lacking = [name for name in ("id", *criteria(), "total") if name not in header]
    if lacking:
        raise CourseError(
            f"{path.name} has no column '{lacking[0]}': use the sheet of --marking-sheet as it is."
        )
    ids = [row["id"] for row in rows]
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice is not None:
        raise CourseError(f"{path.name} has the student '{twice}' twice: leave one row.")
    return header, rows


def _points(path: Path, who: str, name: str, text: str) -> float:
    """Points as people write them: whole or in halves, with a point or a comma."""
    if not re.fullmatch(r"[0-9]{1,3}([.,][05])?", text):
        raise CourseError(
            f"{path.name}, {who}: '{text[:20]}' for {name.partition(' ')[0]} is no number of points, whole "
            "or half."
        )
    return float(text.replace(",", "."))


def _write(out: Path, rows: list[list]) -> None:
    from catalyst.release import write

    if out.exists():
        raise CourseError(f"{out} is there already and was left as it is: name another file with --out.")
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([[exports.safe(cell) for cell in row] for row in rows])
    with write.plainly(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write.atomic(out, text.getvalue().encode("utf-8"))
