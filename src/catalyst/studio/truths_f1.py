"""The truths of F1, from records to cohorts: how many children, episodes and plans there truly were.

Nothing is planted for F1 and nothing estimated: these are counts of what happened, which a researcher who
stitches the returns rightly finds to the last child. Depends on the world's log.
"""

import numpy as np
import pandas as pd

from catalyst.records import case_files
from catalyst.records.calendar import first_day, last_day
from catalyst.world.families import birthday
from catalyst.world.life import Lives

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
YEAR = 365  # days
_FAR = 2**30
_NUMBER = "a child counted once for each number that she had in an authority's case system"
_NEED = "children in need (referrals without further action apart)"

SCALES = {
    "f1.in_need_2023_2025": (
        "children", f"{_NEED} at some time from 1 April 2022 to 31 March 2025, {_NUMBER}",
    ),
    "f1.people_in_need_2023_2025": (
        "children", f"{_NEED} at some time from 1 April 2022 to 31 March 2025, each child once",
    ),
    "f1.in_need_during_2025": (
        "children", f"{_NEED} at some time in the year ending 31 March 2025, {_NUMBER}",
    ),
    "f1.in_need_at_end_of_2025": ("children", f"{_NEED} at the end of 31 March 2025"),
    "f1.in_need_at_end_of_2019": ("children", f"{_NEED} at the end of 31 March 2019"),
    "f1.looked_after_at_end_of_2025": ("children", "children looked after at the end of 31 March 2025"),
    "f1.plan_only_at_end_of_2025": (
        "children", "children on a protection plan and not looked after at the end of 31 March 2025",
    ),
    "f1.need_only_at_end_of_2025": (
        "children",
        "children in need, neither on a protection plan nor looked after, at the end of 31 March 2025",
    ),
    "f1.aged_16_17_at_end_of_2025": ("children", f"{_NEED} aged 16 or 17 on 31 March 2025"),
    "f1.looked_after_during_2025": (
        "children", "children looked after at some time in the year ending 31 March 2025",
    ),
    "f1.care_begun_in_2025": (
        "periods of care", "periods of care that began in the year ending 31 March 2025",
    ),
    "f1.plans_begun_in_2025": ("plans", "child protection plans that began in the year ending 31 March 2025"),
    "f1.support_ended_2019": (
        "proportion",
        "of child in need plans that began in the year ending 31 March 2019, ended within 365 days",
    ),
    "f1.plan_and_care_in_2019": (
        "children",
        "children who in the year ending 31 March 2019 were on a protection plan at some time, and looked "
        f"after at some time, {_NUMBER}",
    ),
    "f1.plan_and_care_in_2025": ("children", "the same, in the year ending 31 March 2025"),
    "f1.cohort_2024": (
        "children",
        "children whose first episode of need of the year ending 31 March 2024 began with none open in the "
        "365 days before, in the same authority",
    ),
    "f1.cohort_2024_plan": (
        "children", "of them, on a protection plan that began within 365 days of the referral",
    ),
    "f1.cohort_2024_care": ("children", "of them, looked after from a day within 365 days of the referral"),
}  # fmt: skip


def count(lives: Lives, twins: dict[str, Lives]) -> dict:
    """Totals of a block: counts by the name of the manifest, and the parts of its proportions."""
    need, plans, care = _need(lives), _plans(lives), _care(lives)
    three_years = need[_during(need, 2023, 2025)]
    out = {
        "in_need_2023_2025": three_years["stint"].nunique(),
        "people_in_need_2023_2025": three_years["child"].nunique(),
        "in_need_during_2025": need.loc[_during(need, 2025), "stint"].nunique(),
        "in_need_at_end_of_2019": need.loc[_open(need, 2019), "stint"].nunique(),
        "looked_after_during_2025": care.loc[_during(care, 2025), "stint"].nunique(),
        "care_begun_in_2025": int((care["first"] & _began(care, 2025)).sum()),
        "plans_begun_in_2025": int(_began(plans, 2025).sum()),
    }
    in_need = set(need.loc[_open(need, 2025), "stint"])
    looked_after = set(care.loc[_open(care, 2025), "stint"])
    on_plan = set(plans.loc[_open(plans, 2025), "stint"]) - looked_after
    march = int(last_day(2025))
    there = need[_open(need, 2025)].drop_duplicates("stint")
    adolescent = (birthday(there["birth"].to_numpy(), 16) <= march) & (
        birthday(there["birth"].to_numpy(), 18) > march
    )
    out |= {
        "in_need_at_end_of_2025": len(in_need),
        "looked_after_at_end_of_2025": len(looked_after),
        "plan_only_at_end_of_2025": len(on_plan),
        "need_only_at_end_of_2025": len(in_need - looked_after - on_plan),
        "aged_16_17_at_end_of_2025": int(adolescent.sum()),
    }
    for year in (2019, 2025):
        in_both = set(plans.loc[_during(plans, year), "stint"]) & set(care.loc[_during(care, year), "stint"])
        out[f"plan_and_care_in_{year}"] = len(in_both)
    support = pd.DataFrame({"start": lives.cin_plans["start"], "end": _end(lives.cin_plans["end"])})
    support = support[_began(support, 2019)]
    out |= {"support": len(support), "ended": int((support["end"] - support["start"] <= YEAR).sum())}
    return out | _cohort(need, plans, care)


