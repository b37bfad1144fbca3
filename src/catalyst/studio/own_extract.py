"""The page that maps the course's columns to those of a real supply, chapter by chapter, as a fragment.

Which columns a chapter uses is read from its code; what stands in their place is in
``facts/supplied_columns.csv`` (from researchers' published code on the real data) or, for tables of which
none was found, the counterpart that the schema names. Depends on the catalogue, masters and the schema.
"""

import ast
import re
from pathlib import Path

from catalyst.release import schema
from catalyst.studio import catalogue, masters, routes
from catalyst.studio.catalogue import Chapter

EVERY_COLUMN = "*"
_TERMS = ("Autumn", "Spring", "Summer")
# The keys that the tables of a return share are said once, by the table that has them all.
_SHARED = {"PupilMatchingRefAnonymous", "LEA", "LAchildID", "CHILD", "Year", "AcademicYear"}
_KEYS = {
    "cin_child_identifiers": "In the children in need census, as the National Pupil Database supplies it "
    "(one table, one row a referral, every name begins with `CIN_`)",
    "ssda903_episodes": "In the return on children looked after (one table, one row an episode, `CLA_`)",
    "school_census": "In the school census (one table a year)",
    "absence": "In the absence tables (one table a year)",
    "exclusions": "In the exclusions tables (one table a year)",
}


def write_page(out: Path, folder: Path | None = None) -> None:
    """Writes the fragment ``own_extract_columns``, which ``book/own_extract.md`` includes, into a folder."""
    known = catalogue.chapters(folder)
    written = [chapter for chapter in known.values() if chapter.written]
    text = page(written, schema.every(), catalogue.facts("supplied_columns"))
    (Path(out) / "own_extract_columns.md").write_text(text, encoding="utf-8")


def used(chapter: Chapter, tables: dict) -> dict[str, list[str]]:
    """The columns that a chapter's code names, by the tables of its metadata.

    Parameters
    ----------
    chapter : Chapter
        One that is written.
    tables : dict of Table
        The release's schema.

    Returns
    -------
    dict of list of str
        A name that two of its tables share counts for both: code does not say which one it means.
    """
    words: set[str] = set()
    for cell in masters.read(chapter.path).cells:
        if cell.cell_type == "code":
            words |= _words(cell.source)
    # A chapter may take the term off the names of the columns of one of them.
    words |= {f"{word}_{term}" for word in words for term in _TERMS if f"_{term}" in words}
    return {
        name: [column for column in tables[name].columns if column in words]
        for name in chapter.listed("datasets")
        if name in tables
    }


def _words(code: str) -> set[str]:
    """Whatever may name a column in a piece of code: texts (queries too), attributes, keywords."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r"\w+", node.value))
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
    return found


def page(chapters: list[Chapter], tables: dict, supplied: list[dict[str, str]]) -> str:
    """For each chapter and table: our columns, what takes their place, and what to mind.

    Parameters
    ----------
    chapters : list of Chapter
        Those that are written, in order.
    tables : dict of Table
        The release's schema.
    supplied : list of dict
        The rows of ``facts/supplied_columns.csv``.
    """
    known = {(row["table"], row["column"]): row for row in supplied}
    lines = ["## The keys, in every chapter", ""]
    for name, words in _KEYS.items():
        lines += [f"{words}:", ""]
        lines += [_item(column, known[name, column]) for column in tables[name].columns if column in _SHARED]
        lines.append("")
    for chapter in chapters:
        lines += [f"## {chapter.title}", "", f"{routes.link(chapter)} uses, beside the keys:", ""]
        for name, columns in used(chapter, tables).items():
            lines += _table(
                name, tables[name], [column for column in columns if column not in _SHARED], known
            )
    return "\n".join(lines).rstrip() + "\n"


def _table(name: str, table, columns: list[str], known: dict) -> list[str]:
    """What one chapter uses of one table, as a list: a table of three columns is too wide for a telephone."""
    lines = [f"**`{name}`**. In life: {table.counterpart.rstrip('.')}."]
    if whole := known.get((name, EVERY_COLUMN)):
        lines[0] += f" {whole['how'][0].upper()}{whole['how'][1:]}."
    rows = [(column, known.get((name, column))) for column in columns]
    lines += ["", *(_item(column, row) for column, row in rows if row), ""]
    ours = [column for column, row in rows if not row and table.columns[column].ours]
    official = [column for column, row in rows if not row and not table.columns[column].ours]
    if ours:
        lines += [f"Ours, with no published name found: {_listed(ours)}.", ""]
    if official:
        lines += [
            f"As in the return's own guidance; look in your supplier's dictionary: {_listed(official)}.",
            "",
        ]
    return lines


def _item(column: str, row: dict[str, str]) -> str:
    theirs = ", ".join(f"`{part}`" for part in row["supplied"].split(", ") if part)
    said = [part for part in (theirs, row["how"]) if part]
    return f"- `{column}`: {'; '.join(said)}"


def _listed(columns: list[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)
