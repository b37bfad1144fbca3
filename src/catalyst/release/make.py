"""Makes a release: checks what was asked for, lives the world, checks the tables and writes the folder.

The one door of this package for the command line and for tests. Depends on all of release and on the world.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from catalyst.errors import CourseError

MOST_CHILDREN = 1_000_000
FEWEST_CHILDREN_PER_AUTHORITY = 20


def make_release(
    out: str | Path,
    *,
    children: int,
    seed: int,
    authorities: int,
    tables: list[str] | None = None,
    settings: Mapping[str, bool | str] | None = None,
    cuts: tuple[str, ...] = (),
) -> dict:
    """Makes a release in a folder of its own, whole or not at all.

    Parameters
    ----------
    out : folder to make; it must not exist, be empty, or hold this very release already
    children : stock aged 0 to 17 on 31 March 2025, from 20 per authority to 1,000,000
    seed : whole number from 0; the same seed and version give the same content hash
    authorities : number of fictional authorities, 1 to 153
    tables : names of the tables to make; all if not given
    settings : causes of the twin world that happen to all (True, "on") or none (False, "off")
    cuts : arrows of the twin world whose effect is nil

    Returns
    -------
    dict, the manifest

    Raises
    ------
    CourseError
        One sentence on anything that cannot be done; then nothing has been written.
    """
    from catalyst.release import describe, extract, manifest, schema, write

    authorities = _whole("authorities", authorities, 1, 153)
    children = _whole("children", children, FEWEST_CHILDREN_PER_AUTHORITY * authorities, MOST_CHILDREN)
    seed = _whole("seed", seed, 0, 2**63 - 1)
    chosen = None if tables is None else [schema.table(name).name for name in tables]
    if chosen == []:
        raise CourseError(
            f"No table was named; leave --tables out for all {len(schema.tables())}, or name some "
            "of those in the book's data dictionary."
        )
    from catalyst.world import life

    settings = {name: _on(name, value) for name, value in sorted((settings or {}).items())}
    spec = life.Spec(seed, children, authorities, settings, tuple(cuts))
    arguments = {
        "children": children,
        "seed": seed,
        "authorities": authorities,
        "tables": None if chosen is None else [name for name in schema.tables() if name in chosen],
        "settings": settings,
        "cuts": sorted(cuts),
    }
    out = Path(out).expanduser().absolute()
    there = _already(out, arguments)
    if there:
        print(f"The release is there already: {out}", file=sys.stderr)
        return there
    with write.locked(out):
        there = _already(
            out, arguments
        )  # another run may have finished it while this one waited for the lock
        if there:
            return there
        made = extract.release_tables(spec, chosen, _progress(), workers=2)
        from catalyst.release import checks

        checks.validate(extract.frames(made))
        entries = manifest.build(made, arguments)
        files = {f"{name}.parquet": write.parquet(table) for name, table in made.items()}
        files |= describe.files(made, entries)
        files["manifest.json"] = manifest.text(entries).encode()
        write.write(out, files)
    return entries


def _whole(name: str, value, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, given as a number or as digits."""
    try:
        if isinstance(value, bool) or (not isinstance(value, str) and int(value) != value):
            raise ValueError
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise CourseError(
            f"--{name} must be a whole number, not '{value}'; give one from {low:,} to {high:,}."
        ) from None
    if not low <= number <= high:
        few = (
            f" ({FEWEST_CHILDREN_PER_AUTHORITY} for each authority)"
            if name == "children" and number < low
            else ""
        )
        raise CourseError(
            f"--{name} {number:,} is out of range; give a whole number from {low:,}{few} to {high:,}."
        )
    return number


def _on(name: str, value: bool | str) -> bool:
    if value not in (True, False, "on", "off"):
        raise CourseError(f"--set {name} takes on or off, not '{value}'.")
    return value in (True, "on")


def _already(out: Path, arguments: dict) -> dict | None:
    """The manifest in ``out`` if this very release is there; None if the folder is free.

    Raises
    ------
    CourseError
        If anything else is there.
    """
    import catalyst

    if not out.exists():
        return None
    if not out.is_dir():
        raise CourseError(f"{out} is a file, and a release needs a folder: choose another name with --out.")
    try:
        if not any(out.iterdir()):
            return None
        there = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        version, asked, names = there["version"], there["arguments"], list(there["tables"])
    except (OSError, ValueError, KeyError, TypeError):
        raise CourseError(
            f"{out} is not empty and holds no finished release: choose another folder with --out, "
            "or empty it first."
        ) from None
    missing = [name for name in names if not (out / f"{name}.parquet").is_file()]
    if missing:
        raise CourseError(
            f"The release in {out} has lost its table '{missing[0]}': delete the folder and run again."
        )
    if asked != arguments:
        other = ", ".join(f"{k} {asked.get(k)}" for k in arguments if asked.get(k) != arguments[k])
        raise CourseError(
            f"{out} holds another release ({other}): choose another folder with --out, "
            "or delete that one to replace it."
        )
    if version != catalyst.__version__:
        raise CourseError(
            f"{out} holds a release of version {version}, and this is {catalyst.__version__}: "
            "choose another folder with --out, or delete that one to replace it."
        )
    return there


def _progress():
    """A bar on the terminal; nothing where the output is not one."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        filled = round(30 * done / of)
        bar = "#" * filled + "." * (30 - filled)
        print(f"\r[{bar}] block {done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show