def values(totals: dict) -> dict[str, float]:
    """The counts of F1, from totals of one or many blocks."""
    shares = {"f1.support_ended_2019": totals["ended"] / max(totals["support"], 1)}
    return {name: shares.get(name, float(totals.get(name.removeprefix("f1."), np.nan))) for name in SCALES}


def _cohort(need: pd.DataFrame, plans: pd.DataFrame, care: pd.DataFrame) -> dict[str, int]:
    """Who became a child in need in the year ending 31 March 2024, and what followed within 365 days."""
    new = need[_began(need, 2024)].sort_values("start").drop_duplicates("stint")
    new = new[["stint", "start"]].rename(columns={"start": "zero"})
    before = need.merge(new, on="stint")
    before = before[(before["start"] < before["zero"]) & (before["end"] >= before["zero"] - YEAR)]
    new = new[~new["stint"].isin(before["stint"])]
    out = {"cohort_2024": len(new)}
    for name, events in {"plan": plans, "care": care[care["first"]]}.items():
        after = events.merge(new, on="stint")
        soon = after["start"].between(after["zero"], after["zero"] + YEAR)
        out[f"cohort_2024_{name}"] = after.loc[soon, "stint"].nunique()
    return out


def _need(lives: Lives) -> pd.DataFrame:
    """Episodes of need, one row each: child, case, stint, birth, start and end (days; far off if open)."""
    cases = pd.DataFrame({name: lives.cases[name] for name in ("child", "case", "authority", "nfa")})
    cases["start"] = lives.cases["referral"].astype(np.int64)
    cases["end"] = _end(lives.cases["closure"])
    cases = _named(lives, cases[~cases["nfa"].astype(bool)])
    return cases[["child", "case", "stint", "birth", "start", "end"]]


def _plans(lives: Lives) -> pd.DataFrame:
    """Child protection plans, one row each, under the number of the episode that they belong to."""
    plans = pd.DataFrame({name: lives.cp_plans[name] for name in ("child", "case")})
    plans["start"], plans["end"] = lives.cp_plans["start"].astype(np.int64), _end(lives.cp_plans["end"])
    return plans.merge(_need(lives)[["child", "case", "stint"]], on=["child", "case"], validate="m:1")


def _care(lives: Lives) -> pd.DataFrame:
    """Episodes of care, one row each, under the number with which their period began."""
    log = lives.care_episodes
    care = pd.DataFrame({name: log[name] for name in ("child", "period", "authority")})
    care["start"], care["end"] = log["decom"].astype(np.int64), _end(log["dec"])
    care = care.sort_values(["child", "start"], kind="stable", ignore_index=True)
    care["first"] = ~care.duplicated(["child", "period"])
    begun = _named(lives, care[care["first"]])[["child", "period", "stint"]]
    return care.merge(begun, on=["child", "period"], validate="m:1")


def _named(lives: Lives, frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with ``stint``, which stands for the child's number in the authority, and ``birth``."""
    people = pd.DataFrame({name: lives.children[name] for name in ("child", "adopted", "birth")})
    frame = frame.merge(people, on="child", validate="m:1")
    columns = (frame[name].to_numpy() for name in ("child", "authority", "start", "adopted"))
    return frame.assign(stint=case_files.pack(*columns))


def _end(days: np.ndarray) -> np.ndarray:
    return np.where(days >= 0, days, _FAR).astype(np.int64)


def _began(frame: pd.DataFrame, year: int) -> pd.Series:
    return frame["start"].between(int(first_day(year)), int(last_day(year)))


def _during(frame: pd.DataFrame, first_year: int, last_year: int | None = None) -> pd.Series:
    last = int(last_day(last_year or first_year))
    return (frame["start"] <= last) & (frame["end"] >= int(first_day(first_year)))


def _open(frame: pd.DataFrame, year: int) -> pd.Series:
    return (frame["start"] <= int(last_day(year))) & (frame["end"] > int(last_day(year)))
