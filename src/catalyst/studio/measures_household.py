"""Measures of household hardship and of ethnic groups' neighbourhoods, beside published figures.

Depends on the world's log. The year ends on 31 March.
"""

import numpy as np

from catalyst.records.calendar import first_day, last_day
from catalyst.records.columns import rows_of
from catalyst.studio.group_rates import GROUPS
from catalyst.studio.measures import Tally
from catalyst.world.clock import day
from catalyst.world.codes import ETHNICITY, REGIONS, RNE, index
from catalyst.world.families import PER_AUTHORITY, birthday
from catalyst.world.life import Lives

_GROUPS_IN_DEPRIVED = ("ABAN", "APKN", "BCRB", "BAFR")
_DECILES_YEAR = 2015
_BORN = (int(day("2001-01-01")), int(day("2003-12-31")))


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds the figures of the year ending 31 March ``year``."""
    children, end = lives.children, int(last_day(year))
    row = rows_of(lives.families["family"], children["family"])
    resident = children["arrival"] < 0
    here = resident & (children["birth"] <= end) & (birthday(children["birth"], 18) > end)
    decile = lives.families["decile"][row]

    named = np.isin(children["ethnicity"], [index(ETHNICITY, code) for code in _GROUPS_IN_DEPRIVED]) & here
    tally.add("four groups in the most deprived 40%", 100 * (named & (decile <= 4)).sum(), named.sum())

    young = here & (birthday(children["birth"], 16) > end)
    spells = lives.log["low_income"]
    low = spells["family"][(spells["start"] <= end) & ((spells["end"] < 0) | (spells["end"] > end))]
    poor = young & np.isin(children["family"], low)
    region = lives.places.region[children["family"] // PER_AUTHORITY]
    for r, name in enumerate(REGIONS):
        tally.add(f"low income in {name}", 100 * (poor & (region == r)).sum(), (young & (region == r)).sum())

    care = lives.care_episodes
    child = rows_of(children["child"], care["child"])
    if year == _DECILES_YEAR:
        now = (care["decom"] <= end) & ((care["dec"] < 0) | (care["dec"] > end))
        inside = np.zeros(len(here), dtype=bool)
        inside[child[now]] = True
        for d in (1, 10):
            tally.add(
                f"looked after in decile {d}",
                1e4 * (inside & here & (decile == d)).sum(),
                (here & (decile == d)).sum(),
            )
    starts = (care["rne"] == index(RNE, "S")) & (care["decom"] >= first_day(year)) & (care["decom"] <= end)
    first = starts & resident[child] & (care["period"] == 1)
    lone = lives.families["lone"][row[child[first]]]
    tally.add("care entrants from lone-parent households", 100 * lone.sum(), first.sum())
    if year == _DECILES_YEAR:
        _before_nine(lives, tally)


def _before_nine(lives: Lives, tally: Tally) -> None:
    """Children born 2001 to 2003 who were looked after before their ninth birthday, by group."""
    children, care = lives.children, lives.care_episodes
    born = (children["birth"] >= _BORN[0]) & (children["birth"] <= _BORN[1]) & (children["arrival"] < 0)
    child = rows_of(children["child"], care["child"])
    early = care["decom"] < birthday(children["birth"][child], 9)
    ever = np.zeros(len(born), dtype=bool)
    ever[child[early]] = True
    group = GROUPS[children["ethnicity"]]
    for g, name in ((0, "White"), (3, "Black")):
        mine = born & (group == g)
        tally.add(f"ever looked after before 9: {name}", 100 * (ever & mine).sum(), mine.sum())
