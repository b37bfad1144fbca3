"""The home: tenure and bedrooms, which move with income and the size of the family.

Depends on hardship, parents and people. Homes change at quarter days.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock, hardship
from catalyst.world.log import Shape
from catalyst.world.luck import Standing
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {
    "out_of_work": Shape({"family": "i8", "start": "i4", "end": "i4"}, ("family", "start"), {"end": ()}),
    "homes": Shape(
        {"family": "i8", "start": "i4", "end": "i4", "tenure": "i1", "bedrooms": "i1"},
        ("family", "start"), {"end": ()}),
}  # fmt: skip
SWITCHES: tuple[str, ...] = (hardship.IMPROVES,)
OWNED, SOCIAL, PRIVATE = 0, 1, 2
_QUARTER = 3  # months


@dataclass
class Home:
    """What the room keeps; arrays of shape (families,)."""

    bedrooms: np.ndarray
    row: np.ndarray
    moves: Standing
    grows: Standing


def bedrooms_needed(children: np.ndarray, adults: np.ndarray) -> np.ndarray:
    """Bedrooms that a household needs: one for a couple or lone parent, one for each two children, one for
    another adult; int8, shape of ``children``."""
    return (1 + (children + 1) // 2 + (adults > 2)).astype(np.int8)


def begin(life: Life) -> None:
    """Tenure and bedrooms with which each family starts."""
    p = life.parameters["household"]
    families, luck, ids = life.families, life.luck, life.people.family
    shares = p.array("tenure.at_start_by_decile")[life.people.decile - 1]
    families.tenure[:] = luck.choose("household.tenure", ids, shares)
    size = luck.choose("household.bedrooms", ids, p.array("bedrooms.by_tenure")[families.tenure])
    own = life.own.household = Home(
        bedrooms=(size + 1).astype(np.int8),
        row=np.zeros(len(ids), dtype=np.int64),
        moves=luck.of("household.moves", ids),
        grows=luck.of("household.grows", ids),
    )
    own.row[:] = life.log["homes"].add(
        family=ids, start=int(clock.first_day(0)), tenure=families.tenure, bedrooms=own.bedrooms
    )


def step(life: Life, month: int) -> None:
    """Changes of tenure and of bedrooms at quarter days, and who is overcrowded since."""
    if not month or month % _QUARTER:
        return
    p = life.parameters["household"]
    families, people, own = life.families, life.people, life.own.household
    day = int(clock.first_day(month))
    poor = families.low_income.astype(np.int8)
    chance = p.array("tenure.changes_per_quarter")[poor, families.tenure]
    buys = (families.tenure == PRIVATE) & (poor == 0)
    chance = np.where(buys, p.array("tenure.buys_by_decile")[people.decile - 1], chance)
    go = own.moves(month) < chance
    to = np.array([[PRIVATE, PRIVATE, OWNED], [PRIVATE, PRIVATE, SOCIAL]])[poor, families.tenure]
    here = (people.birth <= day) & (life.until > day) & ~life.children.left
    children = np.bincount(people.child_family[here], minlength=len(people.family))
    need = bedrooms_needed(children, life.own.adults)
    grows = (need > own.bedrooms) & (
        own.grows(month) < p.array("bedrooms.grows_per_quarter")[poor, families.tenure]
    )
    changed = np.flatnonzero(go | grows)
    families.tenure[go] = to[go]
    own.bedrooms[grows] += 1
    families.overcrowded = need > own.bedrooms
    if len(changed):
        log = life.log["homes"]
        log.set(own.row[changed], end=np.full(len(changed), day - 1))
        own.row[changed] = log.add(
            family=people.family[changed],
            start=day,
            tenure=families.tenure[changed],
            bedrooms=own.bedrooms[changed],
        )


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Luck by which a second adult works beside the first; shape (families,), uniform."""
    return {"second_works": life.luck("household.second_works", life.people.family)}, {}
