"""T10's analysis, proper and wrong: rare harm under codes that change, and going missing from home.

Runs on the release as a researcher gets it. Depends on the release's tables and statsmodels; knows nothing of
the truth.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

# About 100 children a year begin to be exploited: fewer say nothing of a trend.
CHILDREN, AUTHORITIES = 30_000, 24
TABLES = (
    "exploitation_panel", "missing_from_home", "cin_assessments", "cin_assessment_factors",
    "cin_child_identifiers", "ssda903_episodes", "ssda903_header", "cin_header",
)  # fmt: skip
LINKS = ("link_school_hospital",)  # what a release with flaws has beside them
NAMES = {
    "t10.trend": "exploitation, log rate ratio a year",
    "t10.log_rr_missing": "log rate ratio, going missing from home",
    "t10.recognised": "spells that an assessment recognised",
    "t10.missing_within_6_months": "missing from home in the first six months",
}
CODES = ("11A", "12A", "13A", "24A")
_CHILD = ["LEA", "LAchildID"]
_ASSESSMENT = [*_CHILD, "Year", "CINdetailsID", "AssessmentID"]
_MONTHS = 132  # April 2014 to March 2025
_TEN, _ELEVEN, _FIFTEEN, _EIGHTEEN = 120, 132, 180, 216


def _month(day: pd.Series) -> np.ndarray:
    """Months since April 2014; not a number where there is no date."""
    return ((day.dt.year - 2014) * 12 + day.dt.month - 4).to_numpy(dtype=float)


def _text(table: pd.DataFrame) -> pd.DataFrame:
    keys = (*_CHILD, "CHILD", "PupilMatchingRefAnonymous", "FamilyRefAnonymous")
    return table.assign(**{c: table[c].astype(object) for c in keys if c in table})


def assessments(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Assessments from April 2014 that found need, with age in months and the exploitation codes recorded."""
    factors = _text(tables["cin_assessment_factors"])
    code = factors["AssessmentFactor"].astype(str)
    found = factors.loc[code != "21", _ASSESSMENT].assign(**{c: (code == c) for c in CODES})
    found = found.groupby(_ASSESSMENT, as_index=False)[list(CODES)].any()
    starts = _text(tables["cin_assessments"])[[*_ASSESSMENT, "AssessmentActualStartDate"]]
    found = found.merge(starts, on=_ASSESSMENT, validate="1:1")
    people = _text(tables["cin_child_identifiers"]).sort_values("Year").groupby(_CHILD)
    people = people[["PersonBirthDate", "PupilMatchingRefAnonymous", "FamilyRefAnonymous"]].last()
    found = found.merge(people, left_on=_CHILD, right_index=True, validate="m:1")
    start = found["AssessmentActualStartDate"]
    found["month"] = _month(start)
    found["year"] = np.floor(found["month"] / 12) + 2015
    found["any"] = found[list(CODES)].any(axis=1)
    found["age"] = found["month"] - _month(found["PersonBirthDate"])
    return found[found["month"] >= 0]


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    tables = mending.one_reference(mending.once(tables))
    seen = assessments(tables)
    panel, missing = _panel(tables), _missing(tables)
    whole = panel[(panel["begin"] >= 0) & (panel["begin"] < _MONTHS - 12)]
    # From 16 on a young person's pupil reference may be lost, and with it the link to assessments.
    young = whole[whole["begin"] < _month(whole["PersonBirthDate"]) + _FIFTEEN]
    # Where the authority gave no census in these six months, nobody can say what was recognised.
    begin = young["BeganMonth"]
    gone = mending.gaps(tables)
    young = young[~mending.unseen(gone, young["LEA"], begin, begin + pd.DateOffset(months=6))]
    coded = seen.loc[seen["any"], ["PupilMatchingRefAnonymous", "month"]]
    return {
        "t10.trend": _trend(seen, "any"),
        "t10.log_rr_missing": rate_ratio(tables, panel, missing, until_end=True, hidden=True),
        "t10.recognised": _share_with(young, coded),
        "t10.missing_within_6_months": _share_with(whole, missing),
    }


