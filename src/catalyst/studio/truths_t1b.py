"""The truths of T1b, journeys before care: does a child in need plan protect, who enters care unknown?

Counted in what truly happened, and in a twin in which a plan is made for the same children and does nothing.
Depends on the world's log.
"""

import numpy as np
import pandas as pd

from catalyst.world.clock import day
from catalyst.world.codes import CLOSURE, index
from catalyst.world.families import birthday
from catalyst.world.life import Lives

TWINS = {"plan does nothing": {"cuts": ("cin_plan->care",)}}
PLANTED = {"t1b.log_hr_plan": "cin_plan->care"}
FIRST, LAST = int(day("2015-04-01")), int(day("2023-02-28"))  # days of authorisation that are followed up
LANDMARK, HORIZON = 30, 730  # days
KNOWN_BEFORE = 730
_ENTRIES = int(day("2016-04-01")), int(day("2025-03-31"))
_NOT_IN_NEED = (index(CLOSURE, "RC8"), index(CLOSURE, "RC9"))
_DISABILITY = 2
_FAR = 2**30

SCALES = {
    "t1b.risk_difference_plan": (
        "risk difference",
        "entry to care within 730 days of the landmark, while the case is open and before any protection "
        "plan, among children who had a child in need plan by the landmark: with the plan, less with one "
        "that does nothing. Found in need at an assessment authorised from April 2015 to February 2023, but "
        "not for disability; landmark 30 days later, case open, not looked after, no conference called",
    ),
    "t1b.unknown_before_care": (
        "proportion",
        "of starts of being looked after from April 2016 to March 2025, unaccompanied children apart: no "
        "case of the child, but for referrals without further action, was open in the same authority in the "
        "730 days before",
    ),
}  # fmt: skip


def cohort(lives: Lives) -> pd.DataFrame:
    """Children who are eligible at the landmark, one row a case.

    Returns
    -------
    pandas.DataFrame
        child, case, landmark (day), plan (whether a child in need plan had begun), event (entry to
        care within the horizon, before the case closes or a protection plan begins).
    """
    cases = _frame(lives.cases, "child", "case", "closure", "reason", "need", "nfa")
    seen = _frame(lives.assessments, "child", "case", "authorised")
    seen = seen[(seen["authorised"] >= FIRST) & (seen["authorised"] <= LAST)]
    rows = seen.drop_duplicates(["child", "case"]).merge(cases, on=["child", "case"], validate="1:1")
    rows = rows[~rows["reason"].isin(_NOT_IN_NEED) & (rows["need"] != _DISABILITY)].copy()
    rows["landmark"] = rows["authorised"] + LANDMARK
    rows["closure"] = rows["closure"].where(rows["closure"] >= 0, _FAR)

    enquiries = _frame(lives.section47, "child", "case", "start", "conference")
    enquiries = enquiries[enquiries["conference"] >= 0]
    rows = rows.merge(_earliest(enquiries, "start", "enquiry"), how="left", on=["child", "case"])
    support = _frame(lives.cin_plans, "child", "case", "start")
    rows = rows.merge(_earliest(support, "start", "support"), how="left", on=["child", "case"])
    protection = _frame(lives.cp_plans, "child", "case", "start")
    rows = rows.merge(_earliest(protection, "start", "protection"), how="left", on=["child", "case"])
    rows[["enquiry", "support", "protection"]] = rows[["enquiry", "support", "protection"]].fillna(_FAR)

    care = _frame(lives.care_episodes, "child", "decom", "dec", "rne")
    starts = care.loc[care["rne"] == 0, ["child", "decom"]].sort_values("decom")
    rows = pd.merge_asof(
        rows.sort_values("authorised"),
        starts,
        left_on="authorised",
        right_on="decom",
        by="child",
        direction="forward",
    )
    open_care = care.merge(rows[["child", "case", "authorised"]], on="child")
    already = open_care[
        (open_care["decom"] <= open_care["authorised"])
        & ((open_care["dec"] < 0) | (open_care["dec"] > open_care["authorised"]))
    ]
    rows["care"] = rows["decom"].fillna(_FAR)
    birth = pd.Series(lives.children["birth"], lives.children["child"])
    rows["adult"] = birthday(birth[rows["child"]].to_numpy(), 18)
    keep = (
        (rows["closure"] > rows["landmark"])
        & (rows["enquiry"] > rows["landmark"])
        & (rows["protection"] > rows["landmark"])
        & (rows["care"] > rows["landmark"])
        & (rows["adult"] > rows["landmark"])
        & ~pd.MultiIndex.from_frame(rows[["child", "case"]]).isin(
            pd.MultiIndex.from_frame(already[["child", "case"]])
        )
    )
    rows = rows[keep].copy()
    rows["plan"] = rows["support"] <= rows["landmark"]
    last = rows[["closure", "protection", "adult"]].min(axis=1)
    rows["event"] = (rows["care"] <= last) & (rows["care"] - rows["landmark"] <= HORIZON)
    return rows[["child", "case", "landmark", "plan", "event"]]


def _frame(table: dict[str, np.ndarray], *columns: str) -> pd.DataFrame:
    return pd.DataFrame({column: table[column].astype(np.int64) for column in columns})


def _earliest(frame: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    return frame.groupby(["child", "case"], as_index=False)[column].min().rename(columns={column: name})


def entries(lives: Lives) -> pd.DataFrame:
    """Starts of being looked after in the window, and whether social care knew the child before.

    Returns
    -------
    pandas.DataFrame
        child, decom, known.
    """
    care = _frame(lives.care_episodes, "child", "decom", "rne", "authority")
    first, last = _ENTRIES
    care = care[(care["rne"] == 0) & (care["decom"] >= first) & (care["decom"] <= last)]
    arrived = lives.children["child"][lives.children["arrival"] >= 0]
    care = care[~care["child"].isin(arrived)].reset_index(drop=True)
    cases = _frame(lives.cases, "child", "authority", "referral", "closure", "nfa")
    cases = cases[cases["nfa"] == 0]
    both = care.reset_index(names="entry").merge(cases, on=["child", "authority"])
    before = (both["referral"] < both["decom"]) & (
        (both["closure"] < 0) | (both["closure"] >= both["decom"] - KNOWN_BEFORE)
    )
    care["known"] = care.index.isin(both.loc[before, "entry"])
    return care[["child", "decom", "known"]]


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Totals of one block: children with a plan and their entries to care, with its effect and without."""
    out: dict[str, float] = {}
    for name, world in (("plan", lives), ("nothing", twins["plan does nothing"])):
        planned = cohort(world).query("plan")
        out |= {f"{name}: children": float(len(planned)), f"{name}: entries": float(planned["event"].sum())}
    starts = entries(lives)
    return out | {"starts": float(len(starts)), "unknown": float((~starts["known"]).sum())}


def values(totals: dict[str, float]) -> dict[str, float]:
    """Every estimand that is not planted, from totals."""

    def share(top: str, bottom: str) -> float:
        return totals[top] / totals[bottom] if totals[bottom] else float("nan")

    return {
        "t1b.risk_difference_plan": share("plan: entries", "plan: children")
        - share("nothing: entries", "nothing: children"),
        "t1b.unknown_before_care": share("unknown", "starts"),
    }
