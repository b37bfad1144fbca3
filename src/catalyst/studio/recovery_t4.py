"""T4's analyses, proper and wrong, run on a release as a researcher gets it, with a standard error each.

Depends on the release's tables; knows nothing of the truth.
"""

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Declared, Estimate, Trap

# The spread that an ICC of 0.006 stands for is drowned by schools and chance in a smaller world.
CHILDREN, AUTHORITIES = 67_000, 24
TABLES = (
    "school_census", "schools", "cin_details", "cin_child_identifiers", "cin_disabilities",
    "cin_child_protection_plans", "ssda903_episodes", "ssda903_header",
)  # fmt: skip
NAMES = {
    "t4.sd_authority_support": "spread between authorities, SEN support",
    "t4.sd_school_support": "spread between schools, SEN support",
    "t4.sd_authority_plan": "spread between authorities, education, health and care plans",
    "t4.log_hr_disabled_plan": "a known disability, on a first plan in a year",
    "t4.log_hr_in_need_plan": "an open case, on a first plan in a year",
    "t4.log_hr_on_plan_plan": "a protection plan beside an open case, on a first plan in a year",
    "t4.log_or_in_need_support": "an open case, on SEN support",
}
RECOVERS = {"authority->ehcp": ("t4.sd_authority_plan",)}
DECLARED = {
    "t4.sd_school_support": Declared(
        "the number in the rules is conditional on all that a pupil brings; what of it no record holds draws "
        "the schools a few hundredths nearer to one another, so that estimates lie about half a spread low.",
        bias=0.7,
    )
}
_FIRST, _LAST = 2015, 2025
_KNOWN_BY = 6  # years: a disability that will ever be known is known by then
_ROUNDS = 25
_PUPIL = "PupilMatchingRefAnonymous"


# --- the pupils -------------------------------------------------------------------------------------------


