"""Offending of children and young adults: first and further offences, cautions, courts and custody.

A child's hazard rises with what has happened to her since she was ten and with what her family did; it falls
from year to year. Depends on engagement, exclusions, care, exploitation and parents.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock
from catalyst.world.families import birthday
from catalyst.world.log import Shape
from catalyst.world.luck import Standing, happens
from catalyst.world.state import IN_NEED, NONE, Life

GROUPS = tuple(str(number) for number in range(1, 13))  # the Ministry of Justice's offence groups
CUSTODY, COMMUNITY, REFERRAL, OTHER, CAUTION, NOT_PROVEN, INFORMAL = range(7)
YOUTH, MAGISTRATES, CROWN = range(3)
FIRST_MONTH = 120  # April 2007, when the eldest turn ten
_WITHDRAWN = 3

TABLES: dict[str, Shape] = {
    "offences": Shape(
        {
            "child": "i8", "case": "i2", "number": "i1", "day": "i4", "group": "i1", "serious": "?",
            "disposal": "i1", "dealt_with": "i4",
        },
        ("child", "case", "number"), begin="dealt_with"),
    "court_appearances": Shape(
        {"child": "i8", "case": "i2", "day": "i4", "court": "i1", "final": "?", "disposal": "i1"},
        ("child", "case", "day"), begin="day"),
    "custody": Shape({"child": "i8", "start": "i4", "end": "i4"}, ("child", "start"), {"end": ()}),
    "parent_offences": Shape(
        {"parent": "i8", "day": "i4", "group": "i1", "custody": "?"}, ("parent", "day"), begin="day"),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()


@dataclass
class _Own:
    """What the room keeps of children, in order of birth; shape (children,) unless said."""

    rows: np.ndarray  # rows of children, eldest first
    birth: np.ndarray
    luck: Standing
    lasting: np.ndarray  # log hazard ratio of what does not change
    places: np.ndarray  # rate ratio of each authority, shape (authorities,)
    in_need: np.ndarray  # since the tenth birthday
    in_care: np.ndarray  # since the tenth birthday
    families: np.ndarray  # first offences of children of the family, shape (families,)
    last: np.ndarray  # month of the last proven offence
    cases: list  # what every month's cases came to: who, month, group, serious, disposal, offences
    offenders: np.ndarray  # places in ``rows`` of those with a proven offence


def begin(life: Life) -> None:
    """Lasting risks of every child, and the convictions of parents from before the children."""
    p = life.parameters["offending"]
    people, families = life.people, life.families
    rows = np.argsort(people.birth, kind="stable")
    rows = rows[people.arrival[rows] < 0]
    family = people.child_family[rows]
    n = len(rows)
    place = life.luck("offending.place", np.arange(len(life.places.code)))
    lasting = (
        np.log(p["first.girls"]) * (people.sex[rows] == 2)
        + p["first.deprivation"] * (5.5 - people.decile[family])
        + life.parameters.effect("parent_offended->offence") * families.parent_offended[family]
    )
    life.own.offending = _Own(
        rows=rows,
        birth=people.birth[rows],
        luck=life.luck.of("offending.first", people.child[rows]),
        lasting=lasting,
        places=np.exp(p["first.between_places"] * ndtri(place)),
        in_need=np.zeros(n, dtype=bool),
        in_care=np.zeros(n, dtype=bool),
        families=np.zeros(len(people.family), dtype=np.int16),
        last=np.full(n, -1000, dtype=np.int32),
        cases=[],
        offenders=np.zeros(0, dtype=np.int64),
    )
    _parents(life)


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Whether a parent has a conviction from before the children; shape (families,)."""
    return {"parent_offended": life.families.parent_offended}, {}


def _parents(life: Life) -> None:
    p = life.parameters["offending"]
    people, luck = life.people, life.luck
    rows = np.flatnonzero(life.families.parent_offended)
    if not len(rows):
        return
    ids = people.family[rows]
    first_birth = np.full(len(people.family), np.iinfo(np.int32).max)
    np.minimum.at(first_birth, people.child_family, people.birth)
    father = luck("offending.parent", ids) < p["parents.father"]
    both = luck("offending.parents_both", ids) < p["parents.both"]
    who = np.concatenate([ids * 2 + father, ids[both] * 2 + ~father[both]])
    born = np.concatenate([first_birth[rows], first_birth[rows[both]]])
    count = luck.choose("offending.parent_offences", who, p.array("parents.offences")) + 1
    row = np.repeat(np.arange(len(who)), count)
    draw = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    low, high = p["parents.years_before"]
    years = low + (high - low) * luck("offending.parent_day", who[row], 0, draw)
    life.log["parent_offences"].add(
        parent=who[row],
        day=(born[row] - np.floor(years * 365.25)).astype(np.int32),
        group=luck.choose("offending.parent_group", who[row] * 8 + draw, p.array("case.groups")),
        custody=luck("offending.parent_custody", who[row], 0, draw) < p["parents.custody"],
    )


