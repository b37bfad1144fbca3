"""Attendance, suspensions, exclusions and the roll as the published statistics count them.

For the year ending 31 March the autumn and spring terms before it are counted, and who is in need, on a plan
or looked after on that 31 March. Depends on the log and the records of absence.
"""

import numpy as np

from catalyst.records import npd_absence
from catalyst.records.columns import rows_of
from catalyst.studio.measures import Tally
from catalyst.world import clock, exclusions, school_year
from catalyst.world.clock import day
from catalyst.world.enrolment import ALTERNATIVE, AT_HOME
from catalyst.world.life import Lives
from catalyst.world.schools import PHASES

TIERS = ("no involvement", "in need", "on a plan", "looked after")


def tier(lives: Lives, when: int, least_care: int = 0) -> np.ndarray:
    """Exclusive tier of social care of each child on a day: looked after, then on a plan, then in need.

    Parameters
    ----------
    when : day number
    least_care : days for which a child must have been looked after; those for a shorter time get −1

    Returns
    -------
    int8 array of indices into ``TIERS``, shape (children,)
    """
    out = np.zeros(len(lives.children["child"]), dtype=np.int8)

    def during(
        log: dict[str, np.ndarray], start: str, end: str, rows: np.ndarray | None = None
    ) -> np.ndarray:
        open_now = (log[start] <= when) & ((log[end] < 0) | (log[end] > when))
        open_now = open_now if rows is None else open_now & rows
        return rows_of(lives.children["child"], log["child"][open_now])

    out[during(lives.cases, "referral", "closure", ~lives.cases["nfa"])] = 1
    out[during(lives.cp_plans, "start", "end")] = 2
    care = lives.care_episodes
    first = np.lexsort((care["decom"], care["period"], care["child"]))
    new = np.ones(len(first), dtype=bool)
    new[1:] = (np.diff(care["child"][first]) != 0) | (np.diff(care["period"][first]) != 0)
    began = np.empty(len(first), dtype=np.int64)
    began[first] = care["decom"][first][new][np.cumsum(new) - 1]
    long = began <= when - least_care
    out[during(care, "decom", "dec")] = -1
    out[during(care, "decom", "dec", long)] = 3
    return out


