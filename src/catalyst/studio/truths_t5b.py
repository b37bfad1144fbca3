"""What T5b's analyses should find: how much support changes absence a year after a first case opens.

Counted against the same children's lives in a world in which support changes nothing. Depends on the records
of absence, which are made alike in both worlds, and on the world's logs.
"""

import numpy as np

from catalyst.records import npd_absence
from catalyst.records.columns import rows_of
from catalyst.world import clock
from catalyst.world.clock import day
from catalyst.world.life import Lives

TWINS = {
    "unsupported": {"settings": {}, "cuts": ("in_need->engagement", "care->engagement")},
    "uncared": {"settings": {}, "cuts": ("care->engagement",)},
}
PLANTED: dict[str, str] = {}
SCALES = {
    "t5b.support_on_absence": (
        "percentage points",
        "overall absence three terms after the term in which a first case since April 2014 opens that finds "
        "the child in need, against the same children without any effect of support or care on engagement; "
        "pupils aged 5 to 15 with sessions possible in that term and the two before, and a year later",
    ),
    "t5b.care_on_absence": (
        "percentage points",
        "overall absence three terms after the term in which a child is first looked after since April 2014, "
        "against the same children without any effect of care on engagement; pupils as above",
    ),
}  # fmt: skip
LATER = 3  # terms from time zero to the outcome
START = int(day("2014-04-01"))
TO_EARLY_HELP, NOT_IN_NEED = 8, 7  # RC9 and RC8 in codes.CLOSURE
# Time zero needs itself, two terms before and the third after it; spring and summer 2020 were not collected.
_COLLECTED = npd_absence.terms().collected
TRIALS = tuple(
    k for k in range(2, len(_COLLECTED) - LATER) if _COLLECTED[[k - 2, k - 1, k, k + LATER]].all() and k >= 3
)


def term_index(when: np.ndarray) -> np.ndarray:
    """The term of each day, as in ``npd_absence.terms``; holidays belong to the one before; −1 is earlier."""
    month = clock.month_of(when)
    season = np.array([2, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, 1])[month % 12]
    year = 1997 + (month + 7) // 12
    return np.maximum((year - npd_absence.FIRST_YEAR) * 3 + season, -1)


def first_day_of(child: np.ndarray, start: np.ndarray, end: np.ndarray, everybody: np.ndarray) -> np.ndarray:
    """First start of each child of what was open since 1 April 2014; the largest day where there is none."""
    out = np.full(len(everybody), np.iinfo(np.int32).max, dtype=np.int64)
    seen = (end < 0) | (end >= START)
    np.minimum.at(out, rows_of(everybody, child[seen]), start[seen])
    return out


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Sums of absence a year on, in this world and its twins, over the children of one block."""
    everybody = lives.children["child"]
    cases = {name: column[~lives.cases["nfa"]] for name, column in lives.cases.items()}
    # Whether a child was found in need shows when the case closes.
    found = ~np.isin(cases["reason"], (NOT_IN_NEED, TO_EARLY_HELP))
    opened = first_day_of(cases["child"][found], cases["referral"][found], cases["closure"][found], everybody)
    care = lives.care_episodes
    cared = first_day_of(care["child"], care["decom"], care["dec"], everybody)
    here = _percent(lives)
    out: dict[str, float] = {}
    for name, when, label in (("support", opened, "unsupported"), ("care", cared, "uncared")):
        there = _percent(twins[label]) if label in twins else here
        begun = (when >= START) & (when < clock.END)
        child = np.flatnonzero(begun)
        term = term_index(when[child].astype(np.int32))
        keep = np.isin(term, TRIALS)
        child, term = child[keep], term[keep]
        known = np.logical_and.reduce([np.isfinite(here[child, term - back]) for back in (0, 1, 2)])
        child, term = child[known], term[known]
        for world, table in (("here", here), ("there", there)):
            later = table[child, term + LATER]
            later = later[np.isfinite(later)]
            out[f"{name}.{world}.pupils"] = float(len(later))
            out[f"{name}.{world}.absence"] = float(later.sum())
    return out


def _percent(lives: Lives) -> np.ndarray:
    """Overall absence in percent of the sessions possible, shape (children, terms); NaN where none were."""
    missed = npd_absence.sessions(lives)
    possible = missed["possible"].astype(float)
    possible[possible <= 0] = np.nan
    return 100 * (missed["authorised"] + missed["unauthorised"]) / possible


def values(totals: dict[str, float]) -> dict[str, float]:
    """Average changes from the totals of any number of blocks and worlds."""

    def change(name: str) -> float:
        mean = [
            totals[f"{name}.{world}.absence"] / max(totals[f"{name}.{world}.pupils"], 1)
            for world in ("here", "there")
        ]
        return mean[0] - mean[1]

    return {"t5b.support_on_absence": change("support"), "t5b.care_on_absence": change("care")}
