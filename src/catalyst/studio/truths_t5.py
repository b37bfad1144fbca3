"""What T5's analyses should find: shares of the four true classes, by year and by tier of social care.

A pupil's class of an academic year is that of the spring term, in the middle of the year; who is counted was
on a school's roll for half of that term at least. Depends on the records of absence and the world's logs.
"""

import numpy as np

from catalyst.records import npd_absence
from catalyst.studio.measures_engagement import tier
from catalyst.world.clock import day
from catalyst.world.engagement import CLASSES
from catalyst.world.life import Lives

TWINS: dict[str, dict] = {}
PLANTED: dict[str, str] = {}
TIERS = ("none", "in_need", "on_plan", "in_care")
BEFORE, AFTER = (2017, 2018, 2019), (2022, 2023, 2024, 2025)  # academic years before and after the pandemic
_WHO = "pupils of reception to year 11 on a roll for half of the spring term, "
_TIER_WORDS = {
    "none": "no open case on 31 March",
    "in_need": "in need but neither on a plan nor looked after on 31 March",
    "on_plan": "on a child protection plan but not looked after on 31 March",
    "in_care": "looked after on 31 March",
}
SCALES = {
    **{
        f"t5.{name}_after": ("share", f"{_WHO}academic years 2021/22 to 2024/25: truly {name} in that term")
        for name in CLASSES
    },
    **{
        f"t5.withdrawn_{name}": ("share", f"{_WHO}2021/22 to 2024/25, {words}: truly withdrawn in that term")
        for name, words in _TIER_WORDS.items()
    },
    **{
        f"t5.disrupted_{name}": ("share", f"{_WHO}2021/22 to 2024/25, {words}: truly disrupted in that term")
        for name, words in list(_TIER_WORDS.items())[:2]
    },
    "t5.engaged_gap": (
        "difference of shares", f"{_WHO}truly engaged: 2021/22 to 2024/25 less 2016/17 to 2018/19",
    ),
}  # fmt: skip


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, float]:
    """Pupils by period, tier and true class; the numbers of one block."""
    terms = npd_absence.terms()
    now, part = npd_absence.class_by_term(lives), npd_absence.presence(lives)[0]
    out = {f"{period}.{t}.{c}": 0.0 for period in ("before", "after") for t in TIERS for c in CLASSES}
    for period, years in (("before", BEFORE), ("after", AFTER)):
        for year in years:
            k = int(np.flatnonzero((terms.year == year) & (terms.term == 1))[0])
            there = (part[:, k] >= 0.5) & (now[:, k] >= 0)
            tiers = tier(lives, int(day(f"{year}-03-31")))
            for i, t in enumerate(TIERS):
                found = np.bincount(now[there & (tiers == i), k], minlength=len(CLASSES))
                for c, number in zip(CLASSES, found, strict=True):
                    out[f"{period}.{t}.{c}"] += float(number)
    return out


def values(totals: dict[str, float]) -> dict[str, float]:
    """Shares from the totals of any number of blocks and worlds."""

    def share(name: str, period: str, tiers: tuple[str, ...]) -> float:
        everybody = sum(totals[f"{period}.{t}.{c}"] for t in tiers for c in CLASSES)
        return sum(totals[f"{period}.{t}.{name}"] for t in tiers) / max(everybody, 1)

    out = {f"t5.{name}_after": share(name, "after", TIERS) for name in CLASSES}
    out |= {f"t5.withdrawn_{t}": share("withdrawn", "after", (t,)) for t in TIERS}
    out |= {f"t5.disrupted_{t}": share("disrupted", "after", (t,)) for t in TIERS[:2]}
    return out | {"t5.engaged_gap": share("engaged", "after", TIERS) - share("engaged", "before", TIERS)}
