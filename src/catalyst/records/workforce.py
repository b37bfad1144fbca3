"""The social work workforce census (30 September), and what is published of each authority: workforce, money.

Rates of an authority are those of its true workforce. The rows of workers are drawn so as to go with its open
cases, caseload, turnover and agency rate; they are few, so figures counted from them scatter around the
published ones. Depends on the world's workforce, authority_years and columns.
"""

import numpy as np

from catalyst.records import authority_years
from catalyst.records.columns import Codes, Days, Table
from catalyst.world.luck import Luck
from catalyst.world.workforce import FIRST_YEAR

YEARS = np.arange(2014, 2025)  # 30 September of each lies in the window
_ORIGIN = ("1", "2", "3", "4", "5", "6", "7", "9")
_DESTINATION = ("1", "2", "3", "4", "5", "6", "7", "8")
_REASON = ("1", "2", "3", "4", "5", "6", "7", "8")
_ABSENCE = ("MAT", "OTH", "SIC", "TRN", "UNP")
_HOLD_CASES = (4, 5)  # senior practitioners and case holders
_SLOTS = 4096
_WORKING_DAYS = 220


def returns(lives) -> dict[str, Table]:
    """What a block adds to the counts of authorities; see :func:`finish`."""
    return {"_authority_counts": authority_years.counts(lives)}


def finish(world, tables: dict[str, Table]) -> dict[str, Table]:
    """The tables that need the whole world.

    Returns
    -------
    dict with ``social_workers``, ``workforce_authority``, ``spending`` and ``authority_years``
    """
    total = authority_years.summed(tables["_authority_counts"], len(world.places))
    cases = total["CasesSeptember"][:, : len(YEARS)]
    return {
        "authority_years": authority_years.panel(total),
        "spending": authority_years.accounts(world, total),
        "workforce_authority": _published(world, cases),
        "social_workers": _workers(world, cases),
    }


def _of_window(values: np.ndarray) -> np.ndarray:
    return values[:, YEARS - FIRST_YEAR]


def _tenths(values: np.ndarray) -> np.ndarray:
    return np.round(_of_window(values) * 10).astype(np.int64).ravel()


def _holders(world, cases: np.ndarray) -> np.ndarray:
    """Full-time equivalents of case holders: as many as the open cases and the caseload ask for."""
    return np.maximum(cases, 1) / _of_window(world.workforce.caseload)


def _published(world, cases: np.ndarray) -> Table:
    w, places = world.workforce, len(world.places)
    holders = _holders(world, cases)
    staff = holders / world.parameters["workforce"]["staff.case_holders"]
    return {
        "authority": np.repeat(np.arange(places), len(YEARS)),
        "Year": np.tile(YEARS, places),
        "SocialWorkers": np.round(staff * 100).astype(np.int64).ravel(),
        "CaseHolders": np.round(holders * 100).astype(np.int64).ravel(),
        "AverageCaseload": _tenths(w.caseload),
        "VacancyRate": _tenths(w.vacancy),
        "TurnoverRate": _tenths(w.turnover),
        "AgencyRate": _tenths(w.agency),
        "SicknessRate": _tenths(w.sickness),
        "CompetitorLEA": Codes(np.repeat(w.competitor, len(YEARS)), tuple(map(str, world.places.code))),
    }


def _workers(world, cases: np.ndarray) -> Table:
    """One row a worker and census: those in post on 30 September, and those who left in the year before."""
    p, luck, w = world.parameters["workforce"], world.luck, world.workforce
    staff = (
        _holders(world, cases)
        / p["staff.case_holders"]
        / (1 - (1 - p.array("staff.part_time_hours").mean() / 100) * p["staff.part_time"])
    )
    wanted = np.maximum(np.round(staff), 1).astype(np.int64)
    places, years = wanted.shape
    slots = int(wanted.max())
    slot = np.arange(places)[:, None] * _SLOTS + np.arange(slots)[None, :]
    turnover, agency = _of_window(w.turnover) / 100, _of_window(w.agency) / 100
    leaves_early = p["staff.agency_leave"]
    # Agency posts are short, so that more of those who start than of those in post are agency workers.
    starts_agency = agency * leaves_early / (agency * leaves_early + (1 - agency) * turnover)

    tenure = np.zeros((places, slots), dtype=np.int64)
    is_agency = luck("workforce.agency_at_first", slot) < agency[:, :1]
    before = np.arange(slots)[None, :] < wanted[:, :1]
    parts = []
    for y in range(years):
        filled = np.arange(slots)[None, :] < wanted[:, y : y + 1]
        if y:
            chance = np.where(is_agency, leaves_early, turnover[:, y : y + 1])
            goes = before & ((luck("workforce.leaves", slot, int(YEARS[y])) < chance) | ~filled)
            parts.append(_rows(goes, y, tenure, is_agency, left=True))
            tenure = tenure + (goes | (filled & ~before))
            fresh = luck("workforce.agency_worker", slot, int(YEARS[y])) < starts_agency[:, y : y + 1]
            is_agency = np.where(goes | ~before, fresh, is_agency)
        parts.append(_rows(filled, y, tenure, is_agency, left=False))
        before = filled
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return _described(rows, cases, luck, p, _of_window(w.sickness) / 100)


