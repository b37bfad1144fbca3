"""F2's analyses of a link, proper and wrong, of an odds ratio that is planted in the records it leads to.

Pupils, patients and the third party's link come from worlds whose release has the standard flaws, without
which no link is missed. The event is drawn for true pupils; the analyses see it through the link alone.
Depends on recovery_drawn, the release's records and flaws.
"""

import numpy as np
import pandas as pd

from catalyst.release import extract, flaws, keys
from catalyst.studio import recovery_drawn as drawn
from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.truths_f2 import ODDS_RATIO, RISK
from catalyst.world.life import Lives

CHILDREN, AUTHORITIES = drawn.CHILDREN, drawn.AUTHORITIES
NAMES = {"f2.log_odds_ratio": "log of the odds ratio that is planted in a hospital record"}
SHARE = 0.05  # of the families of the worlds: about as many pupils as the chapter's extract holds
DRAWN = "{samples} samples of a twentieth of the families of {worlds} worlds, the event planted anew in each."
# What a link leads to, as a number in the table: nobody, oneself, another pupil who is (not) from a deprived
# neighbourhood, or somebody who is no pupil.
NOBODY, SELF, DEPRIVED, OTHER, NO_PUPIL = range(5)
_PRESET = "standard"
_SOURCES = {"npd", "hospital", "police", "birth"}


def base(lives: Lives) -> dict[str, pd.DataFrame]:
    """Pupils with what the link and the register of births say of them.

    Returns
    -------
    dict of one table: deprived, patient (has a hospital record of her own), link and strict (what the link by
    all steps, and by the strictest, leads to), born (whether her birth was found), first (of a family).
    """
    spec, places = lives.spec, len(lives.places.code)
    records = extract.records_of(lives, _SOURCES)
    records, _ = flaws.spoil(records, places, keys.luck_of(spec.seed, spec.children), flaws.preset(_PRESET))
    census = records["school_census"]
    pupils = pd.DataFrame({name: census[name] for name in ("child", "AcademicYear", "IDACIDecile")})
    pupils = pupils.sort_values("AcademicYear", kind="stable").drop_duplicates("child", keep="last")
    pupils = pupils[pupils["child"].isin(records["linkage_school"]["child"])].set_index("child")
    deprived = pupils["IDACIDecile"] <= 3
    pairs = records["link_school_hospital"]
    link = pd.DataFrame({"patient": pairs["child"], "pupil": pairs["pupil"]})
    link["step"] = pairs["MatchStep"].index
    link = link.sort_values("step", kind="stable")
    family = pd.Series(lives.children["family"], lives.children["child"])
    return {
        "f2": drawn.together(
            pd.DataFrame(
                {
                    "deprived": deprived,
                    "patient": pupils.index.isin(records["linkage_hospital"]["child"]),
                    "link": _leads_to(link, deprived),
                    "strict": _leads_to(link[link["step"] == 0], deprived),
                    "born": pupils.index.isin(records["births"]["pupil"]),
                    "family": family.reindex(pupils.index),
                }
            )
        )
    }


def _leads_to(link: pd.DataFrame, deprived: pd.Series) -> np.ndarray:
    """To whom the best pair of each pupil leads; int8, shape of ``deprived``."""
    patient = link.drop_duplicates("pupil").set_index("pupil")["patient"].reindex(deprived.index)
    other = patient.map(deprived)
    kinds = [patient.isna(), patient == patient.index, other.isna(), other.eq(True)]
    return np.select(kinds, [NOBODY, SELF, NO_PUPIL, DEPRIVED], OTHER).astype(np.int8)


def sample(seed: int) -> dict[str, pd.DataFrame]:
    """Pupils of a sample of families, with the planted event and what the link shows of it."""
    rng = np.random.default_rng(seed)
    return {"pupils": planted(drawn.families(drawn.rows("f2"), SHARE, rng), rng)}


def planted(pupils: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draws an event for patients, so that its odds among all pupils are planted, and looks through the link.

    Returns
    -------
    pandas.DataFrame
        deprived, born, family; event (what is so); link and strict (what is seen: 1 or 0, missing where
        there is no link).
    """
    odds = RISK / (1 - RISK) * np.where(pupils["deprived"], ODDS_RATIO, 1.0)
    risk = odds / (1 + odds) / pupils.groupby("deprived")["patient"].transform("mean")
    event = pupils["patient"] & (rng.random(len(pupils)) < risk)
    of = risk.groupby(pupils["deprived"]).first()
    out = pupils[["deprived", "born", "family"]].assign(event=event)
    for name in ("link", "strict"):
        chance = pupils[name].map({SELF: np.nan, DEPRIVED: of[True], OTHER: of[False], NO_PUPIL: 0.0})
        other = rng.random(len(pupils)) < chance
        seen = event.where(pupils[name] == SELF, other).astype(float)
        out[name] = seen.where(pupils[name] != NOBODY)
    return out


def log_odds_ratio(
    pupils: pd.DataFrame, event: pd.Series, found: pd.Series | None = None
) -> tuple[float, float]:
    """Log odds ratio, deprived against others, and its standard error; pupils without a value are left out.

    Parameters
    ----------
    found : if given, risks are divided by the share found in each group, which is estimated too; siblings are
        then taken together
    """
    value, variance = 0.0, 0.0
    for group, sign in ((True, 1), (False, -1)):
        seen = event[pupils["deprived"] == group].dropna()
        share = found.reindex(seen.index).astype(float) if found is not None else pd.Series(1.0, seen.index)
        risk = seen.mean() / share.mean()
        pull = (seen / seen.mean() - share / share.mean()) / (1 - risk)
        pull = pull.groupby(pupils["family"].reindex(seen.index)).sum() if found is not None else pull
        if found is None:
            pull = (seen - risk) / (risk * (1 - risk))
        value += sign * np.log(risk / (1 - risk))
        variance += (pull**2).sum() / len(seen) ** 2
    return float(value), float(np.sqrt(variance))


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    pupils = tables["pupils"]
    seen = pupils["link"].fillna(0)
    value, se = log_odds_ratio(pupils, seen, pupils["born"])
    return {"f2.log_odds_ratio": Estimate(value, se, int(seen.sum()), pupils["family"].nunique())}


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analysis of the chapter that misses nearly always, with what it is taken for.

    The link by all steps misses few: no link read as no event shrinks the odds ratio by less than its error,
    and so does leaving out whoever has none.
    """
    pupils = tables["pupils"]
    seen = log_odds_ratio(pupils, pupils["strict"].fillna(0))
    return {"no link read as no event, strictest step": Trap("f2.log_odds_ratio", *seen, -1)}
