"""Where an export says a thing otherwise than the core release, so that a published rule holds.

Each mend is a candidate for ``records``; until then the core release keeps its content. Depends on records.

- Civil partnerships of a man and a woman were not possible before the last day of 2019. The records know
  that; the return of 2019-20 does not take them from its last three months either (rule 519 of that year).
- The latest social worker of a child has no end, also where the child has left care (SW17STG2).
- Children born on 29 February are given 1 March, the day on which they come of age in other years: readers
  disagree about the day on which such a child turns eighteen (rules 304 and 359).
- The review that ends a protection plan on the day on which a CIN plan begins is held the weekday before:
  whether a plan's first day counts as being on it (rule 4003) was not confirmed.
"""

import numpy as np
import pandas as pd

from catalyst.records.columns import Codes, Days, Table

_MIXED_SINCE = 2021  # the first return all of whose adoptions come after December 2019


def birthday(birth: np.ndarray) -> np.ndarray:
    """Days of birth without a 29 February; int32, shape (n,)."""
    day = birth.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    leap = ((day - month).astype(np.int64) == 28) & (month.astype(np.int64) % 12 == 1)
    return (birth + leap).astype(np.int32)


def of_tables(tables: dict[str, Table]) -> dict[str, Table]:
    """The return's tables with adopters and social workers as its rules want them."""
    out = dict(tables)
    if "AD1" in out:
        out["AD1"] = _married(out["AD1"])
    if "SWEpisodes" in out:
        out["SWEpisodes"] = _latest_is_open(out["SWEpisodes"])
    return out


def _married(adopters: Table) -> Table:
    status, sexes = adopters["LS_ADOPTR"], adopters["SEX_ADOPTR"]
    mixed = (status.index == status.codes.index("L2")) & (sexes.index == sexes.codes.index("MF"))
    mixed &= adopters["Year"] < _MIXED_SINCE
    changed = np.where(mixed, status.codes.index("L11"), status.index).astype(status.index.dtype)
    return adopters | {"LS_ADOPTR": Codes(changed, status.codes)}


def _latest_is_open(workers: Table) -> Table:
    order = np.lexsort((workers["SW_DECOM"].days, workers["Year"], workers["stint"]))
    stint, year = workers["stint"][order], workers["Year"][order]
    latest = np.ones(len(order), dtype=bool)
    latest[:-1] = (stint[1:] != stint[:-1]) | (year[1:] != year[:-1])
    end = workers["SW_DEC"].days.copy()
    end[order[latest]] = -1
    return workers | {"SW_DEC": Days(end)}


def of_census(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The census with no review of a protection plan on the first day of a CIN plan."""
    reviews, key = frames["Reviews"], ["LAchildID", "Year"]
    begins = frames["CINplanDates"][[*key, "CINPlanStartDate"]].drop_duplicates()
    begins = begins.rename(columns={"CINPlanStartDate": "CPPreviewDate"}).assign(begins=True)
    same = reviews.merge(begins, on=[*key, "CPPreviewDate"], how="left")["begins"].notna().to_numpy()
    day = reviews["CPPreviewDate"].to_numpy("datetime64[D]")
    before = np.busday_offset(day, -1, roll="forward").astype("datetime64[ns]")
    moved = reviews["CPPreviewDate"].where(~same, before)
    return frames | {"Reviews": reviews.assign(CPPreviewDate=moved)}
