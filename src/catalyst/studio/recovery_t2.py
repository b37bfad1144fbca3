"""T2's analyses of hardship, proper and wrong, run on a release as a researcher gets it.

Months count from April 2014; families are rows. Depends on the release's tables and hardship_cells.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from catalyst.studio import hardship_cells as cells
from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.group_rates import GROUPS
from catalyst.world.codes import ETHNICITY

# An improvement of income moves the risk of a referral within 24 months by some three points: the spread of
# a difference between the families of 10,000 children is a third of that and more. Few authorities differ in
# more than their children, so that a gradient over neighbourhoods needs many.
CHILDREN, AUTHORITIES = 60_000, 150
TABLES = (
    "child_low_income", "household_income_spells", "cin_child_identifiers", "cin_details", "ssda903_header",
    "ssda903_episodes", "authorities", "cin_header",
)  # fmt: skip
RECOVERS = {
    "hardship->need": ("t2.risk_difference_improvement", "t2.log_or_low_income"),
    "deprivation->need": ("t2.log_or_decile",),
    "deprivation->care": ("t2.log_rr_care_decile",),
}
NAMES = {
    "t2.risk_difference_improvement": "referral within 24 months if income improves, risk difference",
    "t2.risk_low_income_persists": "referral within 24 months if low income goes on",
    "t2.log_hr_involvement": "log hazard ratio, an open case on falling into low income",
    "t2.log_or_low_income": "log odds ratio of referral, low income",
    "t2.log_or_decile": "log odds ratio of referral, a decile",
    "t2.log_rr_care_decile": "log rate ratio of entering care from an open case, a decile",
    "t2.log_rr_looked_after_decile": "log rate ratio of being looked after, a decile",
}
MONTHS, FOLLOWED = 132, 24
DRAWS = 100
_START, _END = np.datetime64("2014-04", "M"), pd.Timestamp("2025-03-31")
_TRIALS = (1, 108)  # months in which incomes improve that are compared, each followed for 24 months
_CHILD = ["LEA", "LAchildID"]


@dataclass
class Histories:
    """Families month by month; arrays of shape (families, months) or (families,)."""

    register: pd.DataFrame  # child_low_income with number of family and broad group
    cases: pd.DataFrame  # one row a referral episode, with number of family; family −1 is not in the register
    low: np.ndarray
    no_work: np.ndarray
    open: np.ndarray
    referred: np.ndarray
    young: np.ndarray  # has a child under sixteen
    blind: np.ndarray  # lives where the authority gave no census for the year
    decile: np.ndarray
    group: np.ndarray
    region: np.ndarray
    lone: np.ndarray
    disabled: np.ndarray


def histories(tables: dict[str, pd.DataFrame]) -> Histories:
    """Joins the tables and lays the families' months out."""
    tables = mending.once(tables)
    families = tables["child_low_income"]["FamilyRefAnonymous"].cat.remove_unused_categories()
    names = families.cat.categories
    n = len(names)
    register = tables["child_low_income"].assign(family=families.cat.codes.to_numpy().astype(np.int64))
    register["group"] = GROUPS[_ethnicity(register["Ethnicity"])]
    first = register.drop_duplicates("family").set_index("family").sort_index()
    places = tables["authorities"]
    regions = dict(zip(places["LEA"].astype(str), places["Region"].cat.codes, strict=True))
    spells = tables["household_income_spells"]
    spells = spells.assign(family=_find(names, spells["FamilyRefAnonymous"]))
    spells = spells[spells["family"] >= 0]
    low, no_work = (
        _months(n, s["family"], _month(s["SpellStart"]), _month(s["SpellEnd"].fillna(_END)) + 1)
        for s in (spells[spells["Kind"] == k] for k in ("low income", "no adult in work"))
    )
    cases = _cases(tables, names)
    known = cases[cases["family"] >= 0]
    referred = np.zeros((n, MONTHS), dtype=bool)
    month = _month(known["referral"]).to_numpy()
    inside = month >= 0
    referred[known["family"].to_numpy()[inside], month[inside]] = True
    real = known[~known["nfa"]]
    # Open on the first day of a month: referred before it and not closed before it.
    opened = _months(n, real["family"], _month(real["referral"]) + 1, _month(real["end"]) + 1)
    birth = register.drop_duplicates(["family", "PersonBirthDate"])
    born = _month(birth["PersonBirthDate"])
    disabled = np.zeros((n, MONTHS), dtype=bool)
    some = register[register["DisabledChild"] == 1].groupby("family")["Year"].min()
    for family, year in some.items():
        disabled[family, (year - 2015) * 12 :] = True
    return Histories(
        register=register, cases=cases, low=low, no_work=no_work, open=opened, referred=referred,
        blind=_blind(n, register, mending.gaps(tables)),
        young=_months(n, birth["family"], born + 1, born + 193),
        decile=first["IDACIDecile"].to_numpy().astype(np.int64),
        group=first["group"].to_numpy(),
        region=first["LEA"].astype(str).map(regions).to_numpy().astype(np.int64),
        lone=(first["FamilyType"] == "lone parent").to_numpy(),
        disabled=disabled,
    )  # fmt: skip


