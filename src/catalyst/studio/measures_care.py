"""More figures of children looked after: going missing, how they fare after a year, placements, leaving.

Depends on the world's log and, for what authorities write down once a year, on the return SSDA903.
"""

import numpy as np

from catalyst.records import ssda903_care, ssda903_outcomes
from catalyst.records.ssda903_periods import Periods, periods
from catalyst.studio.measures import Tally
from catalyst.world import codes
from catalyst.world.clock import DAYS_PER_MONTH, day
from catalyst.world.families import birthday
from catalyst.world.life import Lives

_COMPULSORY = tuple(codes.LEGAL_STATUS.index(code) for code in ("C1", "C2", "L1", "L2", "L3"))
_ADOPTED = tuple(codes.REC.index(code) for code in ("E11", "E12"))
_FIVE_YEARS = 1826


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds a block's part of every measure of the year that ends on 31 March ``year``."""
    log = lives.care_episodes
    order = np.lexsort((log["decom"], log["child"]))
    log = {name: column[order] for name, column in log.items()}
    p = periods(lives, log)
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    _missing(lives, p, tally, first, last)
    _entry_and_return(lives, p, log, tally, first, last)
    _stability(lives, p, log, tally, last)
    _after_a_year(lives, p, tally, year)
    _leavers(lives, p, tally, year)


def _missing(lives: Lives, p: Periods, tally: Tally, first: int, last: int) -> None:
    cared = np.unique(p.child[(p.start <= last) & ((p.end < 0) | (p.end >= first))])
    spells = lives.missing_spells
    now = (spells["start"] >= first) & (spells["start"] <= last)
    for name, kind in (("missing in the year", 0), ("away without authorisation in the year", 1)):
        children = np.unique(spells["child"][now & (spells["kind"] == kind)])
        tally.add(name, 100 * len(children), len(cared))


def _entry_and_return(lives: Lives, p: Periods, log, tally: Tally, first: int, last: int) -> None:
    started = (p.start >= first) & (p.start <= last)
    compulsory = np.isin(log["ls"][p.first], _COMPULSORY)
    tally.add("starting: compulsory", 100 * (started & compulsory).sum(), started.sum())
    # Of those who left alive, not adopted and under thirteen, five years before: who has come back since.
    birth = lives.children["birth"][p.person]
    left = (p.end >= first - _FIVE_YEARS) & (p.end <= last - _FIVE_YEARS) & ~np.isin(p.rec, _ADOPTED)
    left &= birthday(birth, 13) > p.end
    again = np.zeros(len(left), dtype=bool)
    again[:-1] = (p.child[1:] == p.child[:-1]) & (p.start[1:] - p.end[:-1] <= _FIVE_YEARS)
    tally.add("back in care within five years", 100 * (left & again).sum(), left.sum())


def _stability(lives: Lives, p: Periods, log, tally: Tally, last: int) -> None:
    period = np.repeat(np.arange(len(p.start)), p.last - p.first + 1)
    here = (p.start <= last) & ((p.end < 0) | (p.end > last))
    two_years = here & (p.start <= last - 730)
    new_place = np.isin(log["rne"], [codes.RNE.index(code) for code in "SPBTU"])
    overlaps = (log["decom"] <= last) & ((log["dec"] < 0) | (log["dec"] >= last - 730))
    # Placements of the last two years: the one at their start, and every change of place since.
    count = np.bincount(period[overlaps & new_place & (log["decom"] > last - 730)], minlength=len(here)) + 1
    tally.add(
        "three or more placements in two years", 100 * (two_years & (count >= 3)).sum(), two_years.sum()
    )
    since = np.zeros(len(here), dtype=np.int64)
    moved = new_place & (log["decom"] <= last)
    since[period[moved]] = log["decom"][moved]
    long = here & (p.start <= last - 913) & (birthday(lives.children["birth"][p.person], 16) > last)
    tally.add("same placement for two years", 100 * (long & (since <= last - 730)).sum(), long.sum())


def _after_a_year(lives: Lives, p: Periods, tally: Tally, year: int) -> None:
    oc2 = ssda903_outcomes.after_twelve_months(lives, p, year, year)
    age = year - oc2["DOB"].days.astype("datetime64[D]").astype("datetime64[M]").astype(int) // 12 - 1970
    age = age - (oc2["DOB"].days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12 > 2)
    asked = (age >= 5) & (age <= 16)
    score = oc2["SDQ_SCORE"]
    scored = asked & (score >= 0)
    tally.add("SDQ received", 100 * scored.sum(), asked.sum())
    tally.add("SDQ mean", score[scored].sum(), scored.sum())
    for name, low, high in (("normal", 0, 13), ("borderline", 14, 16), ("cause for concern", 17, 40)):
        tally.add(f"SDQ {name}", 100 * (scored & (score >= low) & (score <= high)).sum(), scored.sum())
    ten = oc2["CONVICTED"].index >= 0
    tally.add("convicted in the year", 100 * (oc2["CONVICTED"].index == 1).sum(), ten.sum())
    tally.add("substance misuse", 100 * (oc2["SUBSTANCE_MISUSE"].index == 1).sum(), len(age))
    if year >= ssda903_care.SOCIAL_WORKERS_SINCE:
        _workers(lives, p, tally, year)


def _workers(lives: Lives, p: Periods, tally: Tally, year: int) -> None:
    workers = ssda903_care.social_workers(lives, p, year)
    last = int(day(f"{year}-03-31"))
    here = p.child[(p.start <= last) & ((p.end < 0) | (p.end > last))]
    child, count = np.unique(workers["child"][workers["Year"] == year], return_counts=True)
    many = np.isin(here, child[count >= 3])
    tally.add("three or more social workers", 100 * many.sum(), len(here))
    adoptions = ssda903_care.adoption(lives, p, _log(lives), (year, year))["AD1"]
    row = p.of(adoptions["child"], adoptions["DATE_INT"].days)
    months = (adoptions["DATE_INT"].days - p.start[row]) / DAYS_PER_MONTH
    tally.add("months from entry to the decision for adoption", months.sum(), len(months))


def _log(lives: Lives) -> dict[str, np.ndarray]:
    order = np.lexsort((lives.care_episodes["decom"], lives.care_episodes["child"]))
    return {name: column[order] for name, column in lives.care_episodes.items()}


def _leavers(lives: Lives, p: Periods, tally: Tally, year: int) -> None:
    table, row, _ = ssda903_outcomes.care_leavers(lives, p, year, year)
    birth = lives.children["birth"][p.person[row]]
    last = int(day(f"{year}-03-31"))
    young = birthday(birth, 19) > last
    activity = np.array(table["ACTIV"].codes)[table["ACTIV"].index]
    home = np.array(table["ACCOM"].codes)[table["ACCOM"].index]
    neither, nothing = np.char.startswith(activity, "G"), activity == "0"
    for name, who in (("17-18", young), ("19-21", ~young)):
        n = who.sum()
        tally.add(f"care leavers {name}: in learning or work", 100 * (who & ~neither & ~nothing).sum(), n)
        tally.add(f"care leavers {name}: in neither", 100 * (who & neither).sum(), n)
        tally.add(
            f"care leavers {name}: higher education", 100 * (who & np.isin(activity, ["F1", "P1"])).sum(), n
        )
        tally.add(f"care leavers {name}: activity not known", 100 * (who & nothing).sum(), n)
        tally.add(f"care leavers {name}: suitable home", 100 * (who & np.char.endswith(home, "1")).sum(), n)
        tally.add(f"care leavers {name}: unsuitable home", 100 * (who & np.char.endswith(home, "2")).sum(), n)
