"""Figures of a world, counted as the published statistics count them, for one year ending 31 March.

Each measure is a numerator and a denominator, so that blocks, years and groups of families can be added up.
A count made for a year knows nothing of what comes after it. Depends on the world's log.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from catalyst.world import codes
from catalyst.world.clock import day, weekday_at_or_after
from catalyst.world.families import birthday
from catalyst.world.life import Lives

_MONTH = 30.4375
_AGES = {
    "unborn": (-9, 0),
    "under 1": (0, 1),
    "1-4": (1, 5),
    "5-9": (5, 10),
    "10-15": (10, 16),
    "16+": (16, 99),
}
_GROUPS = ("White", "Mixed", "Asian", "Black", "Other")
_GROUP = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2)
SOURCES = {"police": ("6",), "schools": ("2A", "2B"), "health": ("3A", "3B", "3C", "3D", "3E", "3F")}
_ASSESSMENT_DAYS = {
    "same day": (0, 1), "1-10": (1, 11), "11-20": (11, 21), "21-30": (21, 31), "31-40": (31, 41),
    "41-45": (41, 46), "46-50": (46, 51), "51-60": (51, 61), "61+": (61, 999),
}  # fmt: skip
PLACES = {
    "foster": ("U1", "U2", "U3", "U4", "U5", "U6"), "children's home or secure": ("K1", "K2", "R5"),
    "independent or supported": ("H5", "P2", "K3"), "with parents": ("P1",),
    "for adoption": ("A3", "A4", "A5", "A6"), "other residential": ("R1", "R2", "R3", "S1"),
    "other": ("Z1", "P3", "T0", "T1", "T2", "T3", "T4"),
}  # fmt: skip
_LEAVING = {
    "adopted": ("E11", "E12"),
    "special guardianship": ("E45", "E46", "E47", "E48"),
    "home, planned": ("E4A",),
    "home, unplanned": ("E4B",),
    "stayed with carers at 18": ("E17",),
    "independent, supported": ("E5",),
    "independent, not supported": ("E6",),
    "relatives without parental responsibility": ("E13",),
    "child arrangements order": ("E41",),
    "custody": ("E9",),
    "adult residential care": ("E7",),
    "other": ("E8",),
    "care taken by another authority": ("E3",),
}
_FACTORS = {
    "alcohol, child": "1A", "alcohol, parent": "1B", "alcohol, other person": "1C", "drugs, child": "2A",
    "drugs, parent": "2B", "drugs, other person": "2C", "young carer": "7A", "neglect": "16A",
    "emotional abuse": "17A", "physical abuse by a child": "18B", "physical abuse by an adult": "18C",
    "sexual abuse by a child": "19B", "sexual abuse by an adult": "19C", "privately fostered": "8F",
    "domestic abuse, child": "3A", "domestic abuse, parent": "3B", "domestic abuse, other person": "3C",
    "mental health, child": "4A", "mental health, parent": "4B", "mental health, other person": "4C",
    "learning disability, child": "5A", "learning disability, parent": "5B",
    "learning disability, other person": "5C",
    "physical disability, child": "6A", "physical disability, parent": "6B",
    "physical disability, other person": "6C",
    "unaccompanied": "9A", "going missing": "10A", "child sexual exploitation": "11A", "trafficking": "12A",
    "gangs": "13A", "socially unacceptable behaviour": "14A", "self-harm": "15A",
    "child criminal exploitation": "24A",
    "female genital mutilation": "22A", "faith-linked abuse": "23A", "other": "20",
}  # fmt: skip


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

    @classmethod
    def of(cls, parts: Iterable["Tally"]) -> "Tally":
        """Several tallies as one."""
        out = cls()
        for part in parts:
            for name, top in part.top.items():
                out.add(name, top, part.bottom[name])
        return out


@dataclass(frozen=True)
class _Year:
    first: int
    last: int
    children: float  # tens of thousands aged 0 to 17 at the end of the year

    def holds(self, days: np.ndarray) -> np.ndarray:
        return (days >= self.first) & (days <= self.last)

    def open(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """What is open at the end of the year."""
        return (start <= self.last) & ((end < 0) | (end > self.last))


def _rows(lives: Lives, child: np.ndarray) -> np.ndarray:
    return np.searchsorted(lives.children["child"], child)


def _bands(values: np.ndarray, bands: dict[str, tuple[float, float]]) -> dict[str, np.ndarray]:
    return {k: (values >= a) & (values < b) for k, (a, b) in bands.items()}


def _coded(
    values: np.ndarray, names: tuple[str, ...], groups: dict[str, tuple[str, ...]]
) -> dict[str, np.ndarray]:
    return {
        k: np.isin(values, [names.index(c) for c in chosen if c in names]) for k, chosen in groups.items()
    }


def _people(lives: Lives, tally: Tally, name: str, child: np.ndarray, when, ages: tuple[str, ...]) -> None:
    """Age at ``when`` (days), sex and ethnicity of some children."""
    rows = _rows(lives, child)
    age = (when - lives.children["birth"][rows]) / 365.25
    tally.shares(f"{name} age", age, _bands(age, {k: _AGES[k] for k in ages}))
    tally.add(f"{name} male", 100 * ((lives.children["sex"][rows] == 1) & (age >= 0)).sum(), (age >= 0).sum())
    group = _GROUP[lives.children["ethnicity"][rows]]
    tally.shares(f"{name} ethnicity", group, {k: group == i for i, k in enumerate(_GROUPS)})


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds a block's part of every measure of the year that ends on 31 March ``year``."""
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    birth = lives.children["birth"]
    here = (lives.children["arrival"] < 0) & (birth <= last) & (birthday(birth, 18) > last)
    when = _Year(first, last, here.sum() / 10_000)
    _referrals(lives, tally, when)
    _episodes_of_need(lives, tally, when)
    _assessments(lives, tally, when)
    _plans(lives, tally, when)
    _care(lives, tally, when)
    young = here & (birthday(birth, 16) > last)
    poor = np.isin(lives.children["family"], _on_low_income(lives, last))
    tally.add("low income under 16", 100 * (young & poor).sum(), young.sum())


