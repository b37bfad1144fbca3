"""Every layer of check for a number or a choice: what is given, and what must be said."""

import decimal
import math

import matplotlib
import numpy as np
import pandas as pd
import pytest
from entries import entry, said

from catalyst.marking.check import mark

matplotlib.use("Agg")

SHARE = entry(
    "number",
    0.704,
    unit="proportion",
    tolerance=0.005,
    mistakes=[("ended_only", 0.62, "You divided by plans that have ended."), ("children", 0.66, "Children.")],
    accept=[(0.74, "The Kaplan–Meier value answers it too.")],
    truth={
        "scale": "probability",
        "estimand": "from the hazards",
        "superpopulation": 0.7123,
        "realised": 0.702,
        "parameter": "t1.year",
    },
)
SERIES_KEY = entry("series", pd.Series([3.0, 5.5], index=["NEG", "PHY"]), tolerance=0.1)


# --- not attempted -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        ...,
        [...],
        [..., ...],
        (...,),
        {"a": ..., "b": ...},
        pd.Series([..., ...]),
        pd.DataFrame({"a": [...], "b": [...]}),
        np.array([..., ...], dtype=object),
    ],
)
def test_untouched_answers_are_not_attempted(answer):
    assert said(SHARE, answer, "blank") == "t1.3 not attempted yet."


def test_half_filled_answers_are_begun():
    message = said(entry("order", ["a", "b", "c"], options=["a", "b", "c"]), ["a", ..., ...], "shape")
    assert message == "t1.3 is begun: 2 of 3 parts of your answer are still '...'."


# --- one number --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [0.704, 0.70, 0.709, np.float32(0.704), np.array(0.704), decimal.Decimal("0.704")]
)
def test_a_number_within_tolerance_is_correct_and_shows_the_truth(answer):
    assert said(SHARE, answer, "correct") == (
        "Correct: 0.70. The hazards that made these data give 0.71; this population's own figure is 0.70."
    )


@pytest.mark.parametrize(
    "answer", [pd.Series([0.704]), pd.DataFrame({"a": [0.704]}), [0.704], np.array([0.704])]
)
def test_one_value_in_a_holder_is_taken_and_said(answer):
    assert said(SHARE, answer, "correct").endswith("; its one value was taken.)")


def test_a_second_answer_is_accepted_with_its_reason():
    assert "The Kaplan–Meier value answers it too." in said(SHARE, 0.741, "correct")
    assert said(SHARE, 0.741, "correct").startswith("Correct: 0.74.")


def test_without_a_truth_only_the_answer_is_shown():
    assert said(entry("number", 1234.56, tolerance=0.5, unit="days"), 1234.4, "correct") == "Correct: 1,235."


def test_a_log_truth_is_told_on_the_scale_of_the_question():
    known = entry(
        "number",
        1.25,
        tolerance=0.01,
        unit="hazard ratio",
        truth={"scale": "log hazard ratio", "planted": math.log(1.3)},
    )
    assert said(known, 1.25, "correct") == "Correct: 1.25. The value planted in these data is 1.30."


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("0.7", "That is text, '0.7', not a number: write it without quotation marks."),
        (True, "That is True, which is true or false, not a number."),
        (np.bool_(False), "That is False, which is true or false, not a number."),
        (None, "Your answer is None: a function that only prints or changes in place gives back None."),
        (math.nan, "Your answer is missing (NaN)"),
        (pd.NA, "Your answer is missing (NaN)"),
        (pd.NaT, "Your answer is missing (NaN)"),
        (pd.Series([np.nan]), "Your answer is missing (NaN)"),
        (math.inf, "Your answer is infinite: something was divided by nothing."),
        (pd.Series([0.7, 0.8]), "That is a Series with 2 values; the question has one answer."),
        (
            pd.DataFrame({"a": [1, 2]}),
            "That is a DataFrame with 2 rows and 1 column; the question has one answer.",
        ),
        ({"a": 1}, "That is a dictionary with 1 value, not a number."),
        ({0.7}, "That is a set with 1 value, not a number."),
        ([], "That is a list with 0 values; the question has one answer."),
        (1j, "That is a complex, not a number."),
        (pd.Timestamp("2020-01-01"), "That is a date, not a number."),
        (pd.Timedelta(days=3), "That is a length of time, not a number."),
        (print, "That is a function that has not been called: write print() with its brackets."),
        (pd.Series([1]).mean, "That is a function that has not been called: write mean() with its brackets."),
        (lambda: 0.7, "That is a function that has not been called"),
        (pd.Series, "That is the class Series, not a value."),
        (pd, "That is the module pandas, not a value."),
        (pd.DataFrame({"a": [1]}).groupby("a"), "That is a grouping without a sum, a mean or a count"),
        ((x for x in [1]), "That is a generator that has not been run"),
    ],
)
def test_what_is_not_a_number_is_told_as_what_it_is(answer, message):
    given = said(SHARE, answer, "type")
    assert given.startswith(message) and given.endswith("Give a proportion between 0 and 1.")


