"""Totals of blocks and worlds that can be added up: numbers, arrays, tables, and what is the same in all.

Depends on nothing.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Same(NamedTuple):
    """Something that does not depend on the block, such as a fact about the authorities."""

    value: np.ndarray


def add(one: dict, other: dict) -> dict:
    """Two dictionaries of totals as one: numbers and arrays are added, tables stand under one another."""
    out = dict(one)
    for name, value in other.items():
        if name not in out:
            out[name] = value
        elif isinstance(value, pd.DataFrame):
            out[name] = pd.concat([out[name], value], ignore_index=True)
        elif not isinstance(value, Same):
            out[name] = out[name] + value
    return out
