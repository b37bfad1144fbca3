"""Where an export says a thing otherwise than the core release, so that a published rule holds.

Each mend is a candidate for ``records``; until then the core release keeps its content. Depends on the codes.

- Moves that no column shows (from one other placement to another, without provider or URN) are one episode:
  in life the postcode would tell them apart (rule 435).
- A placement for adoption with the current foster carer begins with T or U, not P or B (rule 217).
- Civil partnerships of a man and a woman were not possible before the last day of 2019: up to 2019-20 such
  adopters are married (rule 519 of those years).
- The latest social worker of a child has no end, also where the child has left care (SW17STG2).
- Children born on 29 February are given 1 March, the day on which they come of age in other years: readers
  disagree about the day on which such a child turns eighteen (rules 304 and 359).
- The review that ends a protection plan on the day on which a CIN plan begins is held the weekday before:
  whether a plan's first day counts as being on it (rule 4003) was not confirmed.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from catalyst.records.columns import Codes, Days, Table
from catalyst.world.codes import PLACE, RNE, index

_SAME = ("child", "period", "ls", "place", "provider", "urn")
_P, _T, _B, _U = (index(RNE, code) for code in "PTBU")
_WITH_FOSTERER = [index(PLACE, code) for code in ("A3", "A5")]
_MIXED_SINCE = 2021  # the first return all of whose adoptions come after December 2019


def of_lives(lives):
    """The same lives with episodes of care that every reader can tell apart."""
    log = lives.care_episodes
    order = np.lexsort((log["decom"], log["child"]))
    log = {name: column[order] for name, column in log.items()}
    again = np.zeros(len(order), dtype=bool)
    if len(order):
        same = np.all([log[name][1:] == log[name][:-1] for name in _SAME], axis=0)
        again[1:] = same & np.isin(log["rne"][1:], (_P, _T))
    last = np.append(np.flatnonzero(~again)[1:], len(order)) - 1
    one = {name: column[~again] for name, column in log.items()}
    one |= {name: log[name][last] for name in ("dec", "rec", "place_change")}
    stays = np.isin(one["place"], _WITH_FOSTERER)
    rne = np.where(stays & (one["rne"] == _P), _T, np.where(stays & (one["rne"] == _B), _U, one["rne"]))
    return replace(lives, log=lives.log | {"care_episodes": one | {"rne": rne.astype(log["rne"].dtype)}})


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
