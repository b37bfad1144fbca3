"""Attainment: what pupils show at the end of year 6 and of year 11.

Depends on needs, hardship and engagement.
"""

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock, school_year
from catalyst.world.enrolment import ALTERNATIVE, AT_SCHOOL
from catalyst.world.log import Shape
from catalyst.world.state import Life

MAY = 1  # month of the clock modulo 12
SUBJECTS = ("reading", "writing", "mathematics")
KS2, KS4 = 2, 4
TABLES: dict[str, Shape] = {
    "attainments": Shape(
        {
            "child": "i8", "stage": "i1", "school": "i4", "day": "i4", "reading": "i2", "writing": "i2",
            "mathematics": "i2", "attainment_8": "i2",
        },
        ("child", "stage"), begin="day"),
}  # fmt: skip


def begin(life: Life) -> None:
    """Each child's own aptitude, a standard normal that families share in part; shape (children,)."""
    p = life.parameters["send"]
    people = life.people
    together = p["attainment.siblings"]
    shared = ndtri(life.luck("attainment.family", people.family))[people.child_family]
    own = ndtri(life.luck("attainment.child", people.child))
    life.own.aptitude = np.sqrt(together) * shared + np.sqrt(1 - together) * own


def step(life: Life, month: int) -> None:
    """Key stage 2 tests and GCSEs of this May."""
    if month < 12 * 10:
        return
    group = school_year.academic_year_ending(month) - 5 - life.own.send.born
    at_school = (life.children.roll == AT_SCHOOL) | (life.children.roll == ALTERNATIVE)
    _key_stage_2(life, np.flatnonzero(at_school & (group == 6)), month)
    _key_stage_4(life, np.flatnonzero(at_school & (group == school_year.YEAR_11)), month)


def _score(life: Life, child: np.ndarray, month: int, stage: str) -> np.ndarray:
    """Standard normal score of each child less what holds her back."""
    p, children, people = life.parameters["send"], life.children, life.people
    family = people.child_family[child]
    stage_now = children.stage[child]
    in_care = children.care_row[child] >= 0
    hardship = life.families.low_income | life.own.send.claims
    noise = ndtri(life.luck(f"attainment.{stage}", people.child[child], month))
    own = p["attainment.aptitude"]
    return (
        np.sqrt(own) * life.own.aptitude[child]
        + np.sqrt(1 - own) * noise
        + p.array(f"attainment.{stage}_by_sen")[children.sen[child]]
        + p.array(f"attainment.{stage}_by_engagement")[children.engagement[child]]
        + p["attainment.low_income"] * hardship[family]
        + p["attainment.per_decile"] * (people.decile[family] - 5.5)
        + p[f"attainment.{stage}_known"] * ((children.case[child] > 0) | in_care)
        + p[f"attainment.{stage}_in_need"] * ((stage_now >= 2) | in_care)
        + p["attainment.alternative"] * (children.roll[child] == ALTERNATIVE)
    )


def _day(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    return np.full(len(child), clock.first_day(month) + 10, dtype=np.int32)


def _key_stage_2(life: Life, child: np.ndarray, month: int) -> None:
    """Scaled scores of 80 to 120 in three subjects."""
    if not len(child):
        return
    p = life.parameters["send"]
    score = _score(life, child, month, "ks2")
    shared = p["attainment.ks2_shared"]
    year = int(school_year.academic_year_ending(month))
    marks = {}
    for k, subject in enumerate(SUBJECTS):
        own = ndtri(life.luck("attainment.subject", life.people.child[child], month, draw=k))
        z = score + np.sqrt(1 - shared) * own
        mean = np.interp(year, p.array("attainment.ks2_years"), p.array("attainment.ks2_mean")[k])
        marks[subject] = np.clip(np.round(mean + p["attainment.ks2_sd"] * z), 80, 120)
    life.log["attainments"].add(
        child=life.people.child[child], stage=KS2, school=life.children.school[child],
        day=_day(life, child, month), attainment_8=-1, **marks,
    )  # fmt: skip


def _key_stage_4(life: Life, child: np.ndarray, month: int) -> None:
    """Grades 0 to 9 in English and mathematics, and Attainment 8 in tenths of a point."""
    if not len(child):
        return
    p = life.parameters["send"]
    score = _score(life, child, month, "ks4")
    year = int(school_year.academic_year_ending(month))
    mean = np.interp(year, p.array("attainment.ks4_years"), p.array("attainment.ks4_mean"))
    points = np.clip(mean + p["attainment.ks4_sd"] * score, 0, 90)
    grades = {}
    for k, subject in ((0, "reading"), (2, "mathematics")):
        own = ndtri(life.luck("attainment.subject", life.people.child[child], month, draw=k))
        grade = points / 10 + p["attainment.ks4_subject_mean"] + p["attainment.ks4_subject_sd"] * own
        grades[subject] = np.clip(np.round(grade), 0, 9)
    life.log["attainments"].add(
        child=life.people.child[child], stage=KS4, school=life.children.school[child],
        day=_day(life, child, month), attainment_8=np.round(10 * points), writing=-1, **grades,
    )  # fmt: skip
