"""Figures of a world, counted as the published statistics count them, for one year ending 31 March.

Each measure is a numerator and a denominator, so that blocks can be added up. Depends on the world's log.
"""

from collections import Counter

import numpy as np

from catalyst.world import codes
from catalyst.world.clock import day
from catalyst.world.families import birthday
from catalyst.world.life import Lives

_MONTH = 30.4375


def _open_on(start: np.ndarray, end: np.ndarray, when: int) -> np.ndarray:
    return (start <= when) & ((end < 0) | (end > when))


def _between(days: np.ndarray, first: int, last: int) -> np.ndarray:
    return (days >= first) & (days <= last)


class Tally:
    """Sums of numerators and denominators by measure."""

    def __init__(self) -> None:
        self.top: Counter[str] = Counter()
        self.bottom: Counter[str] = Counter()

    def add(self, name: str, top: float, bottom: float) -> None:
        """Adds one block's part of a measure."""
        self.top[name] += float(top)
        self.bottom[name] += float(bottom)

    def shares(self, name: str, values: np.ndarray, labels: dict[str, np.ndarray]) -> None:
        """Percentages of ``values`` (any array of one entry a unit) that fall under each label's mask."""
        for label, mask in labels.items():
            self.add(f"{name}: {label}", 100 * mask.sum(), len(values))

    def figures(self) -> dict[str, float]:
        """Each measure's value; where the denominator is empty, not a number."""
        return {k: self.top[k] / self.bottom[k] if self.bottom[k] else float("nan") for k in self.top}


def _child_rows(lives: Lives, child: np.ndarray) -> np.ndarray:
    return np.searchsorted(lives.children["child"], child)


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds a block's part of every measure of the year that ends on 31 March ``year``."""
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    birth = lives.children["birth"]
    here = (lives.children["arrival"] < 0) & (birth <= last) & (birthday(birth, 18) > last)
    children = here.sum() / 10_000
    _referrals(lives, tally, first, last, children)
    _episodes_of_need(lives, tally, first, last, children)
    _plans(lives, tally, first, last, children)
    _care(lives, tally, first, last, children)
    tally.add("low income share", 100 * _low_income(lives, last), len(lives.families["family"]))


def _low_income(lives: Lives, when: int) -> float:
    spells = lives.log["low_income"]
    return _open_on(spells["start"], spells["end"], when).sum()


def _referrals(lives: Lives, tally: Tally, first: int, last: int, children: float) -> None:
    cases = lives.cases
    this_year = _between(cases["referral"], first, last)
    tally.add("referral rate", this_year.sum(), children)
    before = np.full(len(cases["child"]), -10_000)
    same = cases["child"][1:] == cases["child"][:-1]
    before[1:][same] = cases["referral"][:-1][same]
    again = this_year & (cases["referral"] - before <= 365)
    tally.add("re-referrals within 12 months", 100 * again.sum(), this_year.sum())
    tally.add("referrals with no further action", 100 * (cases["nfa"] & this_year).sum(), this_year.sum())
    reason = cases["reason"]
    not_in_need = this_year & ((reason == codes.CLOSURE.index("RC8")) | (reason == codes.CLOSURE.index("RC9")))
    tally.add("referrals assessed not in need", 100 * not_in_need.sum(), this_year.sum())
    tally.add("children referred", len(np.unique(cases["child"][this_year])), children)


def _in_need(lives: Lives) -> np.ndarray:
    cases = lives.cases
    reason = cases["reason"]
    out = (reason == codes.CLOSURE.index("RC8")) | (reason == codes.CLOSURE.index("RC9"))
    return ~cases["nfa"] & ~out


def _episodes_of_need(lives: Lives, tally: Tally, first: int, last: int, children: float) -> None:
    cases = lives.cases
    need = _in_need(lives)
    stock = need & _open_on(cases["referral"], cases["closure"], last)
    tally.add("children in need rate", stock.sum(), children)
    started = need & _between(cases["referral"], first, last)
    tally.add("episodes of need started", started.sum(), children)
    ended = need & _between(cases["closure"], first, last)
    tally.add("episodes of need ended", ended.sum(), children)
    any_time = need & (cases["referral"] <= last) & ((cases["closure"] < 0) | (cases["closure"] >= first))
    tally.add("children in need in the year", len(np.unique(cases["child"][any_time])), children)
    months = (cases["closure"] - cases["referral"])[ended] / _MONTH
    edges = {"<3 months": (0, 3), "3-6 months": (3, 6), "6-12 months": (6, 12), "1-2 years": (12, 24), "2+ years": (24, 999)}
    tally.shares("need duration", months, {k: (months >= a) & (months < b) for k, (a, b) in edges.items()})
    code = cases["need"][stock]
    tally.shares("primary need", code, {codes.NEED[k]: code == k for k in range(10)})
    age = (last - lives.children["birth"][_child_rows(lives, cases["child"][stock])]) / 365.25
    bands = {"unborn": (-9, 0), "under 1": (0, 1), "1-4": (1, 5), "5-9": (5, 10), "10-15": (10, 16), "16+": (16, 99)}
    tally.shares("need age", age, {k: (age >= a) & (age < b) for k, (a, b) in bands.items()})
    ethnicity = lives.children["ethnicity"][_child_rows(lives, cases["child"][stock])]
    group = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2)[ethnicity]
    names = ("White", "Mixed", "Asian", "Black", "Other")
    tally.shares("need ethnicity", group, {k: group == i for i, k in enumerate(names)})
    s47 = _between(lives.section47["start"], first, last)
    tally.add("section 47 rate", s47.sum(), children)
    conference = _between(lives.section47["conference"], first, last)
    tally.add("initial conference rate", conference.sum(), children)
    done = lives.assessments["authorised"]
    done_now = _between(done, first, last)
    days = np.busday_count(
        lives.assessments["start"][done_now].astype("datetime64[D]"), done[done_now].astype("datetime64[D]")
    )
    tally.add("assessments within 45 working days", 100 * (days <= 45).sum(), done_now.sum())


