"""The event log of a block: what happened, to whom, on which day. ``records`` reads this and never the state.

Depends on the clock alone.
"""

import numpy as np

from catalyst.world.clock import END, NEVER

# Each table: its columns with their types, and the columns by which its rows are finally ordered.
TABLES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "moves": ({"family": "i8", "day": "i4", "authority_from": "i2", "authority_to": "i2"}, ("family", "day")),
    "low_income": ({"family": "i8", "start": "i4", "end": "i4"}, ("family", "start")),
    "needs": (
        {"family": "i8", "child": "i8", "start": "i4", "end": "i4", "kind": "i1", "severity": "f8"},
        ("family", "child", "start"),
    ),
    "cases": (
        {
            "child": "i8", "case": "i2", "authority": "i2", "referral": "i4", "source": "i1", "nfa": "?",
            "need": "i1", "closure": "i4", "reason": "i1", "transfer_conference": "i4",
        },
        ("child", "case"),
    ),
    "assessments": (
        {"child": "i8", "case": "i2", "start": "i4", "authorised": "i4", "factors": "u8"},
        ("child", "case", "start"),
    ),
    "cin_plans": ({"child": "i8", "case": "i2", "start": "i4", "end": "i4"}, ("child", "case", "start")),
    "section47": (
        {"child": "i8", "case": "i2", "start": "i4", "conference": "i4", "not_required": "?"},
        ("child", "case", "start"),
    ),
    "cp_plans": (
        {
            "child": "i8", "case": "i2", "plan": "i2", "start": "i4", "end": "i4", "category_initial": "i1",
            "category_latest": "i1", "previous": "i2", "end_reason": "i1",
        },
        ("child", "plan"),
    ),
    "reviews": ({"child": "i8", "case": "i2", "plan": "i2", "day": "i4"}, ("child", "plan", "day")),
    "care_episodes": (
        {
            "child": "i8", "period": "i2", "authority": "i2", "decom": "i4", "rne": "i1", "ls": "i1",
            "need": "i1", "place": "i1", "provider": "i1", "dec": "i4", "rec": "i1", "place_change": "i1",
            "urn": "i4", "outside": "?",
        },
        ("child", "period", "decom"),
    ),
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


class Table:
    """Columns that grow by appended blocks; a row keeps its number, so that an open one can be ended."""

    def __init__(self, columns: dict[str, str]):
        self.columns = {name: np.empty(1024, dtype=kind) for name, kind in columns.items()}
        self.count = 0

    def add(self, **values: np.ndarray) -> np.ndarray:
        """Appends rows (columns not named are −1 or 0) and returns their numbers."""
        size = next(np.size(v) for v in values.values() if np.ndim(v))
        rows = np.arange(self.count, self.count + size)
        room = len(next(iter(self.columns.values())))
        if self.count + size > room:
            for name, column in self.columns.items():
                grown = np.empty(max(2 * room, self.count + size), dtype=column.dtype)
                grown[: self.count] = column[: self.count]
                self.columns[name] = grown
        unknown = set(values) - set(self.columns)
        if unknown:
            raise KeyError(f"no column {sorted(unknown)[0]}")
        for name, column in self.columns.items():
            column[self.count : self.count + size] = values.get(name, NEVER if name in _NONE else 0)
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
        rows = np.lexsort(keys)
        return {name: column[: self.count][rows] for name, column in self.columns.items()}


class Log:
    """All tables of a block, by name."""

    def __init__(self) -> None:
        self.tables = {name: Table(columns) for name, (columns, _) in TABLES.items()}

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def finished(self) -> dict[str, dict[str, np.ndarray]]:
        """Every table as a dictionary of arrays, cut at the end of the world's last month.

        What would begin after 31 March 2025 has not happened, and what would end after it has not ended yet.
        """
        out = {}
        for name, (_, order) in TABLES.items():
            table = self.tables[name].finished(order)
            begin = next(c for c in ("referral", "start", "day", "decom") if c in table)
            keep = table[begin] <= END
            out[name] = {column: values[keep] for column, values in table.items()}
        _blank(out["cases"], "closure", "reason", "transfer_conference")
        _blank(out["assessments"], "authorised", "factors")
        _blank(out["section47"], "conference")
        _blank(out["cp_plans"], "end", "end_reason")
        _blank(out["care_episodes"], "dec", "rec", "place_change")
        for name in ("cin_plans", "low_income", "needs"):
            _blank(out[name], "end")
        return out


def _blank(table: dict[str, np.ndarray], day: str, *others: str) -> None:
    later = table[day] > END
    table[day][later] = NEVER
    for other in others:
        if other == "transfer_conference":
            table[other][table[other] > END] = NEVER
        else:
            table[other][later] = 0 if other in ("factors", "end_reason") else NEVER
