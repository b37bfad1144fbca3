"""The truths of T8, domestic abuse: how many families live with it, and how much of it each list knows.

Depends on the world's log, and on records for who is followed where.
"""

import numpy as np
import pandas as pd

from catalyst.records import domestic_abuse
from catalyst.records.calendar import first_day, last_day, year_of
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import rows_of
from catalyst.world.codes import FACTOR, index
from catalyst.world.life import Lives

TWINS: dict[str, dict] = {}
PLANTED = {"t8.log_hr_moves": "domestic_abuse->moves"}
_FAMILIES = (
    "families with a child under eighteen, in one authority from April to March whose police force gives an "
    "extract; a family counts once for each of the years 2014-15 to 2024-25"
)
SCALES: dict[str, tuple[str, str]] = {
    "t8.prevalence": ("proportion", f"with domestic abuse at some time of the year, of {_FAMILIES}"),
    "t8.sensitivity_police": (
        "proportion",
        f"with a police incident that year, of those with abuse, of {_FAMILIES}",
    ),
    "t8.sensitivity_health": (
        "proportion",
        f"flagged by health that year, of those with abuse, of {_FAMILIES}",
    ),
    "t8.sensitivity_assessment": (
        "proportion",
        f"with 3A, 3B or 3C in an assessment begun that year, of those with abuse, of {_FAMILIES}",
    ),
    "t8.any_code": ("proportion", "assessments that found need and recorded at least one of 3A, 3B and 3C"),
    "t8.log_hr_moves": (
        "log hazard ratio",
        "moving home inside the authority, family months with abuse against those without",
    ),
}
_YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)
_CODES = ("3A", "3B", "3C")


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Family years, those with abuse, and those with abuse that each list knows."""
    families = lives.families["family"]
    followed, true = _lived_with_abuse(lives)
    reports = lives.log["domestic_abuse_reports"]
    row = rows_of(families, reports["family"])
    first, last = domestic_abuse.followed(lives)
    seen = (reports["day"] >= first[row]) & (reports["day"] <= last[row])
    out = {"years": followed.sum(), "abuse": true.sum()}
    for number, name in enumerate(domestic_abuse.LISTS):
        at = seen & (reports["list"] == number)
        known = _years(row[at], reports["day"][at], reports["day"][at], len(families))
        out[name] = (known & true).sum()
    assessments = lives.assessments
    bits = sum(1 << index(FACTOR, code) for code in _CODES)
    coded = (assessments["factors"] & np.uint64(bits)) > 0
    children = lives.children
    home = rows_of(families, children["family"])[rows_of(children["child"], assessments["child"])]
    done = (assessments["authorised"] >= first_day(FIRST_YEAR)) & (
        assessments["authorised"] <= last_day(LAST_YEAR)
    )
    known = _years(
        home[coded & done],
        assessments["start"][coded & done],
        assessments["start"][coded & done],
        len(families),
    )
    out["assessment"] = (known & true).sum()
    need = done & (assessments["factors"] != np.uint64(1) << np.uint64(index(FACTOR, "21")))
    return out | {"found_need": need.sum(), "any_code": (need & coded).sum()}


def by_year(lives: Lives, seed: int) -> pd.DataFrame:
    """How many families lived with domestic abuse in each year, as no record tells.

    Returns
    -------
    pandas.DataFrame
        year (in which it ends), families (followed from April to March, as for the estimands), with_abuse:
        one row a year; the numbers of several blocks are to be added up.
    """
    followed, true = _lived_with_abuse(lives)
    return pd.DataFrame({"year": _YEARS, "families": followed.sum(axis=0), "with_abuse": true.sum(axis=0)})


def _lived_with_abuse(lives: Lives) -> tuple[np.ndarray, np.ndarray]:
    """Family years that are followed, and those of them with abuse; bool, shape (families, years)."""
    families, followed, abuse = lives.families["family"], followed_years(lives), lives.log["domestic_abuse"]
    row = rows_of(families, abuse["family"])
    return followed, _years(row, abuse["start"], abuse["end"], len(families)) & followed


def followed_years(lives: Lives) -> np.ndarray:
    """Family years that the estimands are about; bool, shape (families, years)."""
    first, last = domestic_abuse.followed(lives)
    row = np.arange(len(first))
    sharing = domestic_abuse.sharing(lives)
    out = np.zeros((len(first), len(_YEARS)), dtype=bool)
    for column, year in enumerate(_YEARS):
        begin, end = int(first_day(year)), int(last_day(year))
        # From some day of April to some day of March, in the same place.
        there = domestic_abuse.authority_on(lives, row, np.full(len(first), begin + 29))
        stays = there == domestic_abuse.authority_on(lives, row, np.full(len(first), end))
        out[:, column] = (first <= begin + 29) & (last >= end - 30) & stays & sharing[there]
    return out


def _years(row: np.ndarray, start: np.ndarray, end: np.ndarray, families: int) -> np.ndarray:
    out = np.zeros((families, len(_YEARS)), dtype=bool)
    begin, last = year_of(start), np.where(end < 0, LAST_YEAR, year_of(end))
    for column, year in enumerate(_YEARS):
        out[row[(begin <= year) & (last >= year)], column] = True
    return out


def values(totals: dict[str, float]) -> dict[str, float]:
    """Each estimand that is not planted, from totals of many blocks and worlds."""
    out = {
        f"t8.sensitivity_{name}": totals[name] / totals["abuse"]
        for name in ("police", "health", "assessment")
    }
    prevalence = totals["abuse"] / totals["years"]
    return out | {"t8.prevalence": prevalence, "t8.any_code": totals["any_code"] / totals["found_need"]}
