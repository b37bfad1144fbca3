"""Everybody whom the records may speak of, as the flaws need to know them. Depends on keys and columns."""

from dataclasses import dataclass

import numpy as np

from catalyst.records.columns import Table
from catalyst.release import keys
from catalyst.world import codes
from catalyst.world.luck import Luck

GROUPS = (
    "White British, less deprived",
    "White British, deprived",
    "minority ethnic, less deprived",
    "minority ethnic, deprived",
)
_WHITE_BRITISH = codes.ETHNICITY.index("WBRI")
_DEPRIVED = 3  # of the ten tenths of neighbourhoods, the most deprived


@dataclass(frozen=True)
class People:
    """The children of a block in the order of their ids; arrays of shape (children,).

    ``group`` points into ``GROUPS``; ``first`` and ``last`` are the returns with a pupil reference;
    ``sibling`` is the row of the next brother or sister, −1 for an only child.
    """

    child: np.ndarray
    family: np.ndarray
    birth: np.ndarray
    arrival: np.ndarray
    sex: np.ndarray
    ethnicity: np.ndarray
    group: np.ndarray
    first: np.ndarray
    last: np.ndarray
    sibling: np.ndarray

    @classmethod
    def of(cls, records: dict[str, Table], luck: Luck) -> "People":
        """The people of ``records``, from the table ``_people`` that is never released."""
        table = records["_people"]
        child, row = np.unique(table["child"], return_index=True)
        mine = {name: column[row] for name, column in table.items() if name != "child"}
        known = keys.known_years(luck, child, mine["birth"], mine["arrival"])
        group = 2 * (mine["ethnicity"] != _WHITE_BRITISH) + (mine["decile"] <= _DEPRIVED)
        return cls(
            child=child,
            family=mine["family"],
            birth=mine["birth"],
            arrival=mine["arrival"],
            sex=mine["sex"],
            ethnicity=mine["ethnicity"].astype(np.int64),
            group=group.astype(np.int8),
            first=known.first,
            last=known.last,
            sibling=_siblings(mine["family"]),
        )

    def rows(self, child: np.ndarray) -> np.ndarray:
        """The row of each child."""
        return np.searchsorted(self.child, child)


def _siblings(family: np.ndarray) -> np.ndarray:
    """The row of the next child of the family, of the last child the first; families stand together."""
    n = len(family)
    if not n:
        return np.zeros(0, dtype=np.int64)
    new = np.ones(n, dtype=bool)
    new[1:] = family[1:] != family[:-1]
    start = np.maximum.accumulate(np.where(new, np.arange(n), 0))
    ends = np.append(new[1:], True)
    following = np.where(ends, start, np.arange(n) + 1)
    return np.where(following == np.arange(n), -1, following)
