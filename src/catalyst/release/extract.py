"""The extract: every table of the release, cut to the window, under pseudonymised keys, in one fixed order.

In it is every child with any record in the returns of 2014-15 to 2024-25. What was open when the window
starts is in with its true start date; what is open on 31 March 2025 has no end. Depends on schema, keys,
records and the world.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from importlib import import_module
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catalyst.errors import CourseError
from catalyst.records import cin_census, ssda903
from catalyst.records.calendar import last_day
from catalyst.records.columns import Codes, Days, Table, concatenate, length, rows_of
from catalyst.records.columns import take as take_rows
from catalyst.release import flaws as declared_flaws
from catalyst.release import flaws_rows, flaws_spine, keyed, keys, schema
from catalyst.release.flaws_rates import Preset
from catalyst.world.codes import REGIONS

FIRST_YEAR, LAST_YEAR = cin_census.FIRST_YEAR, cin_census.LAST_YEAR
_SOFTWARE = "Catalyst synthetic world"
_KINDS = {"number": pa.int16(), "flag": pa.int8(), "date": pa.date32()}
# The returns beside those of children's services, each with the modules of records that make its tables.
_LINKED = {
    "npd": ("npd_census", "npd_attainment", "npd_absence", "npd_exclusions", "npd_off_roll"),
    "household": ("household",),
    "birth": ("birth",),
    "hospital": ("hospital",),
    "mental_health": ("mental_health",),
    "police": ("police",),
    "courts": ("police",),
    "family_court": ("family_court",),
    "domestic_abuse": ("domestic_abuse",),
    "early_help": ("early_help",),
    "workforce": ("workforce",),
    "spend": ("workforce",),
    "programmes": ("programmes",),
    "leo": ("leo",),
    "adult": ("adult_services",),
}
_LONG = 1000  # codes
_TEXT = pa.dictionary(pa.int32(), pa.string())


def arrow_schema(table: schema.Table) -> pa.Schema:
    """Column names and Arrow types of a table of the release."""
    wide = {"Children": pa.int32(), "IDACIDecile": pa.int8()}
    return pa.schema(
        [
            pa.field(c.name, wide.get(c.name) or _type(table, c), nullable=c.nullable)
            for c in table.columns.values()
        ]
    )


def _type(table: schema.Table, column: schema.Column) -> pa.DataType:
    if column.kind == "number" and table.linked:
        return pa.int32()  # pounds, days and grams outgrow two bytes
    return _KINDS.get(column.kind, _TEXT)


def release_tables(
    spec,
    names: Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 1,
    lived: Callable[[set[str]], Iterable[dict[str, Table]]] | None = None,
    flaws: str | Preset = "none",
) -> dict[str, pa.Table]:
    """Lives the world and makes the tables of its release.

    Parameters
    ----------
    spec : ``catalyst.world.life.Spec``
    names : tables to make; all if not given
    progress : called with the number of blocks done and of all blocks
    workers : processes that live blocks side by side; the result does not depend on it
    lived : gives the records of all blocks when asked for some returns; if not given, they are lived here
    flaws : the preset of flaws on purpose (``none``, ``standard``, ``heavy``); see ``catalyst.release.flaws``

    Returns
    -------
    dict of Arrow tables in the order of the dictionary

    Raises
    ------
    CourseError
        If a table or a preset is not known, or a table is asked for that only a release with flaws has.
    """
    from catalyst.world import life

    rates = declared_flaws.preset(flaws)
    chosen = chosen_tables(names, rates)
    sources = sources_of(chosen)
    world = life.World(spec)
    parts = list(lived(sources)) if lived else []
    if not parts:
        families = sum(len(block) for block in world.blocks())
        blocks = world.blocks(min(life.BLOCK, -(-families // workers)))
        for done, part in enumerate(_records_of_blocks(spec, sources, blocks, workers)):
            parts.append(part)
            if progress:
                progress(done + 1, len(blocks))
    return assemble(join(world, parts, sources), world.places, spec.seed, chosen, flaws)


def chosen_tables(names: Iterable[str] | None, rates: Preset) -> list[str]:
    """The tables to make: those named, or all that a release of this preset has.

    Raises
    ------
    CourseError
        If a table is not known, or only a release with flaws has it.
    """
    if names is None:
        return schema.released(rates.any)
    tables = [schema.table(name) for name in names]
    for table in tables:
        if table.spine and not rates.any:
            raise CourseError(
                f"The table '{table.name}' belongs to the linkage spine, which only a release with flaws "
                "has: add --flaws standard, or leave the table out."
            )
    return [table.name for table in tables]


def sources_of(names: Iterable[str]) -> set[str]:
    """The returns of which some tables are made."""
    tables = [schema.table(name) for name in names]
    more = flaws_spine.SOURCES if any(table.spine for table in tables) else ()
    return {table.source for table in tables} | set(more)


def join(world, parts: list[dict[str, Table]], sources: Iterable[str] = tuple(_LINKED)) -> dict[str, Table]:
    """The records of all blocks under one another, with the tables that need the whole world.

    Parameters
    ----------
    world : ``catalyst.world.life.World``
    parts : records of each block, from :func:`records_of`
    sources : as there
    """
    joined = {name: concatenate([part[name] for part in parts]) for name in parts[0]}
    for module in _modules(sources):
        if hasattr(module, "finish"):
            joined |= module.finish(world, joined)
    return joined


def _records_of_blocks(spec, sources: set[str], blocks: list[np.ndarray], workers: int) -> Iterator[dict]:
    if workers == 1 or len(blocks) == 1:
        yield from (_one_block(spec, sources, block) for block in blocks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(partial(_one_block, spec, sources), blocks)


def _one_block(spec, sources: set[str], block: np.ndarray) -> dict[str, Table]:
    from catalyst.world import life

    return records_of(life.World(spec).live(block), sources)


def _modules(sources: Iterable[str]) -> list[ModuleType]:
    """The modules that make the tables of some returns beside those of children's services."""
    names = dict.fromkeys(name for source, some in _LINKED.items() if source in sources for name in some)
    return [import_module(f"catalyst.records.{name}") for name in names]