def test_figures_and_fitted_models_are_told():
    from lifelines import KaplanMeierFitter
    from matplotlib.figure import Figure

    figure = Figure()
    assert said(SHARE, figure, "type").startswith("That is a figure (Figure), not the numbers in it.")
    assert said(SHARE, figure.subplots(), "type").startswith("That is a figure (Axes)")
    assert said(SERIES_KEY, figure, "type").endswith("Give a pandas Series with a value for each label.")
    fitter = KaplanMeierFitter().fit([1, 2, 3])
    assert said(SHARE, fitter, "type").startswith("That is a fitted lifelines model (KaplanMeierFitter).")


def test_a_length_of_time_is_told_how_to_become_a_number():
    known = entry("number", 9.3, tolerance=0.1, unit="months")
    assert "divide it by pd.Timedelta(days=1)" in said(known, pd.Timedelta(days=280), "type")
    assert "divide it by pd.Timedelta(days=1)" in said(known, np.timedelta64(280, "D"), "type")


def test_named_mistakes_come_before_all_else_about_the_value():
    verdict = mark("t1.3", SHARE, 0.621)
    assert (verdict.layer, verdict.name) == ("value", "ended_only")
    assert verdict.message == "You divided by plans that have ended."


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (71.2, "That looks like a percentage. Give a proportion between 0 and 1."),
        (0.296, "That is the complement, 1 − p"),
        (-0.704, "A proportion cannot be below 0."),
        (1.3, "A proportion cannot be above 1"),
        (704, "That looks like a count."),
        (0.711, "Very near: 0.71 is a little too high."),
        (0.64, "Not yet: 0.64 is too low, by less than a tenth of the answer."),
        (0.5, "Not yet: 0.50 is too low, by less than half of the answer."),
        (0.1, "Not yet: 0.10 is too low, by a long way."),
    ],
)
def test_wrong_proportions_are_told_usefully(answer, part):
    message = said(SHARE, answer, "value")
    assert message.startswith(part)
    assert "0.70" not in message and "0.704" not in message


@pytest.mark.parametrize(
    ("unit", "right", "answer", "part"),
    [
        ("percent", 70.4, 0.704, "That looks like a proportion. Give a percentage between 0 and 100."),
        ("percent", 70.4, 0.5, "That looks like a proportion."),
        ("percent", 70.4, 29.6, "That is the complement, 100 − p"),
        ("percent", 70.4, 170, "A percentage of a group cannot be above 100"),
        ("months", 9.3, 9.3 * 30.4375, "That looks like a number of days. Give it in months"),
        ("months", 9.3, 279, "That looks like a number of days."),
        ("months", 9.3, 9.3 * 30.4375 / 7, "That looks like a number of weeks."),
        ("months", 9.3, 9.3 / 12, "That looks like a number of years."),
        ("months", 40.0, 40 * 30.4375 / 30, "You seem to have taken 30 days as a month."),
        ("months", 40.0, 40 * 30.4375 / 28, "You seem to have taken 28 days as a month."),
        ("months", 9.3, -9.3, "A length of time cannot be below 0"),
        ("days", 280.0, 9.2, "That looks like a number of months. Give it in days"),
        ("days", 280.0, 40.0, "That looks like a number of weeks."),
        ("years", 2.5, 913, "That looks like a number of days."),
        ("hazard ratio", 1.8, math.log(1.8), "That looks like a log hazard ratio (the coefficient)."),
        (
            "hazard ratio",
            0.6,
            math.log(0.6),
            "A hazard ratio cannot be below 0: that looks like a log hazard ratio.",
        ),
        ("hazard ratio", 1.8, 1 / 1.8, "That is the hazard ratio turned round"),
        ("hazard ratio", 1.8, 0.8, "That is how much above 1 the hazard ratio is."),
        ("hazard ratio", 1.8, 80, "That is a change in percent."),
        ("odds ratio", 3.0, math.log(3), "That looks like a log odds ratio"),
        (
            "log hazard ratio",
            0.59,
            math.exp(0.59),
            "That looks like a hazard ratio. Give the log hazard ratio",
        ),
        ("log hazard ratio", 0.59, -0.59, "The size is right and the sign is reversed"),
        ("log odds ratio", 1.1, math.exp(1.1), "That looks like an odds ratio."),
        ("difference", -0.09, 0.09, "The size is right and the sign is reversed"),
        ("difference", -0.09, -9.0, "That looks like percentage points. Give a difference of proportions."),
        ("percentage points", -2.4, -0.024, "That looks like a difference of proportions."),
        ("difference", 0.008, -0.003, "Not yet: -0.003 has the wrong sign."),
        ("per 10,000", 42.0, 4.2, "That looks like a rate per 1,000. Give a rate per 10,000."),
        ("per 10,000", 42.0, 0.0042, "That looks like a proportion. Give a rate per 10,000."),
        ("per 1,000", 4.2, 0.42, "That looks like a percentage. Give a rate per 1,000."),
    ],
)
def test_slips_of_unit_are_named(unit, right, answer, part):
    tolerance = 0.1 if unit in ("months", "percent", "days") else 0.001 if abs(right) < 1 else 0.01
    message = said(entry("number", right, unit=unit, tolerance=tolerance), answer, "value")
    assert message.startswith(part)


