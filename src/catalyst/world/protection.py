"""Child protection plans: how they start at a conference, are reviewed, and end.

A plan's planned end has a proportional hazard in days since its start, heaped on reviews: the hazard is a
step function of plan age, its cumulative sum is inverted exactly, and so a planted number is a hazard ratio.
Brothers and sisters share the conference's luck, not a frailty, which would bend the hazard that a chapter
estimates. Depends on the front door, care (which stops planned ends) and places.
"""

from functools import cache

import numpy as np

from catalyst.world import cases, clock
from catalyst.world.state import IN_NEED, NONE, ON_PLAN, Life

_LONGEST = 22 * 366
_CATEGORIES = ("physical", "sexual", "emotional", "multiple")  # after neglect, the reference


@cache
def _cumulative(
    bands: tuple, between: tuple, at_review: tuple, first: tuple, second: tuple, every: int
) -> np.ndarray:
    age = np.arange(_LONGEST)
    edges = np.asarray(bands) * clock.DAYS_PER_MONTH
    hazard = np.asarray(between)[np.searchsorted(edges, age, side="right") - 1] / clock.DAYS_PER_MONTH
    windows = [first, second]
    while windows[-1][1] + every < _LONGEST:
        windows.append((windows[-1][0] + every, windows[-1][1] + every))
    for k, (start, end) in enumerate(windows):
        hazard[int(start) : int(end)] += at_review[min(k, len(at_review) - 1)] / (end - start)
    hazard[:7] = 0  # no conference meets twice in a week
    return np.concatenate([[0.0], np.cumsum(hazard)])


def baseline(parameters) -> np.ndarray:
    """Cumulative baseline hazard of a planned end at each day of plan age; shape (8053,), starting at 0."""
    p = parameters["protection"]
    return _cumulative(
        tuple(p["planned_end.band_months"]),
        tuple(p["planned_end.between_reviews_per_month"]),
        tuple(p["planned_end.at_review"]),
        tuple(p["review.first"]),
        tuple(p["review.second"]),
        int(p["review.every"]),
    )