def pupils(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a pupil and January: codes as numbers, and the tier of social care on 1 January.

    Returns
    -------
    pandas.DataFrame
        pupil, school, authority (of the school), home (authority), year, group, boy, meals, decile, provision
        (0 none, 1 support, 2 plan), mainstream, in_need, on_plan, in_care, known (referred before), disabled,
        told (whether a late enough return says if there is a disability).
    """
    tables = mending.once(tables)
    census = tables["school_census"]
    kind = tables["schools"].set_index("URN")["TypeOfEstablishment"] == "Mainstream"
    group = census["NCyearActual"].astype(str).replace("R", "0").astype(int)
    order = census["SENprovision"].cat.categories
    place = np.array([("N", "K", "E").index(code) for code in order])
    frame = pd.DataFrame(
        {
            "pupil": census[_PUPIL].cat.codes.to_numpy(),
            "school": census["URN"].cat.codes.to_numpy(),
            "authority": census["LA"].cat.codes.to_numpy(),
            "home": census["HomeLA"].cat.codes.to_numpy(),
            "year": census["AcademicYear"].to_numpy(),
            "group": group.to_numpy(),
            "boy": (census["Gender"] == "M").to_numpy(),
            "meals": census["FSMeligible"].to_numpy() == 1,
            "decile": census["IDACIDecile"].to_numpy() - 5.5,
            "provision": place[census["SENprovision"].cat.codes],
            "mainstream": census["URN"].map(kind).astype(bool).to_numpy(),
        }
    )
    frame = frame.assign(**_tiers(tables, census[_PUPIL].cat.categories, frame))
    # Where the home authority gave no census for the year, nobody can say who was in need.
    missing = pd.MultiIndex.from_frame(mending.gaps(tables)[["LEA", "Year"]])
    here = pd.MultiIndex.from_arrays([census["HomeLA"].astype(str), frame["year"].astype(np.int64)])
    return frame[~here.isin(missing)] if len(missing) else frame


def _tiers(tables, names: pd.Index, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    count = len(names)
    links = {"LAchildID": _links(tables["cin_child_identifiers"], "LAchildID", names)}
    links["CHILD"] = _links(tables["ssda903_header"], "CHILD", names)

    def spells(table: str, child: str, start: str, end: str, keep=None) -> tuple[np.ndarray, ...]:
        """Pupil, first and last day of each spell: the last return knows its end."""
        rows = tables[table] if keep is None else tables[table][keep]
        rows = rows.sort_values("Year")[["LEA", child, start, end, "Year"]].astype({"LEA": str, child: str})
        rows = rows.groupby(["LEA", child, start], as_index=False)[[end, "Year"]].last()
        # What was never seen to end is seen until the end of its last return.
        rows[end] = rows[end].where(
            rows[end].notna() | (rows["Year"] == _LAST), mending.last_day(rows["Year"])
        )
        rows = rows.merge(links[child], on=["LEA", child])
        return rows["pupil"].to_numpy(), rows[start].to_numpy(), rows[end].to_numpy()

    def during(pupil, start, end) -> np.ndarray:
        """Whether a spell is open at the start of 1 January, for each row of the frame."""
        out = np.zeros((count, _LAST - _FIRST + 1), dtype=bool)
        for year in range(_FIRST, _LAST + 1):
            new_year = np.datetime64(f"{year}-01-01")
            out[pupil[(start < new_year) & (np.isnat(end) | (end >= new_year))], year - _FIRST] = True
        return out[frame["pupil"], frame["year"] - _FIRST]

    details = tables["cin_details"]
    cases = spells(
        "cin_details", "LAchildID", "CINreferralDate", "CINclosureDate", details["ReferralNFA"] == 0
    )
    plans = spells("cin_child_protection_plans", "LAchildID", "CPPstartDate", "CPPendDate")
    care = spells("ssda903_episodes", "CHILD", "DECOM", "DEC")
    in_care = during(*care)
    on_plan = during(*plans) & ~in_care
    first = np.full(count, np.datetime64("2100-01-01"))
    np.minimum.at(first, cases[0], cases[1].astype("datetime64[D]"))
    new_year = (frame["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    disabled, told = _disabilities(tables, links["LAchildID"], count)
    return {
        "in_need": during(*cases) | on_plan | in_care,
        "on_plan": on_plan,
        "in_care": in_care,
        "known": first[frame["pupil"]] < new_year,
        "disabled": disabled[frame["pupil"]],
        "told": told[frame["pupil"]],
    }


def _links(table: pd.DataFrame, child: str, names: pd.Index) -> pd.DataFrame:
    """Which pupil each child of an authority's return is."""
    known = table[table[_PUPIL].notna()] if _PUPIL in table else table.iloc[:0]
    rows = known[["LEA", child, _PUPIL]].astype(str).drop_duplicates()
    rows["pupil"] = names.get_indexer(rows[_PUPIL])
    return rows.loc[rows["pupil"] >= 0, ["LEA", child, "pupil"]]


def _disabilities(tables, links: pd.DataFrame, count: int) -> tuple[np.ndarray, np.ndarray]:
    rows = tables["cin_disabilities"][["LEA", "LAchildID", "Year", "Disability"]]
    rows = rows.astype({"LEA": str, "LAchildID": str, "Disability": str}).merge(
        links, on=["LEA", "LAchildID"]
    )
    people = tables["cin_child_identifiers"][["LEA", "LAchildID", "PersonBirthDate"]].dropna()
    people = people.astype({"LEA": str, "LAchildID": str}).drop_duplicates(["LEA", "LAchildID"])
    rows = rows.merge(people, on=["LEA", "LAchildID"])
    age = rows["Year"] + 3 / 12 - rows["PersonBirthDate"].dt.year - rows["PersonBirthDate"].dt.month / 12
    disabled, told = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    disabled[rows.loc[rows["Disability"] != "NONE", "pupil"]] = True
    told[rows.loc[age > _KNOWN_BY, "pupil"]] = True
    return disabled, told


# --- regression -------------------------------------------------------------------------------------------


def fit(
    x: np.ndarray, y: np.ndarray, cluster: np.ndarray, link: str, size: np.ndarray | float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood of a logistic or complementary log-log regression, with sandwich standard errors.

    Parameters
    ----------
    x : shape (n, k)
    y : events of each row, out of ``size``
    cluster : whole numbers from 0
    link : "logit" or "cloglog"

    Returns
    -------
    coefficients and their covariance
    """
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(y.sum() / np.broadcast_to(size, y.shape).sum())
    for _ in range(_ROUNDS):
        p, slope = _mean(x @ beta, link)
        weight = size * slope**2 / (p * (1 - p))
        score = x * ((y - size * p) * slope / (p * (1 - p)))[:, None]
        bread = np.linalg.inv((x * weight[:, None]).T @ x)
        step = bread @ score.sum(axis=0)
        beta = beta + step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-8:
            break
    meat = np.stack([np.bincount(cluster, score[:, k]) for k in range(x.shape[1])])
    return beta, bread @ (meat @ meat.T) @ bread


def _mean(eta: np.ndarray, link: str) -> tuple[np.ndarray, np.ndarray]:
    if link == "logit":
        p = 1 / (1 + np.exp(-eta))
        return p, np.clip(p * (1 - p), 1e-9, None)
    hazard = np.exp(np.clip(eta, -30, 3))
    p = np.clip(-np.expm1(-hazard), 1e-12, 1 - 1e-12)
    return p, np.clip(hazard * np.exp(-hazard), 1e-12, None)


def _dummies(values: np.ndarray) -> np.ndarray:
    codes = np.unique(values, return_inverse=True)[1]
    return np.eye(codes.max() + 1)[codes][:, 1:]


def _design(rows: pd.DataFrame, *names: str) -> np.ndarray:
    """Columns of ``names`` first after the constant, then the pupil, year group, year and home authority."""
    plain = [rows[name].to_numpy(dtype=float) for name in (*names, "boy", "meals", "decile")]
    blocks = [_dummies(rows[c].to_numpy()) for c in ("group", "year", "home")]
    return np.column_stack([np.ones(len(rows)), *plain, *blocks])


def _short_design(rows: pd.DataFrame, *names: str) -> np.ndarray:
    """The same with curves for year group and year, and how far the home authority leans to plans.

    With a coefficient for every group, year and place there are few events to each, and the hazard ratios
    come out too large; with nothing for the place they come out too small, as the readier have fewer left.
    """
    plain = [rows[name].to_numpy(dtype=float) for name in (*names, "boy", "meals", "decile", "lean")]
    group, year = (rows["group"].to_numpy() - 6) / 5, (rows["year"].to_numpy() - 2020) / 5
    return np.column_stack([np.ones(len(rows)), *plain, group, group**2, year, year**2])


def cohort(frame: pd.DataFrame) -> pd.DataFrame:
    """Children known to social care, from their first recorded referral on, whose disability is on record."""
    return frame[frame["known"] & frame["told"] & (frame["group"] >= 2)]


def new_plans(frame: pd.DataFrame) -> pd.DataFrame:
    """Pupil-years at risk of a first plan: no plan in the January before; adds ``new``."""
    before = pd.Series(
        frame["provision"].to_numpy(), index=pd.MultiIndex.from_arrays([frame["pupil"], frame["year"] + 1])
    )
    keys = pd.MultiIndex.from_arrays([frame["pupil"], frame["year"]])
    last = before.reindex(keys).to_numpy()
    return frame.assign(new=frame["provision"].to_numpy() == 2)[last < 2]


# --- spread between places --------------------------------------------------------------------------------


def shifts(
    eta: np.ndarray, y: np.ndarray, unit: np.ndarray, cluster: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each unit's shift of log odds beside what its pupils explain, and its sampling variance.

    The log odds of few events lie too far out; Firth's correction takes off the first order of that, by as
    much as pupils who are seen again and again count for less than their rows.

    Parameters
    ----------
    eta : log odds that a regression expects; y : 0 or 1; unit, cluster : whole numbers from 0
    """
    n, many = unit.max() + 1, cluster.max() + 1
    pair, where = np.unique(unit.astype(np.int64) * many + cluster, return_inverse=True)
    shift, repeats = np.zeros(n), 0.0
    for _ in range(2):
        for _ in range(_ROUNDS):
            p = 1 / (1 + np.exp(-(eta + shift[unit])))
            one = p * (1 - p)
            information = np.maximum(np.bincount(unit, one, n), 1e-9)
            score = np.bincount(unit, y - p, n)
            score += repeats / 2 * np.bincount(unit, one * (1 - 2 * p), n) / information
            step = np.clip(score / information, -1, 1)
            shift += step
            if np.abs(step).max() < 1e-6:
                break
        meat = np.bincount(pair // many, np.bincount(where, y - p) ** 2, n)
        repeats = meat.sum() / information.sum()
    return shift, meat / information**2


def between(shift: np.ndarray, variance: np.ndarray) -> Estimate:
    """Standard deviation of the true shifts: the spread that is seen less what sampling adds (moments).

    The places are all there are, so only sampling makes the estimate vary.
    """
    n = len(shift)
    true = shift.var(ddof=1) - variance.mean()
    noise = (4 * max(true, 0.0) * variance.sum() + 2 * (variance**2).sum()) / (n - 1) ** 2
    return _root(true, noise, n)


def within(shift: np.ndarray, variance: np.ndarray, place: np.ndarray) -> Estimate:
    """Standard deviation of the true shifts of schools inside their authorities, by moments."""
    n, k = len(shift), place.max() + 1
    size = np.bincount(place, minlength=k)
    centre = np.bincount(place, shift, k) / size
    seen = ((shift - centre[place]) ** 2).sum() / (n - k)
    true = seen - ((1 - 1 / size[place]) * variance).sum() / (n - k)
    noise = (4 * max(true, 0.0) * variance.sum() + 2 * (variance**2).sum()) / (n - k) ** 2
    # All schools together are fixed, but not how they fall to the authorities.
    noise += 2 * true**2 * (k - 1) / (n - k) ** 2
    return _root(true, noise, n)


def _root(variance: float, noise: float, n: int) -> Estimate:
    """A standard deviation from an estimate of the variance, which chance can make negative; delta method."""
    value = np.sqrt(max(variance, 0.0))
    return Estimate(float(value), float(np.sqrt(noise) / (2 * max(value, noise**0.25))), n, n)


_TIERS = ("in_need", "on_plan", "in_care", "known")


def _expected(rows: pd.DataFrame, y: np.ndarray, *names: str) -> np.ndarray:
    """Log odds that a pupil's own record leads to expect, whatever the place."""
    columns = [rows[name].to_numpy() for name in (*names, "boy", "meals", "decile", "group", "year")]
    key = np.zeros(len(rows), dtype=np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1]
        key = key * (codes.max() + 1) + codes
    # Pupils whose records are alike are one row of the regression.
    _, first, where = np.unique(key, return_index=True, return_inverse=True)
    plain = [column[first].astype(float) for column in columns[:-2]]
    x = np.column_stack([np.ones(len(first)), *plain, *(_dummies(c[first]) for c in columns[-2:])])
    alike = np.bincount(where)
    beta, _ = fit(x, np.bincount(where, y), np.zeros(len(first), dtype=int), "logit", alike)
    return (x @ beta)[where]


def spreads(frame: pd.DataFrame) -> dict[str, Estimate]:
    """How far authorities, and schools inside them, lean to support."""
    rows = frame[frame["mainstream"] & (frame["provision"] < 2)]
    y = rows["provision"].to_numpy() == 1
    eta = _expected(rows, y, *_TIERS)
    codes, school = np.unique(rows["school"].to_numpy(), return_inverse=True)
    place = np.zeros(len(codes), dtype=int)
    place[school] = rows["authority"].to_numpy()
    shift, variance = shifts(eta, y, school, rows["pupil"].to_numpy())
    of_schools = within(shift, variance, place)
    weight = 1 / (variance + of_schools.value**2)
    total = np.bincount(place, weight)
    of_places = between(np.bincount(place, weight * shift) / total, 1 / total)
    events = int(rows.loc[y, "pupil"].nunique())
    return {
        "t4.sd_authority_support": of_places._replace(events=events),
        "t4.sd_school_support": of_schools._replace(events=events),
    }


def plans_by_home(frame: pd.DataFrame) -> tuple[np.ndarray, Estimate]:
    """How far each pupil's home authority leans to plans, and the spread between authorities."""
    plan, home = frame["provision"].to_numpy() == 2, frame["home"].to_numpy()
    eta = _expected(frame, plan, "known")
    lean, noise = shifts(eta, plan, home, frame["pupil"].to_numpy())
    return lean[home], between(lean, noise)._replace(events=int(frame.loc[plan, "pupil"].nunique()))


# --- what the chapter recovers ----------------------------------------------------------------------------


def _hazards(rows: pd.DataFrame) -> dict[str, Estimate]:
    names = ("disabled", "in_need", "on_plan", "in_care")
    y = rows["new"].to_numpy()
    return _estimates(rows, _short_design(rows, *names), y, names, "cloglog", "t4.log_hr_{}_plan")


def _estimates(rows, x: np.ndarray, y: np.ndarray, names, link: str, label: str) -> dict[str, Estimate]:
    codes, cluster = np.unique(rows["pupil"].to_numpy(), return_inverse=True)
    beta, covariance = fit(x, y, cluster, link)
    se = np.sqrt(np.diag(covariance))
    return {
        label.format(name): Estimate(float(beta[k]), float(se[k]), int(y.sum()), len(codes))
        for k, name in enumerate(names, 1)
    }


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    frame = pupils(tables)
    lean, of_plans = plans_by_home(frame)
    known = cohort(frame.assign(lean=lean))
    out = spreads(frame) | {"t4.sd_authority_plan": of_plans} | _hazards(new_plans(known))
    rows = known[known["provision"] < 2]
    support = rows["provision"].to_numpy() == 1
    names = ("in_need", "disabled", "on_plan", "in_care")
    x = _design(rows, *names)
    out |= _estimates(rows, x, support, names, "logit", "t4.log_or_{}_support")
    return {name: out[name] for name in NAMES}


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses."""
    frame = pupils(tables)
    last = frame[frame["year"] == _LAST]
    plan = frame["provision"] == 2
    need = frame["in_need"]
    young = last[last["group"] == 1]
    odds = young.assign(k=young["provision"] == 1).groupby("home")["k"].agg(["sum", "size"])
    league = np.log((odds["sum"] + 0.5) / (odds["size"] - odds["sum"] + 0.5)).std()
    schools = spreads(frame)["t4.sd_school_support"]
    crude = _log_odds_ratio(plan, need)
    inside = frame[need & ~frame["in_care"]]
    on_plan = _log_odds_ratio(inside["provision"] == 2, inside["on_plan"])
    return {
        "all pupils in need against all others": Trap("t4.log_hr_in_need_plan", *crude, 1),
        "protection plans against children in need": Trap("t4.log_hr_on_plan_plan", *on_plan, -1),
        "a league table of one year": Trap(
            "t4.sd_authority_support", float(league), float(league / np.sqrt(2 * (len(odds) - 1))), 1
        ),
        "schools taken for authorities": Trap("t4.sd_authority_support", schools.value, schools.se, 1),
    }


def _log_odds_ratio(outcome: pd.Series, exposed: pd.Series) -> tuple[float, float]:
    """Crude log odds ratio over pupil-years, and its standard error."""
    cells = np.array([[((exposed == e) & (outcome == o)).sum() for o in (1, 0)] for e in (1, 0)]) + 0.5
    (a, b), (c, d) = cells
    return float(np.log(a * d / (b * c))), float(np.sqrt((1 / cells).sum()))
