"""The event log of a block: what happened, to whom, on which day. ``records`` reads this and never the state.

The tables of the children's services' core stand here; every other room declares its own. Depends on the
clock.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from catalyst.world.clock import END, NEVER


class Shape(NamedTuple):
    """A table of the log.

    Parameters
    ----------
    columns : name and NumPy type of each column
    order : the columns by which rows are finally ordered
    ends : for each column of days that may lie after the world's last day, the columns that are blank with it
    begin : the column of days by which a row is in the world at all
    """

    columns: dict[str, str]
    order: tuple[str, ...]
    ends: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    begin: str = "start"


CORE: dict[str, Shape] = {
    "moves": Shape(
        {"family": "i8", "day": "i4", "authority_from": "i2", "authority_to": "i2"},
        ("family", "day"), begin="day"),
    "low_income": Shape({"family": "i8", "start": "i4", "end": "i4"}, ("family", "start"), {"end": ()}),
    "needs": Shape(
        {"family": "i8", "child": "i8", "start": "i4", "end": "i4", "kind": "i1", "severity": "f8"},
        ("family", "child", "start"), {"end": ()}),
    "cases": Shape(
        {
            "child": "i8", "case": "i2", "authority": "i2", "referral": "i4", "source": "i1", "nfa": "?",
            "need": "i1", "closure": "i4", "reason": "i1", "transfer_conference": "i4",
        },
        ("child", "case"), {"closure": ("reason",), "transfer_conference": ()}, "referral"),
    "assessments": Shape(
        {"child": "i8", "case": "i2", "start": "i4", "authorised": "i4", "factors": "u8"},
        ("child", "case", "start"), {"authorised": ("factors",)}),
    "cin_plans": Shape(
        {"child": "i8", "case": "i2", "start": "i4", "end": "i4"}, ("child", "case", "start"), {"end": ()}),
    "section47": Shape(
        {"child": "i8", "case": "i2", "start": "i4", "conference": "i4", "not_required": "?"},
        ("child", "case", "start"), {"conference": ()}),
    "cp_plans": Shape(
        {
            "child": "i8", "case": "i2", "plan": "i2", "start": "i4", "end": "i4", "category_initial": "i1",
            "category_latest": "i1", "previous": "i2", "end_reason": "i1",
        },
        ("child", "plan"), {"end": ("end_reason",)}),
    "reviews": Shape(
        {"child": "i8", "case": "i2", "plan": "i2", "day": "i4"}, ("child", "plan", "day"), begin="day"),
    "care_episodes": Shape(
        {
            "child": "i8", "period": "i2", "authority": "i2", "decom": "i4", "rne": "i1", "ls": "i1",
            "need": "i1", "place": "i1", "provider": "i1", "dec": "i4", "rec": "i1", "place_change": "i1",
            "urn": "i4", "outside": "?",
        },
        ("child", "period", "decom"), {"dec": ("rec", "place_change")}, "decom"),
}  # fmt: skip
_NONE = {
    "end",
    "closure",
    "reason",
    "transfer_conference",
    "authorised",
    "conference",
    "dec",
    "rec",
    "place_change",
    "urn",
}


def sorted_rows(ranks: list[np.ndarray]) -> np.ndarray:
    """The order of rows by whole numbers, the last of ``ranks`` first, as ``np.lexsort`` gives it.

    Where the ranks fit into one number a row, that is sorted, once.
    """
    packed, size = np.int64(0), 1
    for rank in reversed(ranks):
        least = int(rank.min(initial=0))
        width = int(rank.max(initial=0)) - least + 1
        size *= width
        if size >= 2**62 or rank.dtype.kind not in "iub":
            return np.lexsort(ranks)
        packed = packed * width + (rank.astype(np.int64) - least)
    if (packed[1:] >= packed[:-1]).all():
        return np.arange(len(packed))
    return np.argsort(packed, kind="stable")


class Table:
    """Columns that grow by appended blocks; a row keeps its number, so that an open one can be ended."""

    def __init__(self, shape: Shape):
        blank = _NONE | set(shape.ends)  # columns that hold −1 where a row does not name them
        self.empty = {name: NEVER if name in blank else 0 for name in shape.columns}
        self.columns = {
            name: np.full(1024, self.empty[name], dtype=kind) for name, kind in shape.columns.items()
        }
        self.count = 0

    def add(self, **values: np.ndarray) -> np.ndarray:
        """Appends rows (columns not named are −1 or 0) and returns their numbers."""
        size = next(len(v) for v in values.values() if np.ndim(v))
        rows = np.arange(self.count, self.count + size)
        if not size:
            return rows
        room = len(next(iter(self.columns.values())))
        if self.count + size > room:
            for name, column in self.columns.items():
                grown = np.full(max(2 * room, self.count + size), self.empty[name], dtype=column.dtype)
                grown[: self.count] = column[: self.count]
                self.columns[name] = grown
        for name, value in values.items():
            self.columns[name][self.count : self.count + size] = value
        self.count += size
        return rows

    def set(self, rows: np.ndarray, **values: np.ndarray) -> None:
        """Changes columns of rows added before."""
        for name, value in values.items():
            self.columns[name][rows] = value

    def get(self, name: str, rows: np.ndarray) -> np.ndarray:
        """A column at some rows."""
        return self.columns[name][rows]

    def finished(self, order: tuple[str, ...]) -> dict[str, np.ndarray]:
        """All rows in their final order."""
        keys = [self.columns[name][: self.count] for name in reversed(order)]
        rows = sorted_rows(keys)
        return {name: column[: self.count][rows] for name, column in self.columns.items()}


class Log:
    """All tables of a block, by name."""

    def __init__(self, tables: Iterable[Mapping[str, Shape]] = ()) -> None:
        self.shapes = dict(CORE)
        for some in tables:
            self.shapes |= some
        self.tables = {name: Table(shape) for name, shape in self.shapes.items()}

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def finished(self) -> dict[str, dict[str, np.ndarray]]:
        """Every table as a dictionary of arrays, cut at the end of the world's last month.

        What would begin after 31 March 2025 has not happened, and what would end after it has not ended yet.
        """
        out = {}
        for name, shape in self.shapes.items():
            table = self.tables[name].finished(shape.order)
            keep = table[shape.begin] <= END
            table = {column: values[keep] for column, values in table.items()}
            for day, others in shape.ends.items():
                later = table[day] > END
                table[day][later] = NEVER
                for other in others:
                    table[other][later] = NEVER if other in _NONE else 0
            out[name] = table
        return out