def _on_low_income(lives: Lives, when: int) -> np.ndarray:
    spells = lives.log["low_income"]
    return spells["family"][(spells["start"] <= when) & ((spells["end"] < 0) | (spells["end"] > when))]


def _not_in_need(lives: Lives, last: int) -> np.ndarray:
    """Cases that were closed by ``last`` because the assessment found the child not to be in need."""
    cases = lives.cases
    out = np.isin(cases["reason"], [codes.CLOSURE.index("RC8"), codes.CLOSURE.index("RC9")])
    return out & (cases["closure"] <= last)


def _referrals(lives: Lives, tally: Tally, when: _Year) -> None:
    cases = lives.cases
    # A case handed over by another authority is no new referral of concern, but it is counted as one.
    now = when.holds(cases["referral"])
    tally.add("referral rate", now.sum(), when.children)
    same = cases["child"][1:] == cases["child"][:-1]
    before = np.full(len(now), -10_000)
    before[1:][same] = cases["referral"][:-1][same]
    again = now & (cases["referral"] - before <= 365)
    tally.add("re-referrals within 12 months", 100 * again.sum(), now.sum())
    referred = len(np.unique(cases["child"][now]))
    tally.add("children referred", referred, when.children)
    tally.add("children re-referred within 12 months", 100 * len(np.unique(cases["child"][again])), referred)
    tally.add("referrals with no further action", 100 * (cases["nfa"] & now).sum(), now.sum())
    tally.add("referrals assessed not in need", 100 * (_not_in_need(lives, when.last) & now).sum(), now.sum())
    tally.shares("referral source", cases["source"][now], _coded(cases["source"][now], codes.SOURCE, SOURCES))
    follows = np.full(len(now), 10**6)
    follows[:-1][same] = cases["referral"][1:][same]
    ended = when.holds(cases["closure"]) & ~cases["nfa"]
    soon = ended & (follows - cases["closure"] <= 365)
    tally.add("closed cases re-referred within 12 months", 100 * soon.sum(), ended.sum())


