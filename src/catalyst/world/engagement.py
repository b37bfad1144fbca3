"""Engagement with school: four classes, the moves between them, and attendance term by term.

Depends on need, care, health, schools and the pandemic.
"""

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """What is decided once."""


def step(life: Life, month: int) -> None:
    """What happens this month."""
