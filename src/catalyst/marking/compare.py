"""Is one answer the same as another, within its tolerance, and where do they part? Depends on ``answers``."""

import math
from typing import Any

import pandas as pd

from catalyst.marking.answers import is_missing


def is_number(value: Any) -> bool:
    """Whether a scalar is a finite number (true and false are not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def tolerance(spec: dict, cell: Any) -> float:
    """How far a number may stand from the right one, in the exercise's unit.

    A tolerance may be one number, or a dictionary by column (of a frame) or by label (of a mapping or
    Series), in which whatever is not named must be exact.
    """
    allowed = spec.get("tolerance", 0)
    if isinstance(allowed, dict):
        name = cell[1] if spec["kind"] == "frame" else cell
        allowed = allowed.get(str(name), 0)
    return float(allowed)


def close(expected: Any, given: Any, allowed: float) -> bool:
    """Whether two scalars are the same: numbers within ``allowed``, missing with missing."""
    if is_missing(expected) or is_missing(given):
        return is_missing(expected) and is_missing(given)
    if isinstance(expected, bool) or isinstance(given, bool):
        return isinstance(expected, bool) and isinstance(given, bool) and expected == given
    if isinstance(expected, (int, float)) and isinstance(given, (int, float)):
        if not (math.isfinite(expected) and math.isfinite(given)):
            return expected == given
        # A hair more than the tolerance, so that 0.705 is within 0.005 of 0.70 whatever binary makes of it.
        return abs(expected - given) <= allowed * (1 + 1e-9) + 1e-9 * max(abs(expected), abs(given), 1e-3)
    if isinstance(expected, str) and isinstance(given, str):
        return expected.strip() == given.strip()
    if isinstance(expected, pd.Timestamp) and isinstance(given, pd.Timestamp):
        return expected == given
    return type(expected) is type(given) and bool(expected == given)


def same(spec: dict, expected: dict, given: dict) -> bool:
    """Whether two answers, taken apart into cells, are the same within the exercise's tolerance."""
    return expected.keys() == given.keys() and not differing(spec, expected, given)


def differing(spec: dict, expected: dict, given: dict) -> list:
    """The cells, in the order of the right answer, whose values are not the same."""
    return [cell for cell in expected if not close(expected[cell], given.get(cell), tolerance(spec, cell))]
