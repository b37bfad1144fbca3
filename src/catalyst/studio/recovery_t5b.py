"""T5b's analyses, proper and wrong: what a first case, or a start of care, does to absence a year later.

The proper analysis compares, term by term, pupils whose case opens with pupils of the same earlier path who
have none yet. Depends on the release's tables; knows nothing of the truth.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

# 15,000 children hold about 900 pupils whose first case opens in a usable term, and 100 first starts of care;
# a world of 10,000 holds too few of the latter for an interval that can be trusted.
CHILDREN, AUTHORITIES = 15_000, 12
TABLES = (
    "absence", "exclusions", "school_census", "cin_details", "cin_child_identifiers", "ssda903_episodes",
)  # fmt: skip
NAMES = {
    "t5b.support_on_absence": "Change in absence a year after a first case opens, percentage points",
    "t5b.care_on_absence": "Change in absence a year after first being looked after, percentage points",
}
RECOVERS = {
    "in_need->engagement": ("t5b.support_on_absence",),
    "care->engagement": ("t5b.care_on_absence",),
}
TERMS = ("Autumn", "Spring", "Summer")
FIRST_YEAR, YEARS = 2015, 11
LATER = 3
# Of those who miss little, one in fifteen is enough for comparison.
MUCH, SHARE = 7.0, 1 / 15
_REF = "PupilMatchingRefAnonymous"
_NEVER = 10_000


class Paths(NamedTuple):
    """One row a pupil; terms are numbered from autumn 2014."""

    pupil: pd.Index
    missed: dict[str, np.ndarray]  # sessions in percent of those possible, shape (pupils, terms)
    suspended: np.ndarray  # times, shape (pupils, terms)
    census: dict[str, np.ndarray]  # free meals, special needs and year group, shape (pupils, years)
    case: np.ndarray  # term in which the first case opened that found the child in need
    care: np.ndarray  # term in which the child was first looked after
    family: np.ndarray  # those in no return are a family of their own


def paths(tables: dict[str, pd.DataFrame]) -> Paths:
    """Every pupil's terms beside the first case and the first start of care."""
    tables = mending.one_reference(mending.once(tables))
    absence = tables["absence"]
    pupil = pd.Index(absence[_REF].astype(str).unique())
    row = pupil.get_indexer(absence[_REF].astype(str))
    column = (absence["AcademicYear"].to_numpy(int) - FIRST_YEAR) * 3
    missed = {n: np.full((len(pupil), 3 * YEARS), np.nan) for n in ("absence", "unauthorised", "illness")}
    for k, term in enumerate(TERMS):
        possible = absence[f"SessionsPossible_{term}"].to_numpy(float, na_value=np.nan)
        authorised, unauthorised, illness = (
            100 * absence[f"{name}_{term}"].to_numpy(float, na_value=np.nan) / possible
            for name in ("AuthorisedAbsence", "UnauthorisedAbsence", "TermlyReasonI")
        )
        # More sessions missed than there were: nobody can say how many it was.
        authorised[authorised + unauthorised > 100] = np.nan
        unauthorised[np.isnan(authorised)] = np.nan
        missed["absence"][row, column + k] = authorised + unauthorised
        missed["unauthorised"][row, column + k] = unauthorised
        missed["illness"][row, column + k] = illness
    away = tables["exclusions"]
    when = term_of(away["StartDate"])
    whose = pupil.get_indexer(away[_REF].astype(str))
    here = (whose >= 0) & (when >= 0)
    suspended = np.zeros((len(pupil), 3 * YEARS))
    np.add.at(suspended, (whose[here], when[here]), 1)
    return Paths(
        pupil, missed, suspended, _census(tables["school_census"], pupil),
        _first_case(tables["cin_details"], pupil),
        _first(tables["ssda903_episodes"], "DECOM", pupil), _families(tables["cin_child_identifiers"], pupil),
    )  # fmt: skip


def term_of(dates: pd.Series) -> np.ndarray:
    """The term in which a date falls; holidays count to the term before them; −1 before autumn 2014."""
    month, year = dates.dt.month.to_numpy(), dates.dt.year.to_numpy()
    term = np.select([month >= 9, month <= 3], [0, 1], 2)
    return np.maximum((year + (month >= 9) - FIRST_YEAR) * 3 + term, -1)


def _census(table: pd.DataFrame, pupil: pd.Index) -> dict[str, np.ndarray]:
    row = pupil.get_indexer(table[_REF].astype(str))
    year = table["AcademicYear"].to_numpy(int) - FIRST_YEAR
    keep = (row >= 0) & (year >= 0)
    group = table["NCyearActual"].astype(str).replace("R", "0").astype(float)
    values = {
        "meals": table["FSMeligible"].astype(float),
        "needs": table["SENprovision"].astype(str).map({"N": 0.0, "K": 1.0, "E": 2.0}),
        "decile": table["IDACIDecile"].astype(float),
        "group": group - year,  # the year group in 2014/15, so that a single row tells it for all years
    }
    out = {}
    for name, column in values.items():
        out[name] = np.full((len(pupil), YEARS), np.nan)
        out[name][row[keep], year[keep]] = column.to_numpy()[keep]
    out["group"] = np.nanmax(np.where(np.isnan(out["group"]), -99, out["group"]), axis=1)
    return out