def step(life: Life, month: int) -> None:
    """First and further offences of this month, among those aged ten to twenty-four."""
    if month < FIRST_MONTH:
        return
    own: _Own = life.own.offending
    p = life.parameters["offending"]
    today = int(clock.first_day(month))
    youngest = int(np.searchsorted(own.birth, today - p["first.from_age"] * 365.25 - 1))
    eldest = int(np.searchsorted(own.birth, today - p["first.until_age"] * 365.25))
    of_age = int(np.searchsorted(own.birth, today - 18 * 365.25))
    _remember(life, own, slice(of_age, youngest), month)
    first = _first(life, own, month, eldest, youngest)
    again = _again(life, own, month, eldest)
    who = np.concatenate([first, again])
    if len(who):
        _deal_with(life, own, who, np.arange(len(who)) < len(first), month)
    if month == clock.MONTHS - 1:
        _write_down(life, own)


def _remember(life: Life, own: _Own, young: slice, month: int) -> None:
    """Notes who is in need or looked after, now that they are ten."""
    children, rows = life.children, own.rows[young]
    # Some cases close in the month in which the child was found in need.
    found = children.since[rows] >= clock.first_day(month)
    own.in_need[young] |= found | (children.stage[rows] >= IN_NEED)
    own.in_care[young] |= children.care_row[rows] != NONE


def _first(life: Life, own: _Own, month: int, eldest: int, youngest: int) -> np.ndarray:
    """Those with no proven offence so far whom a first one happens to; places in the order of birth."""
    p = life.parameters["offending"]
    shown = 1 - p["case.not_recorded"]
    # Few have luck near the event: only they are looked at.
    near, u = own.luck.near(month, p["first.highest"] / shown, slice(eldest, youngest))
    rows = own.rows[near]
    children, people = life.children, life.people
    free = (children.offences[rows] == 0) & _at_large(life, rows, month)
    near, rows, u = near[free], rows[free], u[free]
    hazard = p.array("first.by_age")[_age(own.birth[near], month) - p["first.from_age"]]
    hazard = hazard * _of_year(p, month) * np.exp(own.lasting[near] + _changing(life, own, near, rows))
    hazard *= own.places[life.families.authority[people.child_family[rows]]]
    hazard = np.minimum(hazard, p["first.highest"]) / shown
    return near[happens(u, hazard)]


