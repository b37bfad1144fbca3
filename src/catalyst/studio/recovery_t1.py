"""T1's analysis, proper and wrong, run on a release as a researcher gets it, with a standard error each.

The proper analysis is the chapter's; curves are computed with weights, so that whole families can be drawn
again cheaply. Depends on the release's tables and lifelines; knows nothing of the truth.
"""

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter, KaplanMeierFitter

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

CHILDREN, AUTHORITIES = 30_000, 24  # the power of its chapter, which a world of 10,000 does not have
TABLES = ("cin_child_protection_plans", "cin_child_identifiers", "cin_details", "ssda903_episodes")
START, END = pd.Timestamp("2014-04-01"), pd.Timestamp("2025-03-31")
MONTH = 365.25 / 12
TURN = 274
DRAWS = 150
_CHILD = ["LEA", "LAchildID"]
_PLAN = [*_CHILD, "CPPstartDate"]
_CAUSES = {"open": 0, "planned end": 1, "care": 2, "other": 3}


NAMES = {
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
    "t1.sd_authority": "spread of the log hazard between authorities",
}
RECOVERS = {
    "emotional_abuse->planned_end_late": ("t1.log_hr_emotional_late",),
    "authority->planned_end": ("t1.sd_authority",),
}


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    return estimates(stitch(tables), rng)


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses, by name."""
    return mistakes(stitch(tables), mending.once(tables)["cin_child_protection_plans"])


def stitch(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The chapter's cohort: one row a plan, with its length, entry, derived cause and time to it."""
    tables = {name: _plain(table) for name, table in mending.once(tables).items()}
    rows = tables["cin_child_protection_plans"].sort_values("Year")
    plans = rows.groupby(_PLAN, as_index=False).agg(
        end=("CPPendDate", "last"), category=("InitialCategoryOfAbuse", "first"),
        first_year=("Year", "first"), last_year=("Year", "last"),
    )  # fmt: skip
    plans = plans.rename(columns={"CPPstartDate": "start"})
    people = tables["cin_child_identifiers"].sort_values("Year").groupby(_CHILD)
    people = people[["PersonBirthDate", "IDACIDecile", "FamilyRefAnonymous"]].last()
    people.columns = ["birth", "decile", "family"]
    plans = plans.merge(people, left_on=_CHILD, right_index=True, validate="m:1")
    plans["age"] = ((plans["start"] - plans["birth"]).dt.days / 365.25).clip(lower=0).fillna(0)
    plans["ended"] = plans["end"].notna()
    # Where an authority gave no return, a plan is out of sight: seen open until the last return that has it,
    # and from the first day of the first one.
    plans["until"] = mending.last_day(plans["last_year"])
    plans["days"] = (plans["end"].fillna(plans["until"]) - plans["start"]).dt.days
    seen_from = mending.last_day(plans["first_year"] - 1) + pd.Timedelta(days=1)
    plans["entry"] = (seen_from - plans["start"]).dt.days.clip(lower=0)
    return _causes(plans, tables)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Keys as text, so that grouping and joining need no care for unused categories."""
    return table.astype({c: str for c in ("LEA", "LAchildID", "CHILD", "FamilyRefAnonymous") if c in table})


def _causes(plans: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    episodes = tables["ssda903_episodes"]
    care = episodes.loc[episodes["RNE"] == "S", ["LEA", "CHILD", "DECOM"]].drop_duplicates()
    care = plans.merge(care.rename(columns={"CHILD": "LAchildID", "DECOM": "care"}), on=_CHILD)
    in_time = care["care"] <= care["end"].fillna(care["until"]) + pd.Timedelta(days=14)
    first = care[(care["care"] > care["start"]) & in_time].groupby([*_CHILD, "start"])["care"].min()
    plans = plans.merge(first, how="left", left_on=[*_CHILD, "start"], right_index=True)
    details = tables["cin_details"]
    closed = details.loc[details["ReasonForClosure"] == "RC5", [*_CHILD, "CINclosureDate"]]
    moved = pd.MultiIndex.from_frame(plans[[*_CHILD, "end"]]).isin(pd.MultiIndex.from_frame(closed))
    adult = plans["end"] >= plans["birth"] + pd.DateOffset(years=18)
    order = [plans["care"].notna(), ~plans["ended"], moved | adult]
    plans["cause"] = np.select(order, ["care", "open", "other"], "planned end")
    stop = plans[["end", "care"]].min(axis=1).fillna(plans["until"])
    plans["time"] = (stop - plans["start"]).dt.days.clip(lower=1)
    return plans


def curves(time, cause, entry, weight) -> dict[int, np.ndarray]:
    """Survival (key 0) and cumulative incidence of each cause on each day 0 … 730, with weights."""
    size = 10_000
    joined = np.bincount(np.minimum(entry, size - 1), weight, size).cumsum()
    gone = np.bincount(np.minimum(time, size - 1), weight, size).cumsum()
    at_risk = np.concatenate([[0.0], (joined - gone)[:730]])
    hazard = {}
    for k in np.unique(cause[cause > 0]):
        ends = np.bincount(time[cause == k], weight[cause == k], size)[:731]
        hazard[int(k)] = np.divide(ends, at_risk, out=np.zeros(731), where=at_risk > 0)
    survival = np.cumprod(1 - sum(hazard.values()))
    before = np.concatenate([[1.0], survival[:-1]])
    return {0: survival, **{k: np.cumsum(before * h) for k, h in hazard.items()}}


def estimates(plans: pd.DataFrame, rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest.

    Parameters
    ----------
    plans : from :func:`stitch`
    rng : draws whole families again for the standard errors of curves and shares
    """
    family, number = np.unique(plans["family"], return_inverse=True)
    seen = (plans["time"] > plans["entry"]).to_numpy()
    length, ended, entry = (
        plans["days"].to_numpy(),
        plans["ended"].to_numpy().astype(int),
        plans["entry"].to_numpy(),
    )
    time, code = plans["time"].to_numpy(), plans["cause"].map(_CAUSES).to_numpy()
    over, again = _second_plans(plans)

    def figures(weight: np.ndarray) -> list[float]:
        any_end = curves(length, ended, entry, weight)[0]
        split = curves(time[seen], code[seen], entry[seen], weight[seen])
        return [
            any_end[183], any_end[365], any_end[:730].sum() / MONTH,
            split[1][730], split[2][365], split[2][730],
            np.average(again[over], weights=weight[over]),
        ]  # fmt: skip

    names = (
        "open_at_6_months", "open_at_12_months", "mean_months_within_24", "planned_end_within_24_months",
        "care_within_12_months", "care_within_24_months", "second_plan_within_2_years",
    )  # fmt: skip
    values = figures(np.ones(len(plans)))
    shares = np.full(len(family), 1 / len(family))
    draws = [figures(rng.multinomial(len(family), shares)[number].astype(float)) for _ in range(DRAWS)]
    out = {
        f"t1.{n}": Estimate(v, s, len(plans), len(family))
        for n, v, s in zip(names, values, np.std(draws, axis=0, ddof=1), strict=True)
    }
    early, late = (cox(part) for part in halves(design(plans)))
    for name in ("physical", "sexual", "multiple", "age", "deprivation"):
        out[f"t1.log_hr_{name}"] = _coefficient(early, name)
    out["t1.log_hr_emotional_early"] = _coefficient(early, "emotional")
    out["t1.log_hr_emotional_late"] = _coefficient(late, "emotional")
    out["t1.sd_authority"] = _between_authorities(design(plans))
    return out


