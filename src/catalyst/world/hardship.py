"""Household hardship: spells of low income that begin and end. Depends on the neighbourhood alone."""

import numpy as np

from catalyst.world import clock
from catalyst.world.state import NONE, Life

SWITCH = "hardship"  # --set hardship=on|off: every family always, or never, on a low income


def step(life: Life, month: int) -> None:
    """Spells of low income that end or begin this month."""
    p = life.parameters["hardship"]
    families, ids = life.families, life.people.family
    recovery = p["low_income.recovery_per_month"]
    if SWITCH in life.settings:
        after = np.full(len(ids), life.settings[SWITCH])
    elif month == 0:
        after = (
            life.luck("hardship.start", ids) < p.array("low_income.share_by_decile")[life.people.decile - 1]
        )
    else:
        u = life.monthly["hardship"](month)
        share = p.array("low_income.share_by_decile")
        begins = (recovery * share / (1 - share))[life.people.decile - 1]
        after = np.where(families.low_income, u >= recovery, u < begins)
    day = int(clock.first_day(month))
    began = np.flatnonzero(after & ~families.low_income)
    ended = np.flatnonzero(~after & families.low_income)
    if len(ended):
        life.log["low_income"].set(families.low_income_row[ended], end=np.full(len(ended), day - 1))
        families.low_income_row[ended] = NONE
    if len(began):
        families.low_income_row[began] = life.log["low_income"].add(family=ids[began], start=day)
    families.low_income = after
