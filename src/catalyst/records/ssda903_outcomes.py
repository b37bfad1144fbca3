"""SSDA903 on how children fare: OC2 after twelve months of care, and OC3 on those who have left it.

Depends on the periods of care and, where the world holds them, its scores of strengths and difficulties,
offences, young adults' activities and homes.

What this module decides, all of it in the data dictionary too:

- OC2 holds the children looked after on 31 March without a break since 1 April of the year before.
- A score of strengths and difficulties stands for ages 4 to 16; a score that was not received has a reason.
  Scores are received less often where they would be high.
- OC3 holds one row for the year of each birthday from the 17th to the 21st of someone who was looked after
  for 13 weeks since the age of 14, some of it at 16 or 17, and is no longer. The eldest of this world were
  born in 1997, so those of 19 to 21 come into the return one year after another up to 2018.
"""

import numpy as np
from scipy.special import expit, ndtri

from catalyst.records.calendar import last_day, year_of
from catalyst.records.columns import Codes, Table, spread
from catalyst.records.ssda903_care import who
from catalyst.records.ssda903_periods import Periods, numbers, table_of
from catalyst.world import codes
from catalyst.world.clock import DAYS_PER_MONTH
from catalyst.world.families import birthday

_REASONS = ("SDQ1", "SDQ2", "SDQ3", "SDQ4", "SDQ5")
_YES_NO = ("0", "1")
_STAYED = codes.REC.index("E17")
_IN_TOUCH = ("YES", "NO", "REFU", "NREQ", "RHOM")
_ACTIVITIES = ("0", "F1", "P1", "F2", "P2", "F4", "P4", "F5", "P5", "G4", "G5", "G6")
_HOMES = ("0", "B1", "C1", "D1", "E1", "K1", "S2", "T1", "U1", "V2", "W2", "X2", "Z1")
_NOT_KNOWN = 7  # in catalyst.world.adulthood.HOMES


def after_twelve_months(lives, p: Periods, first_year: int, last_year: int) -> Table:
    """OC2: one row for every child looked after continuously through each year."""
    n = numbers()
    last = np.where(p.end >= 0, year_of(np.maximum(p.end, 0)), last_year + 1)
    begun = year_of(p.start - 1) + 1  # the first year on whose 1 April the child was looked after
    row, year = spread(np.maximum(begun, first_year), np.minimum(last, last_year))
    # Those who left on 31 March are no longer looked after at its end.
    stays = (p.end[row] < 0) | (p.end[row] > last_day(year))
    row, year = row[stays], year[stays]
    child, birth = p.child[row], lives.children["birth"][p.person[row]]
    at_end = last_day(year)
    four, five, ten = (birthday(birth, age) <= at_end for age in (4, 5, 10))
    seventeen = birthday(birth, 17) <= at_end
    band = np.searchsorted([5, 10, 16], (at_end - birth) / 365.25, side="right")

    def yes(name: str, chance: np.ndarray | float, where: np.ndarray | bool = True) -> np.ndarray:
        said = (p.luck(f"ssda903.{name}", child, year) < chance).astype(np.int8)
        return np.where(where, said, -1).astype(np.int8)

    score, received = _scores(lives, p, child, year)
    asked = four & ~seventeen
    why = 1 + p.luck.choose(
        "ssda903.sdq_reason", child, np.asarray(n["strengths_and_difficulties.reasons"]), year
    )
    misuse = yes("misuse", np.asarray(n["health.substance_misuse"])[band])
    helped = yes("intervention", n["health.intervention_received"], misuse == 1)
    flags = {
        "CONVICTED": np.where(ten, _convicted(lives, p, child, year), -1),
        "HEALTH_CHECK": yes("health_check", n["health.health_check"], ~five),
        "IMMUNISATIONS": yes("immunisations", np.asarray(n["health.immunisations"])[band]),
        "TEETH_CHECK": yes("teeth", np.asarray(n["health.teeth_check"])[band]),
        "HEALTH_ASSESSMENT": yes("assessment", np.asarray(n["health.health_assessment"])[band]),
        "SUBSTANCE_MISUSE": misuse,
        "INTERVENTION_RECEIVED": helped,
        "INTERVENTION_OFFERED": yes("offered", n["health.intervention_offered"], helped == 0),
    }
    return (
        who(lives, p, row, year)
        | {
            "SDQ_SCORE": np.where(asked & received, score, -1).astype(np.int16),
            "SDQ_REASON": Codes(np.where(asked & ~received, why, -1).astype(np.int8), _REASONS),
            # What it would have been, for release alone to tell how many were missed; it never leaves.
            "score": np.where(asked, score, -1).astype(np.int16),
        }
        | {name: Codes(value.astype(np.int8), _YES_NO) for name, value in flags.items()}
    )


