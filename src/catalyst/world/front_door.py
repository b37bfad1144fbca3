"""The front door: referrals of families and children, what is decided on them, section 47 enquiries.

Depends on need, disability, places and what has gone before. Decisions rest on things that the records hold
(primary need, age, earlier plans, the authority) and on the severity of need, which assessment factors show
in part.
"""

import numpy as np
from scipy.special import expit

from catalyst.world import cases, clock
from catalyst.world.codes import CLOSURE, index
from catalyst.world.luck import happens
from catalyst.world.state import CLOSED, DISRUPTED, FRONT_DOOR, IN_NEED, NONE, Life

NOT_IN_NEED, TO_EARLY_HELP = index(CLOSURE, "RC8"), index(CLOSURE, "RC9")
NOTICE = 200  # days before birth from which a pregnancy is known to services
_DISABILITY, _ABUSE = 2, 1  # N2, N1


def of_year(p, key: str, month: int) -> float:
    """A yearly factor that is given for 2016 to 2025 and holds at its first value before."""
    values = p[key]
    return values[min(max(int(clock.year_ending(month)) - 2016, 0), len(values) - 1)]


def step(life: Life, month: int) -> None:
    """This month's referrals, with all that the front door decides on each."""
    child, need, severity, true_need = _who_is_referred(life, month)
    if not len(child):
        return
    p = life.parameters["front_door"]
    people, children, luck = life.people, life.children, life.luck
    family = people.family[people.child_family[child]]
    day = clock.first_day(month) + np.floor(luck("referral.day", family, month) * 28).astype(np.int32)
    day = np.maximum(clock.weekday_at_or_after(day), children.free_from[child])
    source = luck.choose("referral.source", family, p.array("referral.sources"), month)
    together = p["decision.together"]

    chance = np.where(
        true_need, p["decision.no_further_action_in_need"], p["decision.no_further_action_otherwise"]
    )
    nfa = life.alike("decision.nfa", child, month, together) < chance
    authority = life.families.authority[people.child_family[child]]
    cases.open_case(life, child, day, authority, source, need, severity, nfa)
    done = child[nfa]
    cases.close(
        life,
        done,
        day[nfa] + np.floor(luck("decision.nfa_days", people.child[done], month) * 3).astype(int),
        cases.NO_MORE_SERVICES,
    )

    child, day, severity, true_need = child[~nfa], day[~nfa], severity[~nfa], true_need[~nfa]
    chance = np.where(
        true_need,
        expit(p["decision.found_in_need"] + p["decision.found_in_need_by_severity"] * severity),
        p["decision.found_in_need_otherwise"],
    )
    in_need = life.alike("decision.in_need", child, month, together) < chance
    authorised = cases.assess(life, child, day, month, in_need)
    children.stage[child] = FRONT_DOOR
    children.next_stage[child] = IN_NEED

    out = ~in_need
    shut = child[out]
    days = np.floor(luck("decision.closing_days", people.child[shut], month) * 4).astype(np.int32)
    early_help = luck("decision.early_help", people.child[shut], month) < p["decision.closes_to_early_help"]
    wait = np.where(early_help, p["assessment.early_help_adds_days"], 0) + days
    children.next_stage[shut] = CLOSED
    children.reason[shut] = np.where(early_help, TO_EARLY_HELP, NOT_IN_NEED)
    children.free_from[shut] = clock.add_working_days(authorised[out], wait)

    child, day, true_need = child[in_need], day[in_need], true_need[in_need]
    log_odds = _section_47_log_odds(life, child, day, month) + np.where(
        true_need, 0, p["section_47.otherwise"]
    )
    asked = life.alike("section_47", child, month, together) < expit(log_odds)
    lag = np.floor(luck("section_47.days", people.family[people.child_family[child]], month) * 4).astype(
        np.int32
    )
    enquire(life, child[asked], clock.add_working_days(day, lag)[asked], month)


def take_up(life: Life, month: int) -> None:
    """Children whose assessment has been authorised by the end of this month: found in need, or closed."""
    children = life.children
    waiting = (children.stage == FRONT_DOOR) & (children.conference == NONE)
    ready = np.flatnonzero(waiting & (children.free_from < clock.first_day(month + 1)))
    shut = ready[children.next_stage[ready] == CLOSED]
    cases.close(life, shut, children.free_from[shut].copy(), children.reason[shut].copy())
    stay = ready[children.next_stage[ready] == IN_NEED]
    children.stage[stay] = IN_NEED
    children.since[stay] = children.free_from[stay]
    if len(stay):
        life.new_in_need.append(stay)