def _plans(lives: Lives, tally: Tally, first: int, last: int, children: float) -> None:
    plans = lives.cp_plans
    # A plan that follows a transfer is the same registration to the published counts of repeats.
    stock = _open_on(plans["start"], plans["end"], last)
    tally.add("protection plan rate", stock.sum(), children)
    started, ended = _between(plans["start"], first, last), _between(plans["end"], first, last)
    tally.add("plans started", started.sum(), children)
    tally.add("plans ended", ended.sum(), children)
    tally.add("second or later plans", 100 * (plans["previous"][started] > 0).sum(), started.sum())
    months = (plans["end"] - plans["start"])[ended] / _MONTH
    edges = {"<=3 months": (0, 3), "3-6 months": (3, 6), "6-12 months": (6, 12), "1-2 years": (12, 24), "2+ years": (24, 999)}
    tally.shares("plan duration", months, {k: (months > a) & (months <= b) for k, (a, b) in edges.items()})
    category = plans["category_initial"][stock]
    tally.shares("plan category", category, {c: category == i for i, c in enumerate(codes.ABUSE)})
    age = (last - lives.children["birth"][_child_rows(lives, plans["child"][stock])]) / 365.25
    bands = {"unborn": (-9, 0), "under 1": (0, 1), "1-4": (1, 5), "5-9": (5, 10), "10-15": (10, 16), "16+": (16, 99)}
    tally.shares("plan age", age, {k: (age >= a) & (age < b) for k, (a, b) in bands.items()})
    reason = plans["end_reason"][ended]
    tally.shares("plan end", reason, {r: reason == i for i, r in enumerate(codes.END_OF_PLAN)})
    for label, a, b in (("0-3", 0, 3), ("3-6", 3, 6), ("6-12", 6, 12), ("12-24", 12, 24)):
        begin = np.clip(first - plans["start"], a * _MONTH, b * _MONTH)
        stop = np.where(plans["end"] < 0, last + 1, np.minimum(plans["end"], last + 1)) - plans["start"]
        at_risk = np.clip(stop, a * _MONTH, b * _MONTH) - begin
        length = (plans["end"] - plans["start"]) / _MONTH
        hits = ended & (length > a) & (length <= b)
        tally.add(f"plan end hazard: {label} months", hits.sum(), np.maximum(at_risk, 0).sum() / _MONTH)
    review = lives.reviews
    tally.add("reviews a plan", _between(review["day"], first, last).sum(), started.sum())


def _care(lives: Lives, tally: Tally, first: int, last: int, children: float) -> None:
    care = lives.care_episodes
    stock = _open_on(care["decom"], care["dec"], last)
    tally.add("looked after rate", stock.sum(), children)
    started = (care["rne"] == 0) & _between(care["decom"], first, last)
    tally.add("started to be looked after", started.sum(), children)
    ended = _between(care["dec"], first, last) & (care["rec"] > 0)
    tally.add("ceased to be looked after", ended.sum(), children)
    rows = _child_rows(lives, care["child"])
    bands = {"under 1": (0, 1), "1-4": (1, 5), "5-9": (5, 10), "10-15": (10, 16), "16+": (16, 99)}
    for name, which, at in (("entry age", started, care["decom"][started]), ("looked after age", stock, last)):
        age = (at - lives.children["birth"][rows[which]]) / 365.25
        tally.shares(name, age, {k: (age >= a) & (age < b) for k, (a, b) in bands.items()})
    arrived = lives.children["arrival"][rows] >= 0
    tally.add("unaccompanied among entries", 100 * (arrived & started).sum(), started.sum())
    tally.add("unaccompanied among looked after", 100 * (arrived & stock).sum(), stock.sum())
    for name, which in (("entry legal status", started), ("looked after legal status", stock)):
        status = care["ls"][which]
        tally.shares(name, status, {c: status == codes.LEGAL_STATUS.index(c) for c in ("V2", "C1", "C2", "E1", "L1", "J1", "L2")})
    for name, which in (("entry need", started), ("looked after need", stock)):
        code = care["need"][which]
        tally.shares(name, code, {codes.NEED[k]: code == k for k in range(1, 9)})
    place = np.array(codes.PLACE)[care["place"][stock]]
    kinds = {
        "foster": np.char.startswith(place, "U"), "children's home": np.isin(place, ("K1", "K2", "R3")),
        "independent": np.isin(place, ("H5", "P2", "K3")), "with parents": place == "P1",
        "for adoption": np.char.startswith(place, "A"),
    }  # fmt: skip
    tally.shares("placement", place, kinds)
    tally.add("placed outside the authority", 100 * (care["outside"] & stock).sum(), stock.sum())
    reason = np.array(codes.REC)[care["rec"][ended]]
    groups = {
        "adopted": ("E11", "E12"), "special guardianship": ("E45", "E46", "E47", "E48"), "home, planned": ("E4A",),
        "home, unplanned": ("E4B",), "stayed at 18": ("E17",), "independent, supported": ("E5",),
        "independent, not supported": ("E6",), "relatives without PR": ("E13",), "child arrangements order": ("E41",),
        "custody": ("E9",), "other": ("E8",),
    }  # fmt: skip
    tally.shares("leaving", reason, {k: np.isin(reason, v) for k, v in groups.items()})
