"""What students receive of a chapter: the notebook, the data that it reads, and a README. No key, no seed.

Depends on the masters, nbgrader's preprocessors (through ``assignments``) and the release's own words.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbformat
import pyarrow as pa
from pyarrow import csv as arrow_csv

import catalyst
from catalyst.marking import key as keys
from catalyst.release import describe, manifest, schema, write
from catalyst.studio import masters
from catalyst.studio.classroom import dates
from catalyst.studio.classroom.chapter import Chapter

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
NOTE = "assignment-note"
WRITTEN = "written"  # ends nbgrader's id of a cell in which an answer in words is due
AWAY = re.compile(r"\[([^\]]+)\]\((?:\.\./)+([^)]+)\)")


def source(chapter: Chapter, due: str | None) -> str:
    """The master as it stands in the course folder: with a note on top, the points given, no dead links.

    Returns
    -------
    str
        The text of the notebook file, with solutions and known mistakes: for the instructor alone.
    """
    notebook = masters.read(chapter.master)
    for cell in notebook.cells:
        exercise = cell.metadata.get("catalyst", {}).get("id")
        if exercise in chapter.points and cell.cell_type == "code":
            cell.metadata["nbgrader"]["points"] = chapter.points[exercise]
        if cell.cell_type == "markdown":
            cell.source = AWAY.sub(r"\1 (in the course: `\2`)", cell.source)
    for exercise, points in chapter.written.items():
        _ask_in_words(notebook, exercise, points)
    told = f"It has {len(chapter.points)} exercises and {chapter.total} points."
    until = f" It is due on {dates.words(due)}." if due else ""
    note = nbformat.v4.new_markdown_cell(
        _template("assignment_note.md").format(points=told, due=until), id=NOTE
    )
    notebook.cells.insert(0, note)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _ask_in_words(notebook, exercise: str, points: int) -> None:
    """Puts a place for an answer in words below the check cell of an exercise, for a person to mark."""
    at = next(i for i, c in enumerate(notebook.cells) if c.metadata.get("catalyst", {}).get("id") == exercise)
    name = f"{exercise.replace('.', '-')}-{WRITTEN}"
    asked = _template("assignment_written.md").format(
        id=exercise, points=f"{points} point{'s' * (points != 1)}"
    )
    graded = {
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": points,
        "grade_id": name,
        "cell_type": "markdown",
        "schema_version": 3,
    }
    notebook.cells[at + 1 : at + 1] = [
        nbformat.v4.new_markdown_cell(asked, id=f"{name}-ask"),
        # nbgrader writes here, in the release, that this is the place.
        nbformat.v4.new_markdown_cell("", id=name, metadata={"nbgrader": graded}),
    ]


def data(
    core: dict[str, pa.Table], project: str | None, of_project: dict[str, pa.Table], flaws: str
) -> dict[str, bytes]:
    """The files of a variant's data, by their path in the release; the manifest holds no seed.

    Parameters
    ----------
    core, of_project : dict of Arrow tables
        The tables of the core extract, and of the project extract.
    project : str or None
        The name of the project extract.
    flaws : str
        The preset of flaws with which it is released.
    """
    out = {}
    more = {name: manifest.entry(table) for name, table in of_project.items()}
    there = manifest.summary({name: manifest.entry(table) for name, table in core.items()}, {})
    if more:
        # The core's hash alone would be that of nothing, and the same for everybody.
        other = manifest.summary(more, {"project": project, "flaws": flaws})
        told = f"{there['content_hash']}\0{other['content_hash']}"
        there["content_hash"] = hashlib.sha256(told.encode()).hexdigest()
        out |= _folder(f"data/projects/{project}", of_project, other)
    return _folder("data/synthetic", core, there) | out


def _folder(place: str, tables: dict[str, pa.Table], told: dict) -> dict[str, bytes]:
    out = {f"{place}/{name}.parquet": write.parquet(bare(table)) for name, table in tables.items()}
    if tables:  # else the core is there for its manifest alone, by which the data are found
        dictionary = BytesIO()
        arrow_csv.write_csv(describe.dictionary_table(list(tables)), dictionary)
        out[f"{place}/dictionary.csv"] = dictionary.getvalue()
        out[f"{place}/LIMITS.md"] = describe.limits(told).encode()
    return out | {f"{place}/manifest.json": manifest.text(told).encode()}


def bare(table: pa.Table) -> pa.Table:
    """A table without any metadata of its own or of its columns."""
    plain = [field.remove_metadata() for field in table.schema]
    return table.cast(pa.schema(plain)) if table.schema.metadata or plain != list(table.schema) else table


def documents(
    chapter: Chapter, notebook: str, key: dict, due: str | None, files: dict[str, bytes], own: bool
) -> dict[str, bytes]:
    """The notebook, the README and what ``check`` may know of each answer, by their path in the release.

    Parameters
    ----------
    notebook : str
        The exercise notebook, as nbgrader makes it.
    key : dict
        The key, of which the open part alone is given.
    files : dict
        The data, whose manifests say what is in them.
    own : bool
        Whether each student has data of her own.
    """
    manifests = [json.loads(content) for name, content in files.items() if name.endswith("manifest.json")]
    entries = [(name, entry["rows"]) for told in manifests for name, entry in told["tables"].items()]
    minutes = {name: part.get("minutes", "") for name, part in key["exercises"].items()}
    readme = _template("assignment_readme.md").format(
        id=chapter.id,
        title=chapter.title,
        exercises=len(chapter.points),
        total=chapter.total,
        due=f"Due on {dates.words(due)}." if due else "Your instructor says when it is due.",
        rows="\n".join(_rows(chapter, minutes)),
        own=", and yours are not your neighbour's" if own else "",
        tables="\n".join(f"| `{name}` | {schema.table(name).unit} | {rows:,} |" for name, rows in entries),
        version=catalyst.__version__,
    )
    told = {"version": keys.VERSION, "chapter": chapter.id, "due": due, "exercises": keys.open_part(key)}
    return {
        f"{chapter.id}.ipynb": notebook.encode(),
        "README.md": readme.encode(),
        "data/synthetic/assigned.json": (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode(),
    }


def _rows(chapter: Chapter, minutes: dict) -> Iterator[str]:
    for name, points in chapter.points.items():
        yield f"| {name} | {points} | {minutes[name]} |"
        if name in chapter.written:
            yield f"| {name} in words, read by a person | {chapter.written[name]} | |"


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def content_hash(files: dict[str, bytes]) -> str:
    """SHA-256 over the names and bytes of a release: 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return digest.hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a release on disk, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
