"""The truths of T7, children known to social care and to the police, counted in what truly happened.

Depends on the world's log. The risk difference is that between a world and its twin in which being in need
does not lead to offending; all else, school included, is the same in both.
"""

import numpy as np

from catalyst.world import codes
from catalyst.world.clock import day
from catalyst.world.families import birthday
from catalyst.world.life import Lives
from catalyst.world.offending import NOT_PROVEN

# Who turned ten in the window, and sixteen (or seventeen) early enough for an offence to be dealt with in it.
FIRST_BIRTH = int(day("2004-04-01"))
LAST_BIRTH_16, LAST_BIRTH_17 = int(day("2008-03-31")), int(day("2007-03-31"))
FROM_AGE, EXPOSED_UNTIL, FOLLOWED_UNTIL, BOTH_UNTIL = 10, 13, 16, 17
_NEVER = np.int64(10**7)

TWINS: dict[str, dict] = {"not_through_need": {"settings": {}, "cuts": ("in_need->offence",)}}
PLANTED = {
    "t7.log_hr_parent_offended": "parent_offended->offence",
    "t7.log_hr_in_need": "in_need->offence",
    "t7.log_hr_suspension": "suspension->offence",
    "t7.log_hr_mother_in_care": "mother_in_care->care",
}
_PAIR = "children born April 2004 to March 2007, both between the tenth and the seventeenth birthday"
SCALES = {
    "t7.offence_given_need": ("proportion", f"a proven offence among those ever in need; {_PAIR}"),
    "t7.need_given_offence": ("proportion", f"ever in need among those with a proven offence; {_PAIR}"),
    "t7.risk_difference": (
        "proportion",
        "children born April 2004 to March 2008 who were in need at some time between the tenth and the "
        "thirteenth birthday and had not offended; from that day to the sixteenth birthday; risk of a first "
        "proven offence against the same children had being in need not led to offending, their school years "
        "being as they were; marginal, on the exposed",
    ),
}  # fmt: skip


def first_offence(lives: Lives) -> np.ndarray:
    """Day of each child's first proven offence, far in the future where there is none; shape (children,)."""
    log = lives.log["offences"]
    proven = log["disposal"] < NOT_PROVEN
    first = np.full(len(lives.children["child"]), _NEVER)
    row = np.searchsorted(lives.children["child"], log["child"][proven])
    np.minimum.at(first, row, log["day"][proven])
    return first


def first_in_need(lives: Lives) -> np.ndarray:
    """First day from the tenth birthday on which a child was found in need; shape (children,)."""
    cases, assessments = lives.log["cases"], lives.log["assessments"]
    not_in_need = np.isin(cases["reason"], [codes.CLOSURE.index("RC8"), codes.CLOSURE.index("RC9")])
    key = cases["child"] * 4096 + cases["case"]
    order = np.argsort(key)
    found = np.searchsorted(key[order], assessments["child"] * 4096 + assessments["case"])
    case = order[np.minimum(found, len(order) - 1)]
    counts = ~cases["nfa"][case] & ~not_in_need[case] & (assessments["authorised"] >= 0)
    child, case, start = assessments["child"][counts], case[counts], assessments["authorised"][counts]
    row = np.searchsorted(lives.children["child"], child)
    ten = birthday(lives.children["birth"][row], FROM_AGE)
    closed = cases["closure"][case]
    after = (closed < 0) | (closed > ten)
    first = np.full(len(lives.children["child"]), _NEVER)
    np.minimum.at(first, row[after], np.maximum(start, ten)[after])
    return first


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """What one block adds to each truth.

    Parameters
    ----------
    lives : one block of the world
    twins : the same block without the way from need to offending
    """
    birth, resident = lives.children["birth"], lives.children["arrival"] < 0
    need, offence = first_in_need(lives), first_offence(lives)
    both = resident & (birth >= FIRST_BIRTH) & (birth <= LAST_BIRTH_17)
    end = birthday(birth, BOTH_UNTIL)
    known, offended = both & (need < end), both & (offence < end)
    exposed = resident & (birth >= FIRST_BIRTH) & (birth <= LAST_BIRTH_16)
    exposed &= (need < birthday(birth, EXPOSED_UNTIL)) & (offence > need)
    end = birthday(birth, FOLLOWED_UNTIL)
    other = first_offence(twins["not_through_need"])
    return {
        "t7.known": float(known.sum()),
        "t7.offended": float(offended.sum()),
        "t7.known_and_offended": float((known & offended).sum()),
        "t7.exposed": float(exposed.sum()),
        "t7.events": float((exposed & (offence < end)).sum()),
        "t7.events_without": float((exposed & (other > need) & (other < end)).sum()),
    }


def values(totals: dict[str, float]) -> dict[str, float]:
    """The truths from totals over blocks and worlds."""
    return {
        "t7.offence_given_need": totals["t7.known_and_offended"] / totals["t7.known"],
        "t7.need_given_offence": totals["t7.known_and_offended"] / totals["t7.offended"],
        "t7.risk_difference": (totals["t7.events"] - totals["t7.events_without"]) / totals["t7.exposed"],
    }
