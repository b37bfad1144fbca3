"""Flaws of whole rows: authorities without a return, spells on no list, rows handed in twice.

What was handed in twice stands twice, the first submission before the second; the first does not yet know
some ends. Depends on luck, case_files and columns.
"""

import numpy as np

from catalyst.records import case_files
from catalyst.records.columns import Codes, Days, Table, length, take
from catalyst.release.flaws_people import People
from catalyst.release.flaws_rates import Preset, Tally, tally
from catalyst.world.luck import Luck

# Tables of which a first submission may have been kept: what names a record in a year, what tells its end.
TWICE = {
    "cin_child_identifiers": ((), ()),
    "cin_details": (("CINdetailsID",), ("CINclosureDate", "ReasonForClosure")),
    "cin_child_protection_plans": (("CINdetailsID", "CPPID"), ("CPPendDate",)),
    "ssda903_episodes": (("DECOM",), ("DEC", "REC", "REASON_PLACE_CHANGE")),
}
_WITHOUT = (2021, 2022)
FLAWS = {
    "no_return": tuple(map(str, _WITHOUT)),
    "unseen_off_roll": ("",),
    **{f"row_twice_{name}": ("",) for name in TWICE},
    **{f"end_not_yet_{name}": ("",) for name, (_, ends) in TWICE.items() if ends},
}
_ODD = np.uint64(0x2545F4914F6CDD1D)


def record_number(table: Table, columns: tuple[str, ...]) -> np.ndarray:
    """A number that tells the records of a child and year apart, made of some of their columns; uint64."""
    out = np.zeros(length(table), dtype=np.uint64)
    for name in columns:
        column = table[name]
        values = column.days if isinstance(column, Days) else column
        out = out * _ODD + values.astype(np.int64).astype(np.uint64)
    return out


def without_return(luck: Luck, authorities: int, rates: Preset) -> dict[int, np.ndarray]:
    """For each year of an outage, which authorities gave no census; bool arrays of shape (authorities,)."""
    place = np.argsort(np.argsort(luck("flaw.no_return", np.arange(authorities))))
    return {year: place < min(int(rates["no_return", str(year)]), authorities // 3) for year in _WITHOUT}


def leave_out(
    records: dict[str, Table], people: People, authorities: int, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Takes out what nobody handed in; the numbers of children that were in it are kept as ``_stints``."""
    out = dict(records)
    held = [records[name]["stint"] for name in ("cin_child_identifiers", "ssda903_header")]
    out["_stints"] = {"stint": np.unique(np.concatenate(held))}
    missing = without_return(luck, authorities, rates)
    tallies = []
    for year, gone in missing.items():
        expected = min(int(rates["no_return", str(year)]), authorities // 3)
        tallies.append(Tally("no_return", str(year), authorities, int(gone.sum()), expected))
    for name, table in records.items():
        if name.startswith("cin_"):
            place = case_files.unpack(table["stint"]).authority
            dropped = np.zeros(length(table), dtype=bool)
            for year, gone in missing.items():
                dropped |= (table["Year"] == year) & gone[place]
            out[name] = take(table, np.flatnonzero(~dropped))
    if "missing_education" in records:
        table = records["missing_education"]
        days = record_number(table, ("StartDate",))
        unseen = luck("flaw.unseen_off_roll", table["child"], 0, days) < rates["unseen_off_roll"]
        out["missing_education"] = take(table, np.flatnonzero(~unseen))
        tallies.append(tally("unseen_off_roll", "", unseen, rates["unseen_off_roll"]))
    return out, tallies


def hand_in_twice(
    records: dict[str, Table], luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Puts the first submission of some rows before the second."""
    out, tallies = dict(records), []
    for name, (key, ends) in TWICE.items():
        if name not in records:
            continue
        table = records[name]
        number = record_number(table, key)
        flaw = f"row_twice_{name}"
        twice = luck(f"flaw.{flaw}", table["stint"], table["Year"], number) < rates[flaw]
        tallies.append(tally(flaw, "", twice, rates[flaw]))
        rows = np.repeat(np.arange(len(twice)), 1 + twice)
        first = np.zeros(len(rows), dtype=bool)
        first[:-1] = rows[:-1] == rows[1:]
        out[name] = take(table, rows)
        if ends:
            flaw = f"end_not_yet_{name}"
            late = luck(f"flaw.{flaw}", table["stint"], table["Year"], number)[rows] < rates[flaw]
            with_end = first & (out[name][ends[0]].days >= 0)
            tallies.append(tally(flaw, "", late[with_end], rates[flaw]))
            out[name] |= _without(out[name], ends, with_end & late)
    return out, tallies


def _without(table: Table, columns: tuple[str, ...], where: np.ndarray) -> Table:
    """Some columns of a table, blank where the mask is true."""
    blank: Table = {}
    for name in columns:
        column = table[name]
        if isinstance(column, Codes):
            blank[name] = column.blank(where)
        else:
            blank[name] = Days(np.where(where, np.int32(-1), column.days))
    return blank