def _blind(n: int, register: pd.DataFrame, missing: pd.DataFrame) -> np.ndarray:
    """Months in which nobody can say who was referred, as the authority gave no census; shape (n, months)."""
    out = np.zeros((n, MONTHS), dtype=bool)
    for gap in missing.itertuples():
        here = register[(register["LEA"].astype(str) == gap.LEA) & (register["Year"] == gap.Year)]
        out[here["family"].unique(), 12 * (gap.Year - 2015) : 12 * (gap.Year - 2014)] = True
    return out


def _ethnicity(column: pd.Series) -> np.ndarray:
    place = np.array([ETHNICITY.index(code) for code in column.cat.categories])
    return place[column.cat.codes.to_numpy()]


def _find(names: pd.Index, wanted: pd.Series) -> np.ndarray:
    """Number of each family; −1 for one that is not in the register."""
    place = names.get_indexer(wanted.cat.categories)
    return place[wanted.cat.codes.to_numpy()]


def _month(days: pd.Series) -> pd.Series:
    return (days.dt.year - 2014) * 12 + days.dt.month - 4


def _months(n: int, family, first, stop) -> np.ndarray:
    """True from month ``first`` up to before ``stop``; bool, shape (n, months)."""
    change = np.zeros((n, MONTHS + 1), dtype=np.int16)
    np.add.at(change, (np.asarray(family), np.clip(first, 0, MONTHS)), 1)
    np.add.at(change, (np.asarray(family), np.clip(stop, 0, MONTHS)), -1)
    return np.cumsum(change[:, :MONTHS], axis=1) > 0


def _cases(tables: dict[str, pd.DataFrame], names: pd.Index) -> pd.DataFrame:
    """Referral episodes stitched over the yearly returns, with family, birth and first entry to care."""
    columns = [*_CHILD, "CINreferralDate", "CINclosureDate", "ReferralNFA", "Year"]
    details = tables["cin_details"].sort_values("Year")[columns]
    details = details.astype(dict.fromkeys(_CHILD, str))
    cases = details.groupby([*_CHILD, "CINreferralDate"], as_index=False).last()
    people = tables["cin_child_identifiers"].sort_values("Year")
    people = people.astype(dict.fromkeys(_CHILD, str)).assign(
        family=_find(names, people["FamilyRefAnonymous"]),
        household=people["FamilyRefAnonymous"].cat.codes,
    )
    people["birth"] = people["PersonBirthDate"].fillna(people["ExpectedPersonBirthDate"])
    people = people.groupby(_CHILD, as_index=False)[["family", "household", "birth", "IDACIDecile"]].last()
    cases = cases.merge(people, on=_CHILD, validate="m:1")
    cases = cases.rename(columns={"CINreferralDate": "referral", "IDACIDecile": "decile"})
    cases["nfa"] = cases["ReferralNFA"] == 1
    # A case that was never seen to close is seen until the end of its last return.
    cases["end"] = cases["CINclosureDate"].fillna(mending.last_day(cases["Year"]) + pd.Timedelta(days=1))
    header = tables["ssda903_header"].astype({"LEA": str, "CHILD": str})
    alone = header.loc[header["UASC"].astype(str) == "1", ["LEA", "CHILD"]]
    alone = pd.MultiIndex.from_frame(alone.drop_duplicates())
    cases["unaccompanied"] = pd.MultiIndex.from_frame(cases[_CHILD]).isin(alone)
    episodes = tables["ssda903_episodes"].astype({"LEA": str, "CHILD": str})
    starts = episodes.loc[episodes["RNE"] == "S", ["LEA", "CHILD", "DECOM"]].drop_duplicates()
    both = cases[[*_CHILD, "referral", "end"]].merge(starts.rename(columns={"CHILD": "LAchildID"}), on=_CHILD)
    begins = both["referral"].clip(lower=pd.Timestamp("2014-04-01"))
    both = both[(both["DECOM"] > begins) & (both["DECOM"] <= both["end"])]
    care = both.groupby([*_CHILD, "referral"], as_index=False)["DECOM"].min()
    return cases.merge(care.rename(columns={"DECOM": "care"}), on=[*_CHILD, "referral"], how="left")


