"""The pandera schemas of the release: the one source of its types, checks, dictionary, guide and README.

Official columns and codes come from ``facts/dictionary_cin.csv`` and ``facts/dictionary_903.csv``; what the
release adds or leaves empty, and plain words for every column, from ``facts/release_columns.csv`` and
``facts/release_tables.csv``. Depends on those files alone.
"""

import copy
import csv
import difflib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from catalyst.errors import CourseError

_FACTS = Path(__file__).resolve().parents[1] / "facts"
PROJECT = "project"
_DICTIONARIES = {"cin": "dictionary_cin.csv", "903": "dictionary_903.csv"}
_RETURNS = {"cin": "Children in need census", "903": "SSDA903 return on children looked after"}
_SPAN = re.compile(r" \((to|from) (\d{4})-\d{2}\)")
_EVERY_CHILD_TABLE = "PupilMatchingRefAnonymous"


class Meaning(NamedTuple):
    """What a code means, and the first and last return (by the year it ends) that knows it."""

    text: str
    first: int = 0
    last: int = 9999


class Column(pa.Column):
    """One column: ``kind`` is date, code, text, key, number or flag; ``missing`` says when it is blank.

    As a pandera column it demands the kind, codes that the dictionary knows, and nothing missing where
    nothing may be.
    """

    def __init__(
        self,
        name: str,
        kind: str,
        description: str,
        missing: str,
        ours: str,
        note: str = "",
        codes: dict[str, Meaning] | None = None,
    ):
        self.kind, self.missing, self.ours, self.note, self.codes = kind, missing, ours, note, codes or {}
        super().__init__(
            None,
            checks=self._checks(name),
            nullable=not missing.startswith("never"),
            name=name,
            description=description,
        )

    @classmethod
    def get_backend(cls, check_obj=None, check_type=None):
        """What pandera runs for its own columns."""
        return pa.Column.get_backend(check_obj, check_type)

    def _checks(self, name: str) -> list[pa.Check]:
        out = [pa.Check(_of_kind(self.kind), name=f"is a {self.kind}", error=f"not a {self.kind}")]
        if self.codes and self.kind != "flag":
            known = frozenset(self.codes)
            out.append(
                pa.Check(
                    lambda s: known.issuperset(s.dropna().unique()), name="codes", error="has an unknown code"
                )
            )
        if self.kind == "flag":
            out.append(pa.Check.isin([0, 1]))
        if self.empty:
            out.append(
                pa.Check(lambda s: s.isna().all(), name="empty", error="is not empty", ignore_na=False)
            )
        return out

    @property
    def empty(self) -> bool:
        """Whether every row has nothing here."""
        return self.missing.startswith("always")


class Table(pa.DataFrameSchema):
    """One table: its unit, key, columns, and what it stands for in life.

    As a pandera schema it demands exactly its columns in their order, codes that the return of that year
    knew, and a unique key.
    """

    def __init__(
        self,
        name: str,
        title: str,
        official: str,
        source: str,
        unit: str,
        key: tuple[str, ...],
        counterpart: str,
        description: str,
        columns: tuple[Column, ...],
        coverage: str = "",
        joins: tuple[str, ...] = (),
    ):
        self.official, self.source, self.unit, self.key = official, source, unit, key
        self.counterpart, self.coverage, self.joins = counterpart, coverage, joins
        dated = [c for c in columns if any(m.first or m.last < 9999 for m in c.codes.values())]
        checks = [
            pa.Check(
                _known_in_year(c),
                name=f"codes of {c.name} by year",
                error=f"{c.name} has a code of another year",
            )
            for c in dated
            if any(other.name == "Year" for other in columns)
        ]
        super().__init__(
            {c.name: c for c in columns},
            checks=checks,
            strict=True,
            ordered=True,
            unique=list(key),
            name=name,
            title=title,
            description=description,
        )

    @classmethod
    def get_backend(cls, check_obj=None, check_type=None):
        """What pandera runs for its own schemas."""
        return pa.DataFrameSchema.get_backend(check_obj, check_type)

    def __getitem__(self, column: str) -> Column:
        return self.columns[column]

    @property
    def collection(self) -> str:
        """The return that the table belongs to, in words."""
        return _RETURNS.get(self.source, "")

    @property
    def child(self) -> str | None:
        """The column that names the child inside an authority, if the table is of children's services."""
        if self.linked:
            return None
        return next((name for name in self.columns if name in ("LAchildID", "CHILD")), None)

    @property
    def linked(self) -> bool:
        """Whether the table comes from another organisation than an authority's children's services."""
        return self.source not in (*_DICTIONARIES, "ours")

    @property
    def spine(self) -> bool:
        """Whether the table belongs to the linkage spine, which only a release with flaws has."""
        return self.source == "linkage"

    def with_flaws(self) -> "Table":
        """The same demands but for the key, which rows that were handed in twice break."""
        loosened = copy.copy(self)
        loosened.unique = None
        return loosened


def _of_kind(kind: str):
    def check(series: pd.Series) -> bool:
        if kind == "date":
            return pd.api.types.is_datetime64_any_dtype(series)
        if kind in ("number", "flag"):
            # A number that may be missing comes out of Parquet as a fraction.
            return pd.api.types.is_integer_dtype(series) or bool((series.dropna() % 1 == 0).all())
        return isinstance(series.dtype, pd.CategoricalDtype)

    return check


def _known_in_year(column: Column):
    first = {code: m.first for code, m in column.codes.items()}
    last = {code: m.last for code, m in column.codes.items()}

    def check(frame: pd.DataFrame) -> bool:
        if not isinstance(frame[column.name].dtype, pd.CategoricalDtype):
            return False
        codes = frame[column.name].cat
        begins = np.array([first.get(c, 0) for c in codes.categories] + [0])
        ends = np.array([last.get(c, 9999) for c in codes.categories] + [9999])
        at, year = codes.codes.to_numpy(), frame["Year"].to_numpy()
        return bool(((begins[at] <= year) & (ends[at] >= year)).all())

    return check


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
    """All tables of the release by the name under which they are loaded, in the order of the dictionary."""
    return {name: table for name, table in every().items() if table.source != PROJECT}


@cache
def every() -> dict[str, Table]:
    """The tables of the release, and those that only project extracts have.

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


def released(flaws: bool) -> list[str]:
    """Names of the tables of a whole release: those of the linkage spine only with flaws."""
    return [name for name, table in tables().items() if flaws or not table.spine]


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
    if words["kind"] == "flag" and not codes:
        codes = {"0": Meaning("No"), "1": Meaning("Yes")}
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
    if name in every():
        return every()[name]
    known = tables()
    near = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=0.0)
    inside = [k for k in known if str(name).lower().replace(" ", "_") in k]
    best = inside[0] if len(inside) == 1 else near[0]
    raise CourseError(
        f"There is no table '{name}'. Did you mean '{best}'? The {len(known)} tables are listed in "
        "dictionary.csv, beside the data, and in the book's data dictionary."
    )
