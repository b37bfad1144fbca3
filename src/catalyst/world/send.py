"""Special educational needs: when school support and education, health and care plans begin, and free meals.

Schools look at their pupils once a year, in January before the census. Depends on disability, need, care,
hardship, schools and places.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catalyst.world import attainment, clock, enrolment, school_year
from catalyst.world.codes import DISABILITY
from catalyst.world.enrolment import ALTERNATIVE, AT_SCHOOL, NOT_OF_AGE
from catalyst.world.log import Shape
from catalyst.world.luck import Luck, happens
from catalyst.world.parameters import Parameters
from catalyst.world.schools import PRIMARY, SECONDARY, SPECIAL, unit_normal
from catalyst.world.state import IN_NEED, NONE, Life

NO_SEN, SUPPORT, PLAN = 0, 1, 2
# The official types of need, in the order of the shares in parameters/send.toml.
TYPES = ("SPLD", "MLD", "SLD", "PMLD", "SEMH", "SLCN", "HI", "VI", "MSI", "PD", "ASD", "OTH", "NSA")
FIRST_JANUARY = 1998  # bit 0 of ``free_meals``
TABLES: dict[str, Shape] = {
    **enrolment.TABLES,
    **attainment.TABLES,
    "sen_spells": Shape(
        {"child": "i8", "provision": "i1", "need": "i1", "start": "i4", "end": "i4"},
        ("child", "start"), {"end": ()}),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()


class Tiers(NamedTuple):
    """What social care does for each child on one day; bool arrays of shape (children,)."""

    in_need: np.ndarray  # an open case
    on_plan: np.ndarray  # a child protection plan
    in_care: np.ndarray


@dataclass
class _Own:
    born: np.ndarray  # year in which the academic year of birth ends
    authority: np.ndarray  # of each family, as the schools last knew it
    by_id: np.ndarray  # rows of children in the order of their ids
    mortal: np.ndarray  # rows of those who die young
    claims: np.ndarray  # families registered for free meals
    free_meals: np.ndarray  # bits of the Januaries in which a child has them
    draw: np.ndarray  # a child is supported where this lies below the chance
    spell: np.ndarray  # open row of sen_spells
    support_way: np.ndarray  # of each authority, log odds
    plan_way: np.ndarray  # of each authority, log hazard


def ways(luck: Luck, parameters: Parameters, authorities: int) -> tuple[np.ndarray, np.ndarray]:
    """How far each authority leans to support and to plans: log odds and log hazard, shape (authorities,)."""
    return (
        parameters.effect("authority->sen_support")
        * unit_normal(luck, "send.authority_support", authorities),
        parameters.effect("authority->ehcp") * unit_normal(luck, "send.authority_plan", authorities),
    )


def begin(life: Life) -> None:
    """What is decided once."""
    enrolment.begin(life)
    people = life.people
    n = len(people.child)
    support, plan = ways(life.luck, life.parameters, len(life.places))
    life.own.send = _Own(
        born=school_year.academic_year_ending(clock.month_of(people.birth)).astype(np.int16),
        authority=life.families.authority.copy(),
        by_id=np.argsort(people.child, kind="stable"),
        mortal=np.flatnonzero(people.death >= 0),
        claims=np.zeros(len(people.family), dtype=bool),
        free_meals=np.zeros(n, dtype=np.int32),
        draw=life.luck("send.support", people.child),
        spell=np.full(n, NONE, dtype=np.int64),
        support_way=support,
        plan_way=plan,
    )
    attainment.begin(life)


def step(life: Life, month: int) -> None:
    """Deaths and moves of home in any month; the school year in September, needs in January, tests in May."""
    _deaths(life, month)
    season = month % 12
    if season == school_year.SEPTEMBER:
        _september(life, month)
    _moves(life, month)
    if season == school_year.JANUARY:
        _free_meals(life, month)
        _january(life, month)
    elif season == attainment.MAY:
        attainment.step(life, month)
    _arrivals(life, month)


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The Januaries in which each child had free school meals, as bits from January 1998 on."""
    return {}, {"free_meals": life.own.send.free_meals}


def group_now(life: Life, month: int) -> np.ndarray:
    """Year group of every child; int16, shape (children,)."""
    return (int(school_year.academic_year_ending(month)) - 5 - life.own.send.born).astype(np.int16)


def tiers(life: Life, day: int) -> Tiers:
    """Whose case is open, who is on a plan and who is looked after at the start of a day."""
    own, people, log = life.own.send, life.people, life.log

    def during(table: str, start: str, end: str, but: str = "") -> np.ndarray:
        t = log[table]
        begun, ended = t.columns[start][: t.count], t.columns[end][: t.count]
        rows = (begun < day) & ((ended < 0) | (ended >= day))
        if but:
            rows &= ~t.columns[but][: t.count]
        ids = t.columns["child"][: t.count][rows]
        out = np.zeros(len(people.child), dtype=bool)
        out[own.by_id[np.searchsorted(people.child, ids, sorter=own.by_id)]] = True
        return out

    in_care = during("care_episodes", "decom", "dec")
    on_plan = during("cp_plans", "start", "end") & ~in_care
    return Tiers(during("cases", "referral", "closure", "nfa") | in_care | on_plan, on_plan, in_care)


