"""F3b's analyses of what is missing, proper and wrong, on children as a researcher sees them.

Attendances stand behind a link that hangs on age: multiple imputation given age should recover their mean,
and complete cases should not. Scores are received less often where they are high: the mean of those received
should miss, and a delta adjustment recover, given the δ that the world alone knows. Depends on
recovery_drawn and, for the cohort, on the release's tables.
"""

import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData

from catalyst.records.columns import rows_of
from catalyst.release import keys
from catalyst.studio import recovery_drawn as drawn
from catalyst.studio import truths_f3b
from catalyst.studio.estimates import Estimate, Trap
from catalyst.world.life import Lives

CHILDREN, AUTHORITIES = drawn.CHILDREN, drawn.AUTHORITIES
TABLES = ("cin_assessments", "cin_child_identifiers", "emergency_attendances", "births")
NAMES = {
    "f3b.attendances": "emergency attendances in the year before a first assessment, at random given age",
    "f3b.abuse_noted": "domestic abuse noted around the birth, where an assessment found it",
    "f3b.sdq_mean": "mean score, those not received raised by the world's own δ",
}
DRAWN = (
    "{samples} samples of families, as many as a world of {children:,} children has, of {worlds} worlds; who "
    "is linked is drawn anew, given age. Children with scores are twice as many as a world has, and the δ is "
    "that of these worlds, which in life nobody knows."
)
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


def base(lives: Lives) -> dict[str, pd.DataFrame]:
    """What stands behind links and scores, whoever can see it.

    Returns
    -------
    dict of two tables: ``f3b``, the cohort, with visits, noted, age, decile, found and linked (whether the
    child has a pupil reference in that return); ``f3b_scores``, children looked after and asked about, with
    score and received. Both with first (of a family, or of a child).
    """
    return {"f3b": _cohort_base(lives), "f3b_scores": _scores_base(lives)}


def _cohort_base(lives: Lives) -> pd.DataFrame:
    spec, children = lives.spec, lives.children
    everybody = truths_f3b.behind(lives)
    row = rows_of(children["child"], everybody["child"].to_numpy())
    luck = keys.luck_of(spec.seed, spec.children)
    known = keys.known_years(luck, *(children[name][row] for name in ("child", "birth", "arrival")))
    family = children["family"][row]
    decile = lives.families["decile"][rows_of(lives.families["family"], family)]
    out = everybody[["visits", "noted", "age", "found"]].astype(
        {"visits": np.int16, "noted": np.float32, "age": np.int8}
    )
    return drawn.together(
        out.assign(decile=decile, linked=known.first <= everybody["year"].to_numpy(), family=family)
    )


def _scores_base(lives: Lives) -> pd.DataFrame:
    rows = truths_f3b.asked(lives).rename(columns={"child": "family"})
    return drawn.together(rows.astype({"score": np.int8}))


def sample(seed: int) -> dict[str, pd.DataFrame]:
    """The cohort and the scores of a sample: visits and noted where a link is drawn, score where received."""
    rng = np.random.default_rng(seed)
    every = drawn.rows("f3b")
    children = drawn.families(every, 1 / drawn.WORLDS, rng)
    chance = children["age"].map(every.groupby("age")["linked"].mean())
    linked = rng.random(len(children)) < chance
    for name in ("visits", "noted"):
        children[name] = children[name].astype(float).where(linked)
    scores = drawn.families(drawn.rows("f3b_scores"), 2 / drawn.WORLDS, rng)
    scores["score"] = scores["score"].astype(float).where(scores["received"])
    return {"children": children, "scores": scores}


def score_of_all(scores: pd.DataFrame, delta: float) -> tuple[float, float]:
    """Mean of all scores where those not received are ``delta`` higher than those received, and its error.

    Rows of one child belong together: children answer for several years.
    """
    received, missing = scores["score"].mean(), scores["score"].isna()
    pull = (scores["score"] - received).fillna(0) / (1 - missing.mean()) + delta * (missing - missing.mean())
    error = np.sqrt((pull.groupby(scores["family"]).sum() ** 2).sum()) / len(scores)
    return float(received + delta * missing.mean()), float(error)


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    children, scores = tables["children"], tables["scores"]
    every = drawn.rows("f3b_scores").groupby("received")["score"].mean()
    mean = score_of_all(scores, float(every[False] - every[True]))
    return {
        "f3b.attendances": attendances(children, rng),
        "f3b.abuse_noted": abuse_noted(children, rng),
        "f3b.sdq_mean": Estimate(*mean, int(scores["received"].sum()), scores["family"].nunique()),
    }


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analyses of the chapter, with what each is taken for."""
    visits = tables["children"]["visits"]
    complete, none = visits.dropna(), visits.fillna(0)
    return {
        "complete cases": Trap("f3b.attendances", float(complete.mean()), float(complete.sem()), -1),
        "no link read as none": Trap("f3b.attendances", float(none.mean()), float(none.sem()), -1),
        "scores received, taken for all": Trap("f3b.sdq_mean", *score_of_all(tables["scores"], 0.0), -1),
    }
