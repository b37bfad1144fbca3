"""Makes a release: has its parts made, by whoever is asked to, and puts them together in the folder.

The one door of this package for the command line and for tests. Depends on all of release and on the world.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from catalyst.errors import CourseError


def make_release(
    out: str | Path,
    *,
    children: int,
    seed: int,
    authorities: int,
    tables: list[str] | None = None,
    settings: Mapping[str, bool | str] | None = None,
    cuts: tuple[str, ...] = (),
    start: int | None = None,
    end: int | None = None,
    flaws: str = "none",
    format: str = "parquet",
    in_one: bool | None = None,
    project: str | None = None,
    workers: int = 2,
    scheduler: str | None = None,
) -> dict:
    """Makes a release in a folder of its own, whole or not at all.

    What is finished when a run is stopped stays in a hidden folder beside ``out``; the same call goes on from
    there.

    Parameters
    ----------
    out : folder to make; it must not exist, be empty, or hold this very release already
    children : stock aged 0 to 17 on 31 March 2025, from 20 per authority to 15,000,000
    seed : whole number from 0; the same seed and version give the same content hash
    authorities : number of fictional authorities, 1 to 153
    tables : names of the tables to make; all if not given
    settings : causes of the twin world that happen to all (True, "on") or none (False, "off")
    cuts : arrows of the twin world whose effect is nil
    start, end : the window, from 1 April of ``start`` (2014) to 31 March of ``end`` (2025)
    flaws : which flaws the records have, by the name of a preset
    format : of the files, ``"parquet"`` or ``"csv"``; the content hash is the same
    in_one : one file a table, in one order; if not given, up to 100,000 children
    project : the extract to cut from this world; see :mod:`catalyst.release.projects`
    workers : processes that live side by side; the content does not depend on it
    scheduler : address of a Dask scheduler whose workers do it instead; they must see the folder of ``out``

    Returns
    -------
    dict, the manifest

    Raises
    ------
    CourseError
        One sentence on anything that cannot be done; then there is no release, and nothing finished is lost.
    """
    from catalyst.release import asked, parts, write
    from catalyst.release import workers as crew

    what = asked.check(
        children, seed, authorities, tables, settings, cuts, start, end, flaws, format, in_one, project
    )
    workers = asked.whole("workers", workers, 1, asked.MOST_WORKERS)
    out = Path(out).expanduser().absolute()
    there = _already(out, what.arguments)
    if there:
        print(f"The release is there already: {out}", file=sys.stderr)
        return there
    with write.locked(out):
        # Another run may have finished it while this one waited for the lock.
        there = _already(out, what.arguments)
        if there:
            return there
        with _workspace(out, what.arguments) as (folder, token):
            job = parts.Job(
                str(out), token, what.spec, what.names, what.window, what.form, what.in_one, what.flaws
            )
            hands = partial(crew.each, workers=workers, scheduler=scheduler)
            finish = _in_one if what.in_one else _in_parts
            manifest = finish(job, folder, what, hands)
            for left in folder.glob("release/**/.*"):  # half files of workers that were killed
                left.unlink()
            write.put(folder / "release", out)
    return manifest


def _in_one(job, folder: Path, what, hands: Callable) -> dict:
    """One file a table: the parts hold records, which are put under one another and ordered."""
    from catalyst.release import checks, extract, parts, projects, window
    from catalyst.release import manifest as manifests

    def lived(sources: set[str]) -> Iterator[dict]:
        pieces = parts.plan(parts.world_of(what.spec), parts.FAMILIES_IN_ONE)
        _all_parts(job, pieces, folder, hands)
        for number in range(len(pieces)):
            yield parts.load(folder / "parts" / f"{number:05d}.npz")

    names = window.needed(what.names, what.window)
    made = extract.release_tables(what.spec, names, lived=lived, flaws=what.flaws)
    made = window.cut(made, what.names, what.window)
    if what.project:
        made = projects.cut(projects.find(what.project), made, what.spec.seed)

    def written(name: str, table) -> dict:
        _write(folder, f"{name}.{job.form}", parts.contents(table, job.form))
        return manifests.entry(table)

    # Checking holds Python's lock, compressing and hashing do not.
    with ThreadPoolExecutor(2) as other:
        entries = {}
        for name, table in made.items():
            entries[name] = other.submit(written, name, table)
            checks.check({name: table}, what.flaws != "none")
        entries = {name: entry.result() for name, entry in entries.items()}
    return _described(folder, manifests.summary(entries, what.arguments))


def _in_parts(job, folder: Path, what, hands: Callable) -> dict:
    """A folder of files a table: the parts are checked and written by whoever makes them."""
    from catalyst.release import manifest as manifests
    from catalyst.release import parts, schema

    world = parts.world_of(what.spec)
    pieces = parts.plan(world, parts.FAMILIES_OF_PART)
    notes = _all_parts(job, pieces, folder, hands)
    entries = {}
    for name in notes[0]["tables"]:
        rows = [tuple(notes[number]["tables"][name]) for number in range(len(pieces))]
        entries[name] = manifests.entry_of_parts(rows, len(schema.table(name).columns))
    for name, table in parts.finish(job, world, notes):
        _write(folder, f"{name}.{job.form}", parts.contents(table, job.form))
        entries[name] = manifests.entry(table)
    lines = ["table,part,rows,sha256"]
    for number, note in sorted(notes.items()):
        lines += [f"{name},{number},{rows},{sha256}" for name, (rows, sha256) in note["tables"].items()]
    _write(folder, "parts.csv", ("\n".join(lines) + "\n").encode())
    return _described(folder, manifests.summary({n: entries[n] for n in what.names}, what.arguments))


def _all_parts(job, pieces: list, folder: Path, hands: Callable) -> dict[int, dict]:
    """Has those parts made that are not there; returns the notes of all."""
    from catalyst.release import parts

    notes = parts.notes(folder)
    show = _progress()
    if notes:
        print(f"{len(notes)} of {len(pieces)} parts are there already.", file=sys.stderr)
    missing = [(job, number, piece) for number, piece in enumerate(pieces) if number not in notes]
    for number, note in hands(parts.make, missing):
        notes[number] = note
        if show:
            show(len(notes), len(pieces))
    return notes


def _described(folder: Path, manifest: dict) -> dict:
    """Writes the words that go with the tables, and the manifest last."""
    from catalyst.release import describe
    from catalyst.release import manifest as manifests

    for name, content in describe.files(manifest).items():
        _write(folder, name, content)
    _write(folder, "manifest.json", manifests.text(manifest).encode())
    return manifest


def _write(folder: Path, name: str, content: bytes) -> None:
    from catalyst.release import write

    write.atomic(folder / "release" / name, content)


@contextmanager
def _workspace(out: Path, arguments: dict) -> Iterator[tuple[Path, str]]:
    """The hidden folder in which a release grows, and what names the run; what is finished stays."""
    import catalyst
    from catalyst.release import parts, write

    folder = write.workspace(out)
    run = {"version": catalyst.__version__, "code": parts.code(), "arguments": arguments}
    text = json.dumps(run, indent=2).encode()
    with write.plainly(out):
        try:
            _take_up(folder, run, text)
            yield folder, parts.token(text)
        except BaseException:
            if not any(folder.glob("parts/*.json")):
                shutil.rmtree(folder, ignore_errors=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _take_up(folder: Path, run: dict, text: bytes) -> None:
    """Begins a run, or goes on with one that was stopped.

    Raises
    ------
    CourseError
        If the run that was stopped here was another.
    """
    from catalyst.release import write

    if not any(folder.glob("parts/*.json")):
        shutil.rmtree(folder, ignore_errors=True)  # nothing was finished, and the lock says nobody is at work
        for name in ("parts", "release"):
            (folder / name).mkdir(parents=True)
        write.atomic(folder / "run.json", text)
        return
    try:
        before = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    if before == run:
        return
    if before.get("arguments") == run["arguments"]:
        why = "with another state of the course"
    else:
        why = f"for another release ({_differences(before.get('arguments', {}), run['arguments'])})"
    raise CourseError(
        f"A run {why} was stopped here and has kept its finished parts in {folder}: delete that folder, or "
        "choose another with --out."
    )


def _differences(there: dict, wanted: dict) -> str:
    keys = dict.fromkeys([*wanted, *there])
    return ", ".join(f"{key} {there.get(key)}" for key in keys if there.get(key) != wanted.get(key))


def _already(out: Path, arguments: dict) -> dict | None:
    """The manifest in ``out`` if this very release is there; None if the folder is free.

    Raises
    ------
    CourseError
        If anything else is there.
    """
    import catalyst
    from catalyst.release import write

    def read(there: dict) -> tuple:
        asked = there["arguments"]
        return there, there["version"], asked, list(there["tables"]), asked.get("format", "parquet")

    found = write.finished(out, "release", read)
    if not found:
        return None
    there, version, asked, names, form = found
    missing = [name for name in names if not ((out / f"{name}.{form}").is_file() or (out / name).is_dir())]
    if missing:
        raise CourseError(
            f"The release in {out} has lost its table '{missing[0]}': delete the folder and run again."
        )
    if asked != arguments:
        raise CourseError(
            f"{out} holds another release ({_differences(asked, arguments)}): choose another folder with "
            "--out, or delete that one to replace it."
        )
    if version != catalyst.__version__:
        raise CourseError(
            f"{out} holds a release of version {version}, and this is {catalyst.__version__}: "
            "choose another folder with --out, or delete that one to replace it."
        )
    return there


def _progress() -> Callable[[int, int], None] | None:
    """A bar on the terminal, with the time that is left; nothing where the output is not one."""
    if not sys.stderr.isatty():
        return None
    begun, first = time.monotonic(), []

    def show(done: int, of: int) -> None:
        first.append(done - 1)
        left = (time.monotonic() - begun) / (done - first[0]) * (of - done)
        filled = round(30 * done / of)
        bar = "#" * filled + "." * (30 - filled)
        rest = (
            "         "
            if done == of
            else f", {left / 60:.0f} min left"
            if left > 90
            else f", {left:.0f} s left"
        )
        print(
            f"\r[{bar}] part {done} of {of}{rest:<14}",
            end="\n" if done == of else "",
            file=sys.stderr,
            flush=True,
        )

    return show
