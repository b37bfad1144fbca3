"""T8's analysis, proper and wrong: capture and recapture from three lists, and moves of home.

Runs on the release as a researcher gets it. Depends on the release's tables; knows nothing of the truth.
"""

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap

CHILDREN, AUTHORITIES = 30_000, 24  # about 200 families a world on all three lists in one year
TABLES = (
    "address_history", "domestic_abuse_incidents", "health_domestic_abuse_flags", "cin_assessments",
    "cin_assessment_factors", "cin_child_identifiers", "cin_header",
)  # fmt: skip
NAMES = {
    "t8.prevalence": "families with domestic abuse in a year",
    "t8.sensitivity_police": "share of them known to the police",
    "t8.sensitivity_health": "share of them flagged by health services",
    "t8.sensitivity_assessment": "share of them recorded in an assessment",
    "t8.any_code": "assessments with any of three codes",
    "t8.log_hr_moves": "log hazard ratio, moving home",
}
DRAWS = 200
CODES = ("3A", "3B", "3C")
LISTS = ("police", "health", "assessment")
_CHILD = ["LEA", "LAchildID"]
_ASSESSMENT = [*_CHILD, "Year", "CINdetailsID", "AssessmentID"]
_MONTHS, _YEARS = 132, 11  # April 2014 to March 2025
_CLOSE = 12  # months between two reports within which the abuse is taken to have gone on


class _Families:
    """Families by row, months by column: where each lived, when it moved, and who knew of abuse."""

    def __init__(self, tables: dict[str, pd.DataFrame]):
        addresses = tables["address_history"].astype({"FamilyRefAnonymous": str, "LEA": str})
        self.ids = pd.Index(np.unique(addresses["FamilyRefAnonymous"]))
        size = (len(self.ids), _MONTHS)
        row, place = self._row(addresses["FamilyRefAnonymous"]), pd.factorize(addresses["LEA"])[0]
        begin, end = _month(addresses["FromMonth"]), _month(addresses["ToMonth"])
        self.place = np.full(size, -1, dtype=np.int16)
        for k in range(1, int(addresses["AddressNumber"].max()) + 1):
            some = (addresses["AddressNumber"] == k).to_numpy()
            inside = np.arange(_MONTHS) >= begin[some, None]
            inside &= np.arange(_MONTHS) <= end[some, None]
            rows, columns = np.nonzero(inside)
            self.place[row[some][rows], columns] = place[some][rows]
        self.first = np.full(len(self.ids), _MONTHS)
        np.minimum.at(self.first, row, begin)
        before = addresses["AddressNumber"].to_numpy() > 1
        self.moved = np.zeros(size, dtype=bool)
        self.moved[row[before], begin[before]] = True
        incidents = tables["domestic_abuse_incidents"]
        shares = set(incidents["LEA"].astype(str))
        names = pd.factorize(addresses["LEA"])[1]
        self.shares = np.append(np.isin(names, list(shares)), False)[self.place]
        known = {"police": (incidents["FamilyRefAnonymous"], incidents["IncidentDate"])}
        flags = tables["health_domestic_abuse_flags"]
        known["health"] = (flags["FamilyRefAnonymous"], flags["FlagMonth"])
        known["assessment"] = _coded(tables)
        self.known = {name: self._matrix(*known[name]) for name in LISTS}
        # Where an authority gave no census, nobody can say what assessments found.
        self.blind = np.zeros(size, dtype=bool)
        for gap in mending.gaps(tables).itertuples():
            of_year = slice(12 * (gap.Year - 2015), 12 * (gap.Year - 2014))
            self.blind[:, of_year] |= (self.place == names.get_indexer([gap.LEA])[0])[:, of_year]

    def _row(self, family: pd.Series) -> np.ndarray:
        return self.ids.get_indexer(family.astype(str))

    def _matrix(self, family: pd.Series, day: pd.Series) -> np.ndarray:
        out = np.zeros((len(self.ids), _MONTHS), dtype=bool)
        row, month = self._row(family), _month(day)
        inside = (row >= 0) & (month >= 0) & (month < _MONTHS)
        out[row[inside], month[inside]] = True
        return out


def _month(day: pd.Series) -> np.ndarray:
    return ((day.dt.year - 2014) * 12 + day.dt.month - 4).to_numpy()


