"""The truth manifest and truth tables of a release: what was planted, what the rules give, what came about.

Three truths are kept apart: the planted parameter, the estimand's value in the superpopulation (computed
once from many worlds and their twins, and committed with the hash of the rules that gave it), and the value
realised in this very population, counted by living its world, and its twins, again. Depends on the world
and on each chapter's ``truths_`` module.
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
from catalyst.studio import claims, totals, truths_engagement, truths_t1
from catalyst.world.life import Spec, World
from catalyst.world.parameters import FOLDER, Parameters, read

SUPERPOPULATION = paths.root() / "src" / "catalyst" / "facts" / "superpopulation.csv"
COLUMNS = ["parameter", "scale", "estimand", "planted", "superpopulation", "realised", "chapter"]
FIRST_SEED = 900_001


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


def counted(spec: Spec, chapters: Iterable[str] = claims.CHAPTERS) -> dict[str, dict]:
    """Lives a world and its twins block by block and counts what chapters call true.

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
            settings = {**spec.settings, **change.get("settings", {})}
            cuts = tuple(sorted({*spec.cuts, *change.get("cuts", ())}))
            key = (tuple(sorted(settings.items())), cuts)
            twins.setdefault(key, World(replace(spec, settings=settings, cuts=cuts)))
            named[chapter][label] = key
    world = World(spec)
    out: dict[str, dict] = {chapter: {} for chapter in modules}
    for block in world.blocks():
        lives = world.live(block)
        others = {key: twin.live(block) for key, twin in twins.items()}
        for chapter, module in modules.items():
            here = {label: others[key] for label, key in named[chapter].items()}
            out[chapter] = totals.add(out[chapter], module.count(lives, here))
    return out


def counted_side_by_side(spec: Spec, chapters: Iterable[str] = claims.CHAPTERS) -> dict[str, dict]:
    """:func:`counted` in two processes: chapters are shared out so that each lives about as many twins."""
    shares: list[list[str]] = [[], []]
    twins: list[set[str]] = [set(), set()]
    for chapter in sorted(chapters, key=lambda name: -len(claims.truths(name).TWINS)):
        lighter = 0 if len(twins[0]) <= len(twins[1]) else 1
        shares[lighter].append(chapter)
        twins[lighter] |= {str(change) for change in claims.truths(chapter).TWINS.values()}
    with ProcessPoolExecutor(2) as pool:
        both = pool.map(partial(counted, spec), shares)
        found = {chapter: some for part in both for chapter, some in part.items()}
    return {chapter: found[chapter] for chapter in chapters}


def values(counts: dict[str, dict]) -> dict[str, float]:
    """Every estimand's value by name, from the totals of :func:`counted`."""
    return {name: v for chapter, t in counts.items() for name, v in claims.truths(chapter).values(t).items()}


def superpopulation() -> dict[str, float]:
    """The committed values of the estimands, by name; empty for rules that are no longer in force."""
    table = pd.read_csv(SUPERPOPULATION)
    if not (table["parameters"] == parameter_hash()).all():
        return {}
    return dict(zip(table["parameter"], table["value"], strict=True))


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
        estimand is not planted. Superpopulation values are not given for worlds with an event set or
        an arrow cut.
    """
    expected = superpopulation() if not spec.cuts and not spec.settings else {}
    rows = [
        {**row, "superpopulation": row["planted"], "realised": np.nan}
        for row in planted_rows(read(spec.cuts))
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


def build() -> None:
    """Writes ``truth.parquet`` and the truth tables of the release in use beside its key."""
    spec = spec_of_release()
    counts = counted_side_by_side(spec)
    folder = paths.keys_dir()
    folder.mkdir(parents=True, exist_ok=True)
    codes = World(spec).places.code
    tables = {
        "truth_plan_end_reasons.parquet": truths_t1.reasons(counts["t1"]["plans"], codes, spec.seed),
        "truth_school_engagement.parquet": truths_engagement.table(spec),
        "truth.parquet": manifest(spec, counts),
    }
    for name, table in tables.items():
        partial_file = folder / f".{name}.part"
        table.to_parquet(partial_file, index=False)
        partial_file.replace(folder / name)


def _one_world(seed: int, children: int, chapters: tuple[str, ...]) -> dict[str, dict]:
    return counted(Spec(seed=seed, children=children), chapters)


def measure_superpopulation(
    seeds: int, children: int, chapters: tuple[str, ...] = claims.CHAPTERS, workers: int = 2
) -> pd.DataFrame:
    """Lives many worlds of 24 authorities with their twins and pools them.

    Returns
    -------
    pandas.DataFrame
        parameter, value (pooled), se (standard error of the pooled value, from the spread of worlds).
    """
    pooled: dict[str, dict] = {chapter: {} for chapter in chapters}
    each = []
    with ProcessPoolExecutor(workers) as pool:
        wanted = range(FIRST_SEED, FIRST_SEED + seeds)
        for done, counts in enumerate(
            pool.map(partial(_one_world, children=children, chapters=chapters), wanted)
        ):
            each.append(values(counts))
            pooled = {chapter: totals.add(pooled[chapter], counts[chapter]) for chapter in chapters}
            print(f"world {done + 1} of {seeds}", flush=True)
    value = values(pooled)
    spread = pd.DataFrame(each).std(ddof=1) / np.sqrt(seeds)
    return pd.DataFrame(
        {"parameter": list(value), "value": list(value.values()), "se": [spread[name] for name in value]}
    )


def main() -> None:
    """Measures the superpopulation again and writes the committed table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=24)
    parser.add_argument("--children", type=int, default=100_000)
    parser.add_argument("--chapter", action="append", help="print only this one, and write nothing")
    asked = parser.parse_args()
    if asked.seeds < 2:
        raise CourseError("A spread needs at least two worlds: ask for --seeds 2 or more.")
    read()  # names a fault in the parameters before an hour is spent on them
    table = measure_superpopulation(asked.seeds, asked.children, claims.chosen(asked.chapter)).round(6)
    if asked.chapter:
        print(table.to_string())
        return
    table["worlds"], table["children"], table["parameters"] = asked.seeds, asked.children, parameter_hash()
    SUPERPOPULATION.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
