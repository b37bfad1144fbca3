"""Proof over many worlds: is the truth recovered by the proper analysis, and missed by the trap?

Each world's estimates are rows of a table that grows and resumes; from it comes the page "How often does this
work?". Depends on the world, the release and each chapter's ``recovery_`` module.
"""

import argparse
import hashlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.release import extract
from catalyst.studio import recovery_t1, truths
from catalyst.world.life import Spec
from catalyst.world.parameters import read

CHILDREN = 30_000  # T1's small world: the power of its chapter, which a world of 10,000 does not have
FIRST_SEED = 100_000
ROWS = paths.root() / "benchmarks" / "recovery.csv"
TRAP_SIGNS = {
    "dropping open plans": -1,
    "restarting the clock": -1,
    "counting from day 0": 1,
    "time so far of open plans": -1,
    "1 − Kaplan–Meier, care censored": 1,
    "one hazard ratio for two years": 1,
}


def code_hash() -> str:
    """A hash of all code and numbers that decide an estimate."""
    package = paths.root() / "src" / "catalyst"
    files = sorted(
        [*package.glob("world/*.py"), *package.glob("records/*.py"), *package.glob("release/*.py")]
    )
    files += [package / "studio" / "recovery_t1.py", *sorted(package.glob("parameters/*.toml"))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


def one_world(seed: int) -> pd.DataFrame:
    """Estimates of T1 in one world.

    Returns
    -------
    pandas.DataFrame
        chapter, kind (proper or trap), name, parameter, seed, estimate, se.
    """
    tables = extract.frames(
        extract.release_tables(Spec(seed=seed, children=CHILDREN), names=recovery_t1.TABLES)
    )
    plans = recovery_t1.stitch(tables)
    rows = [
        {"kind": "proper", "name": name, "parameter": name, "estimate": e.value, "se": e.se}
        for name, e in recovery_t1.proper(plans, np.random.default_rng(seed)).items()
    ]
    rows += [
        {"kind": "trap", "name": name, "parameter": parameter, "estimate": e.value, "se": e.se}
        for name, (parameter, e) in recovery_t1.traps(plans, tables["cin_child_protection_plans"]).items()
    ]
    return pd.DataFrame(rows).assign(chapter="t1", seed=seed)


def many_worlds(seeds: Iterable[int], workers: int = 2) -> pd.DataFrame:
    """:func:`one_world` for each seed, in ``workers`` processes."""
    with ProcessPoolExecutor(workers) as pool:
        return pd.concat(pool.map(one_world, seeds), ignore_index=True)


def truth_of() -> dict[str, float]:
    """The truth that each parameter's estimate is held against: planted, or of the superpopulation."""
    planted = {row["parameter"]: row["planted"] for row in truths.planted_rows(read())}
    return {**planted, **truths.superpopulation()}


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Bias, standard errors and coverage over worlds.

    Returns
    -------
    pandas.DataFrame
        chapter, kind, name, truth, worlds, mean, bias, empirical_se, mean_se, covered (share of 95%
        intervals that hold the truth).
    """
    known = truth_of()
    rows = rows.assign(truth=rows["parameter"].map(known))
    rows["covered"] = (rows["estimate"] - rows["truth"]).abs() <= 1.96 * rows["se"]
    table = rows.groupby(["chapter", "kind", "name", "parameter"], sort=False, as_index=False).agg(
        truth=("truth", "first"),
        worlds=("seed", "nunique"),
        mean=("estimate", "mean"),
        empirical_se=("estimate", "std"),
        mean_se=("se", "mean"),
        median_se=("se", "median"),
        covered=("covered", "mean"),
    )
    table["bias"] = table["mean"] - table["truth"]
    return table


def faults(table: pd.DataFrame) -> list[str]:
    """What in a summary breaks the rules; empty when every claim holds.

    A proper analysis: bias under 0.2 empirical standard errors, mean over empirical standard error from 0.9
    to 1.1, intervals that hold the truth in 90 to 99 of 100. A trap: the stated sign, a bias of at least two
    median standard errors, and the truth missed in at least 80%. The bias is held to its bound from 100
    worlds on, the other two from 400 on: below that each bound is widened by what chance allows (2.6
    standard errors of the figure), so that a sample fails a false claim and rarely a true one.
    """
    found = []
    for row in table.itertuples():
        if row.kind == "trap":
            found += _trap_faults(row)
            continue
        n = row.worlds
        few, very_few = (2.6 if n < 400 else 0.0), (2.6 if n < 100 else 0.0)
        if not abs(row.bias) <= (0.2 + very_few / np.sqrt(n)) * row.empirical_se:
            found.append(f"{row.name}: bias {row.bias:.4f}, empirical standard error {row.empirical_se:.4f}")
        ratio = row.mean_se / row.empirical_se
        chance = few / np.sqrt(2 * max(n - 1, 1))
        if not 0.9 - chance <= ratio <= 1.1 + chance * 1.5:
            found.append(f"{row.name}: mean standard error is {ratio:.2f} times the empirical one")
        low = 0.90 - few * np.sqrt(0.9 * 0.1 / n)
        if not low <= row.covered <= (0.99 if n >= 400 else 1.0):
            found.append(f"{row.name}: {100 * row.covered:.0f}% of {n} intervals hold the truth")
    return found


def _trap_faults(row) -> list[str]:
    sign = TRAP_SIGNS[row.name]
    if not sign * row.bias >= 2 * row.median_se:
        return [
            f"trap '{row.name}': bias {row.bias:.3f}, less than two standard errors of {row.median_se:.3f}"
        ]
    if not 1 - row.covered >= 0.8:
        return [f"trap '{row.name}': misses the truth in only {100 * (1 - row.covered):.0f}%"]
    return []


def resume(seeds: int, path: Path = ROWS, workers: int = 2, batch: int = 10) -> pd.DataFrame:
    """Adds the worlds that are missing for the present code to the table of rows, a batch at a time.

    Returns
    -------
    pandas.DataFrame
        The rows of the first ``seeds`` worlds under the present code.
    """
    now = code_hash()
    done = (
        pd.read_csv(path, dtype={"code": str}) if path.is_file() else pd.DataFrame({"code": [], "seed": []})
    )
    done = done[done["code"] == now]
    wanted = [FIRST_SEED + k for k in range(seeds)]
    missing = [seed for seed in wanted if seed not in set(done["seed"])]
    for start in range(0, len(missing), batch):
        fresh = many_worlds(missing[start : start + batch], workers).assign(code=now)
        done = pd.concat([done, fresh.round({"estimate": 5, "se": 5})], ignore_index=True)
        partial = path.with_suffix(".part")
        done.to_csv(partial, index=False, lineterminator="\n")
        partial.replace(path)
    return done[done["seed"].isin(wanted)]


def committed() -> pd.DataFrame:
    """The rows of the last slow run, whatever code they were made with."""
    return pd.read_csv(ROWS, dtype={"code": str})


_NAMES = {
    "t1.open_at_6_months": "share open at 6 months",
    "t1.open_at_12_months": "share open at 12 months",
    "t1.mean_months_within_24": "mean months on a plan within 24",
    "t1.planned_end_within_24_months": "planned end within 24 months",
    "t1.care_within_12_months": "care within 12 months",
    "t1.care_within_24_months": "care within 24 months",
    "t1.second_plan_within_2_years": "second plan within two years",
    "t1.log_hr_physical": "log hazard ratio, physical abuse",
    "t1.log_hr_sexual": "log hazard ratio, sexual abuse",
    "t1.log_hr_multiple": "log hazard ratio, multiple",
    "t1.log_hr_age": "log hazard ratio, a year of age",
    "t1.log_hr_deprivation": "log hazard ratio, a decile",
    "t1.log_hr_emotional_early": "log hazard ratio, emotional abuse, to month 9",
    "t1.log_hr_emotional_late": "log hazard ratio, emotional abuse, from month 9",
}


_HEAD = """# How often does this work?

One draw proves little. Each analysis of a chapter was therefore run on {worlds} worlds of {children:,}
children with other seeds, on the release as a researcher gets it. A 95% interval that is honest about itself
holds the truth in about 95 of 100 worlds; its mean standard error is about the spread of the estimates.

## Survival of child protection plans: the proper analysis

| what | truth | mean estimate | spread of estimates | mean standard error | intervals that hold the truth |
|---|---:|---:|---:|---:|---:|
"""
_MIDDLE = """
## Survival of child protection plans: the traps

| wrong analysis | what it is taken for | truth | mean estimate | worlds whose interval misses it |
|---|---|---:|---:|---:|
"""
_FOOT = """
The truth of a hazard ratio is the number in the rules of the world. That of a share or a mean is its
value in many large worlds, counted without error.

Compare the two columns of spread and standard error. Where the spread is the larger, the intervals are
too narrow: for some rows by 10 to 17 per cent in these worlds. We do not know yet how much of that is chance.
"""


def write_page(out: Path) -> None:
    """Writes ``recovery.md``: how often the chapters' analyses find, and their traps miss, the truth."""
    table = summary(committed())
    page = _HEAD.format(worlds=int(table["worlds"].max()), children=CHILDREN)
    for row in table[table["kind"] == "proper"].itertuples():
        numbers = " | ".join(f"{x:.3f}" for x in (row.truth, row.mean, row.empirical_se, row.mean_se))
        page += f"| {_NAMES[row.name]} | {numbers} | {100 * row.covered:.0f}% |\n"
    page += _MIDDLE
    for row in table[table["kind"] == "trap"].itertuples():
        numbers = f"{row.truth:.3f} | {row.mean:.3f} | {100 * (1 - row.covered):.0f}%"
        page += f"| {row.name} | {_NAMES[row.parameter]} | {numbers} |\n"
    (out / "recovery.md").write_text(page + _FOOT, encoding="utf-8")


def main() -> None:
    """Runs the worlds that are missing and prints the summary."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    table = summary(resume(parser.parse_args().seeds))
    print(table.drop(columns=["chapter", "parameter"]).to_string())
    print("\n".join(faults(table)) or "every claim holds")


if __name__ == "__main__":
    main()
