"""T3's analyses, proper and wrong: need apart from treatment, siblings, recurrent contacts, and tiers.

Runs on the release as a researcher gets it. Depends on the release's tables, statsmodels and lifelines; knows
nothing of the truth.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import CoxPHFitter
from statsmodels.discrete.discrete_model import NegativeBinomial

from catalyst.studio import siblings
from catalyst.studio.estimates import Estimate, Trap

CHILDREN, AUTHORITIES = 30_000, 24
TABLES = (
    "births", "emergency_attendances", "mental_health_referrals", "mental_health_contacts",
    "cin_child_identifiers", "cin_details", "cin_plan_dates", "cin_child_protection_plans", "ssda903_header",
)  # fmt: skip
NAMES = {
    "t3.log_rr_contacts": "log rate ratio, contacts by parental mental ill health",
    "t3.log_hr_access": "log hazard ratio, referral after a crisis, per decile",
    "t3.log_or_neonatal": "log odds ratio, neonatal unit by parental substance misuse",
    "t3.need_gradient": "log rate ratio, mental ill health, per decile",
    "t3.sibling_log_or": "log odds ratio between siblings, ever referred",
    "t3.family_share": "correlation of siblings' liability",
    "t3.design_effect": "design effect of brothers and sisters",
    "t3.log_or_referred": "log odds ratio, recorded mental ill health: referred only",
    "t3.log_or_in_need": "log odds ratio, recorded mental ill health: in need",
    "t3.log_or_care": "log odds ratio, recorded mental ill health: in care",
    "t3.referred_by_one": "infants referred because a parent was unwell",
}
RECOVERS = {"parental_mental->need": ("t3.referred_by_one",)}
START, END = pd.Timestamp("2014-04-01"), pd.Timestamp("2025-03-31")
FOLLOWED = 90  # days after a crisis attendance
_CHILD = ["FamilyRefAnonymous", "PersonBirthDate"]
_LOCAL = ["LEA", "LAchildID"]
_GROUPS = ("ABC", "DEFG", "HJKL", "MNP")  # White, Mixed, Asian, Black
_MENTAL = ("self-harm", "mental health crisis")


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    tables = _plain(tables)
    children = _children(tables)
    out = {
        "t3.log_rr_contacts": _contacts(tables, with_time=True),
        "t3.log_hr_access": _access(tables),
        "t3.log_or_neonatal": _neonatal(tables["births"]),
        "t3.need_gradient": _gradient(children, tables["emergency_attendances"], "ArrivalDate"),
        "t3.referred_by_one": _referred(tables, children),
    }
    rows = _families(children, tables)
    for name in ("sibling_log_or", "family_share", "design_effect"):
        figure = {"sibling_log_or": "log_odds_ratio", "family_share": "share"}.get(name, name)
        value, se = siblings.with_error(getattr(siblings, figure), rows)
        out[f"t3.{name}"] = Estimate(value, se, int(rows[:, 3].sum()), len(rows))
    return out | _tiers(children, tables)


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses: which truth each is taken for, its number and the sign of its bias."""
    tables = _plain(tables)
    children = _children(tables)
    treated = _gradient(children, tables["mental_health_referrals"], "ReferralDate")
    count = _contacts(tables, with_time=False)
    effect = siblings.with_error(siblings.design_effect, _families(children, tables))
    return {
        "treated prevalence as need": Trap("t3.need_gradient", treated.value, treated.se, -1),
        "contacts without time": Trap("t3.log_rr_contacts", count.value, count.se, -1),
        "siblings as strangers": Trap("t3.design_effect", 1.0, effect[1], -1),
    }


