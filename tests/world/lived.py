"""Whole worlds for the tests of the world."""

import numpy as np

from catalyst.world.life import Lives, Spec, World

# The world that the tests of many rooms share, and beside which their twins are lived.
MIDDLE = {"seed": 5, "children": 6_000, "authorities": 4}


def whole(spec: Spec) -> Lives:
    """A world lived in one block."""
    world = World(spec)
    return world.live(np.concatenate(world.blocks()))


def tables(lives: Lives) -> dict[str, dict[str, np.ndarray]]:
    """Everything that a block gives, by table."""
    return {"families": lives.families, "children": lives.children, **lives.log}
