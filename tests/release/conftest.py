"""A small world, lived once, and its release in memory and on disk."""

import pytest

from catalyst.release import extract, make
from catalyst.world.life import Spec, World

ASKED = {"children": 1_200, "seed": 8, "authorities": 3}


@pytest.fixture(scope="session")
def small_world() -> World:
    return World(Spec(**ASKED))


@pytest.fixture(scope="session")
def small_lives(small_world):
    """The whole world as one block."""
    import numpy as np

    return small_world.live(np.concatenate(small_world.blocks()))


@pytest.fixture(scope="session")
def small_records(small_lives, small_world):
    return extract.join(small_world, [extract.records_of(small_lives)])


@pytest.fixture(scope="session")
def tables(small_records, small_world):
    """The release as Arrow tables."""
    return extract.assemble(small_records, small_world.places, small_world.spec.seed)


@pytest.fixture(scope="session")
def frames(tables):
    """The release as a researcher loads it."""
    return extract.frames(tables)


@pytest.fixture
def quick(monkeypatch, tables):
    """A make_release that does not live the world again: ``quick(out, **changes)``."""

    def instead(spec, names=None, **_):
        chosen = list(tables) if names is None else names
        return {name: table for name, table in tables.items() if name in chosen}

    monkeypatch.setattr(extract, "release_tables", instead)
    return lambda out, **changes: make.make_release(out, **{**ASKED, **changes})