def _between_authorities(model: pd.DataFrame) -> Estimate:
    """The spread of the log hazard between authorities, beyond the sampling error of each."""
    names = sorted(model["LEA"].unique())
    dummies = pd.get_dummies(model["LEA"], dtype=float)[names[1:]]
    rows = pd.concat([model.drop(columns="LEA"), dummies], axis=1)
    fit = CoxPHFitter().fit(rows, "time", "planned", cluster_col="family")
    shift = np.concatenate([[0.0], fit.params_[names[1:]]])
    covariance = np.zeros((len(names), len(names)))
    covariance[1:, 1:] = fit.variance_matrix_.loc[names[1:], names[1:]]
    centre = np.eye(len(names)) - 1 / len(names)
    error = np.trace(centre @ covariance @ centre) / (len(names) - 1)
    between = shift.var(ddof=1) - error
    spread = np.sqrt(max(between, 1e-4))
    # The authorities stay who they are: only the sampling error of each varies from world to world.
    se = np.sqrt((4 * max(between, 0) * error + 2 * error**2) / (len(names) - 1)) / (2 * spread)
    return Estimate(float(spread), float(se), int(model["planned"].sum()), len(names))


def _second_plans(plans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which planned ends could be watched for two years before eighteen, and which a new plan followed."""
    ordered = plans.sort_values([*_CHILD, "start"])
    following = ordered.groupby(_CHILD)["start"].shift(-1).reindex(plans.index)
    over = (plans["cause"] == "planned end") & (plans["end"] <= pd.Timestamp("2023-03-31"))
    over &= plans["end"] < plans["birth"] + pd.DateOffset(years=16)
    return over.to_numpy(), ((following - plans["end"]).dt.days <= 730).to_numpy()


def design(plans: pd.DataFrame) -> pd.DataFrame:
    """The Cox model's rows: plans that began inside the window, categories against neglect."""
    inside = plans[(plans["time"] > plans["entry"]) & (plans["entry"] == 0)]
    model = inside[["time", "age", "LEA", "family"]].copy()
    model["planned"] = inside["cause"] == "planned end"
    for category, name in {"PHY": "physical", "SAB": "sexual", "MUL": "multiple", "EMO": "emotional"}.items():
        model[name] = (inside["category"] == category).astype(int)
    model["deprivation"] = 10 - inside["decile"].astype(int)
    return model


def halves(model: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The model's rows up to the second review, and from then on among plans still open."""
    early = model.assign(
        planned=model["planned"] & (model["time"] <= TURN), time=model["time"].clip(upper=TURN)
    )
    return early, model[model["time"] > TURN].assign(time=lambda d: d["time"] - TURN)


def cox(model: pd.DataFrame) -> CoxPHFitter:
    """A Cox model with authorities as strata and standard errors that hold for brothers and sisters."""
    return CoxPHFitter().fit(model, "time", "planned", strata="LEA", cluster_col="family")


def _coefficient(fit: CoxPHFitter, name: str) -> Estimate:
    events, families = int(fit.event_observed.sum()), len(np.unique(fit._clusters))
    return Estimate(float(fit.params_[name]), float(fit.standard_errors_[name]), events, families)


def mistakes(plans: pd.DataFrame, rows: pd.DataFrame) -> dict[str, Trap]:
    """The chapter's wrong analyses: by name, which truth each misses, its number, and the sign of its bias.

    Parameters
    ----------
    rows : the table of plans as sent in, from which the latest return alone is taken
    """
    latest = rows[rows["Year"] == 2025]
    ended = latest["CPPendDate"].notna()
    days = (latest["CPPendDate"].fillna(END) - latest["CPPstartDate"]).dt.days
    entry = (pd.Timestamp("2024-04-01") - latest["CPPstartDate"]).dt.days.clip(lower=0)
    in_sight = days > entry
    days, ended, entry = days[in_sight], ended[in_sight], entry[in_sight]
    quick = ended & (entry == 0)
    seen = plans[plans["time"] > plans["entry"]]
    still_open = plans.loc[~plans["ended"], "days"] / MONTH
    whole = cox(design(plans))
    found = {
        "dropping open plans": ("t1.open_at_6_months", _survival(days[quick], ended[quick], None, 183)),
        "restarting the clock": ("t1.open_at_6_months", _survival(days - entry, ended, None, 183)),
        "counting from day 0": ("t1.open_at_12_months", _survival(days, ended, None, 365)),
        "time so far of open plans": (
            "t1.mean_months_within_24",
            Estimate(float(still_open.mean()), float(still_open.sem())),
        ),
        "1 − Kaplan–Meier, care censored": (
            "t1.planned_end_within_24_months",
            _complement(_survival(seen["time"], seen["cause"] == "planned end", seen["entry"], 730)),
        ),
        "one hazard ratio for two years": ("t1.log_hr_emotional_late", _coefficient(whole, "emotional")),
    }
    return {name: Trap(parameter, e.value, e.se, _SIGNS[name]) for name, (parameter, e) in found.items()}


_SIGNS = {
    "dropping open plans": -1,
    "restarting the clock": -1,
    "counting from day 0": 1,
    "time so far of open plans": -1,
    "1 − Kaplan–Meier, care censored": 1,
    "one hazard ratio for two years": 1,
}


def _survival(days, ended, entry, when: int) -> Estimate:
    km = KaplanMeierFitter().fit(days, ended, entry=entry)
    low, high = km.confidence_interval_.loc[:when].iloc[-1]
    return Estimate(float(km.predict(when)), float(high - low) / 3.92)


def _complement(estimate: Estimate) -> Estimate:
    return Estimate(1 - estimate.value, estimate.se)
