"""The parts of a release: whole families, lived and written on their own by any process, in any order.

How a world is cut depends on its specification alone, never on who does the work, and a finished part leaves
a note, so that a run that was stopped goes on with what is missing. Depends on extract, window, checks,
manifest, write and the world.
"""

import hashlib
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalyst.errors import CourseError
from catalyst.records.columns import Codes, Days, Table
from catalyst.release import checks, extract, manifest, schema, write
from catalyst.release.window import Window, cut, needed
from catalyst.world import arrivals, families, life

# Up to so many children a release is one file a table in one order; above, a folder of parts a table.
MOST_IN_ONE = 100_000
FAMILIES_IN_ONE, FAMILIES_OF_PART = 15_000, 40_000
_LEVEL = 1  # of compression, for parts: a fifth larger than level 9, no larger than level 3, and much quicker
_PACKAGE = Path(__file__).resolve().parents[1]

Slices = tuple[tuple[int, int, int], ...]  # authority, first and last-but-one of its families


@dataclass(frozen=True)
class Job:
    """What any process must know to make a part of a release."""

    out: str
    token: str  # of the run: who does not find it beside ``out`` works somewhere else
    spec: life.Spec
    names: tuple[str, ...]
    window: Window
    form: str  # parquet or csv
    in_one: bool
    flaws: str = "none"

    @property
    def folder(self) -> Path:
        """The hidden folder in which the release grows."""
        return write.workspace(Path(self.out))

    @property
    def sources(self) -> set[str]:
        """The returns to make."""
        return extract.sources_of(needed(self.names, self.window))