def _first(table: pd.DataFrame, column: str, pupil: pd.Index) -> np.ndarray:
    """Term of the first date of each pupil; a large number where there is none, −1 before autumn 2014."""
    first = table.assign(ref=table[_REF].astype(str)).groupby("ref")[column].min()
    row = pupil.get_indexer(first.index)
    out = np.full(len(pupil), _NEVER)
    out[row[row >= 0]] = term_of(first)[row >= 0]
    return out


def _first_case(details: pd.DataFrame, pupil: pd.Index) -> np.ndarray:
    rows = details[[_REF, "CINreferralDate", "ReferralNFA", "ReasonForClosure", "Year"]].sort_values("Year")
    rows = rows.assign(
        **{_REF: rows[_REF].astype(str), "ReasonForClosure": rows["ReasonForClosure"].astype(object)}
    )
    case = rows.groupby([_REF, "CINreferralDate"], as_index=False).last()
    found = (case["ReferralNFA"].astype(int) == 0) & ~case["ReasonForClosure"].isin(["RC8", "RC9"])
    return _first(case[found], "CINreferralDate", pupil)


def _families(people: pd.DataFrame, pupil: pd.Index) -> np.ndarray:
    known = people.assign(ref=people[_REF].astype(str)).drop_duplicates("ref").set_index("ref")
    family = known["FamilyRefAnonymous"].astype(str).reindex(pupil)
    return pd.factorize(family.where(family.notna(), pd.Series(pupil, index=pupil)))[0]


def trials(p: Paths, start: np.ndarray, rng) -> pd.DataFrame:
    """One row a pupil and term in which she could begin: those who do, and some of those who have not yet.

    Parameters
    ----------
    start : term in which each pupil begins
    """
    seen = p.missed["absence"]
    parts = []
    for k in range(3, seen.shape[1] - LATER):
        there = np.isfinite(seen[:, [k - 2, k - 1, k]]).all(axis=1)
        begins = there & (start == k) & np.isfinite(seen[:, k + LATER])
        share = np.where(np.nan_to_num(seen[:, k]) >= MUCH, 1.0, SHARE)
        waits = there & (start > k) & (rng.random(len(start)) < share)
        row = np.flatnonzero(begins | waits)
        if not begins.any():
            continue
        columns = {
            "row": row, "term": k, "begins": begins[row], "later": seen[row, k + LATER],
            "group": p.census["group"][row] + k // 3,
        }  # fmt: skip
        # The census is taken in January: for a case that opens in autumn it is last year's that was before.
        year = (k - 1) // 3
        columns |= {name: p.census[name][row, year] for name in ("meals", "needs", "decile")}
        for name, table in p.missed.items():
            columns[name] = table[row, k]
            columns[f"{name} last"] = table[row, k - 1]
            columns[f"{name} before"] = np.nanmean(table[row, k - 3 : k - 1], axis=1)
        columns["share"] = share[row]
        columns["suspended"], columns["suspended before"] = (
            p.suspended[row, k],
            p.suspended[row, k - 3 : k].sum(axis=1),
        )
        for step in range(1, LATER + 1):
            columns[f"left {step}"] = start[row] == k + step
            columns[f"before {step}"] = seen[row, k + step - 1]
        parts.append(pd.DataFrame(columns))
    rows = pd.concat(parts, ignore_index=True)
    rows["weight"] = _staying(rows)
    return rows[rows["weight"] > 0].reset_index(drop=True)


def _staying(rows: pd.DataFrame) -> np.ndarray:
    """Weights of those who wait: none for whoever begins later, and more for those like them."""
    weight = np.ones(len(rows))
    for step in range(1, LATER + 1):
        band = np.digitize(rows[f"before {step}"].fillna(0), [5, 10, 20, 35]) + 5 * (rows["group"] >= 7)
        here = ~rows["begins"] & (weight > 0)
        leaves = here & rows[f"left {step}"]
        chance = leaves[here].groupby(band[here]).mean()
        weight *= np.where(leaves, 0, 1 / (1 - pd.Series(band).map(chance).fillna(0)))
    return np.where(rows["begins"], 1, weight / rows["share"]) * rows["later"].notna()


