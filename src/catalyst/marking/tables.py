"""``load``: one table of the release in use, as a pandas frame. Depends on what the release wrote."""

import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.nearest import listed, nearest


def load(name: str) -> pd.DataFrame:
    """Read one table of the synthetic release.

    Parameters
    ----------
    name : str
        The table's name, such as ``"cin_child_protection_plans"``.

    Returns
    -------
    pandas.DataFrame
        A fresh frame at each call, one row to a record as released: dates as ``datetime64[ns]``, codes as
        ``category``. Changing it changes no file and no other frame.

    Raises
    ------
    CourseError
        If there is no such table, no release, or a file that cannot be read. The message says what to do.
    """
    if not isinstance(name, str):
        raise CourseError(
            'load takes the name of a table as text, such as load("authorities"); '
            f"it was given a {type(name).__name__}."
        )
    tables = sorted(paths.manifest().get("tables", {}))
    if name not in tables:
        near = nearest(name, tables)
        hint = f"Did you mean '{near}'? " if near else ""
        raise CourseError(f"There is no table '{name}'. {hint}The tables are: {listed(tables, 40)}.")

    import pyarrow as pa
    import pyarrow.parquet as parquet

    path = paths.data_dir() / f"{name}.parquet"
    try:
        # A file object rather than a path: a folder named key=value above it must not become a column.
        with path.open("rb") as file:
            table = parquet.read_table(file)
    except FileNotFoundError:
        raise CourseError(
            f"The table '{name}' is in the manifest but its file {path.name} is not in {path.parent}: "
            "make the data again with 'python3 course.py data', or fetch the course again."
        ) from None
    except (pa.ArrowException, OSError):
        raise CourseError(
            f"The file {path} cannot be read as a table, so it is damaged or only half there: "
            "make the data again with 'python3 course.py data', or fetch the course again."
        ) from None
    frame = table.to_pandas(date_as_object=False, coerce_temporal_nanoseconds=True, ignore_metadata=True)
    # Arrow may hand out read-only memory; a learner's frame is the learner's to change.
    return frame.copy()
