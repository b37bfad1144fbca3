"""The state of a block at the start of a month: what each family and child carries forward.

Only the rooms of the world read or change it; ``records`` never sees it. Depends on people.
"""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from catalyst.world.families import People, birthday
from catalyst.world.log import Log
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places
from catalyst.world.programmes import Programmes
from catalyst.world.schools import Schools
from catalyst.world.workforce import Workforce

CLOSED, FRONT_DOOR, IN_NEED, ON_PLAN = 0, 1, 2, 3
NONE = -1
ENGAGED, STRAINED, DISRUPTED, WITHDRAWN = range(4)


def _full(count: int, kind: str, value: float = NONE) -> np.ndarray:
    return np.full(count, value, dtype=kind)


@dataclass
class FamilyState:
    """Arrays of shape (families,)."""

    authority: np.ndarray
    vulnerability: np.ndarray  # mean one over families; lasting
    attention: np.ndarray  # that it draws without present need
    low_income: np.ndarray
    low_income_row: np.ndarray
    need_kind: np.ndarray  # index into codes.NEED, 0 = none now
    need_severity: np.ndarray  # in (0, 1)
    need_row: np.ndarray
    last_closure: np.ndarray  # month in which a child of the family was last closed
    out_of_work: np.ndarray
    tenure: np.ndarray  # 0 owned, 1 social renting, 2 private renting
    overcrowded: np.ndarray
    parental_mental: np.ndarray  # now: 0 none, 1 common, 2 severe
    substance: np.ndarray  # misuse by a parent now
    domestic_abuse: np.ndarray  # now
    mother_in_care: np.ndarray  # the mother was looked after as a child; lasting
    mother_age: np.ndarray  # years at the birth of her first child; lasting
    parent_offended: np.ndarray  # a parent has a conviction from before the children; lasting

    @classmethod
    def start(cls, people: People, vulnerability: np.ndarray, attention: np.ndarray) -> "FamilyState":
        n = len(people.family)
        return cls(
            authority=people.home.copy(),
            vulnerability=vulnerability,
            attention=attention,
            low_income=np.zeros(n, dtype=bool),
            low_income_row=_full(n, "i8"),
            need_kind=np.zeros(n, dtype=np.int8),
            need_severity=np.zeros(n),
            need_row=_full(n, "i8"),
            last_closure=_full(n, "i4", -1000),
            out_of_work=np.zeros(n, dtype=bool),
            tenure=np.zeros(n, dtype=np.int8),
            overcrowded=np.zeros(n, dtype=bool),
            parental_mental=np.zeros(n, dtype=np.int8),
            substance=np.zeros(n, dtype=bool),
            domestic_abuse=np.zeros(n, dtype=bool),
            mother_in_care=np.zeros(n, dtype=bool),
            mother_age=np.full(n, 29.0),
            parent_offended=np.zeros(n, dtype=bool),
        )


@dataclass
class ChildState:
    """Arrays of shape (children,). Rows point into the log; days and rows are −1 where there is none."""

    stage: np.ndarray  # CLOSED, FRONT_DOOR, IN_NEED or ON_PLAN
    case: np.ndarray  # how many cases so far
    case_row: np.ndarray
    authority: np.ndarray  # that holds the case
    referral: np.ndarray
    need: np.ndarray  # primary need of the open case, index into codes.NEED
    severity: np.ndarray
    free_from: np.ndarray  # the first day on which anything further can happen in the case
    next_stage: np.ndarray  # decided at the front door, taken up on free_from
    reason: np.ndarray  # of a closure decided at the front door
    since: np.ndarray  # day from which the wait for a closing decision is counted
    conference: np.ndarray  # day of the conference that is to come
    conference_leads: np.ndarray  # whether it will decide on a plan
    cin_plan_row: np.ndarray
    plan_row: np.ndarray
    plan: np.ndarray  # how many child protection plans so far
    plan_start: np.ndarray
    reviews: np.ndarray  # of the present plan, so far
    next_review: np.ndarray
    last_review: np.ndarray
    category: np.ndarray
    disabilities: np.ndarray
    disability_from: np.ndarray
    adopted: np.ndarray
    left: np.ndarray  # out of sight of the services of this family (adopted)
    care_row: np.ndarray
    care_start: np.ndarray
    period: np.ndarray
    legal: np.ndarray
    legal_since: np.ndarray
    place: np.ndarray
    place_since: np.ndarray
    provider: np.ndarray
    urn: np.ndarray
    outside: np.ndarray
    care_need: np.ndarray
    care_leaver: np.ndarray
    factors: np.ndarray  # bits of codes.FACTOR that the latest assessment recorded
    child_mental: np.ndarray  # mental ill health now: 0 none, 1 common, 2 severe
    sen: np.ndarray  # 0 none, 1 SEN support, 2 education, health and care plan
    school: np.ndarray  # row of the world's schools; −1 none
    roll: np.ndarray  # 0 not of school age, 1 at school, 2 alternative provision, 3 home education, 4 unseen
    engagement: np.ndarray  # 0 engaged, 1 strained, 2 disrupted, 3 withdrawn
    suspensions: np.ndarray  # so far
    excluded: np.ndarray  # ever permanently excluded
    exploited: np.ndarray  # now: 0 no, 1 sexual, 2 criminal, 3 gangs, 4 trafficking
    missing: np.ndarray  # times missing so far
    offences: np.ndarray  # proven so far
    custody_until: np.ndarray  # day on which custody ends; −1 not in custody
    preproceedings_row: np.ndarray

    @classmethod
    def start(cls, people: People) -> "ChildState":
        n = len(people.child)
        kinds = {
            "stage": ("i1", 0), "case": ("i2", 0), "authority": ("i2", NONE), "need": ("i1", 0),
            "severity": ("f8", 0), "next_stage": ("i1", 0), "reason": ("i1", NONE),
            "conference_leads": ("?", 0), "plan": ("i2", 0), "reviews": ("i2", 0), "category": ("i1", NONE),
            "disabilities": ("u2", 0), "left": ("?", 0), "period": ("i2", 0), "legal": ("i1", NONE),
            "place": ("i1", NONE), "case_row": ("i8", NONE), "cin_plan_row": ("i8", NONE),
            "plan_row": ("i8", NONE), "care_row": ("i8", NONE), "provider": ("i1", NONE), "outside": ("?", 0),
            "care_need": ("i1", 0), "care_leaver": ("?", 0), "factors": ("u8", 0), "child_mental": ("i1", 0),
            "sen": ("i1", 0), "roll": ("i1", 0), "engagement": ("i1", 0), "suspensions": ("i2", 0),
            "excluded": ("?", 0), "exploited": ("i1", 0), "missing": ("i2", 0), "offences": ("i2", 0),
            "preproceedings_row": ("i8", NONE),
        }  # fmt: skip
        return cls(**{f: _full(n, *kinds.get(f, ("i4", NONE))) for f in cls.__dataclass_fields__})


