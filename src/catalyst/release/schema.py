"""The schema of the release: the one source of its types, tests, dictionary and README.

Official columns and codes come from ``facts/dictionary_cin.csv`` and ``facts/dictionary_903.csv``; what the
release adds or leaves empty, and plain words for every column, from ``facts/release_columns.csv`` and
``facts/release_tables.csv``. Depends on those files alone.
"""

import csv
import difflib
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalyst.errors import CourseError

_FACTS = Path(__file__).resolve().parents[1] / "facts"
_DICTIONARIES = {"cin": "dictionary_cin.csv", "903": "dictionary_903.csv"}
_RETURNS = {"cin": "Children in need census", "903": "SSDA903 return on children looked after"}
_SPAN = re.compile(r" \((to|from) (\d{4})-\d{2}\)")
_EVERY_CHILD_TABLE = "PupilMatchingRefAnonymous"


class Meaning(NamedTuple):
    """What a code means, and the first and last return (by the year it ends) that knows it."""

    text: str
    first: int = 0
    last: int = 9999


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is date, code, text, key, number or flag; ``missing`` says when it is blank."""

    name: str
    kind: str
    description: str
    missing: str
    ours: str
    note: str = ""
    codes: dict[str, Meaning] = field(default_factory=dict)

    @property
    def nullable(self) -> bool:
        """Whether any row may have nothing here."""
        return not self.missing.startswith("never")

    @property
    def empty(self) -> bool:
        """Whether every row has nothing here."""
        return self.missing.startswith("always")


@dataclass(frozen=True)
class Table:
    """One table: its unit, key, columns, and what it stands for in life."""

    name: str
    title: str
    official: str
    source: str
    unit: str
    key: tuple[str, ...]
    counterpart: str
    description: str
    columns: tuple[Column, ...]
    coverage: str = ""
    joins: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> Column:
        return next(c for c in self.columns if c.name == column)

    @property
    def collection(self) -> str:
        """The return that the table belongs to, in words."""
        return _RETURNS.get(self.source, "")

    @property
    def child(self) -> str | None:
        """The column that names the child inside an authority, if the table is about children."""
        return next((c.name for c in self.columns if c.name in ("LAchildID", "CHILD")), None)

    @property
    def linked(self) -> bool:
        """Whether the table comes from another organisation than an authority's children's services."""
        return self.source not in (*_DICTIONARIES, "ours")


def _read(name: str) -> list[dict[str, str]]:
    with open(_FACTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def meanings(text: str) -> dict[str, Meaning]:
    """Reads ``"18A=Physical abuse (to 2020-21); 18B=…"`` as codes with the returns that know them."""
    out = {}
    for part in text.split("; "):
        code, found, words = part.partition("=")
        if not found:
            return {}
        first, last = 0, 9999
        for way, year in _SPAN.findall(words):
            first, last = (first, int(year) + 1) if way == "to" else (int(year) + 1, last)
        out[code] = Meaning(_SPAN.sub("", words), first, last)
    return out


@cache
def tables() -> dict[str, Table]:
    """All tables of the release by the name under which they are loaded, in the order of the dictionary.

    A return's tables and columns may stand in files of their own, ``release_tables_<return>.csv`` and
    ``release_columns_<return>.csv``.
    """
    official: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for source, file in _DICTIONARIES.items():
        for row in _read(file):
            official.setdefault((source, row["table"]), {})[row["column"]] = row
    words: dict[str, dict[str, dict[str, str]]] = {}
    for row in _fragments("release_columns"):
        words.setdefault(row["table"], {})[row["column"]] = row
    out = {}
    for row in _fragments("release_tables"):
        known = official.get((row["return"], row["official"]), {})
        columns = [
            _column(name, _words(words, row["table"], name), known.get(name, {}))
            for name in _names(row, known, words[row["table"]])
        ]
        out[row["table"]] = Table(
            name=row["table"],
            title=row["title"],
            official=row["official"],
            source=row["return"],
            unit=row["unit"],
            key=tuple(row["key"].split(";")),
            counterpart=row["counterpart"],
            description=row["description"],
            columns=tuple(columns),
            coverage=row.get("coverage") or "",
            joins=tuple(join.strip() for join in (row.get("joins") or "").split(";") if join.strip()),
        )
    return out


def _fragments(name: str) -> list[dict[str, str]]:
    """The rows of ``<name>.csv``, then of every ``<name>_<return>.csv``."""
    files = [f"{name}.csv", *sorted(path.name for path in _FACTS.glob(f"{name}_*.csv"))]
    return [row for file in files for row in _read(file)]


def _words(words: dict[str, dict[str, dict[str, str]]], table: str, column: str) -> dict[str, str]:
    found = words[table].get(column) or words["*"].get(column)
    if found is None:
        raise CourseError(
            f"The column {column} of the table {table} is not described in facts/release_columns*.csv."
        )
    return found


def _names(table: dict[str, str], official: dict, words: dict) -> list[str]:
    """Columns in order: keys first, then the official ones in their order, then ours."""
    if table["return"] == "ours":
        return ["LEA", *(name for name in words if name != "LEA")]
    if table["return"] not in _DICTIONARIES:
        return list(words)
    about_children = "LAchildID" in official or "CHILD" in official
    start = [_EVERY_CHILD_TABLE] if about_children else []
    start += ["LEA", *(c for c in ("LAchildID", "CHILD") if c in official)]
    start += ["Year"]
    # The adoption, previous permanence and other tables of SSDA903 are not in the release yet.
    rest = [name for name in official if name not in start]
    return start + rest + [name for name in words if name not in start + rest]


def _column(name: str, words: dict[str, str], official: dict[str, str]) -> Column:
    told = official.get("codes") or words.get("codes") or ""
    codes = meanings(told) if words["kind"] in ("code", "flag") else {}
    return Column(
        name=name,
        kind=words["kind"],
        description=words["description"],
        missing=words["missing"],
        ours="" if official else words["ours"],
        note=official.get("description", ""),
        codes=codes,
    )


def table(name: str) -> Table:
    """One table by name.

    Raises
    ------
    CourseError
        If there is none of that name; the sentence suggests the nearest.
    """
    known = tables()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.0)
    inside = [k for k in known if str(name).lower().replace(" ", "_") in k]
    best = inside[0] if len(inside) == 1 else near[0]
    raise CourseError(
        f"There is no table '{name}'. Did you mean '{best}'? The tables are {', '.join(known)}."
    )
