"""Key stage 2 tests at the end of year 6 and GCSEs at the end of year 11, one row a pupil and stage.

Depends on the world's attainments and columns. There were no key stage 2 tests in 2020 and 2021, and no
comparable levels before 2016; the GCSE grades of 2020 and 2021 were given by teachers.
"""

import numpy as np

from catalyst.records.calendar import year_of
from catalyst.records.columns import Table
from catalyst.world.attainment import KS2, KS4

FIRST_YEAR, LAST_YEAR = 2015, 2024  # academic years whose summer lies in the window
FIRST_SCALED = 2016
NOT_TESTED = (2020, 2021)
EXPECTED, HIGHER = 100, 110
LEVEL_2 = 4  # a standard pass


def returns(lives) -> dict[str, Table]:
    """Both tables for this block.

    Returns
    -------
    dict with ``ks2`` and ``ks4``.
    """
    log = lives.attainments
    year = year_of(log["day"]) - 1  # the summer of the financial year that begins in April
    here = (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    tested = here & (log["stage"] == KS2) & (year >= FIRST_SCALED) & ~np.isin(year, NOT_TESTED)
    return {"ks2": _ks2(log, tested, year), "ks4": _ks4(log, here & (log["stage"] == KS4), year)}


def _rows(log, where: np.ndarray, year: np.ndarray) -> tuple[dict[str, np.ndarray], Table]:
    t = {name: column[where] for name, column in log.items()}
    year = year[where]
    return t, {"child": t["child"], "year": year, "school": t["school"]}


def _flag(values: np.ndarray) -> np.ndarray:
    return values.astype(np.int8)


def _ks2(log, where: np.ndarray, year: np.ndarray) -> Table:
    t, out = _rows(log, where, year)
    reading, writing, mathematics = (t[s] for s in ("reading", "writing", "mathematics"))
    met = [marks >= EXPECTED for marks in (reading, writing, mathematics)]
    return out | {
        "KS2_ACADYR": out["year"].astype(np.int16),
        "KS2_NATRES": _flag(np.ones(len(reading))),
        "KS2_READEXP": _flag(met[0]),
        "KS2_READHIGH": _flag(reading >= HIGHER),
        "KS2_MATEXP": _flag(met[2]),
        "KS2_MATHIGH": _flag(mathematics >= HIGHER),
        "KS2_WRITEXP": _flag(met[1]),
        "KS2_RWMEXP": _flag(met[0] & met[1] & met[2]),
    }


def _ks4(log, where: np.ndarray, year: np.ndarray) -> Table:
    t, out = _rows(log, where, year)
    return out | {
        "KS4_ACADYR": out["year"].astype(np.int16),
        "KS4_NATRES": _flag(np.ones(len(out["year"]))),
        "KS4_ATT8": t["attainment_8"].astype(np.int16),
        "KS4_LEVEL2_EM_94": _flag((t["reading"] >= LEVEL_2) & (t["mathematics"] >= LEVEL_2)),
    }