def _episodes_of_need(lives: Lives, tally: Tally, when: _Year) -> None:
    cases = lives.cases
    need = ~cases["nfa"] & ~_not_in_need(lives, when.last)
    stock = need & when.open(cases["referral"], cases["closure"])
    tally.add("children in need rate", stock.sum(), when.children)
    started, ended = need & when.holds(cases["referral"]), need & when.holds(cases["closure"])
    tally.add("episodes of need started", started.sum(), when.children)
    tally.add("episodes of need ended", ended.sum(), when.children)
    tally.add("episode of need, months by stock over starts", 12 * stock.sum(), started.sum())
    any_time = need & (cases["referral"] <= when.last) & (
        (cases["closure"] < 0) | (cases["closure"] >= when.first))  # fmt: skip
    at_any_time = len(np.unique(cases["child"][any_time]))
    tally.add("children in need in the year", at_any_time, when.children)
    tally.add("children in need in the year, share of all", at_any_time, 100 * when.children)
    months = (cases["closure"] - cases["referral"])[ended] / _MONTH
    edges = {"<3 months": (0, 3), "3-6 months": (3, 6), "6-12 months": (6, 12), "1-2 years": (12, 24),
             "2+ years": (24, 999)}  # fmt: skip
    tally.shares("need duration", months, _bands(months, edges))
    _hazards(tally, "need end hazard", cases["referral"][need], cases["closure"][need], when)
    adopted = cases["reason"] == codes.CLOSURE.index("RC1")
    tally.add("episodes of need closed for adoption", 100 * (ended & adopted).sum(), ended.sum())
    code = cases["need"][stock]
    tally.shares("primary need", code, {name: code == k for k, name in enumerate(codes.NEED)})
    _people(lives, tally, "need", cases["child"][stock], when.last, tuple(_AGES))


def _assessments(lives: Lives, tally: Tally, when: _Year) -> None:
    table = lives.assessments
    now = when.holds(table["authorised"])
    tally.add("assessments completed", now.sum(), when.children)
    start, end = (table[c][now].astype("datetime64[D]") for c in ("start", "authorised"))
    days = np.busday_count(start, end)
    tally.add("assessments within 45 working days", 100 * (days <= 45).sum(), len(days))
    tally.shares("assessment days", days, _bands(days, _ASSESSMENT_DAYS))
    # The published percentages are of episodes with factors; the code for none (21) is not a factor.
    factors = table["factors"][now]
    factors = factors[factors != np.uint64(1) << np.uint64(codes.FACTOR.index("21"))]
    for label, code in _FACTORS.items():
        has = factors >> np.uint64(codes.FACTOR.index(code)) & np.uint64(1)
        tally.add(f"factor: {label}", 100 * has.sum(), len(factors))
    enquiries = lives.section47
    tally.add("section 47 rate", when.holds(enquiries["start"]).sum(), when.children)
    met = when.holds(enquiries["conference"])
    tally.add("initial conference rate", met.sum(), when.children)
    start = weekday_at_or_after(enquiries["start"][met]).astype("datetime64[D]")
    wait = np.busday_count(start, enquiries["conference"][met].astype("datetime64[D]"))
    tally.add("conferences within 15 working days", 100 * (wait <= 15).sum(), len(wait))


def _hazards(tally: Tally, name: str, start: np.ndarray, end: np.ndarray, when: _Year) -> None:
    """Ends a month at risk by time since the start, among those open in the year."""
    length = (end - start) / _MONTH
    stop = np.where(end < 0, when.last + 1, np.minimum(end, when.last + 1)) - start
    for label, a, b in (("0-3", 0, 3), ("3-6", 3, 6), ("6-12", 6, 12), ("12-24", 12, 24)):
        begin = np.clip(when.first - start, a * _MONTH, b * _MONTH)
        at_risk = np.maximum(np.clip(stop, a * _MONTH, b * _MONTH) - begin, 0).sum() / _MONTH
        tally.add(f"{name}: {label} months", (when.holds(end) & (length > a) & (length <= b)).sum(), at_risk)


