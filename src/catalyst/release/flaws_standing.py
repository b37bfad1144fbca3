"""Flaws that life, services and keys bring about by themselves, in every preset: here they are only measured.

What is to be expected follows from the parameters of the rooms and returns that make them. Depends on their
parameters, keys and columns.
"""

import numpy as np
from scipy.special import expit

from catalyst.records import case_files
from catalyst.records.cin_census import LAST_YEAR
from catalyst.records.columns import Table, running_number
from catalyst.release import keys
from catalyst.release.flaws_people import People
from catalyst.release.flaws_rates import Tally, tally
from catalyst.world.parameters import Parameters, read

_BANDS = ("under five", "five to fifteen", "sixteen and over")
_SCORES = ("score under 17", "score 17 and over")
_HIGH_SCORE = 17
FLAWS = {
    "reference_unknown": _BANDS,
    "number_changed": ("",),
    "handed_in_again": ("",),
    "meals_protected": ("",),
    "score_missing": _SCORES,
    "absence_2020": ("",),
}
_OLDEST_INFANT = 2  # year group to which every pupil has meals, so that some families do not register


def measure(records: dict[str, Table], people: People) -> list[Tally]:
    """Tallies of every flaw whose tables are there.

    Parameters
    ----------
    records : tables before any flaw of this package
    """
    p = read()
    out = [*_references(records, people, p), _numbers(records), _again(records)]
    if "school_census" in records:
        out.append(_meals(records, p))
    if "absence" in records:
        table = records["absence"]
        spring = np.flatnonzero(table["year"] == 2020)
        terms = [table[f"SessionsPossible_{term}"][spring] < 0 for term in ("Spring", "Summer")]
        out.append(tally("absence_2020", "", np.concatenate(terms), 1.0))
    return out + _scores(records["ssda903_oc2"], p)


def _references(records: dict[str, Table], people: People, p: Parameters) -> list[Tally]:
    """Children without a pupil reference, one return a child, by age on the 31 August before its end."""
    table = records["cin_child_identifiers"]
    here = p["pupil_reference"]
    shares = np.append(here.array("school.share_by_september_age"), 0.0)
    row = people.rows(table["child"])
    year = table["Year"].astype(np.int64)
    age = np.minimum(year - keys.september_of(people.birth[row], 0), 17)
    unknown = (year < people.first[row]) | (year > people.last[row])
    known = shares[np.clip(age, -1, len(shares) - 2)]
    out = []
    for who, low, high, kept in (
        (_BANDS[0], -1, 4, 1.0),
        (_BANDS[1], 5, 15, 1.0),
        (_BANDS[2], 16, 17, here["school.kept_after_16"]),
    ):
        mine = np.flatnonzero((age >= low) & (age <= high) & (table["arrival"] < 0))
        # The first of a child's returns at these ages: her others tell the same luck again.
        mine = mine[running_number(table["child"][mine]) == 1] if len(mine) else mine
        out.append(tally("reference_unknown", who, unknown[mine], 1 - known[mine] * kept))
    return out


def _numbers(records: dict[str, Table]) -> Tally:
    """Children who moved to another authority, or were adopted, and whether they bear a new number."""
    stint = np.unique(records["cin_child_identifiers"]["stint"])
    child = case_files.unpack(stint).child
    new = child[1:] == child[:-1]
    return tally("number_changed", "", (stint[1:] != stint[:-1])[new], 1.0)


def _again(records: dict[str, Table]) -> Tally:
    """Rows of referral episodes that an earlier return has handed in already."""
    table = records["cin_details"]
    seen = running_number(table["stint"], table["CINreferralDate"].days) > 1
    return tally("handed_in_again", "", seen, np.nan)


def _meals(records: dict[str, Table], p: Parameters) -> Tally:
    """Pupils eligible in a January since protection began who are so the January after."""
    table = records["school_census"]
    since = int(p["send"]["free_meals.protected_since"])
    key = table["child"] * 4096 + table["year"]
    in_care = np.unique(
        records["ssda903_header"]["child"].astype(np.int64) * 4096 + records["ssda903_header"]["Year"]
    )
    group = np.array([-1 if code == "R" else int(code) for code in table["NCyearActual"].codes] + [-1])[
        table["NCyearActual"].index
    ]
    eligible = (table["FSMeligible"] == 1) & (table["year"] >= since) & (table["year"] < LAST_YEAR)
    eligible &= group >= _OLDEST_INFANT
    order = np.argsort(key)
    at = np.minimum(np.searchsorted(key, key + 1, sorter=order), len(key) - 1)
    following = order[at]
    eligible &= key[following] == key + 1
    # Nobody claims for most children looked after, so theirs may end.
    eligible &= ~(np.isin(key, in_care) | np.isin(key + 1, in_care))
    return tally("meals_protected", "", table["FSMeligible"][following[eligible]] == 1, 1.0)


def _scores(table: Table, p: Parameters) -> list[Tally]:
    """Scores of strengths and difficulties that were not received, by what they would have been."""
    n = p["ssda903"]
    asked = table["score"] >= 0
    score, missing = table["score"][asked].astype(float), table["SDQ_SCORE"][asked] < 0
    part = "strengths_and_difficulties"
    received = expit(n[f"{part}.received"] + n[f"{part}.received_by_score"] * (score - 15))
    high = score >= _HIGH_SCORE
    return [
        tally("score_missing", who, missing[mine], 1 - received[mine])
        for who, mine in zip(_SCORES, (~high, high), strict=True)
    ]
