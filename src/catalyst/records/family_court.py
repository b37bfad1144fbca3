"""Family court and Cafcass: cases with their applications, orders and hearings, and the parties to each.

Mothers keep one reference through all their cases. Depends on the world's log and families.
"""

import numpy as np

from catalyst.records.calendar import first_day
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world import proceedings

WINDOW = int(first_day(2015))
APPLICATIONS = ("C", "S", "A")
ORDERS = ("CO", "PO", "SGO", "CAO", "SO", "ONO", "AO")
_BY_WEIGHT = np.array([1, 0, 2, 3, 4, 5, 6])  # places in ORDERS, the gravest first
_WEIGHT = np.array([7, 1, 0, 2, 3, 4, 5, 6])  # of the world's orders, of which the first is none yet
ROLES = ("child", "mother", "father", "relative")


def returns(lives) -> dict[str, Table]:
    """Cases open at some time since April 2014, and their parties.

    Returns
    -------
    dict of tables: family_court_cases, family_court_parties
    """
    cases, children = lives.log["court_cases"], lives.log["court_children"]
    seen = np.flatnonzero((cases["final"] < 0) | (cases["final"] >= WINDOW))
    cases = {name: column[seen] for name, column in cases.items()}
    inside = np.flatnonzero(np.isin(children["case"], cases["case"]))
    children = {name: column[inside] for name, column in children.items()}
    return {
        "family_court_cases": _cases(cases, children),
        "family_court_parties": _parties(lives, cases, children),
    }


def _cases(cases, children) -> Table:
    row = np.searchsorted(cases["case"], children["case"])
    # The gravest of the orders on its children stands for the case.
    first = np.full(len(cases["case"]), len(_BY_WEIGHT))
    np.minimum.at(first, row, _WEIGHT[children["order"]])
    ended = cases["final"] >= 0
    weeks = (cases["final"] - cases["application"]) // 7
    return {
        "case": cases["case"],
        "authority": cases["authority"],
        "ApplicationType": Codes(cases["kind"], APPLICATIONS),
        "ApplicationDate": Days(cases["application"]),
        "FinalOrderDate": Days(cases["final"]),
        "FinalOrder": Codes(np.where(ended, _BY_WEIGHT[first % 7], -1).astype(np.int8), ORDERS),
        "WeeksToFinalOrder": np.where(ended, weeks, -1).astype(np.int16),
        "Hearings": cases["hearings"],
        "Children": np.bincount(row, minlength=len(cases["case"])).astype(np.int8),
    }


def _parties(lives, cases, children) -> Table:
    """One row a party; the case of an adopted child names no birth family."""
    row = np.searchsorted(cases["case"], children["case"])
    birth = cases["kind"] != proceedings.KINDS.index("adoption")
    own = {
        "child": (children["case"], children["child"], np.full(len(row), -1), children),
        "mother": _adults(cases, birth, 0),
        "father": _adults(cases, birth & cases["father"], 1),
        "relative": _adults(cases, birth & cases["relative"], None),
    }
    case = np.concatenate([part[0] for part in own.values()])
    child = np.concatenate([part[1] for part in own.values()])
    parent = np.concatenate([part[2] for part in own.values()])
    role = np.repeat(np.arange(len(ROLES)), [len(part[0]) for part in own.values()])
    rest = len(case) - len(row)
    running = np.zeros(len(case), dtype=np.int64)
    order = np.lexsort((child, role, case))
    start = np.searchsorted(case[order], case[order])
    running[order] = np.arange(len(case)) - start + 1
    person = rows_of(lives.children["child"], children["child"])
    age = (children["joined"] - lives.children["birth"][person]) / 365.25
    ended = children["ended"] >= 0

    def of_children(values: np.ndarray, kind) -> np.ndarray:
        return np.concatenate([values, np.full(rest, -1)]).astype(kind)

    return {
        "case": case,
        "PartyNumber": running.astype(np.int16),
        "Role": Codes(role.astype(np.int8), ROLES),
        "child": child,
        "parent": parent,
        "AgeAtApplication": of_children(np.maximum(np.floor(age), 0), np.int8),
        "JoinedDate": Days(of_children(children["joined"], np.int32)),
        "OrderDate": Days(of_children(children["ended"], np.int32)),
        "Order": Codes(of_children(np.where(ended, children["order"] - 1, -1), np.int8), ORDERS),
    }


def _adults(cases, who: np.ndarray, which: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
    case, family = cases["case"][who], cases["family"][who]
    nobody = np.full(len(case), -1)
    return case, nobody, nobody if which is None else family * 2 + which, None