def _rows(which: np.ndarray, y: int, tenure: np.ndarray, is_agency: np.ndarray, left: bool) -> dict:
    authority, slot = np.nonzero(which)
    return {
        "authority": authority,
        "slot": slot,
        "year": np.full(len(slot), y),
        "tenure": tenure[authority, slot],
        "agency": is_agency[authority, slot],
        "left": np.full(len(slot), left),
    }


def _described(rows: dict, cases: np.ndarray, luck: Luck, p, sickness: np.ndarray) -> Table:
    unit = rows["authority"] * _SLOTS + rows["slot"]
    worker = unit * 64 + rows["tenure"]
    year, left, agency = YEARS[rows["year"]], rows["left"], rows["agency"]
    role = luck.choose("workforce.role", worker, p.array("staff.roles")).astype(np.int64) + 1
    role[rows["slot"] == 0] = 5  # somebody holds the cases, in the smallest place too
    part = luck("workforce.part_time", worker) < p["staff.part_time"]
    hours = p.array("staff.part_time_hours")
    fte = np.where(part, hours[np.floor(len(hours) * luck("workforce.hours", worker)).astype(int)], 100)
    fte = fte.astype(np.int64)
    start = _start_days(worker, year, luck, p["staff.years_in_post"])
    end = np.maximum(
        _autumn(year) - np.floor(360 * luck("workforce.end", worker)).astype(np.int64), start + 1
    )
    lost = -np.log(luck("workforce.sick", worker, year)) * sickness[rows["authority"], rows["year"]]
    off = ~left & ~agency & (luck("workforce.absent", worker, year) < p["staff.absent"])

    def drawn(process: str, codes: tuple[str, ...], which: np.ndarray) -> Codes:
        kind = luck.choose(f"workforce.{process}", worker, p.array(f"staff.{process}")).astype(np.int8)
        return Codes(np.where(which, kind, -1).astype(np.int8), codes)

    youngest, oldest = p["staff.ages"]
    age = youngest + (oldest - youngest) * luck("workforce.age", worker)
    return {
        "worker": worker,
        "authority": rows["authority"],
        "Year": year,
        "AgencyWorker": agency.astype(np.int8),
        "PersonBirthDate": Days(_first_of_year(2014 - age)),
        "GenderCurrent": Codes(
            np.where(luck("workforce.woman", worker) < p["staff.women"], 1, 0).astype(np.int8), ("1", "2")
        ),
        "OrgRole": Codes((role - 1).astype(np.int8), ("1", "2", "3", "4", "5", "6")),
        "RoleStartDate": Days(start.astype(np.int32)),
        "RoleEndDate": Days(np.where(left, end, -1).astype(np.int32)),
        "StartOrigin": drawn("origin", _ORIGIN, ~agency),
        "LeaverDestination": drawn("destination", _DESTINATION, left & ~agency),
        "ReasonLeave": drawn("reason", _REASON, left & ~agency),
        "FTE30": np.where(left, -1, fte),
        "Cases30": np.where(left, -1, _cases_held(rows, role, fte, cases)),
        "WorkingDaysLost": np.where(
            agency, -1, np.minimum(np.floor(lost * _WORKING_DAYS), _WORKING_DAYS)
        ).astype(np.int64),
        "Absat30Sept": Codes(np.where(left, -1, off).astype(np.int8), ("0", "1")),
        "ReasonAbsence": drawn("absence", _ABSENCE, off),
    }


def _autumn(year: np.ndarray) -> np.ndarray:
    """30 September of each year, as a day number."""
    return ((year - 1970) * 12 + 9).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1


def _first_of_year(year: np.ndarray) -> np.ndarray:
    return (
        (np.floor(year).astype(np.int64) - 1970)
        .astype("datetime64[Y]")
        .astype("datetime64[D]")
        .astype(np.int32)
    )


def _start_days(worker: np.ndarray, year: np.ndarray, luck: Luck, years_in_post: float) -> np.ndarray:
    """Start of each post: in the year before a worker is first seen, or earlier for those there at first."""
    _, person = np.unique(worker, return_inverse=True)
    first = np.full(person.max() + 1, YEARS[-1])
    np.minimum.at(first, person, year)
    began = first[person]
    u = luck("workforce.start", worker)
    back = np.where(began == YEARS[0], -np.log(u) * years_in_post * 365, u * 360)
    return _autumn(began) - np.floor(back).astype(np.int64)


def _cases_held(rows: dict, role: np.ndarray, fte: np.ndarray, cases: np.ndarray) -> np.ndarray:
    """The authority's open cases, shared out over those who hold cases by their hours."""
    share = np.where(np.isin(role, _HOLD_CASES) & ~rows["left"], fte, 0).astype(float)
    cell = rows["authority"] * cases.shape[1] + rows["year"]
    order = np.lexsort((rows["slot"], cell))
    total = np.bincount(cell, share, minlength=cases.size)
    running = np.cumsum(share[order])
    at = cell[order]
    begin = (np.cumsum(total) - total)[at]
    upto = np.round((running - begin) / total[at] * cases.ravel()[at])
    # Rounded sums, so that the parts add up to the authority's cases.
    new = np.ones(len(at), dtype=bool)
    new[1:] = at[1:] != at[:-1]
    before = np.where(new, 0, np.concatenate([[0], upto[:-1]]))
    held = np.empty(len(at), dtype=np.int64)
    held[order] = (upto - before).astype(np.int64)
    return held
