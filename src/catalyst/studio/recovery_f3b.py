"""F3b's analyses of what is missing, proper and wrong, run on a release as a researcher gets it.

Attendances stand behind a link that hangs on age: multiple imputation given age should recover their mean,
and complete cases should not. The chapter's delta adjustment claims no recovery: its δ is known of the world
alone. Depends on the release's tables.
"""

import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData

from catalyst.studio.estimates import Estimate, Trap

CHILDREN, AUTHORITIES = 30_000, 24
TABLES = ("cin_assessments", "cin_child_identifiers", "emergency_attendances", "births")
NAMES = {
    "f3b.attendances": "emergency attendances in the year before a first assessment, at random given age",
    "f3b.abuse_noted": "domestic abuse noted around the birth, where an assessment found it",
}
IMPUTATIONS = 30
_CHILD, _PUPIL = ["LEA", "LAchildID"], "PupilMatchingRefAnonymous"
_FIRST_DAY, _YEAR = "2015-04-01", 365


def cohort(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Each child's first assessment at ages 2 to 8: age, decile, found; visits and noted where linked."""
    seen = tables["cin_assessments"].dropna(subset="AssessmentAuthorisationDate")
    people = tables["cin_child_identifiers"].drop(columns=_PUPIL)
    seen = seen.merge(people, on=[*_CHILD, "Year"], validate="m:1")
    august = pd.to_datetime((seen["Year"].astype(int) - 1).astype(str) + "-08-31")
    seen["age"] = (august - seen["PersonBirthDate"]).dt.days // 365.25
    seen = seen[seen["age"].between(2, 8) & (seen["AssessmentActualStartDate"] >= _FIRST_DAY)]
    seen = seen.sort_values(["Year", "AssessmentActualStartDate"], kind="stable").drop_duplicates(_CHILD)
    seen = seen.reset_index(drop=True)
    linked = seen[_PUPIL].notna()
    came = tables["emergency_attendances"].dropna(subset=_PUPIL)[[_PUPIL, "ArrivalDate"]]
    both = seen[linked].reset_index().merge(came, on=_PUPIL)
    days = (both["AssessmentActualStartDate"] - both["ArrivalDate"]).dt.days
    visits = both.loc[days.between(1, _YEAR), "index"].value_counts().reindex(seen.index, fill_value=0)
    born = tables["births"].dropna(subset=_PUPIL).set_index(_PUPIL)["DomesticAbuseNoted"].astype(float)
    noted = seen.loc[linked, _PUPIL].astype(str).map(born.set_axis(born.index.astype(str)))
    return pd.DataFrame(
        {
            "visits": visits.where(linked).astype(float),
            "noted": noted.reindex(seen.index),
            "age": seen["age"],
            "decile": seen["IDACIDecile"].astype(float),
            "found": seen["AssessmentFactors"].astype(str).str.contains(r"\b3[ABC]\b"),
        }
    )


def pool(estimates: list[float], variances: list[float]) -> tuple[float, float]:
    """Estimate and standard error by Rubin's rules."""
    m = len(estimates)
    total = np.mean(variances) + (1 + 1 / m) * np.var(estimates, ddof=1)
    return float(np.mean(estimates)), float(np.sqrt(total))


def attendances(children: pd.DataFrame, rng: np.random.Generator) -> Estimate:
    """Mean number of attendances by multiple imputation, donors drawn anew for each filled table."""
    # A column for each age: the formula would look through a factor value by value, for seconds.
    ages = pd.get_dummies(children["age"].astype(int), prefix="age", drop_first=True, dtype=float)
    data = children[["visits", "decile"]].join(ages)
    seen, gaps = data[data["visits"].notna()], data[data["visits"].isna()]
    estimates, variances = [], []
    for _ in range(IMPUTATIONS):
        donors = seen.sample(frac=1, replace=True, random_state=rng)
        imputer = MICEData(pd.concat([donors, gaps]), rng=rng)
        imputer.set_imputer("visits", " + ".join([*ages, "decile"]))
        imputer.update_all()
        filled = np.r_[seen["visits"], imputer.data["visits"].tail(len(gaps))]
        estimates.append(filled.mean())
        variances.append(filled.var(ddof=1) / len(filled))
    value, se = pool(estimates, variances)
    return Estimate(value, se, int(seen["visits"].sum()), len(data))


def abuse_noted(children: pd.DataFrame, rng: np.random.Generator) -> Estimate:
    """Share noted by draws from the linked children of the same age, drawn anew for each filled table."""
    data = children[children["found"]].reset_index(drop=True)
    estimates, variances = [], []
    for _ in range(IMPUTATIONS):
        filled = data["noted"].to_numpy().copy()
        for _, values in data.groupby("age")["noted"]:
            linked, gaps = values.dropna().to_numpy(), values.index[values.isna()]
            filled[gaps] = rng.choice(rng.choice(linked, len(linked)), len(gaps))
        estimates.append(filled.mean())
        variances.append(filled.mean() * (1 - filled.mean()) / len(filled))
    value, se = pool(estimates, variances)
    return Estimate(value, se, int(data["noted"].sum()), len(data))


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    children = cohort(tables)
    return {"f3b.attendances": attendances(children, rng), "f3b.abuse_noted": abuse_noted(children, rng)}


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analyses of the chapter, with what each is taken for."""
    visits = cohort(tables)["visits"]
    complete, none = visits.dropna(), visits.fillna(0)
    return {
        "complete cases": Trap("f3b.attendances", float(complete.mean()), float(complete.sem()), -1),
        "no link read as none": Trap("f3b.attendances", float(none.mean()), float(none.sem()), -1),
    }
