"""Support of children in need outside child protection plans: child in need plans, and the closing of cases.

Depends on what the front door decided, and on care (a case does not close while a child is looked after).
"""

import numpy as np

from catalyst.world import cases, clock
from catalyst.world.luck import happens
from catalyst.world.state import IN_NEED, NONE, Life

SWITCH = "cin_plan"  # --set cin_plan=on|off: every child found in need has a plan, or none has
_DISABILITY = 2  # N2


def begin_plans(life: Life, month: int) -> None:
    """What follows for those just found in need: a plan, or none, or the case closes."""
    if not life.new_in_need:
        return
    p = life.parameters["support"]
    children, people, luck = life.children, life.people, life.luck
    child = np.concatenate(life.new_in_need)
    life.new_in_need.clear()
    family = people.family[people.child_family[child]]
    has = life.alike("cin_plan", child, month, 0.9) < p["cin_plan.begins"]
    if SWITCH in life.settings:
        has = np.full(len(child), life.settings[SWITCH])
    lag = 1 + np.floor(luck("cin_plan.days", family, month) * p["cin_plan.within_working_days"]).astype(
        np.int32
    )
    day = clock.add_working_days(children.since[child], lag)
    cases.start_cin_plan(life, child[has], day[has])
    children.free_from[child[has]] = day[has]
    # Where no plan is made most cases close soon: the assessment was the service.
    done = (
        ~has
        & (life.alike("cin_plan.none_needed", child, month, 0.9) < p["closing.at_once"])
        & (children.need[child] != _DISABILITY)
        & (children.care_row[child] == NONE)
    )
    cases.close(life, child[done], day[done], cases.NO_MORE_SERVICES)


def step(life: Life, month: int) -> None:
    """Cases that close this month because the family needs, or is given, no further service."""
    p = life.parameters["support"]
    children, people = life.children, life.people
    first = clock.first_day(month)
    rows = np.flatnonzero(children.stage == IN_NEED)
    who = rows[
        (children.care_row[rows] == NONE)
        & (children.conference[rows] == NONE)
        & (children.free_from[rows] < first)
        & ~children.care_leaver[rows]
    ]
    if not len(who):
        return
    waited = first - children.since[who]
    band = np.searchsorted(p.array("closing.band_months") * clock.DAYS_PER_MONTH, waited, side="right") - 1
    hazard = p.array("closing.per_month")[np.maximum(band, 0)]
    hazard = hazard * np.exp(
        p["closing.disability"] * (children.need[who] == _DISABILITY)
        + p["closing.after_care"] * (children.period[who] > 0)
    )
    u = life.alike("closing", who, month, 0.85)
    who = who[happens(u, hazard)]
    family = people.family[people.child_family[who]]
    day = first + np.floor(life.luck("closing.day", family, month) * 27).astype(np.int32)
    cases.close(life, who, clock.weekday_at_or_after(day), cases.NO_MORE_SERVICES)
