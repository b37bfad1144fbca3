"""What each authority hands in for a year, as tables of text, dates and numbers under the official names.

The children and their numbers are those of the core release, but with whole dates of birth, which only the
authority has. Depends on records, keys and the world.

What is decided here, and told in the README of every export:

- No UPN is written, for any number that follows the rules could be some child's: ``UN1`` below school age,
  ``UN7`` where every referral of the year ended without further action, ``UN2`` for children who arrived
  unaccompanied, ``UN5`` for the rest.
- No postcode is written.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from catalyst.records import case_files, cin_census, ssda903
from catalyst.records.columns import Codes, Days, Table, concatenate, length, take
from catalyst.release import keys
from catalyst.release.official import layout, mends
from catalyst.world.luck import Luck

Return = dict[str, pd.DataFrame]
_BORN = ("DOB", "PersonBirthDate", "ExpectedPersonBirthDate")
_SCHOOL_AGE = 4


def years_of(kind: str, year: int) -> tuple[int, ...]:
    """The years that an export holds: SSDA903 has the previous year's set beside it."""
    return (year,) if kind == "cin" else (year - 1, year)


def records(lives, kind: str, year: int) -> dict[str, Table]:
    """The tables of the return from the logs of some whole families, for the years of the export."""
    years = years_of(kind, year)
    if kind == "cin":
        made = cin_census.census(lives)
    else:
        made = ssda903.returns(lives, first_year=min(years[0], ssda903.FIRST_YEAR))
        made = mends.of_tables(made)
    out = {name: take(table, np.isin(table["Year"], years).nonzero()[0]) for name, table in made.items()}
    return {name: _whole(table, lives) for name, table in out.items()}


def _whole(table: Table, lives) -> Table:
    """The table with true dates of birth, and for release alone who arrived unaccompanied."""
    children = lives.children
    order = np.argsort(children["child"], kind="stable")
    row = order[np.searchsorted(children["child"], table["child"], sorter=order)]
    birth = mends.birthday(children["birth"][row])
    dates = {
        name: Days(np.where(table[name].days == -1, -1, birth).astype(np.int32))
        for name in _BORN
        if name in table
    }
    own = {"birth": birth, "arrival": children["arrival"][row]} if "UPN" in table else {}
    return table | dates | own


def of_world(
    spec, kind: str, year: int, progress: Callable[[int, int], None] | None = None
) -> tuple[dict[str, Table], object]:
    """Lives a world block by block and keeps the asked years of the return.

    Returns
    -------
    tables of all authorities, and the world's places
    """
    from catalyst.world import life

    world = life.World(spec)
    blocks = world.blocks()
    parts = []
    for done, block in enumerate(blocks):
        parts.append(records(world.live(block), kind, year))
        if progress:
            progress(done + 1, len(blocks))
    return {name: concatenate([part[name] for part in parts]) for name in parts[0]}, world.places


def by_authority(
    tables: dict[str, Table], kind: str, codes: Iterable[str], seed: int
) -> dict[tuple[str, int], Return]:
    """Each authority's return of each year, in the order of the local child's number and then as recorded.

    Parameters
    ----------
    codes : of the world's authorities, in their order
    seed : from which the children's local numbers are drawn, as in the core release
    """
    frames = {name: _frame(table, kind, Luck(seed)) for name, table in tables.items()}
    if kind == "cin":
        frames = mends.of_census(frames)
    years = sorted({int(year) for frame in frames.values() for year in frame["Year"].unique()})
    out = {}
    for place, code in enumerate(codes):
        for year in years:
            of = {
                name: frame[(frame["authority"] == place) & (frame["Year"] == year)]
                for name, frame in frames.items()
            }
            out[code, year] = _return(kind, year, code, of)
    return out


def _return(kind: str, year: int, code: str, frames: Return) -> Return:
    if kind == "cin":
        frames = {"Header": header(code, year)} | frames
    return {
        name: frames[name].reindex(columns=columns).reset_index(drop=True)
        for name, columns in layout.files(kind, year).items()
    }


def header(code: str, year: int) -> pd.DataFrame:
    """The census's header: one row."""
    return pd.DataFrame(
        {
            "Collection": ["CIN"],
            "Year": [str(year)],
            "ReferenceDate": [pd.Timestamp(year, 3, 31)],
            "SourceLevel": ["L"],
            "LEA": [code],
            "SoftwareCode": ["Catalyst synthetic world"],
            "Release": ["1"],
            "SerialNo": ["1"],
            "DateTime": [f"{year}-07-31T12:00:00"],
        }
    )


def _frame(table: Table, kind: str, luck: Luck) -> pd.DataFrame:
    n = length(table)
    if "UPN" in table:
        table = table | _pupil_number(table, kind)
    columns = {name: _series(column) for name, column in table.items() if name not in ("child", "stint")}
    stint = table["stint"]
    unique, row = np.unique(stint, return_inverse=True)
    local = keys.texts(keys.numbers(luck, "local child id", unique)).astype(object)[row]
    child = "LAchildID" if kind == "cin" else "CHILD"
    frame = pd.DataFrame({child: local, "authority": case_files.unpack(stint).authority} | columns)
    assert len(frame) == n
    return frame.sort_values(["authority", child, "Year"], kind="stable", ignore_index=True)


def _series(column) -> np.ndarray:
    if isinstance(column, Days):
        days = np.where(column.days == -1, np.iinfo(np.int64).min, column.days.astype(np.int64))
        return days.astype("datetime64[D]").astype("datetime64[ns]")
    if isinstance(column, Codes):
        texts = np.array([*column.codes, None], dtype=object)
        return texts[np.asarray(column.index, dtype=np.int64)]
    values = np.asarray(column)
    return np.where(values < 0, None, values) if (values < 0).any() else values


def _pupil_number(table: Table, kind: str) -> Table:
    """Why no number is written. A child is of school age from the September after her fourth birthday."""
    year = table["Year"].astype(np.int64)
    school = keys.september_of(table["birth"], _SCHOOL_AGE) <= year
    why = np.select([~school, table["arrival"] >= 0], [0, 1], 2)
    if kind == "ssda903":
        return {"UPN": Codes(why.astype(np.int8), ("UN1", "UN2", "UN5"))}
    why = np.where(table["in_need"], why, 3)
    return {"UPNunknown": Codes(why.astype(np.int8), ("UN1", "UN2", "UN5", "UN7"))}
