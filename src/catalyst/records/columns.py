"""Columns of a return before it is released: coded values and days, and the sums that all returns share.

Depends on nothing. All functions work on whole columns; nothing here loops over records.
"""

from typing import NamedTuple

import numpy as np


class Codes(NamedTuple):
    """A coded column: ``index`` points into ``codes``; −1 is missing."""

    index: np.ndarray
    codes: tuple[str, ...]

    def take(self, rows: np.ndarray) -> "Codes":
        """The same column for some rows, in the order given."""
        return Codes(self.index[rows], self.codes)

    def blank(self, where: np.ndarray) -> "Codes":
        """The same column with nothing recorded where the mask is true."""
        return Codes(np.where(where, -1, self.index), self.codes)


class Days(NamedTuple):
    """A column of dates as days since 1 January 1970; −1 is missing."""

    days: np.ndarray

    def take(self, rows: np.ndarray) -> "Days":
        """The same column for some rows, in the order given."""
        return Days(self.days[rows])


Column = Codes | Days | np.ndarray
Table = dict[str, Column]


def take(table: Table, rows: np.ndarray) -> Table:
    """Some rows of a table, in the order given."""
    return {name: c.take(rows) if isinstance(c, (Codes, Days)) else c[rows] for name, c in table.items()}


def length(table: Table) -> int:
    """Number of rows of a table."""
    first = next(iter(table.values()))
    return len(first.index if isinstance(first, Codes) else first.days if isinstance(first, Days) else first)


def concatenate(tables: list[Table]) -> Table:
    """Tables of several blocks under one another; coded columns may have met different codes."""
    return {name: _join([table[name] for table in tables]) for name in tables[0]}


def _join(parts: list[Column]) -> Column:
    if isinstance(parts[0], Days):
        return Days(np.concatenate([part.days for part in parts]))
    if not isinstance(parts[0], Codes):
        return np.concatenate(parts)
    if all(part.codes == parts[0].codes for part in parts):
        return Codes(np.concatenate([part.index for part in parts]), parts[0].codes)
    union = tuple(sorted(set().union(*(part.codes for part in parts))))
    place = {code: i for i, code in enumerate(union)}
    maps = [np.array([place[code] for code in part.codes] + [-1], dtype=np.int64) for part in parts]
    return Codes(np.concatenate([m[part.index] for m, part in zip(maps, parts, strict=True)]), union)


def nothing(n: int) -> Codes:
    """A column of the return that this course leaves empty, shape (n,)."""
    return Codes(np.full(n, -1, dtype=np.int8), ())


def never(n: int) -> Days:
    """A date column that this course leaves empty, shape (n,)."""
    return Days(np.full(n, -1, dtype=np.int32))


def constant(code: str, n: int) -> Codes:
    """One code for every row, shape (n,)."""
    return Codes(np.zeros(n, dtype=np.int8), (code,))


def rows_of(ids: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Row of each wanted id among unique ``ids``.

    Raises
    ------
    KeyError
        If an id is wanted that is not there: a log speaks of someone who does not exist.
    """
    if not len(wanted):
        return np.zeros(0, dtype=np.int64)
    if not len(ids):
        raise KeyError(f"{len(wanted)} records refer to nobody")
    if (ids[1:] > ids[:-1]).all():
        found = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    else:
        order = np.argsort(ids, kind="stable")
        found = order[np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)]
    if (ids[found] != wanted).any():
        raise KeyError(f"{int((ids[found] != wanted).sum())} records refer to somebody who does not exist")
    return found


def spread(first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One row for every whole number from ``first`` to ``last`` inclusive.

    Returns
    -------
    rows, values : the row that each new row comes from, and the number it stands for
    """
    counts = np.maximum(last.astype(np.int64) - first + 1, 0)
    rows = np.repeat(np.arange(len(counts)), counts)
    ends = np.cumsum(counts)
    step = np.arange(len(rows)) - np.repeat(ends - counts, counts)
    return rows, first.astype(np.int64)[rows] + step


def running_number(*groups: np.ndarray) -> np.ndarray:
    """1, 2, 3 … within each group, in the order of the rows; int16, shape (n,)."""
    n = len(groups[0])
    order = np.lexsort(groups[::-1])
    new = np.zeros(n, dtype=bool)
    for group in groups:
        ordered = group[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    if n:
        new[0] = True
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0))
    number = np.empty(n, dtype=np.int16)
    number[order] = np.arange(n) - start + 1
    return number
