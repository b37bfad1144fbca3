"""What was given: is it an answer at all, of the right kind, of the right shape? Depends on ``answers``.

The first layers of ``check``. They need only what the exercise asks for (kind, unit, labels, columns), never
the answer itself, so they work in an assigned release too.
"""

import inspect
import math
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from catalyst.marking.answers import is_missing, plain
from catalyst.marking.nearest import listed, nearest

PHRASES = {
    "proportion": "a proportion between 0 and 1",
    "percent": "a percentage between 0 and 100",
    "hazard ratio": "a hazard ratio",
    "log hazard ratio": "a log hazard ratio",
    "odds ratio": "an odds ratio",
    "log odds ratio": "a log odds ratio",
    "rate ratio": "a rate ratio",
    "log rate ratio": "a log rate ratio",
    "difference": "a difference",
}
LENGTHS = ("days", "weeks", "months", "years")


class Refused(Exception):
    """An answer that cannot be compared. ``layer`` is "type" or "shape"; the message is for the learner."""

    def __init__(self, layer: str, message: str):
        super().__init__(message)
        self.layer = layer


@dataclass
class Reading:
    """An answer taken apart: one scalar to a cell, under the label (or row and column) where it stands."""

    cells: dict
    note: str = ""
    rows: list = field(default_factory=list)
    columns: list = field(default_factory=list)


def wanted(spec: dict) -> str:
    """What the exercise asks for, in the words that end a message: "Give a proportion between 0 and 1."."""
    unit, kind = spec.get("unit"), spec["kind"]
    if kind in ("number", "integer"):
        whole = "a whole number" if kind == "integer" else "a number"
        if unit is None:
            return f"Give {whole}."
        if unit.startswith("per "):
            return f"Give a rate {unit}."
        return f"Give {PHRASES.get(unit, f'{whole} of {unit}')}."
    if kind == "choice":
        return f"Choose one of: {listed(spec['options'])}."
    if kind in ("choices", "order"):
        order = ", in order" if kind == "order" else ""
        return f"Give a list of options{order}, chosen from: {listed(spec['options'])}."
    what = {
        "mapping": "a dictionary with a value for each label",
        "series": "a pandas Series with a value for each label",
        "frame": "a pandas DataFrame",
    }[kind]
    return f"Give {what}."


def blank(answer: Any) -> tuple[int, int]:
    """How many parts of an answer are still ``...``, and how many parts it has."""
    if isinstance(answer, pd.DataFrame):
        parts = [part for i in range(answer.shape[1]) for part in answer.iloc[:, i]]
    elif isinstance(answer, dict):
        parts = list(answer.values())
    elif isinstance(answer, np.ndarray):
        parts = list(answer.ravel()) if answer.dtype == object else []
    elif isinstance(answer, (list, tuple, set, frozenset, pd.Series, pd.Index)):
        parts = list(answer)
    else:
        parts = [answer]
    return sum(part is Ellipsis for part in parts), len(parts)


def strange(answer: Any) -> str | None:
    """What a thing is that is never an answer, in one sentence; None for everything that may be one."""
    if answer is None:
        return (
            "Your answer is None: a function that only prints or changes in place gives back None. "
            "Give the name the value itself."
        )
    kind = type(answer)
    room, name = kind.__module__.partition(".")[0], kind.__name__
    if room in ("matplotlib", "seaborn", "mpl_toolkits"):
        return f"That is a figure ({name}), not the numbers in it."
    if room == "lifelines":
        return (
            f"That is a fitted lifelines model ({name}). Take the figure you need from it, such as "
            "predict(t), median_survival_time_ or summary."
        )
    if room in ("statsmodels", "sklearn", "linearmodels", "patsy"):
        return f"That is a model ({name}). Take the figure you need from it, such as one of its params."
    if isinstance(answer, ModuleType) or inspect.isclass(answer):
        what = "module" if isinstance(answer, ModuleType) else "class"
        return f"That is the {what} {answer.__name__}, not a value."
    if inspect.isroutine(answer):
        called = getattr(answer, "__name__", "it")
        return f"That is a function that has not been called: write {called}() with its brackets."
    if inspect.isgenerator(answer) or isinstance(answer, (map, filter, zip)):
        return "That is a generator that has not been run: put list() round it."
    if "GroupBy" in name:
        return "That is a grouping without a sum, a mean or a count: finish it, such as with .size()."
    return None


