"""Worlds that the tests of the world share, lived once."""

import pytest
from lived import MIDDLE, whole

from catalyst.world.life import Lives, Spec


@pytest.fixture(scope="session")
def world() -> Lives:
    """All 24 authorities, 30,000 children: enough for rates and plans."""
    return whole(Spec(seed=11, children=30_000))


@pytest.fixture(scope="session")
def small() -> Lives:
    """Four authorities, 4,000 children."""
    return whole(Spec(seed=5, children=4_000, authorities=4))


@pytest.fixture(scope="session")
def middle() -> Lives:
    """Four authorities, 6,000 children: most rooms' own tests and, beside it, their twins."""
    return whole(Spec(**MIDDLE))