def _panel(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Spells known to a panel, of young people who can be linked and did not come here alone."""
    panel = _text(tables["exploitation_panel"]).dropna(subset="PupilMatchingRefAnonymous")
    looked_after = tables["ssda903_header"]
    alone = looked_after.loc[looked_after["UASC"].astype(str) == "1", "PupilMatchingRefAnonymous"].dropna()
    panel = panel[~panel["PupilMatchingRefAnonymous"].isin(set(alone))]
    end = pd.Series(_month(panel["EndedMonth"]), index=panel.index).fillna(_MONTHS - 1)
    return panel.assign(begin=_month(panel["BeganMonth"]), end=end)


def _missing(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    missing = _text(tables["missing_from_home"]).dropna(subset="PupilMatchingRefAnonymous")
    return missing.assign(month=_month(missing["MissingDate"]))[["PupilMatchingRefAnonymous", "month"]]


def _trend(seen: pd.DataFrame, what: str) -> Estimate:
    """Slope a year of the log share of assessments from age 11 with a code; its error holds for families."""
    rows = seen[seen["age"] >= _ELEVEN]
    x = sm.add_constant((rows["year"] - rows["year"].mean()).to_numpy())
    groups = pd.factorize(rows["FamilyRefAnonymous"])[0]
    fit = sm.GLM(rows[what].to_numpy(dtype=float), x, family=sm.families.Poisson()).fit(
        cov_type="cluster", cov_kwds={"groups": groups}
    )
    return Estimate(float(fit.params[1]), float(fit.bse[1]), int(rows[what].sum()), int(groups.max() + 1))


def _share_with(spells: pd.DataFrame, events: pd.DataFrame) -> Estimate:
    """Share of spells with an event of the child's in the first six months."""
    both = spells.assign(spell=np.arange(len(spells)))
    both = both.merge(events, on="PupilMatchingRefAnonymous")
    inside = (both["month"] >= both["begin"]) & (both["month"] < both["begin"] + 6)
    yes = both.loc[inside, "spell"].nunique()
    share = yes / len(spells)
    return Estimate(share, float(np.sqrt(share * (1 - share) / len(spells))), yes, len(spells))


def rate_ratio(
    tables: dict[str, pd.DataFrame],
    panel: pd.DataFrame,
    missing: pd.DataFrame,
    until_end: bool,
    hidden: bool = False,
) -> Estimate:
    """Rate of going missing while exploited by the panel's dates, against young people never known to be.

    All are young people known to children's services, aged 10 to 17, in months without any care.

    Parameters
    ----------
    until_end : whether exposure ends when exploitation does, or never
    hidden : whether to allow for exploitation among those not known to be exploited, as far as panel and
        assessments, two lists that find a child apart from each other, tell how much both miss
    """
    people = _text(tables["cin_child_identifiers"]).dropna(subset="PupilMatchingRefAnonymous")
    people = people.dropna(subset="PersonBirthDate").drop_duplicates("PupilMatchingRefAnonymous")
    people = people.set_index("PupilMatchingRefAnonymous")
    column = np.arange(_MONTHS)
    age = column - _month(people["PersonBirthDate"])[:, None]
    # The months round a birthday are left out: the release gives the month of birth alone.
    at_risk = (age > _TEN) & (age < _EIGHTEEN) & ~_in_care(tables, people.index)
    exposed = np.zeros(age.shape, dtype=bool)
    panel = panel[panel["PupilMatchingRefAnonymous"].isin(people.index)]
    row = people.index.get_indexer(panel["PupilMatchingRefAnonymous"])
    end = panel["end"].to_numpy() if until_end else np.full(len(panel), _MONTHS)
    for r, begin, last in zip(row, panel["begin"].clip(lower=0).astype(int), end.astype(int), strict=True):
        exposed[r, begin : last + 1] = True
    flagged = np.zeros(len(people), dtype=bool)
    flagged[row] = True
    seen = assessments(tables)
    known = people.index.get_indexer(seen.loc[seen["any"], "PupilMatchingRefAnonymous"].dropna())
    coded = np.zeros(len(people), dtype=bool)
    coded[known[known >= 0]] = True
    both, linked = (flagged & coded).sum(), linked_share(tables)
    # A list that could not be linked to a child has not missed her: nor are her incidents among the others.
    panel_finds, codes_find = min(both / coded.sum() / linked, 1.0), both / flagged.sum()
    flagged |= coded
    events = np.zeros(age.shape, dtype=bool)
    missing = missing[missing["PupilMatchingRefAnonymous"].isin(people.index) & (missing["month"] >= 0)]
    events[people.index.get_indexer(missing["PupilMatchingRefAnonymous"]), missing["month"].astype(int)] = (
        True
    )
    years = np.clip(np.floor(age / 12).astype(int), 10, 17) - 10
    counts = [
        [np.bincount(years[chosen], minlength=8), np.bincount(years[chosen], events[chosen], minlength=8)]
        for chosen in (at_risk & ~flagged[:, None], at_risk & exposed)
    ]
    months, cases = np.array(counts, dtype=float).transpose(1, 0, 2).reshape(2, 16)
    x = np.column_stack([np.repeat([0.0, 1.0], 8), np.tile(np.eye(8), (2, 1))])
    # Whoever a panel's list could be linked to has her incidents linked too; of the others, some were lost.
    months[:8] *= linked
    some = months > 0
    # A month holds one event at most: a complementary log-log link keeps the ratio one of rates.
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    fit = sm.GLM(np.column_stack([cases, months - cases])[some], x[some], family=family).fit()
    value, se = float(fit.params[0]), float(fit.bse[0])
    if hidden:
        # Months that neither list knows of stand among the others, and raise their rate.
        missed = months[8:].sum() / panel_finds * (1 - panel_finds) * (1 - codes_find)
        share = missed / months[:8].sum()
        ratio = np.exp(value)
        value = float(np.log(ratio * (1 - share) / (1 - ratio * share)))
        se /= 1 - ratio * share
    return Estimate(value, se, int(cases.sum()), int((at_risk & exposed).any(axis=1).sum()))


def linked_share(tables: dict[str, pd.DataFrame]) -> float:
    """Share of incidents of young people with a pupil reference that bear it: one where all links were made.

    Not all have a reference: how many do is known of those in need at ages at which it is not lost again. Of
    those in one return alone some lack it there, as others lack it in the last of several.
    """
    if "link_school_hospital" not in tables:
        return 1.0
    people = _text(tables["cin_child_identifiers"]).sort_values("Year", kind="stable")
    people["age"] = people["Year"] - people["PersonBirthDate"].dt.year
    people["has"] = people["PupilMatchingRefAnonymous"].notna()
    people = people.groupby(_CHILD).agg(
        age=("age", "max"), returns=("Year", "nunique"), known=("has", "max"), last=("has", "last")
    )
    people = people[people["age"].between(11, 16)]
    alone = people["returns"] == 1
    kept = people.loc[~alone & people["known"], "last"].mean()
    known = (people["known"] / np.where(alone, kept, 1.0)).mean()
    return float(tables["missing_from_home"]["PupilMatchingRefAnonymous"].notna().mean() / known)


def _in_care(tables: dict[str, pd.DataFrame], people: pd.Index) -> np.ndarray:
    """Months with any care; bool, shape (people, months)."""
    out = np.zeros((len(people), _MONTHS + 1), dtype=np.int32)
    care = _text(tables["ssda903_episodes"]).sort_values("Year")
    care = care.drop_duplicates(["PupilMatchingRefAnonymous", "DECOM"], keep="last")
    row = people.get_indexer(care["PupilMatchingRefAnonymous"])
    care, row = care[row >= 0], row[row >= 0]
    begin = np.clip(_month(care["DECOM"]), 0, _MONTHS).astype(int)
    end = np.clip(np.nan_to_num(_month(care["DEC"]), nan=_MONTHS - 1) + 1, 0, _MONTHS).astype(int)
    np.add.at(out, (row, begin), 1)
    np.add.at(out, (row, end), -1)
    return out.cumsum(axis=1)[:, :_MONTHS] > 0


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses: which truth each misses, its number, and the sign of its bias."""
    tables = mending.one_reference(mending.once(tables))
    seen = assessments(tables)
    rising = _trend(seen, "24A")
    ever = rate_ratio(tables, _panel(tables), _missing(tables), until_end=False)
    return {
        "a new code read as rising incidence": Trap("t10.trend", rising.value, rising.se, 1),
        "once exploited, always exploited": Trap("t10.log_rr_missing", ever.value, ever.se, -1),
    }
