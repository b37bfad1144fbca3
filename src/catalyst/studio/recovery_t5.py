"""T5's analyses, proper and wrong: shares of four classes of engagement from the patterns of one term.

Latent classes are found on patterns of illness, appointments, unauthorised absence and suspension; they are
grouped, so that hundreds of fits of the model are quick. Shares by tier are corrected for wrongly assigned
pupils (Bolck, Croon and Hagenaars). Depends on the release's tables; knows nothing of the truth.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

# The disrupted are one pupil in seventy: 10,000 children hold too few of them to find their class.
CHILDREN, AUTHORITIES = 15_000, 12
TABLES = (
    "absence", "exclusions", "cin_details", "cin_child_protection_plans", "cin_child_identifiers",
    "ssda903_episodes", "schools", "cin_header",
)  # fmt: skip
TIERS = ("none", "in_need", "on_plan", "in_care")
CLASSES = ("engaged", "strained", "disrupted", "withdrawn")
NAMES = {
    **{f"t5.{name}_after": f"Share {name}, spring terms 2022 to 2025" for name in CLASSES},
    **{f"t5.withdrawn_{tier}": f"Share withdrawn, {tier.replace('_', ' ')} on 31 March" for tier in TIERS},
    **{
        f"t5.disrupted_{tier}": f"Share disrupted, {tier.replace('_', ' ')} on 31 March" for tier in TIERS[:2]
    },
    "t5.engaged_gap": "Share engaged, spring terms 2022 to 2025 less 2017 to 2019",
}
PERIODS = {"before": (2017, 2018, 2019), "after": (2022, 2023, 2024, 2025)}
# Upper ends of the bands, in percent of the sessions possible; suspensions are none, one, or more.
BANDS = {"illness": (2.0, 4.5, 9.0), "medical": (0.9, 2.6), "unauthorised": (1.4, 3.9, 10.0)}
LEVELS = (4, 3, 4, 3)
_REF = "PupilMatchingRefAnonymous"
DRAWS, STEPS, HALF_A_TERM = 60, 500, 59


class Counts(NamedTuple):
    """Pupil-terms by family, pattern and tier."""

    family: np.ndarray
    pattern: np.ndarray  # number of the pattern of indicators
    tier: np.ndarray
    after: np.ndarray


def spring_terms(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a pupil and spring term: indicators, exclusive tier on 31 March, family."""
    table = tables["absence"]
    table = table[table["AcademicYear"].isin([y for years in PERIODS.values() for y in years])]
    table = table[table["SessionsPossible_Spring"].to_numpy(float, na_value=0) >= HALF_A_TERM]
    # More sessions missed than there were: nobody can say how many it was.
    missed = table[["AuthorisedAbsence_Spring", "UnauthorisedAbsence_Spring"]].astype(float).sum(axis=1)
    table = table[missed.to_numpy() <= table["SessionsPossible_Spring"].to_numpy(float)]
    # Where the authority gave no census for the year, nobody can say who was in need.
    missing = pd.MultiIndex.from_frame(mending.gaps(tables)[["LEA", "Year"]])
    place = table["URN"].astype(str).map(tables["schools"].astype(str).set_index("URN")["LEA"])
    table = table[~pd.MultiIndex.from_arrays([place, table["AcademicYear"].astype(int)]).isin(missing)]
    ref, year = table[_REF].astype(str).to_numpy(), table["AcademicYear"].to_numpy(int)
    possible = table["SessionsPossible_Spring"].to_numpy(float)
    out = pd.DataFrame({"ref": ref, "year": year})
    for name, column in (
        ("illness", "TermlyReasonI"), ("medical", "TermlyReasonM"), ("unauthorised", "UnauthorisedAbsence"),
    ):  # fmt: skip
        out[name] = np.digitize(100 * table[f"{column}_Spring"].to_numpy(float) / possible, BANDS[name])
    out["missed"] = (
        table[["AuthorisedAbsence_Spring", "UnauthorisedAbsence_Spring"]].sum(axis=1).to_numpy(float)
    )
    out["possible"] = possible
    away = tables["exclusions"]
    away = away[away["StartDate"].dt.month <= 3]
    times = away.groupby([away[_REF].astype(str), "AcademicYear"]).size()
    found = times.reindex(pd.MultiIndex.from_arrays([ref, year])).fillna(0).to_numpy(int)
    out["suspended"] = np.minimum(found, 2)
    out["tier"] = _tiers(tables, ref, year)
    known = tables["cin_child_identifiers"]
    known = (
        known.assign(ref=known[_REF].astype(str))
        .drop_duplicates("ref")
        .set_index("ref")["FamilyRefAnonymous"]
    )
    family = known.astype(str).reindex(out["ref"]).to_numpy()
    out["family"] = pd.factorize(np.where(pd.isna(family), ref, family))[0]
    return out