@cache
def code() -> str:
    """A hash of all code and numbers that decide what a release holds."""
    digest = hashlib.sha256()
    for pattern in (
        "world/*.py",
        "records/*.py",
        "release/*.py",
        "parameters/*.toml",
        "facts/release_*.csv",
        "facts/flaws.csv",
    ):
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def plan(world: life.World, size: int) -> list[Slices]:
    """Cuts a world's families, in the order of ``World.blocks``, into equal parts of at most ``size``."""
    counts = [len(_families(world, authority)) for authority in range(len(world.places))]
    start = np.concatenate([[0], np.cumsum(counts)])
    total = int(start[-1])
    parts = -(-total // size)
    edges = [0, *np.cumsum([total // parts + (part < total % parts) for part in range(parts)]).tolist()]
    out = []
    for low, high in pairwise(edges):
        cuts = [
            (a, max(low - int(start[a]), 0), min(high - int(start[a]), counts[a]))
            for a in range(len(counts))
            if start[a] < high and start[a + 1] > low
        ]
        out.append(tuple(cuts))
    return out


def make(job: Job, number: int, slices: Slices) -> tuple[int, dict]:
    """Makes one part and leaves a note of it.

    Parameters
    ----------
    number : of the part
    slices : its families, from :func:`plan`

    Returns
    -------
    the number, and the note as a dict: rows and sha256 of each table (none for a release in one)

    Raises
    ------
    CourseError
        If this process does not see the run's folder, has other code, or cannot write.
    """
    folder = job.folder
    _same_run(job)
    world = world_of(job.spec)
    records = lived(world, job.sources, slices)
    note: dict = {"tables": {}}
    with write.plainly(Path(job.out)):
        if job.in_one:
            save(folder / "parts" / f"{number:05d}.npz", records)
        else:
            rest = _rest(records)
            tables = tables_of(job, world, records)
            del records  # the tables' own, from here on: half of the memory of a part
            for name, table in tables:
                write.atomic(
                    part_file(folder / "release", name, number, job.form), contents(table, job.form, _LEVEL)
                )
                note["tables"][name] = [table.num_rows, manifest.content_hash(table)]
            save(folder / "parts" / f"{number:05d}.npz", rest)
        write.atomic(folder / "parts" / f"{number:05d}.json", json.dumps(note).encode())
    return number, note


def lived(world: life.World, sources: set[str], slices: Slices) -> dict[str, Table]:
    """Lives the families of a part and gives their records."""
    return extract.records_of(world.live(block(world, slices)), sources)


def block(world: life.World, slices: Slices) -> np.ndarray:
    """Ids of the families of a part, int64."""
    return np.concatenate([_families(world, a)[first:last] for a, first, last in slices])


def tables_of(job: Job, world: life.World, records: dict[str, Table]) -> Iterator[tuple[str, pa.Table]]:
    """The checked tables of some families, one after another, without those that need the whole world.

    Yields
    ------
    name, Arrow table
    """
    names = [
        name
        for name in needed(job.names, job.window)
        if name in records or schema.table(name).spine  # the spine is made with the flaws
    ]
    made = extract.assemble(records, world.places, world.spec.seed, names, job.flaws)
    del records
    yield from _checked(job, made)


def finish(job: Job, world: life.World, notes: dict[int, dict]) -> Iterator[tuple[str, pa.Table]]:
    """The tables that no part holds, because they need the whole world; from what the parts counted."""
    parts = [load(job.folder / "parts" / f"{number:05d}.npz") for number in sorted(notes)]
    names = [name for name in job.names if name not in notes[0]["tables"]]
    made = extract.assemble(
        extract.join(world, parts, job.sources), world.places, world.spec.seed, names, job.flaws
    )
    yield from _checked(job, made)


def _checked(job: Job, made: dict[str, pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    made = cut(made, job.names, job.window)
    for name in list(made):
        table = made.pop(name)
        checks.check({name: table}, job.flaws != "none")
        yield name, table


def _rest(records: dict[str, Table]) -> dict[str, Table]:
    """What the tables of the whole world are made from: counts, and the records of nobody."""
    nobody = {name: {k: _nobody(values) for k, values in table.items()} for name, table in records.items()}
    return nobody | {name: records[name] for name in ("_authority_counts",) if name in records}


def _nobody(column):
    if isinstance(column, Codes):
        return Codes(column.index[:0], column.codes)
    return Days(column.days[:0]) if isinstance(column, Days) else column[:0]


def part_file(release: Path, name: str, number: int, form: str) -> Path:
    """Where a part of a table stands."""
    folder = release / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"part-{number:05d}.{form}"


def contents(table: pa.Table, form: str, level: int = 9) -> bytes:
    """A table as the bytes of a file."""
    return write.parquet(table, level) if form == "parquet" else write.csv(table)


def notes(folder: Path) -> dict[int, dict]:
    """The parts that are finished, with their notes."""
    found = sorted((folder / "parts").glob("[0-9]*.json"))
    return {int(path.stem): json.loads(path.read_text(encoding="utf-8")) for path in found}


def save(path: Path, records: dict[str, Table]) -> None:
    """Writes tables of records to one file."""
    arrays = {}
    for name, table in records.items():
        for column, values in table.items():
            key = f"{name}|{column}"
            if isinstance(values, Codes):
                arrays[f"{key}|index"], arrays[f"{key}|codes"] = (
                    values.index,
                    np.array(values.codes, dtype=str),
                )
            elif isinstance(values, Days):
                arrays[f"{key}|days"] = values.days
            else:
                arrays[f"{key}|values"] = np.asarray(values)
    buffer = BytesIO()
    np.savez(buffer, **arrays)
    write.atomic(path, buffer.getvalue())


def load(path: Path) -> dict[str, Table]:
    """Reads what :func:`save` wrote."""
    out: dict[str, Table] = {}
    with np.load(path, allow_pickle=False) as file:
        for key in file.files:
            name, column, kind = key.split("|")
            table = out.setdefault(name, {})
            if kind == "index":
                table[column] = Codes(file[key], tuple(file[f"{name}|{column}|codes"].tolist()))
            elif kind == "days":
                table[column] = Days(file[key])
            elif kind == "values":
                table[column] = file[key]
    return out


@lru_cache(maxsize=2)  # the next part begins in the authority in which this one ends
def _families(world: life.World, authority: int) -> np.ndarray:
    """Ids of the families of one authority, those of unaccompanied children last; to be read only."""
    luck, parameters, places = world.luck, world.parameters, world.places
    resident = families.family_numbers(luck, parameters, authority, int(places.children[authority]))
    ids = np.concatenate([resident, arrivals.numbers(luck, parameters, places, authority)])
    ids.flags.writeable = False
    return ids


def world_of(spec: life.Spec) -> life.World:
    """The world of a specification, made once in each process."""
    twin = tuple(sorted(spec.settings.items())), tuple(spec.cuts), tuple(sorted(spec.moved.items()))
    return _world(spec.seed, spec.children, spec.authorities, *twin)


@lru_cache(maxsize=1)
def _world(
    seed: int, children: int, authorities: int, settings: tuple, cuts: tuple, moved: tuple
) -> life.World:
    return life.World(life.Spec(seed, children, authorities, dict(settings), cuts, dict(moved)))


def _same_run(job: Job) -> None:
    try:
        there = (job.folder / "run.json").read_bytes()
    except OSError:
        there = b""
    if token(there) != job.token:
        raise CourseError(
            f"A worker on {socket.gethostname()} does not see the run in {job.folder}: with --scheduler, "
            "--out must be in a folder that all machines share under one name."
        )
    if json.loads(there)["code"] != code():
        raise CourseError(
            f"The worker on {socket.gethostname()} has another state of the course than this machine: "
            "install the same one there."
        )


def token(run: bytes) -> str:
    """What tells one run from another."""
    return hashlib.sha256(run).hexdigest()
