"""Young adults from eighteen to twenty-five: work, benefits, learning, adult social care, homes after care.

Each April looks back on the lives so far; nothing here acts on anything else. Depends on schooling and care.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock, placements
from catalyst.world.log import Shape
from catalyst.world.state import IN_NEED, NONE, Life

ACTIVITIES = ("not in education, employment or training", "work", "learning", "higher education")
HOMES = (
    "former foster carers", "parents or relatives", "supported lodgings, hostel or semi-independent",
    "own tenancy", "residential care", "custody", "unsuitable or no accommodation", "not known",
)  # fmt: skip
SUPPORT = ("community support", "direct payment", "supported living", "residential care")
FIRST_MONTH = 204  # April 2014, when the eldest are about to be eighteen
_NEET, _WORK, _LEARNING, _HIGHER = range(4)

TABLES: dict[str, Shape] = {
    "adult_years": Shape(
        {
            "child": "i8", "day": "i4", "activity": "i1", "days_in_work": "i2", "earnings": "i4",
            "days_on_benefits": "i2",
        },
        ("child", "day"), begin="day"),
    "adult_care": Shape(
        {"child": "i8", "start": "i4", "end": "i4", "kind": "i1"}, ("child", "start"), {"end": ()}),
    "homes_after_care": Shape(
        {"child": "i8", "spell": "i1", "start": "i4", "end": "i4", "home": "i1"},
        ("child", "spell"), {"end": ()}),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()


@dataclass
class _Own:
    """What the room keeps of children; shape (children,)."""

    order: np.ndarray  # rows, eldest first
    birth: np.ndarray  # in that order
    leaver: np.ndarray  # looked after at some time from sixteen
    fostered: np.ndarray  # when last looked after from sixteen
    in_need: np.ndarray  # at some time from ten, as far as seen each quarter


def begin(life: Life) -> None:
    """Nobody has grown up."""
    n = len(life.people.child)
    order = np.argsort(life.people.birth, kind="stable")
    life.own.adulthood = _Own(order, life.people.birth[order], *(np.zeros(n, dtype=bool) for _ in range(3)))


def step(life: Life, month: int) -> None:
    """Who is about to leave care, each quarter; what young adults do, each April."""
    if month % 3 == 0 and month >= FIRST_MONTH - 48:
        _watch(life, month)
    if month >= FIRST_MONTH and month % 12 == 0:
        _year(life, month)
    if month == clock.MONTHS - 1:
        _since_eighteen(life)


def _aged(life: Life, low: float, high: float, day: int) -> np.ndarray:
    """Rows of those aged ``low`` to ``high`` years on a day who have not died, eldest first."""
    own: _Own = life.own.adulthood
    a, b = np.searchsorted(own.birth, [day - high * 365.25, day - low * 365.25], side="right")
    rows = own.order[a:b]
    return rows[life.people.death[rows] < 0]


def _watch(life: Life, month: int) -> None:
    own: _Own = life.own.adulthood
    children, today = life.children, int(clock.first_day(month))
    rows = _aged(life, 10, 18, today)
    own.in_need[rows] |= children.stage[rows] >= IN_NEED
    from_age = life.parameters["adulthood"]["housing.left_after_age"]
    rows = _aged(life, from_age, 18, today)
    rows = rows[children.care_row[rows] != NONE]
    own.leaver[rows] = True
    own.fostered[rows] = placements.is_foster(life, rows)


def _since_eighteen(life: Life) -> None:
    """Homes of care leavers, and adult social care, of all who came of age from April 2014 on."""
    own: _Own = life.own.adulthood
    grown = (life.turns_18 >= clock.first_day(FIRST_MONTH)) & (life.turns_18 <= clock.END)
    rows = np.flatnonzero(grown & (life.people.death < 0))
    _homes(life, rows[own.leaver[rows]])
    _adult_care(life, rows)


def _homes(life: Life, rows: np.ndarray) -> None:
    """All spells of a care leaver's accommodation, one after another, to the twenty-fifth birthday."""
    if not len(rows):
        return
    own: _Own = life.own.adulthood
    p, luck = life.parameters["adulthood"], life.luck
    ids = life.people.child[rows]
    mean = p.array("housing.mean_months") * clock.DAYS_PER_MONTH
    start = life.turns_18[rows].astype(np.int64)
    last = life.people.birth[rows] + int(p["housing.until_age"] * 365.25)
    shares = np.where(
        own.fostered[rows, None], p.array("housing.first_fostered"), p.array("housing.first_other")
    )
    home = luck.choose("adulthood.home", ids, shares)
    for spell in range(p["housing.most_spells"]):
        length = np.ceil(luck.exponential("adulthood.home_days", ids, 0, spell) * mean[home])
        end = np.minimum(start + np.maximum(length, 7), last).astype(np.int64)
        # Whoever has come to the last spell that is drawn stays there.
        if spell == p["housing.most_spells"] - 1:
            end = last
        life.log["homes_after_care"].add(
            child=ids, spell=np.full(len(ids), spell + 1), start=start, end=end, home=home
        )
        goes_on = end < last
        ids, start, last, before = ids[goes_on], end[goes_on], last[goes_on], home[goes_on]
        if not len(ids):
            return
        share = np.tile(p.array("housing.later"), (len(ids), 1))
        # A move is to somewhere else; nobody goes back to former carers.
        share[np.arange(len(ids)), before] = 0
        share[:, 0] = 0
        home = luck.choose("adulthood.home", ids, share, 0, spell + 1)