def describe(answer: Any) -> str:
    """What an answer is, in words: "a Series with 5 values"."""
    if isinstance(answer, pd.DataFrame):
        return f"a DataFrame with {_count(len(answer), 'row')} and {_count(answer.shape[1], 'column')}"
    if isinstance(answer, (pd.Series, pd.Index, np.ndarray, list, tuple, set, frozenset, dict)):
        name = {"ndarray": "NumPy array", "dict": "dictionary"}.get(
            type(answer).__name__, type(answer).__name__
        )
        size = answer.size if isinstance(answer, np.ndarray) else len(answer)
        return f"{_article(name)} with {_count(size, 'value')}"
    value = plain(answer)
    if isinstance(value, bool):
        return f"{value}, which is true or false"
    if isinstance(value, str):
        shown = value if len(value) <= 30 else value[:27] + "..."
        return f"text, '{shown}'"
    if isinstance(value, (int, float)):
        return f"a single number, {value:g}"
    if isinstance(value, pd.Timestamp):
        return "a date"
    if isinstance(value, pd.Timedelta):
        return "a length of time"
    return _article(type(answer).__name__)


def read(spec: dict, answer: Any) -> Reading:
    """Take an answer apart, or refuse it with a sentence that says what to give instead.

    Parameters
    ----------
    spec : dict
        The exercise's kind, with its unit, options and by-columns where it has them.
    answer
        Anything at all.

    Raises
    ------
    Refused
        In the layer "type".
    """
    odd = strange(answer)
    if odd:
        raise Refused("type", f"{odd} {wanted(spec)}")
    reader = {
        "number": _number,
        "integer": _number,
        "choice": _choice,
        "choices": _choices,
        "order": _choices,
        "mapping": _labelled,
        "series": _labelled,
        "frame": _frame,
    }[spec["kind"]]
    return reader(spec, answer)


def shape(spec: dict, reading: Reading) -> dict:
    """The shape of a right answer, as the key keeps it."""
    if spec["kind"] in ("mapping", "series"):
        return {"rows": len(reading.rows), "labels": [text(row) for row in reading.rows]}
    if spec["kind"] == "frame":
        columns = [str(column) for column in reading.columns]
        return {"rows": len(reading.rows), "labels": [text(row) for row in reading.rows], "columns": columns}
    return {}


def fit(spec: dict, reading: Reading) -> None:
    """Hold an answer's shape against the one that is asked for.

    Raises
    ------
    Refused
        In the layer "shape".
    """
    kind, asked = spec["kind"], spec.get("shape", {})
    if kind == "integer":
        value = reading.cells[()]
        if value != round(value):
            raise Refused("shape", f"The answer is a whole number, and yours is {value:g}. {wanted(spec)}")
        return
    if kind == "choice":
        _known_options(spec, reading.cells.values())
        return
    if kind in ("choices", "order"):
        _known_options(spec, reading.rows)
        return
    if kind == "frame":
        _fit_columns(asked, reading)
    if kind in ("mapping", "series", "frame"):
        _fit_rows(spec, asked, reading)


def label(value: Any) -> Any:
    """A label in a form in which equal labels are equal: 1.0 and "1" as 1, a date or interval as its text."""
    value = plain(value)
    if isinstance(value, tuple):
        return tuple(label(part) for part in value)
    if is_missing(value):
        return "(missing)"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if isinstance(value, (pd.Interval, pd.Period, pd.Timedelta)):
        return str(value)
    if isinstance(value, str):
        value = value.strip()
        return int(value) if value.isdecimal() and str(int(value)) == value else value
    return value


