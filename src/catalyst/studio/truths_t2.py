"""The truths of T2, hardship associations: counted in what happened, and between twins of household income.

Depends on the world's log, the household records (for who is counted in which year) and hardship_cells.
"""

import numpy as np

from catalyst.records import household
from catalyst.records.calendar import first_day, last_day
from catalyst.records.columns import rows_of
from catalyst.studio import hardship_cells as cells
from catalyst.studio.group_rates import GROUPS
from catalyst.world import codes
from catalyst.world.clock import END, day
from catalyst.world.families import birthday

IMPROVED, LATER = int(day("2018-04-01")), int(day("2020-03-31"))
WINDOW = int(day("2014-04-01"))
_PER_FAMILY = 8  # a child's number is her family's times this, plus her place in it

TWINS = {
    "improves": {"settings": {"income_improves": True}},
    "persists": {"settings": {"income_improves": False}},
}
PLANTED = {"t2.log_hr_involvement": "involvement->hardship"}
SCALES = {
    "t2.risk_difference_improvement": (
        "risk difference",
        "families on a low income on 31 March 2018 with a child under 16 and no open case: risk of a "
        "referral of any of their children in the 24 months from 1 April 2018, if all leave low income for "
        "those months against none",
    ),
    "t2.risk_low_income_persists": (
        "proportion", "the same families and 24 months: risk of a referral if low income goes on for all",
    ),
    "t2.log_or_low_income": (
        "log odds ratio",
        "children under 16 in a tax year: referral in the next year, low income in the tax year against not; "
        "marginal over families, conditional on deprivation decile and broad ethnic group",
    ),
    "t2.log_or_decile": (
        "log odds ratio",
        "the same model: one deprivation decile towards more deprived, conditional on low income and group",
    ),
    "t2.log_rr_care_decile": (
        "log rate ratio",
        "children with an open case, unaccompanied children apart: entering care, one decile towards more "
        "deprived, conditional on age",
    ),
    "t2.log_rr_looked_after_decile": (
        "log rate ratio",
        "share of children under 16 looked after on 31 March 2015 to 2025, one decile towards more deprived",
    ),
}  # fmt: skip


