"""The workforce of authorities and pre-proceedings as published figures count them.

For the year ending 31 March the census of 30 September in the same calendar year is taken: its first half
lies in the year. Every block tells the same of the authorities, so that sums over blocks keep the ratio.
Depends on the world's workforce and log.
"""

import numpy as np

from catalyst.studio.measures import Tally
from catalyst.studio.truths_t11 import looked_after
from catalyst.world.clock import day
from catalyst.world.codes import REGIONS
from catalyst.world.life import Lives
from catalyst.world.workforce import FIRST_YEAR

_CENTILES = (10, 50, 90)


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds rates of the workforce and their spread, and what becomes of those in pre-proceedings."""
    w, at, weight = lives.workforce, year - FIRST_YEAR, lives.places.children.astype(float)
    for name, values in (
        ("caseload", w.caseload),
        ("turnover", w.turnover),
        ("agency", w.agency),
        ("vacancy", w.vacancy),
        ("sickness", w.sickness),
    ):
        _average(tally, f"workforce {name}", values[:, at], weight)
    for name, values in (("caseload", w.caseload), ("turnover", w.turnover)):
        for centile in _CENTILES:
            size = float(weight.sum())
            tally.add(
                f"workforce {name}: centile {centile}", np.percentile(values[:, at], centile) * size, size
            )
    for r, region in enumerate(REGIONS):
        inside = lives.places.region == r
        if inside.any():
            _average(tally, f"vacancy: {region}", w.vacancy[inside, at], weight[inside])
    _pre_proceedings(lives, tally, year)


def _average(tally: Tally, name: str, values: np.ndarray, weight: np.ndarray) -> None:
    tally.add(name, float((values * weight).sum()), float(weight.sum()))


def _pre_proceedings(lives: Lives, tally: Tally, year: int) -> None:
    """Those who entered in the year before this one, so that twelve months can be seen."""
    log = lives.preproceedings
    entered = (log["start"] >= day(f"{year - 2}-04-01")) & (log["start"] < day(f"{year - 1}-04-01"))
    for name, which in (("offered", log["offered"]), ("not offered", ~log["offered"])):
        rows = np.flatnonzero(entered & which)
        care = looked_after(lives, log["child"][rows], log["start"][rows].astype(np.int64))
        tally.add(f"looked after in 12 months: conference {name}", 100.0 * care.sum(), float(len(rows)))
