"""Figures of families' health in a year ending 31 March, counted as published studies count them.

Depends on the world's log.
"""

import numpy as np

from catalyst.records.columns import rows_of
from catalyst.studio.measures import Tally
from catalyst.world.clock import day
from catalyst.world.codes import LEGAL_STATUS
from catalyst.world.families import birthday
from catalyst.world.hospital import MENTAL
from catalyst.world.life import Lives

_COURT = [LEGAL_STATUS.index("C1"), LEGAL_STATUS.index("C2")]  # interim and full care orders
_DEPRIVED = 3  # comparisons are with families in the three most deprived tenths, in place of matching
_YOUNG = 30  # and, for mothers of infants, with mothers under thirty
_TWO_YEARS, _PREGNANCY = 730, 270


def measure(lives: Lives, tally: Tally, year: int) -> None:
    """Adds a block's part of every health measure of the year that ends on 31 March ``year``."""
    first, last = int(day(f"{year - 1}-04-01")), int(day(f"{year}-03-31"))
    birth = lives.children["birth"]
    here = (lives.children["arrival"] < 0) & (birth <= last) & (birthday(birth, 18) > last)
    stays = lives.admissions
    new = (stays["reason"] == MENTAL) & (stays["day"] >= first) & (stays["day"] <= last)
    tally.add("mental health admissions", new.sum(), here.sum() / 10_000)
    _difficulties(lives, tally, first, last)
    entered = _entered(lives, first, last)
    _parents(lives, tally, entered, first, last)
    _infants(lives, tally, first, last)


def _difficulties(lives: Lives, tally: Tally, first: int, last: int) -> None:
    """Scores of children aged 5 to 16 who had been looked after for twelve months on 31 March."""
    episodes, children = lives.care_episodes, lives.children
    period = episodes["child"] * 1000 + episodes["period"]
    ids, row = np.unique(period, return_inverse=True)
    began = np.full(len(ids), np.iinfo(np.int32).max)
    np.minimum.at(began, row, episodes["decom"])
    now = (episodes["decom"] <= last) & ((episodes["dec"] < 0) | (episodes["dec"] > last))
    child = episodes["child"][now & (began[row] <= last - 365)]
    birth = children["birth"][rows_of(children["child"], child)]
    child = child[(birthday(birth, 5) <= last) & (birthday(birth, 17) > last)]
    scores = lives.sdq
    mine = (scores["day"] >= first) & (scores["day"] <= last) & np.isin(scores["child"], child)
    score = scores["score"][mine].astype(int)
    tally.add("SDQ mean", score.sum(), len(score))
    bands = {
        "cause for concern": score >= 17,
        "borderline": (score >= 14) & (score < 17),
        "normal": score < 14,
    }
    tally.shares("SDQ", score, bands)


def _entered(lives: Lives, first: int, last: int) -> np.ndarray:
    """Families a child of which came under a care order, interim or full, in the year."""
    episodes = lives.care_episodes
    ordered = np.isin(episodes["ls"], _COURT) & (episodes["decom"] >= first) & (episodes["decom"] <= last)
    return np.unique(lives.children["family"][rows_of(lives.children["child"], episodes["child"][ordered])])


def _parents(lives: Lives, tally: Tally, entered: np.ndarray, first: int, last: int) -> None:
    """Parents, mother and father each, with a contact in two years: of families in court and of others."""
    families, children = lives.families, lives.children
    young = (children["birth"] <= last) & (birthday(children["birth"], 18) > last) & (children["arrival"] < 0)
    with_children = np.isin(families["family"], children["family"][young])
    court = np.isin(families["family"], entered)
    groups = {"in proceedings": court, "compared": with_children & ~court & (families["decile"] <= _DEPRIVED)}
    contacts = lives.parent_contacts
    lately = (contacts["day"] > first + 182 - _TWO_YEARS) & (contacts["day"] <= first + 182)
    for what, of in (
        ("mental health", ~contacts["for_substance"]),
        ("substance use", contacts["for_substance"]),
    ):
        seen = np.unique(contacts["family"][lately & of] * 2 + contacts["mother"][lately & of])
        for name, group in groups.items():
            known = np.isin(seen // 2, families["family"][group]).sum()
            tally.add(f"parents {name}: {what}", 100 * known, 2 * group.sum())


def _infants(lives: Lives, tally: Tally, first: int, last: int) -> None:
    """What was noted at the birth of infants who came into care, and of others of young, deprived mothers."""
    births, children = lives.newborns, lives.children
    mine = (births["day"] >= first) & (births["day"] <= last)
    rows = rows_of(children["child"], births["child"][mine])
    family = children["family"][rows]
    home = rows_of(lives.families["family"], family)
    episodes = lives.care_episodes
    start = children["birth"][rows_of(children["child"], episodes["child"])]
    early = episodes["child"][episodes["decom"] < birthday(start, 1)]
    cared = np.isin(births["child"][mine], early)
    age = births["mother_age"][mine]
    all_homes = rows_of(lives.families["family"], children["family"])
    oldest = np.full(len(lives.families["family"]), np.iinfo(np.int32).max)
    np.minimum.at(oldest, all_homes, children["birth"])
    at_first = age - (births["day"][mine] - oldest[home]) / 365.25
    compared = ~cared & (lives.families["decile"][home] <= _DEPRIVED) & (age < _YOUNG)
    contacts = lives.parent_contacts
    treated = {}
    for what, of in (("mental", ~contacts["for_substance"]), ("substance", contacts["for_substance"])):
        use = contacts["mother"] & of
        key = np.sort(contacts["family"][use] * 100_000 + contacts["day"][use])
        until = family * 100_000 + births["day"][mine]
        treated[what] = np.searchsorted(key, until) > np.searchsorted(key, until - _PREGNANCY)
    noted = {
        "mental health": treated["mental"], "substance use": treated["substance"],
        "smoking": births["smoking"][mine], "first birth before 21": at_first < 21,
    }  # fmt: skip
    for what, has in noted.items():
        tally.add(f"infants in care: {what}", 100 * (has & cared).sum(), cared.sum())
        tally.add(f"infants compared: {what}", 100 * (has & compared).sum(), compared.sum())
