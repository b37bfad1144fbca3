"""Parental mental ill health and substance misuse: spells that begin and end, and contacts with services.

Depends on hardship, domestic abuse, need and parents; a family's lasting liability is its own.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri, pdtr

from catalyst.world import clock
from catalyst.world.log import Shape
from catalyst.world.luck import Standing, happens
from catalyst.world.state import Life

TABLES: dict[str, Shape] = {
    # kind: 1 common, 2 severe; mother: whose it is.
    "parental_ill_health": Shape(
        {"family": "i8", "start": "i4", "end": "i4", "kind": "i1", "mother": "?"},
        ("family", "start"), {"end": ()}),
    "parental_substance": Shape(
        {"family": "i8", "start": "i4", "end": "i4", "mother": "?"}, ("family", "start"), {"end": ()}),
    # for_substance: what the contact was for; how: 0 community, 1 emergency attendance, 2 admission.
    "parent_contacts": Shape(
        {"family": "i8", "day": "i4", "mother": "?", "for_substance": "?", "severe": "?", "how": "i1"},
        ("family", "day", "mother", "for_substance", "how"), begin="day"),
}  # fmt: skip
SWITCHES: tuple[str, ...] = ()
TURNS = 3  # families take turns: each is asked once a quarter, with three months' hazard
RECORDED_FROM = int(clock.day("2013-04-01"))  # contacts matter only from a year before the first return


@dataclass
class _Own:
    mental: np.ndarray  # hazard a turn from what lasts; shape (families,)
    substance: np.ndarray
    mental_until: np.ndarray  # month in which the present spell ends: the next may begin in the one after
    substance_until: np.ndarray
    turns: list[np.ndarray]
    luck: dict[str, list[Standing]]
    mother_known: np.ndarray
    father_known: np.ndarray


def begin(life: Life) -> None:
    """A family's lasting liability, and who is ill when the world begins."""
    p = life.parameters["family_health"]
    families, ids = life.families, life.people.family
    liability = ndtri(life.luck("family_health.liability", ids))
    young = families.mother_age < p["mental.young_below_age"]
    base = {}
    for what in ("mental", "substance"):
        sd = p[f"{what}.liability_sd"]
        lasting = np.exp(sd * liability - sd**2 / 2 + p[f"{what}.young_mother"] * young)
        base[what] = TURNS * p[f"{what}.begins_per_month"] * lasting
    turn = ids % TURNS
    rows = [np.flatnonzero(turn == k) for k in range(TURNS)]
    life.own.family_health = _Own(
        **base,
        mental_until=np.zeros(len(ids), dtype=np.int32),
        substance_until=np.zeros(len(ids), dtype=np.int32),
        turns=rows,
        luck={w: [life.luck.of(f"family_health.{w}", ids[r]) for r in rows] for w in base},
        **{
            f"{who}_known": life.luck(f"family_health.{who}_known", ids) < p[f"contacts.{who}_known"]
            for who in ("mother", "father")
        },
    )


def lasting(life: Life) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Whether mother and father can be found in health records."""
    own = life.own.family_health
    return {"mother_known": own.mother_known, "father_known": own.father_known}, {}


def step(life: Life, month: int) -> None:
    """Spells that end or begin this month; at the start of the world, those that have begun before."""
    own, families = life.own.family_health, life.families
    families.parental_mental[(families.parental_mental > 0) & (own.mental_until < month)] = 0
    families.substance[families.substance & (own.substance_until < month)] = False
    for turn in range(TURNS) if month == 0 else (month % TURNS,):
        for what, start in (("mental", _mental), ("substance", _substance)):
            began = _begin(life, what, turn, month)
            if len(began):
                start(life, began, month)
    if month == clock.MONTHS - 1:
        # Nothing follows from contacts, so they are told once all spells are known.
        spells = told(life, "parental_ill_health")
        _contacts(life, "mental", spells, spells["kind"] - 1)
        spells = told(life, "parental_substance")
        _contacts(life, "substance", spells, np.full(len(spells["start"]), 2))


def _begin(life: Life, what: str, turn: int, month: int) -> np.ndarray:
    """Rows of families in which a spell begins; at the start, those in the midst of one."""
    own, families, p = life.own.family_health, life.families, life.parameters["family_health"]
    mental = p["substance.mental"] if what == "substance" else 0.0
    need = p["substance.need"] if what == "substance" else 0.0
    most = p[f"{what}.low_income"] + p[f"{what}.domestic_abuse"] + mental + need
    if month == 0:
        share = p["mental.severe_share"]
        mean = np.array([1 - share, share]) @ p.array("mental.mean_months")
        mean = (mean if what == "mental" else p["substance.mean_months"]) / TURNS
    # Most draws lie above any hazard that there could be, and need no closer look.
    lasting = getattr(own, what)[own.turns[turn]]
    near, u = own.luck[what][turn].near(month, lasting * (np.exp(most) if month else mean * np.exp(most)))
    rows, lasting = own.turns[turn][near], lasting[near]
    hazard = lasting * np.exp(
        p[f"{what}.low_income"] * families.low_income[rows]
        + p[f"{what}.domestic_abuse"] * families.domestic_abuse[rows]
        + mental * (families.parental_mental[rows] > 0)
        + need * (families.need_kind[rows] > 0)
    )
    free = ~families.substance[rows] if what == "substance" else families.parental_mental[rows] == 0
    if month == 0:
        return rows[free & (u < hazard * mean / (1 + hazard * mean))]
    return rows[free & happens(u, hazard)]


def _dates(life: Life, what: str, rows: np.ndarray, month: int, mean) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of new spells, a random day of the month and an exponential time later."""
    ids = life.people.family[rows]
    start = clock.first_day(month) + (life.luck(f"family_health.{what}.day", ids, month) * 28).astype(
        np.int32
    )
    length = life.luck.exponential(f"family_health.{what}.length", ids, month) * mean * clock.DAYS_PER_MONTH
    return start.astype(np.int32), (start + 14 + np.minimum(length, 20_000)).astype(np.int32)


