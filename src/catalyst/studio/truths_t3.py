"""The truths of T3, family mental health: need and who is reached, likeness of siblings, contacts, and tiers.

Depends on the world's log. Nothing here is estimated.
"""

import numpy as np

from catalyst.records.columns import rows_of
from catalyst.studio import siblings
from catalyst.world.clock import END, day, month_of
from catalyst.world.families import birthday
from catalyst.world.hospital import CRISIS, SELF_HARM
from catalyst.world.life import Lives

TWINS: dict[str, dict] = {"no effect on need": {"cuts": ("parental_mental->need",)}}
PLANTED = {
    "t3.log_rr_contacts": "parental_mental->child_contacts",
    "t3.log_hr_access": "deprivation->access",
    "t3.log_or_neonatal": "parental_substance->neonatal_unit",
}
_PAIRS = (
    "pairs of brothers and sisters born here from April 2000 to March 2015; outcome: ever referred to "
    "children's mental health services from April 2014 to March 2025; marginal"
)
_TIERS = (
    "children aged 5 to 17 on 31 March 2025; outcome: a referral to mental health services or an emergency "
    "attendance for self-harm or a mental health crisis in the five years before; tier: the highest from "
    "April 2014 on; against children with no contact; marginal, and not an effect of the tier"
)
SCALES: dict[str, tuple[str, str]] = {
    "t3.log_rr_contacts": (
        "log rate ratio",
        "contacts a month while a referral is open, with against without parental mental ill health then",
    ),
    "t3.log_hr_access": (
        "log hazard ratio",
        "referral within 90 days of a crisis attendance, per decile towards more deprived",
    ),
    "t3.log_or_neonatal": (
        "log odds ratio",
        "stay on a neonatal unit, with against without substance misuse by a parent, given weeks",
    ),
    "t3.need_gradient": (
        "log rate ratio",
        "share of time at 10 to 17 years with mental ill health, treated or not, April 2014 to March 2025, "
        "per decile towards more deprived; log-linear in the decile, marginal",
    ),
    "t3.sibling_log_or": ("log odds ratio", _PAIRS),
    "t3.family_share": ("correlation", f"of liability (normal threshold), {_PAIRS}"),
    "t3.design_effect": (
        "ratio",
        "variance of the share of these children ever referred to its variance were siblings unrelated: "
        + _PAIRS,
    ),
    "t3.log_or_referred": ("log odds ratio", f"referred, never on a plan nor in care: {_TIERS}"),
    "t3.log_or_in_need": ("log odds ratio", f"on a plan, never in care: {_TIERS}"),
    "t3.log_or_care": ("log odds ratio", f"in care: {_TIERS}"),
    "t3.referred_by_one": (
        "risk difference",
        "children born from April 2014 to March 2024 whose parent had mental ill health at the birth; a "
        "referral to children's social care before the first birthday; with against without the effect of "
        "parental mental ill health on need; on the treated, marginal",
    ),
}
WINDOW = int(day("2014-04-01"))
TIERS = ("none", "referred", "in_need", "care")


def count(lives: Lives, twins: dict[str, Lives]) -> dict[str, np.ndarray]:
    """Sums that can be added over blocks."""
    babies = _noted(lives)
    return {
        "ill": _ill_months(lives),
        "months": _months_at_risk(lives),
        "pairs": _pairs(lives),
        "tiers": _tiers(lives),
        "babies": np.array([len(babies)]),
        "referred": np.array([_referred_by_one(lives, babies).sum()]),
        "referred_without": np.array([_referred_by_one(twins["no effect on need"], babies).sum()]),
    }


def values(totals: dict[str, np.ndarray]) -> dict[str, float]:
    """Every estimand that is not itself planted."""
    tiers, babies = totals["tiers"], float(totals["babies"][0])
    return {
        "t3.need_gradient": siblings.gradient(totals["ill"], totals["months"])[1],
        "t3.sibling_log_or": siblings.log_odds_ratio(totals["pairs"]),
        "t3.family_share": siblings.share(totals["pairs"]),
        "t3.design_effect": siblings.design_effect(totals["pairs"]),
        **{f"t3.log_or_{name}": tier_log_or(tiers, k) for k, name in enumerate(TIERS) if k},
        "t3.referred_by_one": float(totals["referred"][0] - totals["referred_without"][0]) / babies,
    }