def records_of(lives, sources: Iterable[str] = tuple(_LINKED)) -> dict[str, Table]:
    """Returns of some whole families, by the name of the release's table.

    Parameters
    ----------
    sources : which returns to make beside those of children's services, which are always made

    Returns
    -------
    dict of tables; those whose name starts with an underscore are not for release
    """
    made = {"cin": cin_census.census(lives), "903": ssda903.returns(lives)}
    out = {}
    for name, table in schema.tables().items():
        if table.child:
            out[name] = made[table.source][table.official]
    children = lives.children
    family = children["family"]
    identifiers = out["cin_child_identifiers"]
    order = np.argsort(children["child"], kind="stable")
    place = order[np.searchsorted(children["child"], identifiers["child"], sorter=order)]
    out["cin_child_identifiers"] = identifiers | {"family": family[place]}
    for module in _modules(sources):
        out |= module.returns(lives)
    row = rows_of(lives.families["family"], family)
    people = {name: children[name] for name in ("child", "family", "birth", "arrival", "sex", "ethnicity")}
    return out | {"_people": people | {"decile": lives.families["decile"][row]}}


def assemble(
    records: dict[str, Table], places, seed: int, names: Iterable[str] | None = None, flaws="none"
) -> dict[str, pa.Table]:
    """Puts keys in the place of ids, orders the rows and types the columns.

    Parameters
    ----------
    records : tables of :func:`records_of`, of all blocks
    places : the world's authorities (``catalyst.world.places.Places``)
    seed : the seed of the world, from which keys are drawn
    flaws : as for :func:`release_tables`

    Returns
    -------
    dict of Arrow tables in the order of the dictionary
    """
    luck = keys.luck_of(seed, int(places.children.sum()))
    rates = declared_flaws.preset(flaws)
    names = chosen_tables(names, rates)
    if rates.any:
        records, _ = declared_flaws.spoil(records, len(places.code), luck, rates)
    people = keyed.People.of(records, luck, places.code, rates)
    out = {}
    for name in schema.tables():
        if name not in names:
            continue
        table = schema.table(name)
        if name == "cin_header":
            columns = _header(places.code)
            if rates.any:
                columns = _handed_in(columns, flaws_rows.without_return(luck, len(places.code), rates))
        elif name == "authorities":
            columns = _authorities(places)
        elif table.linked:
            columns = keyed.of_others(people, table, records[name])
        else:
            columns = keyed.of_children_services(people, table, records[name])
        out[name] = _arrow(table, columns)
    return out


