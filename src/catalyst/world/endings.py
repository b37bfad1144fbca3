"""Eighteenth birthdays and deaths: what ends on the day, whatever else was going on. Depends on people.

It runs first in a month, so that nothing else happens to a child after the day.
"""

import numpy as np

from catalyst.world import cases, clock
from catalyst.world.care import leave
from catalyst.world.codes import CLOSURE, REC, index
from catalyst.world.placements import is_foster
from catalyst.world.state import CLOSED, IN_NEED, NONE, ON_PLAN, Life


def step(life: Life, month: int) -> None:
    """Deaths and eighteenth birthdays of this month, then leaving care cases that close."""
    first, after = clock.first_day(month), clock.first_day(month + 1)
    ends = np.flatnonzero((life.until >= first) & (life.until < after))
    # A child who dies on the eighteenth birthday has died.
    died = life.people.death[ends] == life.until[ends]
    _deaths(life, ends[died], month)
    _birthdays(life, ends[~died], month)
    _leaving_care(life, month)


def _deaths(life: Life, child: np.ndarray, month: int) -> None:
    children, day = life.children, life.people.death
    on_plan = child[(children.stage[child] == ON_PLAN) & (children.plan_row[child] != NONE)]
    cases.end_plan(life, on_plan, day[on_plan], "death")
    cared = child[children.care_row[child] != NONE]
    leave(life, cared, day[cared], np.full(len(cared), index(REC, "E2")), month)
    open_case = child[children.stage[child] != CLOSED]
    cases.close(life, open_case, day[open_case], cases.DIED)
    children.left[child] = True


def _birthdays(life: Life, child: np.ndarray, month: int) -> None:
    p = life.parameters["care"]
    children, people, luck = life.children, life.people, life.luck
    day = life.turns_18
    on_plan = child[(children.stage[child] == ON_PLAN) & (children.plan_row[child] != NONE)]
    cases.end_plan(life, on_plan, day[on_plan], "turned 18")
    cared = child[children.care_row[child] != NONE]
    if len(cared):
        ids = people.child[cared]
        stays = np.array([index(REC, c) for c in ("E17", "E5", "E6", "E7", "E8")])
        foster = luck.choose("care.at_18", ids, p.array("leaving.at_18_fostered"), month)
        other = luck.choose("care.at_18", ids, p.array("leaving.at_18_other"), month)
        code = stays[np.where(is_foster(life, cared), foster, other)]
        leave(life, cared, day[cared], code, month)
        cases.end_cin_plan(life, cared, day[cared])
        children.care_leaver[cared] = children.stage[cared] == IN_NEED
    rest = child[(children.stage[child] != CLOSED) & ~children.care_leaver[child]]
    disabled = children.need[rest] == 2
    reason = np.where(disabled, index(CLOSURE, "RC6"), cases.NO_MORE_SERVICES)
    cases.close(life, rest, np.maximum(day[rest], children.free_from[rest]), reason)


def _leaving_care(life: Life, month: int) -> None:
    p = life.parameters["support"]
    children = life.children
    first = clock.first_day(month)
    who = np.flatnonzero(children.care_leaver & (children.stage == IN_NEED) & (children.free_from < first))
    if not len(who):
        return
    too_old = first - life.people.birth[who] >= p["leaving_care.until_age"] * 365.25 - 31
    u = life.luck("leaving_care", life.people.child[who], month)
    who = who[too_old | (u < 1 - np.exp(-p["leaving_care.closing_per_month"]))]
    day = first + np.floor(life.luck("leaving_care.day", life.people.child[who], month) * 27).astype(np.int32)
    cases.close(life, who, clock.weekday_at_or_after(day), cases.NO_MORE_SERVICES)
    children.care_leaver[who] = False
