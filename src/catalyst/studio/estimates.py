"""What an analysis gives back when it is run on many worlds: a number, its error, and what it rests on.

Depends on nothing.
"""

from typing import NamedTuple


class Estimate(NamedTuple):
    """A number with its standard error, the events it rests on and the independent clusters they fall in."""

    value: float
    se: float
    events: int = 0
    clusters: int = 0


class Trap(NamedTuple):
    """The number of a wrong analysis, the parameter it is taken for, and the sign of its bias (+1 or −1)."""

    parameter: str
    value: float
    se: float
    sign: int


class Declared(NamedTuple):
    """What an analysis is known to fall short of, why, and the bounds it is held to instead of the rule's.

    Bounds are in empirical standard errors (bias), as mean over empirical standard error (ratio), and as the
    share of 95% intervals that hold the truth (covered).
    """

    reason: str
    bias: float = 0.2
    ratio: tuple[float, float] = (0.9, 1.1)
    covered: tuple[float, float] = (0.90, 0.99)
