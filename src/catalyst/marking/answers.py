"""Answers as JSON and back: numbers, text, dates, lists, dictionaries, Series, frames. Depends on pandas.

The key is made of these, so that a marked answer can be read and compared without running a solution again.
"""

import hashlib
import json
import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from catalyst.errors import CourseError

MOST_ROWS = 2000


def plain(value: Any) -> Any:
    """A numpy, decimal or date scalar as the plain Python or pandas scalar that it stands for."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item() if value.dtype.kind not in "mM" else value[()]
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64):
        return pd.Timedelta(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (Decimal, Fraction)):
        return float(value)
    if isinstance(value, date) and not isinstance(value, pd.Timestamp) and value is not pd.NaT:
        return pd.Timestamp(value)
    return value


def is_missing(value: Any) -> bool:
    """Whether a scalar stands for no value: None, NaN, NaT or NA."""
    return (
        value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))
    )


def _scalar(value: Any) -> Any:
    value = plain(value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if value is pd.NaT or value is pd.NA:
        return {"missing": "NaT" if value is pd.NaT else "NA"}
    if isinstance(value, pd.Timestamp):
        return {"date": value.isoformat()}
    if isinstance(value, pd.Timedelta):
        return {"length": value.value, "unit": value.unit}
    if isinstance(value, pd.Period):
        return {"period": str(value), "freq": value.freqstr}
    if isinstance(value, pd.Interval):
        return {"interval": [_scalar(value.left), _scalar(value.right)], "closed": value.closed}
    if isinstance(value, tuple):
        return {"tuple": [_scalar(part) for part in value]}
    raise CourseError(f"An answer cannot hold a {type(value).__name__}: use numbers, text or dates.")


def _unscalar(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float(value["float"])
    if "missing" in value:
        return pd.NaT if value["missing"] == "NaT" else pd.NA
    if "date" in value:
        return pd.Timestamp(value["date"])
    if "length" in value:
        return pd.Timedelta(value["length"], unit=value["unit"])
    if "period" in value:
        return pd.Period(value["period"], freq=value["freq"])
    if "interval" in value:
        left, right = (_unscalar(end) for end in value["interval"])
        return pd.Interval(left, right, closed=value["closed"])
    return tuple(_unscalar(part) for part in value["tuple"])


def _column(values: pd.Series | pd.Index) -> dict:
    if isinstance(values.dtype, pd.CategoricalDtype):
        kind: Any = {
            "categories": _column(values.dtype.categories),
            "ordered": bool(values.dtype.ordered),
        }
    else:
        kind = str(values.dtype)
    return {"dtype": kind, "values": [_scalar(value) for value in values]}


def _uncolumn(column: dict) -> pd.Series:
    values, dtype = [_unscalar(value) for value in column["values"]], column["dtype"]
    if isinstance(dtype, dict):
        categories = pd.Index(_uncolumn(dtype["categories"]))
        return pd.Series(pd.Categorical(values, categories=categories, ordered=dtype["ordered"]))
    return pd.Series(values, dtype=dtype)


def _index(index: pd.Index) -> dict:
    names = [_scalar(name) for name in index.names]
    if isinstance(index, pd.RangeIndex):
        return {"names": names, "range": [index.start, index.stop, index.step]}
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    return {"names": names, "levels": [_column(level) for level in levels]}


def _unindex(index: dict) -> pd.Index:
    names = [_unscalar(name) for name in index["names"]]
    if "range" in index:
        return pd.RangeIndex(*index["range"], name=names[0])
    levels = [pd.Index(_uncolumn(level)) for level in index["levels"]]
    return pd.MultiIndex.from_arrays(levels, names=names) if len(levels) > 1 else levels[0].rename(names[0])


def encode(answer: Any) -> dict:
    """An answer as plain JSON values.

    Parameters
    ----------
    answer : number, str, date, list, tuple, set, dict, numpy.ndarray, Series or DataFrame

    Raises
    ------
    CourseError
        If it holds something else, or more rows than a key should carry.
    """
    if isinstance(answer, (pd.Series, pd.DataFrame)) and len(answer) > MOST_ROWS:
        raise CourseError(
            f"An answer of {len(answer):,} rows is too long to mark: ask for at most {MOST_ROWS:,}."
        )
    if isinstance(answer, pd.DataFrame):
        columns = [
            {"label": _scalar(label), **_column(answer.iloc[:, i])} for i, label in enumerate(answer.columns)
        ]
        return {"frame": columns, "index": _index(answer.index)}
    if isinstance(answer, pd.Series):
        return {"series": _column(answer), "name": _scalar(answer.name), "index": _index(answer.index)}
    if isinstance(answer, np.ndarray) and answer.ndim == 1:
        return {"list": [_scalar(part) for part in answer]}
    if isinstance(answer, dict):
        return {"mapping": [[_scalar(key), _scalar(value)] for key, value in answer.items()]}
    if isinstance(answer, (list, tuple)):
        return {"list": [_scalar(part) for part in answer]}
    if isinstance(answer, (set, frozenset)):
        return {"list": sorted((_scalar(part) for part in answer), key=str)}
    return {"scalar": _scalar(answer)}


def decode(stored: dict) -> Any:
    """The answer that ``encode`` stored: same values, labels, order, dtypes (a tuple or set as a list)."""
    if "frame" in stored:
        index = _unindex(stored["index"])
        columns = [_uncolumn(column) for column in stored["frame"]]
        frame = pd.DataFrame({i: column.array for i, column in enumerate(columns)}, index=index)
        frame.columns = pd.Index([_unscalar(column["label"]) for column in stored["frame"]])
        return frame
    if "series" in stored:
        values = _uncolumn(stored["series"])
        return pd.Series(values.array, index=_unindex(stored["index"]), name=_unscalar(stored["name"]))
    if "mapping" in stored:
        return {_unscalar(key): _unscalar(value) for key, value in stored["mapping"]}
    if "list" in stored:
        return [_unscalar(part) for part in stored["list"]]
    return _unscalar(stored["scalar"])


def fingerprint(content: Any) -> str:
    """SHA-256 of JSON content, whatever the order of its keys: 64 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
