"""The truths of F3b, missing values: what stands behind links and scores that are not there.

Nothing is planted for F3b. Scores of strengths and difficulties are those of every child asked about,
received or not; attendances and notes around the birth are those of every child assessed, whether a pupil
reference links them or not. Depends on the world's log and, for who is asked about, on the returns of
SSDA903.
"""

import numpy as np
import pandas as pd

from catalyst.records import case_files, ssda903_outcomes
from catalyst.records.calendar import year_of
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import rows_of
from catalyst.records.ssda903_periods import periods
from catalyst.release.keys import september_of
from catalyst.world.codes import FACTOR, index
from catalyst.world.life import Lives

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
AGES = range(2, 9)  # completed years on the 31 August before the end of the return
FROM_DAY = int(np.datetime64("2015-04-01").astype("datetime64[D]").astype(np.int64))
YEAR = 365  # days
HIGH = 17  # a score from which there is cause for concern
ABUSE = ("3A", "3B", "3C")

_COHORT = (
    "children by the number that they had in an authority, at the first assessment of theirs that began from "
    "1 April 2015 on and was authorised in a return before whose end's 31 August they were aged 2 to 8"
)
_ASKED = (
    "children looked after for twelve months and aged 4 to 16, on each 31 March of 2015 to 2025, whether the "
    "score was received or not"
)
SCALES = {
    "f3b.attendances": (
        "attendances per child",
        f"mean number of emergency attendances in the 365 days before the assessment: {_COHORT}",
    ),
    "f3b.abuse_noted": (
        "proportion",
        "domestic abuse noted around the birth, of those of this cohort whose assessment found domestic "
        f"abuse (3A, 3B or 3C): {_COHORT}; children born here",
    ),
    "f3b.sdq_mean": ("points", f"mean score of strengths and difficulties: {_ASKED}"),
    "f3b.sdq_high": ("proportion", f"scores of 17 and over: {_ASKED}"),
    "f3b.sdq_received": ("proportion", f"scores received: {_ASKED}"),
    "f3b.sdq_delta": ("points", f"mean score of those not received less that of those received: {_ASKED}"),
}


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Totals of a block: children, attendances, notes, and scores with their sums."""
    return _assessed(lives) | _scores(lives)


def values(totals: dict[str, float]) -> dict[str, float]:
    """Every estimand from totals of one or many blocks."""
    missed, received = totals["asked"] - totals["received"], totals["received"]
    return {
        "f3b.attendances": totals["attendances"] / max(totals["assessed"], 1),
        "f3b.abuse_noted": totals["noted"] / max(totals["found"], 1),
        "f3b.sdq_mean": totals["points"] / max(totals["asked"], 1),
        "f3b.sdq_high": totals["high"] / max(totals["asked"], 1),
        "f3b.sdq_received": received / max(totals["asked"], 1),
        "f3b.sdq_delta": (totals["points"] - totals["points received"]) / max(missed, 1)
        - totals["points received"] / max(received, 1),
    }


def cohort(lives: Lives) -> pd.DataFrame:
    """Each child's first assessment at the ages asked about.

    Columns child, stint, start, factors (bit mask), year (of the return) and age.
    """
    log, cases, children = lives.assessments, lives.cases, lives.children
    seen = pd.DataFrame({name: log[name] for name in ("child", "case", "start", "authorised", "factors")})
    case = pd.DataFrame({name: cases[name] for name in ("child", "case", "authority", "referral")})
    seen = seen.merge(case, on=["child", "case"], validate="m:1")
    person = rows_of(children["child"], seen["child"].to_numpy())
    seen["stint"] = case_files.pack(
        seen["child"].to_numpy(), seen["authority"].to_numpy(), seen["referral"].to_numpy(),
        children["adopted"][person],
    )  # fmt: skip
    year = np.where(seen["authorised"] >= 0, year_of(np.maximum(seen["authorised"].to_numpy(), 0)), 0)
    age = year - september_of(children["birth"][person], 0)
    chosen = (year >= FIRST_YEAR) & (year <= LAST_YEAR) & (seen["start"] >= FROM_DAY)
    chosen &= (age >= AGES[0]) & (age <= AGES[-1])
    seen = seen.assign(year=year, age=age)[chosen].sort_values(["year", "start"], kind="stable")
    return seen.drop_duplicates("stint")[["child", "stint", "start", "factors", "year", "age"]]


def behind(lives: Lives) -> pd.DataFrame:
    """The cohort with visits, found and noted (missing if born elsewhere) of everybody, linked or not."""
    first = cohort(lives)
    bits = np.uint64(sum(1 << index(FACTOR, code) for code in ABUSE))
    found = (first["factors"].to_numpy().astype(np.uint64) & bits) > 0
    born = lives.newborns
    noted = pd.Series(born["abuse"].astype(float), index=born["child"])
    went = pd.DataFrame({name: lives.attendances[name] for name in ("child", "day")})
    went = first.reset_index()[["index", "child", "start"]].merge(went, on="child")
    gap = went["start"].astype(np.int64) - went["day"].astype(np.int64)
    visits = went.loc[(gap >= 1) & (gap <= YEAR), "index"].value_counts()
    return first.assign(
        visits=visits.reindex(first.index, fill_value=0),
        found=found,
        noted=noted.reindex(first["child"]).to_numpy(),
    )


def _assessed(lives: Lives) -> dict[str, float]:
    everybody = behind(lives)
    found = everybody.loc[everybody["found"], "noted"].dropna()
    return {
        "assessed": float(len(everybody)),
        "attendances": float(everybody["visits"].sum()),
        "found": float(len(found)),
        "noted": float(found.sum()),
    }


def asked(lives: Lives) -> pd.DataFrame:
    """Children looked after and asked about, a row a year: child, score, received."""
    log = lives.care_episodes
    order = np.lexsort((log["decom"], log["child"]))
    p = periods(lives, {name: column[order] for name, column in log.items()})
    table = ssda903_outcomes.after_twelve_months(lives, p, FIRST_YEAR, LAST_YEAR)
    rows = pd.DataFrame({name: table[name] for name in ("child", "score", "SDQ_SCORE")})
    rows = rows[rows["score"] >= 0]
    return rows.assign(received=rows.pop("SDQ_SCORE") >= 0)


def _scores(lives: Lives) -> dict[str, float]:
    rows = asked(lives)
    received = rows["received"]
    return {
        "asked": float(len(rows)),
        "received": float(received.sum()),
        "points": float(rows["score"].sum()),
        "points received": float(rows.loc[received, "score"].sum()),
        "high": float((rows["score"] >= HIGH).sum()),
    }
