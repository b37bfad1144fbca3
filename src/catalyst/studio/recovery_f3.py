"""F3's analyses of lines that a rule of recording bends, proper and wrong, on what the returns say.

What they need of families is added up over a hundred groups of families a world, which are drawn together;
standard errors leave out one group at a time. Depends on recovery_drawn and the release's records.
"""

import numpy as np
import pandas as pd

from catalyst.records import npd_census
from catalyst.release import extract
from catalyst.studio import recovery_drawn as drawn
from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.truths_f3 import FIRST, GROUPS, LAST, YEARS, registered
from catalyst.studio.truths_t10 import poisson_line
from catalyst.world.life import Lives

CHILDREN, AUTHORITIES = drawn.CHILDREN, drawn.AUTHORITIES
NAMES = {
    "f3.meals_rule_held": "free school meals, change in points 2018 to 2025, rule of ending held still",
    "f3.growth_exploitation": "exploitation under any code, log rate ratio a year",
    "f3.growth_abuse": "physical abuse under any code, log rate ratio a year",
}
DRAWN = (
    "{samples} samples of groups of families, as many as a world of {children:,} children has, of {worlds} "
    "worlds; standard errors leave out one group at a time."
)
JOINED = {"exploitation": ("11A", "12A", "13A", "24A"), "abuse": ("18A", "18B", "18C")}
ALONE = ("18A",)
_GROUPS = 100  # of families in a world
_JANUARIES = np.arange(2015, LAST + 1)
_BEFORE = _JANUARIES <= FIRST - 1  # years within which registrations still ended


def base(lives: Lives) -> dict[str, pd.DataFrame]:
    """Counts by group of families.

    Returns
    -------
    dict of one table, a row a group: ``pupils`` and ``meals`` by January and year group; ``on`` and ``off``
    (registered or not, and in the census a year later), ``stays`` and ``begins`` (registered then) by
    January; ``assessments``, findings and single codes by year; first (true: each row is drawn alone).
    """
    number = np.unique(lives.children["family"], return_inverse=True)[1]
    group = number % _GROUPS  # families of one place stand together: a group takes every hundredth
    columns = _census(lives, group) | _assessed(lives, group)
    return {"f3": pd.DataFrame(columns).astype(np.int16).assign(first=True)}


def _census(lives: Lives, group: np.ndarray) -> dict[str, np.ndarray]:
    rows = npd_census.pupils(lives)
    table = pd.DataFrame({"person": rows.person, "year": rows.year, "level": rows.group})
    table = table.assign(group=group[rows.person], meals=registered(rows))
    later = table[["person", "year", "meals"]].assign(year=table["year"] - 1)
    table = table.merge(later, how="left", on=["person", "year"], suffixes=("", "_later"), validate="1:1")
    table = table[table["level"] >= GROUPS[0]]
    stays = table[table["meals_later"].notna()]
    then = stays["meals_later"].astype(bool)
    of_age = table[table["level"] <= GROUPS[-1]]
    out = {}
    for year in _JANUARIES:
        for level in GROUPS:
            here = of_age[(of_age["year"] == year) & (of_age["level"] == level)]
            out[f"pupils {year} {level}"] = _counted(here["group"])
            out[f"meals {year} {level}"] = _counted(here.loc[here["meals"], "group"])
        now = stays["year"] == year
        for name, rows in {"on": stays["meals"], "off": ~stays["meals"]}.items():
            out[f"{name} {year}"] = _counted(stays.loc[now & rows, "group"])
        out[f"stays {year}"] = _counted(stays.loc[now & stays["meals"] & then, "group"])
        out[f"begins {year}"] = _counted(stays.loc[now & ~stays["meals"] & then, "group"])
    return out


