"""Whole worlds for the tests of the world."""

import numpy as np

from catalyst.world.life import Lives, Spec, World


def whole(spec: Spec) -> Lives:
    """A world lived in one block."""
    world = World(spec)
    return world.live(np.concatenate(world.blocks()))


def tables(lives: Lives) -> dict[str, dict[str, np.ndarray]]:
    """Everything that a block gives, by table."""
    return {"families": lives.families, "children": lives.children, **lives.log}
