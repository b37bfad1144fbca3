"""The truths of F3, missing and changing records: what lines would have shown under a rule held still.

Nothing is planted for F3. Codes are counted for the same harm whatever the year calls it; registrations for
free school meals as they would have ended without transitional protection, for the very same families.
Depends on the world's log, on its luck for who would have ended, and on the school census.
"""

import numpy as np

from catalyst.records import npd_census
from catalyst.records.calendar import year_of
from catalyst.records.columns import rows_of
from catalyst.studio.truths_t10 import poisson_line
from catalyst.world.clock import first_day
from catalyst.world.codes import FACTOR, index
from catalyst.world.life import Lives
from catalyst.world.luck import Luck
from catalyst.world.parameters import read
from catalyst.world.send import FIRST_JANUARY

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
FIRST, LAST = 2018, 2025
GROUPS = range(2, 12)  # year groups: ages 6 to 15 at the start of the academic year
KINDS = {"exploitation": ("11A", "12A", "13A", "24A"), "abuse": ("18B", "18C")}
YEARS = np.arange(FIRST, LAST + 1)
SCALES = {
    "f3.meals_rule_held": (
        "percentage points",
        "change from January 2018 to January 2025 of the share of pupils aged 6 to 15 registered for free "
        "school meals, had registrations gone on ending as before transitional protection",
    ),
    "f3.growth_exploitation": (
        "log rate ratio",
        "a year, 2018 to 2025: assessments authorised in which exploitation was found, under any of 11A, "
        "12A, 13A and 24A",
    ),
    "f3.growth_abuse": (
        "log rate ratio",
        "a year, 2018 to 2025: assessments authorised in which physical abuse was found, by whomever",
    ),
}


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float | np.ndarray]:
    """Totals of a block: pupils and registrations of two Januaries, and assessments by year and finding."""
    pupils = npd_census.pupils(lives)
    of_age = np.isin(pupils.group, GROUPS)
    has = registered(pupils)
    out: dict[str, float | np.ndarray] = {}
    for year in (FIRST, LAST):
        now = of_age & (pupils.year == year)
        out |= {f"pupils {year}": float(now.sum()), f"registered {year}": float((now & has).sum())}
    rows = np.flatnonzero(of_age & has & (pupils.year == LAST))
    ended = would_have_ended(lives, lives.children["family"][pupils.person[rows]], FIRST + 1, LAST)
    out["kept"] = float((~ended).sum())
    log = lives.assessments
    year = np.where(log["authorised"] >= 0, year_of(np.maximum(log["authorised"], 0)), 0)
    out["assessments"] = _by_year(year)
    for kind, codes in KINDS.items():
        bits = np.uint64(sum(1 << index(FACTOR, code) for code in codes))
        out[kind] = _by_year(year[(log["factors"] & bits) > 0])
    return out


def values(totals: dict) -> dict[str, float]:
    """Every estimand from totals of one or many blocks."""
    share = totals[f"registered {FIRST}"] / max(totals[f"pupils {FIRST}"], 1)
    change = 100 * (totals["kept"] / max(totals[f"pupils {LAST}"], 1) - share)
    lines = {f"f3.growth_{kind}": poisson_line(totals[kind], totals["assessments"]) for kind in KINDS}
    return {"f3.meals_rule_held": change, **{name: lines[name] for name in SCALES if name in lines}}


def registered(pupils: npd_census.Pupils) -> np.ndarray:
    """Who is registered for free school meals in the January of the row; bool."""
    return ((pupils.meals >> (pupils.year - FIRST_JANUARY)) & 1).astype(bool)


def would_have_ended(lives: Lives, family: np.ndarray, first: int, last: int) -> np.ndarray:
    """Of families registered in the last January, who would not be, had registrations ended as before 2018.

    A registration would have ended in the first January without a low income in which luck says so, unless
    the family claimed again later: luck is the world's own.

    Parameters
    ----------
    family : ids, shape (n,)
    first, last : the Januaries without protection

    Returns
    -------
    bool array, shape (n,)
    """
    ids, back = np.unique(family, return_inverse=True)
    p, luck = read()["send"], Luck(lives.spec.seed)
    gone = np.zeros(len(ids), dtype=bool)
    for year in range(first, last + 1):
        month = (year - FIRST_JANUARY) * 12 + 9
        u, low = luck("send.free_meals", ids, month), _poor(lives, ids, int(first_day(month)))
        claim = np.interp(year, p.array("free_meals.at_years"), p.array("free_meals.claims_per_year"))
        helped = _in_need(lives, ids, int(first_day(month)))
        chance = np.where(helped, p["free_meals.claims_in_need"], np.where(low, claim, 0.0))
        gone = np.where(gone, u >= chance, ~low & (u < p["free_meals.ends_per_year"]))
    return gone[back]


def _poor(lives: Lives, ids: np.ndarray, day: int) -> np.ndarray:
    spells = lives.low_income
    now = (spells["start"] <= day) & ((spells["end"] < 0) | (spells["end"] >= day))
    return np.isin(ids, spells["family"][now])


def _in_need(lives: Lives, ids: np.ndarray, day: int) -> np.ndarray:
    """Families with a child whose case was open, beyond a referral, on the day before."""
    cases = lives.cases
    now = (cases["referral"] < day) & ((cases["closure"] < 0) | (cases["closure"] >= day)) & ~cases["nfa"]
    child = rows_of(lives.children["child"], cases["child"][now])
    return np.isin(ids, lives.children["family"][child])


def _by_year(year: np.ndarray) -> np.ndarray:
    return np.array([(year == y).sum() for y in YEARS], dtype=float)