# The improvement of income: trials begun in every month ------------------------------------------------


def _followed(h: Histories, row: np.ndarray, month: np.ndarray, low: bool) -> tuple[np.ndarray, np.ndarray]:
    """Months until the first referral, or until income is not as ``low`` says; and which came first."""
    steps = month[:, None] + np.arange(FOLLOWED)
    beyond = steps >= MONTHS
    at = np.minimum(steps, MONTHS - 1)
    leaves = (h.low[row[:, None], at] != low) | beyond | h.blind[row[:, None], at]
    event = h.referred[row[:, None], at]
    stop = np.where(leaves.any(axis=1), leaves.argmax(axis=1), FOLLOWED)
    when = np.where(event.any(axis=1), event.argmax(axis=1), FOLLOWED)
    return np.minimum(stop, when), when < stop


def _arms(h: Histories):
    """Rows and months of families on a low income (each half-year), and of those whose income improves."""
    before = np.zeros_like(h.low)
    before[:, 1:] = h.low[:, :-1]
    eligible = before & ~h.open & h.young & ~h.blind
    eligible[:, : _TRIALS[0]] = eligible[:, _TRIALS[1] :] = False
    stock = eligible.copy()
    stock[:, np.arange(MONTHS) % 6 != 0] = False
    return np.nonzero(stock), np.nonzero(eligible & ~h.low)


def _risk(stratum, time, event, weight, share, strata: int) -> float:
    """Risk within 24 months by product limit in each stratum, averaged by ``share``."""
    size = FOLLOWED + 1
    gone = np.bincount(stratum * size + time, weight, strata * size).reshape(strata, size)
    events = np.bincount((stratum * size + time)[event], weight[event], strata * size).reshape(strata, size)
    at_risk = gone[:, ::-1].cumsum(axis=1)[:, ::-1]
    hazard = np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)[:, :FOLLOWED]
    return float(((1 - np.prod(1 - hazard, axis=1)) * share).sum())


def improvement(h: Histories, rng: np.random.Generator) -> tuple[Estimate, Estimate]:
    """Difference in the risk of a referral if income improves, and the risk if it does not."""
    (row_0, month_0), (row_1, month_1) = _arms(h)
    # Families that come into low income again leave the arm: strata hold what that hangs on.
    kind = np.array([0, 0, 1, 0, 0])[h.group]
    stratum = (h.decile - 1) * 2 + kind
    time_0, event_0 = _followed(h, row_0, month_0, low=True)
    time_1, event_1 = _followed(h, row_1, month_1, low=False)

    def both(weight: np.ndarray) -> tuple[float, float]:
        share = np.bincount(stratum[row_0], weight[row_0], 20)
        share = share / share.sum()
        stays = _risk(stratum[row_0], time_0, event_0, weight[row_0], share, 20)
        improves = _risk(stratum[row_1], time_1, event_1, weight[row_1], share, 20)
        return improves - stays, stays

    n = len(h.low)
    value = both(np.ones(n))
    draws = np.array([both(rng.poisson(1, n).astype(float)) for _ in range(DRAWS)])
    se = draws.std(axis=0, ddof=1)
    events, clusters = int(event_0.sum() + event_1.sum()), len(np.unique(np.r_[row_0, row_1]))
    return tuple(Estimate(v, s, events, clusters) for v, s in zip(value, se, strict=True))


# Falling into low income while a case is open -----------------------------------------------------------


def _falls(h: Histories) -> pd.DataFrame:
    """Months at risk of falling into low income, and falls, in cells of all that bears on it."""
    at_risk = h.young[:, 1:] & ~h.low[:, :-1] & ~h.blind[:, 1:]
    row, month = np.nonzero(at_risk)
    month = month + 1
    parts = {
        "open": h.open[row, month], "decile": h.decile[row] - 1, "group": h.group[row], "lone": h.lone[row],
        "no_work": h.no_work[row, month], "region": h.region[row],
        "disabled": h.disabled[row, month],
    }  # fmt: skip
    shape = (2, 10, 5, 2, 2, 9, 2)
    cell = np.ravel_multi_index([np.asarray(v, dtype=np.int64) for v in parts.values()], shape)
    n = int(np.prod(shape))
    months, falls = np.bincount(cell, minlength=n), np.bincount(cell, h.low[row, month], n)
    frame = pd.DataFrame(dict(zip(parts, np.unravel_index(np.arange(n), shape), strict=True)))
    return frame.assign(months=months, falls=falls)[months > 0]


