"""A world from its specification: places, blocks of families, and the order in which a month is lived.

The order of the rooms stands here and nowhere else. Depends on every room.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from catalyst.errors import CourseError
from catalyst.world import (
    adulthood,
    arrivals,
    care,
    child_health,
    clock,
    disability,
    domestic_abuse,
    early_help,
    endings,
    engagement,
    exclusions,
    exploitation,
    families,
    family_health,
    front_door,
    hardship,
    household,
    missing,
    moves,
    need,
    offending,
    parents,
    places,
    preproceedings,
    proceedings,
    programmes,
    protection,
    roll,
    schools,
    send,
    support,
    workforce,
)  # fmt: skip
from catalyst.world.log import Log
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters, read
from catalyst.world.places import MOST, Places
from catalyst.world.state import ChildState, FamilyState, Life

# The rooms that keep state and tables of their own, in the order in which they begin.
ROOMS = (
    parents, household, family_health, domestic_abuse, send, engagement, exclusions, roll, child_health,
    exploitation, early_help, preproceedings, proceedings, missing, offending, adulthood,
)  # fmt: skip
SWITCHES = (
    hardship.SWITCH, disability.SWITCH, support.SWITCH, *(name for room in ROOMS for name in room.SWITCHES)
)  # fmt: skip
BLOCK = 30_000  # at most so many families, about 55,000 children: arrays that stay in the processor's cache


@dataclass(frozen=True)
class Spec:
    """What decides a world.

    Parameters
    ----------
    seed : whole number from 0 to 2^63 − 1
    children : stock aged 0–17 on 31 March 2025 (deaths and unaccompanied arrivals apart)
    authorities : number of places, 1 to 153
    settings : which switchable events happen to all (True) or none (False) of those eligible
    cuts : arrows whose effect is nil
    moved : arrows whose effect is another than the parameters say, and which
    """

    seed: int
    children: int
    authorities: int = 24
    settings: Mapping[str, bool] = field(default_factory=dict)
    cuts: tuple[str, ...] = ()
    moved: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise CourseError(f"A seed is a whole number from 0 to {2**63 - 1}, not {self.seed}.")
        if not 1 <= self.authorities <= MOST:
            raise CourseError(f"The number of authorities is from 1 to {MOST}, not {self.authorities}.")
        if self.children < 10 * self.authorities:
            raise CourseError(
                f"{self.children} children are too few for {self.authorities} authorities: ask for at least "
                f"{10 * self.authorities}, or for fewer authorities."
            )
        for name in self.settings:
            if name not in SWITCHES:
                raise CourseError(f"There is no event '{name}' to set; the events are {', '.join(SWITCHES)}.")


@dataclass
class Lives:
    """What truly happened in a block: people, places and the event log as dictionaries of arrays."""

    spec: Spec
    places: Places
    schools: schools.Schools
    workforce: workforce.Workforce
    programmes: programmes.Programmes
    families: dict[str, np.ndarray]
    children: dict[str, np.ndarray]
    log: dict[str, dict[str, np.ndarray]]

    def __getattr__(self, name: str) -> dict[str, np.ndarray]:
        try:
            return self.__dict__["log"][name]
        except KeyError:
            raise AttributeError(name) from None


class World:
    """A world that can be lived block by block, in any order."""

    def __init__(self, spec: Spec):
        self.spec = spec
        self.luck = Luck(spec.seed)
        self.parameters: Parameters = read(spec.cuts, moved=spec.moved)
        self.places = places.make(self.luck, self.parameters, spec.authorities, spec.children)
        self.schools = schools.make(self.luck, self.parameters, self.places)
        self.workforce = workforce.make(self.luck, self.parameters, self.places)
        self.programmes = programmes.make(self.luck, self.parameters, self.places)

    def blocks(self, size: int = BLOCK) -> list[np.ndarray]:
        """Ids of the families of each block; whole families, neighbouring places together.

        Returns
        -------
        list of int64 arrays
        """
        ids = [
            np.concatenate(
                [
                    families.family_numbers(self.luck, self.parameters, a, int(count)),
                    arrivals.numbers(self.luck, self.parameters, self.places, a),
                ]
            )
            for a, count in enumerate(self.places.children)
        ]
        every = np.concatenate(ids)
        # Blocks of equal size: a month costs nearly the same for a small rest as for a full block.
        return np.array_split(every, -(-len(every) // size))

    def begin(self, block: np.ndarray) -> Life:
        """A block as it stands on 1 April 1997, before its first month.

        Parameters
        ----------
        block : int64 array of family ids, as from :meth:`blocks`
        """
        resident = block % families.PER_AUTHORITY < arrivals.FIRST
        people = families.make(self.luck, self.parameters, self.places, block[resident])
        people = people.concatenate(arrivals.make(self.luck, self.parameters, block[~resident]))
        vulnerability = need.vulnerability(self.luck, self.parameters, people.family)
        attention = vulnerability ** self.parameters["front_door"]["referral.vulnerability_power"]
        life = Life(
            places=self.places,
            people=people,
            parameters=self.parameters,
            luck=self.luck,
            log=Log(room.TABLES for room in ROOMS),
            families=FamilyState.start(people, vulnerability, attention),
            children=ChildState.start(people),
            schools=self.schools,
            workforce=self.workforce,
            programmes=self.programmes,
            settings=dict(self.spec.settings),
        )
        disability.begin(life)
        for room in ROOMS:
            room.begin(life)
        return life

    def live(self, block: np.ndarray) -> Lives:
        """Lives one block from April 1997 to March 2025.

        Parameters
        ----------
        block : int64 array of family ids, as from :meth:`blocks`
        """
        life = self.begin(block)
        people = life.people
        for month in range(clock.MONTHS):
            _live_a_month(life, month)
        order = np.argsort(people.child, kind="stable")
        own_families, own_children = _lasting(life)
        state = life.children
        return Lives(
            spec=self.spec,
            places=self.places,
            schools=self.schools,
            workforce=self.workforce,
            programmes=self.programmes,
            families={
                "family": people.family,
                "decile": people.decile,
                "home": people.home,
                "authority": life.families.authority,
                "vulnerability": life.families.vulnerability,
                **own_families,
            },
            children={
                "child": people.child[order],
                "family": people.family[people.child_family][order],
                "birth": people.birth[order],
                "sex": people.sex[order],
                "ethnicity": people.ethnicity[order],
                "disabilities": state.disabilities[order],
                "disability_from": state.disability_from[order],
                "death": people.death[order],
                "adopted": np.where(state.adopted > clock.END, clock.NEVER, state.adopted)[order],
                "arrival": people.arrival[order],
                **{name: values[order] for name, values in own_children.items()},
            },
            log=life.log.finished(),
        )


def _lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What rooms decided once about families and children, for those who record it."""
    about_families: dict[str, np.ndarray] = {}
    about_children: dict[str, np.ndarray] = {}
    for room in ROOMS:
        if hasattr(room, "lasting"):
            of_families, of_children = room.lasting(life)
            about_families |= of_families
            about_children |= of_children
    return about_families, about_children


