"""T11's truth: what a family group conference does, and what family key workers change, from twin worlds.

Depends on the world's log and programmes, and on the counts of authorities.
"""

import numpy as np

from catalyst.records import authority_years
from catalyst.world.clock import MONTHS, day
from catalyst.world.codes import RNE, index
from catalyst.world.life import Lives
from catalyst.world.programmes import KEY_WORKER

TWINS = {
    "conference": {"cuts": ("family_conference->care",)},
    "key_worker": {"cuts": ("family_key_worker->section_47",)},
}
PLANTED = {"t11.school_worker": "school_worker->section_47"}
SCALES = {
    "t11.conference": (
        "risk difference",
        "children whose family was offered a family group conference as they entered pre-proceedings, "
        "April 2014 to March 2024: looked after within 365 days, offered against not offered, marginal",
    ),
    "t11.conference_enquiry": (
        "risk difference",
        "the same children: a section 47 enquiry within 365 days, offered against not offered, marginal",
    ),
    "t11.key_worker": (
        "log rate ratio",
        "section 47 enquiries in years in which an authority had family key workers, against none, marginal",
    ),
    "t11.key_worker_care": (
        "log rate ratio",
        "children who start to be looked after in years in which an authority had family key workers, "
        "against none, marginal",
    ),
    "t11.school_worker": (
        "log odds ratio",
        "section 47 enquiries in years in which an authority had social workers in schools: none",
    ),
}  # fmt: skip
FROM, UNTIL = day("2014-04-01"), day("2024-03-31")
_HORIZON = 365
_FAR = 100_000  # more than any day number


def looked_after(lives: Lives, child: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Whether each child starts to be looked after within 365 days; bool, shape of ``child``."""
    log = lives.care_episodes
    starts = log["rne"] == index(RNE, "S")
    return _within_a_year(log["child"][starts], log["decom"][starts], child, start)


def _within_a_year(whose: np.ndarray, day: np.ndarray, child: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Whether an event of a child falls in the 365 days after her start."""
    events = np.sort(whose.astype(np.int64) * _FAR + day)
    own = child.astype(np.int64) * _FAR + start
    return np.searchsorted(events, own + _HORIZON, side="right") > np.searchsorted(events, own, side="right")


def treated(lives: Lives, programme: int) -> np.ndarray:
    """Whether an authority had a programme in a year of the returns; bool, shape (authorities, years)."""
    first_month = (authority_years.YEARS - 1998) * 12
    start = lives.programmes.start[programme]
    return (start[:, None] <= first_month) & (start[:, None] < MONTHS)


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Children offered and looked after, enquiries and entries with key workers; in world and twins."""
    totals = {}
    for label, world in (("base", lives), ("cut", twins["conference"])):
        log = world.preproceedings
        offered = log["offered"] & (log["start"] >= FROM) & (log["start"] <= UNTIL)
        child, start = log["child"][offered], log["start"][offered].astype(np.int64)
        totals[f"conference.{label}.offered"] = float(offered.sum())
        totals[f"conference.{label}.care"] = float(looked_after(world, child, start).sum())
        asked = _within_a_year(world.section47["child"], world.section47["start"], child, start)
        totals[f"conference.{label}.enquiry"] = float(asked.sum())
    there = treated(lives, KEY_WORKER).ravel()
    for label, world in (("base", lives), ("cut", twins["key_worker"])):
        counted = authority_years.counts(world)
        for name in ("Section47", "CareStarted"):
            totals[f"key_worker.{label}.{name}"] = float(counted[name][there].sum())
    return totals


def values(totals: dict[str, float]) -> dict[str, float]:
    """The risk difference of the offer, and what key workers do to enquiries and entries."""

    def gain(outcome: str) -> float:
        base, cut = (
            totals[f"conference.{w}.{outcome}"] / totals[f"conference.{w}.offered"] for w in ("base", "cut")
        )
        return base - cut

    def ratio(name: str) -> float:
        return float(np.log(totals[f"key_worker.base.{name}"] / totals[f"key_worker.cut.{name}"]))

    return {
        "t11.conference": gain("care"),
        "t11.conference_enquiry": gain("enquiry"),
        "t11.key_worker": ratio("Section47"),
        "t11.key_worker_care": ratio("CareStarted"),
    }
