"""Numbers and distances in words: how far off an answer is, never what it is. Depends on ``compare``."""

import math
from typing import Any

import pandas as pd

from catalyst.marking.answers import is_missing
from catalyst.marking.compare import differing, is_number, tolerance

# A whole number below this can be counted by hand, and a step of one is a large part of it.
SMALL = 25
# An answer rounded too soon lies within this part of the right one.
ROUNDED = 0.1
# A figure below this is not rounded to a whole number by mistake: 1 is then another answer.
WHOLE = 5
# Units of figures that set groups side by side, beside all ratios.
COMPARISONS = {"difference", "percentage points", "standardised difference", "match weight"}


def shown(value: Any, allowed: float) -> str:
    """A value as a learner should read it: as many decimals as the tolerance lets count."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value.date().isoformat() if isinstance(value, pd.Timestamp) else str(value)
    if not math.isfinite(value):
        return "missing"
    if allowed == 0 and value == round(value):
        return f"{int(value):,}"
    return f"{value:,.{decimals(allowed)}f}"


def decimals(allowed: float) -> int:
    """How many decimals a tolerance lets count: 0.005 gives 2, 0.05 gives 1, 0.5 gives 0."""
    return min(6, max(0, round(-math.log10(allowed)))) if allowed > 0 else 4


def distance(spec: dict, expected: dict, given: dict) -> str:
    """What may be said of a wrong answer of the right shape: direction and rough distance."""
    kind = spec["kind"]
    wrong = differing(spec, expected, given)
    if kind in ("number", "integer"):
        return _single(spec, expected[()], given[()])
    if kind == "choice":
        return (
            f"Not '{given[()]}'. Read the question again, and say of each other option why it would be wrong."
        )
    if kind == "choices":
        right = len(expected.keys() & given.keys())
        absent = len(expected) - right
        said = f"Not yet: {right} of your {len(given)} belong{'s' if right == 1 else ''} in the answer"
        return said + (
            f", and {absent} more {'is' if absent == 1 else 'are'} needed."
            if absent
            else ", and no other is needed."
        )
    if kind == "order":
        if len(expected) != len(given):
            return f"Not yet: your list has {len(given)} steps; look again at how many are needed."
        first = wrong[0]
        return f"Not yet: the order is right as far as step {first}; look again from step {first + 1}."
    if kind == "frame":
        return _by_column(expected, given, wrong)
    right = len(expected) - len(wrong)
    hint = _way(expected[wrong[0]], given[wrong[0]])
    first = _named(wrong[0])
    counted = f"Not yet: {right} of {len(expected)} values are right."
    return f"{counted} The first that is not stands at {first}{hint}."


def _single(spec: dict, expected: float, given: float) -> str:
    allowed = tolerance(spec, ())
    off = abs(given - expected)
    way = "too high" if given > expected else "too low"
    if spec["kind"] == "integer" and abs(expected) < SMALL:
        # Nothing is near a number so small; how far off it is would be the answer itself.
        return (
            f"Not yet: {shown(given, 0)} is {way}. The answer is small enough to be counted one by one: "
            "write down each thing that you count, and hold it against the question."
        )
    size = max(abs(expected), 2 * allowed)
    if spec["kind"] == "integer" and off <= 2 + allowed:
        return (
            f"Very near: {shown(given, 0)} is {way} by one or two. Look at a rule that touches few rows, "
            "such as a first or last day."
        )
    # A rounded answer is still near: 1 is not "1.27, rounded too soon", nor is all of a group 0.91 of it.
    may_be_rounded = off <= ROUNDED * size and (abs(expected) >= WHOLE or given != round(given))
    if may_be_rounded and any(
        abs(given - round(expected, places)) < 1e-12 for places in range(decimals(allowed))
    ):
        return "Very near, and perhaps rounded too soon: round only at the end, or not at all."
    if off <= max(0.02 * size, 2 * allowed):
        near = f"Very near: {shown(given, allowed)} is a little {way}."
        return f"{near} {_edge(spec)}"
    if expected and given and (given > 0) != (expected > 0):
        return f"Not yet: {shown(given, allowed)} has the wrong sign. {_look(spec)}"
    if off <= 0.1 * size:
        far = "by less than a tenth of the answer"
    elif off <= 0.5 * size:
        far = "by less than half of the answer"
    else:
        far = "by a long way"
    return f"Not yet: {shown(given, allowed)} is {way}, {far}. {_look(spec)}"


def _compares(spec: dict) -> bool:
    """Whether the answer sets groups side by side, rather than counts or shares of one."""
    unit = spec.get("unit") or ""
    return unit in COMPARISONS or unit.endswith("ratio")


def _edge(spec: dict) -> str:
    """Where an answer that is nearly right may err."""
    if _compares(spec):
        return "One column more or less held fixed, or a few rows in the other group, can do that."
    return "Look at rounding, and at who just falls in or out."


def _look(spec: dict) -> str:
    """Where to look again, by what kind of figure was asked for."""
    if _compares(spec):
        return "Look again at which groups are compared, in which order, and what is held fixed."
    if spec.get("unit") in ("proportion", "percent"):
        return "Look again at what is divided by what: who is counted above, who below, and from when."
    if spec["kind"] == "integer":
        return "Look again at what one row stands for, who is counted, and from when."
    return "Look again at who is counted, and from when."


def _by_column(expected: dict, given: dict, wrong: list) -> str:
    columns = list(dict.fromkeys(column for _, column in expected))
    faulty = list(dict.fromkeys(column for _, column in wrong))
    fine = [str(column) for column in columns if column not in faulty]
    first = wrong[0]
    count = sum(column == first[1] for _, column in wrong)
    total = sum(column == first[1] for _, column in expected)
    said = f"Right so far: {', '.join(fine)}. " if fine else ""
    hint = _way(expected[first], given[first])
    return (
        f"Not yet. {said}In column {first[1]}, {total - count} of {total} values are right; "
        f"the first that is not stands at {_named(first[0])}{hint}."
    )


def _way(expected: Any, given: Any) -> str:
    if is_number(expected) and is_number(given):
        return " and is too high" if given > expected else " and is too low"
    if is_missing(given) and not is_missing(expected):
        return " and is missing (NaN)"
    if is_number(expected):
        return " and is not a number"
    return ""


def _named(cell: Any) -> str:
    return (
        ", ".join(map(str, cell))
        if isinstance(cell, tuple)
        else f"'{cell}'"
        if isinstance(cell, str)
        else str(cell)
    )
