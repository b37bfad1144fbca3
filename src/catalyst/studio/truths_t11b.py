"""T11b's truth: what the roll-out of early support does to referrals, by years of exposure, from a twin.

Depends on the world's programmes and on the counts of authorities.
"""

import numpy as np

from catalyst.records import authority_years
from catalyst.world.life import Lives
from catalyst.world.programmes import EARLY_SUPPORT

TWINS = {"none": {"cuts": ("early_support->referral",)}}
PLANTED: dict[str, str] = {}
WAVES = np.arange(2017, 2024)  # the year of the returns in which an authority first has it all year
EXPOSURES = {"t11b.first_year": 0, "t11b.third_year": 2, "t11b.fifth_year": 4}
_WORDS = "referrals in authorities that have early support, against none, each wave and year by its children"
SCALES = {
    "t11b.average": ("log rate ratio", f"{_WORDS}; all years with early support to March 2025"),
    "t11b.first_year": ("log rate ratio", f"{_WORDS}; the first year with early support"),
    "t11b.third_year": ("log rate ratio", f"{_WORDS}; the third year with early support"),
    "t11b.fifth_year": ("log rate ratio", f"{_WORDS}; the fifth year with early support"),
}


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, np.ndarray]:
    """Referrals and children by wave and year, in the world and its twin; shape (waves, years) each."""
    wave = 1998 + lives.programmes.start[EARLY_SUPPORT] // 12
    member = (wave[None, :] == WAVES[:, None]).astype(float)
    shape = (len(lives.places), len(authority_years.YEARS))
    base, none = authority_years.counts(lives), authority_years.counts(twins["none"])
    return {
        "base": member @ base["Referrals"].reshape(shape),
        "none": member @ none["Referrals"].reshape(shape),
        "children": member @ base["Children"].reshape(shape),
    }


def values(totals: dict[str, np.ndarray]) -> dict[str, float]:
    """The average log rate ratio over waves and years, and by years of exposure."""
    exposure = authority_years.YEARS[None, :] - WAVES[:, None]
    there = (exposure >= 0) & (totals["base"] > 0) & (totals["none"] > 0)
    ratio = np.log(np.where(there, totals["base"], 1) / np.where(there, totals["none"], 1))
    out = {"t11b.average": float(np.average(ratio[there], weights=totals["children"][there]))}
    for name, years in EXPOSURES.items():
        here = there & (exposure == years)
        out[name] = float(np.average(ratio[here], weights=totals["children"][here])) if here.any() else np.nan
    return out
