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
    age = today - people.birth
    infant = np.zeros(len(people.family), dtype=bool)
    infant[people.child_family[(age > -150) & (age < 365)]] = True
    with_children = np.zeros(len(people.family), dtype=bool)
    here = (age > -150) & (age < 6575) & ~life.children.left
    with_children[people.child_family[here]] = True
    with_children &= life.settled

    in_need = families.need_kind > 0
    u = life.monthly["need"](month)
    ends = np.flatnonzero(in_need & ((u < p["families.ends_per_month"]) | ~with_children))
    if len(ends):
        life.log["needs"].set(families.need_row[ends], end=np.full(len(ends), today))
        families.need_kind[ends] = 0
        families.need_row[ends] = NONE

    effect = life.parameters.effect
    at_risk = np.flatnonzero(with_children & ~in_need)
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
    begins = at_risk[happens(u[at_risk], hazard)]
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
