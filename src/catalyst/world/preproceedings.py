"""Pre-proceedings: a family is told that the authority thinks of going to court, and what it is offered.

Depends on open cases and programmes. A child enters once at most; the family group conference is offered on
things that the records hold (plan, age, brothers and sisters), else by chance: its effect can be found.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from catalyst.world import clock
from catalyst.world.log import Shape
from catalyst.world.luck import happens
from catalyst.world.programmes import FAMILY_CONFERENCE
from catalyst.world.state import CLOSED, IN_NEED, NONE, ON_PLAN, Life

TABLES: dict[str, Shape] = {
    "preproceedings": Shape(
        {
            "child": "i8", "family": "i8", "authority": "i2", "start": "i4", "end": "i4", "on_plan": "?",
            "infant": "?", "together": "i1", "available": "?", "offered": "?", "took_part": "?",
            "outcome": "i1",
        },
        ("child", "start"), {"end": ("outcome",)}),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
OUTCOMES = ("open", "looked after", "stepped down", "case closed")
_OPEN, _CARE, _DOWN, _CLOSED = range(4)
_ABUSE = 1  # N1


@dataclass
class _Own:
    """What this room remembers of each child; arrays of shape (children,)."""

    ever: np.ndarray
    until: np.ndarray  # day on which the family steps down
    start: np.ndarray
    took_part: np.ndarray


def begin(life: Life) -> None:
    """Nobody is in pre-proceedings."""
    n = len(life.people.child)
    life.own.preproceedings = _Own(
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=np.int32),
        np.zeros(n, dtype=np.int32),
        np.zeros(n, dtype=bool),
    )


def step(life: Life, month: int) -> None:
    """Pre-proceedings that are over, and children whose family enters them this month."""
    _over(life, month)
    _enter(life, month)


def care_log(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """Log hazard ratio of entering care: high in pre-proceedings, lower for the others with like needs.

    Parameters
    ----------
    child : rows of children who are not looked after

    Returns
    -------
    float array, shape of ``child``; 0 for children without an open case for abuse or neglect
    """
    p = life.parameters["preproceedings"]
    children, own = life.children, life.own.preproceedings
    stage = children.stage[child]
    on_plan, in_need = stage == ON_PLAN, stage == IN_NEED
    concerns = (on_plan | in_need) & (children.need[child] == _ABUSE)
    first = clock.first_day(month)
    concerns &= life.people.birth[child] + p["begins.from_age_days"] <= first
    inside = (children.preproceedings_row[child] != NONE) & (own.start[child] < first)
    raised = np.where(on_plan, p["care.on_plan"], p["care.in_need"])
    raised = raised + life.parameters.effect("family_conference->care") * own.took_part[child]
    others = np.where(on_plan, p["care.others_on_plan"], p["care.others_in_need"])
    return np.where(concerns, np.where(inside, raised, others), 0.0)


def _over(life: Life, month: int) -> None:
    children, own, log = life.children, life.own.preproceedings, life.log["preproceedings"]
    first = clock.first_day(month)
    inside = np.flatnonzero(children.preproceedings_row != NONE)
    if not len(inside):
        return
    cared = children.care_row[inside] != NONE
    shut = ~cared & ((children.stage[inside] == CLOSED) | children.left[inside])
    down = ~cared & ~shut & (own.until[inside] <= first)
    for which, outcome in ((cared, _CARE), (shut, _CLOSED), (down, _DOWN)):
        child = inside[which]
        if len(child):
            day = {_CARE: children.care_start[child], _DOWN: own.until[child]}.get(
                outcome, np.maximum(children.free_from[child], own.start[child])
            )
            log.set(children.preproceedings_row[child], end=day, outcome=np.full(len(child), outcome))
            children.preproceedings_row[child] = NONE


def _enter(life: Life, month: int) -> None:
    p = life.parameters["preproceedings"]
    children, people, own = life.children, life.people, life.own.preproceedings
    first = clock.first_day(month)
    child = np.flatnonzero(children.stage >= IN_NEED)
    child = child[
        (children.need[child] == _ABUSE)
        & ~own.ever[child]
        & (children.care_row[child] == NONE)
        & (children.free_from[child] < first)
        & (people.birth[child] + p["begins.from_age_days"] <= first)
        & (life.until[child] > first + 62)
        & ~children.left[child]
    ]
    if not len(child):
        return
    on_plan = children.stage[child] == ON_PLAN
    hazard = np.where(on_plan, p["begins.on_plan_per_month"], p["begins.in_need_per_month"])
    hazard = hazard * np.exp(p["begins.by_severity"] * (children.severity[child] - 0.5))
    u = life.alike("preproceedings.begins", child, month, p["begins.together"])
    now = happens(u, hazard)
    child, on_plan = child[now], on_plan[now]
    if not len(child):
        return
    start = np.full(len(child), clock.weekday_at_or_after(first), dtype=np.int32)
    family = people.family[people.child_family[child]]
    _, group, size = np.unique(family, return_inverse=True, return_counts=True)
    on_plan = np.bincount(group, on_plan)[group] > 0
    infant = np.bincount(group, first - people.birth[child] < 365)[group] > 0
    together = size[group]
    available = life.programmes.start[FAMILY_CONFERENCE, children.authority[child]] <= month
    log_odds = (
        p["conference.offered"]
        + p["conference.offered_on_plan"] * on_plan
        + p["conference.offered_infant"] * infant
        + p["conference.offered_siblings"] * (together > 1)
    )
    offered = available & (life.luck("preproceedings.offered", family) < expit(log_odds))
    takes_part = life.luck("preproceedings.takes_part", family) < p["conference.takes_part"]
    low, high = p["lasts.months"]
    months = low + np.floor(life.luck("preproceedings.lasts", family) * (high - low)).astype(int)
    own.ever[child] = True
    own.start[child] = start
    own.until[child] = clock.first_day(month + months)
    own.took_part[child] = offered & takes_part
    children.free_from[child] = start
    children.preproceedings_row[child] = life.log["preproceedings"].add(
        child=people.child[child],
        family=family,
        authority=children.authority[child],
        start=start,
        on_plan=on_plan,
        infant=infant,
        together=together,
        available=available,
        offered=offered,
        took_part=offered & takes_part,
    )
