"""The year of a return: 1 April to 31 March, named by the year in which it ends. Depends on the clock."""

import numpy as np

from catalyst.world.clock import calendar_month, month_start


def year_of(day: np.ndarray) -> np.ndarray:
    """The year of the return in which each day falls; int64, shape of ``day``."""
    return 1971 + (calendar_month(day).astype(np.int64) - 3) // 12


def first_day(year: np.ndarray | int) -> np.ndarray:
    """1 April at which the year of the return begins, as a day number."""
    months = (np.asarray(year, dtype=np.int64) - 1971) * 12 + 3
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)


def last_day(year: np.ndarray | int) -> np.ndarray:
    """31 March at which the year of the return ends, as a day number."""
    return first_day(np.asarray(year, dtype=np.int64) + 1) - np.int32(1)


def first_of_month(day: np.ndarray) -> np.ndarray:
    """The first of the month of each day; −1 stays −1."""
    day = np.asarray(day)
    return np.where(day == -1, np.int32(-1), month_start(calendar_month(day)))
