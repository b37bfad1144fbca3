"""Proof over many worlds: is the truth recovered by the proper analysis, and missed by the trap?

Each world's estimates are rows of a table that grows and resumes; from it come the power table and the page
"How often does this work?". Depends on the world, the release and each chapter's ``recovery_`` module.
"""

import argparse
import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.release import extract, flaws, projects, write
from catalyst.release.asked import CLEAN
from catalyst.studio import claims, paired, truths
from catalyst.studio.estimates import Declared
from catalyst.world.life import Spec
from catalyst.world.parameters import read

FLAWED = "standard"  # the preset of flaws with which claims are tried beside the clean release
_BENCHMARKS = paths.root() / "benchmarks"
_COLUMNS = [
    "code", "seed", "kind", "name", "parameter", "estimate", "se", "chapter", "sign", "events", "clusters",
]  # fmt: skip
_DECIDE = (
    "world/*.py", "records/*.py", "release/*.py", "studio/recovery_*.py", "parameters/*.toml",
    "facts/flaws.csv", "facts/release_*.csv",
)  # fmt: skip


def rows_of(preset: str = CLEAN) -> Path:
    """The committed table of rows for releases with this preset of flaws."""
    names = {CLEAN: "recovery.csv", FLAWED: "recovery_flawed.csv"}
    return _BENCHMARKS / names.get(preset, f"recovery_{preset}.csv")


def code_hash() -> str:
    """A hash of all code and numbers that decide an estimate."""
    package = paths.root() / "src" / "catalyst"
    digest = hashlib.sha256()
    for pattern in _DECIDE:
        for file in sorted(package.glob(pattern)):
            if file.name != "recovery_page.py":  # it only shows them
                digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


def one_world(seed: int, chapters: Iterable[str], flaws: str = CLEAN) -> pd.DataFrame:
    """Estimates of some chapters that use worlds of the same size, in one world.

    Parameters
    ----------
    flaws : the preset of flaws of its release, of which chapters get their ``LINKS`` too if it has any

    Returns
    -------
    pandas.DataFrame
        chapter, kind (proper or trap), name, parameter, seed, estimate, se, sign (of a trap's bias), events,
        clusters.
    """
    modules = {chapter: claims.recovery(chapter) for chapter in chapters}
    rows = []
    for chapter, own in _data(seed, modules, flaws).items():
        module = modules[chapter]
        for name, e in module.proper(own, np.random.default_rng(seed)).items():
            rows.append((chapter, "proper", name, name, e.value, e.se, 0, e.events, e.clusters))
        for name, t in module.traps(own, np.random.default_rng(seed)).items():
            rows.append((chapter, "trap", name, t.parameter, t.value, t.se, t.sign, 0, 0))
    columns = ["chapter", "kind", "name", "parameter", "estimate", "se", "sign", "events", "clusters"]
    return pd.DataFrame(rows, columns=columns).assign(seed=seed)


def _data(seed: int, modules: dict[str, ModuleType], flaws: str) -> dict[str, dict[str, pd.DataFrame]]:
    """What each chapter analyses in one world: its tables of the release, or its sample."""
    if all(claims.drawn(chapter) for chapter in modules):
        return {chapter: module.sample(seed) for chapter, module in modules.items()}
    first = next(iter(modules.values()))
    asked = {
        chapter: (*module.TABLES, *(getattr(module, "LINKS", ()) if flaws != CLEAN else ()))
        for chapter, module in modules.items()
    }
    names = list(dict.fromkeys(name for some in asked.values() for name in some))
    spec = Spec(seed=seed, children=first.CHILDREN, authorities=first.AUTHORITIES)
    tables = extract.frames(extract.release_tables(spec, names=names, flaws=flaws))
    return {chapter: {name: tables[name] for name in some} for chapter, some in asked.items()}


def many_worlds(
    seeds: Iterable[int], chapters: Iterable[str], workers: int = 2, flaws: str = CLEAN
) -> pd.DataFrame:
    """:func:`one_world` for each seed and each size of world, in ``workers`` processes."""
    seeds, parts = list(seeds), []
    with ProcessPoolExecutor(workers) as pool:
        for group in claims.same_size(chapters):
            parts += pool.map(partial(one_world, chapters=group, flaws=flaws), seeds)
    return pd.concat(parts, ignore_index=True)


