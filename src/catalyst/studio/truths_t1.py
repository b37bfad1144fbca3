"""The truths of T1, survival of child protection plans, counted in what truly happened in a world.

Depends on the world's log. Nothing here is estimated: every plan's true end is known.
"""

import numpy as np
import pandas as pd

from catalyst.records import case_files
from catalyst.release import keys
from catalyst.studio.totals import Same
from catalyst.world.clock import DAYS_PER_MONTH, END, day
from catalyst.world.codes import END_OF_PLAN
from catalyst.world.families import birthday
from catalyst.world.life import Lives
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters

TWINS: dict[str, dict] = {}
PLANTED = {
    "t1.log_hr_physical": "physical_abuse->planned_end",
    "t1.log_hr_sexual": "sexual_abuse->planned_end",
    "t1.log_hr_multiple": "multiple_abuse->planned_end",
    "t1.log_hr_emotional_early": "emotional_abuse->planned_end",
    "t1.log_hr_age": "age->planned_end",
    "t1.log_hr_deprivation": "deprivation->planned_end",
}
WINDOW = int(day("2014-04-01"))
TWO_YEARS = 730
_PLANNED, _CARE = END_OF_PLAN.index("planned end"), END_OF_PLAN.index("care")


def planted(parameters: Parameters) -> dict[str, tuple[str, str, float]]:
    """Estimands that several planted numbers make together: name to scale, estimand and value."""
    late = sum(parameters.effect(f"emotional_abuse->planned_end{when}") for when in ("", "_late"))
    words = "cause-specific hazard of a planned end from day 274 on, against neglect, conditional on "
    return {"t1.log_hr_emotional_late": ("log hazard ratio", words + "age, deprivation and authority", late)}


def count(lives: Lives, twins: dict[str, Lives]) -> dict:
    """Totals of a block: its true plans, and the authorities' own log hazards."""
    return {"plans": plans(lives), "places": Same(lives.places.planned_end)}


def values(totals: dict) -> dict[str, float]:
    """Marginal estimands of T1, from totals of one or many blocks."""
    spread = float(np.std(totals["places"].value, ddof=1))
    return estimands(totals["plans"]) | {"t1.sd_authority": spread}


def plans(lives: Lives) -> pd.DataFrame:
    """True plans of one block that were open at some time from 1 April 2014 to 31 March 2025.

    Returns
    -------
    pandas.DataFrame
        One row a plan: child, family, authority, start, end (days; −1 open), reason (index into
        codes.END_OF_PLAN), care (day on which the child entered care while on the plan, or soon after
        a plan that ended because she would; −1 none), first (time in days to whichever came first of
        care and the end, or to 31 March 2025), cause (0 open, 1 planned end, 2 care, 3 other), and next
        (day on which a later plan began in the same authority; −1 none).
    """
    table = {name: values.astype(np.int64) for name, values in lives.cp_plans.items()}
    frame = pd.DataFrame(table)
    case = pd.DataFrame({k: lives.cases[k].astype(np.int64) for k in ("child", "case", "authority")})
    frame = frame.merge(case, on=["child", "case"], validate="m:1")
    people = pd.DataFrame({k: lives.children[k] for k in ("child", "family", "adopted", "birth")})
    frame = frame.merge(people, on="child", validate="m:1")
    entries = lives.care_episodes
    starts = entries["rne"] == 0
    care = pd.DataFrame(
        {"child": entries["child"][starts], "care": entries["decom"][starts].astype(np.int64)}
    )
    both = frame[["child", "plan", "start", "end", "end_reason"]].merge(care, on="child")
    during = (both["care"] > both["start"]) & ((both["end"] < 0) | (both["care"] <= both["end"]))
    ahead = (both["end_reason"] == _CARE) & (both["care"] > both["end"]) & (both["care"] <= both["end"] + 31)
    found = both[during | ahead].groupby(["child", "plan"], as_index=False)["care"].min()
    frame = frame.merge(found, on=["child", "plan"], how="left", validate="1:1")
    frame["care"] = frame["care"].fillna(-1).astype(np.int64)
    frame = frame.sort_values(["child", "start"], ignore_index=True)
    later = frame.groupby(["child", "authority"])["start"].shift(-1)
    frame["next"] = later.fillna(-1).astype(np.int64)
    ended = frame["end"] >= 0
    stop = np.where(ended, frame["end"], END)
    stop = np.where((frame["care"] >= 0) & (frame["care"] < stop), frame["care"], stop)
    frame["first"] = stop - frame["start"]
    planned = ended & (frame["end_reason"] == _PLANNED) & (frame["care"] < 0)
    frame["cause"] = np.select([frame["care"] >= 0, planned, ended], [2, 1, 3], 0)
    frame["reason"] = frame["end_reason"]
    return frame[(frame["end"] < 0) | (frame["end"] >= WINDOW)]


def reasons(plan_table: pd.DataFrame, codes: np.ndarray, seed: int) -> pd.DataFrame:
    """The true reason of every plan's end, under the keys that the release carries.

    Returns
    -------
    pandas.DataFrame
        LEA, LAchildID, CPPstartDate, true_end (one of codes.END_OF_PLAN).
    """
    stint = case_files.pack(
        plan_table["child"].to_numpy(),
        plan_table["authority"].to_numpy(),
        plan_table["start"].to_numpy(),
        plan_table["adopted"].to_numpy(),
    )
    return pd.DataFrame(
        {
            "LEA": codes[plan_table["authority"].to_numpy()],
            "LAchildID": keys.texts(keys.numbers(Luck(seed), "local child id", stint)),
            "CPPstartDate": plan_table["start"].to_numpy().astype("datetime64[D]").astype("datetime64[ns]"),
            "true_end": np.array(END_OF_PLAN)[plan_table["reason"].to_numpy()],
        }
    )


