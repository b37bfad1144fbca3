"""T7's analysis, proper and wrong, run on a release as a researcher gets it, with a standard error each.

One cohort is stitched from seven returns and followed from the tenth birthday with what happens on the way;
hazards are Poisson regressions of events on person-time. Depends on the release's tables alone.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

# 10,000 children give some forty first offences a year: too few for those of a parent who offended.
CHILDREN, AUTHORITIES = 30_000, 24
TABLES = (
    "offences", "parent_offences", "parent_care_histories", "exclusions", "child_low_income", "school_census",
    "cin_child_identifiers", "cin_details", "cin_assessments", "cin_child_protection_plans", "cin_plan_dates",
    "ssda903_episodes",
)  # fmt: skip
# What a release with flaws has beside them, to find links that were missed and references that changed.
LINKS = ("linkage_police", "linkage_school", "link_school_hospital")
NAMES = {
    "t7.log_hr_parent_offended": "log hazard ratio of a first offence, a parent with a conviction",
    "t7.log_hr_in_need": "log hazard ratio of a first offence, in need since ten",
    "t7.log_hr_suspension": "log hazard ratio of a first offence, suspended from school",
    "t7.log_hr_mother_in_care": "log hazard ratio of entering care before five, mother once in care",
    "t7.offence_given_need": "share of children in need who offended",
    "t7.need_given_offence": "share of those who offended who were in need",
    "t7.risk_difference": "risk of a first offence by sixteen that came through being in need",
}
# Cases take up to a year to be dealt with: offences after this day are not all in yet.
END = pd.Timestamp("2024-03-31")
YEAR = pd.Timedelta(days=365.25)
_CHILD = ["LEA", "LAchildID"]
_CASE = [*_CHILD, "CINreferralDate"]
_NEVER = pd.Timestamp("2100-01-01")
_FROM, _TO = pd.Timestamp("2004-04-01"), pd.Timestamp("2014-03-31")


class _Fit(NamedTuple):
    """A Poisson regression with a covariance that holds for brothers and sisters."""

    names: list[str]
    values: np.ndarray
    covariance: np.ndarray
    events: int
    clusters: int

    def of(self, name: str) -> Estimate:
        """One coefficient."""
        k = self.names.index(name)
        return Estimate(
            float(self.values[k]), float(self.covariance[k, k] ** 0.5), self.events, self.clusters
        )


def _plain(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Keys as text, so that grouping and joining need no care for unused categories."""
    keys = ("PupilMatchingRefAnonymous", "FamilyRefAnonymous", "LEA", "LAchildID", "CHILD")
    return {name: t.astype({c: object for c in keys if c in t}) for name, t in tables.items()}


