"""The world's clock: months counted from April 1997, days counted from 1 January 1970. Depends on nothing."""

import numpy as np

FIRST_MONTH = np.datetime64("1997-04", "M")
_FIRST_OF_ALL = int(FIRST_MONTH.astype(np.int64))
MONTHS = 336  # April 1997 to March 2025
DAYS_PER_MONTH = 365.25 / 12
NEVER = np.int32(-1)

_STARTS = (FIRST_MONTH + np.arange(MONTHS + 61)).astype("datetime64[D]").astype(np.int32)


# The calendar of three centuries written out: NumPy's own conversion of many dates costs ten times as much.
_MONTHS = np.arange("1900-01", "2200-01", dtype="datetime64[M]")
_DAYS = np.arange("1900-01-01", "2200-01-01", dtype="datetime64[D]")
_FIRST_DAYS, _MONTH_OF_DAY = (
    _MONTHS.astype("datetime64[D]").astype("i4"),
    _DAYS.astype("datetime64[M]").astype("i4"),
)
_MANY = 200  # dates

_TO_MONDAY = np.array([0, 0, 0, 0, 0, 2, 1], dtype=np.int32)  # by weekday from Monday
_SINCE_FRIDAY = np.array([0, 0, 0, 0, 0, 1, 2], dtype=np.int32)


def first_day(month: int | np.ndarray) -> np.ndarray:
    """Day number of the first day of a month of the clock (up to five years after its end)."""
    return _STARTS[month]


def month_of(day: np.ndarray) -> np.ndarray:
    """Month of the clock in which a day falls; negative before April 1997."""
    return calendar_month(day) - np.int32(_FIRST_OF_ALL)


def calendar_month(day: np.ndarray) -> np.ndarray:
    """Months since January 1970 of the month in which a day falls; int32, shape of ``day``."""
    day, first = np.asarray(day), _FIRST_DAYS[0]
    if day.size < _MANY or day.min() < first or day.max() >= first + len(_MONTH_OF_DAY):
        return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    return _MONTH_OF_DAY[day - first]


def month_start(month: np.ndarray) -> np.ndarray:
    """First day of a month that is counted from January 1970; int32, shape of ``month``."""
    month, first = np.asarray(month), _MONTH_OF_DAY[0]
    if month.size < _MANY or month.min() < first or month.max() >= first + len(_FIRST_DAYS):
        return month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
    return _FIRST_DAYS[month - first]


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