def _factors(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an assessment that has ended, with a column for each code."""
    factors = tables["cin_assessment_factors"].astype(dict.fromkeys(_CHILD, str))
    code = factors["AssessmentFactor"].astype(str)
    found = factors.loc[code != "21", _ASSESSMENT].assign(**{c: (code == c) for c in CODES})
    found = found.groupby(_ASSESSMENT, as_index=False)[list(CODES)].any()
    people = tables["cin_child_identifiers"].astype(dict.fromkeys([*_CHILD, "FamilyRefAnonymous"], str))
    people = people.drop_duplicates(_CHILD)[[*_CHILD, "FamilyRefAnonymous"]]
    return found.merge(people, on=_CHILD, validate="m:1")


def _coded(tables: dict[str, pd.DataFrame]) -> tuple[pd.Series, pd.Series]:
    found = _factors(tables)
    found = found[found[list(CODES)].any(axis=1)]
    starts = tables["cin_assessments"].astype(dict.fromkeys(_CHILD, str))
    found = found.merge(starts[[*_ASSESSMENT, "AssessmentActualStartDate"]], on=_ASSESSMENT, validate="1:1")
    return found["FamilyRefAnonymous"], found["AssessmentActualStartDate"]


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    families = _Families(tables)
    cells, years = histories(families)
    on_some = cells[:, 1:].any(axis=1)
    figures = _recapture(cells.sum(axis=0), years.sum())
    weights = rng.multinomial(len(cells), np.full(len(cells), 1 / len(cells)), size=DRAWS)
    drawn = weights[:, on_some] @ cells[on_some]
    again = np.array([_recapture(c, n) for c, n in zip(drawn, weights @ years, strict=True)])
    names = ("t8.prevalence", *(f"t8.sensitivity_{name}" for name in LISTS))
    events = int(cells[:, 1:].sum())
    out = {
        name: Estimate(float(value), float(se), events, int(on_some.sum()))
        for name, value, se in zip(names, figures, again.std(axis=0, ddof=1), strict=True)
    }
    out["t8.any_code"] = _share(_factors(tables)[list(CODES)].any(axis=1), _factors(tables))
    out["t8.log_hr_moves"] = moves(families)
    return out


def histories(families: _Families) -> tuple[np.ndarray, np.ndarray]:
    """How many years of each family have each capture history, and how many years it was followed.

    Returns
    -------
    cells : int array, shape (families, 8)
        Column 4 police + 2 health + assessment: 5 is police and assessment, not health.
    years : int array, shape (families,)
    """
    place = families.place.reshape(-1, _YEARS, 12)
    stays = (place[:, :, 0] >= 0) & (place[:, :, 0] == place[:, :, 11])
    stays &= families.shares.reshape(-1, _YEARS, 12)[:, :, 0]
    stays &= ~families.blind.reshape(-1, _YEARS, 12)[:, :, 0]
    history = np.zeros(stays.shape, dtype=np.int64)
    for name in LISTS:
        history = 2 * history + families.known[name].reshape(-1, _YEARS, 12).any(axis=2)
    cells = np.stack([((history == k) & stays).sum(axis=1) for k in range(8)], axis=1)
    return cells, stays.sum(axis=1)


def _recapture(cells: np.ndarray, years: float) -> list[float]:
    """Prevalence and three sensitivities with pairwise dependence allowed, and none of all three."""
    c = cells.astype(float)
    hidden = c[7] * c[4] * c[2] * c[1] / (c[6] * c[5] * c[3])
    total = c[1:].sum() + hidden
    on = [c[[4, 5, 6, 7]].sum(), c[[2, 3, 6, 7]].sum(), c[[1, 3, 5, 7]].sum()]
    return [total / years, *(n / total for n in on)]


def _share(yes: pd.Series, rows: pd.DataFrame) -> Estimate:
    """A share of rows with a standard error that holds for families."""
    share = float(yes.mean())
    totals = (yes - share).groupby(rows["FamilyRefAnonymous"]).sum()
    return Estimate(share, float(np.sqrt((totals**2).sum()) / len(rows)), int(yes.sum()), len(totals))


def moves(families: _Families) -> Estimate:
    """Moves inside an authority in months between two reports, against families on no list at all."""
    listed = np.any(list(families.known.values()), axis=0)
    column = np.arange(_MONTHS)
    before = np.maximum.accumulate(np.where(listed, column, -_MONTHS), axis=1)
    after = np.minimum.accumulate(np.where(listed, column, 3 * _MONTHS)[:, ::-1], axis=1)[:, ::-1]
    exposed = after - before <= _CLOSE
    never = (
        ~listed.any(axis=1)[:, None]
        & np.where(families.place >= 0, families.shares, True).all(axis=1)[:, None]
    )
    return _ratio(families, exposed, never)


def _ratio(families: _Families, exposed: np.ndarray, other: np.ndarray) -> Estimate:
    """Log hazard ratio of moving home inside the authority, by the complementary log–log of monthly risks."""
    stays = families.place == np.roll(families.place, 1, axis=1)
    at_risk = (families.place >= 0) & (np.arange(_MONTHS) > families.first[:, None]) & stays
    at_risk &= ~families.blind
    events, months = [], []
    for group in (exposed, other):
        events.append((at_risk & group & families.moved).sum())
        months.append((at_risk & group).sum())
    hazard = -np.log1p(-np.array(events) / np.array(months))
    se = np.sqrt((1 / np.array(events)).sum())
    clusters = int((at_risk & (exposed | other)).any(axis=1).sum())
    return Estimate(float(np.log(hazard[0] / hazard[1])), float(se), int(sum(events)), clusters)


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The chapter's wrong analyses: which truth each misses, its number, and the sign of its bias."""
    families = _Families(tables)
    cells, years = histories(families)
    seen = cells[:, 4:].sum() / years.sum()
    factors = _factors(tables)
    each = [_share(factors[code], factors) for code in CODES]
    summed = _share(factors[list(CODES)].sum(axis=1), factors)
    ever = families.known["police"].any(axis=1)[:, None]
    shared = families.shares.any(axis=1)[:, None]
    exposure = _ratio(families, ever & shared, ~ever & shared)
    return {
        "adding the three codes": Trap("t8.any_code", sum(e.value for e in each), summed.se, 1),
        "one list as the truth": Trap(
            "t8.prevalence", float(seen), float(np.sqrt(seen * (1 - seen) / years.sum())), -1
        ),
        "ever known to the police as exposed": Trap("t8.log_hr_moves", exposure.value, exposure.se, -1),
    }
