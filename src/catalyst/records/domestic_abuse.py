"""Who knows of domestic abuse: extracts of some police forces, health services' flags; and addresses.

Depends on the world's logs, calendar and columns. A family is followed from its first child's birth, or April
2014, to the last month in which a child of it is under eighteen.

What this module decides: dates of flags and of addresses are rounded to months; two reports of one family on
one day, or flags in one month, are one row; forces give incidents by the authority in which the family lived.
"""

import numpy as np

from catalyst.records import exploitation
from catalyst.records.calendar import first_day, first_of_month, last_day
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR
from catalyst.records.columns import Codes, Days, Table, rows_of, running_number
from catalyst.world.domestic_abuse import LISTS
from catalyst.world.families import birthday
from catalyst.world.luck import Luck
from catalyst.world.parameters import read

ENDED = ("moved", "no child under 18", "still there")
_DAYS = 100_000  # more than any day number


def returns(lives) -> dict[str, Table]:
    """Addresses, police incidents and health flags of some whole families, and what is known of harm outside.

    Returns
    -------
    dict of tables: address_history, domestic_abuse_incidents, health_domestic_abuse_flags and those of
    ``catalyst.records.exploitation``
    """
    first, last = followed(lives)
    reports = lives.log["domestic_abuse_reports"]
    row = rows_of(lives.families["family"], reports["family"])
    day = reports["day"]
    seen = (day >= first[row]) & (day <= last[row]) & (day >= first_day(FIRST_YEAR))
    return {
        "address_history": _addresses(lives, first, last),
        "domestic_abuse_incidents": _incidents(lives, reports, row, seen),
        "health_domestic_abuse_flags": _flags(lives, reports, row, seen),
        **exploitation.returns(lives),
    }


def followed(lives) -> tuple[np.ndarray, np.ndarray]:
    """First and last day on which each family lives here with a child under eighteen; shape (families,).

    Families of unaccompanied children, and those without such a day, have a last day before the first.
    """
    children = lives.children
    row = rows_of(lives.families["family"], children["family"])
    until = birthday(children["birth"], 18)
    until = np.where(children["death"] >= 0, np.minimum(until, children["death"]), until)
    first = np.full(len(lives.families["family"]), _DAYS, dtype=np.int32)
    last = np.full(len(first), -1, dtype=np.int32)
    here = children["arrival"] < 0
    np.minimum.at(first, row[here], children["birth"][here].astype(np.int32))
    np.maximum.at(last, row[here], until[here].astype(np.int32))
    return np.maximum(first, first_day(FIRST_YEAR)), np.minimum(last, last_day(LAST_YEAR))


def sharing(lives) -> np.ndarray:
    """Whether the police force of each authority gives an extract; bool, shape (authorities,)."""
    count = len(lives.places)
    place = np.argsort(np.argsort(Luck(lives.spec.seed)("domestic_abuse.force", np.arange(count))))
    share = read().rooms["domestic_abuse"]["lists.forces_that_share"]
    return place < max(1, round(share * count))


def authority_on(lives, row: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Authority in which families (rows) live at the end of a day; int16, shape (n,)."""
    moves = lives.log["moves"]
    moved = rows_of(lives.families["family"], moves["family"])
    key = moved * _DAYS + moves["day"]
    order = np.argsort(key, kind="stable")
    place = np.searchsorted(key[order], row * _DAYS + day, side="right") - 1
    if not len(order):
        return lives.families["home"][row]
    before = order[np.maximum(place, 0)]
    return np.where(
        (place >= 0) & (moved[before] == row), moves["authority_to"][before], lives.families["home"][row]
    )


def _addresses(lives, first: np.ndarray, last: np.ndarray) -> Table:
    """One row an address; a move in the month in which a family comes into sight is not seen."""
    families = lives.families["family"]
    here = np.flatnonzero(first <= last)
    start = first_of_month(first)
    rows = [here]
    months = [start[here]]
    for name in ("home_moves", "moves"):
        log = lives.log[name]
        row, month = rows_of(families, log["family"]), first_of_month(log["day"])
        seen = (month > start[row]) & (log["day"] <= last[row])
        rows.append(row[seen])
        months.append(month[seen])
    # Two moves in one month are one.
    key = np.unique(np.concatenate(rows) * _DAYS + np.concatenate(months))
    row, begins = key // _DAYS, (key % _DAYS).astype(np.int32)
    final = np.append(row[1:] != row[:-1], True)
    ends = np.where(final, first_of_month(last[row]), np.append(begins[1:], 0)).astype(np.int32)
    stays = last[row] >= last_day(LAST_YEAR)
    at = np.minimum(begins + 27, last[row])
    return {
        "family": families[row],
        "AddressNumber": running_number(row).astype(np.int16),
        "authority": authority_on(lives, row, at),
        "FromMonth": Days(begins),
        "ToMonth": Days(ends),
        "Ended": Codes(np.where(final, np.where(stays, 2, 1), 0).astype(np.int8), ENDED),
    }


def _incidents(lives, reports, row: np.ndarray, seen: np.ndarray) -> Table:
    at = np.flatnonzero(seen & (reports["list"] == LISTS.index("police")))
    where = authority_on(lives, row[at], reports["day"][at])
    at, where = at[sharing(lives)[where]], where[sharing(lives)[where]]
    _, once = np.unique(row[at] * _DAYS + reports["day"][at], return_index=True)
    return {
        "family": reports["family"][at][once],
        "authority": where[once],
        "IncidentDate": Days(reports["day"][at][once]),
        "ChildPresent": reports["child_present"][at][once].astype(np.int8),
    }


def _flags(lives, reports, row: np.ndarray, seen: np.ndarray) -> Table:
    at = np.flatnonzero(seen & (reports["list"] == LISTS.index("health")))
    month = first_of_month(reports["day"][at]).astype(np.int32)
    _, once = np.unique(row[at] * _DAYS + month, return_index=True)
    return {
        "family": reports["family"][at][once],
        "authority": authority_on(lives, row[at][once], reports["day"][at][once]),
        "FlagMonth": Days(month[once]),
    }