def enquire(life: Life, child: np.ndarray, day: np.ndarray, month: int) -> None:
    """Section 47 enquiries that begin on ``day``, and whether each leads to an initial conference."""
    if not len(child):
        return
    p = life.parameters["front_door"]
    people, children, luck = life.people, life.children, life.luck
    family = people.family[people.child_family[child]]
    log_odds = (
        p["conference.held"]
        + p["conference.by_severity"] * children.severity[child]
        + p["conference.unborn"] * (day < people.birth[child])
        + of_year(p, "conference.by_year", month)
        + p["conference.after_a_plan"] * (children.plan[child] > 0)
        + life.places.threshold[children.authority[child]]
    )
    held = life.alike("conference", child, month, p["decision.together"]) < expit(log_odds)
    in_time = luck("conference.in_time", family, month) < p["conference.within_15_days"]
    u = luck("conference.days", family, month)
    lag = np.where(in_time, 7 + np.floor(u * 9), 16 + np.floor(u * 15)).astype(np.int32)
    conference = clock.add_working_days(day, lag)
    held &= conference < life.turns_18[child] - 30
    life.log["section47"].add(
        child=people.child[child],
        case=children.case[child],
        start=day,
        conference=np.where(held, conference, NONE),
        not_required=~held,
    )
    met = child[held]
    children.conference[met] = conference[held]
    children.conference_leads[met] = (
        life.alike("conference.plan", met, month, p["decision.together"]) < p["conference.leads_to_plan"]
    )
    # An enquiry that needs no conference ends within its fifteen working days.
    last = np.where(held, conference, clock.add_working_days(day, np.minimum(lag, 14)))
    children.free_from[child] = np.maximum(children.free_from[child], last)


def _section_47_log_odds(life: Life, child, day, month: int) -> np.ndarray:
    p = life.parameters["front_door"]
    children = life.children
    return (
        p["section_47.in_need"]
        + p["section_47.by_severity"] * children.severity[child]
        + np.where(children.need[child] == _ABUSE, 0, p["section_47.other_needs"])
        + p["section_47.unborn_or_infant"] * (day - life.people.birth[child] < 365)
        + life.places.threshold[children.authority[child]]
        + life.programmes.section_47[children.authority[child], month]
        + np.log(of_year(p, "section_47.by_year", month))
    )


def later_enquiries(life: Life, month: int) -> None:
    """Section 47 enquiries that begin in a case that is already open."""
    p = life.parameters["front_door"]
    people, children = life.people, life.children
    first = clock.first_day(month)
    rows = np.flatnonzero(children.stage == IN_NEED)
    who = rows[
        (children.conference[rows] == NONE)
        & (children.care_row[rows] == NONE)
        & (children.free_from[rows] < first)
        & (children.need[rows] != _DISABILITY)
        & (life.until[rows] > first + 120)
    ]
    if not len(who):
        return
    hazard = p["section_47.later_per_month"] * np.exp(
        1.5 * (children.severity[who] - 0.5)
        + life.places.threshold[children.authority[who]]
        + life.programmes.section_47[children.authority[who], month]
        + np.log(of_year(p, "section_47.by_year", month))
    )
    u = life.alike("section_47.later", who, month, p["decision.together"])
    who = who[happens(u, hazard)]
    family = people.family[people.child_family[who]]
    day = first + np.floor(life.luck("section_47.later_day", family, month) * 26).astype(np.int32)
    enquire(life, who, clock.weekday_at_or_after(day), month)