def tier_log_or(cells: np.ndarray, tier: int) -> float:
    """Log odds ratio of a tier against no contact, from the 8 sums (children, cases) of the four tiers."""
    n, cases = cells[0::2], cells[1::2]
    return float(np.log(cases[tier] / (n[tier] - cases[tier])) - np.log(cases[0] / (n[0] - cases[0])))


def _deciles(lives: Lives, child_rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    home = rows_of(lives.families["family"], lives.children["family"][child_rows])
    return np.bincount(lives.families["decile"][home] - 1, weight, 10)


def _between(start: np.ndarray, end: np.ndarray, birth: np.ndarray) -> np.ndarray:
    """Days of each spell that lie in the window and between the tenth and eighteenth birthday."""
    first = np.maximum(np.maximum(start, birthday(birth, 10)), WINDOW)
    last = np.minimum(np.minimum(np.where(end < 0, END + 1, end), birthday(birth, 18)), END + 1)
    return np.maximum(last - first, 0)


def _ill_months(lives: Lives) -> np.ndarray:
    spells = lives.child_ill_health
    rows = rows_of(lives.children["child"], spells["child"])
    own = lives.children["arrival"][rows] < 0
    days = _between(spells["start"], spells["end"], lives.children["birth"][rows])
    return _deciles(lives, rows[own], days[own])


def _months_at_risk(lives: Lives) -> np.ndarray:
    born = np.flatnonzero((lives.children["arrival"] < 0) & (month_of(lives.children["birth"]) >= 0))
    birth = lives.children["birth"][born]
    return _deciles(lives, born, _between(birth, np.full(len(born), -1), birth))


def _pairs(lives: Lives) -> np.ndarray:
    c, referrals = lives.children, lives.mental_referrals
    referred = np.zeros(len(c["child"]), dtype=bool)
    referred[rows_of(c["child"], referrals["child"][referrals["start"] >= WINDOW])] = True
    use = (c["arrival"] < 0) & (c["birth"] >= day("2000-04-01")) & (c["birth"] < day("2015-04-01"))
    home = rows_of(lives.families["family"], c["family"])
    children = np.bincount(home[use], minlength=len(lives.families["family"]))
    cases = np.bincount(home[use & referred], minlength=len(lives.families["family"]))
    return siblings.pairs(children, cases).sum(axis=0)


def _tiers(lives: Lives) -> np.ndarray:
    c = lives.children
    since = int(day("2020-04-01"))
    use = (c["arrival"] < 0) & (birthday(c["birth"], 5) <= END) & (birthday(c["birth"], 18) > END)
    attended = lives.attendances
    crisis = np.isin(attended["reason"], [SELF_HARM, CRISIS]) & (attended["day"] >= since)
    seen = lives.mental_referrals["child"][lives.mental_referrals["start"] >= since]
    case = np.isin(c["child"], np.concatenate([seen, attended["child"][crisis]]))
    cells = []
    tier = tier_of(lives)
    for k in range(len(TIERS)):
        here = use & (tier == k)
        cells += [here.sum(), (here & case).sum()]
    return np.array(cells, dtype=float)


def tier_of(lives: Lives) -> np.ndarray:
    """Highest tier of children's social care from April 2014 on, as an index into TIERS."""
    child = lives.children["child"]

    def known(table: dict[str, np.ndarray], end: str) -> np.ndarray:
        return np.isin(child, table["child"][(table[end] < 0) | (table[end] >= WINDOW)])

    plan = known(lives.cin_plans, "end") | known(lives.cp_plans, "end")
    levels = [known(lives.care_episodes, "dec"), plan, known(lives.cases, "closure")]
    return np.select(levels, [3, 2, 1], 0)


def _noted(lives: Lives) -> np.ndarray:
    """Children whose parent had mental ill health at the birth, of those followed to the first birthday."""
    births = lives.newborns
    use = births["mental"] & (births["day"] >= WINDOW) & (births["day"] < day("2024-04-01"))
    return births["child"][use]


def _referred_by_one(lives: Lives, babies: np.ndarray) -> np.ndarray:
    cases = lives.cases
    birth = lives.children["birth"][rows_of(lives.children["child"], cases["child"])]
    return np.isin(babies, cases["child"][cases["referral"] < birthday(birth, 1)])