def count(lives, twins) -> dict[str, np.ndarray | float]:
    """Totals of one block: the improvement in its twins, and cells of the yearly and care models."""
    eligible = _eligible(lives)
    out = {"eligible": float(len(eligible))}
    for name, twin in twins.items():
        referral = twin.cases["referral"]
        soon = (referral >= IMPROVED) & (referral <= LATER)
        out[name] = float(np.isin(eligible, twin.cases["child"][soon] // _PER_FAMILY).sum())
    table = household.returns(lives)["child_low_income"]
    group = GROUPS[table["Ethnicity"].index]
    year = table["Year"].astype(np.int64)
    early = year < household.LAST_YEAR
    referred = _in_year(lives.cases["child"], lives.cases["referral"], table["child"], year + 1)
    out["yearly"] = cells.yearly(
        table["RelativeLowIncome"][early], table["IDACIDecile"][early], group[early], referred[early]
    )
    out["care"] = _care(lives)
    cared = _looked_after(lives, table["child"], year)
    decile = table["IDACIDecile"].astype(np.int64) - 1
    out["looked_after"] = np.stack([np.bincount(decile, minlength=10), np.bincount(decile, cared, 10)])
    return out


def values(totals: dict) -> dict[str, float]:
    """Estimands from totals."""
    n = totals["eligible"]
    yearly = cells.logit(totals["yearly"], cells.yearly_design())
    return {
        "t2.risk_difference_improvement": (totals["improves"] - totals["persists"]) / n,
        "t2.risk_low_income_persists": totals["persists"] / n,
        "t2.log_or_low_income": float(yearly[1]),
        "t2.log_or_decile": float(yearly[2]),
        "t2.log_rr_care_decile": float(cells.poisson(totals["care"], cells.care_design())[0]),
        "t2.log_rr_looked_after_decile": float(
            cells.poisson(totals["looked_after"], cells.care_design(1))[0]
        ),
    }


def _eligible(lives) -> np.ndarray:
    """Families on a low income on 31 March 2018, with a child under 16 and no open case on 1 April."""
    spells, cases, children = lives.log["low_income"], lives.cases, lives.children
    last = IMPROVED - 1
    low = spells["family"][(spells["start"] <= last) & ((spells["end"] < 0) | (spells["end"] >= last))]
    birth = children["birth"]
    alive = (children["death"] < 0) | (children["death"] > IMPROVED)
    here = (children["adopted"] < 0) | (children["adopted"] > IMPROVED)
    young = (birth < IMPROVED) & (birthday(birth, 16) > IMPROVED) & (children["arrival"] < 0) & alive & here
    still = (cases["closure"] < 0) | (cases["closure"] >= IMPROVED)
    opened = cases["child"][(cases["referral"] < IMPROVED) & still & ~cases["nfa"]] // _PER_FAMILY
    return np.setdiff1d(np.intersect1d(low, children["family"][young]), opened)


def _in_year(child: np.ndarray, when: np.ndarray, who: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Whether each of ``who`` had an event in her ``year`` (ending 31 March); bool."""
    every = np.arange(household.FIRST_YEAR, household.LAST_YEAR + 1)
    place = np.searchsorted(last_day(every), when)
    inside = (when >= int(first_day(every[0]))) & (place < len(every))
    key = child[inside] * 4096 + every[place[inside]]
    return np.isin(who * 4096 + year, key)


def _care(lives) -> np.ndarray:
    """Time and entries to care in open cases, from 1 April 2014, until care, closure or 31 March 2025."""
    cases = lives.cases
    person = rows_of(lives.children["child"], cases["child"])
    birth, resident = lives.children["birth"][person], lives.children["arrival"][person] < 0
    stop = np.where(cases["closure"] < 0, END + 1, cases["closure"])
    start = np.maximum(cases["referral"], WINDOW)
    entry = lives.care_episodes["rne"] == codes.RNE.index("S")
    child, decom = lives.care_episodes["child"][entry], lives.care_episodes["decom"][entry]
    care = first_between(child, decom, cases["child"], start, stop)
    entered = care >= 0
    days = np.where(entered, care, stop) - start
    keep = resident & ~cases["nfa"] & (days > 0)
    family = rows_of(lives.families["family"], lives.children["family"][person])
    age = np.maximum(start - birth, 0) / 365.25
    band = np.searchsorted(cells.BANDS, age, side="right") - 1
    return cells.care(lives.families["decile"][family][keep], band[keep], days[keep], entered[keep])


def first_between(who, when, wanted, start, stop) -> np.ndarray:
    """The first event of each ``wanted`` after ``start`` and not after ``stop``; −1 where there is none."""
    order = np.lexsort((when, who))
    key = who[order].astype(np.int64) * 100_000 + when[order]
    at = np.searchsorted(key, wanted.astype(np.int64) * 100_000 + start, side="right")
    found = np.minimum(at, max(len(key) - 1, 0))
    if not len(key):
        return np.full(len(wanted), -1)
    same = (at < len(key)) & (key[found] // 100_000 == wanted) & (key[found] % 100_000 <= stop)
    return np.where(same, key[found] % 100_000, -1)


def _looked_after(lives, child: np.ndarray, year: np.ndarray) -> np.ndarray:
    care = lives.care_episodes
    out = np.zeros(len(child), dtype=bool)
    for y in range(household.FIRST_YEAR, household.LAST_YEAR + 1):
        end = int(last_day(y))
        now = (care["decom"] <= end) & ((care["dec"] < 0) | (care["dec"] > end))
        here = year == y
        out[here] = np.isin(child[here], care["child"][now])
    return out
