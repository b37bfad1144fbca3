"""What every room does with a case: open it, assess it, end a plan in it, close it. Depends on state and log.

The order of a case's dates is kept here: nothing happens before the referral, and a closure comes last.
"""

import numpy as np

from catalyst.world import clock
from catalyst.world.codes import CLOSURE, END_OF_PLAN, FACTOR, index
from catalyst.world.state import CLOSED, IN_NEED, NONE, Life

NO_MORE_SERVICES = index(CLOSURE, "RC7")
DIED = index(CLOSURE, "RC2")
ABUSE_OR_NEGLECT = 1  # N1
_TEENAGER = 11 * 365.25


def open_case(life: Life, child, day, authority, source, need, severity, nfa=None) -> None:
    """A referral: a new case for each child (rows), with what is needed later kept in the state."""
    children = life.children
    children.case[child] += 1
    children.case_row[child] = life.log["cases"].add(
        child=life.people.child[child],
        case=children.case[child],
        authority=authority,
        referral=day,
        source=source,
        need=need,
        nfa=np.zeros(len(child), dtype=bool) if nfa is None else nfa,
    )
    children.authority[child] = authority
    children.referral[child] = day
    children.need[child] = need
    children.severity[child] = severity
    children.free_from[child] = day


def assess(life: Life, child, day, month: int, in_need) -> np.ndarray:
    """An assessment from ``day``; brothers and sisters referred together share its end.

    Returns
    -------
    int32 array
        Day of authorisation of each child's assessment, which also becomes the first day on which
        anything further can happen.
    """
    p = life.parameters["front_door"]
    people, children, luck = life.people, life.children, life.luck
    family = people.family[people.child_family[child]]
    edges = p.array("assessment.band_edges")
    band = luck.choose("assessment.band", family, p.array("assessment.band_shares"), month)
    inside = luck("assessment.days", family, month)
    length = np.floor(edges[band] + inside * (edges[band + 1] - edges[band])).astype(np.int32)
    start = clock.weekday_at_or_after(day)
    authorised = clock.add_working_days(start, length)
    factors = _factors(life, child, day, month, np.broadcast_to(in_need, len(child)))
    children.factors[child] = factors
    life.log["assessments"].add(
        child=people.child[child],
        case=children.case[child],
        start=start,
        authorised=authorised,
        factors=factors,
    )
    children.free_from[child] = np.maximum(children.free_from[child], authorised)
    return authorised


def _factors(life: Life, child, day, month: int, in_need) -> np.ndarray:
    p = life.parameters["front_door"]
    people, children, luck = life.people, life.children, life.luck
    ids, family = people.child[child], people.family[people.child_family[child]]
    teenager = day - people.birth[child] >= _TEENAGER
    abused = children.need[child] == ABUSE_OR_NEGLECT
    mask = np.zeros(len(child), dtype=np.uint64)
    for name, whose in (("always", in_need), ("teenager", teenager & in_need), ("abuse", abused & in_need)):
        bits = np.array([index(FACTOR, code) for code in p[f"factors.{name}"]], dtype=np.uint64)
        chance = np.array(list(p[f"factors.{name}"].values()))
        who = np.flatnonzero(whose)
        # What is true of the home is recorded for all its children alike; what is true of a child is her own.
        unit = family if name == "always" else ids
        hit = luck("assessment.factor", unit[who, None], month, draw=bits[None, :]) < chance
        mask[who] |= (hit.astype(np.uint64) << bits).sum(axis=1, dtype=np.uint64)
    disabled = (children.disabilities[child] > 0) & (children.disability_from[child] <= day)
    mask |= (disabled & in_need).astype(np.uint64) << np.uint64(index(FACTOR, "6A"))
    only = np.where(in_need, index(FACTOR, "20"), index(FACTOR, "21")).astype(np.uint64)
    return np.where(mask == 0, np.uint64(1) << only, mask)


def end_plan(life: Life, child, day, reason: str) -> None:
    """Child protection plans end on ``day``, for a reason that only the truth knows."""
    if not len(child):
        return
    children = life.children
    life.log["cp_plans"].set(
        children.plan_row[child], end=day, end_reason=np.full(len(child), END_OF_PLAN.index(reason))
    )
    children.plan_row[child] = NONE
    children.stage[child] = IN_NEED
    children.since[child] = day
    children.free_from[child] = np.maximum(children.free_from[child], day)


def start_cin_plan(life: Life, child, day) -> None:
    """Child in need plans begin."""
    if len(child):
        life.children.cin_plan_row[child] = life.log["cin_plans"].add(
            child=life.people.child[child], case=life.children.case[child], start=day
        )


def end_cin_plan(life: Life, child, day) -> None:
    """Child in need plans, where there are any, end on ``day`` (a day after they began at the earliest)."""
    children = life.children
    has = children.cin_plan_row[child] != NONE
    rows = children.cin_plan_row[child[has]]
    if len(rows):
        table = life.log["cin_plans"]
        table.set(rows, end=np.maximum(np.broadcast_to(day, len(child))[has], table.get("start", rows) + 1))
        children.cin_plan_row[child[has]] = NONE


def close(life: Life, child, day, reason) -> None:
    """Cases close on ``day``; nothing in a case comes after its closure."""
    if not len(child):
        return
    children = life.children
    end_cin_plan(life, child, day)
    life.log["cases"].set(children.case_row[child], closure=day, reason=np.broadcast_to(reason, len(child)))
    children.stage[child] = CLOSED
    children.case_row[child] = NONE
    children.conference[child] = NONE
    children.free_from[child] = day
    month = int(clock.month_of(np.max(day)))
    life.families.last_closure[life.people.child_family[child]] = month