def _basis(rows: pd.DataFrame) -> np.ndarray:
    """What must be alike: the path of absence in bands and their combinations, and everything else recorded.

    Shape (columns, rows).
    The term before counts by itself: who missed little until then and much now came by it suddenly.
    """

    def band(column: str, edges: list[float]) -> np.ndarray:
        return np.digitize(rows[column].fillna(0), edges)

    now, last = band("absence", [3, 5, 7, 10, 14, 20, 30, 45]), band("absence last", [4, 6, 9, 14, 25])
    before = band("absence before", [4, 6, 9, 14, 25])
    without, without_last = (
        band("unauthorised", [0.9, 2, 4, 8, 16, 28]),
        band("unauthorised last", [1, 2.4, 8]),
    )
    ill, ill_last = band("illness", [1.5, 3, 4.5, 7, 11, 18]), band("illness last", [1.5, 3, 6])
    group = rows["group"].clip(0, 11).astype(int)
    sudden = np.digitize(rows["absence last"], [6, 14]) * 3 + np.digitize(
        rows["absence before"].fillna(0), [6, 14]
    )
    pairs = (
        (now, sudden), (now, last), (now, before), (last, before), (without, ill), (without, without_last),
        (ill, ill_last),
        (np.minimum(rows["suspended"], 2).astype(int), now >= 5), (group, now >= 4), (rows["term"], None),
        (rows["meals"].fillna(2).astype(int), now >= 4), (rows["needs"].fillna(3).astype(int), now >= 4),
        (rows["decile"].fillna(0).astype(int), now >= 4),
        (np.minimum(rows["suspended before"], 3).astype(int), None),
    )  # fmt: skip
    columns = []
    for name in ("absence", "unauthorised", "illness"):
        # A pupil's own level shows in each term; it means something else for those who miss much now.
        for when in ("", " last", " before"):
            level = np.log(rows[name + when].fillna(0).to_numpy() + 0.4)
            columns += [level * (now < 4), level * ((now >= 4) & (now < 7)), level * (now >= 7)]
    for one, other in pairs:
        cell = pd.factorize(np.asarray(one) * 100 + (0 if other is None else np.asarray(other)))[0]
        columns += list(np.equal.outer(np.arange(cell.max() + 1), cell))
    return np.array(columns, dtype=float)


def balanced(rows: pd.DataFrame, family: np.ndarray, outcome: np.ndarray) -> Estimate:
    """Average difference to pupils of the same term and path who did not begin.

    Least squares among those who wait, carried over to those who begin: the weights which that gives to the
    ones who wait make them exactly like the others in every column of the basis, on average.
    """
    begins, stays = rows["begins"].to_numpy(), rows["weight"].to_numpy()
    basis = _basis(rows)
    waits, n = np.flatnonzero(~begins), int(begins.sum())
    waiting, whose = basis[:, waits], family[rows["row"]]
    weighted = waiting * stays[waits]
    inverse = np.linalg.pinv(weighted @ waiting.T, rcond=1e-10, hermitian=True)
    weight = np.ones(len(rows))
    weight[waits] = -((inverse @ basis[:, begins].sum(axis=1)) @ weighted)
    left = outcome - (inverse @ (weighted @ outcome[waits])) @ basis
    value = float(left[begins].mean())
    sums = np.bincount(whose, weight * left - np.where(begins, value, 0.0))
    return Estimate(value, float(np.sqrt((sums**2).sum()) / n), n, len(np.unique(whose[begins])))


def proper(tables: dict[str, pd.DataFrame], rng) -> dict[str, Estimate]:
    """Risk sets, balanced on the path of the last four terms, meals, special needs, year group and term."""
    p = paths(tables)
    rows = trials(p, p.case, rng)
    support = balanced(rows, p.family, rows["later"].to_numpy())
    # Whoever has had a case and was not looked after cannot stand in for a child without any help.
    start = np.where((p.case < _NEVER) & (p.care == _NEVER), -1, p.care)
    rows = trials(p, start, rng)
    care = balanced(rows, p.family, rows["later"].to_numpy())
    return {"t5b.support_on_absence": support, "t5b.care_on_absence": care}


def traps(tables: dict[str, pd.DataFrame], rng) -> dict[str, Trap]:
    """What goes wrong: the dip taken as a baseline, and everybody without a case taken for comparison."""
    p = paths(tables)
    rows = trials(p, p.case, rng)
    mine = rows[rows["begins"]]
    family = p.family[mine["row"]]

    def clustered(values: np.ndarray) -> tuple[float, float]:
        sums = np.bincount(family, values - values.mean())
        return float(values.mean()), float(np.sqrt((sums**2).sum()) / len(values))

    dip, dip_se = clustered((mine["later"] - mine["absence"]).to_numpy())
    others = rows.loc[~rows["begins"], "later"]
    plain, plain_se = clustered(mine["later"].to_numpy())
    return {
        "before and after: the dip taken as a baseline": Trap("t5b.support_on_absence", dip, dip_se, -1),
        "against all pupils without a case": Trap(
            "t5b.support_on_absence",
            plain - others.mean(),
            float(np.hypot(plain_se, others.std() / len(others) ** 0.5)),
            1,
        ),
    }
