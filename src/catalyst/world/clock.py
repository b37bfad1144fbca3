"""The world's clock: months counted from April 1997, days counted from 1 January 1970. Depends on nothing."""

import numpy as np

FIRST_MONTH = np.datetime64("1997-04", "M")
MONTHS = 336  # April 1997 to March 2025
DAYS_PER_MONTH = 365.25 / 12
NEVER = np.int32(-1)

_STARTS = (FIRST_MONTH + np.arange(MONTHS + 61)).astype("datetime64[D]").astype(np.int32)


_TO_MONDAY = np.array([0, 0, 0, 0, 0, 2, 1], dtype=np.int32)  # by weekday from Monday
_SINCE_FRIDAY = np.array([0, 0, 0, 0, 0, 1, 2], dtype=np.int32)


def first_day(month: int | np.ndarray) -> np.ndarray:
    """Day number of the first day of a month of the clock (up to five years after its end)."""
    return _STARTS[month]


def month_of(day: np.ndarray) -> np.ndarray:
    """Month of the clock in which a day falls; negative before April 1997."""
    months = np.asarray(day).astype("datetime64[D]").astype("datetime64[M]")
    return (months - FIRST_MONTH).astype(np.int32)


def date(day: int) -> np.datetime64:
    """The calendar date of a day number."""
    return np.datetime64(int(day), "D")


def day(text: str) -> np.int32:
    """Day number of an ISO date."""
    return np.int32(np.datetime64(text, "D").astype(np.int64))


END = day("2025-03-31")


def year_ending(month: int | np.ndarray) -> np.ndarray:
    """The calendar year in which the financial year (1 April to 31 March) of a month ends."""
    return 1998 + (month if isinstance(month, int) else np.asarray(month)) // 12


def weekday_at_or_after(day_number: np.ndarray) -> np.ndarray:
    """The same day, or the Monday after it if it falls on a weekend (bank holidays are left out)."""
    day_number = np.asarray(day_number)
    week = (day_number + 3) % 7  # 1 January 1970 was a Thursday; 0 is Monday
    return (day_number + _TO_MONDAY[week]).astype(np.int32, copy=False)


def weekday_at_or_before(day_number: np.ndarray) -> np.ndarray:
    """The same day, or the Friday before it if it falls on a weekend."""
    day_number = np.asarray(day_number)
    week = (day_number + 3) % 7
    return (day_number - _SINCE_FRIDAY[week]).astype(np.int32, copy=False)


def add_working_days(day_number: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The day that lies ``days`` working days later (Monday to Friday), counted from a weekday."""
    start = weekday_at_or_after(day_number)
    week = (start + 3) % 7
    total = week + np.asarray(days)
    return (start - week + (total // 5) * 7 + total % 5).astype(np.int32)
