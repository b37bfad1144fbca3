"""Need: spells in which a family's life puts its children at risk of harm, seen by services or not.

Depends on hardship, parental mental health, domestic abuse, the neighbourhood, a lasting vulnerability of the
family, and whether there is a baby.
"""

import numpy as np
from scipy.special import gammaincinv

from catalyst.world import clock
from catalyst.world.luck import happens
from catalyst.world.state import NONE, Life


def vulnerability(life_luck, parameters, family: np.ndarray) -> np.ndarray:
    """A family's lasting vulnerability, gamma with mean one; shape (families,)."""
    shape = parameters["need"]["families.vulnerability_shape"]
    return gammaincinv(shape, life_luck("need.vulnerability", family)) / shape


def step(life: Life, month: int) -> None:
    """Spells of need that end or begin this month."""
    p = life.parameters["need"]
    families, people = life.families, life.people
    today = int(clock.first_day(month))
    luck, effect = life.monthly["need"], life.parameters.effect
    in_need = np.flatnonzero(families.need_kind > 0)

    # Few have luck near the event: only they are looked at.
    if not hasattr(life.own, "need"):
        life.own.need = _highest(life)
    at_risk, u = luck.near(month, life.own.need)
    free = (families.need_kind[at_risk] == 0) & life.settled[at_risk]
    free &= _with_children(life, at_risk, today)
    at_risk, u = at_risk[free], u[free]
    infant = np.zeros(len(people.family), dtype=bool)
    infant[people.child_family[life.born(today - 364, today + 150)]] = True
    hazard = (
        p["families.begins_per_month"]
        * families.vulnerability[at_risk]
        * life.group_need[at_risk]
        * np.exp(effect("deprivation->need") * (5.5 - np.arange(11)))[people.decile[at_risk]]
        * np.exp(life.places.need)[families.authority[at_risk]]
        * np.exp(effect("hardship->need") * np.arange(2))[families.low_income[at_risk].view(np.int8)]
        * np.exp(p["families.domestic_abuse"] * np.arange(2))[families.domestic_abuse[at_risk].view(np.int8)]
        * np.exp(effect("parental_mental->need") * np.array([0, 1, 1]))[families.parental_mental[at_risk]]
        * np.exp(p["families.infant"] * np.arange(2))[infant[at_risk].view(np.int8)]
    )
    begins = at_risk[happens(u, hazard)]

    over = (luck(month, in_need) < p["families.ends_per_month"]) | ~life.settled[in_need]
    ends = in_need[over | ~_with_children(life, in_need, today)]
    if len(ends):
        life.log["needs"].set(families.need_row[ends], end=np.full(len(ends), today))
        families.need_kind[ends] = 0
        families.need_row[ends] = NONE

    if len(begins):
        ids = people.family[begins]
        families.need_kind[begins] = life.luck.choose("need.kind", ids, p.array("families.kinds"), month)
        families.need_severity[begins] = life.luck("need.severity", ids, month)
        families.need_row[begins] = life.log["needs"].add(
            family=ids,
            child=np.zeros(len(ids), dtype=np.int64),
            start=today,
            kind=families.need_kind[begins],
            severity=families.need_severity[begins],
        )


def _highest(life: Life) -> np.ndarray:
    """A hazard of need that each family never exceeds, wherever it lives; shape (families,)."""
    p, effect = life.parameters["need"], life.parameters.effect
    ratios = (effect("hardship->need"), effect("parental_mental->need"))
    ratios += (p["families.domestic_abuse"], p["families.infant"])
    return (
        p["families.begins_per_month"]
        * life.families.vulnerability
        * life.group_need
        * np.exp(effect("deprivation->need") * (5.5 - life.people.decile))
        * np.exp(life.places.need.max() + sum(max(ratio, 0.0) for ratio in ratios))
    )


def _with_children(life: Life, families: np.ndarray, today: int) -> np.ndarray:
    """Whether families (rows) have a child at home, or expect one soon; bool, shape of ``families``."""
    people, child = life.people, life.children_of(families)
    age = today - people.birth[child]
    here = child[(age > -150) & (age < 6575) & ~life.children.left[child]]
    found = np.zeros(len(people.family), dtype=bool)
    found[people.child_family[here]] = True
    return found[families]
