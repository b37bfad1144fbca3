"""Parents: what mothers and fathers bring from before the children: age, own care as children, convictions.

All of it is decided once, by the family's luck and neighbourhood; depends on people.
"""

import numpy as np
from scipy.special import expit, logit, ndtri

from catalyst.world.log import Shape
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {}
SWITCHES: tuple[str, ...] = ()


def begin(life: Life) -> None:
    """Mothers' own care and age at first birth, parents' convictions, and how many adults share a home."""
    p = life.parameters["parents"]
    people, families, luck = life.people, life.families, life.luck
    ids, place = people.family, people.decile - 1

    families.mother_in_care[:] = luck("parents.in_care", ids) < p.array("mother_in_care.by_decile")[place]
    families.mother_in_care &= life.settled
    years = (
        p.array("mother_age.mean_by_decile")[place]
        + p["mother_age.in_care"] * families.mother_in_care
        + p["mother_age.spread"] * ndtri(luck("parents.age", ids))
    )
    families.mother_age[:] = np.clip(np.floor(years), *p["mother_age.limits"])
    odds = (
        logit(p.array("offended.by_decile")[place]) + p["offended.mother_in_care"] * families.mother_in_care
    )
    families.parent_offended[:] = (luck("parents.offended", ids) < expit(odds)) & life.settled

    lone = luck("parents.lone", ids) < p.array("adults.lone_by_decile")[place]
    three = luck("parents.third_adult", ids) < p["adults.third"]
    life.own.adults = (1 + ~lone + three).astype(np.int8)
    life.own.lone = lone


def step(life: Life, month: int) -> None:
    """Nothing here changes from month to month."""


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What parents bring, for those who record it; all of shape (families,)."""
    families = life.families
    return {
        "mother_age": families.mother_age.astype(np.int8),
        "mother_in_care": families.mother_in_care.copy(),
        "parent_offended": families.parent_offended.copy(),
        "adults": life.own.adults,
        "lone": life.own.lone,
    }, {}
