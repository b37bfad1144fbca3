"""T11's analyses, proper and wrong: one programme that works, one that does nothing, one that only sees more.

The proper ones emulate a trial of the offer among families entering pre-proceedings, and follow authorities
over the years. Depends on the release's tables.
"""

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.recovery_panels import counts, dummies

CHILDREN, AUTHORITIES = 60_000, 150  # about 90 children enter pre-proceedings a year: few in a smaller world
TABLES = (
    "pre_proceedings", "ssda903_episodes", "cin_header", "cin_section47", "authority_years",
    "programme_rollout",
)  # fmt: skip
NAMES = {
    "t11.conference": "family group conference offered: looked after within 12 months",
    "t11.conference_enquiry": "family group conference offered: a section 47 enquiry within 12 months",
    "t11.school_worker": "social workers in schools: section 47 enquiries",
    "t11.key_worker": "family key workers: section 47 enquiries",
    "t11.key_worker_care": "family key workers: children starting to be looked after",
}
RECOVERS = {
    "family_conference->care": ("t11.conference", "t11.conference_enquiry"),
    "family_key_worker->section_47": ("t11.key_worker",),
}
_STRATA = ["OnProtectionPlan", "ChildUnderOne", "several"]
_LONGEST = 6  # years for which early support, a programme beside these, still changes


def trial(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The emulated trial: families that could be offered a conference, from April 2014 to March 2024."""
    entries = tables["pre_proceedings"].astype({"LEA": str, "LAchildID": str, "FamilyRefAnonymous": str})
    day = entries["PreProceedingsStart"]
    entries = entries[(day <= "2024-03-31") & (entries["ConferenceAvailable"] == 1)]
    episodes = tables["ssda903_episodes"]
    care = episodes.loc[episodes["RNE"] == "S", ["LEA", "CHILD", "DECOM"]]
    asked = tables["cin_section47"][["LEA", "LAchildID", "S47ActualStartDate"]]
    day, year = entries["PreProceedingsStart"], pd.Timedelta(days=365)
    return entries.assign(
        # Enquiries are told by the census alone, which some authorities did not give.
        enquiries_known=~mending.unseen(mending.gaps(tables), entries["LEA"], day - year, day + year),
        care=_within(entries, care, 1, 365),
        enquiry=_within(entries, asked, 1, 365),
        enquiry_before=_within(entries, asked, -365, 0),
        offered=entries["ConferenceOffered"] == 1,
        several=(entries["ChildrenTogether"] > 1).astype(int),
    )


def _within(entries: pd.DataFrame, events: pd.DataFrame, first: int, last: int) -> np.ndarray:
    """1 where a child has an event (authority, child, day) ``first`` to ``last`` days after entry, else 0."""
    events = events.set_axis(["LEA", "LAchildID", "day"], axis=1).drop_duplicates()
    events = events.astype({"LEA": str, "LAchildID": str})
    key = ["LEA", "LAchildID"]
    both = entries[[*key, "PreProceedingsStart"]].merge(events, on=key)
    days = (both["day"] - both["PreProceedingsStart"]).dt.days
    found = pd.MultiIndex.from_frame(both.loc[(days >= first) & (days <= last), key])
    return pd.MultiIndex.from_frame(entries[key]).isin(found).astype(float)


def on_the_offered(rows: pd.DataFrame, strata: list[str], outcome: str = "care") -> tuple[float, float]:
    """Risk difference standardised to those offered, and its standard error, clustered by family."""
    cell = rows.groupby(strata).ngroup().to_numpy() if strata else np.zeros(len(rows), dtype=int)
    offered, care = rows["offered"].to_numpy(), rows[outcome].to_numpy()
    n1, n0 = np.bincount(cell, offered), np.bincount(cell, ~offered)
    use = (n0 > 1)[cell]  # a stratum in which everybody was offered says nothing
    cell, offered, care, rows = cell[use], offered[use], care[use], rows[use]
    n1, n0 = np.where(n0 > 1, n1, 0), np.maximum(n0, 2)
    m0 = np.bincount(cell, care * ~offered, len(n0)) / n0
    gain = care - m0[cell]
    value = gain[offered].mean()
    influence = np.where(offered, gain - value, -(n1 / np.sqrt(n0 * (n0 - 1)))[cell] * gain) / n1.sum()
    _, family = np.unique(rows["FamilyRefAnonymous"].to_numpy(dtype=str), return_inverse=True)
    return float(value), float(np.sqrt((np.bincount(family, influence) ** 2).sum()))


def panel(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Authorities by year, with years since each programme began (0 where not)."""
    cells = tables["authority_years"].astype({"LEA": str})
    rollout = tables["programme_rollout"].astype({"LEA": str, "Programme": str})
    for programme in ("ES", "SWS", "FKW"):
        begin = rollout[rollout["Programme"] == programme].set_index("LEA")["StartDate"].dt.year + 1
        since = cells["Year"] - cells["LEA"].map(begin) + 1
        cells[programme] = since.clip(lower=0).fillna(0)
    return cells


def _rate_ratios(cells: pd.DataFrame, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    authority = cells["LEA"].to_numpy()
    causes = np.column_stack([cells["SWS"] > 0, cells["FKW"] > 0, cells["ES"].clip(upper=_LONGEST)]).astype(
        float
    )
    fit = counts(
        cells[outcome].to_numpy(dtype=float), cells["Children"].to_numpy(dtype=float), causes,
        dummies(authority, cells["Year"].to_numpy()), authority,
    )  # fmt: skip
    return fit.value, fit.se


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """The emulated trial's risk difference, and rate ratios within authorities and years."""
    rows, cells = trial(tables), panel(tables)
    out = {}
    for name, outcome in (("t11.conference", "care"), ("t11.conference_enquiry", "enquiry")):
        seen = rows if outcome == "care" else rows[rows["enquiries_known"]]
        value, se = on_the_offered(seen, _STRATA, outcome)
        out[name] = Estimate(value, se, int(seen[outcome].sum()), seen["FamilyRefAnonymous"].nunique())
    for outcome, names in (
        ("Section47", ("t11.school_worker", "t11.key_worker")),
        ("CareStarted", (None, "t11.key_worker_care")),
    ):
        values, errors = _rate_ratios(cells, outcome)
        for name, v, s in zip(names, values, errors, strict=False):
            if name:
                out[name] = Estimate(float(v), float(s), int(cells[outcome].sum()), cells["LEA"].nunique())
    return out


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """No adjustment, the peak before the letter taken for the usual, and enquiries read as harm."""
    rows, cells = trial(tables), panel(tables)
    value, se = on_the_offered(rows, [])
    offered = rows[rows["offered"] & rows["enquiries_known"]]
    change = (
        (offered["enquiry"] - offered["enquiry_before"])
        .groupby(offered["FamilyRefAnonymous"])
        .agg(["sum", "size"])
    )
    drop = float(change["sum"].sum() / change["size"].sum())
    drop_se = float(np.sqrt(((change["sum"] - drop * change["size"]) ** 2).sum()) / change["size"].sum())
    seen, seen_se = _rate_ratios(cells, "Section47")
    return {
        "offered against not offered as they come": Trap("t11.conference", value, se, 1),
        "enquiries before against after the letter": Trap("t11.conference_enquiry", drop, drop_se, -1),
        "more enquiries read as more harm": Trap("t11.key_worker_care", float(seen[1]), float(seen_se[1]), 1),
    }
