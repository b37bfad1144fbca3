"""T6's truth: what more cases a worker, and more turnover, do to referrals soon after a closure.

Counted as the difference between a world and its twin without the arrow, along the changes of each authority
over the years. Depends on the world's log and workforce.
"""

import numpy as np

from catalyst.world.codes import CLOSURE, index
from catalyst.world.life import Lives
from catalyst.world.workforce import FIRST_YEAR

TWINS = {
    "caseload": {"cuts": ("caseload->referral_again",)},
    "turnover": {"cuts": ("turnover->referral_again",)},
}
PLANTED = {"t6.agency": "agency->referral_again"}
_POPULATION = "children whose case closed, in the twelve months after, census years 2015 to 2024, "
SCALES = {
    "t6.caseload": (
        "referrals per 100 child-years",
        _POPULATION + "for five more cases per case holder than usual in the authority, marginal",
    ),
    "t6.turnover": (
        "referrals per 100 child-years",
        _POPULATION + "for ten points more turnover than usual in the authority, marginal",
    ),
    "t6.agency": (
        "log hazard ratio",
        _POPULATION + "for ten points more agency workers than usual in the authority: none",
    ),
}
YEARS = np.arange(2015, 2025)  # census years that end on 30 September
MOVED = index(CLOSURE, "RC5")
_YEAR = 365.25


def october(year: np.ndarray) -> np.ndarray:
    """1 October of each year, as a day number."""
    return (
        ((np.asarray(year) - 1970) * 12 + 9).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    )


def events_and_time(lives: Lives) -> tuple[np.ndarray, np.ndarray]:
    """Referrals within twelve months of a closure, and the years at risk.

    Returns
    -------
    two float arrays of shape (authorities, census years)
    """
    cases = lives.cases
    order = np.lexsort((cases["referral"], cases["child"]))
    case = {
        name: cases[name][order] for name in ("child", "authority", "referral", "closure", "reason", "nfa")
    }
    following = np.full(len(order), 10**6)
    same = case["child"][1:] == case["child"][:-1]
    following[:-1][same] = case["referral"][1:][same]
    closed = (case["closure"] >= 0) & ~case["nfa"] & (case["reason"] != MOVED)
    start, following = case["closure"][closed].astype(np.int64), following[closed]
    stop = np.minimum(following, start + 365)
    place = case["authority"][closed].astype(np.int64)
    shape = (len(lives.places), len(YEARS))
    events, time = np.zeros(shape), np.zeros(shape)
    for y, year in enumerate(YEARS):
        low, high = october(year - 1), october(year)
        inside = (stop > low) & (start < high)
        begin, end = np.maximum(start[inside], low), np.minimum(stop[inside], high)
        again = (following[inside] <= start[inside] + 365) & (following[inside] < high)
        events[:, y] = np.bincount(place[inside], again, shape[0])
        time[:, y] = np.bincount(place[inside], (end - begin) / _YEAR, shape[0])
    return events, time


def changes(values: np.ndarray) -> np.ndarray:
    """A panel without the lasting differences between authorities and without those common to a year."""
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Sums along the changes that the analysis rests on, in the world and its twins."""
    at, w = YEARS - FIRST_YEAR, lives.workforce
    along = {
        "caseload": (changes(w.competitor_vacancy[:, at - 1]), changes(w.caseload[:, at]) / 5),
        "turnover": (changes(w.turnover[:, at]), changes(w.turnover[:, at]) / 10),
    }
    worlds = {"base": lives, **{name: twins[name] for name in along}}
    counted = {name: events_and_time(world) for name, world in worlds.items()}
    totals = {}
    for name, (direction, cause) in along.items():
        for label in ("base", name):
            events, time = counted[label]
            totals[f"{name}.{label}.along_events"] = (direction * events).sum()
            totals[f"{name}.{label}.along_time"] = (direction * time).sum()
        totals[f"{name}.cause"] = (direction * cause * counted["base"][1]).sum()
    for label, (events, time) in counted.items():
        totals[f"{label}.events"], totals[f"{label}.time"] = events.sum(), time.sum()
    return totals


def values(totals: dict[str, float]) -> dict[str, float]:
    """The effects of caseload and turnover, in referrals per 100 child-years."""

    def moved(name: str, label: str) -> float:
        rate = totals[f"{label}.events"] / totals[f"{label}.time"]
        return totals[f"{name}.{label}.along_events"] - rate * totals[f"{name}.{label}.along_time"]

    return {
        f"t6.{name}": 100 * (moved(name, "base") - moved(name, name)) / totals[f"{name}.cause"]
        for name in ("caseload", "turnover")
    }
