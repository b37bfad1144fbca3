"""T11b's analyses, proper and wrong: a roll-out over authorities, with an effect that grows with exposure.

The proper one compares each wave with authorities that do not have the programme yet, in the same years, as
Callaway and Sant'Anna do; whole authorities are drawn again for its standard errors. Depends on the release's
tables.
"""

import numpy as np
import pandas as pd

from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.recovery_panels import counts, dummies

CHILDREN, AUTHORITIES = 60_000, 150  # a roll-out over few authorities has no comparison left at its end
TABLES = ("authority_years", "programme_rollout")
NAMES = {
    "t11b.average": "early support: referrals, all years of exposure",
    "t11b.first_year": "early support: referrals, first year",
    "t11b.third_year": "early support: referrals, third year",
    "t11b.fifth_year": "early support: referrals, fifth year",
}
RECOVERS = {
    "early_support->referral": ("t11b.average", "t11b.first_year", "t11b.third_year", "t11b.fifth_year")
}
_EXPOSURES = {"t11b.first_year": 0, "t11b.third_year": 2, "t11b.fifth_year": 4}
_NEVER = 9999
_DRAWS = 200


def panel(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Authorities by year, with the year of the returns in which early support began."""
    cells = tables["authority_years"].astype({"LEA": str})
    rollout = tables["programme_rollout"].astype({"LEA": str, "Programme": str})
    begin = rollout[rollout["Programme"] == "ES"].set_index("LEA")["StartDate"].dt.year + 1
    return cells.assign(wave=cells["LEA"].map(begin).fillna(_NEVER).astype(int)).sort_values(["LEA", "Year"])


def group_time(wave, referrals, children, weight, years) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log rate ratio of each wave and year against authorities not yet reached, and against the years before.

    Parameters
    ----------
    wave : shape (authorities,); referrals, children : shape (authorities, years)
    weight : how often each authority counts, shape (draws, authorities)

    Returns
    -------
    effect, children : shape (draws, waves x years with exposure); exposure : years since the wave began
    """
    effects, sizes, exposures = [], [], []
    for first in np.unique(wave[wave <= years[-1]]):
        before = years < first
        if not before.any():
            continue
        for t in np.flatnonzero(years >= first):
            log = []
            for chosen in (wave == first, wave > years[t]):
                w = weight[:, chosen]
                rates = [
                    (w @ referrals[chosen][:, when].sum(axis=1)) / (w @ children[chosen][:, when].sum(axis=1))
                    for when in (np.arange(len(years)) == t, before)
                ]
                log.append(np.log(rates[0] / rates[1]))
            effects.append(log[0] - log[1])
            sizes.append(weight[:, wave == first] @ children[wave == first][:, t])
            exposures.append(years[t] - first)
    return np.array(effects).T, np.array(sizes).T, np.array(exposures)


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Group-time effects, averaged over all exposure and by years of it."""
    cells = panel(tables)
    years = np.sort(cells["Year"].unique())
    shape = (cells["LEA"].nunique(), len(years))
    wave = cells["wave"].to_numpy().reshape(shape)[:, 0]
    referrals = cells["Referrals"].to_numpy(dtype=float).reshape(shape)
    children = cells["Children"].to_numpy(dtype=float).reshape(shape)
    n = len(wave)
    draws = rng.multinomial(n, np.full(n, 1 / n), _DRAWS).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect, size, exposure = group_time(wave, referrals, children, np.vstack([np.ones(n), draws]), years)
    known = np.isfinite(effect)
    effect, size = np.where(known, effect, 0), np.where(known, size, 0)
    out = {}
    for name, which in {
        "t11b.average": exposure >= 0,
        **{k: exposure == e for k, e in _EXPOSURES.items()},
    }.items():
        averages = (effect[:, which] * size[:, which]).sum(axis=1) / size[:, which].sum(axis=1)
        events = referrals[cells["wave"].to_numpy().reshape(shape) <= years].sum()
        out[name] = Estimate(float(averages[0]), float(averages[1:].std(ddof=1)), int(events), n)
    return out


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """Two-way fixed effects with one effect for all years, and before against after in those that have it."""
    cells = panel(tables)
    reached = cells[cells["wave"] < _NEVER]

    def one_effect(rows: pd.DataFrame, *groups: str):
        there = (rows["Year"] >= rows["wave"]).to_numpy(dtype=float)[:, None]
        return counts(
            rows["Referrals"].to_numpy(dtype=float), rows["Children"].to_numpy(dtype=float), there,
            dummies(*(rows[group].to_numpy() for group in groups)), rows["LEA"].to_numpy(),
        )  # fmt: skip

    two_way, before = one_effect(cells, "LEA", "Year"), one_effect(reached, "LEA")
    return {
        "two-way fixed effects": Trap("t11b.average", float(two_way.value[0]), float(two_way.se[0]), 1),
        "before against after": Trap("t11b.average", float(before.value[0]), float(before.se[0]), 1),
    }