def _assessed(lives: Lives, group: np.ndarray) -> dict[str, np.ndarray]:
    order = np.argsort(lives.children["child"], kind="stable")
    records = extract.records_of(lives, ())["cin_assessments"]
    authorised = records["AssessmentAuthorisationDate"].days >= 0
    row = order[np.searchsorted(lives.children["child"], records["child"], sorter=order)]
    said = records["AssessmentFactors"]
    out = {}
    for year in YEARS:
        now = authorised & (records["Year"] == year)
        out[f"assessments {year}"] = _counted(group[row[now]])
        for name, codes in (JOINED | {code: (code,) for code in ALONE}).items():
            # The last place is that of an assessment without any factor.
            has = np.array([any(code in text.split(";") for code in codes) for text in said.codes] + [False])
            out[f"{name} {year}"] = _counted(group[row[now & has[said.index]]])
    return out


def _counted(group: np.ndarray) -> np.ndarray:
    return np.bincount(group, minlength=_GROUPS)


def sample(seed: int) -> dict[str, pd.DataFrame]:
    """Counts of the groups of families drawn."""
    table = drawn.families(drawn.rows("f3"), 1 / drawn.WORLDS, np.random.default_rng(seed))
    return {"groups": table.drop(columns="family")}


def lines(counts: dict[str, float] | pd.Series) -> dict[str, float]:
    """What each way to read the returns gives, from counts of all groups.

    Returns
    -------
    dict
        by the name of the truth manifest, and of the trap.
    """

    def by_year(name: str, years: np.ndarray) -> np.ndarray:
        return np.array([counts[f"{name} {year}"] for year in years], dtype=float)

    number, meals = (
        np.array([[counts[f"{name} {year} {level}"] for level in GROUPS] for year in _JANUARIES], dtype=float)
        for name in ("pupils", "meals")
    )
    share, seen = meals / number, meals.sum(axis=1) / number.sum(axis=1)
    start, on = FIRST - _JANUARIES[0], by_year("on", _JANUARIES[:-1])
    ended = 1 - by_year("stays", _JANUARIES[:-1])[_BEFORE[:-1]].sum() / on[_BEFORE[:-1]].sum()
    begun = by_year("begins", _JANUARIES[:-1]) / by_year("off", _JANUARIES[:-1])
    held = share[start]
    for year in range(start, len(_JANUARIES) - 1):
        older = held * (1 - ended) + (1 - held) * begun[year]
        held = np.append(share[: start + 1, 0].mean(), older[:-1])
    projected = (held * number[-1]).sum() / number[-1].sum()
    of = by_year("assessments", YEARS)
    out = {
        "f3.meals_rule_held": 100 * (projected - seen[start]),
        "registrations, as recorded": 100 * (seen[-1] - seen[start]),
        "a code that ends (18A alone)": poisson_line(by_year("18A", YEARS), of),
    }
    return out | {f"f3.growth_{kind}": poisson_line(by_year(kind, YEARS), of) for kind in JOINED}


def estimates(groups: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Each line with its standard error, by leaving out one group at a time."""
    every = groups.sum()
    value = lines(every)
    apart = pd.DataFrame([lines(every - row) for _, row in groups.iterrows()])
    n = len(apart)
    spread = np.sqrt((n - 1) / n * ((apart - apart.mean()) ** 2).sum())
    return {name: (value[name], float(spread[name])) for name in value}


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """What the chapter recovers, by the name of the truth manifest.

    The projection of free meals is none of it: the rate of ending before the rule is what chance made of it
    in these very worlds, in every sample alike, so samples cannot tell how often its interval holds.
    """
    groups = tables["groups"]
    found, every = estimates(groups), groups.sum()
    return {
        f"f3.growth_{kind}": Estimate(
            *found[f"f3.growth_{kind}"], int(sum(every[f"{kind} {year}"] for year in YEARS)), len(groups)
        )
        for kind in JOINED
    }


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analyses of the chapter, with what each is taken for.

    The growth of 24A since 2022 is none of them: in a world of this size it rests on too few assessments.
    """
    found = estimates(tables["groups"])
    taken = {
        "registrations, as recorded": ("f3.meals_rule_held", 1),
        "a code that ends (18A alone)": ("f3.growth_abuse", -1),
    }
    return {name: Trap(what, *found[name], sign) for name, (what, sign) in taken.items()}
