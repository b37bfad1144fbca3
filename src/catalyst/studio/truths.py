"""The truth manifest and truth tables of a release: what was planted, what the rules give, what came about.

Three truths are kept apart: the planted parameter, the estimand's value in the superpopulation (computed
once from many worlds and their twins, and committed with the hash of the rules that gave it), and the value
realised in this very population, counted by living its world, and its twins, again. Depends on the world,
on each chapter's ``truths_`` module and on that of the flaws.
"""

import argparse
import hashlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import (
    claims,
    totals,
    truths_engagement,
    truths_flaws,
    truths_links,
    truths_t1,
    truths_t8,
    truths_t10,
)
from catalyst.world.life import Spec, World
from catalyst.world.parameters import FOLDER, Parameters, read

SUPERPOPULATION = paths.root() / "src" / "catalyst" / "facts" / "superpopulation.csv"
COLUMNS = ["parameter", "scale", "estimand", "planted", "superpopulation", "realised", "chapter"]
FIRST_SEED = 900_001
# Chapters that plant nothing and claim nothing, but count what happened; ``truths_<id>`` as for a claim.
FOUNDATIONS = ("f1",)


def parameter_hash() -> str:
    """A hash of the numbers of the world alone."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.glob("*.toml")):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def spec_of_release() -> Spec:
    """The specification of the world behind the release in use, from its manifest."""
    arguments = paths.manifest()["arguments"]
    return Spec(
        seed=int(arguments["seed"]),
        children=int(arguments["children"]),
        authorities=int(arguments["authorities"]),
        settings=dict(arguments.get("settings") or {}),
        cuts=tuple(arguments.get("cuts") or ()),
    )


def counted(
    spec: Spec, chapters: Iterable[str] = claims.CHAPTERS, with_twins: bool = True
) -> dict[str, dict]:
    """Lives a world and its twins block by block and counts what chapters call true.

    Without twins the world stands in for each of them: enough for what needs none.

    Returns
    -------
    dict of chapter to totals, as its ``count`` gives them, added up over blocks
    """
    modules = {chapter: claims.truths(chapter) for chapter in chapters}
    twins: dict[tuple, World] = {}
    named: dict[str, dict[str, tuple]] = {}
    for chapter, module in modules.items():
        named[chapter] = {}
        for label, change in module.TWINS.items():
            change = change if with_twins else {}
            settings = {**spec.settings, **change.get("settings", {})}
            cuts = tuple(sorted({*spec.cuts, *change.get("cuts", ())}))
            key = (tuple(sorted(settings.items())), cuts)
            if with_twins:
                twins.setdefault(key, World(replace(spec, settings=settings, cuts=cuts)))
            named[chapter][label] = key
    world = World(spec)
    out: dict[str, dict] = {chapter: {} for chapter in modules}
    for block in world.blocks():
        lives = world.live(block)
        others = {key: twin.live(block) for key, twin in twins.items()}
        for chapter, module in modules.items():
            here = {label: others.get(key, lives) for label, key in named[chapter].items()}
            out[chapter] = totals.add(out[chapter], module.count(lives, here))
    return out


def shared_out(chapters: Iterable[str]) -> list[list[str]]:
    """Chapters in two shares that live about as many twins each, and together all of them."""
    shares: list[list[str]] = [[], []]
    twins: list[set[str]] = [set(), set()]
    for chapter in sorted(chapters, key=lambda name: -len(claims.truths(name).TWINS)):
        lighter = 0 if len(twins[0]) <= len(twins[1]) else 1
        shares[lighter].append(chapter)
        twins[lighter] |= {str(change) for change in claims.truths(chapter).TWINS.values()}
    return shares


def values(counts: dict[str, dict]) -> dict[str, float]:
    """Every estimand's value by name, from the totals of :func:`counted`."""
    return {name: v for chapter, t in counts.items() for name, v in claims.truths(chapter).values(t).items()}


def superpopulation() -> dict[str, float]:
    """The committed values of the estimands, by name; empty for rules that are no longer in force."""
    table = pd.read_csv(SUPERPOPULATION)
    if not (table["parameters"] == parameter_hash()).all():
        return {}
    return dict(zip(table["parameter"], table["value"], strict=True))


def errors_of_twins() -> dict[str, float]:
    """Standard errors of the committed values that twin worlds told, by name.

    The others were counted in the very worlds in which the analyses were tried, and vary with them.
    """
    table = pd.read_csv(SUPERPOPULATION)
    own = table["parameter"].map(lambda name: claims.recovery(name.split(".")[0]).CHILDREN)
    twins = table[table["children"] != own]
    return dict(zip(twins["parameter"], twins["se"], strict=True))


