"""The workforce and the money of each authority: caseload, turnover, agency, sickness, spend by census year.

Exogenous functions of place and time, so that nothing passes from one family to another. Depends on places.

An authority's caseload has a lasting part that goes with deprivation, and passing changes of three origins:
its own, passing demand (which also brings more referrals: the feedback that misleads), and the vacancies of
the authority with which it competes for staff, a year before (which touches no family: an instrument).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places, spaced

FIRST_YEAR, LAST_YEAR = 1997, 2025
YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)  # census years, each named by the 30 September on which it ends
_PUBLISHED_FROM = 2016
_FIVE_CASES, _TEN_POINTS = 5.0, 10.0


@dataclass(frozen=True)
class Workforce:
    """What a place's workforce is like. Rates are per cent; shape (authorities, census years) unless said."""

    referral_again: (
        np.ndarray
    )  # log hazard ratio of a referral in the twelve months after a closure; by month
    caseload: np.ndarray  # cases per full-time case holder
    turnover: np.ndarray
    agency: np.ndarray
    vacancy: np.ndarray
    competitor_vacancy: np.ndarray  # of the authority with which this one competes for staff
    sickness: np.ndarray
    competitor: np.ndarray  # row of that authority, shape (authorities,)
    early_help_pounds: np.ndarray  # for each child; shape (authorities, years ending 31 March 1998 to 2025)


def census_year(month: int | np.ndarray) -> np.ndarray:
    """The census year (1 October to 30 September) in which a month of the clock falls."""
    return FIRST_YEAR + (np.asarray(month) + 6) // 12


def of_years(values: list[float], years: np.ndarray = YEARS) -> np.ndarray:
    """A list given for 2016 to 2025 over any years; before, it holds at its first value."""
    return np.asarray(values, dtype=float)[np.clip(years - _PUBLISHED_FROM, 0, len(values) - 1)]


def make(luck: Luck, parameters: Parameters, places: Places) -> Workforce:
    """Makes the workforce of every authority and year, and what families meet of it.

    Returns
    -------
    Workforce
    """
    p = parameters["workforce"]
    n = len(places)
    competitor = _competitor(luck, places)
    passing_vacancy = p["vacancy.own"] * passing(luck, "workforce.vacancy", n, p["vacancy.lasts"])
    passing_vacancy -= _of_region(passing_vacancy, places)
    year_before = np.concatenate([passing_vacancy[:, :1], passing_vacancy[:, :-1]], axis=1)
    by_competitor = p["caseload.by_competitor"] * year_before[competitor]
    lasting, own = _caseload(luck, p, places)
    demand = p["caseload.by_demand"] * _passing_demand(luck, p, n)
    national = of_years(p["caseload.by_year"])
    caseload = np.maximum(national + lasting[:, None] + own + by_competitor + demand, 4.0)

    vacancy = _vacancy(luck, p, places)[:, None] + passing_vacancy
    vacancy = np.maximum(vacancy + of_years(p["vacancy.by_year"]) - p["vacancy.by_year"][-1], 0.5)
    log_turnover = p["turnover.between"] * spaced(luck, "workforce.turnover_level", n)[:, None]
    log_turnover = log_turnover + p["turnover.own"] * passing(
        luck, "workforce.turnover", n, p["turnover.lasts"]
    )
    turnover = of_years(p["turnover.by_year"]) * np.exp(log_turnover)
    agency = (
        of_years(p["agency.by_year"])
        + p["agency.by_vacancy"] * (vacancy - of_years(p["vacancy.by_year"]))
        + p["agency.by_turnover"] * (turnover - of_years(p["turnover.by_year"]))
        + p["agency.by_caseload"] * (lasting[:, None] + own + by_competitor)
        + p["agency.own"] * passing(luck, "workforce.agency", n, 0.0)
    )
    agency = np.maximum(agency, 0.0)
    sickness = p["sickness.rate"] + p["sickness.between"] * passing(luck, "workforce.sickness", n, 0.5)
    effect = parameters.effect
    log_hazard = (
        effect("caseload->referral_again") * (caseload - national) / _FIVE_CASES
        + effect("turnover->referral_again") * (turnover - of_years(p["turnover.by_year"])) / _TEN_POINTS
        + effect("agency->referral_again") * (agency - of_years(p["agency.by_year"])) / _TEN_POINTS
    )
    # In the country as a whole the effect is nil, so that national rates stay those of the front door.
    log_hazard -= np.log(np.average(np.exp(log_hazard), axis=0, weights=places.children))
    return Workforce(
        referral_again=log_hazard[:, census_year(np.arange(clock.MONTHS)) - FIRST_YEAR],
        caseload=caseload,
        turnover=turnover,
        agency=agency,
        vacancy=vacancy,
        competitor_vacancy=vacancy[competitor],
        sickness=np.maximum(sickness, 0.5),
        competitor=competitor,
        early_help_pounds=_early_help_pounds(luck, p, places),
    )


