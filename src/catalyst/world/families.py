"""Families: their children, births, sex, ethnicity and neighbourhood. All of it is exogenous: nothing that
can be switched in a twin world changes who is born, where or when. Depends on places, luck and parameters.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from catalyst.world import clock
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places

PER_AUTHORITY = 10_000_000  # ids are authority x this + running number, so no two places need coordination
MOST_CHILDREN = 6
_GROUP = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2)
_GRID = 1000  # points at which the distribution of neighbourhoods is worked out


@dataclass
class People:
    """The families and children of a block.

    Arrays of families have shape (families,), of children (children,); ``child_family`` is each child's row
    in the family arrays. Days count from 1 January 1970; −1 is never.
    """

    family: np.ndarray
    home: np.ndarray
    decile: np.ndarray
    child: np.ndarray
    child_family: np.ndarray
    birth: np.ndarray
    sex: np.ndarray
    ethnicity: np.ndarray
    death: np.ndarray
    arrival: np.ndarray

    @property
    def group(self) -> np.ndarray:
        """Broad ethnic group of each child: 0 White, 1 Mixed, 2 Asian, 3 Black, 4 Other."""
        return _GROUP[self.ethnicity]

    def concatenate(self, other: "People") -> "People":
        """Both groups of people as one."""
        joined = {name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in self.__dict__}
        joined["child_family"][len(self.child) :] += len(self.family)
        return People(**joined)


def birthday(birth: np.ndarray, age: int) -> np.ndarray:
    """Day on which someone born on ``birth`` reaches ``age`` years."""
    months = clock.calendar_month(birth)
    return (clock.month_start(months + 12 * age) + (birth - clock.month_start(months))).astype(np.int32)


def _births(luck: Luck, p, family: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Months of birth (−10,000 where there is no such child), shape (families, 6), and if in the stock."""
    years = np.arange(p["births.first_year"], 2026)
    weight = np.interp(years, p.array("births.at_years"), p.array("births.by_year"))
    u = luck("families.first_birth", family)
    edges = np.concatenate([[0], np.cumsum(weight) / weight.sum()])
    place = np.clip(np.searchsorted(edges, u, side="right") - 1, 0, len(years) - 1)
    inside = (u - edges[place]) / (edges[place + 1] - edges[place])
    first = ((years[place] - 1997) * 12 - 3 + np.floor(inside * 12)).astype(np.int32)
    size = luck.choose("families.size", family, p.array("births.number_of_children")) + 1
    low, high = p["births.gap_months"]
    month = np.full((len(family), MOST_CHILDREN), -10_000, dtype=np.int32)
    current = first
    for k in range(MOST_CHILDREN):
        if k:
            current = (
                current
                + low
                + np.floor(luck("families.gap", family, draw=k) * (high - low + 1)).astype(np.int32)
            )
        here = (k < size) & (current >= 0) & (current < clock.MONTHS + p["births.last_month_after_window"])
        month[here, k] = current[here]
    return month, (month >= clock.MONTHS - 216) & (month < clock.MONTHS)


def family_numbers(luck: Luck, parameters: Parameters, authority: int, target: int) -> np.ndarray:
    """Ids of the families of one authority, taken in order until its stock is exactly the target."""
    p = parameters["families"]
    taken: list[np.ndarray] = []
    missing, start = target, 0
    while missing:
        numbers = authority * PER_AUTHORITY + np.arange(start, start + max(2 * missing, 64), dtype=np.int64)
        month, in_stock = _births(luck, p, numbers)
        per_family = in_stock.sum(axis=1)
        running = np.cumsum(per_family)
        whole = int(np.searchsorted(running, missing, side="right"))
        taken.append(numbers[:whole][(month[:whole] > -10_000).any(axis=1)])
        missing -= int(running[whole - 1]) if whole else 0
        start += whole
        if missing and whole < len(
            numbers
        ):  # the next family has more children than are missing: pass it over
            start += 1
    return np.concatenate(taken)


