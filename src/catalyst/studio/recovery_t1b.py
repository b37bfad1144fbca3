"""T1b's analyses, proper and wrong, run on a release as a researcher gets it.

The question: does a child in need plan keep children from entering care? Also who enters it unknown before.
Depends on the release's tables, lifelines and statsmodels; knows nothing of the truth.
"""

import warnings

import numpy as np
import pandas as pd
from lifelines import CoxPHFitter
from scipy.special import expit

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

# Entries to care outside protection plans are few: 67,000 children hold about 170 of children with a plan.
CHILDREN, AUTHORITIES = 67_000, 24
TABLES = (
    "cin_details", "cin_assessments", "cin_plan_dates", "cin_section47", "cin_child_protection_plans",
    "cin_child_identifiers", "ssda903_episodes", "ssda903_header",
)  # fmt: skip
NAMES = {
    "t1b.log_hr_plan": "Entry to care with a child in need plan (log hazard ratio)",
    "t1b.risk_difference_plan": "Entry to care within two years with a child in need plan (risk difference)",
    "t1b.unknown_before_care": "Starts of care of children unknown for two years (proportion)",
}
END = pd.Timestamp("2025-03-31")
FIRST, LAST = pd.Timestamp("2015-04-01"), pd.Timestamp("2023-02-28")
LANDMARK, HORIZON = pd.Timedelta(days=30), 730
DRAWS = 100
_CHILD = ["LEA", "LAchildID"]
_CASE = [*_CHILD, "CINreferralDate"]
_FACTORS = {"1B": "1B", "2B": "2B", "3B": "3B", "4B": "4B", "16A": "16A", "17A": "17A", "18": "18[ABC]"}