def _plans(lives: Lives, tally: Tally, when: _Year) -> None:
    plans = lives.cp_plans
    stock = when.open(plans["start"], plans["end"])
    tally.add("protection plan rate", stock.sum(), when.children)
    started, ended = when.holds(plans["start"]), when.holds(plans["end"])
    tally.add("plans started", started.sum(), when.children)
    tally.add("plans ended", ended.sum(), when.children)
    tally.add("plan, months by stock over starts", 12 * stock.sum(), started.sum())
    tally.add("second or later plans", 100 * (plans["previous"][started] > 0).sum(), started.sum())
    months = (plans["end"] - plans["start"])[ended] / _MONTH
    edges = {"<=3 months": (0, 3), "3-6 months": (3, 6), "6-12 months": (6, 12), "1-2 years": (12, 24),
             "2+ years": (24, 999)}  # fmt: skip
    tally.shares("plan duration", months, {k: (months > a) & (months <= b) for k, (a, b) in edges.items()})
    _hazards(tally, "plan end hazard", plans["start"], plans["end"], when)
    category = plans["category_initial"][stock]
    tally.shares("plan category", category, {c: category == i for i, c in enumerate(codes.ABUSE)})
    _people(lives, tally, "plan", plans["child"][stock], when.last, tuple(_AGES))
    reason = plans["end_reason"][ended]
    tally.shares("plan end", reason, {r: reason == i for i, r in enumerate(codes.END_OF_PLAN) if i})
    tally.add("reviews a plan", when.holds(lives.reviews["day"]).sum(), started.sum())
    reviewed, due = _reviewed_in_time(lives, stock, when)
    tally.add("plans reviewed in time", 100 * reviewed, due)


def _reviewed_in_time(lives: Lives, stock: np.ndarray, when: _Year) -> tuple[int, int]:
    """Plans open for three months at the year's end: those with every review in time, and all of them."""
    plans, reviews = lives.cp_plans, lives.reviews
    key = plans["child"] * 64 + plans["plan"]
    old = np.flatnonzero(stock & (when.last - plans["start"] > 92))
    seen = reviews["day"] <= when.last
    plan = np.concatenate(
        [np.searchsorted(key, reviews["child"][seen] * 64 + reviews["plan"][seen]), old, old]
    )
    days = np.concatenate([reviews["day"][seen], plans["start"][old], np.full(len(old), when.last)])
    order = np.lexsort([days, plan])
    plan, days = plan[order], days[order]
    first = np.r_[True, plan[1:] != plan[:-1]]
    gap = np.r_[0, np.diff(days)]
    after_first = np.r_[False, first[:-1]]
    late = ~first & (gap > np.where(after_first, 92, 184))
    return len(np.setdiff1d(old, plan[late])), len(old)


def _care(lives: Lives, tally: Tally, when: _Year) -> None:
    care = lives.care_episodes
    stock = when.open(care["decom"], care["dec"])
    started = (care["rne"] == codes.RNE.index("S")) & when.holds(care["decom"])
    ended = when.holds(care["dec"]) & (care["rec"] > codes.REC.index("X1"))
    for name, which in (("looked after rate", stock), ("started to be looked after", started),
                        ("ceased to be looked after", ended)):  # fmt: skip
        tally.add(name, which.sum(), when.children)
    tally.add("care, months by stock over starts", 12 * stock.sum(), started.sum())
    born = tuple(_AGES)[1:]
    _people(lives, tally, "entry", care["child"][started], care["decom"][started], born)
    _people(lives, tally, "looked after", care["child"][stock], when.last, born)
    arrived = lives.children["arrival"][_rows(lives, care["child"])] >= 0
    for name, which in (("entry", started), ("looked after", stock)):
        tally.add(f"{name} unaccompanied", 100 * (arrived & which).sum(), which.sum())
        status, code = care["ls"][which], care["need"][which]
        names = {c: (c,) for c in ("V2", "C1", "C2", "E1", "L1", "J1", "L2")}
        tally.shares(f"{name} legal status", status, _coded(status, codes.LEGAL_STATUS, names))
        tally.shares(f"{name} need", code, {codes.NEED[k]: code == k for k in range(1, 9)})
    place = care["place"][stock]
    tally.shares("placement", place, _coded(place, codes.PLACE, PLACES))
    tally.add("placed outside the authority", 100 * (care["outside"] & stock).sum(), stock.sum())
    lived = (care["decom"] <= when.last) & ((care["dec"] < 0) | (care["dec"] >= when.first))
    lived &= care["rne"] != codes.RNE.index("L")
    # A placement that began before the year and went on under a new status is one placement too.
    carried = (care["rne"] == codes.RNE.index("L")) & (care["decom"] < when.first)
    carried &= (care["dec"] < 0) | (care["dec"] >= when.first)
    child, count = np.unique(care["child"][lived | carried], return_counts=True)
    now = np.isin(child, care["child"][stock])
    tally.add("three or more placements in the year", 100 * (count[now] >= 3).sum(), now.sum())
    reason = care["rec"][ended]
    tally.shares("leaving", reason, _coded(reason, codes.REC, _LEAVING))


