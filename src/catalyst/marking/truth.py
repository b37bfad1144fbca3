"""``truth``: what was planted in the world behind these data. Depends on the truth built beside the key."""

import csv
import math
from pathlib import Path

import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.nearest import listed, nearest
from catalyst.marking.tables import project_dir

# What came about in the worlds of the committed project extracts, counted once by studio.project_truths.
REALISED = Path(__file__).resolve().parents[1] / "facts" / "project_truths.csv"


def truth(name: str, project: str | None = None) -> pd.Series | pd.DataFrame:
    """A planted value, or a table of the truth.

    Parameters
    ----------
    name : str
        A parameter of the truth manifest, such as ``"t1.hr_emotional_early"``, or a truth table, such as
        ``"plan_end_reasons"``, ``"flaws"`` (how often each flaw of the release came about) or ``"links"``
        (who stands behind each key of the linkage spine).
    project : str, optional
        The name of a project extract: ``realised`` is then the figure of its world, or missing where that was
        not counted. An extract with a linkage spine has ``"links"`` of its own. All other tables are of the
        core extract.

    Returns
    -------
    pandas.Series or pandas.DataFrame
        For a parameter its row: parameter, scale, estimand, planted, superpopulation, realised, chapter
        (``planted`` is the number in the world's rules, ``superpopulation`` what those rules give over many
        worlds, ``realised`` this population's own figure). For a table the whole table, dates as
        ``datetime64[ns]``.

    Raises
    ------
    CourseError
        If there is no such truth (the nearest is named), or the truth was not built or not given.
    """
    if not isinstance(name, str):
        raise CourseError(
            f'truth takes a name as text, such as truth("t1.hr"); it was given a {type(name).__name__}.'
        )
    folder = paths.keys_dir()
    manifest = folder / "truth.parquet"
    own = {} if project is None else _tables(paths.keys_dir(project_dir(project)))
    if name in own:
        return _read(own[name])
    if not manifest.is_file():
        if (paths.data_dir() / "assigned.json").is_file():
            raise CourseError("The truth behind an assigned release is not given out with it.")
        raise CourseError(
            "The truth behind these data has not been built yet: run 'python3 course.py exercises' in the "
            "course's folder, then run this cell again."
        )
    rows = _read(manifest)
    chosen = rows[rows["parameter"] == name]
    if len(chosen):
        row = chosen.iloc[0].copy()
        if project is not None:
            row["realised"] = _realised(name, project)
        return row
    tables = _tables(folder)
    if name in tables:
        return _read(tables[name])
    if name == "links" and "flaws" in tables:
        raise CourseError(
            "These data were released without flaws, so there is no linkage spine and nothing to tell of its "
            "links: make a release with 'python3 course.py data --flaws standard --out FOLDER'."
        )
    known = [*rows["parameter"].astype(str), *tables, *own]
    near = nearest(name, known)
    hint = f"Did you mean '{near}'? " if near else ""
    raise CourseError(f"There is no truth called '{name}'. {hint}There are: {listed(known, 40)}.")


def _tables(folder: Path) -> dict[str, Path]:
    return {path.stem.removeprefix("truth_"): path for path in sorted(folder.glob("truth_*.parquet"))}


def _realised(name: str, project: str) -> float:
    """What came about in the world of a project extract; not a number where it was not counted."""
    content = paths.manifest(project_dir(project))["content_hash"]
    with REALISED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if (row["project"], row["parameter"], row["content_hash"]) == (project, name, content):
                return float(row["realised"])
    return math.nan


def _read(path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        # A file object rather than a path: a folder named key=value above it must not become a column.
        with path.open("rb") as file:
            table = parquet.read_table(file)
    except (pa.ArrowException, OSError):
        raise CourseError(
            f"The truth in {path.name} cannot be read: run 'python3 course.py exercises' to build it again."
        ) from None
    return table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True).copy()
