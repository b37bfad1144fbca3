"""Births, hospital and mental health contacts as they are written down."""

import numpy as np
import pytest

from catalyst.records import birth, hospital, mental_health
from catalyst.records.columns import rows_of
from catalyst.world.clock import day
from catalyst.world.codes import ETHNICITY


@pytest.fixture(scope="module")
def written(real):
    return birth.returns(real) | hospital.returns(real) | mental_health.returns(real)


def test_weights_are_read_to_a_hundred_grams_and_birthdays_to_the_month(written, real):
    births = written["births"]
    assert (births["BirthWeight"] % 100 == 0).all()
    days = births["PersonBirthDate"].days.astype("datetime64[D]")
    assert (days == days.astype("datetime64[M]")).all()
    assert len(births["child"]) == len(real.newborns["child"])


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("births", ["family", "PersonBirthDate"]),
        ("hospital_admissions", ["family", "PersonBirthDate", "ADMIDATE", "EPIORDER"]),
        ("emergency_attendances", ["family", "PersonBirthDate", "ArrivalDate", "AttendanceNumber"]),
        ("mental_health_referrals", ["family", "PersonBirthDate", "ReferralDate"]),
        ("mental_health_contacts", ["family", "PersonBirthDate", "ReferralDate", "ContactNumber"]),
        ("parent_health_contacts", ["parent", "ContactDate", "ContactNumber"]),
    ],
)
def test_key_names_one_row(written, table, key):
    columns = [getattr(written[table][name], "days", written[table][name]) for name in key]
    rows = np.unique(np.column_stack(columns), axis=0)
    assert len(rows) == len(columns[0])


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("hospital_admissions", "ADMIDATE"),
        ("emergency_attendances", "ArrivalDate"),
        ("mental_health_contacts", "ContactDate"),
        ("parent_health_contacts", "ContactDate"),
    ],
)
def test_rows_lie_in_the_window(written, table, column):
    days = written[table][column].days
    assert days.min() >= day("2014-04-01")
    assert days.max() <= day("2025-03-31")


def test_age_at_the_start_counts_babies_in_bands():
    days = np.array([0, 1, 6, 7, 28, 29, 90, 91, 300, 364, 365, 400, 17 * 366])
    ages = hospital.start_age(np.zeros(len(days), dtype=int), days)
    assert ages.tolist() == [7001, 7002, 7002, 7003, 7003, 7004, 7004, 7005, 7007, 7007, 1, 1, 17]


def test_self_harm_has_a_cause_and_nothing_else_has(written):
    stays = written["hospital_admissions"]
    main = np.array(stays["DIAG_01"].codes)[stays["DIAG_01"].index]
    caused = stays["DIAG_02"].index >= 0
    assert caused.any()
    assert set(main[caused]) == {"T391", "T394", "T430", "T509", "S519"}
    assert not np.isin(main[~caused], ["T391", "T394", "T430", "T509", "S519"]).any()


def test_region_is_that_of_residence_on_the_day(real):
    moves = real.log["moves"]
    row = rows_of(real.families["family"], moves["family"])
    before = hospital.authority_on(real, row, moves["day"] - 1)
    np.testing.assert_array_equal(before, moves["authority_from"])
    np.testing.assert_array_equal(hospital.authority_on(real, row, moves["day"]), moves["authority_to"])


def test_only_linked_parents_are_handed_over(written, real):
    contacts = written["parent_health_contacts"]
    home = rows_of(real.families["family"], contacts["family"])
    father = contacts["Parent"].index == 1
    assert real.families["father_known"][home[father]].all()
    assert real.families["mother_known"][home[~father]].all()
    assert father.mean() < 0.15
    np.testing.assert_array_equal(contacts["parent"], contacts["family"] * 2 + father)


def test_every_ethnic_group_has_a_letter():
    letters = birth.ethnos(np.arange(len(ETHNICITY)))
    named = dict(zip(ETHNICITY, np.array(letters.codes)[letters.index], strict=True))
    assert named["WBRI"] == "A"
    assert named["WROM"] == "C"
    assert named["OOTH"] == "S"
    assert named["REFU"] == "Z"
