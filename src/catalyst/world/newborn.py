"""Births: weeks, weight, the neonatal unit, and what the mother's record holds on the day of booking.

Whether and when a child is born is exogenous; this says how. Depends on parental health, hardship and
domestic abuse, through child_health.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtri

from catalyst.world import clock
from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {
    "newborns": Shape(
        {
            "child": "i8", "day": "i4", "mother_age": "i1", "weeks": "i1", "grams": "i2",
            "neonatal_days": "i2", "mental": "?", "substance": "?", "abuse": "?", "low_income": "?",
            "smoking": "?", "late_booking": "?",
        },
        ("child",), begin="day"),
}  # fmt: skip
_SEEN = ("mental", "substance", "abuse", "low_income", "need")
_NONE, _VERY, _MODERATELY = 0, 1, 2  # how early


@dataclass
class Own:
    """Children born here in the order of birth, where each month begins, and their homes that month."""

    rows: np.ndarray
    edges: np.ndarray  # shape (months + 1,)
    since_first: np.ndarray  # years since the mother's first birth
    seen: dict[str, np.ndarray]  # state of the family in the month of birth


def begin(life: Life) -> Own:
    """Who is to be born when."""
    people = life.people
    first = np.full(len(people.family), np.iinfo(np.int32).max)
    np.minimum.at(first, people.child_family, people.birth)
    here = np.flatnonzero(people.arrival < 0)
    rows = here[np.argsort(people.birth[here], kind="stable")]
    edges = np.searchsorted(people.birth[rows], clock.first_day(np.arange(clock.MONTHS + 1)))
    since = (people.birth - first[people.child_family])[rows] / 365.25
    seen = {name: np.zeros(len(rows), dtype=bool) for name in _SEEN}
    return Own(rows, edges, since, seen)


def step(life: Life, own: Own, month: int) -> None:
    """Looks at the homes of those born this month; in the last month, tells of all births at once."""
    mine = slice(own.edges[month], own.edges[month + 1])
    families, home = life.families, life.people.child_family[own.rows[mine]]
    own.seen["need"][mine] = families.need_kind[home] > 0
    own.seen["mental"][mine] = families.parental_mental[home] > 0
    own.seen["substance"][mine] = families.substance[home]
    own.seen["abuse"][mine] = families.domestic_abuse[home]
    own.seen["low_income"][mine] = families.low_income[home]
    if month == clock.MONTHS - 1:
        _tell(life, own)


def _tell(life: Life, own: Own) -> None:
    """Records of all births."""
    born = own.edges[-1]
    rows, seen = own.rows[:born], {name: values[:born] for name, values in own.seen.items()}
    mental, substance = seen["mental"], seen["substance"]
    p, people, families, luck = life.parameters["child_health"], life.people, life.families, life.luck
    home, ids = people.child_family[rows], people.child[rows]
    age = families.mother_age[home] + own.since_first[:born]
    month = clock.month_of(people.birth[rows])
    deprived = 5.5 - people.decile[home]
    odds = (
        p["birth.smoking"]
        + p["birth.smoking_per_decile"] * deprived
        + p["birth.smoking_per_year_of_age"] * (age - 30)
        + p["birth.smoking_mental"] * mental
        + p["birth.smoking_substance"] * substance
        + p["birth.smoking_need"] * seen.pop("need")
        + p["birth.smoking_per_year"] * (clock.year_ending(month) - 2010)
    )
    smoking = luck("child_health.smoking", ids) < expit(odds)
    risk = np.where(substance, 2, (seen["low_income"] | (age < 20)).astype(int))
    weeks = _weeks(life, ids, deprived, smoking, substance)
    early = np.where(weeks < 34, _VERY, np.where(weeks < 37, _MODERATELY, _NONE))
    relative = 1 + (weeks - 40) * p["birth.weight_per_week"]
    relative = relative * (1 + p["birth.weight_smoking"] * smoking + p["birth.weight_substance"] * substance)
    spread = 1 + p["birth.weight_spread"] * ndtri(luck("child_health.weight", ids))
    stay = np.array([0.0, *p["birth.neonatal"][1:]])[early] + p["birth.neonatal"][0]
    stay += life.parameters.effect("parental_substance->neonatal_unit") * substance
    stays = luck("child_health.neonatal", ids) < expit(stay)
    days = 1 + luck.exponential("child_health.neonatal_days", ids) * p.array("birth.neonatal_days")[early]
    life.log["newborns"].add(
        child=ids,
        day=people.birth[rows],
        mother_age=np.clip(age, 13, 55).astype(np.int8),
        weeks=weeks,
        grams=np.clip(p["birth.weight_at_40"] * relative * spread, 500, 5_900).astype(np.int16),
        neonatal_days=np.where(stays, np.minimum(days, 150), 0).astype(np.int16),
        **seen,
        smoking=smoking,
        late_booking=luck("child_health.late_booking", ids) < p.array("birth.late_booking")[risk],
    )


def _weeks(life: Life, ids, deprived, smoking, substance) -> np.ndarray:
    """Completed weeks of gestation, 27 to 42."""
    p, luck = life.parameters["child_health"], life.luck
    share = p["birth.preterm"]
    odds = np.log(share / (1 - share))
    odds = odds + p["birth.preterm_per_decile"] * deprived
    odds += p["birth.preterm_smoking"] * smoking + p["birth.preterm_substance"] * substance
    early = luck("child_health.preterm", ids) < expit(odds)
    before = 27 + luck.choose("child_health.weeks", ids, p.array("birth.preterm_weeks"))
    term = 37 + luck.choose("child_health.weeks", ids, p.array("birth.term_weeks"), draw=1)
    return np.where(early, before, term).astype(np.int8)