def make(luck: Luck, parameters: Parameters, places: Places, families: np.ndarray) -> People:
    """Brings the named families to life.

    Parameters
    ----------
    families : int64 array of family ids from :func:`family_numbers`
    """
    p = parameters["families"]
    month, _ = _births(luck, p, families)
    row, order = np.nonzero(month > -10_000)
    home = (families // PER_AUTHORITY).astype(np.int16)
    child = families[row] * 8 + order + 1
    day_in_month = np.floor(luck("families.birth_day", child) * 28).astype(np.int32)
    birth = (clock.first_day(month[row, order]) + day_in_month).astype(np.int32)
    shares = p.array("children.ethnic_groups_by_region")[places.region[home]]
    group = luck.choose("families.group", families, shares)
    ethnicity = np.zeros(len(families), dtype=np.int8)
    inside = p.array("children.ethnicity_within_group")
    for g in range(5):
        members = np.flatnonzero(g == _GROUP)
        here = group == g
        ethnicity[here] = members[luck.choose("families.ethnicity", families[here], inside[members])]
    decile = _deciles(luck, parameters, places, families, home, ethnicity)
    sex = np.where(luck("families.sex", child) < p["children.male"], 1, 2).astype(np.int8)
    return People(
        family=families,
        home=home,
        decile=decile,
        child=child,
        child_family=row.astype(np.int64),
        birth=birth,
        sex=sex,
        ethnicity=ethnicity[row],
        death=_deaths(luck, p, child, birth),
        arrival=np.full(len(child), clock.NEVER, dtype=np.int32),
    )


def _deciles(luck: Luck, parameters: Parameters, places: Places, families, home, ethnicity) -> np.ndarray:
    """Deprivation decile of each family's neighbourhood, 1 (most deprived) to 10; int8, shape (families,).

    A neighbourhood is its authority's deprivation, the shift of the family's ethnic group and luck. Ranks are
    taken among all families of the world, so each decile holds a tenth of them, whatever the shifts are.
    """
    within = parameters["places"]["neighbourhoods.within_authority"]
    shift = parameters["families"].array("neighbourhoods.shift_by_ethnicity")
    u = luck("families.neighbourhood", families)
    u2 = luck("families.neighbourhood", families, draw=1)
    normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * u2)
    score = places.deprivation[home] + shift[ethnicity] + within * normal
    # The distribution of scores is a mixture of normals, one for each authority and group.
    p = parameters["families"]
    of_group = p.array("children.ethnic_groups_by_region")[places.region]
    of_group = of_group / of_group.sum(axis=1, keepdims=True)
    inside = p.array("children.ethnicity_within_group") / np.bincount(
        _GROUP, p.array("children.ethnicity_within_group"))[_GROUP]  # fmt: skip
    weight = (places.children / places.children.sum())[:, None] * of_group[:, _GROUP] * inside
    centre = places.deprivation[:, None] + shift
    grid = np.linspace(centre.min() - 5 * within, centre.max() + 5 * within, _GRID)
    below = sum(w * ndtr((grid - m) / within) for m, w in zip(centre.ravel(), weight.ravel(), strict=True))
    return np.clip(np.ceil((1 - np.interp(score, grid, below)) * 10), 1, 10).astype(np.int8)


def _deaths(luck: Luck, p, child: np.ndarray, birth: np.ndarray) -> np.ndarray:
    """Day of death before the age of eighteen, or −1; shape (children,)."""
    death = np.full(len(child), clock.NEVER, dtype=np.int32)
    infant = luck("families.dies_young", child) < p["children.dies_in_first_year"]
    # Most infant deaths fall in the first weeks: the cube of a uniform crowds them there.
    death[infant] = (
        birth[infant] + 1 + np.floor(364 * luck("families.dies_young", child[infant], draw=1) ** 3)
    )
    age = luck.exponential("families.dies_later", child) / p["children.dies_later_per_year"] + 1
    later = ~infant & (age < 18)
    death[later] = birth[later] + np.floor(age[later] * 365.25)
    return death