def _who_is_referred(life: Life, month: int):
    """Rows of the children referred, with primary need, severity, and whether the need is real."""
    p = life.parameters["front_door"]
    people, families, children, luck = life.people, life.families, life.children, life.luck
    row, authority = people.child_family, families.authority
    first = int(clock.first_day(month))
    ratio = np.exp(life.places.referral + life.programmes.referral[:, month]) * of_year(
        p, "referral.by_year", month
    )
    again = np.exp(life.workforce.referral_again[:, month])
    highest = ratio.max() * max(again.max(), 1.0)

    def place(rows: np.ndarray) -> np.ndarray:
        """Rate ratio of where and when families live, and of a case that was closed lately."""
        lately = month - families.last_closure[rows] <= 12
        return ratio[authority[rows]] * np.where(lately, again[authority[rows]], 1.0)

    def eligible(rows: np.ndarray) -> np.ndarray:
        """Whether children, expected or here, have no open case and are not about to come of age."""
        return (
            (people.birth[rows] < first + NOTICE)
            & (life.until[rows] > first + 160)
            & (children.stage[rows] == CLOSED)
            & (children.care_row[rows] == NONE)
            & ~children.left[rows]
            & (people.arrival[rows] < 0)
        )

    # Few have luck near a referral: only they are looked at.
    in_need = families.need_kind > 0
    most = np.where(
        in_need,
        highest * p["referral.in_need_per_month"] * np.exp(max(p["referral.expecting"], 0)),
        highest * p["referral.otherwise_per_month"] * families.attention,
    )
    near, u = life.monthly["referral"].near(month, most)
    expecting = np.zeros(len(people.family), dtype=bool)
    expecting[row[life.born(first, first + NOTICE)]] = True
    hazard = np.where(
        in_need[near],
        p["referral.in_need_per_month"] * np.exp(p["referral.expecting"] * expecting[near]),
        p["referral.otherwise_per_month"] * families.attention[near],
    )
    referred = near[happens(u, place(near) * hazard)]
    seen = np.zeros(len(people.family), dtype=bool)
    seen[referred] = True
    group = life.children_of(referred)
    group = group[eligible(group)]
    group = group[luck("referral.includes", people.child[group], month) < p["referral.includes_child"]]

    # A baby expected or newly born into a family with an open case joins it.
    with_case = np.zeros(len(people.family), dtype=bool)
    with_case[row[children.stage >= IN_NEED]] = True
    babies = life.born(first - 59, first + NOTICE)
    babies = babies[with_case[row[babies]] & ~seen[row[babies]]]
    babies = babies[eligible(babies)]
    joins = luck("referral.joins", people.child[babies], month) < p["referral.joins_siblings_per_month"]
    group = np.concatenate([group, babies[joins]])

    alone, u, known, hazard = _on_their_own(life, month, highest)
    asked = eligible(alone) & ~seen[row[alone]]
    alone, u, known, hazard = alone[asked], u[asked], known[asked], hazard[asked]
    happened = happens(u, place(row[alone]) * hazard)
    alone, known = alone[happened], known[happened]

    child = np.concatenate([group, alone])
    kind = families.need_kind[row[group]]
    unfounded = luck.choose("referral.unfounded", people.family[row[group]], _kinds(life), month)
    disabled = known
    teenage = luck.choose("referral.teenage", people.child[alone], p.array("referral.teenager_needs"), month)
    need = np.concatenate([np.where(kind > 0, kind, unfounded), np.where(disabled, _DISABILITY, teenage)])
    severity = np.concatenate(
        [
            np.where(kind > 0, families.need_severity[row[group]], 0.25),
            luck("referral.severity", people.child[alone], month) * np.where(disabled, 0.5, 1.0),
        ]
    )
    real = np.concatenate([kind > 0, np.ones(len(alone), dtype=bool)])
    return child, need.astype(np.int8), severity, real


def _on_their_own(life: Life, month: int, highest: float) -> tuple[np.ndarray, ...]:
    """Children whose own luck this month is near a referral, and what is to be asked of each.

    Parameters
    ----------
    highest : the highest rate ratio of any place this month

    Returns
    -------
    rows, draws, whether a disability is known, and the hazard of a referral before the place's part
    """
    p, people, children = life.parameters["front_door"], life.people, life.children
    first = int(clock.first_day(month))
    if not hasattr(life.own, "front_door"):
        # The highest hazard that each child could ever have; shape (children,).
        life.own.front_door = (
            p["referral.disabled_per_month"] * (children.disabilities > 0)
            + p["referral.teenager_per_month"]
            * life.families.vulnerability[people.child_family]
            * np.exp(max(p["referral.disengaged"], 0))
            + p["referral.exploited_per_month"]
        )
    rows, u = life.monthly["referral.own"].near(month, life.own.front_door * highest)
    known = (children.disabilities[rows] > 0) & (children.disability_from[rows] <= first)
    age = first - people.birth[rows]
    disengaged, exploited = children.engagement[rows] >= DISRUPTED, children.exploited[rows] > 0
    older = (age >= 4018) | disengaged
    asked = (age >= 60) & (known | older | exploited)
    hazard = (
        p["referral.disabled_per_month"] * known
        + p["referral.teenager_per_month"]
        * life.families.vulnerability[people.child_family[rows]]
        * older
        * np.exp(p["referral.disengaged"] * disengaged)
        + p["referral.exploited_per_month"] * exploited
    )
    return rows[asked], u[asked], known[asked], hazard[asked]


def _kinds(life: Life) -> np.ndarray:
    return life.parameters["need"].array("families.kinds")
