"""Who is on which roll: moves of school, alternative provision, home education, leaving the roll unseen.

Depends on engagement, exclusions, care and moves of home.
"""

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """What is decided once."""


def step(life: Life, month: int) -> None:
    """What happens this month."""
