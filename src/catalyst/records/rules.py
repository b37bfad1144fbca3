"""The published validation rules of the returns, as far as these tables can break them.

A rule is a function from tables (as a researcher loads them, keyed by ``LEA``, the child's number and
``Year``) to the rows that offend. Rules that concern UPN or postcodes, which the course leaves out, are not
here; nor are the queries 2991Q, 8670Q and 8675Q, which slicing itself raises and authorities explain.
Depends on pandas alone.
"""

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

Frames = dict[str, pd.DataFrame]


class Rule(NamedTuple):
    """One rule: its number in the return's guidance, what it demands, and how to find offenders."""

    code: str
    demand: str
    find: Callable[[Frames], pd.DataFrame]


class Rules(dict):
    """Rules by their number; used as a decorator to add one."""

    def __call__(self, code: str, demand: str):
        def add(find: Callable[[Frames], pd.DataFrame]):
            if code in self:
                raise ValueError(f"rule {code} is there already")
            self[code] = Rule(code, demand, find)
            return find

        return add

    def broken(self, frames: Frames) -> dict[str, int]:
        """Number of offending rows of every rule that is broken."""
        counts = {code: len(rule.find(frames)) for code, rule in self.items()}
        return {code: count for code, count in counts.items() if count}


def year_start(frame: pd.DataFrame) -> pd.Series:
    """1 April at which the year of each row begins."""
    return pd.to_datetime((frame["Year"].astype(int) - 1).astype(str) + "-04-01")


def year_end(frame: pd.DataFrame) -> pd.Series:
    """31 March at which the year of each row ends."""
    return pd.to_datetime(frame["Year"].astype(str) + "-03-31")


def outside_year(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows whose date lies outside the year of their return."""
    day = frame[column]
    return frame[(day < year_start(frame)) | (day > year_end(frame))]


def pairs_in_order(frame: pd.DataFrame, group: list[str], start: str) -> pd.DataFrame:
    """Rows beside the next of their group by ``start``; the columns of the next end in ``_next``."""
    ordered = frame.sort_values([*group, start], kind="stable").reset_index(drop=True)
    same = (ordered[group].shift(-1) == ordered[group]).all(axis=1)
    after = ordered.shift(-1).add_suffix("_next")
    return pd.concat([ordered, after], axis=1)[same]


def overlapping(
    frame: pd.DataFrame, group: list[str], start: str, end: str, sharing: bool = False
) -> pd.DataFrame:
    """Spells that begin before the one before them has ended (``sharing``: or on the day it ends)."""
    pairs = pairs_in_order(frame, group, start)
    begins = pairs[f"{start}_next"]
    late = begins <= pairs[end] if sharing else begins < pairs[end]
    return pairs[pairs[end].isna() | late]


def more_than_one(frame: pd.DataFrame, group: list[str]) -> pd.DataFrame:
    """Rows of groups that have several rows."""
    return frame[frame.duplicated(group, keep=False)]


def without(frame: pd.DataFrame, other: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Rows that have no partner in another table."""
    marked = frame.merge(other[on].drop_duplicates(), on=on, how="left", indicator=True)
    return marked[marked["_merge"] == "left_only"]


def joined(frame: pd.DataFrame, other: pd.DataFrame, on: list[str]) -> pd.DataFrame:
    """Each row with each partner in another table (columns of the same name get ``_other``)."""
    return frame.merge(other, on=on, suffixes=("", "_other"))
