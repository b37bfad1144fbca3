"""Fourteen hand-made lives, each to show one thing that slicing does."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from hand_made_rows import ADOPTED, ALONE, BIRTHS, DIED, GUARDIAN, PLAN, ROWS

from catalyst.records.columns import Codes, Days
from catalyst.world import codes
from catalyst.world.log import CORE
from catalyst.world.missing import TABLES


def day(text: str | None) -> int:
    """Day number of an ISO date; None is never."""
    return -1 if text is None else int(np.datetime64(text, "D").astype(int))


def log_table(name: str, rows: list[tuple]) -> dict[str, np.ndarray]:
    """A table of the log from rows in the order of its columns, with dates as text and codes as they are."""
    places = {
        "source": codes.SOURCE,
        "need": codes.NEED,
        "reason": codes.CLOSURE,
        "category_initial": codes.ABUSE,
        "category_latest": codes.ABUSE,
        "rne": codes.RNE,
        "ls": codes.LEGAL_STATUS,
        "place": codes.PLACE,
        "provider": codes.PROVIDER,
        "rec": codes.REC,
        "place_change": codes.PLACE_CHANGE,
    }
    kinds = (CORE | TABLES)[name][0]
    out = {}
    for i, (column, kind) in enumerate(kinds.items()):
        values = [row[i] for row in rows]
        if column in places:
            values = [-1 if v is None else places[column].index(v) for v in values]
        elif kind == "i4" and column != "urn":
            values = [day(v) for v in values]
        out[column] = np.array(values, dtype=kind)
    return out


def make_lives() -> SimpleNamespace:
    """The hand-made world: two authorities, fourteen children."""
    child = np.array(list(BIRTHS), dtype=np.int64)
    never = np.full(len(child), -1, dtype=np.int32)
    death, adopted, arrival = never.copy(), never.copy(), never.copy()
    death[DIED - 1], adopted[ADOPTED - 1] = day("2019-09-02"), day("2018-07-02")
    arrival[ALONE - 1] = day("2023-10-02")
    disabilities = np.zeros(len(child), dtype=np.uint16)
    disabilities[DIED - 1] = 0b1000001
    disability_from = never.copy()
    disability_from[DIED - 1] = day("2012-01-01")
    disabilities[PLAN - 1], disability_from[PLAN - 1] = 0b10, day("2016-06-01")
    return SimpleNamespace(
        spec=SimpleNamespace(seed=3),
        places=SimpleNamespace(
            code=np.array(["501", "502"]),
            name=np.array(["Alder Fell", "Bracken Mere"]),
            region=np.array([0, 1], dtype=np.int8),
            children=np.array([60, 40]),
        ),
        families={"family": np.arange(100, 113), "decile": np.arange(13, dtype=np.int8) % 10 + 1},
        children={
            "child": child,
            "family": np.where(child == GUARDIAN, 100, child + 99),
            "birth": np.array([day(b) for b in BIRTHS.values()], dtype=np.int32),
            "sex": (child % 2 + 1).astype(np.int8),
            "ethnicity": (child % 18).astype(np.int8),
            "disabilities": disabilities,
            "disability_from": disability_from,
            "death": death,
            "adopted": adopted,
            "arrival": arrival,
        },
        **{name: log_table(name, rows) for name, rows in ROWS.items()},
    )


def as_frame(table) -> pd.DataFrame:
    """A record table as a frame, still with the world's child ids."""
    columns = {}
    for name, column in table.items():
        if isinstance(column, Codes):
            columns[name] = pd.Series(np.array([*column.codes, None], dtype=object)[column.index])
        elif isinstance(column, Days):
            days = pd.Series(column.days.astype("datetime64[D]").astype("datetime64[ns]"))
            columns[name] = days.mask(column.days == -1)
        else:
            columns[name] = column
    return pd.DataFrame(columns)
