"""The year of a return, its edges, and working days."""

import numpy as np
import pytest
from hand_made import day

from catalyst.records import calendar


@pytest.mark.parametrize(
    ("on", "year"),
    [
        ("2014-03-31", 2014),
        ("2014-04-01", 2015),
        ("2014-12-31", 2015),
        ("2015-01-01", 2015),
        ("2016-02-29", 2016),
    ],
)
def test_a_return_is_named_by_the_year_in_which_it_ends(on, year):
    assert calendar.year_of(np.array([day(on)])).tolist() == [year]


def test_a_year_runs_from_1_april_to_31_march():
    assert calendar.first_day(2025) == day("2024-04-01")
    assert calendar.last_day(np.array([2024, 2025])).tolist() == [day("2024-03-31"), day("2025-03-31")]
    every = np.arange(calendar.first_day(2015), calendar.last_day(2025) + 1)
    years = calendar.year_of(every)
    assert (calendar.first_day(years) <= every).all()
    assert (every <= calendar.last_day(years)).all()


def test_the_first_of_the_month_of_never_is_never():
    days = np.array([day("2016-02-29"), -1, day("2016-03-01")])
    assert calendar.first_of_month(days).tolist() == [day("2016-02-01"), -1, day("2016-03-01")]
