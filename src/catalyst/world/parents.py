"""Parents: what mothers and fathers bring from before the children: age, own care as children, convictions.

Depends on people.
"""

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """What is decided once."""


def step(life: Life, month: int) -> None:
    """What happens this month."""
