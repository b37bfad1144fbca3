"""The same lives whatever the blocks, their order, the threads or the run; other lives with another seed."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from lived import tables, whole

from catalyst.world.life import Spec, World

SPEC = Spec(seed=5, children=2_000, authorities=4)


def in_order(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    order = np.lexsort(list(table.values())[::-1])
    return {name: values[order] for name, values in table.items()}


def joined(parts) -> dict[str, dict[str, np.ndarray]]:
    all_tables = [tables(part) for part in parts]
    return {
        name: in_order({c: np.concatenate([t[name][c] for t in all_tables]) for c in columns})
        for name, columns in all_tables[0].items()
    }


def digest(all_tables) -> str:
    out = hashlib.sha256()
    for name, table in all_tables.items():
        for column, values in table.items():
            out.update(f"{name}.{column}:{values.dtype}".encode() + np.ascontiguousarray(values).tobytes())
    return out.hexdigest()


@pytest.fixture(scope="module")
def one_block() -> str:
    return digest(joined([whole(SPEC)]))


def test_blocks_in_another_order_give_the_same_lives(one_block):
    world = World(SPEC)
    blocks = world.blocks(600)
    assert len(blocks) == 3
    assert max(map(len, blocks)) <= 600
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1
    assert digest(joined(world.live(b) for b in blocks[::-1])) == one_block


def test_families_chosen_at_random_live_the_same_lives(one_block):
    world = World(SPEC)
    every = np.concatenate(world.blocks())
    shuffled = np.random.default_rng(1).permutation(every)
    halves = np.array_split(shuffled, 2)
    assert digest(joined(world.live(half) for half in halves)) == one_block


def test_threads_change_nothing(one_block):
    world = World(SPEC)
    with ThreadPoolExecutor(2) as pool:
        blocks = world.blocks(1000)
        assert len(blocks) == 2
        assert digest(joined(pool.map(world.live, blocks))) == one_block


def test_another_run_gives_the_same_world_and_another_seed_another(one_block):
    assert digest(joined([whole(SPEC)])) == one_block
    assert digest(joined([whole(Spec(seed=6, children=2_000, authorities=4))])) != one_block


def test_blocks_hold_every_family_once():
    world = World(SPEC)
    ids = np.concatenate(world.blocks(77))
    assert len(np.unique(ids)) == len(ids)
    assert set(ids // 10_000_000) == set(range(4))


def test_an_unknown_table_is_an_attribute_error(small):
    with pytest.raises(AttributeError, match="weather"):
        small.weather  # noqa: B018