def text(label: Any) -> str:
    """A label in a message: the parts of a compound one with commas between."""
    return ", ".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _number(spec: dict, answer: Any) -> Reading:
    note = ""
    if (
        isinstance(answer, (pd.Series, pd.DataFrame, pd.Index, np.ndarray, list, tuple))
        and np.ndim(answer) > 0
    ):
        holder = describe(answer).removesuffix(" with 1 value").removesuffix(" with 1 row and 1 column")
        if np.size(answer) != 1:
            raise Refused("type", f"That is {describe(answer)}; the question has one answer. {wanted(spec)}")
        answer = np.asarray(answer, dtype=object).ravel()[0]
        note = f" (Yours came inside {holder}; its one value was taken.)"
        odd = strange(answer)
        if odd:
            raise Refused("type", f"{odd} {wanted(spec)}")
    value = plain(answer)
    if isinstance(value, str):
        raise Refused(
            "type",
            f"That is {describe(value)}, not a number: write it without quotation marks. {wanted(spec)}",
        )
    if isinstance(value, pd.Timedelta) and spec.get("unit") in LENGTHS:
        raise Refused(
            "type",
            f"That is a length of time, not a number: divide it by pd.Timedelta(days=1). {wanted(spec)}",
        )
    if is_missing(value):
        raise Refused(
            "type",
            "Your answer is missing (NaN): a missing value went in, or nothing was left to count. "
            f"{wanted(spec)}",
        )
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("type", f"That is {describe(answer)}, not a number. {wanted(spec)}")
    if math.isinf(value):
        raise Refused("type", f"Your answer is infinite: something was divided by nothing. {wanted(spec)}")
    return Reading({(): value}, note)


def _choice(spec: dict, answer: Any) -> Reading:
    if isinstance(answer, (list, tuple, set, frozenset)) and len(answer) == 1:
        answer = next(iter(answer))
    value = plain(answer)
    types = {type(option) for option in spec["options"]}
    if type(value) not in types or (
        isinstance(answer, (pd.Series, pd.DataFrame, np.ndarray)) and np.ndim(answer)
    ):
        raise Refused("type", f"That is {describe(answer)}. {wanted(spec)}")
    return Reading({(): _option(spec, value)})


def _choices(spec: dict, answer: Any) -> Reading:
    if isinstance(answer, (str, dict, pd.DataFrame)) or not np.iterable(answer):
        raise Refused("type", f"That is {describe(answer)}, not a list. {wanted(spec)}")
    if spec["kind"] == "order" and isinstance(answer, (set, frozenset)):
        raise Refused("type", f"A set has no order. {wanted(spec)}")
    chosen = [_option(spec, plain(part)) for part in answer]
    twice = _twice(chosen)
    if twice is not None:
        raise Refused("type", f"'{twice}' stands in your list twice. {wanted(spec)}")
    cells = dict(enumerate(chosen)) if spec["kind"] == "order" else dict.fromkeys(chosen, True)
    return Reading(cells, rows=chosen)


