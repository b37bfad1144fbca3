"""``load``: one table of the release in use, or of a project extract, as a pandas frame.

Depends on what the release wrote.
"""

import json
from pathlib import Path

import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.nearest import listed, nearest


def load(name: str, project: str | None = None) -> pd.DataFrame:
    """Read one table of the synthetic release, or of a project extract.

    Parameters
    ----------
    name : str
        The table's name, such as ``"cin_child_protection_plans"``.
    project : str, optional
        The name of a project extract, such as ``"plans_before_care"``: a cut from a larger world, with a
        table of who is in it and with what weight. The core extract if not given.

    Returns
    -------
    pandas.DataFrame
        A fresh frame at each call, one row to a record as released: dates as ``datetime64[ns]``, codes as
        ``category``. Changing it changes no file and no other frame.

    Raises
    ------
    CourseError
        If there is no such table or project, no release, or a file that cannot be read. The message says
        what to do.
    """
    if not isinstance(name, str):
        raise CourseError(
            'load takes the name of a table as text, such as load("authorities"); '
            f"it was given a {type(name).__name__}."
        )
    folder = paths.data_dir() if project is None else project_dir(project)
    tables = sorted(paths.manifest(folder).get("tables", {}))
    if name not in tables:
        raise CourseError(_no_table(name, tables, project))
    again = "python3 course.py data" + (f" --project {project}" if project else "")

    import pyarrow as pa
    import pyarrow.parquet as parquet

    path = folder / f"{name}.parquet"
    try:
        # A file object rather than a path: a folder named key=value above it must not become a column.
        with path.open("rb") as file:
            table = parquet.read_table(file)
    except FileNotFoundError:
        raise CourseError(
            f"The table '{name}' is in the manifest but its file {path.name} is not in {path.parent}: "
            f"make the data again with '{again}', or fetch the course again."
        ) from None
    except (pa.ArrowException, OSError):
        raise CourseError(
            f"The file {path} cannot be read as a table, so it is damaged or only half there: "
            f"make the data again with '{again}', or fetch the course again."
        ) from None
    frame = table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True, ignore_metadata=True)
    # Arrow may hand out read-only memory; a learner's frame is the learner's to change.
    return frame.copy()


def project_dir(name: str) -> Path:
    """The folder of a project extract.

    Raises
    ------
    CourseError
        If there is no project extract of that name; the sentence names those that there are.
    """
    if not isinstance(name, str):
        raise CourseError(
            'project= takes the name of a project extract as text, such as project="plans_before_care"; '
            f"it was given a {type(name).__name__}."
        )
    known = paths.projects()
    if name in known:
        return known[name]
    near = nearest(name, list(known))
    hint = f"Did you mean '{near}'? " if near else ""
    there = f"The project extracts are: {listed(sorted(known), 40)}" if known else "There is none here yet"
    raise CourseError(
        f"There is no project extract '{name}'. {hint}{there}; another is made with 'python3 course.py data "
        "--project NAME'."
    )


def _no_table(name: str, tables: list[str], project: str | None) -> str:
    sealed = _sealed(name) if project is None else None
    if sealed:
        return sealed
    near = nearest(name, tables)
    hint = f"Did you mean '{near}'? " if near else ""
    if project is None:
        return f"There is no table '{name}'. {hint}The tables are: {listed(tables, 40)}."
    if name in paths.manifest().get("tables", {}):
        hint = f'The core extract has one: load("{name}"). '
    return (
        f"The project extract '{project}' has no table '{name}'. {hint}Its tables are: {listed(tables, 40)}."
    )


def _sealed(name: str) -> str | None:
    """What is said of an outcome that a study of the capstone does not hold, or None."""
    folder = paths.data_dir().parent.parent
    try:
        if name not in json.loads((folder / paths.STUDY_NOTE).read_text(encoding="utf-8"))["sealed"]:
            return None
        told = folder / paths.STUDY_REGISTER
        written = told.exists() and json.loads(told.read_text(encoding="utf-8"))["outcomes"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if written:
        return (
            f"The table '{name}' is an outcome of another question than the one that you registered, so it "
            "is not a part of this study."
        )
    return (
        f"The table '{name}' is an outcome and is not there yet: the outcomes of your question are written "
        "when its protocol is registered, with 'python3 course.py capstone --register'."
    )
