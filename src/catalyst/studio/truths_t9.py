"""The truths of T9, minority groups: rates by ethnic group, crude and within deprivation deciles.

Counted in what happened to all children under sixteen; unaccompanied children are apart. Depends on the
world's log, the household records (for who is counted in which year) and group_rates.
"""

import numpy as np

from catalyst.records import household
from catalyst.records.calendar import first_day, year_of
from catalyst.studio import group_rates as rates
from catalyst.world import codes

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
_RATIO = "children under 16 in a year of the window: an episode of need starts, against White children, "
SCALES = {
    **{
        f"t9.log_crude_{name}": ("log rate ratio", f"{_RATIO}{name} group, nothing held equal")
        for name in rates.BROAD
    },
    **{
        f"t9.log_standardised_{name}": (
            "log rate ratio", f"{_RATIO}{name} group, deciles' rates averaged over all children's deciles"
        )
        for name in rates.BROAD
    },
    "t9.care_entry_rate_black": (
        "per 10,000 a year",
        "children under 16 of the Black groups who began to be looked after in a year, unaccompanied "
        "children apart",
    ),
}  # fmt: skip


def count(lives, twins) -> dict[str, np.ndarray]:
    """Totals of one block: children by group and decile; those with a new episode of need or of care."""
    table = household.returns(lives)["child_low_income"]
    ethnicity, decile = table["Ethnicity"].index, table["IDACIDecile"]
    key = table["child"] * 4096 + table["Year"].astype(np.int64)
    cases = lives.cases
    not_in_need = np.isin(cases["reason"], [codes.index(codes.CLOSURE, c) for c in ("RC8", "RC9")])
    real = ~cases["nfa"] & ~not_in_need & (cases["referral"] >= int(first_day(rates.FIRST_YEAR)))
    began = np.isin(key, cases["child"][real] * 4096 + year_of(cases["referral"][real]))
    care = lives.care_episodes
    entry = (care["rne"] == codes.index(codes.RNE, "S")) & (care["decom"] >= int(first_day(rates.FIRST_YEAR)))
    cared = np.isin(key, care["child"][entry] * 4096 + year_of(care["decom"][entry]))
    return {
        "people": rates.cells(ethnicity, decile),
        "need": rates.cells(ethnicity, decile, began),
        "care": rates.cells(ethnicity, decile, cared),
    }


def values(totals: dict[str, np.ndarray]) -> dict[str, float]:
    """Estimands from totals."""
    black = rates.BROAD["black"] == rates.GROUPS
    return {
        **rates.log_ratios(totals["people"], totals["need"]),
        "t9.care_entry_rate_black": float(1e4 * totals["care"][black].sum() / totals["people"][black].sum()),
    }
