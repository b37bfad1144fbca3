"""Children's mental health: spells that begin and end, crises, and contacts with services.

With it the room's other parts: births (newborn) and injury and illness (hospital). Depends on parental
health, harm, school engagement and care.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.special import gammaincinv, ndtri

from catalyst.world import clock, hospital, newborn
from catalyst.world.codes import PLACE
from catalyst.world.family_health import poisson, told
from catalyst.world.log import Shape
from catalyst.world.luck import Standing, happens
from catalyst.world.state import CLOSED, NONE, Life

TABLES: dict[str, Shape] = {
    "child_ill_health": Shape(
        {"child": "i8", "start": "i4", "end": "i4", "kind": "i1"}, ("child", "start"), {"end": ()}),
    # parental: a parent had mental ill health on the day; after_crisis: from the hospital's crisis team.
    "mental_referrals": Shape(
        {"child": "i8", "start": "i4", "end": "i4", "urgent": "?", "parental": "?", "after_crisis": "?"},
        ("child", "start"), {"end": ()}),
    "mental_contacts": Shape(
        {"child": "i8", "referral": "i4", "day": "i4", "attended": "?"},
        ("child", "day", "attended"), begin="day"),
    "sdq": Shape({"child": "i8", "day": "i4", "score": "i1"}, ("child", "day"), begin="day"),
    **newborn.TABLES,
    **hospital.TABLES,
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
TURNS = 3  # children take turns to fall ill: each is asked once a quarter, with three months' hazard
_MARCH = 11  # the twelfth month of a year that begins in April
_FIRST_MONTH = 60  # the first children of the world are five


@dataclass
class _Own:
    liability: np.ndarray  # lasting log hazard, mean nought; shape (children,)
    hazard: np.ndarray  # a turn's from what lasts
    until: np.ndarray  # month in which the present spell of mental ill health ends
    crisis: np.ndarray  # month of the last crisis
    last_need: np.ndarray  # month in which the family was last in need; shape (families,)
    birth_month: np.ndarray
    crises: dict[int, np.ndarray]  # rows of those with a crisis, by month
    treated_until: np.ndarray  # day on which the last referral was discharged
    turns: list[np.ndarray]  # rows in the order of birth
    luck: list[Standing]
    born: newborn.Own
    hospital: hospital.Own


def begin(life: Life) -> None:
    """Liability that lasts: a part that brothers and sisters share and a part of a child's own."""
    p, people, luck = life.parameters["child_health"], life.people, life.luck
    shared = ndtri(luck("child_health.family", people.family))[people.child_family]
    own = ndtri(luck("child_health.own", people.child))
    liability = p["mental.family_sd"] * shared + p["mental.child_sd"] * own
    mean = (p["mental.family_sd"] ** 2 + p["mental.child_sd"] ** 2) / 2
    disabled = life.children.disabilities > 0
    n = len(people.child)
    by_birth = np.argsort(people.birth, kind="stable")
    turn = (people.child // 8 + people.child) % TURNS
    turns = [by_birth[turn[by_birth] == k] for k in range(TURNS)]
    life.own.child_health = _Own(
        liability=liability,
        hazard=TURNS * np.exp(liability - mean + p["mental.disabled"] * disabled),
        until=np.zeros(n, dtype=np.int32),
        crisis=np.full(n, -100, dtype=np.int32),
        crises={},
        last_need=np.full(len(people.family), -10_000, dtype=np.int32),
        birth_month=clock.month_of(people.birth),
        treated_until=np.full(n, NONE, dtype=np.int32),
        turns=turns,
        luck=[luck.of("child_health.mental", people.child[rows]) for rows in turns],
        born=newborn.begin(life),
        hospital=hospital.begin(life, turns),
    )


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Each child's long-term condition: 0 none, 1 asthma, 2 epilepsy, 3 diabetes, 4 other."""
    return {}, {"condition": life.own.child_health.hospital.condition}


def step(life: Life, month: int) -> None:
    """Births, mental ill health, crises, services, injury and illness of the month."""
    own = life.own.child_health
    newborn.step(life, own.born, month)
    own.last_need[life.families.need_kind > 0] = month
    if month >= _FIRST_MONTH:
        mental = life.children.child_mental
        mental[(mental > 0) & (own.until < month)] = 0
        _begins(life, month)
        ill = np.flatnonzero(mental)
        ill = ill[life.until[ill] > int(clock.first_day(month + 1))]
        if month >= hospital.FIRST - 12:
            _crises(life, ill, month)
            _referrals(life, ill, month)
    hospital.step(life, own.hospital, month)
    if month % 12 == _MARCH and month >= hospital.FIRST - 12:
        _questionnaires(life, month)
    if month == clock.MONTHS - 1:
        _contacts(life)


def _begins(life: Life, month: int) -> None:
    """Spells of mental ill health that begin."""
    p, people, families = life.parameters["child_health"], life.people, life.families
    own, children, today = life.own.child_health, life.children, int(clock.first_day(month))
    rows = own.turns[month % TURNS]
    edges = p.array("mental.age_edges")
    place = np.searchsorted(people.birth[rows], today - (edges * 365.25).astype(np.int64), "right")
    # The oldest stand first; each band of ages is a stretch of the rows.
    age = np.repeat(p.array("mental.begins_per_month")[::-1], -np.diff(place)[::-1])
    mine = slice(place[-1], place[0])
    rows, u = rows[mine], own.luck[month % TURNS](month, mine)
    year = 1997.25 + month / 12
    period = np.interp(year, p.array("mental.period_years"), p.array("mental.period"))
    begins = _fall_ill(
        rows,
        u,
        age * period,
        own.hazard,
        (children.child_mental, people.child_family, own.birth_month, own.last_need),
        (families.parental_mental, families.need_kind, families.domestic_abuse),
        (children.stage, children.care_row, children.exploited, children.engagement),
        (p.array("mental.parental"), p.array("mental.engagement")),
        tuple(float(p[f"mental.{name}"]) for name in ("need", "harmed", "case", "care")),
        tuple(float(p[f"mental.{name}"]) for name in ("domestic_abuse", "exploited")),
    )
    rows = rows[begins]
    rows = rows[life.until[rows] > today + 31]
    rows = rows[~children.left[rows] & (people.arrival[rows] < today)]
    if not len(rows):
        return
    ids = people.child[rows]
    severe = life.luck("child_health.mental.severe", ids, month) < p["mental.severe_share"]
    start = hospital.random_day(life, "child_health.mental.day", rows, month)
    mean = p.array("mental.mean_months")[severe.astype(int)] * clock.DAYS_PER_MONTH
    length = life.luck.exponential("child_health.mental.length", ids, month) * mean
    end = (start + 14 + np.minimum(length, 10_000)).astype(np.int32)
    children.child_mental[rows] = 1 + severe
    own.until[rows] = clock.month_of(end)
    life.log["child_ill_health"].add(child=ids, start=start, end=end, kind=1 + severe)


@njit(nogil=True, cache=True)
def _fall_ill(rows, u, rate, hazard, ill, home, child, tables, harm, more):
    """Whether mental ill health begins in each child; compiled, because every child is asked every quarter.

    Parameters
    ----------
    rows, u, rate : children, their draws, and the hazard of their ages
    hazard : of every child, from what lasts
    ill, home, child : state of all children and families
    tables, harm, more : log hazard ratios
    """
    mental, family_of, birth_month, last_need = ill
    parental, need_kind, abuse = home
    stage, care_row, exploited, engagement = child
    by_parental, by_engagement = tables
    begins = np.zeros(rows.size, dtype=np.bool_)
    for i in range(rows.size):
        row = rows[i]
        if mental[row] != 0:
            continue
        family = family_of[row]
        log = by_parental[parental[family]]
        log += harm[0] * (need_kind[family] > 0)
        log += harm[1] * (last_need[family] >= birth_month[row])
        log += harm[2] * (stage[row] != CLOSED)
        log += harm[3] * (care_row[row] != NONE)
        log += more[0] * abuse[family]
        log += more[1] * (exploited[row] > 0)
        log += by_engagement[engagement[row]]
        total = rate[i] * hazard[row] * np.exp(log)
        begins[i] = u[i] < total and u[i] < 1 - np.exp(-total)
    return begins


def _crises(life: Life, ill: np.ndarray, month: int) -> None:
    """Attendances for self-harm or a mental health crisis, and admissions to a mental health bed."""
    p, people, luck = life.parameters["child_health"], life.people, life.luck
    own, today = life.own.child_health, int(clock.first_day(month))
    old = ill[today - people.birth[ill] >= 365.25 * p["crisis.from_age"]]
    ids = people.child[old]
    severe = life.children.child_mental[old] - 1
    hazard = p.array("crisis.per_month")[severe] * np.exp(p["crisis.girls"] * (people.sex[old] == 2))
    hit = happens(luck("child_health.crisis", ids, month), hazard)
    rows = old[hit]
    if len(rows):
        harmed = luck("child_health.crisis.self_harm", ids[hit], month) < p["crisis.self_harm_share"]
        reason = np.where(harmed, hospital.SELF_HARM, hospital.CRISIS)
        hospital.attend(life, rows, month, reason, p.array("crisis.admitted")[harmed.astype(int)])
        own.crisis[rows] = month
        own.crises[month] = rows
    hazard = p["crisis.inpatient_per_month"] * severe
    rows = old[happens(luck("child_health.inpatient", ids, month), hazard)]
    if len(rows):
        day = hospital.random_day(life, "child_health.inpatient.day", rows, month)
        hospital.admit(life, rows, month, day, hospital.MENTAL)


def _referrals(life: Life, ill: np.ndarray, month: int) -> None:
    """Referrals to community mental health services, and all contacts until discharge.

    After a crisis the hospital's team refers, at the same hazard whatever the illness has become; otherwise
    somebody must find the way. In both, those in more deprived neighbourhoods are referred later.
    """
    p, people, luck = life.parameters["child_health"], life.people, life.luck
    own, children, today = life.own.child_health, life.children, int(clock.first_day(month))
    last = month - int(p["services.after_crisis_months"])
    followed = [own.crises[m] for m in range(last, month) if m in own.crises]
    rows = np.unique(np.concatenate([ill, *followed]))
    rows = rows[(own.treated_until[rows] < today) & (own.crisis[rows] != month)]
    rows = rows[(life.until[rows] > today + 31) & ~children.left[rows]]
    after = own.crisis[rows] >= last
    kind = np.maximum(children.child_mental[rows] - 1, 0)
    home = people.child_family[rows]
    closed = life.families.last_closure[home]
    known = (children.stage[rows] != CLOSED) | (closed >= month - int(p["services.signposted_months"]))
    hazard = np.where(
        after,
        p["services.after_crisis_per_month"],
        p.array("services.referral_per_month")[kind] * np.exp(p["services.known_to_social_care"] * known),
    )
    hazard = hazard * np.exp(life.parameters.effect("deprivation->access") * (5.5 - people.decile[home]))
    hazard *= np.exp(p.array("services.by_region"))[life.places.region[life.families.authority[home]]]
    hit = happens(luck("child_health.referral", people.child[rows], month), hazard)
    if hit.any():
        _treat(life, rows[hit], month, after[hit])


def _treat(life: Life, rows: np.ndarray, month: int, after: np.ndarray) -> None:
    p, people, luck = life.parameters["child_health"], life.people, life.luck
    ids = people.child[rows]
    parental = life.families.parental_mental[people.child_family[rows]] > 0
    urgent = life.children.child_mental[rows] == 2
    start = hospital.random_day(life, "child_health.referral.day", rows, month)
    mean = (
        p["services.mean_months"]
        * clock.DAYS_PER_MONTH
        * np.exp(-p["services.parental_discharge"] * parental)
    )
    open_days = np.ceil(luck.exponential("child_health.discharge", ids, month) * mean)
    end = np.minimum(start + np.maximum(open_days, 1), np.maximum(life.until[rows], start + 1)).astype(
        np.int32
    )
    life.own.child_health.treated_until[rows] = end
    life.log["mental_referrals"].add(
        child=ids, start=start, end=end, urgent=urgent, parental=parental, after_crisis=after
    )


def _contacts(life: Life) -> None:
    """All contacts of all referrals: nothing follows from them, so they are told in the last month."""
    p, luck, referrals = life.parameters["child_health"], life.luck, told(life, "mental_referrals")
    ids, start, end, parental = (referrals[name] for name in ("child", "start", "end", "parental"))
    month = clock.month_of(start)
    shape = 1 / p["services.contact_variance"]
    gamma = gammaincinv(shape, luck("child_health.contacts.gamma", ids, month)) / shape
    rate = p.array("services.contacts_per_month")[referrals["urgent"].astype(int)] * np.exp(
        life.parameters.effect("parental_mental->child_contacts") * parental
    )
    mean = gamma * rate * (end - start) / clock.DAYS_PER_MONTH
    count = poisson(luck("child_health.contacts", ids, month), mean)
    row = np.repeat(np.arange(len(ids)), count)
    draw = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    when = luck("child_health.contacts.when", ids[row], month[row], draw)
    missed = p.array("services.missed")[parental[row].astype(int)]
    life.log["mental_contacts"].add(
        child=ids[row],
        referral=start[row],
        day=(start[row] + when * (end - start)[row]).astype(np.int32),
        attended=luck("child_health.contacts.missed", ids[row], month[row], draw) >= missed,
    )


def difficulties(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """Total difficulties of some children as a parent or carer would score them this month.

    Parameters
    ----------
    child : rows of children
    month : month of the clock

    Returns
    -------
    float array, shape (n,)
        From 0 to 40, as on the Strengths and Difficulties Questionnaire; the same child in the same month
        always has the same score.
    """
    p, people, children = life.parameters["child_health"], life.people, life.children
    home = people.child_family[child]
    noise = ndtri(life.luck("child_health.difficulties", people.child[child], month))
    score = (
        p["difficulties.mean"]
        + p["difficulties.liability"] * life.own.child_health.liability[child]
        + p.array("difficulties.mental")[children.child_mental[child]]
        + p["difficulties.parental"] * (life.families.parental_mental[home] > 0)
        + p["difficulties.case"] * (children.stage[child] != CLOSED)
        + p["difficulties.care"] * (children.care_row[child] != NONE)
        + p["difficulties.residential"] * np.isin(children.place[child], _RESIDENTIAL)
        + p.array("difficulties.engagement")[children.engagement[child]]
        + p["difficulties.noise"] * noise
    )
    return np.clip(score, 0, 40)


_RESIDENTIAL = [PLACE.index(code) for code in ("K1", "K2", "R1", "H5")]


def _questionnaires(life: Life, month: int) -> None:
    """A score each March for every looked-after child of the ages asked about, whoever records it."""
    low, high = life.parameters["child_health"]["difficulties.cared_for_ages"]
    today = int(clock.first_day(month))
    age = (today - life.people.birth) / 365.25
    # A decision for care may lie ahead of its first day.
    cared = (life.children.care_row != NONE) & (life.children.care_start <= today)
    rows = np.flatnonzero(cared & (age >= low) & (age < high + 1))
    if len(rows):
        life.log["sdq"].add(
            child=life.people.child[rows],
            day=hospital.random_day(life, "child_health.sdq.day", rows, month),
            score=np.rint(difficulties(life, rows, month)).astype(np.int8),
        )
