"""Births: one record for every child born here since April 1997, as maternity services keep them.

They reach back before the other returns, so that a child who is older in the window has one too. Depends on
the world's children, families and log, and on columns and calendar.
"""

import numpy as np

from catalyst.records.calendar import first_of_month
from catalyst.records.columns import Codes, Days, Table, rows_of
from catalyst.world import codes

AGE_BANDS = ("under 18", "18-19", "20-24", "25-29", "30-34", "35-39", "40 and over")
_AGES = np.array([18, 20, 25, 30, 35, 40])
SEX = ("1", "2")
_LETTER = {
    "WBRI": "A", "WIRI": "B", "MWBC": "D", "MWBA": "E", "MWAS": "F", "MOTH": "G", "AIND": "H", "APKN": "J",
    "ABAN": "K", "AOTH": "L", "BCRB": "M", "BAFR": "N", "BOTH": "P", "CHNE": "R", "OOTH": "S",
}  # fmt: skip
ETHNOS = tuple("ABCDEFGHJKLMNPRSZ")
# What is neither in the health service's list nor one of the other White groups is not stated.
_ETHNOS_OF = np.array(
    [
        ETHNOS.index(_LETTER.get(code, "C" if code in ("WIRT", "WROM", "WOTH") else "Z"))
        for code in codes.ETHNICITY
    ],
    dtype=np.int8,
)


def ethnos(ethnicity: np.ndarray) -> Codes:
    """Ethnic category as the health service codes it, from the index into codes.ETHNICITY."""
    return Codes(_ETHNOS_OF[ethnicity], ETHNOS)


def returns(lives) -> dict[str, Table]:
    """The table of births of some whole families.

    Returns
    -------
    dict with ``births``
    """
    log = lives.newborns
    c = rows_of(lives.children["child"], log["child"])
    family = lives.children["family"][c]
    f = rows_of(lives.families["family"], family)
    flags = {
        "LowIncomeNoted": "low_income",
        "SmokingAtBooking": "smoking",
        "LateBooking": "late_booking",
        "ParentalMentalHealthNoted": "mental",
        "ParentalSubstanceMisuseNoted": "substance",
        "DomesticAbuseNoted": "abuse",
    }
    return {
        "births": {
            "family": family,
            "child": log["child"],
            "parent": family * 2,
            "PersonBirthDate": Days(first_of_month(log["day"]).astype(np.int32)),
            "SEX": Codes(lives.children["sex"][c] - 1, SEX),
            "ETHNOS": ethnos(lives.children["ethnicity"][c]),
            "IDACIDecile": lives.families["decile"][f],
            "GESTAT": log["weeks"],
            # Read from the scales to the nearest hundred grams.
            "BirthWeight": (np.rint(log["grams"] / 100) * 100).astype(np.int16),
            "NeonatalUnitDays": log["neonatal_days"],
            "MotherAgeBand": Codes(np.searchsorted(_AGES, log["mother_age"], "right"), AGE_BANDS),
            **{name: log[column].astype(np.int8) for name, column in flags.items()},
        }
    }
