"""SSDA903 as comma-separated files: one a table, the official columns in their order, days as dd/mm/yyyy.

Depends on pandas alone.
"""

import pandas as pd

DAY = "%d/%m/%Y"


def text(frame: pd.DataFrame, day: str = DAY) -> bytes:
    """One file: a line of names, then one line a row; nothing recorded is nothing between two commas."""
    return frame.to_csv(index=False, date_format=day, lineterminator="\n").encode()


def files(tables: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """The files of one authority and year by their names, in the order in which the return loads them."""
    return {f"{name}.csv": text(frame) for name, frame in tables.items()}
