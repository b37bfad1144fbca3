"""The truths of T10, harm outside the family: how often it begins, what is recognised, what comes with it.

Depends on the world's log.
"""

import numpy as np
import pandas as pd

from catalyst.records import exploitation
from catalyst.records.calendar import first_day, last_day
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import rows_of
from catalyst.release import keys
from catalyst.world.clock import month_of
from catalyst.world.codes import FACTOR, index
from catalyst.world.families import birthday
from catalyst.world.life import Lives
from catalyst.world.luck import Luck

TWINS: dict[str, dict] = {}
PLANTED = {"t10.log_rr_missing": "exploitation->missing"}
SCALES: dict[str, tuple[str, str]] = {
    "t10.trend": (
        "log rate ratio",
        "a year: spells of exploitation begun in each year 2014-15 to 2024-25, of children aged 10 to 17 "
        "who did not come here alone, by a Poisson line through the eleven rates",
    ),
    "t10.log_rr_missing": (
        "log rate ratio",
        "going missing, months with exploitation against months without, children at home, given age",
    ),
    "t10.recognised": (
        "proportion",
        "spells begun from April 2014 to March 2024 and before the month of the fifteenth birthday, of "
        "children who did not come here alone, in whose first six months an assessment recorded 11A, 12A, "
        "13A or 24A",
    ),
    "t10.missing_within_6_months": (
        "proportion",
        "spells begun from April 2014 to March 2024, of children who did not come here alone, in whose first "
        "six months the child went missing from home",
    ),
}
CODES = ("11A", "12A", "13A", "24A")
_YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Spells by year, child years, and what was recorded or happened in the spells."""
    spells, children = lives.log["exploitation"], lives.children
    alone = children["arrival"][rows_of(children["child"], spells["child"])] >= 0
    spells = {name: column[~alone] for name, column in spells.items()}
    out: dict[str, float] = {}
    age_10, age_18 = (birthday(children["birth"], age) for age in (10, 18))
    age_10 = np.where(children["arrival"] >= 0, age_18, age_10)
    age_18 = np.where(children["death"] >= 0, np.minimum(age_18, children["death"]), age_18)
    for year in _YEARS:
        begin, end = int(first_day(year)), int(last_day(year))
        out[f"begun {year}"] = float(((spells["start"] >= begin) & (spells["start"] <= end)).sum())
        days = np.minimum(age_18, end + 1) - np.maximum(age_10, begin)
        out[f"child years {year}"] = float(np.maximum(days, 0).sum() / 365.25)
    chosen = (spells["start"] >= first_day(FIRST_YEAR)) & (spells["start"] <= last_day(LAST_YEAR - 1))
    row = rows_of(children["child"], spells["child"][chosen])
    start = spells["start"][chosen]
    until = six_months(start)
    young = month_of(start) < month_of(children["birth"][row]) + 180
    assessments = lives.assessments
    bits = np.uint64(sum(1 << index(FACTOR, code) for code in CODES))
    coded = (assessments["factors"] & bits) > 0
    who = rows_of(children["child"], assessments["child"][coded])
    recognised = _any_within(row, start, until, who, assessments["start"][coded])
    missing = lives.log["missing_home"]
    went = _any_within(row, start, until, rows_of(children["child"], missing["child"]), missing["day"])
    return out | {
        "spells": float(chosen.sum()),
        "young spells": float(young.sum()),
        "recognised": float((recognised & young).sum()),
        "missing": float(went.sum()),
    }


def pathways(lives: Lives, seed: int) -> pd.DataFrame:
    """The planted type of every spell of exploitation, under the reference that it has in the panel's list.

    Returns
    -------
    pandas.DataFrame
        CaseRefAnonymous, pathway (rises, eases or holds): one row a spell, on a panel's list or not.
    """
    spells = lives.log["exploitation"]
    reference = keys.numbers(Luck(seed), "case reference", exploitation.spell_key(spells))
    kind = pd.Categorical.from_codes(exploitation.pathways(seed, spells), exploitation.PATHWAYS)
    return pd.DataFrame({"CaseRefAnonymous": keys.texts(reference), "pathway": kind})


def six_months(start: np.ndarray) -> np.ndarray:
    """The last day of the sixth month of spells that start on the first of a month."""
    months = start.astype("datetime64[D]").astype("datetime64[M]") + 6
    return months.astype("datetime64[D]").astype(np.int64) - 1


def _any_within(row, start, end, who, day) -> np.ndarray:
    """Whether each spell holds at least one of somebody's days; bool, shape (spells,)."""
    far = 100_000
    key = np.sort(who.astype(np.int64) * far + day)
    first = np.searchsorted(key, row.astype(np.int64) * far + start)
    return np.searchsorted(key, row.astype(np.int64) * far + end, side="right") > first


def values(totals: dict[str, float]) -> dict[str, float]:
    """Each estimand that is not planted, from totals of many blocks and worlds."""
    begun = np.array([totals[f"begun {year}"] for year in _YEARS])
    years = np.array([totals[f"child years {year}"] for year in _YEARS])
    return {
        "t10.trend": poisson_line(begun, years),
        "t10.recognised": totals["recognised"] / totals["young spells"],
        "t10.missing_within_6_months": totals["missing"] / totals["spells"],
    }


def poisson_line(events: np.ndarray, exposure: np.ndarray) -> float:
    """Slope of the log rate over equally spaced years, by maximum likelihood."""
    x = np.stack([np.ones(len(events)), np.arange(len(events)) - (len(events) - 1) / 2], axis=1)
    beta = np.array([np.log(events.sum() / exposure.sum()), 0.0])
    for _ in range(20):
        fitted = exposure * np.exp(x @ beta)
        beta += np.linalg.solve(x.T @ (fitted[:, None] * x), x.T @ (events - fitted))
    return float(beta[1])