def _adult_care(life: Life, rows: np.ndarray) -> None:
    p, luck, children = life.parameters["adulthood"], life.luck, life.children
    ids = life.people.child[rows]
    number = np.minimum(np.bitwise_count(children.disabilities[rows]), 3)
    chance = p.array("adult_care.by_disability")[np.array([0, 1, 1, 2])[number]]
    chance = chance + p["adult_care.ehcp"] * (children.sen[rows] == 2)
    who = luck("adulthood.care", ids) < chance
    rows, ids = rows[who], ids[who]
    if not len(ids):
        return
    low, high = p["adult_care.lag_days"]
    start = life.turns_18[rows] + low + np.floor(luck("adulthood.care_lag", ids) * (high - low + 1))
    years = luck.exponential("adulthood.care_years", ids) / p["adult_care.ends_per_year"]
    end = np.minimum(start + 30 + np.floor(years * 365.25), clock.first_day(clock.MONTHS))
    life.log["adult_care"].add(
        child=ids,
        start=start,
        end=end,
        kind=luck.choose("adulthood.care_kind", ids, p.array("adult_care.kinds")),
    )


def _year(life: Life, month: int) -> None:
    """What those aged 18 to 24 do in the tax year that begins this month."""
    p, luck = life.parameters["adulthood"], life.luck
    today = int(clock.first_day(month))
    rows = _aged(life, 18, 25, today)
    if not len(rows):
        return
    ids = life.people.child[rows]
    age = np.clip(((today - life.people.birth[rows]) / 365.25).astype(np.int64), 18, 24) - 18
    score = _score(life, rows, month)
    activity = np.select(
        [
            score < p.array("activity.neet_below")[age],
            score > p.array("activity.higher_above")[age],
            score > p.array("activity.learns_above")[age],
        ],
        [_NEET, _HIGHER, _LEARNING],
        _WORK,
    )
    activity[life.children.custody_until[rows] > today + 180] = _NEET
    learns = activity >= _LEARNING
    u = luck("adulthood.works", ids, month)
    works = np.select(
        [activity == _NEET, learns], [u < p["activity.neet_works"], u < p["activity.student_works"]], True
    )
    bounds = np.select(
        [activity[:, None] == _NEET, learns[:, None]],
        [p.array("activity.neet_days"), p.array("activity.student_days")],
        p.array("activity.worker_days"),
    )
    inside = luck("adulthood.days", ids, month)
    days = np.where(works, np.floor(bounds[:, 0] + inside * (bounds[:, 1] - bounds[:, 0] + 1)), 0)
    wage = p.array("earnings.a_day")[age] * np.where(learns, p["earnings.student"], 1.0)
    years = (month - (clock.MONTHS - 12)) / 12
    wage = wage * np.exp(
        p["earnings.growth"] * years
        + p["earnings.by_score"] * score
        + p["earnings.spread"] * ndtri(luck("adulthood.wage", ids, month))
    )
    unit = p["earnings.round_to"]
    chance = np.where(activity == _NEET, p["benefits.neet"], p["benefits.others"])
    chance = np.where(learns, p["benefits.students"] * chance, chance)
    chance = chance + p["benefits.care_leaver"] * life.own.adulthood.leaver[rows] * (chance < 0.5)
    low, high = p["benefits.days"]
    claim = np.floor(low + luck("adulthood.benefit_days", ids, month) * (high - low + 1))
    life.log["adult_years"].add(
        child=ids,
        day=np.full(len(ids), today + 5),
        activity=activity,
        days_in_work=days,
        earnings=np.round(days * wage / unit) * unit,
        days_on_benefits=np.where(luck("adulthood.benefits", ids, month) < chance, claim, 0),
    )


def _score(life: Life, rows: np.ndarray, month: int) -> np.ndarray:
    """How well a young adult is placed for work or learning this year; shape of ``rows``."""
    p, luck, children = life.parameters["adulthood"], life.luck, life.children
    own: _Own = life.own.adulthood
    ids = life.people.child[rows]
    stays = p["activity.persistence"]
    return (
        np.sqrt(stays) * ndtri(luck("adulthood.score", ids))
        + np.sqrt(1 - stays) * ndtri(luck("adulthood.score_now", ids, month))
        + p["activity.disrupted"] * (children.engagement[rows] == 2)
        + p["activity.withdrawn"] * (children.engagement[rows] == 3)
        + p["activity.suspended"] * (children.suspensions[rows] > 0)
        + p["activity.sen_support"] * (children.sen[rows] == 1)
        + p["activity.ehcp"] * (children.sen[rows] == 2)
        + p["activity.disability"] * (children.disabilities[rows] > 0)
        + p["activity.care_leaver"] * own.leaver[rows]
        + p["activity.in_need"] * own.in_need[rows]
        + p["activity.offended"] * (children.offences[rows] > 0)
        + p["activity.deprivation"] * (5.5 - life.people.decile[life.people.child_family[rows]])
    )
