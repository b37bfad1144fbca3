"""Emergency attendances and admissions of children for injury, illness and long-term conditions.

Nothing in the world follows from them, so they are told only for the years of the returns. Depends on
hardship and need, through child_health.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world import clock
from catalyst.world.log import Shape
from catalyst.world.luck import Standing, happens
from catalyst.world.state import Life

REASONS = ("injury", "illness", "self-harm", "mental health crisis", "planned", "mental health")
INJURY, ILLNESS, SELF_HARM, CRISIS, PLANNED, MENTAL = range(6)
TABLES: dict[str, Shape] = {
    # reason: index into REASONS; detail: below 1,000, decides the diagnosis.
    "attendances": Shape(
        {"child": "i8", "day": "i4", "reason": "i1", "admitted": "?", "detail": "i2"},
        ("child", "day", "reason", "detail"), begin="day"),
    "admissions": Shape(
        {"child": "i8", "day": "i4", "discharge": "i4", "reason": "i1", "detail": "i2"},
        ("child", "day", "reason", "detail"), {"discharge": ()}, begin="day"),
}  # fmt: skip
FIRST = int(clock.month_of(clock.day("2014-04-01")))
_PANDEMIC = range(int(clock.month_of(clock.day("2020-04-01"))), int(clock.month_of(clock.day("2021-04-01"))))


@dataclass
class Own:
    """Each child's long-term condition (0 none, 1 asthma, 2 epilepsy, 3 diabetes, 4 other), and luck."""

    condition: np.ndarray
    turns: list[np.ndarray]  # rows in the order of birth; each turn is asked once a quarter
    luck: list[Standing]
    with_condition: np.ndarray


def begin(life: Life, turns: list[np.ndarray]) -> Own:
    """Which children come to have a long-term condition."""
    p, ids = life.parameters["child_health"], life.people.child
    has = life.luck("child_health.condition", ids) < p["condition.share"]
    kind = 1 + life.luck.choose("child_health.condition.kind", ids, p.array("condition.kinds"))
    condition = np.where(has, kind, 0).astype(np.int8)
    luck = [life.luck.of("child_health.attendance", ids[rows]) for rows in turns]
    return Own(condition, turns, luck, np.flatnonzero(condition))


def step(life: Life, own: Own, month: int) -> None:
    """Attendances and planned admissions of the month."""
    if month < FIRST:
        return
    p, people, luck = life.parameters["child_health"], life.people, life.luck
    today = int(clock.first_day(month))
    turn = month % len(own.turns)
    edges = p.array("attendances.age_edges")
    place = np.searchsorted(people.birth[own.turns[turn]], today - (edges * 365.25).astype(np.int64), "right")
    # The oldest stand first; each band of ages is a stretch of the rows.
    age = np.repeat(np.arange(len(edges) - 1)[::-1], -np.diff(place)[::-1])
    mine = slice(place[-1], place[0])
    # Most draws lie above any hazard that there could be, and need no closer look.
    injuries = len(own.turns) * p.array("attendances.injuries_per_month")
    illnesses = len(own.turns) * p.array("attendances.illness_per_month")
    most = injuries * np.exp(p["attendances.injury_in_need"])
    most += illnesses * np.exp(p["attendances.illness_in_need"] + p["attendances.condition"])
    most *= np.exp(4.5 * p["attendances.per_decile"])
    near, u = own.luck[turn].near(month, most[age], mine)
    here, age = own.turns[turn][near], age[near - mine.start]
    there = (life.until[here] > today) & (people.arrival[here] < today)
    here, u, age = here[there], u[there], age[there]
    home = people.child_family[here]
    need = (life.families.need_kind[home] > 0).astype(np.int8)
    usual = np.exp(p["attendances.per_decile"] * (5.5 - np.arange(11)))[people.decile[home]]
    if month in _PANDEMIC:
        usual = usual * p["attendances.pandemic"]
    injury = injuries[age] * usual
    injury *= np.exp(p["attendances.injury_in_need"] * np.arange(2))[need]
    illness = illnesses[age] * usual
    illness *= np.exp(p["attendances.illness_in_need"] * np.arange(2))[need]
    illness *= np.exp(p["attendances.condition"] * np.arange(2))[(own.condition[here] > 0).view(np.int8)]
    who = np.flatnonzero(happens(u, injury + illness))
    rows = here[who]
    hurt = (
        luck("child_health.attendance.reason", people.child[rows], month) * (injury + illness)[who]
        < injury[who]
    )
    shares = np.stack([p.array("attendances.illness_admitted"), p.array("attendances.injury_admitted")])
    attend(life, rows, month, np.where(hurt, INJURY, ILLNESS), shares[hurt.astype(int), age[who]])

    rows = own.with_condition
    rows = rows[
        (people.birth[rows] + 365 < today) & (life.until[rows] > today) & (people.arrival[rows] < today)
    ]
    hazard = p.array("condition.planned_per_month")[own.condition[rows] - 1]
    rows = rows[happens(luck("child_health.planned", people.child[rows], month), hazard)]
    if len(rows):
        admit(life, rows, month, random_day(life, "child_health.planned.day", rows, month), PLANNED)


def random_day(life: Life, process: str, rows: np.ndarray, month: int) -> np.ndarray:
    """A day of the month for each of some children, while they live and are under eighteen; int32."""
    first, after = int(clock.first_day(month)), int(clock.first_day(month + 1))
    day = first + life.luck(process, life.people.child[rows], month) * (after - first)
    return np.minimum(day, life.until[rows]).astype(np.int32)


def attend(life: Life, rows: np.ndarray, month: int, reason, admitted_share) -> np.ndarray:
    """Emergency attendances this month, some of which end in an admission.

    Returns
    -------
    int32 array
        Day of each attendance.
    """
    ids = life.people.child[rows]
    day = random_day(life, "child_health.attendance.day", rows, month)
    admitted = life.luck("child_health.attendance.admitted", ids, month) < admitted_share
    detail = _detail(life, ids, month)
    reason = np.broadcast_to(reason, len(rows))
    life.log["attendances"].add(child=ids, day=day, reason=reason, admitted=admitted, detail=detail)
    if admitted.any():
        admit(life, rows[admitted], month, day[admitted], reason[admitted])
    return day


def admit(life: Life, rows: np.ndarray, month: int, day: np.ndarray, reason) -> None:
    """Admissions to hospital on a day, with nights that depend on the reason."""
    ids = life.people.child[rows]
    reason = np.broadcast_to(reason, len(rows))
    nights = life.parameters["child_health"].array("admissions.mean_nights")[reason]
    stay = life.luck.exponential("child_health.admission.nights", ids, month) * nights
    life.log["admissions"].add(
        child=ids,
        day=day,
        discharge=(day + stay).astype(np.int32),
        reason=reason,
        detail=_detail(life, ids, month),
    )


def _detail(life: Life, ids: np.ndarray, month: int) -> np.ndarray:
    return (life.luck("child_health.detail", ids, month) * 1000).astype(np.int16)