def demand(luck: Luck, parameters: Parameters, places: Places) -> np.ndarray:
    """Log hazard of a referral in years when more or fewer families than usual come to notice.

    Returns
    -------
    float array, shape (authorities, months)
    """
    p = parameters["workforce"]
    spread = p["demand.spread"]
    years = spread * _passing_demand(luck, p, len(places))
    years -= np.log(
        np.average(np.exp(years), axis=0, weights=places.children)
    )  # none in the country as a whole
    return years[:, census_year(np.arange(clock.MONTHS)) - FIRST_YEAR]


def passing(luck: Luck, process: str, count: int, lasts: float) -> np.ndarray:
    """Standard normal changes of each authority over the years, each year like the one before by ``lasts``.

    Returns
    -------
    float array, shape (count, census years)
    """
    fresh = ndtri(luck(process, np.arange(count)[:, None], YEARS[None, :]))
    out = fresh.copy()
    for y in range(1, len(YEARS)):
        out[:, y] = lasts * out[:, y - 1] + np.sqrt(1 - lasts**2) * fresh[:, y]
    return out


def _passing_demand(luck: Luck, p, count: int) -> np.ndarray:
    return passing(luck, "workforce.demand", count, p["caseload.lasts"])


def _standard(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)


def _caseload(luck: Luck, p, places: Places) -> tuple[np.ndarray, np.ndarray]:
    """The lasting part, shape (authorities,), and an authority's own passing changes, in cases per worker."""
    n = len(places)
    with_deprivation, with_referrals = (
        p["caseload.between_by_deprivation"],
        p["caseload.between_by_referrals"],
    )
    rest = np.sqrt(max(1 - with_deprivation**2 - with_referrals**2, 0.0))
    lasting = p["caseload.between"] * (
        with_deprivation * _standard(places.deprivation)
        + with_referrals * _standard(places.referral)
        + rest * spaced(luck, "workforce.caseload_level", n)
    )
    lasting -= np.average(lasting, weights=places.children)
    return lasting, p["caseload.own"] * passing(luck, "workforce.caseload", n, p["caseload.lasts"])


def _vacancy(luck: Luck, p, places: Places) -> np.ndarray:
    """Lasting vacancy rates, with the published mean in every region; shape (authorities,)."""
    own = p["vacancy.between"] * spaced(luck, "workforce.vacancy_level", len(places))
    own = own - _of_region(own[:, None], places)[:, 0]
    return p.array("vacancy.by_region")[places.region] + own


def _of_region(values: np.ndarray, places: Places) -> np.ndarray:
    """The mean over the children of each authority's region; shape (authorities, years), as ``values``."""
    inside = places.region[:, None] == places.region[None, :]
    weight = inside * places.children[None, :]
    return (weight @ values) / weight.sum(axis=1, keepdims=True)


def _competitor(luck: Luck, places: Places) -> np.ndarray:
    """For each authority the next one in its region, in an order that luck decides."""
    order = np.lexsort((luck("workforce.neighbours", np.arange(len(places))), places.region))
    after = np.roll(order, -1)
    last = places.region[after] != places.region[order]
    first = np.searchsorted(places.region[order], places.region[order[last]])
    after[last] = order[first]
    competitor = np.empty(len(places), dtype=np.int64)
    competitor[order] = after
    # The only authority of its region competes with the next one of the country.
    alone = np.flatnonzero(competitor == np.arange(len(places)))
    competitor[alone] = (alone + 1) % len(places)
    return competitor


def _early_help_pounds(luck: Luck, p, places: Places) -> np.ndarray:
    years = np.arange(1998, 2026)
    level = p["spend.early_help_by_deprivation"] * _standard(places.deprivation) * places.deprivation.std()
    level = level + p["spend.early_help_spread"] * spaced(luck, "workforce.early_help", len(places))
    return of_years(p["spend.early_help_by_year"], years) * np.exp(level)[:, None]