def _scores(lives, p: Periods, child: np.ndarray, year: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The score that a carer's answers would give in each year, and whether it was received."""
    n = numbers()
    part = "strengths_and_difficulties"
    lasting = n[f"{part}.lasting"]
    normal = np.sqrt(lasting) * ndtri(p.luck("ssda903.sdq", child)) + np.sqrt(1 - lasting) * ndtri(
        p.luck("ssda903.sdq", child, year)
    )
    score = np.clip(np.rint(n[f"{part}.mean"] + n[f"{part}.spread"] * normal), 0, 40).astype(np.int64)
    log = table_of(lives, "sdq")
    if log and len(log["child"]):
        key = log["child"].astype(np.int64) * 4096 + year_of(log["day"])
        mine = child.astype(np.int64) * 4096 + year
        place = np.searchsorted(key, mine, side="right") - 1
        held = (place >= 0) & (key[np.maximum(place, 0)] == mine)
        score[held] = log["score"][place[held]]
    chance = expit(n[f"{part}.received"] + n[f"{part}.received_by_score"] * (score - 15))
    return score, p.luck("ssda903.sdq_received", child, year) < chance


def _convicted(lives, p: Periods, child: np.ndarray, year: np.ndarray) -> np.ndarray:
    log = table_of(lives, "offences")
    if not log:
        return np.zeros(len(child), dtype=np.int8)
    dealt = np.unique(log["child"].astype(np.int64) * 4096 + year_of(log["dealt_with"]))
    return np.isin(child.astype(np.int64) * 4096 + year, dealt).astype(np.int8)


def care_leavers(lives, p: Periods, first_year: int, last_year: int) -> tuple[Table, np.ndarray, np.ndarray]:
    """OC3: one row for each birthday from the 17th to the 21st of those who have left care.

    Returns
    -------
    table, row of the period last left, year of each row
    """
    n = numbers()
    row, age = _who_left(lives, p)
    birth = lives.children["birth"][p.person[row]]
    day = np.select([age == a for a in range(17, 22)], [birthday(birth, a) for a in range(17, 22)])
    year = year_of(day)
    keep = (year >= first_year) & (year <= last_year)
    row, age, day, year = row[keep], age[keep], day[keep], year[keep]
    child = p.child[row]
    at_17 = p.luck.choose("ssda903.in_touch", child, np.asarray(n["care_leavers.at_17"]), age)
    later = p.luck.choose("ssda903.in_touch", child, np.asarray(n["care_leavers.from_18"]), age)
    touch = np.where(age == 17, at_17, later)
    home, lost = _homes(lives, p, row, child, age, day)
    touch = np.where((touch == 0) & lost, 1, touch)
    known = touch == 0
    table = who(lives, p, row, year) | {
        "IN_TOUCH": Codes(touch.astype(np.int8), _IN_TOUCH),
        "ACTIV": Codes(
            np.where(known, _activities(lives, p, child, age, day), 0).astype(np.int8), _ACTIVITIES
        ),
        "ACCOM": Codes(np.where(known, home, 0).astype(np.int8), _HOMES),
    }
    return table, row, year


def _who_left(lives, p: Periods) -> tuple[np.ndarray, np.ndarray]:
    """Periods last left before a birthday, and its age, of those whom the duty to care leavers covers."""
    birth = lives.children["birth"][p.person]
    fourteen, sixteen = birthday(birth, 14), birthday(birth, 16)
    end = np.where(p.end >= 0, p.end, np.int32(2**30))
    days = np.where(p.end >= 0, np.maximum(p.end - np.maximum(p.start, fourteen), 0), 0)
    before = np.cumsum(days) - days
    new = np.ones(len(days), dtype=bool)
    new[1:] = p.child[1:] != p.child[:-1]
    so_far = np.cumsum(days) - np.repeat(before[new], np.diff(np.append(np.flatnonzero(new), len(days))))
    covered = (so_far >= numbers()["care_leavers.weeks"] * 7) & (p.end > sixteen)
    covered &= lives.children["death"][p.person] < 0
    following = np.full(len(end), 2**30, dtype=np.int64)
    following[:-1] = np.where(new[1:], 2**30, p.start[1:])
    rows, ages = [], []
    for age in range(17, 22):
        turned = birthday(birth, age)
        left = np.flatnonzero(covered & (end <= turned) & (following > turned))
        rows.append(left)
        ages.append(np.full(len(left), age))
    return np.concatenate(rows), np.concatenate(ages)


def _activities(lives, p: Periods, child: np.ndarray, age: np.ndarray, day: np.ndarray) -> np.ndarray:
    n = numbers()
    kind = p.luck.choose("ssda903.activity", child, np.asarray(n["care_leavers.activity"]), age).astype(
        np.int64
    )
    log = table_of(lives, "adult_years")
    if log:
        # What the world knows of the year in which the birthday falls, or of the one before.
        key = log["child"].astype(np.int64) * 65_536 + log["day"]
        place = np.searchsorted(key, child.astype(np.int64) * 65_536 + day + 365, side="right") - 1
        held = (place >= 0) & (log["child"][np.maximum(place, 0)] == child)
        held &= log["day"][np.maximum(place, 0)] > day - 366
        kind[held] = log["activity"][place[held]]

    def one(name: str, *names: str) -> np.ndarray:
        index = np.array([_ACTIVITIES.index(code) for code in names])
        return index[
            p.luck.choose("ssda903.activity_kind", child, np.asarray(n[f"care_leavers.{name}"]), age)
        ]

    return np.select(
        [kind == 0, kind == 1, kind == 2],
        [one("neither", "G4", "G5", "G6"), one("work", "F5", "P5"), one("learning", "F2", "P2", "F4", "P4")],
        one("higher", "F1", "P1"),
    )


def _homes(lives, p: Periods, row, child, age, day) -> tuple[np.ndarray, np.ndarray]:
    """Where each lives, and whether the authority does not know."""
    drawn = np.array([_HOMES.index(code) for code in ("B1", "D1", "E1", "K1", "U1", "W2")])
    home = drawn[
        p.luck.choose("ssda903.home", child, np.asarray(numbers()["care_leavers.accommodation"]), age)
    ].astype(np.int64)
    home = np.where((p.rec[row] == _STAYED) & (age == 18), _HOMES.index("Z1"), home)
    lost = np.zeros(len(row), dtype=bool)
    log = table_of(lives, "homes_after_care")
    if log and len(log["child"]):
        # The spell that holds the weeks round the birthday: a home begins on the day or soon after.
        key = log["child"].astype(np.int64) * 65_536 + log["start"]
        when = day + int(DAYS_PER_MONTH)
        place = np.searchsorted(key, child.astype(np.int64) * 65_536 + when, side="right") - 1
        at = np.maximum(place, 0)
        held = (place >= 0) & (log["child"][at] == child) & ((log["end"][at] < 0) | (log["end"][at] > day))
        kind = log["home"][at]
        u = p.luck("ssda903.home_kind", child, age)
        supported = np.where(
            u < 0.7, _HOMES.index("D1"), np.where(u < 0.9, _HOMES.index("E1"), _HOMES.index("T1"))
        )
        unfit = np.where(
            u < 0.4, _HOMES.index("S2"), np.where(u < 0.7, _HOMES.index("W2"), _HOMES.index("V2"))
        )
        as_code = np.select(
            [kind == 0, kind == 1, kind == 2, kind == 3, kind == 4, kind == 5],
            [
                _HOMES.index("Z1"),
                _HOMES.index("B1"),
                supported,
                _HOMES.index("U1"),
                _HOMES.index("C1"),
                _HOMES.index("X2"),
            ],
            unfit,
        )
        home = np.where(held, as_code, home)
        lost = held & (kind == _NOT_KNOWN)
    return home, lost