def log_hazard_ratio(life: Life, child: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Planted log hazard of each child's planned end, before and after the second review; each shape (n,)."""
    effect, children, people = life.parameters.effect, life.children, life.people
    category = children.category[child]
    age = np.maximum(children.plan_start[child] - people.birth[child], 0) / 365.25
    log = (
        effect("age->planned_end") * (age - 5)
        + effect("deprivation->planned_end") * (5 - people.decile[people.child_family[child]])
        + life.places.planned_end[children.authority[child]]
    )
    for k, name in enumerate(_CATEGORIES, start=1):
        # Order in the codes: NEG, PHY, SAB, EMO, MUL
        log = log + effect(f"{name}_abuse->planned_end") * (category == k)
    return log, log + effect("emotional_abuse->planned_end_late") * (category == 3)


def start(life: Life, month: int) -> None:
    """Conferences held this month: a plan starts on the day, or the case goes on without one."""
    p = life.parameters["protection"]
    children, people, luck = life.children, life.people, life.luck
    meets = np.flatnonzero((children.conference != NONE) & (children.conference < clock.first_day(month + 1)))
    if not len(meets):
        return
    plan = children.conference_leads[meets] & (children.care_row[meets] == NONE)
    child, day = meets[plan], children.conference[meets[plan]].copy()
    children.conference[meets] = NONE
    if not len(child):
        return
    cases.end_cin_plan(life, child, day)
    family = people.family[people.child_family[child]]
    joins = luck("plan.category_joins", people.child[child], month) < p["plan.category_shared"]
    unit = np.where(joins, family, people.child[child])
    category = luck.choose("plan.category", unit, p.array("plan.categories"), month)
    changes = luck("plan.category_changes", people.child[child]) < p["plan.category_changes"]
    later = luck.choose("plan.latest_category", people.child[child], p.array("plan.categories"), month)
    children.plan_row[child] = life.log["cp_plans"].add(
        child=people.child[child],
        case=children.case[child],
        plan=children.plan[child] + 1,
        start=day,
        category_initial=category,
        category_latest=np.where(changes, later, category),
        previous=children.plan[child],
    )
    children.plan[child] += 1
    children.stage[child] = ON_PLAN
    children.plan_start[child] = day
    children.category[child] = category
    children.reviews[child] = 0
    children.next_review[child] = _review_day(life, child, np.zeros(len(child), dtype=int))
    children.free_from[child] = np.maximum(children.free_from[child], day)


def _review_day(life: Life, child: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The weekday on which the review of this number (0 = first) is to be held."""
    p = life.parameters["protection"]
    children = life.children
    family = life.people.family[life.people.child_family[child]]
    begin = children.plan_start[child]
    later = np.maximum(number - 1, 0) * p["review.every"]
    low = np.where(number == 0, p["review.first"][0], p["review.second"][0] + later)
    high = np.where(number == 0, p["review.first"][1], p["review.second"][1] + later)
    # A first review held early brings the next one forward: never more than six months lie between two.
    due = np.where(
        number == 0, begin + high, np.minimum(begin + high, children.last_review[child] + p["review.every"])
    )
    u = life.luck("plan.review", family * 64 + number, begin)
    late = u < p["review.late"]
    in_time = np.minimum(begin + high - (u - p["review.late"]) * (high - low), due)
    day = np.where(late, due + 1 + u / p["review.late"] * p["review.late_days"], in_time)
    return clock.weekday_at_or_before(day.astype(np.int32))


def end(life: Life, month: int) -> None:
    """Plans that end this month, each for the first of its competing reasons; reviews of those that go on."""
    p = life.parameters["protection"]
    children = life.children
    first, after = clock.first_day(month), clock.first_day(month + 1)
    on_plan = np.flatnonzero((children.stage == ON_PLAN) & (children.plan_row != NONE))
    if not len(on_plan):
        return
    in_care = children.care_row[on_plan] != NONE
    cared = on_plan[in_care]
    if len(cared):
        begin = np.maximum(np.maximum(children.care_start[cared], children.plan_start[cared] + 8), first)
        room = np.maximum(after - begin, 0)
        u = life.alike("plan.care_end", cared, month, p["planned_end.together"])
        wait = -np.log(u) / p["care_end.per_month"] * clock.DAYS_PER_MONTH
        hit = wait < room
        day = clock.weekday_at_or_before((begin[hit] + wait[hit]).astype(np.int32))
        day = np.maximum(
            day, np.maximum(children.care_start[cared[hit]], children.plan_start[cared[hit]] + 1)
        )
        done = cared[hit]
        _last_review(life, done, day)
        cases.end_plan(life, done, day, "care")

    child = on_plan[~in_care]
    child = child[children.plan_start[child] < after]
    cumulative = baseline(life.parameters)
    turn = int(p["planned_end.late_effects_from_day"])
    early, late = (np.exp(x) for x in log_hazard_ratio(life, child))
    a0 = np.maximum(first - children.plan_start[child], 0)
    a1 = after - children.plan_start[child]
    part_1 = early * (cumulative[np.minimum(a1, turn)] - cumulative[np.minimum(a0, turn)])
    part_2 = late * (cumulative[np.maximum(a1, turn)] - cumulative[np.maximum(a0, turn)])
    burden = -np.log(life.alike("plan.end", child, month, p["planned_end.together"]))
    hit = burden < part_1 + part_2
    child, burden, part_1, early, late, a0 = (x[hit] for x in (child, burden, part_1, early, late, a0))
    target = np.where(
        burden < part_1,
        cumulative[np.minimum(a0, turn)] + burden / early,
        cumulative[np.maximum(a0, turn)] + (burden - part_1) / late,
    )
    age = np.searchsorted(cumulative, target, side="left") - 1
    exact = (children.plan_start[child] + age).astype(np.int32)
    day = clock.weekday_at_or_before(exact)
    day = np.where(
        day < np.maximum(first, children.plan_start[child] + 1), clock.weekday_at_or_after(exact), day
    )
    alive = day < life.until[child]
    child, day = child[alive], day[alive]
    _last_review(life, child, day)
    cases.end_plan(life, child, day, "planned end")
    _after(life, child, day, month)
    _reviews(life, month)


def _after(life: Life, child: np.ndarray, day: np.ndarray, month: int) -> None:
    """After a planned end most children step down to support as children in need; the others' cases close."""
    p = life.parameters["protection"]
    u = life.alike("plan.after", child, month, 0.9)
    assessed = life.children.free_from[child] <= day
    stays = (u < p["after.step_down"]) | ~assessed
    planned = stays & assessed & (u < p["after.step_down"] * p["after.cin_plan"])
    cases.start_cin_plan(life, child[planned], day[planned])
    life.children.stage[child[stays]] = IN_NEED
    cases.close(life, child[~stays], day[~stays], cases.NO_MORE_SERVICES)


def _reviews(life: Life, month: int) -> None:
    children, people = life.children, life.people
    due = np.flatnonzero(
        (children.stage == ON_PLAN)
        & (children.plan_row != NONE)
        & (children.next_review < clock.first_day(month + 1))
    )
    if len(due):
        life.log["reviews"].add(
            child=people.child[due],
            case=children.case[due],
            plan=children.plan[due],
            day=children.next_review[due],
        )
        children.last_review[due] = children.next_review[due]
        children.reviews[due] += 1
        children.next_review[due] = _review_day(life, due, children.reviews[due].astype(int))


def _last_review(life: Life, child: np.ndarray, day: np.ndarray) -> None:
    """The review at which a plan is ended: every plan ends at one, brought forward where none was due."""
    children, people = life.children, life.people
    since = day - np.maximum(children.last_review[child], children.plan_start[child])
    held = since > 14
    who = child[held]
    life.log["reviews"].add(
        child=people.child[who], case=children.case[who], plan=children.plan[who], day=day[held]
    )
