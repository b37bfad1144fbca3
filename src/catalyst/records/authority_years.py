"""Counts of every authority and year, as statistics about authorities publish them, and the accounts.

Made from the logs block by block and added up at the end. Depends on the world's logs, columns and calendar.
"""

import numpy as np
from scipy.special import ndtri

from catalyst.records.calendar import first_day, last_day, year_of
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import Table, rows_of
from catalyst.world.codes import RNE, index
from catalyst.world.families import birthday
from catalyst.world.luck import Luck

YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)
_MOST_DEPRIVED = 3  # deciles
COUNTS = (
    "Children", "ChildrenMostDeprived", "ChildrenLowIncome", "Referrals", "Section47", "PlansStarted",
    "CareStarted", "ChildrenInNeed", "ChildrenOnPlans", "ChildrenLookedAfter", "CasesSeptember",
)  # fmt: skip
_LINES = ("EarlyHelp", "Safeguarding", "LookedAfter", "YouthJustice", "Other")


def counts(lives) -> Table:
    """What one block adds to each authority and year; dense, so that blocks can be summed.

    Returns
    -------
    dict of arrays of shape (authorities x years,): authority, Year and the counts of ``COUNTS``
    """
    places = len(lives.places)
    out = {name: np.zeros((places, len(YEARS)), dtype=np.int64) for name in COUNTS}
    _population(lives, out)
    cases = lives.cases
    whose = cases["child"] * 4096 + cases["case"]
    order = np.argsort(whose, kind="stable")

    def authority_of(log: dict) -> np.ndarray:
        place = np.searchsorted(whose, log["child"] * 4096 + log["case"], sorter=order)
        return cases["authority"][order[np.minimum(place, len(order) - 1)]]

    s47, plans, episodes = lives.section47, lives.cp_plans, lives.care_episodes
    on_plan_in = authority_of(plans)
    starts = episodes["rne"] == index(RNE, "S")
    _events(out["Referrals"], cases["authority"], cases["referral"])
    _events(out["Section47"], authority_of(s47), s47["start"])
    _events(out["PlansStarted"], on_plan_in, plans["start"])
    _events(out["CareStarted"], episodes["authority"][starts], episodes["decom"][starts])
    kept = ~cases["nfa"]
    case = {name: cases[name][kept] for name in ("authority", "referral", "closure")}
    for y, year in enumerate(YEARS):
        march = last_day(year)
        _open(out["ChildrenInNeed"][:, y], case["authority"], case["referral"], case["closure"], march)
        _open(out["ChildrenOnPlans"][:, y], on_plan_in, plans["start"], plans["end"], march)
        _open(
            out["ChildrenLookedAfter"][:, y], episodes["authority"], episodes["decom"], episodes["dec"], march
        )
        september = first_day(year) + np.int32(182)  # 30 September
        _open(out["CasesSeptember"][:, y], case["authority"], case["referral"], case["closure"], september)
    return {
        "authority": np.repeat(np.arange(places), len(YEARS)),
        "Year": np.tile(YEARS, places),
        **{name: values.ravel() for name, values in out.items()},
    }


def _events(out: np.ndarray, authority: np.ndarray, day: np.ndarray) -> None:
    year = year_of(day) - FIRST_YEAR
    inside = (year >= 0) & (year < len(YEARS))
    np.add.at(out, (authority[inside], year[inside]), 1)


def _open(out: np.ndarray, authority: np.ndarray, start: np.ndarray, end: np.ndarray, day: int) -> None:
    there = (start <= day) & ((end < 0) | (end > day))
    out += np.bincount(authority[there], minlength=len(out))


def _population(lives, out: dict[str, np.ndarray]) -> None:
    """Children aged 0 to 17 on 30 June of each year, where their family lived then."""
    families, children, moves = lives.families, lives.children, lives.moves
    home = families["home"].astype(np.int64)
    order = np.argsort(moves["day"], kind="stable")
    mover = rows_of(families["family"], moves["family"][order])
    day, to = moves["day"][order], moves["authority_to"][order]
    row = rows_of(families["family"], children["family"])
    adult = birthday(children["birth"], 18)
    poor = lives.low_income
    poor_row = rows_of(families["family"], poor["family"])
    deprived = (families["decile"] <= _MOST_DEPRIVED)[row]
    done = 0
    for y, year in enumerate(YEARS):
        june = first_day(year) + np.int32(90)
        until = int(np.searchsorted(day, june, side="right"))
        home[mover[done:until]] = to[done:until]
        done = until
        here = (
            (children["birth"] <= june)
            & (adult > june)
            & ((children["death"] < 0) | (children["death"] > june))
        )
        here &= (children["arrival"] < 0) | (children["arrival"] <= june)
        low = np.zeros(len(home), dtype=bool)
        low[poor_row[(poor["start"] <= june) & ((poor["end"] < 0) | (poor["end"] >= june))]] = True
        place = home[row]
        for name, which in (
            ("Children", here),
            ("ChildrenMostDeprived", here & deprived),
            ("ChildrenLowIncome", here & low[row]),
        ):
            out[name][:, y] += np.bincount(place[which], minlength=len(out[name]))


def summed(table: Table, places: int) -> dict[str, np.ndarray]:
    """The blocks' counts added up; each of shape (authorities, years)."""
    cell = table["authority"] * len(YEARS) + table["Year"] - FIRST_YEAR
    size = places * len(YEARS)
    return {
        name: np.bincount(cell, table[name], minlength=size).astype(np.int64).reshape(places, -1)
        for name in COUNTS
    }


def panel(total: dict[str, np.ndarray]) -> Table:
    """The release's table of counts from :func:`summed`."""
    places = len(total["Children"])
    return {
        "authority": np.repeat(np.arange(places), len(YEARS)),
        "Year": np.tile(YEARS, places),
        **{name: values.ravel() for name, values in total.items() if name != "CasesSeptember"},
    }


def accounts(world, total: dict[str, np.ndarray]) -> Table:
    """Net spending in whole pounds by line, authority and financial year."""
    p = world.parameters["workforce"]
    luck: Luck = world.luck
    places = len(world.places)
    children = total["Children"]
    grown = (1 + p["spend.looked_after_growth"]) ** (YEARS - LAST_YEAR)
    pounds = {
        "EarlyHelp": world.workforce.early_help_pounds[:, YEARS - 1998] * children,
        "Safeguarding": p["spend.child_in_need"] * total["ChildrenInNeed"],
        "LookedAfter": p["spend.looked_after"] * grown * total["ChildrenLookedAfter"],
        "YouthJustice": p["spend.youth_justice"] * children,
        "Other": p["spend.other"] * children,
    }
    table: Table = {"authority": np.repeat(np.arange(places), len(YEARS)), "Year": np.tile(YEARS, places)}
    sum_of_lines = np.zeros(places * len(YEARS), dtype=np.int64)
    for k, name in enumerate(_LINES):
        u = luck("workforce.accounts", np.arange(places)[:, None], YEARS[None, :], draw=k)
        line = pounds[name] * np.exp(p["spend.noise"] * ndtri(u))
        table[name] = np.round(line, -3).astype(np.int64).ravel()
        sum_of_lines += table[name]
    return table | {"Total": sum_of_lines}