def _hazard_ratio(frame: pd.DataFrame, terms: list[str]) -> tuple[float, float]:
    """Log hazard ratio of an open case, with its standard error, from a complementary log–log model."""
    design = [np.ones(len(frame)), frame["open"]]
    for name in terms:
        values = frame[name].to_numpy()
        design += [values == k for k in range(1, values.max() + 1)]
    both = frame[["falls"]].assign(rest=frame["months"] - frame["falls"])
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    fit = sm.GLM(both.to_numpy(), np.column_stack(design).astype(float), family=family).fit()
    return float(fit.params[1]), float(fit.bse[1])


# Yearly referral and the area --------------------------------------------------------------------------


def _referred_next_year(h: Histories) -> np.ndarray:
    """Whether each child of the register was referred in the year after the tax year."""
    known = h.cases[h.cases["family"] >= 0]
    month = _month(known["referral"])
    keys = known["family"] * 10**6 + _month(known["birth"]).add(1000) * 100 + (2015 + month // 12)
    register = h.register
    wanted = register["family"] * 10**6 + _month(register["PersonBirthDate"]).add(1000) * 100
    return np.isin(wanted + register["Year"] + 1, keys)


def _followed_up(h: Histories) -> np.ndarray:
    """Which rows of the register have a census in the year after the tax year."""
    year = h.register["Year"].to_numpy().astype(np.int64)
    month = np.minimum(12 * (year - 2014), MONTHS - 1)
    return (year < 2025) & ~h.blind[h.register["family"].to_numpy(), month]


def _robust(x: np.ndarray, y: np.ndarray, family: np.ndarray, params: np.ndarray) -> np.ndarray:
    """Standard errors of a logit model that allow for likeness inside families."""
    p = 1 / (1 + np.exp(-x @ params))
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    scores = np.column_stack([np.bincount(family, c * (y - p)) for c in x.T])
    return np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread))


def _yearly(register: pd.DataFrame, referred, low) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and standard errors of the yearly model: 1, low income, decile, groups."""
    decile, group = register["IDACIDecile"].to_numpy().astype(np.int64), register["group"].to_numpy()
    design = cells.yearly_design()
    params = cells.logit(cells.yearly(low, decile, group, referred), design)
    rows = design[(low.astype(np.int64) * 10 + decile - 1) * 5 + group]
    return params, _robust(rows, referred.astype(float), register["family"].to_numpy(), params)


def _slope(counts: np.ndarray, design: np.ndarray, cell, time, event, family) -> tuple[float, float]:
    """A Poisson model's first coefficient and its standard error, families as clusters."""
    params = cells.poisson(counts, design)
    rate = np.exp(design @ params)[cell]
    bread = np.linalg.inv((design * (counts[0] * np.exp(design @ params))[:, None]).T @ design)
    residual = event - rate * time
    scores = np.column_stack(
        [np.bincount(family, design[cell, k] * residual) for k in range(design.shape[1])]
    )
    return float(params[0]), float(np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread)[0]))


def _care_slope(h: Histories) -> Estimate:
    cases = h.cases[~h.cases["nfa"] & ~h.cases["unaccompanied"]]
    start = cases["referral"].clip(lower=pd.Timestamp("2014-04-01"))
    entered = cases["care"].notna().to_numpy()
    days = (cases["care"].fillna(cases["end"]) - start).dt.days.to_numpy()
    age = (start - cases["birth"]).dt.days.clip(lower=0).to_numpy() / 365.25
    keep = (days > 0) & cases["birth"].notna().to_numpy()
    decile = cases["decile"].to_numpy().astype(np.int64)[keep]
    band = np.searchsorted(cells.BANDS, age[keep], side="right") - 1
    days, entered = days[keep], entered[keep]
    family = np.unique(cases["household"].to_numpy()[keep], return_inverse=True)[1]
    counts = cells.care(decile, band, days, entered)
    value, se = _slope(
        counts, cells.care_design(), (decile - 1) * 5 + band, days / 365.25, entered.astype(float), family
    )
    return Estimate(value, se, int(entered.sum()), int(family.max() + 1))