def planted_rows(parameters: Parameters) -> Iterable[dict]:
    """Rows of the manifest for estimands that equal a planted number, or a sum of planted numbers."""
    for chapter in claims.CHAPTERS:
        module = claims.truths(chapter)
        for name, arrow in module.PLANTED.items():
            effect = parameters.effects[arrow]
            yield {
                "parameter": name, "scale": effect.scale, "estimand": effect.estimand,
                "planted": effect.value,
            }  # fmt: skip
        if hasattr(module, "planted"):
            for name, (scale, estimand, value) in module.planted(parameters).items():
                yield {"parameter": name, "scale": scale, "estimand": estimand, "planted": value}


def manifest(spec: Spec, counts: dict[str, dict]) -> pd.DataFrame:
    """The truth manifest of one population.

    Returns
    -------
    pandas.DataFrame
        Columns parameter, scale, estimand, planted, superpopulation, realised, chapter. A conditional
        hazard ratio has no realised value and its superpopulation value is the planted one; a marginal
        estimand is not planted. Superpopulation values are not given for worlds with an event set, or
        an arrow cut or moved.
    """
    expected = superpopulation() if not (spec.cuts or spec.settings or spec.moved) else {}
    rows = [
        {**row, "superpopulation": row["planted"], "realised": np.nan}
        for row in planted_rows(read(spec.cuts, moved=spec.moved))
    ]
    for chapter, some in counts.items():
        module = claims.truths(chapter)
        for name, value in module.values(some).items():
            scale, estimand = module.SCALES[name]
            rows.append(
                {
                    "parameter": name, "scale": scale, "estimand": estimand, "planted": np.nan,
                    "superpopulation": expected.get(name, np.nan), "realised": value,
                }
            )  # fmt: skip
    rows += truths_t1.years(counts["t1"]["plans"]) if "t1" in counts else []
    table = pd.DataFrame(rows)
    table["chapter"] = table["parameter"].str.split(".").str[0]
    return table[COLUMNS]


