"""The official codes of the world, as tuples in the order of the integers that stand for them in the logs.

Taken from the published code sets of the children in need census and SSDA903. Depends on nothing.
"""

from functools import cache

import numpy as np

REGIONS = (
    "North East", "North West", "Yorkshire and the Humber", "East Midlands", "West Midlands",
    "East of England", "London", "South East", "South West",
)  # fmt: skip
ETHNICITY = (
    "WBRI", "WIRI", "WIRT", "WROM", "WOTH", "MWBC", "MWBA", "MWAS", "MOTH", "AIND", "APKN", "ABAN", "AOTH",
    "BCRB", "BAFR", "BOTH", "CHNE", "OOTH", "REFU", "NOBT",
)  # fmt: skip
DISABILITY = ("MOB", "HAND", "PC", "INC", "COMM", "LD", "HEAR", "VIS", "BEH", "CON", "AUT", "DDA")
SOURCE = (
    "1A", "1B", "1C", "1D", "2A", "2B", "3A", "3B", "3C", "3D", "3E", "3F", "4", "5A", "5B", "5C", "5D", "6",
    "7", "8", "9", "10",
)  # fmt: skip
NEED = ("N0", "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9")
CLOSURE = ("RC1", "RC2", "RC3", "RC4", "RC5", "RC6", "RC7", "RC8", "RC9")
FACTOR = (
    "1A", "1B", "1C", "2A", "2B", "2C", "3A", "3B", "3C", "4A", "4B", "4C", "5A", "5B", "5C", "6A", "6B",
    "6C", "7A", "8B", "8C", "8D", "8E", "8F", "9A", "10A", "11A", "12A", "13A", "14A", "15A", "16A", "17A",
    "18B", "18C", "19B", "19C", "20", "21", "22A", "23A", "24A",
)  # fmt: skip
ABUSE = ("NEG", "PHY", "SAB", "EMO", "MUL")
END_OF_PLAN = ("open", "planned end", "care", "turned 18", "transfer", "death")

RNE = ("S", "L", "P", "T", "B", "U")
LEGAL_STATUS = ("C1", "C2", "D1", "E1", "V2", "V3", "V4", "L1", "L2", "L3", "J1", "J2", "J3")
PLACE = (
    "A3", "A4", "A5", "A6", "K1", "K2", "K3", "P1", "P2", "P3", "H5", "R1", "R2", "R3", "R5", "S1", "T0",
    "T1", "T2", "T3", "T4", "U1", "U2", "U3", "U4", "U5", "U6", "Z1",
)  # fmt: skip
PROVIDER = ("PR0", "PR1", "PR2", "PR3", "PR4", "PR5")
REC = (
    "X1", "E11", "E12", "E2", "E3", "E4A", "E4B", "E13", "E41", "E45", "E46", "E47", "E48", "E5", "E6",
    "E7", "E8", "E9", "E14", "E15", "E16", "E17",
)  # fmt: skip
PLACE_CHANGE = (
    "CARPL", "CLOSE", "ALLEG", "STAND", "APPRR", "CREQB", "CREQO", "CHILD", "LAREQ", "PLACE", "CUSTOD",
    "OTHER",
)  # fmt: skip


def is_in(values: np.ndarray, chosen: tuple[int, ...] | list[int]) -> np.ndarray:
    """Which small integers (−1 to 126) are among the chosen ones; much faster than a set search."""
    return _table(tuple(chosen))[values]


@cache
def _table(chosen: tuple[int, ...]) -> np.ndarray:
    table = np.zeros(128, dtype=bool)
    table[list(chosen)] = True
    return table


def index(codes: tuple[str, ...], code: str) -> int:
    """The integer that stands for ``code`` in the logs."""
    return codes.index(code)
