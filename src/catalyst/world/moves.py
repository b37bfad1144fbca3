"""Moves: families that leave one authority for another, and open cases that follow.

Depends on places and domestic abuse.
"""

import numpy as np

from catalyst.world import cases, clock
from catalyst.world.codes import CLOSURE, SOURCE, index
from catalyst.world.state import FRONT_DOOR, IN_NEED, NONE, ON_PLAN, Life

TRANSFERRED = index(CLOSURE, "RC5")


def step(life: Life, month: int) -> None:
    """Families that move this month, then open cases whose family now lives elsewhere.

    A case that is still being assessed, and a child who is looked after, stay with the old authority;
    the case follows once it can.
    """
    _families(life, month)
    children, people = life.children, life.people
    last = clock.first_day(month + 1) - 8
    # Nobody hands a case over in the weeks round an eighteenth birthday.
    rows = np.flatnonzero(children.stage >= IN_NEED)
    rows = rows[children.authority[rows] != life.families.authority[people.child_family[rows]]]
    follow = rows[
        (children.care_row[rows] == NONE)
        & (children.free_from[rows] < clock.first_day(month))
        & (children.conference[rows] == NONE)
        & (life.until[rows] > last + 60)
    ]
    if not len(follow):
        return
    family = people.family[people.child_family[follow]]
    day = clock.weekday_at_or_before(
        clock.first_day(month)
        + np.floor(life.luck("moves.handover", family, month) * 20).astype(np.int32)
        + 2
    )
    on_plan = children.stage[follow] == ON_PLAN
    to = life.families.authority[people.child_family[follow]]
    need, severity = children.need[follow], children.severity[follow]
    cases.end_plan(life, follow[on_plan], day[on_plan], "transfer")
    cases.close(life, follow, day, TRANSFERRED)
    again = clock.add_working_days(day, 1)
    cases.open_case(life, follow, again, to, np.full(len(follow), index(SOURCE, "5C")), need, severity)
    cases.assess(life, follow, again, month, in_need=True)
    children.stage[follow] = FRONT_DOOR
    children.next_stage[follow] = IN_NEED
    lag = 5 + np.floor(life.luck("moves.conference", family, month) * 10).astype(np.int32)
    conference = clock.add_working_days(again, lag)
    moved = follow[on_plan]
    children.conference[moved] = conference[on_plan]
    children.conference_leads[moved] = True
    life.log["cases"].set(children.case_row[moved], transfer_conference=conference[on_plan])
    children.free_from[follow] = np.maximum(children.free_from[follow], np.where(on_plan, conference, 0))


def _families(life: Life, month: int) -> None:
    p = life.parameters["moves"]
    families, ids = life.families, life.people.family
    if len(life.places) < 2:
        return
    ratio = np.exp(life.parameters.effect("domestic_abuse->moves"))
    chance = p["families.moves_per_month"] * np.array([1.0, ratio])
    movers, u = life.monthly["moves"].near(month, chance.max())
    movers = movers[u < chance[families.domestic_abuse[movers].view(np.int8)]]
    movers = movers[life.settled[movers]]
    if not len(movers):
        return
    who, old = ids[movers], families.authority[movers]
    near = life.luck("moves.near", who, month) < p["families.within_region"]
    # Authorities of one region stand side by side: a move picks among them, or among all, but never its own.
    region = life.places.region
    first = np.searchsorted(region, region[old], side="left")
    size = np.searchsorted(region, region[old], side="right") - first
    near &= size > 1
    others = np.where(near, size, len(region)) - 1
    new = np.where(near, first, 0) + np.floor(life.luck("moves.where", who, month) * others).astype(int)
    new = (new + (new >= old)).astype(old.dtype)
    life.log["moves"].add(
        family=who,
        day=clock.first_day(month) + np.floor(life.luck("moves.day", who, month) * 28).astype(np.int32),
        authority_from=old,
        authority_to=new,
    )
    families.authority[movers] = new
