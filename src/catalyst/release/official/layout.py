"""What files each return consists of in each year, and their columns in the official order.

The columns come from ``facts/dictionary_cin.csv`` and ``facts/dictionary_903.csv``; what only a later or an
earlier year asks for stands here. Depends on those files and, for code sets, on schema.
"""

import csv
from functools import cache
from pathlib import Path

from catalyst.release import schema

FIRST_YEAR, LAST_YEAR = 2015, 2025
RETURNS = ("cin", "ssda903")
_FACTS = Path(__file__).resolve().parents[2] / "facts"
_DICTIONARY = {"cin": "dictionary_cin.csv", "ssda903": "dictionary_903.csv"}
# Tables of the dictionary that no year of the window asks for.
_LATER = {"PreProceedings", "DoLo"}
# What a reader derives from the files, and so stands in none.
_DERIVED = {("Header", "UASC")}
_SOCIAL_WORKERS_SINCE = 2024


@cache
def _columns(kind: str) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    with open(_FACTS / _DICTIONARY[kind], encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["table"] in _LATER or (row["table"], row["column"]) in _DERIVED:
                continue
            if row["column"].startswith("PL_") and row["column"] != "PL_POST":
                continue
            out.setdefault(row["table"], []).append(row["column"])
    return {table: tuple(columns) for table, columns in out.items()}


def files(kind: str, year: int) -> dict[str, tuple[str, ...]]:
    """The CSV files of a return in the order in which they are loaded, with their columns.

    Parameters
    ----------
    kind : ``"cin"`` or ``"ssda903"``
    year : the year in which the return ends

    Returns
    -------
    dict of column names by the official name of the table, which is that of the file
    """
    known = _columns(kind)
    if kind == "ssda903" and year < _SOCIAL_WORKERS_SINCE:
        return {table: columns for table, columns in known.items() if table != "SWEpisodes"}
    return known


@cache
def codes(kind: str, table: str, column: str, year: int) -> frozenset[str]:
    """The codes that a column of a return knows in a year."""
    source = "cin" if kind == "cin" else "903"
    (found,) = (t for t in schema.tables().values() if t.source == source and t.official == table)
    known = found[column].codes.items()
    return frozenset(code for code, meaning in known if meaning.first <= year <= meaning.last)
