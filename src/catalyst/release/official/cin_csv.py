"""The children in need census as a folder of comma-separated files, days as ISO dates.

The running numbers that a reader of the XML would give to episodes, assessments and plans are columns.
Depends on ssda903_csv.
"""

import pandas as pd

from catalyst.release.official import ssda903_csv

DAY = "%Y-%m-%d"


def files(tables: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """The files of one authority and year by their names."""
    return {f"{name}.csv": ssda903_csv.text(frame, DAY) for name, frame in tables.items()}
