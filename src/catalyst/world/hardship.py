"""Household hardship: work that is lost and found, and spells of low income that begin and end with it.

Depends on parents, the neighbourhood, a child's disability, and on children's services: an open case makes it
likelier that a family falls into low income.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.log import Table
from catalyst.world.luck import Standing, happens
from catalyst.world.state import CLOSED, NONE, Life

SWITCH = "hardship"  # --set hardship=on|off: every family always, or never, on a low income
# --set income_improves=on|off: every spell of low income open on 1 April 2018 ends that day and none begins
# for 24 months, or every one goes on for 24 months. Families without such a spell live on as they would.
IMPROVES = "income_improves"
IMPROVED, HELD = int(clock.month_of(clock.day("2018-04-01"))), 24


@dataclass
class Hardship:
    """What the room keeps; arrays of shape (families,) unless said."""

    work: Standing  # luck
    loss: np.ndarray  # hazard a month of losing work
    fall: np.ndarray  # hazard a month of falling into low income, in work, without disability or open case
    rise: np.ndarray  # hazard a month of rising out of it, likewise
    highest: float  # that the hazard of falling never exceeds
    disabled_from: np.ndarray  # month from which a child of the family is known to be disabled
    work_row: np.ndarray
    held: np.ndarray  # families whose income the twin holds


def begin(life: Life) -> Hardship:
    """Hazards that last, and who has work and a low income in April 1997, as if it had always gone on so."""
    p = life.parameters["hardship"]
    people, luck, ids = life.people, life.luck, life.people.family
    n, place = len(ids), people.decile - 1
    lone, young = life.own.lone, life.families.mother_age < p["low_income.young_mother_below"]
    finds = p["work.found_per_month"]
    without = p.array("work.without_by_decile")[place]
    loss = finds * without / (1 - without) * np.exp(p["work.lone"] * lone)
    life.families.out_of_work[:] = luck("hardship.work_at_start", ids) < loss / (loss + finds)

    share = p.array("low_income.share_by_decile")[place]
    group = np.zeros(n, dtype=np.int64)
    group[people.child_family] = people.group
    fall = (
        p["low_income.recovery_per_month"]
        * share
        / (1 - share)
        * np.exp(
            p["low_income.level"]
            + p["low_income.lone"] * lone
            + p["low_income.young_mother"] * young
            + p.array("low_income.by_group")[group]
            + p.array("low_income.by_region")[life.places.region[people.home]]
        )
    )
    rise = p["low_income.recovery_per_month"] * np.exp(p["low_income.lone_recovers"] * lone)
    most = np.exp(p["low_income.out_of_work"] + p["low_income.disabled_child"])
    known = np.full(n, 10**6)
    has = np.flatnonzero(life.children.disabilities > 0)
    np.minimum.at(known, people.child_family[has], clock.month_of(life.children.disability_from[has]))
    return Hardship(
        work=luck.of("hardship.work", ids),
        loss=loss,
        fall=fall,
        rise=rise,
        highest=fall.max(initial=0) * most * np.exp(max(life.parameters.effect("involvement->hardship"), 0)),
        disabled_from=known,
        work_row=np.full(n, NONE, dtype=np.int64),
        held=np.zeros(n, dtype=bool),
    )


def step(life: Life, month: int) -> None:
    """Work lost and found this month, then spells of low income that end or begin."""
    if month == 0:
        life.own.hardship = begin(life)
    own, families, ids = life.own.hardship, life.families, life.people.family
    before = families.out_of_work.copy() if month else np.zeros(len(ids), dtype=bool)
    if month:
        _work(life, own, month)
    _log(life.log["out_of_work"], own.work_row, ids, before, families.out_of_work, month)
    after = _income(life, own, month)
    _log(life.log["low_income"], families.low_income_row, ids, families.low_income, after, month)
    families.low_income = after


def _work(life: Life, own: Hardship, month: int) -> None:
    """Work is lost and found."""
    out = life.families.out_of_work
    finds = life.parameters["hardship"]["work.found_per_month"]
    near, u = own.work.near(month, np.where(out, finds, own.loss))
    # Whoever is out of work and near has found some.
    changes = out[near] | happens(u, own.loss[near])
    out[near[changes]] ^= True


def _income(life: Life, own: Hardship, month: int) -> np.ndarray:
    """Who is on a low income this month; bool, shape (families,)."""
    p = life.parameters["hardship"]
    families, ids = life.families, life.people.family
    if SWITCH in life.settings:
        return np.full(len(ids), life.settings[SWITCH])

    def hazards(rows: np.ndarray, poor: np.ndarray) -> np.ndarray:
        disabled = own.disabled_from[rows] <= month
        out = families.out_of_work[rows]
        rising = own.rise[rows] * np.exp(
            p["low_income.out_of_work_recovers"] * out + p["low_income.disabled_child_recovers"] * disabled
        )
        falling = own.fall[rows] * np.exp(
            p["low_income.out_of_work"] * out
            + p["low_income.disabled_child"] * disabled
            + life.parameters.effect("involvement->hardship") * involved[rows]
        )
        return np.where(poor, rising, falling)

    involved = np.zeros(len(ids), dtype=bool)
    involved[life.people.child_family[life.children.stage != CLOSED]] = True
    if month == 0:
        every = np.arange(len(ids))
        falls, rises = hazards(every, np.zeros(len(ids), bool)), hazards(every, np.ones(len(ids), bool))
        return life.luck("hardship.start", ids) < falls / (falls + rises)
    poor = families.low_income
    # Only those near enough to a change are looked at.
    near, u = life.monthly["hardship"].near(month, np.where(poor, own.rise, own.highest))
    near = near[happens(u, hazards(near, poor[near]))]
    after = poor.copy()
    after[near] = ~after[near]
    if IMPROVES in life.settings:
        if month == IMPROVED:
            own.held = poor.copy()
        if IMPROVED <= month < IMPROVED + HELD:
            after[own.held] = not life.settings[IMPROVES]
    return after


def _log(
    table: Table, row: np.ndarray, ids: np.ndarray, before: np.ndarray, after: np.ndarray, month
) -> None:
    """Ends and begins spells; ``row`` holds each family's open one."""
    day = int(clock.first_day(month))
    began, ended = np.flatnonzero(after & ~before), np.flatnonzero(before & ~after)
    if len(ended):
        table.set(row[ended], end=np.full(len(ended), day - 1))
        row[ended] = NONE
    if len(began):
        row[began] = table.add(family=ids[began], start=day)