def _mental(life: Life, rows: np.ndarray, month: int) -> None:
    p, ids = life.parameters["family_health"], life.people.family[rows]
    severe = life.luck("family_health.mental.severe", ids, month) < p["mental.severe_share"]
    mother = life.luck("family_health.mental.mother", ids, month) < p["mental.mother_share"]
    start, end = _dates(life, "mental", rows, month, p.array("mental.mean_months")[severe.astype(int)])
    life.families.parental_mental[rows] = 1 + severe
    life.own.family_health.mental_until[rows] = clock.month_of(end)
    life.log["parental_ill_health"].add(family=ids, start=start, end=end, kind=1 + severe, mother=mother)


def _substance(life: Life, rows: np.ndarray, month: int) -> None:
    p, ids = life.parameters["family_health"], life.people.family[rows]
    mother = life.luck("family_health.substance.mother", ids, month) < p["substance.mother_share"]
    start, end = _dates(life, "substance", rows, month, p["substance.mean_months"])
    life.families.substance[rows] = True
    life.own.family_health.substance_until[rows] = clock.month_of(end)
    life.log["parental_substance"].add(family=ids, start=start, end=end, mother=mother)


def _contacts(life: Life, what: str, spells: dict[str, np.ndarray], kind: np.ndarray) -> None:
    """All contacts of all spells that reach services; kind 0 common, 1 severe, 2 substance misuse."""
    p, luck, end = life.parameters["family_health"], life.luck, spells["end"]
    rows = np.searchsorted(
        life.people.family, spells["family"], sorter=(order := np.argsort(life.people.family))
    )
    access = p["contacts.access_per_decile"] * (5.5 - life.people.decile[order[rows]])
    month = clock.month_of(spells["start"])
    reaches = luck(f"family_health.{what}.treated", spells["family"], month) < expit(
        logit(p.array("contacts.treated_share")[kind]) + access
    )
    use = np.flatnonzero(reaches & (end > RECORDED_FROM))
    first, last = np.maximum(spells["start"][use], RECORDED_FROM), np.minimum(end[use], clock.END)
    kept = last >= first
    use, first, last = use[kept], first[kept], last[kept]
    if not len(use):
        return
    ids, kind, month = spells["family"][use], kind[use], month[use]
    mean = p.array("contacts.per_month")[kind] * (last - first + 1) / clock.DAYS_PER_MONTH
    count = poisson(luck(f"family_health.{what}.contacts", ids, month), mean)
    row = np.repeat(np.arange(len(use)), count)
    draw = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 1
    if not len(row):
        return
    u = luck(f"family_health.{what}.how", ids[row], month[row], draw)
    admitted = p.array("contacts.admission_share")[kind[row]]
    emergency = admitted + p.array("contacts.emergency_share")[kind[row]]
    day = (
        first[row] + luck(f"family_health.{what}.when", ids[row], month[row], draw) * (last - first + 1)[row]
    )
    life.log["parent_contacts"].add(
        family=ids[row],
        day=day.astype(np.int32),
        mother=spells["mother"][use][row],
        for_substance=kind[row] == 2,
        severe=kind[row] == 1,
        how=np.where(u < admitted, 2, np.where(u < emergency, 1, 0)),
    )


def told(life: Life, table: str) -> dict[str, np.ndarray]:
    """All rows of a table of the log so far."""
    log = life.log[table]
    return {name: column[: log.count] for name, column in log.columns.items()}


def poisson(u: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Poisson counts from uniform draws, by counting up the distribution function.

    Parameters
    ----------
    u : draws in (0, 1), shape (n,)
    mean : expected counts, shape (n,)

    Returns
    -------
    int64 array, shape (n,)
    """
    count = np.zeros(len(u), dtype=np.int64)
    rest = np.flatnonzero(u > pdtr(0, mean))
    while len(rest):
        count[rest] += 1
        rest = rest[u[rest] > pdtr(count[rest], mean[rest])]
    return count
