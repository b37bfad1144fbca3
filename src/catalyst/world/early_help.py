"""Early help: support of families below the threshold of social care, led by a school, a nurse or others.

Every authority gives it; only some keep records that a researcher may have. Depends on need, the front door
and places.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.front_door import TO_EARLY_HELP
from catalyst.world.log import Shape
from catalyst.world.luck import Standing, happens
from catalyst.world.places import spaced
from catalyst.world.state import CLOSED, NONE, Life

LEADS = (
    "school",
    "health visitor or school nurse",
    "family support team",
    "children's centre or family hub",
    "voluntary organisation",
)
SOURCES = ("closed by social care", "school", "health", "parent", "other")
OUTCOMES = ("needs met", "stepped up to social care", "family withdrew", "moved away")
SERVICES = (
    "parenting programme",
    "family support at home",
    "parental relationships",
    "mental wellbeing",
    "school attendance",
    "money and housing",
    "domestic abuse",
    "substance misuse",
)
TABLES: dict[str, Shape] = {
    "early_help": Shape(
        {
            "family": "i8", "episode": "i2", "authority": "i2", "start": "i4", "end": "i4", "lead": "i1",
            "source": "i1", "outcome": "i1", "services": "i2", "recorded": "?",
        },
        ("family", "start"), {"end": ("outcome",)}),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
_FIRST_MONTH = 192  # April 2013: episodes open when the records begin have begun before them
_MET, _STEPPED_UP, _WITHDREW, _MOVED = range(4)
_FROM_SOCIAL_CARE = 0


@dataclass
class _Own:
    row: np.ndarray  # of the open episode, −1 none; shape (families,)
    start: np.ndarray
    end: np.ndarray  # of the last episode
    authority: np.ndarray  # that gives it
    episode: np.ndarray  # how many so far
    records: np.ndarray  # whether an authority keeps records; shape (authorities,)
    hazard: np.ndarray  # of early help without present need; shape (families,)
    luck: Standing


def begin(life: Life) -> None:
    """Which authorities keep records; no family has early help yet."""
    n, places = len(life.people.family), len(life.places)
    # Ranks, so that every world has the same share of authorities with records.
    rank = np.argsort(np.argsort(spaced(life.luck, "early_help.records", places)))
    records = rank < max(1, round(life.parameters["early_help"]["records.share"] * places))
    life.own.early_help = _Own(
        np.full(n, NONE, dtype=np.int64),
        np.full(n, NONE, dtype=np.int32),
        np.full(n, NONE, dtype=np.int32),
        np.full(n, NONE, dtype=np.int16),
        np.zeros(n, dtype=np.int16),
        records,
        life.parameters["early_help"]["begins.otherwise_per_month"] * life.families.attention,
        life.luck.of("early_help.begins", life.people.family),
    )


def step(life: Life, month: int) -> None:
    """Episodes that end this month, then those that begin."""
    if month < _FIRST_MONTH:
        return
    row, stage = life.people.child_family, life.children.stage
    open_case = np.zeros(len(life.people.family), dtype=bool)
    open_case[row[stage != CLOSED]] = True
    _end(life, month, open_case)
    _begin(life, month, open_case)


def _end(life: Life, month: int, open_case: np.ndarray) -> None:
    p, own, families = life.parameters["early_help"], life.own.early_help, life.families
    luck, ids = life.luck, life.people.family
    first = clock.first_day(month)
    who = np.flatnonzero(own.row != NONE)
    if not len(who):
        return
    moved = families.authority[who] != own.authority[who]
    up = open_case[who] & (luck("early_help.steps_up", ids[who], month) < p["episodes.ends_with_a_case"])
    done = happens(luck("early_help.ends", ids[who], month), np.full(len(who), p["episodes.ends_per_month"]))
    over = moved | up | done
    who, moved, up = who[over], moved[over], up[over]
    if not len(who):
        return
    withdrew = luck("early_help.withdraws", ids[who], month) < p["episodes.withdraws"]
    outcome = np.select([moved, up, withdrew], [_MOVED, _STEPPED_UP, _WITHDREW], _MET)
    day = first + np.floor(luck("early_help.end_day", ids[who], month) * 27).astype(np.int32)
    own.end[who] = np.maximum(clock.weekday_at_or_after(day), own.start[who] + 1)
    life.log["early_help"].set(own.row[who], end=own.end[who], outcome=outcome)
    own.row[who] = NONE


def _begin(life: Life, month: int, open_case: np.ndarray) -> None:
    p, own, families, children = (
        life.parameters["early_help"],
        life.own.early_help,
        life.families,
        life.children,
    )
    luck, people = life.luck, life.people
    first, before = clock.first_day(month), clock.first_day(month - 1)
    row = people.child_family
    # Families whose case closed last month: early help was advised, or may follow.
    shut = np.flatnonzero(
        (children.stage == CLOSED) & (children.free_from >= before) & (children.free_from < first)
    )
    advised = (children.next_stage[shut] == CLOSED) & (children.reason[shut] == TO_EARLY_HELP)
    chance = np.zeros(len(people.family))
    np.maximum.at(chance, row[shut], np.where(advised, p["begins.after_advice"], p["begins.after_closure"]))
    closed = np.flatnonzero(chance)
    closed = closed[luck("early_help.after_case", people.family[closed], month) < chance[closed]]
    # Few have luck near the event: only they are looked at.
    near, u = own.luck.near(month, own.hazard + p["begins.in_need_per_month"])
    hazard = own.hazard[near] + p["begins.in_need_per_month"] * (families.need_kind[near] > 0)
    who = np.union1d(near[happens(u, hazard)], closed)
    who = who[(own.row[who] == NONE) & ~open_case[who] & life.settled[who]]
    who = who[_has_children(life, who, int(first))]
    if not len(who):
        return
    ids = people.family[who]
    day = first + np.floor(luck("early_help.day", ids, month) * 27).astype(np.int32)
    start = np.maximum(clock.weekday_at_or_after(day), own.end[who])
    other = 1 + luck.choose("early_help.source", ids, p.array("episodes.sources"), month)
    services = np.zeros(len(who), dtype=np.int16)
    for k, share in enumerate(p["episodes.services"]):
        services |= (luck("early_help.service", ids, month, k) < share).astype(np.int16) << k
    own.authority[who] = families.authority[who]
    own.episode[who] += 1
    own.start[who] = start
    own.row[who] = life.log["early_help"].add(
        family=ids,
        episode=own.episode[who],
        authority=families.authority[who],
        start=start,
        lead=luck.choose("early_help.lead", ids, p.array("episodes.leads"), month),
        source=np.where(np.isin(who, closed), _FROM_SOCIAL_CARE, other),
        services=np.where(services == 0, 2, services),
        recorded=own.records[families.authority[who]],
    )


def _has_children(life: Life, families: np.ndarray, today: int) -> np.ndarray:
    """Whether there is a child under eighteen at home; shape of ``families``."""
    child = life.children_of(families)
    here = (life.people.birth[child] < today) & (life.until[child] > today) & ~life.children.left[child]
    found = np.zeros(len(life.people.family), dtype=bool)
    found[life.people.child_family[child[here]]] = True
    return found[families]
