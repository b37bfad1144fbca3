"""Figures of offending, the family court and young adults, counted as the published statistics count them.

The cohorts of pupils are counted once, in the year ending 31 March 2021. Depends on the world's log.
"""

import numpy as np

from catalyst.studio.measures import Tally
from catalyst.studio.truths_t7 import first_offence
from catalyst.world import codes, offending, proceedings
from catalyst.world.adulthood import ACTIVITIES
from catalyst.world.clock import day
from catalyst.world.families import birthday
from catalyst.world.life import Lives

COHORT_YEAR = 2021
# Key stage 4 in the summers of 2014 to 2018: the eldest of the published cohorts were born before this world.
_BORN = int(day("1997-09-01")), int(day("2002-08-31"))
_LAST = int(day("2020-12-31"))
_SUITABLE, _UNSUITABLE = 5, (5, 6)  # homes before the first unsuitable kind; the unsuitable kinds


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds a block's part of every figure of the year that ends on 31 March ``year``."""
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    if year == COHORT_YEAR:
        _pupils(lives, tally)
    _looked_after(lives, tally, first, last)
    _courts(lives, tally, first, last)
    _after_care(lives, tally, last)


def _seen_on_31_march(begin: np.ndarray, end: np.ndarray, years: range) -> np.ndarray:
    """Spells that were open on a 31 March of some of the years."""
    seen = np.zeros(len(begin), dtype=bool)
    for year in years:
        when = int(day(f"{year}-03-31"))
        seen |= (begin <= when) & ((end < 0) | (end > when))
    return seen


def _pupils(lives: Lives, tally: Tally) -> None:
    birth, child = lives.children["birth"], lives.children["child"]
    cohort = (lives.children["arrival"] < 0) & (birth >= _BORN[0]) & (birth <= _BORN[1])
    first = first_offence(lives)
    # The dashboard follows pupils to their eighteenth year.
    offended = cohort & (first <= _LAST) & (first < birthday(birth, 19))
    log = lives.log["offences"]
    grave = log["child"][log["serious"] & (log["disposal"] < offending.NOT_PROVEN) & (log["day"] <= _LAST)]
    serious = offended & np.isin(child, grave)
    case, care, out = lives.log["cases"], lives.log["care_episodes"], lives.log["exclusions"]
    need = ~case["nfa"] & ~np.isin(case["reason"], [codes.CLOSURE.index("RC8"), codes.CLOSURE.index("RC9")])
    need &= _seen_on_31_march(case["referral"], case["closure"], range(2012, 2021))
    cared = _seen_on_31_march(care["decom"], care["dec"], range(2006, 2021))
    early = out["start"] <= _LAST
    groups = {
        "in need on a 31 March": np.isin(child, case["child"][need]),
        "looked after on a 31 March": np.isin(child, care["child"][cared]),
        "ever suspended": np.isin(child, out["child"][early & (out["category"] == 0)]),
        "ever permanently excluded": np.isin(child, out["child"][early & (out["category"] == 1)]),
        "male": lives.children["sex"] == 1,
    }
    tally.add("pupils who offended", 100 * offended.sum(), cohort.sum())
    tally.add("pupils with serious violence", 100 * serious.sum(), cohort.sum())
    for name, member in groups.items():
        for whose, some in (("pupils", cohort), ("offended", offended), ("serious violence", serious)):
            tally.add(f"{whose}: {name}", 100 * (some & member).sum(), some.sum())
        tally.add(f"{name}: offended", 100 * (offended & member).sum(), (cohort & member).sum())
        tally.add(f"{name}: serious violence", 100 * (serious & member).sum(), (cohort & member).sum())
    age = ((first - birth) / 365.25)[offended]
    for years in range(10, 19):
        hit = (age >= years) & (age < years + 1)
        tally.add(f"age at first offence: {years}", 100 * hit.sum(), len(age))


