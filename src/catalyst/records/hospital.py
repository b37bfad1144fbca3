"""Hospital: admissions as in Hospital Episode Statistics, and attendances at emergency departments.

Hospital sees who comes, not who is unwell. Depends on the world's children, families and log, and on columns
and calendar.
"""

import numpy as np

from catalyst.records.birth import SEX, ethnos
from catalyst.records.calendar import first_day, first_of_month
from catalyst.records.columns import Codes, Days, Table, rows_of, running_number, take
from catalyst.world import hospital

FIRST = int(first_day(2015))
# Regions in the order of codes.REGIONS, as the letters of government office regions.
RESGOR = ("A", "B", "D", "E", "F", "G", "H", "J", "K")
ADMIMETH = ("11", "21", "28")  # elective from a waiting list, emergency department, other emergency
_DIAGNOSES = (
    ("S008", "S099", "S525", "S610", "S820", "T149", "T180", "T200"),
    ("A099", "B349", "J069", "J219", "J459", "K358", "N390", "R560"),
    ("T391", "T394", "T430", "T509", "S519"),
    ("F320", "F412", "F430", "R458"),
    ("J459", "G409", "E109", "Z098"),
    ("F200", "F322", "F500", "F603"),
)
DIAGNOSES = tuple(sorted({code for some in _DIAGNOSES for code in some}))
_HARM = {"T391": "X60", "T394": "X60", "T430": "X61", "T509": "X64", "S519": "X78"}
CAUSES = ("X60", "X61", "X64", "X78")
_BABY_DAYS = np.array([1, 7, 29, 91, 182, 273, 365])
REASONS = hospital.REASONS[:4]
_YOUNG_ILLNESS = (2, 3, 4, 7)  # colds, bronchiolitis, asthma, convulsions: instead of appendicitis and others


def returns(lives) -> dict[str, Table]:
    """Admissions and emergency attendances of some whole families.

    Returns
    -------
    dict with ``hospital_admissions`` and ``emergency_attendances``
    """
    return {"hospital_admissions": _admissions(lives), "emergency_attendances": _attendances(lives)}


def people(lives, child: np.ndarray, day: np.ndarray) -> Table:
    """Who the patient is, for one record each.

    Parameters
    ----------
    child : ids of children
    day : day of the record, on which the region is that of residence
    """
    c = rows_of(lives.children["child"], child)
    family = lives.children["family"][c]
    f = rows_of(lives.families["family"], family)
    return {
        "family": family,
        "child": child,
        "PersonBirthDate": Days(first_of_month(lives.children["birth"][c]).astype(np.int32)),
        "SEX": Codes(lives.children["sex"][c] - 1, SEX),
        "ETHNOS": ethnos(lives.children["ethnicity"][c]),
        "RESGOR": Codes(lives.places.region[authority_on(lives, f, day)].astype(np.int8), RESGOR),
        "IDACIDecile": lives.families["decile"][f],
    }


def authority_on(lives, row: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Authority in which a family lives on a day.

    Parameters
    ----------
    row : rows of families
    day : days, of the same shape
    """
    moves = lives.log["moves"]
    mover = rows_of(lives.families["family"], moves["family"]).astype(np.int64)
    order = np.lexsort((moves["day"], mover))
    mover, moved = mover[order], moves["day"][order]
    # The first move after the day says where the family was before it; without one it is where it ends up.
    after = np.searchsorted(mover * 100_000 + moved, row.astype(np.int64) * 100_000 + day, "right")
    place = lives.families["authority"][row].copy()
    found = np.flatnonzero(after < len(mover))
    found = found[mover[after[found]] == row[found]]
    place[found] = moves["authority_from"][order][after[found]]
    return place


def start_age(birth: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Age at the start of an episode: years, and 7001 to 7007 in the first year of life."""
    days = day - birth
    baby = 7001 + np.searchsorted(_BABY_DAYS, days, "right")
    return np.where(days < 365, np.minimum(baby, 7007), np.maximum(days / 365.25, 1)).astype(np.int16)


def _admissions(lives) -> Table:
    log = take(lives.admissions, np.flatnonzero(lives.admissions["day"] >= FIRST))
    who = people(lives, log["child"], log["day"])
    c = rows_of(lives.children["child"], log["child"])
    birth, condition = lives.children["birth"][c], lives.children["condition"][c]
    main = _diagnosis(log["reason"], log["detail"], condition, log["day"] - birth)
    harm = np.array([CAUSES.index(_HARM[d]) if d in _HARM else -1 for d in DIAGNOSES])[main]
    how = np.select([log["reason"] == hospital.PLANNED, log["reason"] == hospital.MENTAL], [0, 2], 1)
    return who | {
        "ADMIDATE": Days(log["day"]),
        "EPIORDER": running_number(log["child"], log["day"]),
        "DISDATE": Days(log["discharge"]),
        "ADMIMETH": Codes(how.astype(np.int8), ADMIMETH),
        "STARTAGE": start_age(birth, log["day"]),
        "DIAG_01": Codes(main, DIAGNOSES),
        "DIAG_02": Codes(np.where(log["reason"] == hospital.SELF_HARM, harm, -1), CAUSES),
    }


def _diagnosis(reason, detail, condition, age_days) -> np.ndarray:
    """Index into DIAGNOSES of the main diagnosis."""
    size = np.array([len(some) for some in _DIAGNOSES])
    table = np.zeros((len(_DIAGNOSES), size.max()), dtype=np.int64)
    for k, some in enumerate(_DIAGNOSES):
        table[k, : len(some)] = [DIAGNOSES.index(code) for code in some]
    which = detail % size[reason]
    young = (reason == hospital.ILLNESS) & (age_days < 730)
    which = np.where(young, np.array(_YOUNG_ILLNESS)[detail % len(_YOUNG_ILLNESS)], which)
    which = np.where(reason == hospital.PLANNED, np.maximum(condition - 1, 0), which)
    return table[reason, which]


def _attendances(lives) -> Table:
    log = take(lives.attendances, np.flatnonzero(lives.attendances["day"] >= FIRST))
    return people(lives, log["child"], log["day"]) | {
        "ArrivalDate": Days(log["day"]),
        "AttendanceNumber": running_number(log["child"], log["day"]),
        "Reason": Codes(log["reason"], REASONS),
        "Admitted": log["admitted"].astype(np.int8),
    }
