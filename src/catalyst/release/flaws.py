"""The flaws of a release, on purpose: what is declared, the presets, and their way into the records.

Every flaw has a line in ``facts/flaws.csv`` with its table, column, kind, probability under each preset and
source; what life and the returns bring about by themselves is declared there too, and only measured. All is
drawn by luck from seed, record and return, so any block of the world gets the same flaws. Depends on
schema, luck, columns and the other ``flaws_`` modules.
"""

import csv
import difflib
from collections.abc import Iterable
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pandas as pd

from catalyst.errors import CourseError
from catalyst.records.columns import Table
from catalyst.release import flaws_keys, flaws_rows, flaws_spine, flaws_standing, flaws_values, schema
from catalyst.release.flaws_people import People
from catalyst.release.flaws_rates import Preset, Tally
from catalyst.world.luck import Luck

TABLE = Path(__file__).resolve().parents[1] / "facts" / "flaws.csv"
PRESETS = ("none", "standard", "heavy")
HERE = "release"  # ``made_in`` of a flaw that this package brings about
_COLUMNS = ("flaw", "table", "column", "kind", "who", *PRESETS, "made_in", "chapter", "source")
_MOST_AUTHORITIES = 50
# Every flaw that this package knows how to bring about or to measure, and whose rates it asks for.
_KNOWN: dict[str, tuple[str, ...]] = {
    **flaws_keys.FLAWS,
    **flaws_rows.FLAWS,
    **flaws_values.FLAWS,
    **flaws_spine.FLAWS,
    **flaws_standing.FLAWS,
}


def _fault(key: str, what: str) -> CourseError:
    return CourseError(f"facts/flaws.csv, '{key}': {what}.")