def frames(tables: dict[str, pa.Table]) -> dict[str, pd.DataFrame]:
    """The tables as a researcher loads them: dates as datetime64, codes and keys as categories."""
    return {
        name: table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True)
        for name, table in tables.items()
    }


def _handed_in(header: Table, missing: dict[int, np.ndarray]) -> Table:
    """The header without the returns that some authorities did not give."""
    there = np.ones(length(header), dtype=bool)
    for year, gone in missing.items():
        there &= ~((header["Year"] == year) & gone[header["LEA"].index])
    return take_rows(header, np.flatnonzero(there))


def _header(places: np.ndarray) -> Table:
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    n = len(places) * len(years)
    year = np.tile(years, len(places))

    def always(text: str) -> Codes:
        return Codes(np.zeros(n, dtype=np.int8), (text,))

    return {
        "LEA": Codes(np.repeat(np.arange(len(places)), len(years)), tuple(map(str, places))),
        "Year": year,
        "Collection": always("CIN"),
        "ReferenceDate": Days(last_day(year)),
        "SourceLevel": always("L"),
        "SoftwareCode": always(_SOFTWARE),
        "Release": always("1"),
        "SerialNo": np.ones(n, dtype=np.int16),
        "DateTime": Days(last_day(year) + np.int32(122)),
    }


def _authorities(places) -> Table:
    n = len(places.code)
    return {
        "LEA": Codes(np.arange(n), tuple(map(str, places.code))),
        "Name": Codes(np.arange(n), tuple(map(str, places.name))),
        "Region": Codes(np.asarray(places.region), REGIONS),
        "Children": np.asarray(places.children),
    }


def _arrow(table: schema.Table, columns: Table) -> pa.Table:
    wanted = arrow_schema(table)
    n = length({"first": columns[next(iter(table.columns))]})
    missing = [f.name for f in wanted if f.name not in columns]
    if missing:
        raise KeyError(f"the records of {table.name} lack {', '.join(missing)}")
    arrays = [_array(columns[f.name], f.type, n, f.nullable) for f in wanted]
    return pa.Table.from_arrays(arrays, schema=wanted)


def _array(column, kind: pa.DataType, n: int, nullable: bool) -> pa.Array:
    if isinstance(column, Days):
        days = np.ascontiguousarray(column.days, dtype=np.int32)
        return pa.array(days, type=pa.int32(), mask=days == -1).cast(pa.date32())
    if not isinstance(column, Codes):
        values = np.ascontiguousarray(column)
        if nullable:
            return pa.array(values, mask=values == -1).cast(kind)
        return pa.array(values).cast(kind)
    index = np.asarray(column.index)
    missing = index < 0
    # Only codes that occur, sorted: so that the dictionary, too, is the same whatever the blocks were.
    some_missing = bool(missing.any())
    used = np.flatnonzero(np.bincount(index[~missing] if some_missing else index))
    texts, in_order = (_long_texts if len(column.codes) > _LONG else _texts)(column.codes)
    place = np.zeros(len(column.codes) + 1, dtype=np.int32)  # the last is for what is missing
    if in_order:
        place[used] = np.arange(len(used))
    else:
        plain = np.asarray(column.codes, dtype=str)[used]
        order = np.argsort(plain, kind="stable")
        place[used[order]] = np.arange(len(used))
        used = used[order]
    indices = pa.array(place[index], mask=missing if some_missing else None)
    return pa.DictionaryArray.from_arrays(indices, texts.take(pa.array(used)))


def _texts(codes: tuple[str, ...]) -> tuple[pa.Array, bool]:
    """Codes as an Arrow array, and whether they are sorted; keys are, and are many."""
    texts = pa.array(codes, type=pa.string())
    return texts, pc.all(pc.greater(texts[1:], texts[:-1])).as_py() is not False


_long_texts = lru_cache(4)(_texts)  # the references of children go into nearly every table