def _option(spec: dict, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    same = [option for option in spec["options"] if str(option).strip().lower() == value.strip().lower()]
    return same[0] if same else value


def _known_options(spec: dict, chosen) -> None:
    for value in chosen:
        if value not in spec["options"]:
            near = nearest(str(value), [str(option) for option in spec["options"]])
            hint = f"Did you mean '{near}'? " if near else ""
            raise Refused("shape", f"'{value}' is not one of the options. {hint}{wanted(spec)}")


def _labelled(spec: dict, answer: Any) -> Reading:
    if isinstance(answer, dict):
        answer = pd.Series(
            list(answer.values()), index=pd.Index(list(answer), tupleize_cols=True), dtype=object
        )
    if isinstance(answer, pd.DataFrame):
        take = (
            f"take the one column you need, such as frame['{answer.columns[-1]}']"
            if answer.shape[1]
            else "it is empty"
        )
        raise Refused("type", f"That is {describe(answer)}: {take}. {wanted(spec)}")
    if not isinstance(answer, pd.Series):
        raise Refused("type", f"That is {describe(answer)}, without labels. {wanted(spec)}")
    labels = [label(part) for part in answer.index]
    twice = _twice(labels)
    if twice is not None:
        raise Refused(
            "shape", f"The label {text(twice)} stands in your answer twice: give one value for each label."
        )
    return Reading(dict(zip(labels, map(plain, answer), strict=True)), rows=labels)


def _frame(spec: dict, answer: Any) -> Reading:
    if isinstance(answer, pd.Series):
        raise Refused(
            "type", f"That is {describe(answer)}: .reset_index() or .to_frame() makes a table. {wanted(spec)}"
        )
    if not isinstance(answer, pd.DataFrame):
        raise Refused("type", f"That is {describe(answer)}, not a table. {wanted(spec)}")
    by = spec.get("by", [])
    loose = [name for name in by if name not in answer.columns and name in answer.index.names]
    if loose:
        answer = answer.reset_index(loose)
    named = [label(column) for column in answer.columns]
    twice = _twice(named)
    if twice is not None:
        raise Refused("shape", f"The column {twice} stands in your table twice.")
    absent = [name for name in by if name not in answer.columns]
    if absent:
        raise Refused(
            "shape", f"Your table has no column {listed(absent)}, which says what each row is about."
        )
    if by:
        rows = [
            label(part if len(by) > 1 else part[0]) for part in answer[by].itertuples(index=False, name=None)
        ]
    else:
        rows = [label(part) for part in answer.index]
    again = _twice(rows)
    if again is not None:
        raise Refused("shape", f"The row {text(again)} stands in your table twice.")
    columns = [name for name in named if name not in by]
    cells = {}
    for position, name in enumerate(named):
        if name in columns:
            cells.update(
                {(row, name): plain(v) for row, v in zip(rows, answer.iloc[:, position], strict=True)}
            )
    return Reading(cells, rows=rows, columns=columns)


def _fit_columns(asked: dict, reading: Reading) -> None:
    given, due = [str(column) for column in reading.columns], asked["columns"]
    absent = [name for name in due if name not in given]
    extra = [name for name in given if name not in due]
    if absent:
        near = nearest(absent[0], extra, 0.6)
        hint = f" Yours has '{near}': rename it to '{absent[0]}'." if near else ""
        raise Refused(
            "shape", f"Your table has no column {listed(absent)}.{hint} It should have: {listed(due)}."
        )
    if extra:
        raise Refused(
            "shape", f"Your table has {listed(extra)} too, which was not asked for. Keep: {listed(due)}."
        )


def _fit_rows(spec: dict, asked: dict, reading: Reading) -> None:
    given, due = [text(row) for row in reading.rows], asked["labels"]
    thing = "row" if spec["kind"] == "frame" else "label"
    absent, extra = [row for row in due if row not in given], [row for row in given if row not in due]
    if not absent and not extra:
        return
    if len(given) != len(due):
        counted = f"Your answer has {_count(len(given), thing)} and {len(due)} are asked for"
    else:
        counted = f"Your {thing}s are not the ones that are asked for"
    if spec.get("labels") == "hidden":
        right = len(given) - len(extra)
        raise Refused("shape", f"{counted}; {right} of yours belong{'s' if right == 1 else ''} there.")
    parts = []
    if absent:
        parts.append(f"missing: {listed(absent, 5)}")
    if extra:
        parts.append(f"not asked for: {listed(extra, 5)}")
    numbered = given == [str(i) for i in range(len(given))]
    hint = f" Yours are numbered from 0: make the {thing}s the index." if numbered and absent else ""
    raise Refused("shape", f"{counted} ({'; '.join(parts)}).{hint}")


def _twice(values: list) -> Any:
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
