"""Absence, exclusions and the roll in the national pupil database: ranges, gaps, what is not collected."""

import numpy as np
import pytest

from catalyst.records import npd_absence, npd_exclusions, npd_off_roll
from catalyst.release import schema

TABLES = ("absence", "exclusions", "alternative_provision", "home_education", "missing_education")


@pytest.fixture(scope="module")
def absence(real):
    return npd_absence.returns(real)["absence"]


@pytest.fixture(scope="module")
def released(released_of):
    return released_of(TABLES)


def test_nobody_misses_more_than_was_possible(absence):
    for term in npd_absence.TERMS:
        possible = absence[f"SessionsPossible_{term}"]
        there = possible > 0
        authorised, without = absence[f"AuthorisedAbsence_{term}"], absence[f"UnauthorisedAbsence_{term}"]
        assert (authorised + without)[there].max() <= 140
        assert ((authorised + without) <= possible)[there].all()
        parts = absence[f"TermlyReasonI_{term}"] + absence[f"TermlyReasonM_{term}"]
        assert (parts <= authorised)[there].all()
        assert (authorised[~there] == -1).all()


def test_spring_and_summer_2020_were_not_collected(absence):
    year = absence["AcademicYear"]
    for term in ("Spring", "Summer"):
        assert (absence[f"SessionsPossible_{term}"][year == 2020] == -1).all()
        assert (absence[f"SessionsPossible_{term}"][year == 2019] > 0).mean() > 0.9
    assert (absence["SessionsPossible_Summer"][year == 2025] == -1).all()


def test_sessions_while_suspended_are_in_the_authorised_absence(absence, real):
    days = npd_exclusions.returns(real)["exclusions"]["Sessions"]
    assert 0.7 * days[days > 0].sum() < absence["AnnualReasonE"].sum() <= days[days > 0].sum()


def test_a_pupil_off_the_roll_for_a_year_has_no_row(absence, real):
    log = real.off_roll
    off = (log["kind"] == 3) & (log["start"] < np.datetime64("2022-08-31").astype(int))
    off &= (log["end"] < 0) | (log["end"] > np.datetime64("2023-08-31").astype(int))
    assert off.any()
    assert not np.isin(log["child"][off], absence["child"][absence["AcademicYear"] == 2023]).any()


def test_short_spells_out_of_education_are_not_recorded(real):
    table = npd_off_roll.returns(real)["missing_education"]
    ended = table["EndDate"].days >= 0
    assert (table["EndDate"].days - table["StartDate"].days)[ended].min() >= npd_off_roll.NOTICED


def test_fixed_period_exclusions_became_suspensions(real):
    table = npd_exclusions.returns(real)["exclusions"]
    names = np.array(table["Category"].codes)[table["Category"].index]
    early = table["AcademicYear"] < 2021
    assert set(names[early]) <= {"FIXD", "PERM"}
    assert set(names[~early]) <= {"SUSP", "PERM"}


@pytest.mark.parametrize("name", TABLES)
def test_release_keeps_its_schema(released, name):
    schema.table(name).validate(released[name])