def truth_of() -> dict[str, float]:
    """The truth that each parameter's estimate is held against: planted, or of the superpopulation."""
    planted = {row["parameter"]: row["planted"] for row in truths.planted_rows(read())}
    return {**planted, **truths.superpopulation()}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias, standard errors and coverage over worlds.

    Returns
    -------
    pandas.DataFrame
        chapter, kind, name, truth, truth_se (of a truth counted in other worlds than these), worlds, mean,
        bias, empirical_se, mean_se, covered (share of 95% intervals that hold the truth).
    """
    known, unsure = truth_of(), truths.errors_of_twins()
    rows = rows.assign(truth=rows["parameter"].map(known))
    rows["covered"] = (rows["estimate"] - rows["truth"]).abs() <= 1.96 * rows["se"]
    table = rows.groupby(["chapter", "kind", "name", "parameter"], sort=False, as_index=False).agg(
        truth=("truth", "first"),
        worlds=("seed", "nunique"),
        mean=("estimate", "mean"),
        empirical_se=("estimate", "std"),
        mean_se=("se", "mean"),
        median_se=("se", "median"),
        sign=("sign", "first"),
        events=("events", "mean"),
        clusters=("clusters", "mean"),
        covered=("covered", "mean"),
    )
    table["bias"] = table["mean"] - table["truth"]
    table["truth_se"] = table["parameter"].map(unsure).fillna(0.0)
    return table


def faults(
    table: pd.DataFrame, declared: dict[str, Declared] | None = None, clean: pd.DataFrame | None = None
) -> list[str]:
    """What in a summary breaks the rules; empty when every claim holds.

    A proper analysis: bias under 0.2 empirical standard errors, mean over empirical standard error from 0.9
    to 1.1, intervals that hold the truth in 90 to 99 of 100. A trap: the stated sign, a bias of at least two
    median standard errors, and the truth missed in at least 80%. These bounds hold as they are from 400
    worlds on (a trap's from 100): below that each is widened by what chance allows (2.6 standard errors of
    the figure), so that with some hundred claims a sample fails a false one and rarely a true one. What is
    uncertain of a truth that twin worlds tell is allowed for in the same way.

    Parameters
    ----------
    declared : other bounds for some estimands; if not given, those that the chapters declare with a reason
    clean : summary of many clean worlds, if ``table`` is of few worlds with flaws, by ``paired.by_pairs``:
        these do not tell how far estimates spread, but those do
    """
    declared = claims.declared() if declared is None else declared
    known = (table if clean is None else clean).set_index(["kind", "name"])[["empirical_se", "worlds"]]
    found = []
    for row in table.itertuples():
        spread, spread_worlds = known.loc[(row.kind, row.name)]
        if row.kind == "trap":
            found += _trap_faults(row, spread)
            continue
        n, rule = row.worlds, declared.get(row.name, Declared(""))
        few = 2.6 if n < 400 else 0.0
        off = few / np.sqrt(spread_worlds) * spread
        if not abs(row.bias) <= rule.bias * spread + np.hypot(off, 2.6 * row.truth_se):
            found.append(f"{row.name}: bias {row.bias:.4f}, empirical standard error {spread:.4f}")
        ratio = row.mean_se / spread
        chance = few / np.sqrt(2 * max(spread_worlds - 1, 1))
        least, most = rule.ratio
        if not least - chance <= ratio <= most + chance * 1.5:
            found.append(f"{row.name}: mean standard error is {ratio:.2f} times the empirical one")
        least, most = rule.covered
        low = least - few * np.sqrt(least * (1 - least) / n)
        if not low <= row.covered <= (most if n >= 400 else 1.0):
            found.append(f"{row.name}: {100 * row.covered:.0f}% of {n} intervals hold the truth")
    return found


def _trap_faults(row, spread: float) -> list[str]:
    few = 2.6 / np.sqrt(row.worlds) if row.worlds < 100 else 0.0
    if not row.sign * row.bias >= 2 * row.median_se - few * spread:
        return [
            f"trap '{row.name}': bias {row.bias:.3f}, less than two standard errors of {row.median_se:.3f}"
        ]
    if not 1 - row.covered >= 0.8 - few * 0.4:
        return [f"trap '{row.name}': misses the truth in only {100 * (1 - row.covered):.0f}%"]
    return []


def resume(
    seeds: int,
    chapters: Iterable[str] = claims.CHAPTERS,
    path: Path | None = None,
    workers: int = 2,
    preset: str = CLEAN,
) -> pd.DataFrame:
    """Adds the worlds that are missing for the present code to the table of rows, each as soon as it is done.

    Parameters
    ----------
    seeds : how many worlds; the first ones come first, so that a run that is stopped has whole seeds
    path : the table's file; if not given, the committed one of the preset
    preset : of the flaws of the releases

    Returns
    -------
    pandas.DataFrame
        The rows of the first ``seeds`` worlds of these chapters under the present code.

    Raises
    ------
    CourseError
        If there is no such preset, or another run writes to the table at this moment.
    """
    flaws.preset(preset)
    path, chapters = path or rows_of(preset), list(chapters)
    wanted = [claims.FIRST_SEED + k for k in range(seeds)]
    with write.locked(path):
        now = code_hash()
        done = _rows(path, now)
        there = set(zip(done["seed"], done["chapter"], strict=True))
        lacking = (
            (seed, tuple(chapter for chapter in group if (seed, chapter) not in there))
            for seed in wanted
            for group in claims.same_size(chapters)
        )
        missing = [(seed, some) for seed, some in lacking if some]
        for seed, group, world in _each(missing, preset, workers):
            again = (done["seed"] == seed) & done["chapter"].isin(group)
            fresh = world.assign(code=now).round({"estimate": 5, "se": 5})[_COLUMNS]
            done = pd.concat([done[~again], fresh], ignore_index=True) if len(done) else fresh
            write.atomic(path, done.to_csv(index=False, lineterminator="\n").encode())
    return done[done["seed"].isin(wanted) & done["chapter"].isin(chapters)]


def _each(worlds: list[tuple], preset: str, workers: int) -> Iterator[tuple[int, tuple, pd.DataFrame]]:
    """Seed, chapters and estimates of each world, as they are done."""
    if workers == 1:
        yield from ((seed, group, one_world(seed, group, preset)) for seed, group in worlds)
        return
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(one_world, seed, group, preset): (seed, group) for seed, group in worlds}
        yield from ((*running[world], world.result()) for world in as_completed(running))


def _rows(path: Path, code: str) -> pd.DataFrame:
    """The rows of a file that were made with this code."""
    if not path.is_file():
        return pd.DataFrame(columns=_COLUMNS)
    rows = pd.read_csv(path, dtype={"code": str})
    return rows[rows["code"] == code]


def committed(preset: str = CLEAN) -> pd.DataFrame:
    """The rows of the last slow run, whatever code they were made with."""
    return pd.read_csv(rows_of(preset), dtype={"code": str})


def power(rows: pd.DataFrame) -> pd.DataFrame:
    """What each planted effect rests on in a world of its chapter's size, and how large its extract must be.

    Parameters
    ----------
    rows : table of estimates, as :func:`committed`

    Returns
    -------
    pandas.DataFrame
        effect, chapter, parameter, planted, truth (of the estimand), children, authorities, events, clusters,
        expected_se, ratio (truth over expected standard error), children_needed (for a ratio of 2.8, which is
        power of 80% at 5%; empty where the truth is nil) and extract (core, or the project's name; "too few"
        children or authorities where it holds fewer than that).
    """
    table = summary(rows[rows["kind"] == "proper"]).set_index("name")
    effects, out = read().effects, []
    for arrow, by_chapter in claims.shown_by().items():
        for chapter, names in by_chapter.items():
            module = claims.recovery(chapter)
            for name in names:
                row = table.loc[name]
                ratio = abs(row["truth"]) / row["empirical_se"]
                needed = module.CHILDREN * (2.8 / ratio) ** 2 if ratio > 0.05 else np.nan
                out.append(
                    {
                        "effect": arrow, "chapter": chapter, "parameter": name,
                        "planted": round(effects[arrow].value, 4), "truth": round(row["truth"], 4),
                        "children": module.CHILDREN, "authorities": module.AUTHORITIES,
                        "events": round(row["events"]), "clusters": round(row["clusters"]),
                        "expected_se": round(row["empirical_se"], 4), "ratio": round(ratio, 1),
                        "children_needed": None if np.isnan(needed) else int(-(-needed // 100) * 100),
                        "extract": _extract(chapter, name, module.AUTHORITIES, needed),
                    }
                )  # fmt: skip
    return pd.DataFrame(out)


def _extract(chapter: str, name: str, authorities: int, needed: float) -> str:
    """The extract for an estimand: the core where it is large enough, else the chapter's own."""
    core = projects.CORE
    if authorities <= core.authorities and not needed > core.children:
        return "core"
    own = next((p for p in projects.PROJECTS if chapter in p.chapters and p.shows(name)), core)
    few = {"authorities": authorities > own.authorities, "children": needed > own.children}
    return own.name + next((f", too few {what}" for what, short in few.items() if short), "")


def main() -> None:
    """Runs the worlds that are missing and prints the summary."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--chapter", action="append", help="only this one; may be given several times")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--flaws", default=CLEAN, help=f"preset of the releases' flaws, as {FLAWED}")
    parser.add_argument("--try", dest="aside", type=Path, help="a file of its own, not the committed table")
    asked = parser.parse_args()
    chapters = claims.chosen(asked.chapter)
    rows = resume(asked.seeds, chapters, asked.aside, asked.workers, asked.flaws)
    table = summary(rows)
    print(table.drop(columns=["chapter", "parameter", "sign"]).to_string())
    clean = None if asked.flaws == CLEAN else committed()
    if clean is None:
        found = faults(table)
    else:
        moved, known = paired.moves(rows, clean), summary(clean)
        found = faults(paired.by_pairs(table, known, moved), clean=known)
        print(moved.drop(columns="chapter").to_string())
        found += paired.faults(moved)
    print("\n".join(found) or "every claim holds")


if __name__ == "__main__":
    main()