def _curves(time: np.ndarray, cause: np.ndarray, entry: np.ndarray, horizon: int) -> dict[str, np.ndarray]:
    """Product-limit survival and cumulative incidences on each day 0 … horizon."""
    size = max(int(time.max(initial=0)), horizon) + 2
    joined = np.bincount(np.minimum(entry, size - 1), minlength=size).cumsum()
    gone = np.bincount(time, minlength=size)[:size].cumsum()
    at_risk = np.concatenate([[0], joined[:-1]]) - np.concatenate([[0], gone[:-1]])
    hazards = {
        k: np.divide(
            np.bincount(time[cause == k], minlength=size)[:size],
            at_risk,
            where=at_risk > 0,
            out=np.zeros(size),
        )
        for k in (1, 2, 3)
    }
    survival = np.cumprod(1 - sum(hazards.values()))
    before = np.concatenate([[1.0], survival[:-1]])
    out = {"survival": survival}
    return out | {f"cause {k}": np.cumsum(before * h) for k, h in hazards.items()}


def estimands(table: pd.DataFrame) -> dict[str, float]:
    """Marginal estimands of T1 in a population of plans.

    Parameters
    ----------
    table : rows of :func:`plans`, of one or many blocks

    Returns
    -------
    dict
        By the name of the truth manifest: proportions, and months for the restricted mean.
    """
    entry = np.maximum(WINDOW - table["start"].to_numpy(), 0)
    ended = table["end"].to_numpy() >= 0
    length = np.where(ended, table["end"], END) - table["start"].to_numpy()
    anything = _curves(length, ended.astype(int), entry, TWO_YEARS)["survival"]
    stays = table["first"].to_numpy() > entry
    split = _curves(
        table["first"].to_numpy()[stays], table["cause"].to_numpy()[stays], entry[stays], TWO_YEARS
    )
    settled = table[(table["cause"] == 1) & (table["end"] <= int(day("2023-03-31")))]
    settled = settled[birthday(settled["birth"].to_numpy(), 18) > settled["end"] + TWO_YEARS]
    again = (settled["next"] >= 0) & (settled["next"] - settled["end"] <= TWO_YEARS)
    open_now = table[table["end"] < 0]
    return {
        "t1.open_at_6_months": float(anything[183]),
        "t1.open_at_12_months": float(anything[365]),
        "t1.mean_months_within_24": float(anything[:TWO_YEARS].sum() / DAYS_PER_MONTH),
        "t1.planned_end_within_24_months": float(split["cause 1"][TWO_YEARS]),
        "t1.care_within_12_months": float(split["cause 2"][365]),
        "t1.care_within_24_months": float(split["cause 2"][TWO_YEARS]),
        "t1.second_plan_within_2_years": float(again.mean()),
        "t1.mean_months_open_so_far": float((END - open_now["start"]).mean() / DAYS_PER_MONTH),
    }


def started(table: pd.DataFrame, year: int) -> dict[str, float]:
    """How many plans started in the year ending 31 March ``year``, and how many of them ended in 365 days."""
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    mine = table[(table["start"] >= first) & (table["start"] <= last)]
    length = (mine["end"] - mine["start"]).where(mine["end"] >= 0, 10**6)
    return {
        f"t1.plans_started_{year}": float(len(mine)),
        f"t1.ended_within_a_year_{year}": float((length <= 365).mean()),
    }


SCALES = {
    "t1.open_at_6_months": ("proportion", "plans still open 183 days after their start, any end"),
    "t1.open_at_12_months": ("proportion", "plans still open 365 days after their start, any end"),
    "t1.mean_months_within_24": ("months", "mean time on a plan within 730 days of its start, any end"),
    "t1.planned_end_within_24_months": (
        "proportion", "cumulative incidence of a planned end within 730 days, care and other ends competing",
    ),
    "t1.care_within_12_months": (
        "proportion", "cumulative incidence of entry to care within 365 days, other ends competing",
    ),
    "t1.care_within_24_months": (
        "proportion", "cumulative incidence of entry to care within 730 days, other ends competing",
    ),
    "t1.second_plan_within_2_years": (
        "proportion", "new plan in the same authority within 730 days of a planned end before the age of 16",
    ),
    "t1.sd_authority": (
        "standard deviation of log hazard",
        "planned ends, between authorities, conditional on category, age and deprivation",
    ),
    "t1.mean_months_open_so_far": ("months", "mean time so far of the plans open on 31 March 2025"),
}  # fmt: skip


def years(table: pd.DataFrame) -> list[dict]:
    """Rows of the manifest that speak of the plans started in one year."""
    rows = []
    for year in (2020, 2024):
        for name, value in started(table, year).items():
            counts = "plans_started" in name
            what = "plans that started" if counts else "of plans that started, ended within 365 days"
            rows.append(
                {
                    "parameter": name, "scale": "plans" if counts else "proportion",
                    "estimand": f"{what}, year ending 31 March {year}",
                    "planted": np.nan, "superpopulation": np.nan, "realised": value,
                }
            )  # fmt: skip
    return rows
