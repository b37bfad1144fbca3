"""The truth manifest and truth tables of a release: what was planted, what the rules give, what came about.

Three truths are kept apart: the planted parameter, the estimand's value in the superpopulation (computed
once from many worlds and committed with the hash of the rules that gave it), and the value realised in this
very population, counted by living its world again. Depends on the world, case files and the release's keys.
"""

import argparse
import hashlib
from collections.abc import Iterable

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import truths_t1
from catalyst.world.life import Spec, World
from catalyst.world.parameters import FOLDER, Parameters, read

SUPERPOPULATION = paths.root() / "src" / "catalyst" / "facts" / "superpopulation.csv"
COLUMNS = ["parameter", "scale", "estimand", "planted", "superpopulation", "realised", "chapter"]
# Names of the manifest for the planted effects that T1 recovers.
PLANTED = {
    "t1.log_hr_physical": "physical_abuse->planned_end",
    "t1.log_hr_sexual": "sexual_abuse->planned_end",
    "t1.log_hr_multiple": "multiple_abuse->planned_end",
    "t1.log_hr_emotional_early": "emotional_abuse->planned_end",
    "t1.log_hr_age": "age->planned_end",
    "t1.log_hr_deprivation": "deprivation->planned_end",
}


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


def true_plans(world: World) -> pd.DataFrame:
    """Every true plan of the window in a world; see :func:`truths_t1.plans`."""
    return pd.concat([truths_t1.plans(world.live(block)) for block in world.blocks()], ignore_index=True)


def superpopulation() -> dict[str, float]:
    """The committed values of the estimands, by name; empty for rules that are no longer in force."""
    table = pd.read_csv(SUPERPOPULATION)
    if not (table["parameters"] == parameter_hash()).all():
        return {}
    return dict(zip(table["parameter"], table["value"], strict=True))


def planted_rows(parameters: Parameters) -> Iterable[dict]:
    """Rows of the manifest for the planted effects of T1."""
    for name, arrow in PLANTED.items():
        effect = parameters.effects[arrow]
        yield {"parameter": name, "scale": effect.scale, "estimand": effect.estimand, "planted": effect.value}
    early = parameters.effect("emotional_abuse->planned_end")
    change = parameters.effects["emotional_abuse->planned_end_late"]
    yield {
        "parameter": "t1.log_hr_emotional_late",
        "scale": "log hazard ratio",
        "estimand": "cause-specific hazard of a planned end from day 274 on, against neglect, conditional on "
        "age, deprivation and authority",
        "planted": early + change.value,
    }


def manifest(spec: Spec, world: World, plans: pd.DataFrame) -> pd.DataFrame:
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
    realised = truths_t1.estimands(plans)
    rows = [
        {**row, "superpopulation": row["planted"], "realised": np.nan}
        for row in planted_rows(world.parameters)
    ]
    for name, value in realised.items():
        scale, estimand = truths_t1.SCALES[name]
        rows.append(
            {
                "parameter": name, "scale": scale, "estimand": estimand, "planted": np.nan,
                "superpopulation": expected.get(name, np.nan), "realised": value,
            }
        )  # fmt: skip
    for year in (2020, 2024):
        for name, value in truths_t1.started(plans, year).items():
            scale = "plans" if "plans_started" in name else "proportion"
            what = (
                "plans that started"
                if "plans_started" in name
                else "of plans that started, ended within 365 days"
            )
            rows.append(
                {
                    "parameter": name, "scale": scale, "estimand": f"{what}, year ending 31 March {year}",
                    "planted": np.nan, "superpopulation": np.nan, "realised": value,
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    table["chapter"] = table["parameter"].str.split(".").str[0]
    return table[COLUMNS]


def build() -> None:
    """Writes ``truth.parquet`` and the truth tables of the release in use beside its key."""
    spec = spec_of_release()
    world = World(spec)
    plans = true_plans(world)
    folder = paths.keys_dir()
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "truth_plan_end_reasons.parquet": truths_t1.reasons(plans, world.places.code, spec.seed),
        "truth.parquet": manifest(spec, world, plans),
    }
    for name, table in tables.items():
        partial = folder / f".{name}.part"
        table.to_parquet(partial, index=False)
        partial.replace(folder / name)


def measure_superpopulation(seeds: int, children: int) -> pd.DataFrame:
    """Lives many worlds of 24 authorities and pools their plans.

    Returns
    -------
    pandas.DataFrame
        parameter, value (pooled), se (standard error of the pooled value, from the spread of worlds).
    """
    pooled, each = [], []
    for seed in range(1, seeds + 1):
        plans = true_plans(World(Spec(seed=900_000 + seed, children=children)))
        each.append(truths_t1.estimands(plans))
        pooled.append(plans.drop(columns=["family"]))
        print(f"world {seed} of {seeds}", flush=True)
    value = truths_t1.estimands(pd.concat(pooled, ignore_index=True))
    spread = pd.DataFrame(each).std(ddof=1) / np.sqrt(seeds)
    return pd.DataFrame(
        {"parameter": list(value), "value": list(value.values()), "se": [spread[name] for name in value]}
    )


def main() -> None:
    """Measures the superpopulation again and writes the committed table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--children", type=int, default=100_000)
    asked = parser.parse_args()
    if asked.seeds < 2:
        raise CourseError("A spread needs at least two worlds: ask for --seeds 2 or more.")
    read()  # names a fault in the parameters before an hour is spent on them
    table = measure_superpopulation(asked.seeds, asked.children).round(6)
    table["worlds"], table["children"], table["parameters"] = asked.seeds, asked.children, parameter_hash()
    SUPERPOPULATION.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


if __name__ == "__main__":
    main()