def mended(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables with one row a record and one reference a child, missed links made, and dates set right."""
    tables = mending.once(tables)
    offences = tables["offences"]
    if {"linkage_police", "linkage_school"} <= set(tables):
        found = mending.by_hand(tables["linkage_police"], tables["linkage_school"])
        old = offences[mending.REFERENCE].astype(object)
        new = old.fillna(offences["CaseRefAnonymous"].astype(object).map(found))
        offences = offences.assign(**{mending.REFERENCE: new})
    # An offence before the birth has a date that stands for one not known: it was so long before the outcome
    # as others are.
    known = offences["OffenceStartDate"] >= offences["DateOfBirth"]
    lag = (offences["AdjudicationDate"] - offences["OffenceStartDate"])[known].median()
    day = offences["OffenceStartDate"].where(known, offences["AdjudicationDate"] - lag)
    return mending.one_reference({**tables, "offences": offences.assign(OffenceStartDate=day)})


def cases(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Cases in which a child was found in need: who, in which family, when found, when closed, main need."""
    people = tables["cin_child_identifiers"].sort_values("Year").groupby(_CHILD, sort=False)
    people = people[
        ["PupilMatchingRefAnonymous", "FamilyRefAnonymous", "PersonBirthDate", "IDACIDecile"]
    ].last()
    details = tables["cin_details"].sort_values("Year")
    rows = details.groupby(_CASE, as_index=False, sort=False)
    rows = rows[["CINclosureDate", "ReasonForClosure", "ReferralNFA", "PrimaryNeedCode", "Year"]].last()
    # A case that was never seen to close is seen until the end of its last return.
    unseen = rows["CINclosureDate"].isna() & (rows["Year"] < details["Year"].max())
    rows.loc[unseen, "CINclosureDate"] = mending.last_day(rows.loc[unseen, "Year"])
    number = [*_CHILD, "Year", "CINdetailsID"]
    found = tables["cin_assessments"].merge(details[[*number, "CINreferralDate"]], on=number)
    found = found.groupby(_CASE, sort=False)["AssessmentAuthorisationDate"].min()
    rows = rows.merge(found.rename("found"), how="left", left_on=_CASE, right_index=True)
    # What was assessed before the window is not in it; whoever is still open then was found in need.
    early = rows["found"].isna() & (rows["CINreferralDate"] < pd.Timestamp("2014-02-01"))
    rows.loc[early, "found"] = rows.loc[early, "CINreferralDate"]
    rows = rows[rows["found"].notna() & (rows["ReferralNFA"] == 0)]
    rows = rows[~rows["ReasonForClosure"].isin(["RC8", "RC9"])]
    rows = rows.merge(people, left_on=_CHILD, right_index=True)
    return rows.rename(columns={"CINclosureDate": "closed", "PersonBirthDate": "birth"})


def cohort(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a child who turned ten from April 2014 on, with the day of all that may happen to her."""
    rows = tables["child_low_income"]
    rows = rows[rows["PupilMatchingRefAnonymous"].notna() & rows["PersonBirthDate"].between(_FROM, _TO)]
    people = rows.sort_values("Year").groupby("PupilMatchingRefAnonymous", sort=False)
    people = people[["FamilyRefAnonymous", "PersonBirthDate", "IDACIDecile", "LEA"]].last()
    people.columns = ["family", "birth", "decile", "LEA"]
    gender = tables["school_census"].drop_duplicates("PupilMatchingRefAnonymous")
    people = people.join(
        gender.set_index("PupilMatchingRefAnonymous")["Gender"].rename("gender"), how="inner"
    )
    people["boy"] = (people["gender"] == "M").astype(float)
    people["ten"] = people["birth"] + 10 * YEAR
    # Births are known by the month alone.
    people["ten"] += pd.Timedelta(days=14)
    proven = tables["offences"][tables["offences"]["AdjudicationCode"] == "G"]
    first = _first(proven, "OffenceStartDate")
    people["offence"] = first.reindex(people.index).fillna(_NEVER)
    parents = tables["parent_offences"]["FamilyRefAnonymous"].unique()
    people["parent"] = people["family"].isin(parents).astype(float)
    out = tables["exclusions"]
    people["suspended"] = _first(out[out["Category"] != "PERM"], "StartDate").reindex(people.index)
    people["excluded"] = _first(out[out["Category"] == "PERM"], "StartDate").reindex(people.index)
    family = tables["child_low_income"].drop_duplicates("PupilMatchingRefAnonymous")
    family = family.set_index("PupilMatchingRefAnonymous")["FamilyRefAnonymous"]
    people["sibling"] = _siblings(people, first.to_frame("day").join(family.rename("family"), how="inner"))
    need = cases(tables).merge(people["ten"], left_on="PupilMatchingRefAnonymous", right_index=True)
    need = need[need["closed"].isna() | (need["closed"] > need["ten"])]
    need["since"] = need[["found", "ten"]].max(axis=1)
    people["need"] = need.groupby("PupilMatchingRefAnonymous")["since"].min().reindex(people.index)
    people["care"] = _care(tables, people)
    days = ["suspended", "excluded", "sibling", "need", "care"]
    people[days] = people[days].fillna(_NEVER)
    return people


def _first(rows: pd.DataFrame, column: str) -> pd.Series:
    rows = rows[rows["PupilMatchingRefAnonymous"].notna()]
    return rows.groupby("PupilMatchingRefAnonymous")[column].min()


def _siblings(people: pd.DataFrame, offended: pd.DataFrame) -> pd.Series:
    """Day of the first offence of a brother or sister: the family's first, or its second for whose it was."""
    ordered = offended.sort_values("day").reset_index()
    ordered["rank"] = ordered.groupby("family").cumcount()
    own = ordered.columns[0]
    first = ordered[ordered["rank"] == 0].set_index("family")
    second = ordered[ordered["rank"] == 1].set_index("family")
    day = people["family"].map(first["day"])
    mine = people["family"].map(first[own]) == people.index
    return day.where(~mine, people["family"].map(second["day"]))


def _care(tables: dict[str, pd.DataFrame], people: pd.DataFrame) -> pd.Series:
    """First day from the tenth birthday on which a child was looked after."""
    names = tables["cin_child_identifiers"].dropna(subset=["PupilMatchingRefAnonymous"])
    names = names.drop_duplicates(_CHILD).rename(columns={"LAchildID": "CHILD"})
    rows = tables["ssda903_episodes"][["LEA", "CHILD", "DECOM", "DEC"]]
    rows = rows.merge(names[["LEA", "CHILD", "PupilMatchingRefAnonymous"]], on=["LEA", "CHILD"])
    rows = rows.merge(people["ten"], left_on="PupilMatchingRefAnonymous", right_index=True)
    rows = rows[rows["DEC"].isna() | (rows["DEC"] > rows["ten"])]
    rows["since"] = rows[["DECOM", "ten"]].max(axis=1)
    return rows.groupby("PupilMatchingRefAnonymous")["since"].min().reindex(people.index)


def person_time(tables: dict[str, pd.DataFrame], people: pd.DataFrame, until: pd.Series) -> pd.DataFrame:
    """The cohort's time from the tenth birthday to ``until``, cut where a year begins or something is new."""
    years = pd.date_range("2014-04-01", "2024-04-01", freq="YS-APR")
    changes = ["need", "care", "suspended", "excluded", "sibling"]
    stop = until.to_numpy()
    parts = []
    for first, last in pairwise(years):
        edges = [np.maximum(people["ten"].to_numpy(), np.datetime64(first, "ns"))]
        finish = np.minimum(stop, np.datetime64(last, "ns"))
        inside = np.sort(people[changes].to_numpy(), axis=1)
        edges += [*np.clip(inside, edges[0][:, None], finish[:, None]).T, finish]
        for a, b in pairwise(edges):
            rows = np.flatnonzero(b > a)
            parts.append(pd.DataFrame({"row": rows, "start": a[rows], "stop": b[rows], "Year": last.year}))
    time = pd.concat(parts, ignore_index=True)
    who = people.iloc[time["row"]]
    for name in changes:
        time[name] = (who[name].to_numpy() <= time["start"].to_numpy()).astype(float)
    for name in ("family", "LEA", "boy", "decile", "parent", "offence"):
        time[name] = who[name].to_numpy()
    time["person"] = who.index
    time["event"] = ((time["offence"] > time["start"]) & (time["offence"] <= time["stop"])).astype(float)
    middle = time["start"] + (time["stop"] - time["start"]) / 2
    time["age"] = (middle - who["birth"].to_numpy()) / YEAR
    time["years"] = (time["stop"] - time["start"]) / YEAR
    poor = tables["child_low_income"].set_index(["PupilMatchingRefAnonymous", "Year"])["MonthsInLowIncome"]
    poor = poor[~poor.index.duplicated()] / 12
    asked = pd.MultiIndex.from_arrays([time["person"], time["Year"]])
    time["poor"] = poor.reindex(asked).to_numpy()
    # The table ends at sixteen: the last year known stands for those after.
    last = poor.groupby(level=0).last().reindex(time["person"]).to_numpy()
    time["poor"] = time["poor"].fillna(pd.Series(last)).fillna(0)
    return time


def design(time: pd.DataFrame, changes=("need", "care", "suspended", "excluded", "sibling")) -> pd.DataFrame:
    """Columns of the regression of first offences."""
    x = time[["boy", "parent", "poor", *changes]].copy()
    x["decile"] = 5.5 - time["decile"].astype(float)
    age = np.clip(time["age"].to_numpy(), 10, 18)
    for knot in (10, 12, 13, 14, 15, 16):
        x[f"age from {knot}"] = np.clip(age - knot, 0, None)
    # Nobody of the cohort is old enough in the first years: a year for itself would have no event.
    x["year"] = time["Year"] - 2020.0
    x["year from 2021"] = np.clip(time["Year"] - 2021.0, 0, None)
    x["constant"] = 1.0
    return x


def poisson(x: pd.DataFrame, event: pd.Series, years: pd.Series, family: pd.Series) -> _Fit:
    """Log-linear hazards by Newton's method; the covariance is summed over families.

    It is what a generalised linear model of statsmodels with clusters gives, in a twentieth of the time.
    """
    event, years = event.to_numpy(), years.to_numpy()
    # Where a group had no event at all its rate would run to nought: it goes with those it is compared with.
    x = x.loc[:, (x.to_numpy()[event > 0] != 0).any(axis=0)]
    design = x.to_numpy()
    rate = np.full(len(design), np.log(event.sum() / years.sum()))
    beta = np.linalg.lstsq(design, rate, rcond=None)[0]  # the same hazard for everybody
    for _ in range(30):
        expected = np.exp(np.minimum(design @ beta, 5.0)) * years
        information = design.T @ (design * expected[:, None])
        step = np.linalg.solve(information, design.T @ (event - expected))
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    group = pd.factorize(family)[0]
    residual = event - np.exp(design @ beta) * years
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(group.max() + 1))
    scores = np.add.reduceat((design * residual[:, None])[order], edges, axis=0)
    bread = np.linalg.inv(information)
    covariance = bread @ (scores.T @ scores) @ bread
    return _Fit(list(x), beta, covariance, int(event.sum()), int(group.max() + 1))


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    tables = _plain(mended(tables))
    people = cohort(tables)
    eighteen = people["birth"] + 18 * YEAR
    until = pd.concat([eighteen, people["offence"]], axis=1).min(axis=1).clip(upper=END)
    time = person_time(tables, people, until)
    fit = poisson(design(time), time["event"], time["years"], time["family"])
    return {
        "t7.log_hr_parent_offended": fit.of("parent"),
        "t7.log_hr_in_need": fit.of("need"),
        "t7.log_hr_suspension": fit.of("suspended"),
        "t7.log_hr_mother_in_care": _mothers(tables).of("mother"),
        **_both_ways(people),
        "t7.risk_difference": _risk_difference(tables, people, fit),
    }


def _both_ways(people: pd.DataFrame) -> dict[str, Estimate]:
    born = people[people["birth"] <= pd.Timestamp("2007-03-31")]
    end = born["birth"] + 17 * YEAR
    known, offended = born["need"] < end, born["offence"] < end
    return {
        "t7.offence_given_need": _share(offended[known], born["family"][known]),
        "t7.need_given_offence": _share(known[offended], born["family"][offended]),
    }


def _share(hit: pd.Series, family: pd.Series) -> Estimate:
    """A share, with a standard error over families."""
    mean = float(hit.mean())
    sums = (hit - mean).groupby(family).sum()
    return Estimate(mean, float(np.sqrt((sums**2).sum()) / len(hit)), int(hit.sum()), len(sums))


def _exposed(people: pd.DataFrame) -> pd.DataFrame:
    born = people[people["birth"] <= pd.Timestamp("2008-03-31")]
    return born[(born["need"] < born["birth"] + 13 * YEAR) & (born["offence"] > born["need"])]


def _risk_difference(tables: dict[str, pd.DataFrame], people: pd.DataFrame, fit: _Fit) -> Estimate:
    """The g-formula on the exposed: their risk as they lived, and had need not led to offending.

    Offending changes nothing that the hazard depends on, so each child's own path stands for both.
    """
    who = _exposed(people)
    path = person_time(tables, who, who["birth"] + 16 * YEAR)
    path = path[path["need"] == 1]
    x, years = design(path)[fit.names].to_numpy(), path["years"].to_numpy()
    need = fit.names.index("need")
    without = x.copy()
    without[:, need] = 0
    row = pd.factorize(path["person"])[0]
    n = len(who)

    survival, slope = [], []
    for part in (x, without):
        hazard = np.exp(part @ fit.values) * years
        survival.append(np.exp(-np.bincount(row, hazard, n)))
        slope.append((survival[-1][row] * hazard) @ part / n)
    each, gradient = survival[1] - survival[0], slope[0] - slope[1]
    sums = pd.Series(each - each.mean()).groupby(who["family"].to_numpy()).sum()
    variance = gradient @ fit.covariance @ gradient + (sums**2).sum() / n**2
    return Estimate(float(each.mean()), float(variance**0.5), fit.events, len(sums))


def _mothers(tables: dict[str, pd.DataFrame]) -> _Fit:
    """Entry to care before five, while a case is open, by whether the mother was in care herself."""
    rows = cases(tables)
    rows["five"] = rows["birth"] + 5 * YEAR
    care = tables["ssda903_episodes"]
    care = care[care["RNE"] == "S"][["LEA", "CHILD", "DECOM"]].drop_duplicates()
    care = rows[_CASE].merge(care.rename(columns={"CHILD": "LAchildID"}), on=_CHILD)
    care = care[care["DECOM"] >= care["CINreferralDate"]].groupby(_CASE)["DECOM"].min()
    rows = rows.merge(care.rename("care"), how="left", left_on=_CASE, right_index=True)
    rows["start"] = rows[["found", "birth"]].max(axis=1).clip(lower=pd.Timestamp("2014-04-01"))
    last = pd.Timestamp("2025-03-31")
    rows["stop"] = rows[["closed", "care", "five"]].min(axis=1).fillna(last).clip(upper=last)
    rows = rows[rows["stop"] > rows["start"]].reset_index(drop=True)
    plans = (
        tables["cin_child_protection_plans"]
        .sort_values("Year")
        .groupby([*_CHILD, "CPPstartDate"], as_index=False)
    )
    plans = plans[["CPPendDate"]].last().fillna({"CPPendDate": last})
    return _entries(rows, plans, tables["parent_care_histories"]["FamilyRefAnonymous"].unique())


def _entries(rows: pd.DataFrame, plans: pd.DataFrame, mothers: np.ndarray) -> _Fit:
    """The regression on time cut at the edges of age bands and plans."""
    joined = rows[[*_CHILD, "start", "stop"]].reset_index().merge(plans, on=_CHILD)
    joined = joined[(joined["CPPstartDate"] < joined["stop"]) & (joined["CPPendDate"] > joined["start"])]
    first = joined.groupby("index")[["CPPstartDate", "CPPendDate"]].first().reindex(rows.index)
    bands = [rows["birth"] + pd.Timedelta(days=d) for d in (44, 365, 1096)]
    edges = pd.concat([*bands, first["CPPstartDate"], first["CPPendDate"]], axis=1).fillna(_NEVER).to_numpy()
    start, stop = rows["start"].to_numpy(), rows["stop"].to_numpy()
    edges = np.sort(np.clip(edges, start[:, None], stop[:, None]), axis=1)
    edges = np.concatenate([start[:, None], edges, stop[:, None]], axis=1)
    row, column = np.nonzero(edges[:, 1:] > edges[:, :-1])
    time = rows.iloc[row].reset_index(drop=True)
    time["start"], time["stop"] = edges[row, column], edges[row, column + 1]
    plan = first.iloc[row].reset_index(drop=True)
    on_plan = (plan["CPPstartDate"] <= time["start"]) & (plan["CPPendDate"] >= time["stop"])
    age = (time["start"] - time["birth"]).dt.days.to_numpy()
    band = np.searchsorted([44, 365, 1096], age, side="right")
    x = pd.DataFrame({"mother": time["FamilyRefAnonymous"].isin(mothers).astype(float)})
    for b in range(4):
        x[f"in need, age {b}"] = (~on_plan & (band == b)).astype(float)
        x[f"on a plan, age {b}"] = (on_plan & (band == b)).astype(float)
    x["disability"] = (time["PrimaryNeedCode"] == "N2").astype(float)
    x["not abuse"] = (~time["PrimaryNeedCode"].isin(["N1", "N2"])).astype(float)
    x["decile"] = 5.5 - time["IDACIDecile"].astype(float)
    for place in sorted(time["LEA"].unique())[1:]:
        x[f"LEA {place}"] = (time["LEA"] == place).astype(float)
    event = ((time["care"] > time["start"]) & (time["care"] <= time["stop"])).astype(float)
    return poisson(x, event, (time["stop"] - time["start"]) / YEAR, time["FamilyRefAnonymous"])


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses: which truth each is taken for, its number, and the sign of its bias."""
    tables = _plain(mended(tables))
    people = cohort(tables)
    both = _both_ways(people)
    until = pd.concat([people["birth"] + 18 * YEAR, people["offence"]], axis=1).min(axis=1).clip(upper=END)
    time = person_time(tables, people, until)
    raw = time[["need"]].assign(constant=1.0)
    crude = poisson(raw, time["event"], time["years"], time["family"])
    # Whoever came to a suspension before an offence counts as suspended from the tenth birthday.
    came = (people["suspended"] < people["offence"]) & (people["suspended"] < until)
    time = person_time(tables, people.assign(suspended=people["ten"].where(came, _NEVER)), until)
    immortal = poisson(design(time), time["event"], time["years"], time["family"])
    flipped = both["t7.need_given_offence"]
    return {
        "P(in need given offence) read as P(offence given in need)": Trap(
            "t7.offence_given_need", flipped.value, flipped.se, 1
        ),
        "rates of children in need against those of all others": Trap(
            "t7.log_hr_in_need", *crude.of("need")[:2], 1
        ),
        "ever suspended before an offence, counted from the tenth birthday": Trap(
            "t7.log_hr_suspension", *immortal.of("suspended")[:2], -1
        ),
    }
