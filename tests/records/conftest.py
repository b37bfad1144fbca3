"""The hand-made lives as records and as a release, and a small world."""

from collections.abc import Iterable
from types import SimpleNamespace

import pandas as pd
import pytest
from hand_made import as_frame, make_lives

from catalyst.records import cin_census, ssda903
from catalyst.release import extract, schema
from catalyst.world.life import Spec, World


@pytest.fixture(scope="session")
def lives() -> SimpleNamespace:
    return make_lives()


@pytest.fixture(scope="session")
def census(lives) -> dict[str, pd.DataFrame]:
    return {name: as_frame(table) for name, table in cin_census.census(lives).items()}


@pytest.fixture(scope="session")
def looked_after(lives) -> dict[str, pd.DataFrame]:
    return {name: as_frame(table) for name, table in ssda903.returns(lives).items()}


@pytest.fixture(scope="session")
def released(lives) -> dict[str, pd.DataFrame]:
    """The hand-made world as a researcher would receive it: the two returns of children's services."""
    names = [name for name, table in schema.tables().items() if table.source in ("cin", "903")]
    return extract.frames(extract.assemble(extract.records_of(lives, ()), lives.places, 3, names))


@pytest.fixture(scope="session")
def world() -> World:
    return World(Spec(seed=5, children=4_000, authorities=4))


@pytest.fixture(scope="session")
def real(world):
    """All lives of a small world, in one block."""
    return world.live(world.blocks()[0])


@pytest.fixture(scope="session")
def released_of(world, real):
    """Tables of the small world as a researcher would receive them, by their names."""

    def of(names: Iterable[str]) -> dict[str, pd.DataFrame]:
        sources = extract.sources_of(names)
        records = extract.join(world, [extract.records_of(real, sources)], sources)
        return extract.frames(extract.assemble(records, world.places, world.spec.seed, names))

    return of