def _choose(life: Life, child: np.ndarray, phase: int | np.ndarray, draw: int = 0) -> np.ndarray:
    people, row = life.people, life.people.child_family[child]
    return life.schools.for_children(
        life.luck,
        life.parameters["schools"],
        people.child[child],
        people.family[row],
        life.families.authority[row],
        phase,
        draw,
    )


def _deaths(life: Life, month: int) -> None:
    own, death = life.own.send, life.people.death
    day = death[own.mortal]
    died = own.mortal[(day >= clock.first_day(month)) & (day < clock.first_day(month + 1))]
    if not len(died):
        return
    enrolled = died[life.children.school[died] != NONE]
    enrolment.move(life, enrolled, NONE, np.maximum(death[enrolled], clock.first_day(month) + 1))
    life.children.roll[died] = NOT_OF_AGE
    _end(life, died[life.children.sen[died] != NO_SEN], death)
    life.children.sen[died] = NO_SEN


def _moves(life: Life, month: int) -> None:
    """Pupils change school in the month after their family has moved to another authority."""
    own, children, people = life.own.send, life.children, life.people
    now = life.families.authority
    moved = now != own.authority
    if not moved.any():
        return
    own.authority = now.copy()
    child = np.flatnonzero(moved[people.child_family])
    stays = (children.care_row[child] != NONE) | children.left[child]
    child = child[(children.roll[child] == AT_SCHOOL) & (children.school[child] != NONE) & ~stays]
    old = life.schools.authority[children.school[child]]
    child = child[old != now[people.child_family[child]]]
    family = people.family[people.child_family[child]]
    day = clock.first_day(month) + 1 + np.floor(13 * life.luck("send.joins_day", family, month)).astype("i4")
    phase = life.schools.phase[children.school[child]].astype(np.int64)
    enrolment.move(life, child, _choose(life, child, phase, draw=1), day)


def _arrivals(life: Life, month: int) -> None:
    """Unaccompanied children join a school in the month after they came."""
    if not month or not len(life.arrived):
        return
    came = life.people.arrival[life.arrived]
    child = life.arrived[(came >= clock.first_day(month - 1)) & (came < clock.first_day(month))]
    if not len(child):
        return
    group = group_now(life, month)[child]
    child, group = child[(group >= 0) & (group <= 11)], group[(group >= 0) & (group <= 11)]
    _join(life, child, group, clock.first_day(month) + 1)


def _join(life: Life, child: np.ndarray, group: np.ndarray, day: int) -> None:
    for phase, of in ((PRIMARY, group < school_year.YEAR_7), (SECONDARY, group >= school_year.YEAR_7)):
        who = child[of]
        if len(who):
            enrolment.move(life, who, _choose(life, who, phase), day)
            life.children.roll[who] = AT_SCHOOL


def _september(life: Life, month: int) -> None:
    """Reception begins, year 7 changes school, year 11 has left, and some plans name a special school."""
    children, people, p = life.children, life.people, life.parameters["send"]
    day = int(clock.first_day(month))
    group = group_now(life, month)
    gone = np.flatnonzero((group == school_year.YEAR_11 + 1) & (children.roll != NOT_OF_AGE))
    enrolment.move(life, gone[children.school[gone] != NONE], NONE, day - 1)
    children.roll[gone] = NOT_OF_AGE
    supported = gone[children.sen[gone] == SUPPORT]
    _end(life, supported, np.full(len(group), day - 1))
    children.sen[supported] = NO_SEN

    here = (people.arrival < 0) & ((people.death < 0) | (people.death >= day))
    new = np.flatnonzero((group == school_year.RECEPTION) & here)
    _join(life, new, group[new], day)

    pupils = np.flatnonzero((children.roll == AT_SCHOOL) & (children.school != NONE) & (group > 0))
    phase = life.schools.phase[children.school[pupils]]
    with_plan = (children.sen[pupils] == PLAN) & (phase <= SECONDARY)
    disabled = (children.disabilities[pupils] > 0).astype(int)
    hazard = p.array("special_school.per_year")[disabled] * with_plan
    named = with_plan & happens(life.luck("send.special_school", people.child[pupils], month), hazard)
    enrolment.move(life, pupils[named], _choose(life, pupils[named], SPECIAL), day)
    changes = pupils[(group[pupils] == school_year.YEAR_7) & (phase == PRIMARY) & ~named]
    enrolment.move(life, changes, _choose(life, changes, SECONDARY), day)


def _free_meals(life: Life, month: int) -> None:
    """Families on a low income claim; since April 2018 who was eligible once stays so."""
    p, own, people = life.parameters["send"], life.own.send, life.people
    low, u = life.families.low_income, life.luck("send.free_meals", people.family, month)
    year = int(school_year.academic_year_ending(month))
    protected = year >= p["free_meals.protected_since"]
    claim = np.interp(year, p.array("free_meals.at_years"), p.array("free_meals.claims_per_year"))
    ends = 0.0 if protected else p["free_meals.ends_per_year"]
    helped = np.zeros(len(low), dtype=bool)
    helped[people.child_family[life.children.stage >= IN_NEED]] = True
    chance = np.where(helped, p["free_meals.claims_in_need"], np.where(low, claim, 0.0))
    own.claims = np.where(own.claims, low | (u >= ends), u < chance)
    if month == school_year.JANUARY:
        own.claims = low & (u < p["free_meals.at_first"])


