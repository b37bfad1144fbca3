"""Samples of a few worlds that were lived once: for claims that would take hours in worlds of their own.

What a chapter's analyses need of each family stands in a small committed table. A sample draws families of it
with replacement, as many as one world or one extract holds, and the chapter draws anew what its claim is
about: who is linked at random given age, or who has an event that is planted. So samples differ as families
drawn from one population do, and the truth is that of the worlds they are drawn from. Depends on the world,
the release's records and each chapter's ``base``.

    python -m catalyst.studio.recovery_drawn
"""

import argparse
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.studio import claims, totals, truths
from catalyst.world.life import Lives, Spec, World

CHAPTERS = ("f2", "f3", "f3b")
WORLDS, CHILDREN, AUTHORITIES = 4, 30_000, 24
FIRST_SEED = 950_001


def file(chapter: str) -> Path:
    """The committed table of a chapter's families."""
    return paths.root() / "benchmarks" / f"drawn_{chapter}.parquet"


@cache
def rows(name: str) -> pd.DataFrame:
    """The families of the worlds that were lived; a table of a chapter, as ``f3b`` or ``f3b_scores``."""
    return pd.read_parquet(file(name))


def families(table: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """A sample of families, each drawn with replacement.

    Parameters
    ----------
    table : rows of families, those of one family together, with ``first`` true on the first row of each
    share : how many families to draw, relative to those of the table

    Returns
    -------
    pandas.DataFrame
        Their rows, with ``family`` a number of its own for each draw; without ``first``.
    """
    start = np.flatnonzero(table["first"].to_numpy())
    size = np.diff(np.append(start, len(table)))
    drawn = rng.integers(len(start), size=round(share * len(start)))
    size, begin = size[drawn], np.repeat(start[drawn], size[drawn])
    place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    out = table.drop(columns="first").iloc[begin + place].reset_index(drop=True)
    return out.assign(family=np.repeat(np.arange(len(drawn)), size))


def together(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order of ``family``, which gives way to ``first``."""
    table = table.sort_values("family", kind="stable", ignore_index=True)
    return table.drop(columns="family").assign(first=~table["family"].duplicated())


def bases(lives: Lives) -> dict[str, pd.DataFrame]:
    """The tables of every chapter, by name, for one block of a world."""
    out: dict[str, pd.DataFrame] = {}
    for chapter in CHAPTERS:
        out |= import_module(f"catalyst.studio.recovery_{chapter}").base(lives)
    return out


def lived(seed: int, children: int = CHILDREN, authorities: int = AUTHORITIES) -> tuple[dict, dict]:
    """Tables by name, and totals of the chapters' truths, of one world."""
    world = World(Spec(seed=seed, children=children, authorities=authorities))
    parts: list[dict] = []
    counts: dict[str, dict] = {chapter: {} for chapter in CHAPTERS}
    for block in world.blocks():
        lives = world.live(block)
        parts.append(bases(lives))
        for chapter in CHAPTERS:
            counts[chapter] = totals.add(counts[chapter], claims.truths(chapter).count(lives, {}))
    tables = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    return tables, counts


def main() -> None:
    """Lives the worlds and writes the tables, and their truths into the committed superpopulation."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    worlds = [lived(FIRST_SEED + k) for k in range(WORLDS)]
    for name in worlds[0][0]:
        table = pd.concat([tables[name] for tables, _ in worlds], ignore_index=True)
        table.to_parquet(file(name), index=False, compression="zstd")
    found = truths.pool_worlds(counts for _, counts in worlds)
    truths.keep(found.assign(children=CHILDREN))


if __name__ == "__main__":
    main()