def _changing(life: Life, own: _Own, near: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Log hazard ratio of what has happened to a child so far; shape of ``rows``."""
    p, effect = life.parameters["offending"], life.parameters.effect
    children, families = life.children, life.families
    family = life.people.child_family[rows]
    return (
        effect("in_need->offence") * own.in_need[near]
        + p["first.looked_after"] * own.in_care[near]
        + effect("suspension->offence") * (children.suspensions[rows] > 0)
        + p["first.sibling_offended"] * (own.families[family] > 0)
        + p["first.withdrawn"] * (children.engagement[rows] == _WITHDRAWN)
        + p["first.excluded"] * children.excluded[rows]
        + p["first.exploited"] * (children.exploited[rows] > 0)
        + p["first.low_income"] * families.low_income[family]
    )


def _again(life: Life, own: _Own, month: int, eldest: int) -> np.ndarray:
    """Those with a proven offence whom a further one happens to; places in the order of birth."""
    p = life.parameters["offending"]
    who = own.offenders[own.offenders >= eldest]
    rows = own.rows[who]
    who = who[_at_large(life, rows, month) & (own.last[who] < month)]
    if not len(who):
        return who
    rows = own.rows[who]
    band = np.searchsorted(p.array("again.months"), month - own.last[who], side="right") - 1
    hazard = p.array("again.per_month")[band] * np.exp(
        p["again.boys"] * (life.people.sex[rows] == 1)
        + p["again.adults"] * (_age(own.birth[who], month) >= 18)
    )
    u = life.luck("offending.again", life.people.child[rows], month)
    return who[happens(u, hazard / (1 - p["case.not_recorded"]))]


def _at_large(life: Life, rows: np.ndarray, month: int) -> np.ndarray:
    """Whether children are alive and out of custody all month."""
    death = life.people.death[rows]
    today, after = clock.first_day(month), clock.first_day(month + 1)
    return ((death < 0) | (death >= after)) & (life.children.custody_until[rows] < today)


def _age(birth: np.ndarray, month: int) -> np.ndarray:
    """Age in whole years in the middle of a month, from ten to twenty-four."""
    age = ((clock.first_day(month) + 15 - birth) / 365.25).astype(np.int64)
    return np.clip(age, 10, 24)


def _of_year(p, month: int) -> float:
    values = p["first.by_year"]
    return values[min(max(int(clock.year_ending(month)) - 2008, 0), len(values) - 1)]


def _deal_with(life: Life, own: _Own, who: np.ndarray, first: np.ndarray, month: int) -> None:
    """What the police and the courts come to about an offence of this month, and what it changes."""
    p, luck = life.parameters["offending"], life.luck
    children, rows = life.children, own.rows[who]
    ids = life.people.child[rows]
    group = luck.choose("offending.group", ids, p.array("case.groups"), month)
    serious = luck("offending.serious", ids, month) < p.array("case.serious")[group]
    adult = life.turns_18[rows] <= clock.first_day(month)
    stage = np.where(adult, 2, np.where(first, 0, 1))
    disposal = luck.choose("offending.disposal", ids, p.array("case.disposals")[stage], month)
    disposal[serious & (luck("offending.sent_down", ids, month) < p["case.serious_to_custody"])] = CUSTODY
    # First cases are drawn as proven ones: none of them comes to nothing.
    tried = (disposal != CAUTION) & ~first
    disposal[tried & (luck("offending.acquitted", ids, month) < p["case.not_proven"])] = NOT_PROVEN
    disposal[(luck("offending.informal", ids, month) < p["case.not_recorded"]) & ~serious] = INFORMAL
    count = luck.choose("offending.count", ids, p.array("case.offences"), month) + 1
    own.cases.append((who, np.full(len(who), month), group, serious, disposal, count))
    proven = disposal < NOT_PROVEN
    children.offences[rows[proven]] += count[proven]
    own.last[who[proven]] = month
    new = who[proven & first]
    if len(new):
        own.offenders = np.sort(np.concatenate([own.offenders, new]))
        np.add.at(own.families, life.people.child_family[own.rows[new]], 1)
    sent = np.flatnonzero(disposal == CUSTODY)
    if len(sent):
        _, dealt = _dates(life, own, who[sent], np.full(len(sent), month), disposal[sent])
        length = _days(life, "offending.custody", ids[sent], month, "case.custody_days")
        # One spell runs into the next: the later sentence begins when the earlier ends.
        start = np.maximum(dealt, children.custody_until[rows[sent]] + 1)
        life.log["custody"].add(child=ids[sent], start=start, end=start + length)
        children.custody_until[rows[sent]] = start + length


def _dates(life: Life, own: _Own, who, month, disposal) -> tuple[np.ndarray, np.ndarray]:
    """Day of the offence, and day on which it is dealt with by caution or sentence."""
    ids = life.people.child[own.rows[who]]
    day = clock.first_day(month) + np.floor(life.luck("offending.day", ids, month) * 28).astype(np.int32)
    # Nobody offends before the tenth birthday: whoever turns ten this month does so before the offence.
    day = np.maximum(day, birthday(own.birth[who], 10))
    wait = np.where(
        disposal >= CAUTION,
        _days(life, "offending.caution", ids, month, "case.caution_days"),
        _days(life, "offending.hearing", ids, month, "case.hearing_days")
        + _days(life, "offending.sentence", ids, month, "case.sentence_days"),
    )
    return day, clock.weekday_at_or_after(day + wait)


def _write_down(life: Life, own: _Own) -> None:
    """All cases of all years as offences and hearings."""
    if not own.cases:
        return
    who, month, group, serious, disposal, count = (np.concatenate(c) for c in zip(*own.cases, strict=True))
    p, luck = life.parameters["offending"], life.luck
    ids = life.people.child[own.rows[who]]
    to_court = disposal < CAUTION
    to_court |= disposal == NOT_PROVEN
    day, dealt = _dates(life, own, who, month, np.where(disposal == NOT_PROVEN, OTHER, disposal))
    order = np.lexsort((month, ids))
    new = np.ones(len(ids), dtype=bool)
    new[1:] = ids[order][1:] != ids[order][:-1]
    case = np.empty(len(ids), dtype=np.int16)
    case[order] = np.arange(len(ids)) - np.maximum.accumulate(np.where(new, np.arange(len(ids)), 0)) + 1
    row = np.repeat(np.arange(len(ids)), count)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    other = luck.choose("offending.other_group", ids[row] * 4 + number, p.array("case.groups"), month[row])
    life.log["offences"].add(
        child=ids[row],
        case=case[row],
        number=number,
        day=day[row],
        group=np.where(number == 1, group[row], other),
        serious=serious[row] & (number == 1),
        disposal=disposal[row],
        dealt_with=dealt[row],
    )
    adult = birthday(own.birth[who], 18) <= day
    crown = serious & (luck("offending.crown", ids, month) < p["case.crown_court"])
    seat = np.select([crown, adult], [CROWN, MAGISTRATES], YOUTH)
    hearing = clock.weekday_at_or_after(
        day + _days(life, "offending.hearing", ids, month, "case.hearing_days")
    )
    earlier, last = np.flatnonzero(to_court & (hearing < dealt)), np.flatnonzero(to_court)
    both = np.concatenate([earlier, last])
    final = np.arange(len(both)) >= len(earlier)
    life.log["court_appearances"].add(
        child=ids[both],
        case=case[both],
        day=np.where(final, dealt[both], hearing[both]),
        court=seat[both],
        final=final,
        disposal=disposal[both],
    )


def _days(life: Life, process: str, ids: np.ndarray, month: int | np.ndarray, key: str) -> np.ndarray:
    low, high = life.parameters["offending"][key]
    return low + np.floor(life.luck(process, ids, month) * (high - low + 1)).astype(np.int32)