def test_a_slip_that_changes_nothing_is_not_named():
    known = entry("number", 0.499, unit="proportion", tolerance=0.005)
    assert said(known, 0.506, "value").startswith("Very near")


def test_rounding_too_soon_is_told():
    known = entry("number", 9.347, tolerance=0.005, unit="months")
    assert said(known, 9.3, "value").startswith("Very near, and perhaps rounded too soon")


@pytest.mark.parametrize(
    ("unit", "right", "answer"),
    [("odds ratio", 1.27, 1.0), ("proportion", 0.912, 1.0), ("proportion", 0.034, 0.0), ("", 0.96, 1)],
)
def test_another_round_number_is_not_taken_for_rounding(unit, right, answer):
    message = said(entry("number", right, tolerance=0.002, unit=unit), answer, "value")
    assert "round" not in message, message


@pytest.mark.parametrize(
    ("unit", "right", "answer", "part"),
    [
        ("odds ratio", 1.213, 1.225, "One column more or less held fixed"),
        ("odds ratio", 1.213, 1.4, "Look again at which groups are compared"),
        ("proportion", 0.704, 0.6, "Look again at what is divided by what"),
        ("months", 9.3, 7.0, "Look again at who is counted, and from when."),
    ],
)
def test_where_to_look_again_hangs_on_what_was_asked(unit, right, answer, part):
    assert part in said(entry("number", right, tolerance=0.004, unit=unit), answer, "value")


@pytest.mark.parametrize("answer", [5, 8, 9, 14])
def test_nothing_is_near_a_number_that_can_be_counted_by_hand(answer):
    message = said(entry("integer", 7, unit="plans"), answer, "value")
    assert message.startswith(f"Not yet: {answer} is too {'high' if answer > 7 else 'low'}. ")
    assert "7" not in message and "one or two" not in message


# --- whole numbers -----------------------------------------------------------------------------------

COUNT = entry("integer", 1204, unit="plans", mistakes=[("mean", 1204.5, "A mean."), ("rows", 1300, "Rows.")])


def test_whole_numbers():
    assert said(COUNT, 1204.0, "correct") == "Correct: 1,204."
    assert said(COUNT, np.int32(1204), "correct") == "Correct: 1,204."
    assert said(COUNT, 1204.4, "shape").startswith("The answer is a whole number, and yours is 1204.4.")
    assert said(COUNT, 1204.5, "value") == "A mean."
    assert said(COUNT, 1203, "value").startswith("Very near: 1,203 is too low by one or two.")
    assert said(COUNT, 1300, "value") == "Rows."
    assert said(COUNT, "1204", "type").endswith("Give a whole number of plans.")


# --- choices -----------------------------------------------------------------------------------------

OPTIONS = ["mean of ended plans", "median", "share of open plans"]


def test_a_choice():
    known = entry(
        "choice", "median", options=OPTIONS, mistakes=[("mean", OPTIONS[0], "Leaves out open plans.")]
    )
    assert said(known, "Median ", "correct") == "Correct: median."
    assert said(known, OPTIONS[0], "value") == "Leaves out open plans."
    assert said(known, OPTIONS[2], "value").startswith("Not 'share of open plans'.")
    assert said(known, "medain", "shape").startswith(
        "'medain' is not one of the options. Did you mean 'median'?"
    )
    assert said(known, 2, "type").startswith("That is a single number, 2. Choose one of: mean of ended plans")
    assert said(known, pd.Series(["median", "mean"]), "type").startswith("That is a Series with 2 values.")


def test_several_choices_in_any_order():
    known = entry("choices", ["a", "c"], options=["a", "b", "c", "d"])
    for answer in (["c", "a"], {"a", "c"}, ("A", "C"), pd.Series(["a", "c"])):
        assert said(known, answer, "correct") == "Correct."
    assert (
        said(known, ["a", "b"], "value")
        == "Not yet: 1 of your 2 belongs in the answer, and 1 more is needed."
    )
    assert (
        said(known, ["a", "b", "c"], "value")
        == "Not yet: 2 of your 3 belong in the answer, and no other is needed."
    )
    assert said(known, ["a", "x"], "shape").startswith("'x' is not one of the options.")
    assert said(known, ["a", "a"], "type").startswith("'a' stands in your list twice.")
    assert said(known, "a", "type").startswith("That is text, 'a', not a list.")


def test_an_order():
    known = entry("order", ["c", "a", "b"], options=["a", "b", "c"])
    assert said(known, ["c", "a", "b"], "correct") == "Correct."
    assert said(known, ["c", "b", "a"], "value") == (
        "Not yet: the order is right as far as step 1; look again from step 2."
    )
    assert said(known, ["c", "a"], "value").startswith("Not yet: your list has 2 steps")
    assert said(known, {"c", "a", "b"}, "type").startswith("A set has no order.")