def _live_a_month(life: Life, month: int) -> None:
    """One month. Endings come first: nothing follows them. Care comes before the plans' ends it causes."""
    endings.step(life, month)
    hardship.step(life, month)
    household.step(life, month)
    family_health.step(life, month)
    domestic_abuse.step(life, month)
    send.step(life, month)
    engagement.step(life, month)
    exclusions.step(life, month)
    roll.step(life, month)
    child_health.step(life, month)
    exploitation.step(life, month)
    need.step(life, month)
    moves.step(life, month)
    early_help.step(life, month)
    front_door.step(life, month)
    front_door.later_enquiries(life, month)
    preproceedings.step(life, month)
    care.enter(life, month)
    care.step(life, month)
    proceedings.step(life, month)
    missing.step(life, month)
    protection.start(life, month)
    protection.end(life, month)
    front_door.take_up(life, month)
    support.begin_plans(life, month)
    support.step(life, month)
    offending.step(life, month)
    adulthood.step(life, month)


def blocks(spec: Spec) -> list[np.ndarray]:
    """The blocks of a world; see :meth:`World.blocks`."""
    return World(spec).blocks()


def live(spec: Spec, block: np.ndarray) -> Lives:
    """Lives one block of a world; see :meth:`World.live`."""
    return World(spec).live(block)
