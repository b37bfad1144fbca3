"""Domestic abuse: spells in a family, incidents, and who comes to know of them.

Depends on hardship and parental health.
"""

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """What is decided once."""


def step(life: Life, month: int) -> None:
    """What happens this month."""