def _january(life: Life, month: int) -> None:
    """Who has free meals, support and plans in the school census of this January."""
    p, own, people, children = life.parameters["send"], life.own.send, life.people, life.children
    today = int(clock.first_day(month))
    year = int(school_year.academic_year_ending(month))
    rows = np.flatnonzero((children.roll == AT_SCHOOL) | (children.roll == ALTERNATIVE))
    if not len(rows):
        return
    ids, family = people.child[rows], people.child_family[rows]
    group = group_now(life, month)[rows].clip(0, school_year.YEAR_11)
    tier = tiers(life, today)
    in_need, on_plan, in_care = (t[rows] for t in tier)

    barred = in_care & (life.luck("send.no_claim_in_care", ids) < p["free_meals.not_in_care"])
    universal = (group <= 2) & (year >= p["free_meals.infants_since"])
    forgone = universal & (life.luck("send.no_claim_as_infant", ids) < p["free_meals.infants_not_claimed"])
    meals = own.claims[family] & ~barred & ~forgone & ~children.left[rows]
    own.free_meals[rows] |= meals.astype(np.int32) << np.int32(year - FIRST_JANUARY)

    disabled = (children.disabilities[rows] > 0) & (children.disability_from[rows] < today)
    known = children.case[rows] > 0
    boy, decile = people.sex[rows] == 1, people.decile[family] - 5.5
    effect = life.parameters.effect

    def score(what: str) -> np.ndarray:
        """What pupil, family and time add; log hazard or log odds."""
        at, by = p.array(f"{what}.at_years"), p.array(f"{what}.by_year")
        return (
            p.array(f"{what}.by_year_group")[group]
            + np.interp(year, at, by)
            + p[f"{what}.boys"] * boy
            + p[f"{what}.free_meals"] * meals
            - p[f"{what}.per_decile"] * decile
            + p[f"{what}.known"] * known
            + p[f"{what}.in_care"] * in_care
        )

    log = score("plan") + effect("disability->ehcp") * disabled + effect("in_need->ehcp") * in_need
    log += effect("on_plan->ehcp") * on_plan + own.plan_way[life.families.authority[family]]
    planned = children.sen[rows] == PLAN
    new = ~planned & happens(life.luck("send.plan", ids, month), np.exp(log))

    again = life.luck("send.looks_again", ids, month) < p["support.looks_again"]
    own.draw[rows[again]] = life.luck("send.support", ids[again], month)
    school = children.school[rows]
    log = score("support") + p["support.disability"] * disabled + effect("in_need->sen_support") * in_need
    log += (
        p["support.on_plan"] * on_plan
        + own.support_way[life.schools.authority[school]]
        + life.schools.sen[school]
    )
    support = own.draw[rows] < 1 / (1 + np.exp(-log))
    after = np.where(planned | new, PLAN, np.where(support, SUPPORT, NO_SEN)).astype(np.int8)

    before = children.sen[rows]
    changed = np.flatnonzero(after != before)
    _end(life, rows[changed[before[changed] != NO_SEN]], np.full(len(people.child), today))
    starts = changed[after[changed] != NO_SEN]
    _start(life, rows[starts], after[starts], today, month)
    children.sen[rows] = after


def _start(life: Life, child: np.ndarray, provision: np.ndarray, day: int, month: int) -> None:
    """Support or a plan begins for one main type of need, which mostly stays the same."""
    if not len(child):
        return
    p, children, own = life.parameters["send"], life.children, life.own.send
    bits = children.disabilities[child]

    def has(*kinds: str) -> np.ndarray:
        return (bits & sum(1 << DISABILITY.index(k) for k in kinds)) > 0

    # The first that applies: autism, learning, speech, senses, body, then feelings and behaviour.
    kind = np.select(
        [bits == 0, has("AUT"), has("LD"), has("COMM"), has("HEAR"), has("VIS"), has("MOB", "HAND", "CON"),
         has("BEH")],
        [np.where(children.child_mental[child] > 0, 8, 0), 1, 2, 3, 4, 5, 6, 7],
        9,
    )  # fmt: skip
    table = np.where(
        (provision == PLAN)[:, None], p.array("needs.plan")[kind], p.array("needs.support")[kind]
    )
    need = life.luck.choose("send.need", life.people.child[child], table)
    own.spell[child] = life.log["sen_spells"].add(
        child=life.people.child[child], provision=provision, need=need, start=np.full(len(child), day)
    )


def _end(life: Life, child: np.ndarray, day: np.ndarray) -> None:
    """Support or plans end; ``day`` is indexed by row of children."""
    own = life.own.send
    rows = own.spell[child]
    has = rows != NONE
    life.log["sen_spells"].set(rows[has], end=day[child[has]])
    own.spell[child] = NONE
