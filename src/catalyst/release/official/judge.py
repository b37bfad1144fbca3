"""Which published rules a finished export breaks: it reads the files back and runs every rule.

Depends on read, the rules and ``facts/official_rules.csv``, where the rules stand that only something real
could satisfy, or that nothing written here can break.
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from catalyst.records.rules import Frames, Rules
from catalyst.release.official import read, rules_903, rules_cin
from catalyst.release.official.handed import Handed

_FACTS = Path(__file__).resolve().parents[2] / "facts"
# Numbers that stand in what was read beside the course's dictionaries: the version history of the Department
# for Education's "Children looked after data collection 2018 to 2019 validation checks", version 1.2, and its
# amendments of 2023 and 2024 to rules 221, 230 and 503D.
_READ = {
    "149", "174", "205", "208", "217", "218", "221", "228", "230", "346", "384", "411",
    "432", "503D", "516", "553", "555", "563", "571", "612", "631", "1012",
}  # fmt: skip


class Known(NamedTuple):
    """One rule as the export's list tells it."""

    rule: str
    level: str  # error or query
    demand: str
    how: str
    number_read: str


@cache
def unruly(kind: str) -> tuple[dict[str, str], ...]:
    """The rules of ``facts/official_rules.csv``: return, rule, why and reason."""
    with open(_FACTS / "official_rules.csv", encoding="utf-8", newline="") as file:
        return tuple(row for row in csv.DictReader(file) if row["return"] == kind)


def tested(kind: str) -> Rules:
    """The rules that are run on an export."""
    if kind == "ssda903":
        return rules_903.SSDA903
    out = Rules(rules_cin.CIN)
    out.update(rules_cin.QUERIES)
    return out


def is_query(rule: str) -> bool:
    """Whether every number of a rule is a query, which an authority may explain."""
    return all(part.endswith("Q") for part in re.split(r"[/ ]", rule)) or rule == "232"


@cache
def _dictionary(kind: str) -> str:
    name = "dictionary_cin.csv" if kind == "cin" else "dictionary_903.csv"
    return (_FACTS / name).read_text(encoding="utf-8")


def number_read(kind: str, rule: str) -> str:
    """Whether a rule's numbers stand in what was read: yes, no, or ours where the name is no number."""
    parts = [
        part.rstrip("Q") for part in re.split(r"[/ ]", rule) if re.match(r"[0-9]|INT[0-9]|SW[0-9]|EPI", part)
    ]
    if not parts:
        return "ours"
    text = _dictionary(kind)
    found = [part in _READ or re.search(rf"(?<![0-9]){part}(?![0-9])", text, re.IGNORECASE) for part in parts]
    return "yes" if all(found) else "no"


def every_rule(kind: str) -> list[Known]:
    """All rules of a return: those that are tested, then the rest with the reason why they are not."""
    told = {row["rule"]: row for row in unruly(kind)}
    out = []
    for number, rule in tested(kind).items():
        level = "query" if is_query(number) else "error"
        out.append(Known(number, level, rule.demand, "tested", number_read(kind, number)))
    for number, row in told.items():
        if number not in tested(kind):
            level = "query" if is_query(number) or row["why"] == "query" else "error"
            out.append(Known(number, level, row["reason"], row["why"], number_read(kind, number)))
    return out


def together(frames: list[Frames]) -> Frames:
    """The tables of several authorities under one another."""
    return {name: pd.concat([f[name] for f in frames], ignore_index=True) for name in frames[0]}


def broken(kind: str, returns: dict[tuple[str, int], Frames]) -> dict[str, dict[int, int]]:
    """How many rows break each rule in each year.

    Parameters
    ----------
    returns : tables as read back, by authority and year

    Returns
    -------
    dict of counts by year, for the rules that are broken
    """
    years = sorted({year for _, year in returns})
    out: dict[str, dict[int, int]] = {}
    sets = {year: [frames for (_, y), frames in returns.items() if y == year] for year in years}
    if kind == "cin":
        release = read.released((lea, year, frames) for (lea, year), frames in returns.items())
        return {number: {years[-1]: count} for number, count in tested("cin").broken(release).items()}
    for year in years:
        last = together(sets[year - 1]) if year - 1 in sets else None
        handed = Handed(year, together(sets[year]), last)
        for number, rule in tested(kind).items():
            if len(rule.find(handed)):
                out.setdefault(number, {})[year] = len(rule.find(handed))
    return out