def before_birthdays(lives: Lives, tally: Tally) -> None:
    """Adds a block's part of what children meet before a birthday, over births early enough.

    Before eighteen: born April 1998 to March 2007; before five: born 2008 to 2013; before one: 2009 to 2011.
    """
    birth = lives.children["birth"]
    events = {
        "referred": lives.cases, "assessed": lives.assessments, "in need": lives.cases,
        "on a plan": lives.cp_plans, "looked after": lives.care_episodes,
    }  # fmt: skip
    begins = {"referred": "referral", "assessed": "start", "in need": "referral", "on a plan": "start",
              "looked after": "decom"}  # fmt: skip
    cohorts = {
        18: ("1998-04-01", "2007-03-31", tuple(events)), 5: ("2008-01-01", "2013-12-31", ("in need",)),
        1: ("2009-01-01", "2011-12-31", ("looked after",)),
    }  # fmt: skip
    for age, (since, until, which) in cohorts.items():
        people = (birth >= day(since)) & (birth <= day(until)) & (lives.children["arrival"] < 0)
        limit = birthday(birth, age)
        for name in which:
            table = events[name]
            rows = _rows(lives, table["child"])
            early = table[begins[name]] < limit[rows]
            if name == "in need":
                early &= ~table["nfa"] & ~_not_in_need(lives, 10**6)
            met = np.zeros(len(birth), dtype=bool)
            met[rows[early]] = True
            tally.add(f"before {age}: {name}", 100 * (met & people).sum(), people.sum())


def by_place(lives: Lives, year: int) -> dict[str, np.ndarray]:
    """Counts of each authority in one year.

    Returns
    -------
    dict of float arrays of shape (authorities,): children aged 0 to 17, children under 16, those of them on a
    low income, and the numerators of five rates
    """
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    birth, n = lives.children["birth"], len(lives.places)
    when = _Year(first, last, 0)
    # Children are counted where the family began: the places' own stock, which moves barely change.
    home = lives.children["family"] // 10_000_000
    here = (lives.children["arrival"] < 0) & (birth <= last)
    young = here & (birthday(birth, 16) > last)
    poor = young & np.isin(lives.children["family"], _on_low_income(lives, last))
    cases, plans, care, enquiries = lives.cases, lives.cp_plans, lives.care_episodes, lives.section47
    stock = ~cases["nfa"] & ~_not_in_need(lives, last) & when.open(cases["referral"], cases["closure"])
    key = cases["child"] * 256 + cases["case"]

    def of_case(table: dict[str, np.ndarray], mask: np.ndarray) -> np.ndarray:
        return cases["authority"][np.searchsorted(key, (table["child"] * 256 + table["case"])[mask])]

    counts = {
        "children": home[here & (birthday(birth, 18) > last)], "under 16": home[young],
        "low income": home[poor],
        "children in need rate": cases["authority"][stock],
        "referral rate": cases["authority"][when.holds(cases["referral"])],
        "section 47 rate": of_case(enquiries, when.holds(enquiries["start"])),
        "protection plan rate": of_case(plans, when.open(plans["start"], plans["end"])),
        "looked after rate": care["authority"][when.open(care["decom"], care["dec"])],
    }  # fmt: skip
    return {name: np.bincount(where, minlength=n).astype(float) for name, where in counts.items()}
