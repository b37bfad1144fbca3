"""The truths of T4, special educational needs, counted in what truly happened in a world.

Depends on the world's log and ways; every pupil's provision in every January is known.
"""

import numpy as np
from scipy.special import ndtri

from catalyst.records import npd_census
from catalyst.world.life import Lives
from catalyst.world.luck import Luck
from catalyst.world.parameters import read
from catalyst.world.send import PLAN, ways

TWINS: dict[str, dict] = {}
PLANTED = {
    "t4.sd_authority_support": "authority->sen_support",
    "t4.sd_school_support": "school->sen_support",
    "t4.log_hr_disabled_plan": "disability->ehcp",
    "t4.log_hr_in_need_plan": "in_need->ehcp",
    "t4.log_hr_on_plan_plan": "on_plan->ehcp",
    "t4.log_or_in_need_support": "in_need->sen_support",
}
SCALES = {
    "t4.sd_authority_plan": (
        "standard deviation of log odds",
        "between authorities, of having an education, health and care plan in a January of 2015 to 2025: "
        "pupils of reception to year 11 by home authority, marginal over disability",
    )
}
_BANDS = 8
_EDGES = ndtri(np.arange(1, _BANDS) / _BANDS)


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, np.ndarray]:
    """Pupils and pupils with a plan by how far their authority leans to plans.

    Returns
    -------
    dict of float arrays, one entry a band: pupils, with_plan, and lean (sum of the authorities' ways in units
    of their standard deviation)
    """
    parameters = read(lives.spec.cuts)
    spread = parameters.effect("authority->ehcp")
    _, way = ways(Luck(lives.spec.seed), parameters, len(lives.places))
    z = way / spread if spread else way
    pupils = npd_census.pupils(lives)
    lean = z[pupils.home]
    band = np.searchsorted(_EDGES, lean)
    return {
        "pupils": np.bincount(band, minlength=_BANDS).astype(float),
        "with_plan": np.bincount(band, pupils.provision == PLAN, _BANDS),
        "lean": np.bincount(band, lean, _BANDS),
    }


def values(totals: dict[str, np.ndarray]) -> dict[str, float]:
    """The spread of log odds between authorities: what one standard deviation of their ways makes."""
    some = (totals["pupils"] > 0) & (totals["with_plan"] > 0)
    n, events = totals["pupils"][some], totals["with_plan"][some]
    if some.sum() < 2:
        return {"t4.sd_authority_plan": float("nan")}
    slope, _ = np.polyfit(totals["lean"][some] / n, np.log(events / (n - events)), 1, w=np.sqrt(n))
    return {"t4.sd_authority_plan": float(slope)}
