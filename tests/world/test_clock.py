"""The clock: months, birthdays and working days."""

import numpy as np
import pytest

from catalyst.world import clock
from catalyst.world.families import birthday


def days(*dates: str) -> np.ndarray:
    return np.array([clock.day(date) for date in dates])


def dates(numbers: np.ndarray) -> list[str]:
    return [str(clock.date(n)) for n in numbers]


def test_months_begin_in_april_1997_and_end_in_march_2025():
    assert dates(clock.first_day(np.array([0, 1, 11, 335, 336]))) == [
        "1997-04-01", "1997-05-01", "1998-03-01", "2025-03-01", "2025-04-01",
    ]  # fmt: skip
    assert clock.date(clock.END) == np.datetime64("2025-03-31")


def test_month_of_a_day_is_the_month_that_holds_it():
    months = np.arange(clock.MONTHS)
    np.testing.assert_array_equal(clock.month_of(clock.first_day(months)), months)
    np.testing.assert_array_equal(clock.month_of(clock.first_day(months + 1) - 1), months)
    assert clock.month_of(days("1997-03-31"))[0] == -1


@pytest.mark.parametrize(
    ("first", "last", "count"), [(-30_000, 90_000, 3_000), (8_000, 20_000, 3_000), (0, 20_000, 9)]
)
def test_the_calendar_is_numpys_own(first, last, count):
    """Few dates or many, inside the centuries that are written out or outside of them."""
    day = np.linspace(first, last, count).astype(np.int32)
    months = day.astype("datetime64[D]").astype("datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int32)
    for told, expected in (
        (clock.calendar_month(day), months.astype(np.int32)),
        (clock.month_start(months.astype(np.int32)), starts),
        (birthday(day, 10), (months + 120).astype("datetime64[D]").astype(np.int32) + day - starts),
    ):
        np.testing.assert_array_equal(told, expected)
        assert told.dtype == np.int32


def test_financial_years_end_in_march():
    assert clock.year_ending(clock.month_of(days("2024-03-31", "2024-04-01", "2025-03-31"))).tolist() == [
        2024,
        2025,
        2025,
    ]


@pytest.mark.parametrize(
    ("born", "age", "turns"),
    [
        ("2000-02-29", 18, "2018-03-01"),
        ("2000-02-29", 16, "2016-02-29"),
        ("2004-02-29", 1, "2005-03-01"),
        ("1999-12-31", 18, "2017-12-31"),
        ("2007-03-31", 18, "2025-03-31"),
        ("1965-07-01", 18, "1983-07-01"),
    ],
)
def test_birthdays(born, age, turns):
    assert dates(birthday(days(born), age)) == [turns]


def test_weekdays_around_a_weekend():
    week = days("2025-03-28", "2025-03-29", "2025-03-30", "2025-03-31")  # Friday to Monday
    assert dates(clock.weekday_at_or_after(week)) == ["2025-03-28", "2025-03-31", "2025-03-31", "2025-03-31"]
    assert dates(clock.weekday_at_or_before(week)) == ["2025-03-28", "2025-03-28", "2025-03-28", "2025-03-31"]


def test_working_days_agree_with_numpy_over_every_start_and_length():
    start = np.repeat(np.arange(20_000, 20_028), 90)
    length = np.tile(np.arange(90), 28)
    ours = clock.add_working_days(start, length)
    theirs = np.busday_offset(start.astype("datetime64[D]"), length, roll="forward")
    np.testing.assert_array_equal(ours, theirs.astype(int))
