"""Young adults from 18 to 25: work, benefits, earnings, adult services, housing, custody.

Depends on schooling, care, offending and health.
"""

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """What is decided once."""


def step(life: Life, month: int) -> None:
    """What happens this month."""