@dataclass
class Life:
    """All that a room of the world may see and change while one block is lived."""

    places: Places
    people: People
    parameters: Parameters
    luck: Luck
    log: Log
    families: FamilyState
    children: ChildState
    schools: Schools
    workforce: Workforce
    programmes: Programmes
    settings: dict[str, bool] = field(default_factory=dict)
    new_in_need: list[np.ndarray] = field(
        default_factory=list
    )  # found in need this month, not yet with a plan
    own: SimpleNamespace = field(default_factory=SimpleNamespace)  # what a room keeps for itself, by its name

    def __post_init__(self) -> None:
        effect = self.parameters.effect
        groups = np.array([0.0, *(effect(f"{g}->need") for g in ("mixed", "asian", "black", "other"))])
        one_child = np.zeros(len(self.people.family), dtype=np.int64)
        one_child[self.people.child_family] = np.arange(len(self.people.child))
        self.group_need = np.exp(groups)[self.people.group[one_child]]  # hazard ratio, shape (families,)
        self.settled = self.people.arrival[one_child] < 0  # families that live here; shape (families,)
        self.turns_18 = birthday(self.people.birth, 18)  # day, shape (children,)
        death = self.people.death
        # The day after which nothing new happens: death or the eighteenth birthday; shape (children,).
        self.until = np.where(death < 0, self.turns_18, np.minimum(self.turns_18, death))
        self.arrived = np.flatnonzero(self.people.arrival >= 0)  # rows of unaccompanied children
        # Luck that is asked of everybody every month.
        families, children = self.people.family, self.people.child
        self.monthly = {p: self.luck.of(p, families) for p in ("hardship", "need", "moves", "referral")}
        self.monthly |= {p: self.luck.of(p, children) for p in ("care.entry", "referral.own")}
        # Who is of an age, and whose children they are, without a look at everybody.
        self.by_birth = np.argsort(self.people.birth, kind="stable")  # rows of children, eldest first
        self._births = self.people.birth[self.by_birth]
        self._eldest = np.searchsorted(self.people.child_family, np.arange(len(families) + 1))

    def born(self, first: int, after: int) -> np.ndarray:
        """Rows of the children born from one day until before another, in the order of rows."""
        low, high = np.searchsorted(self._births, np.array([first, after], dtype=self._births.dtype))
        return np.sort(self.by_birth[low:high])

    def children_of(self, families: np.ndarray) -> np.ndarray:
        """Rows of the children ever born to some families, family by family."""
        first = self._eldest[families]
        count = self._eldest[families + 1] - first
        before = np.cumsum(count) - count
        return np.repeat(first - before, count) + np.arange(count.sum())

    def alike(self, process: str, child: np.ndarray, month: int, together: float) -> np.ndarray:
        """Uniform draws that brothers and sisters often share.

        With probability ``together`` (by her own luck) a child takes her family's draw, otherwise her own.
        Each draw is uniform whoever shares it, so the sharing bends no hazard: it only makes siblings alike.

        Parameters
        ----------
        child : integer array
            Rows of children.
        """
        people, luck = self.people, self.luck
        ids = people.child[child]
        family = people.family[people.child_family[child]]
        joins = luck(process + ".joins", ids, month) < together
        return np.where(joins, luck(process + ".family", family, month), luck(process, ids, month))