def cases(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """All referral episodes that were not closed without further action, one row each, with what followed.

    Returns
    -------
    pandas.DataFrame
        The keys, closure, reason, need, authorised, factors, and the first day of support (a child in need
        plan), protection (a child protection plan) and enquiry (one that led to a conference), if any.
    """
    tables = {name: _plain(table) for name, table in mending.once(tables).items()}
    details = tables["cin_details"].sort_values("Year")
    details = details[details["ReferralNFA"] == 0]
    key = [*_CHILD, "Year", "CINdetailsID"]
    out = details.groupby(_CASE, as_index=False).agg(
        closure=("CINclosureDate", "last"),
        reason=("ReasonForClosure", "last"),
        need=("PrimaryNeedCode", "last"),
        until=("Year", "last"),
    )
    # A case that was never seen to close is seen until the end of its last return.
    out["until"] = mending.last_day(out["until"]).where(out["closure"].isna(), END)

    def of(name: str) -> pd.DataFrame:
        return (
            tables[name].merge(details[[*key, "CINreferralDate"]], on=key, validate="m:1").sort_values("Year")
        )

    seen = of("cin_assessments").dropna(subset="AssessmentAuthorisationDate")
    seen = seen.groupby(_CASE).agg(
        authorised=("AssessmentAuthorisationDate", "min"), factors=("AssessmentFactors", "first")
    )
    enquiries = of("cin_section47")
    enquiries = enquiries[enquiries["DateOfInitialCPC"].notna()]
    first = {
        "support": of("cin_plan_dates").groupby(_CASE)["CINPlanStartDate"].min(),
        "protection": of("cin_child_protection_plans").groupby(_CASE)["CPPstartDate"].min(),
        "enquiry": enquiries.groupby(_CASE)["S47ActualStartDate"].min(),
    }
    out = out.merge(seen, how="left", left_on=_CASE, right_index=True)
    for name, days in first.items():
        out = out.merge(days.rename(name), how="left", left_on=_CASE, right_index=True)
    people = tables["cin_child_identifiers"].sort_values("Year").groupby(_CHILD)
    people = people[["PersonBirthDate", "ExpectedPersonBirthDate", "FamilyRefAnonymous"]].last()
    people["birth"] = people["PersonBirthDate"].fillna(people["ExpectedPersonBirthDate"])
    people = people.rename(columns={"FamilyRefAnonymous": "family"})[["birth", "family"]]
    out = out.merge(people, left_on=_CHILD, right_index=True, validate="m:1")
    return _with_care(out, tables["ssda903_episodes"])


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Keys and codes as text, so that grouping and joining need no care for unused categories."""
    coded = [c for c in table if isinstance(table[c].dtype, pd.CategoricalDtype)]
    return table.astype(dict.fromkeys(coded, object)).rename(columns={"CHILD": "LAchildID"})


def _with_care(rows: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """Adds the first start of care after the assessment, and whether the child was looked after by then."""
    starts = episodes.loc[episodes["RNE"] == "S", [*_CHILD, "DECOM"]].drop_duplicates()
    seen = rows.dropna(subset="authorised").reset_index(names="row")
    both = seen.merge(starts, on=_CHILD)
    later = both[both["DECOM"] >= both["authorised"]].groupby("row")["DECOM"].min()
    spans = episodes.sort_values("Year").drop_duplicates([*_CHILD, "DECOM"], keep="last")
    both = seen.merge(spans, on=_CHILD)
    inside = (both["DECOM"] <= both["authorised"]) & (both["DEC"].isna() | (both["DEC"] > both["authorised"]))
    return rows.assign(care=later, in_care=rows.index.isin(both.loc[inside, "row"]))


def cohort(every: pd.DataFrame) -> pd.DataFrame:
    """Those eligible at the landmark, with exposure, follow-up and everything to adjust for.

    Parameters
    ----------
    every : from :func:`cases`
    """
    rows = every[
        (every["authorised"] >= FIRST) & ~every["reason"].isin(["RC8", "RC9"]) & (every["need"] != "N2")
    ].copy()
    rows["landmark"] = rows["authorised"] + LANDMARK
    rows["adult"] = rows["birth"] + pd.DateOffset(years=18)
    far = END + pd.Timedelta(days=1)
    for name in ("closure", "enquiry", "protection", "care", "adult"):
        rows = rows[rows[name].fillna(far) > rows["landmark"]]
    rows = rows[~rows["in_care"] & (rows["landmark"] < rows["until"])].copy()
    rows["plan"] = (rows["support"] <= rows["landmark"]).astype(int)
    last = rows[["closure", "protection", "adult"]].min(axis=1).fillna(END).clip(upper=rows["until"])
    rows["event"] = (rows["care"] <= last).astype(int)
    rows["days"] = (rows["care"].where(rows["event"] == 1, last) - rows["landmark"]).dt.days.clip(lower=1)
    return _confounders(rows, every)


def _confounders(rows: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    rows = rows.reset_index(drop=True)
    for name, code in _FACTORS.items():
        rows[f"factor_{name}"] = (
            rows["factors"].str.contains(rf"(?:^|;){code}(?:;|$)", regex=True).astype(int)
        )
    rows["other_need"] = (rows["need"] != "N1").astype(int)
    age = (rows["authorised"] - rows["birth"]).dt.days / 365.25
    for name, low, high in (
        ("unborn", -1, 0),
        ("baby", 0, 1),
        ("1_4", 1, 5),
        ("10_15", 10, 16),
        ("16", 16, 19),
    ):
        rows[f"age_{name}"] = ((age >= low) & (age < high)).astype(int)
    found = every[~every["reason"].isin(["RC8", "RC9"])].dropna(subset="closure")
    both = rows.reset_index(names="row").merge(
        found[[*_CHILD, "closure"]], on=_CHILD, suffixes=("", "_before")
    )
    gap = (both["CINreferralDate"] - both["closure_before"]).dt.days
    rows["earlier"] = rows.index.isin(both.loc[gap.between(0, 365), "row"]).astype(int)
    return rows


def adjusters(rows: pd.DataFrame) -> list[str]:
    """The columns to adjust for, but for the authority."""
    return [c for c in rows if c.startswith(("factor_", "age_")) or c in ("other_need", "earlier")]


def cox(rows: pd.DataFrame, columns: list[str], strata: str | None) -> tuple[float, float]:
    """Log hazard ratio of a plan and its standard error, which holds for brothers and sisters."""
    names = ["days", "event", "family", "plan", *columns, *([strata] if strata else [])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = CoxPHFitter().fit(rows[names], "days", "event", strata=strata, cluster_col="family")
    return float(fit.params_["plan"]), float(fit.standard_errors_["plan"])


def risk_difference(rows: pd.DataFrame, rng: np.random.Generator) -> tuple[float, float, int]:
    """Two-year risk of the children with a plan, less what a logistic model expects of them without one."""
    rows = rows[rows["authorised"] <= LAST]
    event = ((rows["event"] == 1) & (rows["days"] <= HORIZON)).to_numpy().astype(float)
    plan = rows["plan"].to_numpy() == 1
    place = pd.get_dummies(rows["LEA"]).to_numpy(float)
    x = np.column_stack([plan, rows[adjusters(rows)], place]).astype(float)
    without_plan = x[plan].copy()
    without_plan[:, 0] = 0
    family, number = np.unique(rows["family"], return_inverse=True)

    def difference(weight: np.ndarray, start: np.ndarray) -> tuple[float, np.ndarray]:
        beta = _logit(x, event, weight, start)
        change = expit(x[plan] @ beta) - expit(without_plan @ beta)
        return float(np.average(change, weights=weight[plan])), beta

    value, beta = difference(np.ones(len(rows)), np.zeros(x.shape[1]))
    shares = np.full(len(family), 1 / len(family))
    draws = [
        difference(rng.multinomial(len(family), shares)[number].astype(float), beta)[0] for _ in range(DRAWS)
    ]
    return value, float(np.std(draws, ddof=1)), int(event.sum())


def _logit(x: np.ndarray, y: np.ndarray, weight: np.ndarray, beta: np.ndarray, steps: int = 12) -> np.ndarray:
    """Weighted logistic regression by Newton's method, with a trace of shrinkage for empty cells."""
    for _ in range(steps):
        p = expit(x @ beta)
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + 0.05 * np.eye(x.shape[1])
        step = np.linalg.solve(hessian, x.T @ (weight * (y - p)) - 0.05 * beta)
        beta = beta + step
        if np.abs(step).max() < 1e-4:
            break
    return beta


def unknown(tables: dict[str, pd.DataFrame]) -> Estimate:
    """Share of starts of care from April 2016 without an open case in the two years before."""
    tables = mending.once(tables)
    episodes, header = _plain(tables["ssda903_episodes"]), _plain(tables["ssda903_header"])
    starts = episodes.loc[episodes["RNE"] == "S", [*_CHILD, "DECOM"]].drop_duplicates()
    arrived = header.loc[header["UASC"] == "1", _CHILD].drop_duplicates().assign(arrived=True)
    starts = starts.merge(arrived, how="left", on=_CHILD)
    starts = starts[starts["arrived"].isna() & (starts["DECOM"] >= "2016-04-01")].reset_index(drop=True)
    # Where the authority gave no census in these two years, nobody can say who was known.
    since = starts["DECOM"] - pd.Timedelta(days=HORIZON)
    missing = mending.gaps(tables)
    starts = starts[~mending.unseen(missing, starts["LEA"], since, starts["DECOM"])].reset_index(drop=True)
    details = _plain(tables["cin_details"]).query("ReferralNFA == 0").sort_values("Year")
    known = details.groupby(_CASE, as_index=False)["CINclosureDate"].last()
    both = starts.reset_index(names="row").merge(known, on=_CHILD)
    open_before = both["CINclosureDate"].isna() | (
        both["CINclosureDate"] >= both["DECOM"] - pd.Timedelta(days=HORIZON)
    )
    seen = both.loc[(both["CINreferralDate"] < both["DECOM"]) & open_before, "row"]
    new = (~starts.index.isin(seen)).astype(float)
    people = _plain(tables["cin_child_identifiers"])[[*_CHILD, "FamilyRefAnonymous"]].drop_duplicates(_CHILD)
    family = starts.merge(people, how="left", on=_CHILD)["FamilyRefAnonymous"].fillna(starts["LAchildID"])
    sums = pd.Series(new - new.mean()).groupby(family.to_numpy()).sum()
    se = np.sqrt((sums**2).sum()) / len(new)
    return Estimate(float(new.mean()), float(se), int(new.sum()), family.nunique())


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    rows = cohort(cases(tables))
    families = rows["family"].nunique()
    value, se = cox(rows, adjusters(rows), "LEA")
    difference, its_se, events = risk_difference(rows, rng)
    return {
        "t1b.log_hr_plan": Estimate(value, se, int(rows["event"].sum()), families),
        "t1b.risk_difference_plan": Estimate(difference, its_se, events, families),
        "t1b.unknown_before_care": unknown(tables),
    }


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses."""
    every = cases(tables)
    crude = cox(cohort(every), [], None)
    return {
        "plan against no plan, as recorded": Trap("t1b.log_hr_plan", *crude, +1),
        "a plan at any time before the end of follow-up": Trap("t1b.log_hr_plan", *ever(every), -1),
    }


def ever(every: pd.DataFrame) -> tuple[float, float]:
    """Everybody found in need, followed from authorisation; a plan at any time counts from the first day."""
    rows = every[
        (every["authorised"] >= FIRST) & ~every["reason"].isin(["RC8", "RC9"]) & (every["need"] != "N2")
    ].copy()
    rows["adult"] = rows["birth"] + pd.DateOffset(years=18)
    last = rows[["closure", "adult"]].min(axis=1).fillna(END).clip(upper=rows["until"])
    rows = rows[~rows["in_care"] & (last > rows["authorised"])]
    last = last[rows.index]
    rows["event"] = (rows["care"] <= last).astype(int)
    stop = rows["care"].where(rows["event"] == 1, last)
    rows["days"] = (stop - rows["authorised"]).dt.days.clip(lower=1)
    rows["plan"] = (rows["support"] <= stop).astype(int)
    return cox(rows, [], "LEA")