def found_side_by_side(
    spec: Spec,
) -> tuple[dict[str, dict], dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """What :func:`build` needs of the world of a release, and the links of the project extracts, written.

    Returns
    -------
    totals by chapter, the truth tables of the flaws, the files of :func:`told_of_lives`
    """
    chapters = (*claims.CHAPTERS, *FOUNDATIONS)
    # Each task lives worlds of its own. What takes longest comes first, so that both processes end together.
    with ProcessPoolExecutor(2) as pool:
        counting = [pool.submit(counted, spec, share) for share in shared_out(chapters)]
        flawing = pool.submit(truths_flaws.tables, spec)
        telling = pool.submit(told_of_lives, spec)
        linking = pool.submit(truths_links.build)
        found = {chapter: some for part in counting for chapter, some in part.result().items()}
        linking.result()
        return {chapter: found[chapter] for chapter in chapters}, flawing.result(), telling.result()


def build() -> None:
    """Writes ``truth.parquet`` and the truth tables of the release in use beside its key."""
    spec = spec_of_release()
    counts, flaws, lives_told = found_side_by_side(spec)
    folder = paths.keys_dir()
    folder.mkdir(parents=True, exist_ok=True)
    codes = World(spec).places.code
    tables = {
        "truth_plan_end_reasons.parquet": truths_t1.reasons(counts["t1"]["plans"], codes, spec.seed),
        **lives_told,
        **{f"truth_{name}.parquet": table for name, table in flaws.items()},
        # Last: while it is missing, the truth counts as not built.
        "truth.parquet": pd.concat([manifest(spec, counts), truths_flaws.rows(flaws)], ignore_index=True),
    }
    for name, table in tables.items():
        partial_file = folder / f".{name}.part"
        table.to_parquet(partial_file, index=False)
        partial_file.replace(folder / name)


def told_of_lives(spec: Spec) -> dict[str, pd.DataFrame]:
    """Lives a world once more and tells what no record says, by file, in the order of each table's keys.

    Returns
    -------
    dict of tables: every pupil's true classes of engagement, the planted type of every spell of exploitation,
    and how many families lived with domestic abuse in each year
    """
    tell = {
        "truth_school_engagement.parquet": truths_engagement.table,
        "truth_exploitation_pathways.parquet": truths_t10.pathways,
        "truth_domestic_abuse_years.parquet": truths_t8.by_year,
    }
    world, found = World(spec), {name: [] for name in tell}
    for block in world.blocks():
        lives = world.live(block)
        for name, of in tell.items():
            found[name].append(of(lives, spec.seed))
    tables = {name: pd.concat(parts) for name, parts in found.items()}
    years = "truth_domestic_abuse_years.parquet"
    tables[years] = tables[years].groupby("year", as_index=False).sum()
    return {name: t.sort_values([*t.columns[:-1]], ignore_index=True) for name, t in tables.items()}


def _with_twins(seed: int, children: int, chapters: tuple[str, ...]) -> dict[str, dict]:
    return counted(Spec(seed=seed, children=children), chapters)


def _alone(seed: int, chapters: tuple[str, ...]) -> dict[str, dict]:
    """Totals of a world as large as these chapters' recovery uses, which stands in for its own twins."""
    module = claims.recovery(chapters[0])
    spec = Spec(seed=seed, children=module.CHILDREN, authorities=module.AUTHORITIES)
    return counted(spec, chapters, with_twins=False)


def need_no_twin(chapters: Iterable[str] = claims.CHAPTERS) -> set[str]:
    """Names of the estimands that stay what they are where a world stands in for its own twins."""
    spec = Spec(seed=FIRST_SEED, children=12_000, authorities=6)
    mine, theirs = (values(counted(spec, chapters, with_twins=one)) for one in (False, True))
    return {name for name in mine if np.array_equal(mine[name], theirs[name], equal_nan=True)}


def pool_worlds(worlds: Iterable[dict[str, dict]]) -> pd.DataFrame:
    """Values of totals added up over worlds.

    Returns
    -------
    pandas.DataFrame
        parameter, value, se (standard error of the pooled value, from the spread of worlds), worlds.
    """
    pooled: dict[str, dict] = {}
    each = []
    for counts in worlds:
        each.append(values(counts))
        pooled = {chapter: totals.add(pooled.get(chapter, {}), some) for chapter, some in counts.items()}
    value = values(pooled)
    spread = pd.DataFrame(each).std(ddof=1) / np.sqrt(len(each))
    return pd.DataFrame(
        {"parameter": list(value), "value": list(value.values()), "se": [spread[name] for name in value]}
    ).assign(worlds=len(each))


def measure_superpopulation(
    worlds: int,
    twin_worlds: int,
    children: int,
    chapters: tuple[str, ...] = claims.CHAPTERS,
    workers: int = 2,
) -> pd.DataFrame:
    """Lives many worlds, and fewer with their twins, and pools them.

    What needs no twin is counted in the very worlds of the recovery table: they differ in their places far
    more than estimates differ from what came about in them, and in the same worlds that cancels. What needs
    twins comes from larger worlds of 24 authorities: twins share their places, so a few are enough.

    Parameters
    ----------
    worlds : worlds of each chapter's own size, with the seeds of the recovery table
    twin_worlds, children : worlds that are lived again without each cause, and their stock of children

    Returns
    -------
    pandas.DataFrame
        parameter, value (pooled), se, worlds, children.
    """
    free = need_no_twin(chapters)
    found = []
    with ProcessPoolExecutor(workers) as pool:
        for some in claims.same_size(chapters):
            seeds = range(claims.FIRST_SEED, claims.FIRST_SEED + worlds)
            alone = pool_worlds(pool.map(partial(_alone, chapters=some), seeds))
            found.append(
                alone[alone["parameter"].isin(free)].assign(children=claims.recovery(some[0]).CHILDREN)
            )
        some = tuple(chapter for chapter in chapters if claims.truths(chapter).TWINS)
        seeds = range(FIRST_SEED, FIRST_SEED + twin_worlds)
        twins = pool_worlds(pool.map(partial(_with_twins, children=children, chapters=some), seeds))
        found.append(twins[~twins["parameter"].isin(free)].assign(children=children))
    return pd.concat(found, ignore_index=True)


def main() -> None:
    """Measures the superpopulation again and writes the committed table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--twin-worlds", type=int, default=8)
    parser.add_argument("--children", type=int, default=100_000, help="of the worlds with twins")
    parser.add_argument("--chapter", action="append", help="print only this one, and write nothing")
    asked = parser.parse_args()
    if min(asked.worlds, asked.twin_worlds) < 2:
        raise CourseError("A spread needs at least two worlds: ask for two or more of each.")
    read()  # names a fault in the parameters before an hour is spent on them
    # What is tried on samples of a few worlds is counted in these: see ``recovery_drawn``.
    chapters = tuple(chapter for chapter in claims.chosen(asked.chapter) if not claims.drawn(chapter))
    table = measure_superpopulation(asked.worlds, asked.twin_worlds, asked.children, chapters)
    if asked.chapter:
        print(table.round(6).to_string())
        return
    keep(table)


def keep(table: pd.DataFrame) -> None:
    """Writes values, with the hash of the rules that gave them, beside others that these rules gave."""
    table = table.round(6).assign(parameters=parameter_hash())
    before = pd.read_csv(SUPERPOPULATION)
    others = ~before["parameter"].isin(table["parameter"]) & (before["parameters"] == parameter_hash())
    table = pd.concat([before[others], table], ignore_index=True) if others.any() else table
    SUPERPOPULATION.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
