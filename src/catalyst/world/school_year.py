"""The school year: 1 September to 31 August, named by the year in which it ends, and the year groups in it.

Depends on the clock.
"""

import numpy as np

from catalyst.world import clock

RECEPTION, YEAR_7, YEAR_11 = 0, 7, 11
SEPTEMBER, JANUARY, JULY, AUGUST = 5, 9, 3, 4  # months of the clock modulo 12
_FIRST_YEAR = 1997  # the academic year that holds April 1997 ends then
_TO_SEPTEMBER = 7  # months that shift a September to the start of a year counted from April


def academic_year_ending(month: int | np.ndarray) -> np.ndarray:
    """The calendar year in which the academic year of a month of the clock ends; an integer or an array."""
    return _FIRST_YEAR + (np.asarray(month) + _TO_SEPTEMBER) // 12


def first_september(birth: np.ndarray) -> np.ndarray:
    """Month of the clock of the September in which a child born that day starts reception.

    Parameters
    ----------
    birth : int32 array of days since 1970

    Returns
    -------
    int32 array; it may lie before April 1997 (negative) or after the world's end
    """
    year = academic_year_ending(clock.month_of(birth)) + 4
    return ((year - _FIRST_YEAR) * 12 + SEPTEMBER).astype(np.int32)


def year_group(birth: np.ndarray, month: int | np.ndarray) -> np.ndarray:
    """Year group in a month of the clock: 0 reception, 1 to 13, negative before.

    Parameters
    ----------
    birth : int32 array of days since 1970
    month : int or array that broadcasts with ``birth``

    Returns
    -------
    int16 array; beyond 13 it counts on
    """
    born = academic_year_ending(clock.month_of(birth))
    return (academic_year_ending(month) - born - 5).astype(np.int16)
