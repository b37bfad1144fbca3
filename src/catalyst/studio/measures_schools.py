"""Measures of schools beside published figures: needs, free meals and attainment by tier of social care.

Depends on the world's log and the school census; tiers are those of 31 March of the year.
"""

import numpy as np

from catalyst.records import npd_census
from catalyst.studio.measures import Tally
from catalyst.world.attainment import KS2, KS4
from catalyst.world.clock import day
from catalyst.world.life import Lives
from catalyst.world.schools import PRIMARY
from catalyst.world.send import PLAN, SUPPORT, TYPES

_TWELVE_MONTHS = 365
_LEAVES_SCHOOL = 16.6  # years: everybody born this long before has ended year 11


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds the figures of the year ending 31 March ``year``; attainment is that of the summer before."""
    if len(lives.school_spells["child"]) == 0:
        return
    _census(lives, tally, year)
    _ever(lives, tally, year)
    _attainment(lives, tally, year - 1)


def tiers(lives: Lives, when: int) -> dict[str, np.ndarray]:
    """Masks of children by tier of social care on a day; CINO and CPPO exclude the tiers above."""
    n = len(lives.children["child"])

    def mask(table: dict, start: str, end: str, before: int = when) -> np.ndarray:
        rows = (table[start] <= before) & ((table[end] < 0) | (table[end] > when))
        return _those(lives, table["child"][rows], n)

    cases = lives.cases
    case = {name: values[~cases["nfa"]] for name, values in cases.items()}
    care = lives.care_episodes
    first = np.lexsort((care["decom"], care["period"], care["child"]))
    begun = _first_of_period(care["child"][first], care["period"][first], care["decom"][first])
    long = (begun <= when - _TWELVE_MONTHS) & ((care["dec"][first] < 0) | (care["dec"][first] > when))
    looked_after = mask(care, "decom", "dec")
    on_plan = mask(lives.cp_plans, "start", "end") & ~looked_after
    in_need = mask(case, "referral", "closure")
    year_before = (case["referral"] <= when) & ((case["closure"] < 0) | (case["closure"] > when - 365))
    return {
        "all pupils": np.ones(n, dtype=bool),
        "CIN": in_need | on_plan | looked_after,
        "CINO": in_need & ~on_plan & ~looked_after,
        "CPPO": on_plan,
        "CLA": looked_after,
        "CLA 12m+": _those(lives, care["child"][first][long], n) & looked_after,
        "CIN in the year": _those(lives, case["child"][year_before], n) | looked_after,
    }


def _those(lives: Lives, ids: np.ndarray, n: int) -> np.ndarray:
    out = np.zeros(n, dtype=bool)
    out[np.searchsorted(lives.children["child"], ids)] = True
    return out


def _first_of_period(child: np.ndarray, period: np.ndarray, decom: np.ndarray) -> np.ndarray:
    """First day of the period of care of each episode, which stand in order of child, period and day."""
    new = np.ones(len(child), dtype=bool)
    new[1:] = (child[1:] != child[:-1]) | (period[1:] != period[:-1])
    return decom[new][np.cumsum(new) - 1]


def _census(lives: Lives, tally: Tally, year: int) -> None:
    pupils = npd_census.pupils(lives)
    here = pupils.year == year
    person, provision = pupils.person[here], pupils.provision[here]
    meals = (pupils.meals[here] >> (year - npd_census.FIRST_JANUARY)) & 1
    for name, of in tiers(lives, int(day(f"{year}-03-31"))).items():
        who = of[person]
        n = who.sum()
        tally.add(f"SEN support: {name}", 100 * (who & (provision == SUPPORT)).sum(), n)
        tally.add(f"plan: {name}", 100 * (who & (provision == PLAN)).sum(), n)
        tally.add(f"no SEN: {name}", 100 * (who & (provision == 0)).sum(), n)
        tally.add(f"free school meals: {name}", 100 * (who & (meals == 1)).sum(), n)
    plan = provision == PLAN
    autism = pupils.need[here] == TYPES.index("ASD")
    tally.add("plans for autism", 100 * (plan & autism).sum(), plan.sum())
    phase = lives.schools.phase[pupils.school[here]]
    tally.add("free school meals: primary", 100 * meals[phase == PRIMARY].sum(), (phase == PRIMARY).sum())
    tally.add("free school meals: secondary", 100 * meals[phase == 1].sum(), (phase == 1).sum())


def _ever(lives: Lives, tally: Tally, year: int) -> None:
    """Any provision from reception to year 11, among those who have ended school within a year."""
    children = lives.children
    end = int(day(f"{year}-03-31"))
    age = (end - children["birth"]) / 365.25
    left = (age >= _LEAVES_SCHOOL) & (age < _LEAVES_SCHOOL + 1) & (children["death"] < 0)
    left &= children["arrival"] < 0
    n = len(age)
    school_age = children["birth"] + 4.5 * 365.25
    ever = _those(lives, lives.sen_spells["child"], n)
    supported = _those(lives, lives.sen_spells["child"][lives.sen_spells["provision"] == SUPPORT], n)
    person = np.searchsorted(children["child"], lives.care_episodes["child"])
    still = (lives.care_episodes["dec"] < 0) | (lives.care_episodes["dec"] > school_age[person])
    in_care = _those(lives, lives.care_episodes["child"][still], n)
    case = lives.cases
    person = np.searchsorted(children["child"], case["child"])
    found = ~case["nfa"] & (case["reason"] != 7)  # RC8: assessed, not in need
    found &= (case["closure"] < 0) | (case["closure"] > school_age[person])
    in_need = _those(lives, case["child"][found], n) & ~in_care
    tally.add("ever any SEN provision: in care", 100 * (left & in_care & ever).sum(), (left & in_care).sum())
    tally.add("ever any SEN provision: in need", 100 * (left & in_need & ever).sum(), (left & in_need).sum())
    neither = left & ~in_need & ~in_care
    tally.add("ever any SEN provision: neither", 100 * (neither & ever).sum(), neither.sum())
    tally.add("ever SEN support", 100 * (left & supported).sum(), left.sum())


def _attainment(lives: Lives, tally: Tally, summer: int) -> None:
    """Tests of one summer, by tier on the 31 March before."""
    log = lives.attainments
    here = (log["day"] >= int(day(f"{summer}-04-01"))) & (log["day"] <= int(day(f"{summer}-08-31")))
    groups = tiers(lives, int(day(f"{summer}-03-31")))
    person = np.searchsorted(lives.children["child"], log["child"])
    pupils = npd_census.pupils(lives)
    now = pupils.year == summer
    meals = np.zeros(len(lives.children["child"]), dtype=bool)
    meals[pupils.person[now]] = ((pupils.meals[now] >> (summer - npd_census.FIRST_JANUARY)) & 1) == 1
    groups = groups | {"free meals": meals}
    met = np.minimum(np.minimum(log["reading"], log["writing"]), log["mathematics"]) >= 100
    passes = np.minimum(log["reading"], log["mathematics"]) >= 4
    for name, of in groups.items():
        second = here & (log["stage"] == KS2) & of[person]
        tally.add(f"expected standard: {name}", 100 * (second & met).sum(), second.sum())
        fourth = here & (log["stage"] == KS4) & of[person]
        tally.add(f"Attainment 8: {name}", log["attainment_8"][fourth].sum() / 10, fourth.sum())
        tally.add(f"English and mathematics: {name}", 100 * (fourth & passes).sum(), fourth.sum())
