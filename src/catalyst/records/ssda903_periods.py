"""Periods of care, as the tables of SSDA903 beside the episodes need them: one row from entry to leaving.

Also the numbers of ``parameters/ssda903.toml`` and the luck of what an authority writes down. Depends on the
world's logs, case_files and columns.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from catalyst.records import case_files
from catalyst.records.columns import rows_of
from catalyst.world import codes
from catalyst.world.luck import Luck
from catalyst.world.parameters import Room, read

_SAME = ("child", "period", "ls", "place", "provider", "urn")
_P, _T, _B, _U = (codes.RNE.index(code) for code in "PTBU")
_WITH_FOSTERER = [codes.PLACE.index(code) for code in ("A3", "A5")]


def _last(first: np.ndarray, rows: int) -> np.ndarray:
    """The last row of each run of rows that begins at ``first``."""
    return np.append(first[1:], rows)[: len(first)] - 1


def told_apart(log: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Episodes that the return's columns tell apart, with the reason of those who stay with their carer.

    A move between two other placements (without provider or URN) would show in the postcode alone, so that
    the two are one episode (rule 435). A placement for adoption with the current foster carer begins with T
    or U (rule 217).

    Parameters
    ----------
    log : ``care_episodes`` of the world, in the order of child and ``decom``
    """
    again = np.zeros(len(log["child"]), dtype=bool)
    if len(again):
        same = np.all([log[name][1:] == log[name][:-1] for name in _SAME], axis=0)
        again[1:] = same & np.isin(log["rne"][1:], (_P, _T))
    last = _last(np.flatnonzero(~again), len(again))
    one = {name: column[~again] for name, column in log.items()}
    one |= {name: log[name][last] for name in ("dec", "rec", "place_change")}
    stays = np.isin(one["place"], _WITH_FOSTERER)
    rne = np.where(stays & (one["rne"] == _P), _T, np.where(stays & (one["rne"] == _B), _U, one["rne"]))
    return one | {"rne": rne.astype(log["rne"].dtype)}


@cache
def numbers() -> Room:
    """The numbers of ``parameters/ssda903.toml`` by dotted name."""
    return read()["ssda903"]


@dataclass(frozen=True)
class Periods:
    """Periods of care in the order of child and start; arrays of shape (periods,)."""

    luck: Luck
    child: np.ndarray
    person: np.ndarray  # row of the world's children
    number: np.ndarray  # 1, 2, 3 … of the child
    stint: np.ndarray  # the local number under which the whole period stands
    authority: np.ndarray
    start: np.ndarray
    end: np.ndarray  # −1 still looked after on 31 March 2025
    rec: np.ndarray  # why it ended, index into codes.REC; −1
    first: np.ndarray  # place of its first episode
    last: np.ndarray  # place of its last episode

    def of(self, child: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Row of the period in which each child was looked after on a day (the latest begun by then)."""
        key = self.child.astype(np.int64) * 65_536 + self.start
        return np.searchsorted(key, child.astype(np.int64) * 65_536 + day, side="right") - 1


def periods(lives, log: dict[str, np.ndarray]) -> Periods:
    """The periods of care that some episodes make up.

    Parameters
    ----------
    log : ``care_episodes`` of the world, in the order of child and ``decom``
    """
    child = log["child"]
    new = np.ones(len(child), dtype=bool)
    new[1:] = (child[1:] != child[:-1]) | (log["period"][1:] != log["period"][:-1])
    first = np.flatnonzero(new)
    last = _last(first, len(child))
    person = rows_of(lives.children["child"], child[first])
    # A period stays under the number it began with, so that an adoption renames only what comes after it.
    stint = case_files.pack(
        child[first], log["authority"][first], log["decom"][first], lives.children["adopted"][person]
    )
    return Periods(
        Luck(lives.spec.seed), child[first], person, log["period"][first].astype(np.int64), stint,
        log["authority"][first], log["decom"][first], log["dec"][last], log["rec"][last], first, last,
    )  # fmt: skip


def within(luck: Luck, process: str, unit, low_high, month=0, draw=0) -> np.ndarray:
    """Whole days drawn evenly from ``low_high``, both included; int32."""
    low, high = low_high
    return (low + np.floor(luck(process, unit, month, draw) * (high - low + 1))).astype(np.int32)


def table_of(lives, name: str) -> dict[str, np.ndarray]:
    """A table of the world's log; nothing where this world does not hold it, or holds no row of it."""
    table = getattr(lives, name, None) or {}
    return table if len(next(iter(table.values()), ())) else {}
