"""The rates of flaws under a preset; and what a flaw could befall, did befall and was expected to.

Depends on the groups of flaws_people.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from catalyst.release.flaws_people import GROUPS


@dataclass(frozen=True)
class Preset:
    """The rates of all flaws under one name.

    ``preset["link_missed", "minority ethnic, deprived"]`` is a probability (of ``no_return`` a number of
    authorities); ``any`` tells whether there is a flaw at all.
    """

    name: str
    rates: dict[tuple[str, str], float] = field(default_factory=dict)

    def __getitem__(self, flaw: str | tuple[str, str]) -> float:
        key = flaw if isinstance(flaw, tuple) else (flaw, "")
        return self.rates[key]

    def by(self, flaw: str, whos: Iterable[str] = GROUPS) -> list[float]:
        """The rates of one flaw for several groups, in their order."""
        return [self.rates[flaw, who] for who in whos]

    @property
    def any(self) -> bool:
        """Whether any flaw is brought about."""
        return any(self.rates.values())


class Tally(NamedTuple):
    """One flaw in one block: records (or children) at risk, those found flawed, and their expected number."""

    flaw: str
    who: str
    at_risk: int
    found: int
    expected: float


def tally(flaw: str, who: str, found: np.ndarray, rate: float | np.ndarray) -> Tally:
    """Counts a mask of those at risk.

    Parameters
    ----------
    found : bool, one for each at risk
    rate : the declared probability, one for all or one each
    """
    expected = float(np.broadcast_to(rate, found.shape).sum())
    return Tally(flaw, who, len(found), int(found.sum()), expected)


def by_group(
    flaw: str, whos: tuple[str, ...], group: np.ndarray, found: np.ndarray, rates: list[float]
) -> list[Tally]:
    """A tally for each group.

    Parameters
    ----------
    group : index into ``whos`` of each at risk
    """
    return [tally(flaw, who, found[group == g], rates[g]) for g, who in enumerate(whos)]