def _tiers(tables: dict[str, pd.DataFrame], ref: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Exclusive, on 31 March: looked after, else on a plan, else in need, else none."""
    tables = mending.once(tables)
    details, plans, care = (
        tables[name] for name in ("cin_details", "cin_child_protection_plans", "ssda903_episodes")
    )
    still = details[details["CINclosureDate"].isna() & (details["ReferralNFA"].astype(int) == 0)]
    out = np.zeros(len(ref), dtype=int)
    wanted = pd.MultiIndex.from_arrays([ref, year])
    for k, rows in ((1, still), (2, plans[plans["CPPendDate"].isna()]), (3, care[care["DEC"].isna()])):
        there = pd.MultiIndex.from_arrays([rows[_REF].astype(str), rows["Year"].astype(int)])
        out[wanted.isin(there)] = k
    return out


def _grid() -> np.ndarray:
    """Every pattern of the indicators, shape (patterns, indicators)."""
    return np.stack(np.unravel_index(np.arange(np.prod(LEVELS)), LEVELS), axis=1)


def _onehot() -> np.ndarray:
    grid = _grid()
    return np.concatenate([np.eye(n)[grid[:, j]] for j, n in enumerate(LEVELS)], axis=1)


def posterior(shares: np.ndarray, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chance of each class for each pattern, and each pattern's likelihood under each class with its share.

    Parameters
    ----------
    shares : shape (classes,)
    chances : of each level of each indicator in each class, shape (classes, sum of LEVELS)
    """
    joint = shares * np.exp(_ONEHOT @ np.log(np.maximum(chances, 1e-9)).T)
    return joint / joint.sum(axis=1, keepdims=True), joint


_ONEHOT = _onehot()
_STARTS = np.concatenate([[0], np.cumsum(LEVELS)[:-1]])


def again(
    counts: np.ndarray, shares: np.ndarray, chances: np.ndarray, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """The model fitted to counts of the patterns from a start: steps of expectation and maximisation."""
    for _ in range(steps):
        part = posterior(shares, chances)[0] * counts[:, None]
        mass = part.sum(axis=0)
        shares, chances = mass / mass.sum(), (part.T @ _ONEHOT) / mass[:, None]
    return shares, chances


def fit(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four latent classes in the order of ``CLASSES``, from a start that says what each should look like.

    Random starts end in worse solutions more often than not, since the disrupted are few.
    """
    illness, _, unauthorised, suspended = _grid().T
    first = np.select([suspended > 0, unauthorised == 3, (unauthorised == 2) | (illness == 3)], [2, 3, 1], 0)
    part = (0.7 * np.eye(4)[first] + 0.075) * counts[:, None]
    mass = part.sum(axis=0)
    return again(counts, mass / mass.sum(), (part.T @ _ONEHOT) / mass[:, None], STEPS)


def corrected(counts: np.ndarray, by: np.ndarray, shares: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """Shares of the classes within groups, corrected for the errors of the most likely class.

    Parameters
    ----------
    counts : of the patterns, shape (patterns,)
    by : counts of the patterns in each group, shape (patterns, groups)

    Returns
    -------
    float array, shape (groups, classes)
    """
    chance, joint = posterior(shares, chances)
    assigned = np.eye(4)[chance.argmax(axis=1)]
    error = (joint / joint.sum(axis=0)).T @ assigned  # chance of each assigned class in each true one
    seen = (by.T @ assigned) / by.sum(axis=0)[:, None]
    return np.linalg.solve(error.T, seen.T).T


def _totals(rows: pd.DataFrame, weight: np.ndarray | None = None) -> np.ndarray:
    """Counts by period, pattern and tier, shape (2, patterns, 4)."""
    shape = (2, len(_ONEHOT), 4)
    return np.bincount(rows["cell"], weight, int(np.prod(shape))).reshape(shape)


def _summary(totals: np.ndarray, models: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    by_period = []
    for counts, model in zip(totals, models, strict=True):
        every = counts.sum(axis=1)
        by_period.append(corrected(every, np.column_stack([every, counts]), *model))
    before, after = by_period
    out = {f"t5.{name}_after": after[0, k] for k, name in enumerate(CLASSES)}
    out |= {f"t5.withdrawn_{tier}": after[1 + i, 3] for i, tier in enumerate(TIERS)}
    out |= {f"t5.disrupted_{tier}": after[1 + i, 2] for i, tier in enumerate(TIERS[:2])}
    return out | {"t5.engaged_gap": after[0, 0] - before[0, 0]}


def _prepared(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = spring_terms(tables)
    pattern = np.ravel_multi_index(
        [rows[c] for c in ("illness", "medical", "unauthorised", "suspended")], LEVELS
    )
    after = rows["year"].isin(PERIODS["after"]).to_numpy(int)
    return rows.assign(cell=(after * len(_ONEHOT) + pattern) * 4 + rows["tier"].to_numpy(), pattern=pattern)


def proper(tables: dict[str, pd.DataFrame], rng) -> dict[str, Estimate]:
    """Latent classes with corrected shares by tier; families are drawn again for the standard errors."""
    rows = _prepared(tables)
    totals = _totals(rows)
    after = fit(totals[1].sum(axis=1))
    # The classes before the pandemic are looked for where they are after it, when there is more to see.
    models = [again(totals[0].sum(axis=1), *after, STEPS), after]
    value = _summary(totals, models)
    family = rows["family"].to_numpy()
    draws = []
    for _ in range(DRAWS):
        drawn = _totals(rows, rng.exponential(size=family.max() + 1)[family])
        refit = [again(c.sum(axis=1), *model, 60) for c, model in zip(drawn, models, strict=True)]
        draws.append(_summary(drawn, refit))
    errors = pd.DataFrame(draws).std()
    later = rows[rows["year"].isin(PERIODS["after"])]
    sizes = {tier: int((later["tier"] == i).sum()) for i, tier in enumerate(TIERS)}
    clusters = int(family.max() + 1)
    return {
        name: Estimate(
            float(v),
            float(errors[name]),
            round(abs(v) * sizes.get(name.partition("_")[2], len(later))),
            clusters,
        )
        for name, v in value.items()
    }


def traps(tables: dict[str, pd.DataFrame], rng) -> dict[str, Trap]:
    """Thresholds of absence taken for classes; children in need taken to hold plans and care too."""
    rows = _prepared(tables)
    after = rows[rows["year"].isin(PERIODS["after"])]
    family, known = after["family"].to_numpy(), (after["tier"] > 0).to_numpy()
    half = (2 * after["missed"] >= after["possible"]).to_numpy(float)
    tenth = (10 * after["missed"] >= after["possible"]).to_numpy(float)
    return {
        "severe absence taken for withdrawal": Trap("t5.withdrawn_after", *_clustered(half, family), -1),
        "severe absence of all with an open case taken for withdrawal in need": Trap(
            "t5.withdrawn_in_need", *_clustered(half[known], family[known]), -1
        ),
        "less than a tenth missed taken for engagement": Trap(
            "t5.engaged_after", *_clustered(1 - tenth, family), 1
        ),
    }


def _clustered(values: np.ndarray, family: np.ndarray) -> tuple[float, float]:
    sums = np.bincount(family, values - values.mean())
    return float(values.mean()), float(np.sqrt((sums**2).sum()) / len(values))