def _plain(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Keys as text, so that joining and grouping need no care for unused categories."""
    keys = ("LEA", "LAchildID", "CHILD", "FamilyRefAnonymous")
    return {name: t.astype({c: str for c in keys if c in t}) for name, t in tables.items()}


def _children(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every child born here by family and month of birth, with a number and the family's number."""
    births = tables["births"].reset_index(drop=True)
    births["home"] = pd.factorize(births["FamilyRefAnonymous"])[0]
    return births


def _has(children: pd.DataFrame, some: pd.DataFrame) -> np.ndarray:
    """Which children have a row in another table."""
    return pd.MultiIndex.from_frame(children[_CHILD]).isin(pd.MultiIndex.from_frame(some[_CHILD]))


def _contacts(tables: dict[str, pd.DataFrame], with_time: bool) -> Estimate:
    """Negative binomial regression of contacts in a referral, with or without the time it was open."""
    referrals = tables["mental_health_referrals"]
    referrals = referrals[referrals["ReferralDate"] >= START]
    number = tables["mental_health_contacts"].groupby([*_CHILD, "ReferralDate"]).size().rename("contacts")
    rows = referrals.join(number, on=[*_CHILD, "ReferralDate"]).fillna({"contacts": 0})
    end = rows["DischargeDate"].fillna(END + pd.Timedelta(days=1))
    days = (end - rows["ReferralDate"]).dt.days.to_numpy()
    x = np.column_stack(
        [np.ones(len(rows)), rows["ParentalMentalHealthNoted"], rows["Urgency"] == "urgent"]
    ).astype(float)
    time = np.log(days) if with_time else None
    model = NegativeBinomial(rows["contacts"].to_numpy(), x, offset=time)
    start = np.append(np.zeros(x.shape[1]), 0.5)
    start[0] = np.log(rows["contacts"].mean() / (days.mean() if with_time else 1))
    fit = model.fit(start_params=start, disp=0, maxiter=100)
    clusters = rows["FamilyRefAnonymous"].nunique()
    return Estimate(float(fit.params[1]), float(fit.bse[1]), int(rows["contacts"].sum()), clusters)


def _access(tables: dict[str, pd.DataFrame]) -> Estimate:
    """Cox model of time from a child's first crisis attendance to a referral, regions as strata."""
    crises = tables["emergency_attendances"]
    crises = crises[crises["Reason"].isin(_MENTAL)].sort_values("ArrivalDate").drop_duplicates(_CHILD)
    crises = crises[crises["ArrivalDate"] < crises["PersonBirthDate"] + pd.DateOffset(years=17, months=6)]
    crises = crises[["ArrivalDate", "IDACIDecile", "RESGOR", *_CHILD]].reset_index(drop=True)
    both = crises.reset_index().merge(
        tables["mental_health_referrals"][[*_CHILD, "ReferralDate", "DischargeDate"]]
    )
    open_then = (both["ReferralDate"] <= both["ArrivalDate"]) & ~(
        both["DischargeDate"] <= both["ArrivalDate"]
    )
    later = both[both["ReferralDate"] > both["ArrivalDate"]].groupby("index")["ReferralDate"].min()
    crises["referral"] = later
    crises = crises.drop(index=both.loc[open_then, "index"].unique())
    wait = (crises["referral"] - crises["ArrivalDate"]).dt.days
    left = (END - crises["ArrivalDate"]).dt.days.clip(upper=FOLLOWED)
    model = pd.DataFrame(
        {
            "time": wait.fillna(10_000).clip(upper=left).clip(lower=0.5),
            "referred": wait <= left,
            "deprived": 5.5 - crises["IDACIDecile"].astype(float),
            "region": crises["RESGOR"].astype(str),
        }
    )
    fit = CoxPHFitter().fit(model, "time", "referred", strata="region")
    return Estimate(
        float(fit.params_["deprived"]),
        float(fit.standard_errors_["deprived"]),
        int(model["referred"].sum()),
        len(model),
    )


def _neonatal(births: pd.DataFrame) -> Estimate:
    weeks = births["GESTAT"].to_numpy()
    x = np.column_stack(
        [
            np.ones(len(births)),
            births["ParentalSubstanceMisuseNoted"],
            weeks < 34,
            (weeks >= 34) & (weeks < 37),
        ]
    ).astype(float)
    y = (births["NeonatalUnitDays"] > 0).to_numpy().astype(float)
    fit = sm.Logit(y, x).fit(disp=0)
    events = int(y[x[:, 1] == 1].sum())
    return Estimate(float(fit.params[1]), float(fit.bse[1]), events, births["FamilyRefAnonymous"].nunique())


def _gradient(children: pd.DataFrame, events: pd.DataFrame, when: str) -> Estimate:
    """Events per child-year at 10 to 17, per decile towards more deprived; errors hold for siblings."""
    birth = children["PersonBirthDate"]
    first = (birth + pd.DateOffset(years=10)).clip(lower=START)
    last = (birth + pd.DateOffset(years=18)).clip(upper=END + pd.Timedelta(days=1))
    years = ((last - first).dt.days / 365.25).clip(lower=0).to_numpy()
    if "Reason" in events:
        events = events[events["Reason"].isin(_MENTAL)]
    events = events[
        (events[when] >= events["PersonBirthDate"] + pd.DateOffset(years=10)) & (events[when] >= START)
    ]
    number = events.groupby(_CHILD).size().rename("events")
    seen = children[_CHILD].join(number, on=_CHILD)["events"].fillna(0).to_numpy()
    decile = children["IDACIDecile"].to_numpy().astype(int)
    level, slope = siblings.gradient(np.bincount(decile - 1, seen, 10), np.bincount(decile - 1, years, 10))
    x = np.column_stack([np.ones(len(children)), 5.5 - decile])
    mean = years * np.exp(level + slope * x[:, 1])
    homes = children["home"].max() + 1
    score = np.column_stack([np.bincount(children["home"], (seen - mean) * column, homes) for column in x.T])
    bread = np.linalg.inv((x * mean[:, None]).T @ x)
    return Estimate(slope, float(np.sqrt((bread @ score.T @ score @ bread)[1, 1])), int(seen.sum()), homes)


def _families(children: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> np.ndarray:
    """For each family, the sums from which likeness of siblings is computed."""
    referrals = tables["mental_health_referrals"]
    referred = _has(children, referrals[referrals["ReferralDate"] >= START])
    use = (
        (children["PersonBirthDate"] >= "2000-04-01") & (children["PersonBirthDate"] < "2015-04-01")
    ).to_numpy()
    home = children["home"].to_numpy()
    size = np.bincount(home[use], minlength=home.max() + 1)
    cases = np.bincount(home[use & referred], minlength=home.max() + 1)
    return siblings.pairs(size[size > 0], cases[size > 0])


def _tiers(children: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> dict[str, Estimate]:
    """Odds ratios of recorded mental ill health by tier of children's social care, siblings as clusters."""
    people = tables["cin_child_identifiers"][[*_LOCAL, *_CHILD]].drop_duplicates()
    known = {}
    for tier, names in {
        "referred": ["cin_details"], "in_need": ["cin_plan_dates", "cin_child_protection_plans"],
        "care": ["ssda903_header"],
    }.items():  # fmt: skip
        local = pd.concat([tables[n].rename(columns={"CHILD": "LAchildID"})[_LOCAL] for n in names])
        known[tier] = _has(children, people.merge(local.drop_duplicates()))
    tier = np.select([known["care"], known["in_need"], known["referred"]], [3, 2, 1], 0)
    since = pd.Timestamp("2020-04-01")
    seen, crises = tables["mental_health_referrals"], tables["emergency_attendances"]
    case = _has(children, seen[seen["ReferralDate"] >= since])
    case |= _has(children, crises[crises["Reason"].isin(_MENTAL) & (crises["ArrivalDate"] >= since)])
    birth = children["PersonBirthDate"]
    use = ((birth >= "2007-04-01") & (birth < "2020-04-01")).to_numpy()
    home, homes = children["home"].to_numpy(), children["home"].max() + 1
    cells = []
    for k in range(4):
        here = use & (tier == k)
        cells += [np.bincount(home[here], minlength=homes), np.bincount(home[here & case], minlength=homes)]
    rows = np.column_stack(cells).astype(float)
    out = {}
    for k, name in enumerate(("referred", "in_need", "care"), start=1):
        value, se = siblings.with_error(lambda t, k=k: _log_or(t, k), rows)
        out[f"t3.log_or_{name}"] = Estimate(
            value, se, int(rows[:, 2 * k + 1].sum()), int((rows[:, 2 * k] > 0).sum())
        )
    return out


def _log_or(totals: np.ndarray, tier: int) -> float:
    n, cases = totals[0::2], totals[1::2]
    return float(np.log(cases[tier] / (n[tier] - cases[tier])) - np.log(cases[0] / (n[0] - cases[0])))


def _referred(tables: dict[str, pd.DataFrame], children: pd.DataFrame) -> Estimate:
    """Infants referred by their first birthday because a parent was unwell, standardised to those infants."""
    people = tables["cin_child_identifiers"][[*_LOCAL, *_CHILD]].drop_duplicates()
    cases = tables["cin_details"][[*_LOCAL, "CINreferralDate"]].drop_duplicates().merge(people)
    early = cases[cases["CINreferralDate"] < cases["PersonBirthDate"] + pd.DateOffset(years=1)]
    born = children[(children["PersonBirthDate"] >= START) & (children["PersonBirthDate"] < "2024-04-01")]
    referred = _has(born, early).astype(float)
    group = np.select([born["ETHNOS"].isin(list(some)) for some in _GROUPS], [0, 1, 2, 3], 4)
    x = pd.DataFrame(
        {
            "deprived": 5.5 - born["IDACIDecile"], "low": born["LowIncomeNoted"],
            "abuse": born["DomesticAbuseNoted"],
            **{f"group {k}": group == k for k in range(1, 5)},
            "young": born["MotherAgeBand"].isin(["under 18", "18-19", "20-24"]),
        },
    ).astype(float).assign(constant=1.0).to_numpy()  # fmt: skip
    noted = born["ParentalMentalHealthNoted"].to_numpy() == 1
    home = born["home"].to_numpy()
    fit = sm.Logit(referred[~noted], x[~noted]).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": home[~noted]}
    )
    expected = fit.predict(x[noted])
    rest = np.bincount(home[noted], referred[noted] - expected - (referred[noted] - expected).mean())
    slope = (x[noted] * (expected * (1 - expected))[:, None]).mean(axis=0)
    variance = (rest**2).sum() / noted.sum() ** 2 + slope @ fit.cov_params() @ slope
    value = float((referred[noted] - expected).mean())
    return Estimate(value, float(np.sqrt(variance)), int(referred[noted].sum()), len(np.unique(home)))
