"""Support of children in need outside child protection plans: child in need plans, and the closing of cases.

Who has a plan depends on recorded things alone: what the assessment found, age, earlier need, the authority.
Depends on what the front door decided, and on care (a case does not close while a child is looked after).
"""

import numpy as np
from scipy.special import expit

from catalyst.world import cases, clock
from catalyst.world.codes import FACTOR, index
from catalyst.world.luck import happens
from catalyst.world.state import IN_NEED, NONE, Life

SWITCH = "cin_plan"  # --set cin_plan=on|off: every child found in need has a plan, or none has
_ABUSE, _DISABILITY = 1, 2  # N1, N2


def chance_of_plan(life: Life, child: np.ndarray) -> np.ndarray:
    """Chance that a child just found in need has a child in need plan; shape (n,).

    Severity is not in it: only what the census holds. So children alike in their records differ in having a
    plan by luck alone, and a comparison that adjusts for the records can be fair.
    """
    p = life.parameters["support"]
    children = life.children
    log_odds = p["cin_plan.log_odds"] + np.select(
        [children.need[child] == _ABUSE, children.need[child] == _DISABILITY],
        [0.0, p["cin_plan.disability"]],
        p["cin_plan.other_needs"],
    )
    found = children.factors[child]
    for codes, weight in p["cin_plan.factors"].items():
        bits = sum(1 << index(FACTOR, code) for code in codes.split("|"))
        log_odds += weight * ((found & np.uint64(bits)) > 0)
    age = (children.since[child] - life.people.birth[child]) / 365.25
    band = np.searchsorted(p.array("cin_plan.band_ages"), age, side="right") - 1
    log_odds += p.array("cin_plan.by_age")[np.maximum(band, 0)]
    log_odds += p["cin_plan.earlier_need"] * _in_need_before(life, child)
    ways = p["cin_plan.by_threshold"] * life.places.threshold + p["cin_plan.by_care"] * life.places.care
    log_odds += ways[children.authority[child]]
    return expit(log_odds)


def _in_need_before(life: Life, child: np.ndarray) -> np.ndarray:
    """Whether the same authority closed an earlier case of need of the child not long before the referral."""
    earlier = _earlier_cases(life)[child]
    log, rows = life.log["cases"], np.maximum(earlier, 0)
    gap = life.children.referral[child] - log.get("closure", rows)
    here = log.get("authority", rows) == life.children.authority[child]
    return (earlier >= 0) & here & (gap <= life.parameters["support"]["cin_plan.earlier_need_days"])


def _earlier_cases(life: Life) -> np.ndarray:
    """Row in the log of each child's last case in which need was found; −1 none; shape (children,)."""
    if not hasattr(life.own, "support"):
        life.own.support = np.full(len(life.people.child), NONE, dtype=np.int64)
    return life.own.support


def begin_plans(life: Life, month: int) -> None:
    """What follows for those just found in need: a plan, or none, or the case closes."""
    if not life.new_in_need:
        return
    p = life.parameters["support"]
    children, people, luck = life.children, life.people, life.luck
    child = np.concatenate(life.new_in_need)
    life.new_in_need.clear()
    family = people.family[people.child_family[child]]
    has = life.alike("cin_plan", child, month, 0.9) < chance_of_plan(life, child)
    _earlier_cases(life)[child] = children.case_row[child]
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
    known = np.flatnonzero(children.stage >= IN_NEED)
    _earlier_cases(life)[known] = children.case_row[known]
    rows = known[children.stage[known] == IN_NEED]
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