def _looked_after(lives: Lives, tally: Tally, first: int, last: int) -> None:
    """Cautions and convictions in the year of those looked after for twelve months."""
    care, birth = lives.log["care_episodes"], lives.children["birth"]
    begun = np.full(len(birth), 10**7)
    row = np.searchsorted(lives.children["child"], care["child"])
    now = (care["decom"] <= last) & ((care["dec"] < 0) | (care["dec"] > last))
    period = care["child"] * 4096 + care["period"]
    inside = np.isin(period, period[now])
    np.minimum.at(begun, row[inside], care["decom"][inside])
    aged = (birthday(birth, 10) <= last) & (birthday(birth, 18) > last)
    whole_year = (begun <= first - 1) & aged
    log = lives.log["offences"]
    proven = (
        (log["disposal"] < offending.NOT_PROVEN) & (log["dealt_with"] >= first) & (log["dealt_with"] <= last)
    )
    hit = whole_year & np.isin(lives.children["child"], log["child"][proven])
    tally.add("looked after twelve months: convicted or cautioned", 100 * hit.sum(), whole_year.sum())


def _courts(lives: Lives, tally: Tally, first: int, last: int) -> None:
    cases, birth = lives.log["court_cases"], lives.children["birth"]
    public = cases["kind"] != proceedings.KINDS.index("adoption")
    done = public & (cases["final"] >= first) & (cases["final"] <= last)
    weeks = (cases["final"] - cases["application"])[done] / 7
    tally.add("weeks to the final order", weeks.sum(), done.sum())
    tally.add("care cases within 26 weeks", 100 * (weeks <= 26).sum(), done.sum())
    new = public & (cases["application"] >= first) & (cases["application"] <= last)
    here = (lives.children["arrival"] < 0) & (birth <= last) & (birthday(birth, 18) > last)
    tally.add("care applications", new.sum(), here.sum() / 10_000)
    order = np.lexsort((cases["application"], cases["family"]))
    order = order[public[order]]
    family, day_of = cases["family"][order], cases["application"][order]
    again = np.zeros(len(order), dtype=bool)
    again[1:] = family[1:] == family[:-1]
    in_year = (day_of >= first) & (day_of <= last)
    tally.add(
        "applications about a mother who was in court before", 100 * (again & in_year).sum(), in_year.sum()
    )
    # Mothers whose first case began seven to eight years ago.
    watched = np.flatnonzero(~again & (day_of >= first - 2557) & (day_of <= last - 2557))
    later = np.minimum(watched + 1, max(len(order) - 1, 0))
    back = again[later] & (later > watched) & (day_of[later] - day_of[watched] <= 2557)
    tally.add("mothers in court again within 7 years", 100 * back.sum(), len(watched))


def _after_care(lives: Lives, tally: Tally, last: int) -> None:
    """Care leavers by age on 31 March: what they do, and where they live."""
    homes, years = lives.log["homes_after_care"], lives.log["adult_years"]
    birth = lives.children["birth"]
    leaver = np.isin(lives.children["child"], homes["child"])
    bands = {"18": (18, 19), "19 to 21": (19, 22)}
    row = np.searchsorted(lives.children["child"], years["child"])
    this_year = (years["day"] > last - 365) & (years["day"] <= last)
    row_home = np.searchsorted(lives.children["child"], homes["child"])
    now = (homes["start"] <= last) & ((homes["end"] < 0) | (homes["end"] > last))
    for name, (low, high) in bands.items():
        age = (birthday(birth, low) <= last) & (birthday(birth, high) > last)
        who = this_year & (leaver & age)[row]
        for k, label in ((ACTIVITIES[0], "neet"), (ACTIVITIES[3], "higher education")):
            hit = who & (years["activity"] == ACTIVITIES.index(k))
            tally.add(f"care leavers {name}: {label}", 100 * hit.sum(), who.sum())
        at_home = now & age[row_home]
        suitable = at_home & (homes["home"] < _SUITABLE)
        tally.add(f"care leavers {name}: suitable accommodation", 100 * suitable.sum(), at_home.sum())
        unsuitable = at_home & np.isin(homes["home"], _UNSUITABLE)
        tally.add(f"care leavers {name}: unsuitable accommodation", 100 * unsuitable.sum(), at_home.sum())