def declared(path: Path = TABLE) -> pd.DataFrame:
    """The declared table of flaws, checked.

    Returns
    -------
    pandas.DataFrame
        Columns flaw, table, column, kind, who, none, standard, heavy (numbers; missing for a flaw that is
        made elsewhere), made_in, chapter, source.

    Raises
    ------
    CourseError
        Naming file and flaw, for what is missing, unknown, given twice, without a source or impossible.
    """
    try:
        with open(path, encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != _COLUMNS:
                raise CourseError(
                    f"facts/flaws.csv must have the columns {', '.join(_COLUMNS)}, in this order."
                )
            rows = list(lines)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise CourseError(f"facts/flaws.csv cannot be read: {why}.") from None
    seen: set[tuple[str, str]] = set()
    for row in rows:
        _check(row, seen)
        seen.add((row["flaw"], row["who"]))
    for flaw, whos in _KNOWN.items():
        for who in whos:
            if (flaw, who) not in seen:
                raise _fault(_key(flaw, who), "is missing")
    table = pd.DataFrame(rows)
    for name in PRESETS:
        table[name] = pd.to_numeric(table[name].replace("", None))
    return table


def _key(flaw: str, who: str) -> str:
    return f"{flaw} ({who})" if who else flaw


def _check(row: dict[str, str], seen: set[tuple[str, str]]) -> None:
    flaw, who = row["flaw"], row["who"]
    key = _key(flaw, who)
    if None in row or None in row.values():
        raise _fault(key, "has too many or too few entries; a text with a comma stands in quotation marks")
    if flaw not in _KNOWN:
        near = difflib.get_close_matches(flaw, _KNOWN, n=1, cutoff=0.0)[0]
        raise _fault(key, f"is unknown and nobody reads it; perhaps '{near}' was meant")
    if who not in _KNOWN[flaw]:
        allowed = ", ".join(f"'{name}'" for name in _KNOWN[flaw])
        raise _fault(key, f"is given for '{who}', which nobody reads; allowed are {allowed}")
    if (flaw, who) in seen:
        raise _fault(key, "is given more than once")
    if not row["source"].strip():
        raise _fault(key, "has no source; give the published figure or the words 'design choice'")
    _check_place(row, key)
    for name in PRESETS:
        if row["made_in"] != HERE:
            if row[name]:
                raise _fault(key, f"is made in {row['made_in']}, so it has no number of its own in '{name}'")
            continue
        _check_number(row, name, key)


def _check_number(row: dict[str, str], name: str, key: str) -> None:
    count = row["flaw"] == "no_return"
    allowed = f"a whole number from 0 to {_MOST_AUTHORITIES}" if count else "a number from 0 to 1"
    try:
        number = float(row[name])
        possible = 0 <= number <= (_MOST_AUTHORITIES if count else 1) and not (count and number % 1)
    except ValueError:
        possible = False
    if not possible:
        raise _fault(key, f"holds '{row[name]}' under '{name}', where {allowed} belongs")
    if name == "none" and number:
        raise _fault(key, f"holds {row[name]} under 'none', the preset without flaws, where 0 belongs")


def _check_place(row: dict[str, str], key: str) -> None:
    """The tables must be in the release, and at least one of them must have each column."""
    known = schema.tables()
    tables = []
    for part in row["table"].split(";"):
        found = [name for name in known if fnmatch(name, part)]
        if not found:
            near = difflib.get_close_matches(part, known, n=1, cutoff=0.0)[0]
            raise _fault(key, f"names a table '{part}' that there is not; perhaps '{near}' was meant")
        tables += found
    for column in row["column"].split(";"):
        if column != "rows" and not any(column in known[name].columns for name in tables):
            raise _fault(key, f"names a column '{column}' that no table of '{row['table']}' has")


@cache
def _declared() -> pd.DataFrame:
    return declared()


def preset(name: str | Preset) -> Preset:
    """The rates of one preset: ``none``, ``standard`` or ``heavy``; a preset itself is given back.

    Raises
    ------
    CourseError
        If there is no preset of this name, or the declared table has a fault.
    """
    if isinstance(name, Preset):
        return name
    if name not in PRESETS:
        raise CourseError(
            f"There is no set of flaws '{str(name)[:40]}': --flaws takes {', '.join(PRESETS[:-1])} or "
            f"{PRESETS[-1]}."
        )
    table = _declared()
    here = table[table["made_in"] == HERE]
    return Preset(name, dict(zip(zip(here["flaw"], here["who"], strict=True), here[name], strict=True)))


def spoil(
    records: dict[str, Table], authorities: int, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Puts the flaws into record tables on their way into the release, and adds the linkage spine.

    Whole families of any block give what they give in the whole world, so blocks may be spoiled one by one.

    Parameters
    ----------
    records : tables of ``extract.records_of`` or of all blocks joined; they are not changed
    authorities : number of places of the world
    luck : luck of the world's seed
    rates : from :func:`preset`

    Returns
    -------
    tables, with hidden columns that tell ``extract`` whose reference stands in a record; and what each flaw
    could and did befall, to be pooled by :func:`realised`
    """
    people = People.of(records, luck)
    tallies = flaws_standing.measure(records, people)
    if not rates.any:
        return records, tallies
    out = dict(records)
    for step in (flaws_rows.leave_out, flaws_keys.unsettle, flaws_spine.add, flaws_values.spoil):
        out, some = step(out, people, authorities, luck, rates)
        tallies += some
    out, some = flaws_rows.hand_in_twice(out, luck, rates)
    return out, tallies + some


def realised(tallies: Iterable[Tally]) -> pd.DataFrame:
    """Declared and realised rate of every flaw, pooled over blocks.

    Returns
    -------
    pandas.DataFrame
        flaw, table, column, kind, who, made_in, chapter, source, declared (expected in these very records;
        missing where nothing is declared), realised, at_risk, found.
    """
    columns = ["flaw", "who", "at_risk", "found", "expected"]
    table = pd.DataFrame([tuple(tally) for tally in tallies], columns=columns)
    # Every block counts the same authorities without a return; all else adds up.
    counted = table["flaw"] == "no_return"
    table = pd.concat([table[~counted], table[counted].drop_duplicates()])
    sums = table.groupby(["flaw", "who"], sort=False, as_index=False).sum(min_count=1)
    out = _declared().drop(columns=list(PRESETS)).merge(sums, on=["flaw", "who"], how="inner")
    counted = out["flaw"] == "no_return"
    out["declared"] = (out["expected"] / out["at_risk"]).where(~counted, out["expected"])
    out["realised"] = (out["found"] / out["at_risk"]).where(~counted, out["found"])
    return out.drop(columns="expected")