def _at(lives: Lives, when: int, log: dict[str, np.ndarray], value: np.ndarray, none: int) -> np.ndarray:
    there = (log["start"] <= when) & ((log["end"] < 0) | (log["end"] > when))
    out = np.full(len(lives.children["child"]), none)
    out[rows_of(lives.children["child"], log["child"][there])] = value[there]
    return out


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds the figures of the autumn and spring terms before 31 March ``year``."""
    if year <= npd_absence.FIRST_YEAR - 1 or year == 2020:
        return
    end = int(day(f"{year}-03-31"))
    terms = npd_absence.terms()
    mine = np.flatnonzero((terms.year == year) & (terms.term < 2))
    missed = npd_absence.sessions(lives)
    possible = np.maximum(missed["possible"][:, mine], 0).sum(axis=1)
    absent = sum(np.maximum(missed[name][:, mine], 0).sum(axis=1) for name in ("authorised", "unauthorised"))
    school = missed["school"][:, mine[1]]
    phase = np.append(lives.schools.phase, -1)[school]
    group = school_year.year_group(lives.children["birth"], int(terms.month[mine[0]]))
    pupil = (possible > 0) & (group >= 1)
    # Ratios of whole numbers: nobody is persistently absent by a rounding error.
    persistent, severe = 10 * absent >= possible, 2 * absent >= possible
    tiers = tier(lives, end, 365)
    groups = {"all": pupil}
    for k, name in enumerate(PHASES[:3]):
        groups[name] = pupil & (phase == k)
    for k, name in enumerate(TIERS):
        for label, mask in (
            (name, pupil),
            *((f"{name}, {PHASES[j]}", pupil & (phase == j)) for j in range(4)),
        ):
            groups[label] = mask & (tiers == k)
    for label, who in groups.items():
        tally.add(f"overall absence: {label}", 100 * absent[who].sum(), possible[who].sum())
        tally.add(f"persistent absence: {label}", 100 * persistent[who].sum(), who.sum())
        tally.add(f"severe absence: {label}", 100 * severe[who].sum(), who.sum())
    _exclusions(lives, tally, year, tiers)
    _off_roll(lives, tally, year)


def _exclusions(lives: Lives, tally: Tally, year: int, tiers: np.ndarray) -> None:
    """Of the twelve months before the end of March: one of each month of the school year."""
    log = lives.exclusions
    first, last = day(f"{year - 1}-04-01"), day(f"{year}-03-31")
    here = (log["start"] >= first) & (log["start"] <= last)
    row = rows_of(lives.children["child"], log["child"])
    n = len(lives.children["child"])
    out = here & (log["category"] == exclusions.PERMANENT)
    times = np.bincount(row[here & ~out], minlength=n)
    gone = np.bincount(row[out], minlength=n)
    school = _at(lives, int(day(f"{year}-01-16")), lives.school_spells, lives.school_spells["school"], -1)
    phase = np.append(lives.schools.phase, -1)[school]
    pupil = school >= 0
    for label, who in (
        ("all", pupil),
        ("primary", pupil & (phase == 0)),
        ("secondary", pupil & (phase == 1)),
    ):
        tally.add(f"suspensions: {label}", 100 * times[who].sum(), who.sum())
        tally.add(f"suspended: {label}", 100 * (times[who] > 0).sum(), who.sum())
        tally.add(f"permanent exclusions: {label}", 100 * gone[who].sum(), who.sum())
    for k, name in enumerate(TIERS):
        who = pupil & (tiers == k)
        tally.add(f"suspended: {name}", 100 * (times[who] > 0).sum(), who.sum())
        tally.add(f"permanent exclusions: {name}", 100 * gone[who].sum(), who.sum())


def _off_roll(lives: Lives, tally: Tally, year: int) -> None:
    """Home education on the autumn's census day, and non-enrolment of those who are now in year 11."""
    autumn = int(day(f"{year - 1}-10-03"))
    born, log = lives.children["birth"], lives.off_roll
    month = int(clock.month_of(np.array([autumn]))[0])
    group = school_year.year_group(born, month)
    alive = ((lives.children["death"] < 0) | (lives.children["death"] > autumn)) & (
        lives.children["arrival"] <= autumn
    )
    of_age = (group >= 0) & (group <= school_year.YEAR_11) & alive
    kind = _at(lives, autumn, log, log["kind"], 0)
    tally.add("home educated", 100 * (of_age & (kind == AT_HOME)).sum(), of_age.sum())
    tally.add("alternative provision", 100 * (of_age & (kind == ALTERNATIVE)).sum(), of_age.sum())
    # Those in year 11 this January: on no roll in some January since year 7.
    away = np.zeros(len(born), dtype=bool)
    for back in range(5):
        when = int(day(f"{year - back}-01-16"))
        away |= (
            _at(lives, when, lives.school_spells, np.ones(len(lives.school_spells["start"]), dtype=int), 0)
            == 0
        )
    cohort = of_age & (group == school_year.YEAR_11) & (lives.children["arrival"] < 0)
    ever = np.zeros(len(born), dtype=np.int8)
    for k, log in enumerate((lives.cases, lives.cp_plans, lives.care_episodes), start=1):
        ever[rows_of(lives.children["child"], log["child"][~log["nfa"]] if k == 1 else log["child"])] = k
    for k, name in enumerate(("never in need", "ever in need", "ever on a plan", "ever looked after")):
        who = cohort & (ever == k)
        tally.add(f"not enrolled: {name}", 100 * (who & away).sum(), who.sum())
