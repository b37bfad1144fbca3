"""Makes an export in the layout of a return: lives the world, writes each authority's files, judges them.

Whole or not at all, like every release. Depends on the rooms beside it, on release.write and on the world.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.release import write
from catalyst.release.official import layout


def make_export(
    out: str | Path,
    *,
    official: str,
    year: int,
    children: int,
    seed: int,
    authorities: int,
    settings: Mapping[str, bool | str] | None = None,
    cuts: tuple[str, ...] = (),
) -> dict:
    """Makes the official files of one return and year in a folder of its own.

    Parameters
    ----------
    out : folder to make; it must not exist, be empty, or hold this very export already
    official : ``"cin"`` or ``"ssda903"``
    year : in which the return ends, 2015 to 2025
    children, seed, authorities, settings, cuts : the world, as for :func:`catalyst.release.make.make_release`

    Returns
    -------
    dict, the manifest: arguments, version, rows by table, rules that are broken, SHA-256 of each file

    Raises
    ------
    CourseError
        One sentence on anything that cannot be done; then nothing has been written.
    """
    from catalyst.world import life

    if official not in layout.RETURNS:
        raise CourseError(f"There is no official return '{official}': choose {' or '.join(layout.RETURNS)}.")
    if not layout.FIRST_YEAR <= year <= layout.LAST_YEAR:
        raise CourseError(
            f"There is no return for {year}: give the year in which it ends with --year, from "
            f"{layout.FIRST_YEAR} to {layout.LAST_YEAR}."
        )
    switches = {name: value in (True, "on") for name, value in sorted((settings or {}).items())}
    spec = life.Spec(seed, children, authorities, switches, tuple(cuts))
    arguments = {
        "official": official,
        "year": year,
        "children": children,
        "seed": seed,
        "authorities": authorities,
        "settings": switches,
        "cuts": sorted(cuts),
    }
    out = Path(out).expanduser().absolute()
    there = _there(out, arguments)
    if there:
        print(f"The export is there already: {out}", file=sys.stderr)
        return there
    with write.locked(out):
        there = _there(out, arguments)  # another run may have finished it while this one waited
        if there:
            return there
        files, manifest = _files(spec, arguments)
        write.folder(out, files)
    return manifest


def _files(spec, arguments: dict) -> tuple[dict[str, bytes], dict]:
    import catalyst
    from catalyst.release.official import describe, judge, slices

    kind, year = arguments["official"], arguments["year"]
    tables, places = slices.of_world(spec, kind, year, _progress())
    codes = [str(code) for code in places.code]
    returns = slices.by_authority(tables, kind, codes, spec.seed)
    _nobody_is_empty(kind, year, codes, returns)
    files: dict[str, bytes] = {}
    for (code, of), frames in returns.items():
        files |= of_authority(kind, code, of, frames)
    fired = judge.broken(kind, read_back(kind, files))
    rows: dict[str, int] = {}
    for frames in returns.values():
        for name, frame in frames.items():
            rows[name] = rows.get(name, 0) + len(frame)
    files["README.md"] = describe.readme(arguments, codes, rows, fired).encode()
    files["rules.csv"] = describe.rules_file(kind)
    manifest = {
        "version": catalyst.__version__,
        "arguments": arguments,
        "rows": rows,
        "rules_broken": fired,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files["manifest.json"] = (json.dumps(manifest, indent=1) + "\n").encode()
    return files, manifest


def of_authority(kind: str, code: str, year: int, frames) -> dict[str, bytes]:
    """The files of one authority and year by their names inside the export."""
    from catalyst.release.official import cin_csv, cin_xml, ssda903_csv

    if kind == "ssda903":
        return {f"{code}/{year}/{name}": content for name, content in ssda903_csv.files(frames).items()}
    folder = {f"{code}/csv/{name}": content for name, content in cin_csv.files(frames).items()}
    return {f"{code}/CIN_{year}_{code}.xml": cin_xml.message(frames)} | folder


def read_back(kind: str, files: Mapping[str, bytes]) -> dict[tuple[str, int], dict]:
    """The tables of an export by authority and year, read from its files (the census from its XML)."""
    from catalyst.release.official import read

    if kind == "cin":
        messages = {name: content for name, content in files.items() if name.endswith(".xml")}
        return {
            (name.split("/")[0], int(name.split("_")[1])): read.xml(content)
            for name, content in messages.items()
        }
    sets: dict[tuple[str, int], dict[str, bytes]] = {}
    for name, content in files.items():
        if name.count("/") == 2:
            code, year, file = name.split("/")
            sets.setdefault((code, int(year)), {})[file] = content
    return {key: read.csv_folder(kind, some) for key, some in sets.items()}


def _nobody_is_empty(kind: str, year: int, codes: list[str], returns: dict) -> None:
    first = "ChildIdentifiers" if kind == "cin" else "Header"
    empty = [code for code in codes if (code, year) not in returns or not len(returns[code, year][first])]
    if empty:
        name = "children in need census" if kind == "cin" else "SSDA903"
        others = "" if len(empty) == 1 else f", and it is not the only one ({len(empty)} of {len(codes)})"
        raise CourseError(
            f"Authority {empty[0]} has no child in the {name} of {year}{others}: "
            "ask for more --children or for fewer --authorities."
        )


def _there(out: Path, arguments: dict) -> dict | None:
    """The manifest in ``out`` if this very export is there; None if the folder is free.

    Raises
    ------
    CourseError
        If anything else is there.
    """
    import catalyst

    def read(there: dict) -> tuple:
        same = there["arguments"] == arguments and there["version"] == catalyst.__version__
        return there, same, [name for name in there["files"] if not (out / name).is_file()]

    found = write.finished(out, "export", read)
    if not found:
        return None
    there, same, missing = found
    if not same:
        raise CourseError(
            f"{out} holds another export or release: choose another folder with --out, "
            "or delete that one to replace it."
        )
    if missing:
        raise CourseError(f"The export in {out} has lost '{missing[0]}': delete the folder and run again.")
    return there


def _progress():
    """A line on the terminal; nothing where the output is not one."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        print(f"\rblock {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show