def _looked_after_slope(h: Histories, tables: dict[str, pd.DataFrame]) -> Estimate:
    register = h.register
    episodes = tables["ssda903_episodes"].astype({"LEA": str, "CHILD": str})
    last = pd.to_datetime(episodes["Year"].astype(str) + "-03-31")
    now = episodes[episodes["DEC"].isna() & (episodes["DECOM"] <= last)]
    people = h.cases.drop_duplicates(_CHILD).rename(columns={"LAchildID": "CHILD"})
    now = now.merge(people[["LEA", "CHILD", "family", "birth"]], on=["LEA", "CHILD"])
    now = now[now["family"] >= 0]
    keys = now["family"] * 10**6 + _month(now["birth"]).add(1000) * 100 + now["Year"]
    wanted = register["family"] * 10**6 + _month(register["PersonBirthDate"]).add(1000) * 100
    cared = np.isin(wanted + register["Year"], keys)
    decile = register["IDACIDecile"].to_numpy().astype(np.int64) - 1
    counts = np.stack([np.bincount(decile, minlength=10), np.bincount(decile, cared, 10)])
    value, se = _slope(
        counts, cells.care_design(1), decile, np.ones(len(decile)), cared.astype(float),
        register["family"].to_numpy(),
    )  # fmt: skip
    return Estimate(value, se, int(cared.sum()), register["family"].nunique())


# What is recovered, and what goes wrong -------------------------------------------------------------------


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    h = histories(tables)
    difference, stays = improvement(h, rng)
    falls = _falls(h)
    terms = ["decile", "group", "lone", "no_work", "region", "disabled"]
    ratio, ratio_se = _hazard_ratio(falls, terms)
    early = _followed_up(h)
    referred = _referred_next_year(h)[early]
    register = h.register[early]
    params, se = _yearly(register, referred, register["RelativeLowIncome"].to_numpy())
    events, families = int(referred.sum()), register["family"].nunique()
    return {
        "t2.risk_difference_improvement": difference,
        "t2.risk_low_income_persists": stays,
        "t2.log_hr_involvement": Estimate(
            ratio, ratio_se, int(falls.loc[falls["open"] == 1, "falls"].sum()), len(h.low)
        ),
        "t2.log_or_low_income": Estimate(float(params[1]), float(se[1]), events, families),
        "t2.log_or_decile": Estimate(float(params[2]), float(se[2]), events, families),
        "t2.log_rr_care_decile": _care_slope(h),
        "t2.log_rr_looked_after_decile": _looked_after_slope(h, tables),
    }


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analyses of the chapter, with what each is taken for."""
    h = histories(tables)
    early = _followed_up(h)
    register, referred = h.register[early], _referred_next_year(h)[early]
    low = register["RelativeLowIncome"].to_numpy()
    slope, slope_se = _ecological(register, referred)
    known = h.open.any(axis=1)[register["family"].to_numpy()]
    known_too, known_se = _yearly(register[known], referred[known], low[known])
    crude, crude_se = _hazard_ratio(_falls(h), [])
    first, first_se = _improved_first(h)
    return {
        "area slope read as household effect": Trap("t2.log_or_low_income", slope, slope_se, 1),
        "only families known to services": Trap(
            "t2.log_or_low_income", float(known_too[1]), float(known_se[1]), -1
        ),
        "involvement without the neighbourhood": Trap("t2.log_hr_involvement", crude, crude_se, 1),
        "improved before any referral against the rest": Trap(
            "t2.risk_difference_improvement", first, first_se, -1
        ),
    }


def _ecological(register: pd.DataFrame, referred: np.ndarray) -> tuple[float, float]:
    """Slope of the log odds of referral on the share on a low income over deciles."""
    by = register.assign(referred=referred).groupby("IDACIDecile", observed=True)
    share, risk, n = by["RelativeLowIncome"].mean(), by["referred"].mean(), by.size()
    fit = sm.WLS(np.log(risk / (1 - risk)), sm.add_constant(share), weights=n * risk * (1 - risk)).fit()
    return float(fit.params.iloc[1]), float(fit.bse.iloc[1])


def _improved_first(h: Histories) -> tuple[float, float]:
    """Families on a low income that left it before any referral within 24 months, less all others.

    The months until income improved could hold no referral, or the family would be among the others.
    """
    (row, month), _ = _arms(h)
    steps = month[:, None] + np.arange(FOLLOWED)
    out, event = ~h.low[row[:, None], steps], h.referred[row[:, None], steps]
    improved = np.where(out.any(axis=1), out.argmax(axis=1), FOLLOWED)
    referred = np.where(event.any(axis=1), event.argmax(axis=1), FOLLOWED)
    first, known = improved < referred, referred < FOLLOWED
    size, risk = [first.sum(), (~first).sum()], [known[first].mean(), known[~first].mean()]
    residual = np.where(first, (known - risk[0]) / size[0], -(known - risk[1]) / size[1])
    return float(risk[0] - risk[1]), float(np.sqrt((np.bincount(row, residual) ** 2).sum()))
