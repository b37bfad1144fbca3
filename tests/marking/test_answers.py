import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from catalyst.errors import CourseError
from catalyst.marking.answers import MOST_ROWS, decode, encode, fingerprint


def there_and_back(answer):
    return decode(json.loads(json.dumps(encode(answer))))


@pytest.mark.parametrize(
    "answer",
    [
        0,
        -7,
        2**60,
        0.1 + 0.2,
        1e-300,
        True,
        "text – £",
        "",
        None,
        pd.Timestamp("2020-03-31 12:34:56.789"),
        pd.Timedelta(days=3, hours=4),
        pd.Interval(0, 3, closed="left"),
        [1, 2.5, "a", None],
        {"EMO": 0.25, ("a", 1): 2, 3: "x"},
        [],
        {},
    ],
)
def test_scalars_and_lists_round_trip_exactly(answer):
    back = there_and_back(answer)
    assert back == answer and type(back) is type(answer)


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), -float("inf")])
def test_numbers_that_are_not_finite_round_trip(answer):
    assert repr(there_and_back(answer)) == repr(answer)


@pytest.mark.parametrize(
    ("given", "back"),
    [
        (np.float64(0.7), 0.7),
        (np.int16(4), 4),
        (np.bool_(True), True),
        (np.array(3.5), 3.5),
        (np.array([1, 2]), [1, 2]),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (np.datetime64("2020-01-02"), pd.Timestamp("2020-01-02")),
    ],
)
def test_numpy_and_tuples_come_back_plain(given, back):
    assert there_and_back(given) == back


@pytest.mark.parametrize(
    "series",
    [
        pd.Series([1.5, np.nan, 1 / 3], index=["a", "b", "c"], name="share"),
        pd.Series([1, 2], index=pd.Index([2019, 2020], name="Year"), dtype="int16"),
        pd.Series(pd.to_datetime(["2020-01-01", None]), index=[True, False]),
        pd.Series(pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True)),
        pd.Series([1, 2, 3], index=pd.CategoricalIndex(["NEG", "EMO", "PHY"], name="category")),
        pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", None])),
        pd.Series([1.0, 2.0], index=pd.IntervalIndex.from_breaks([0, 3, 6])),
        pd.cut(pd.Series([1, 4]), [0, 3, 6]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series(["a", None], dtype="string"),
        pd.Series([True, False]),
        pd.Series([], dtype="float64"),
    ],
)
def test_series_round_trip_with_labels_and_dtypes(series):
    assert_series_equal(there_and_back(series), series, check_freq=False, check_exact=True)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"n": [1, 2], "share": [0.1, np.nan], "day": pd.to_datetime(["2020-01-01", None])}),
        pd.DataFrame({"c": pd.Categorical(["a", "b"])}, index=pd.Index([5, 9], name="id")),
        pd.DataFrame({2019: [1.0], 2020: [2.0]}, index=["x"]),
        pd.DataFrame({"a": pd.Series([], dtype="int64")}),
    ],
)
def test_frames_round_trip(frame):
    assert_frame_equal(there_and_back(frame), frame, check_exact=True)


def test_what_no_key_can_hold_is_refused():
    with pytest.raises(CourseError, match="cannot hold"):
        encode(object())
    with pytest.raises(CourseError, match="cannot hold"):
        encode([1, ...])
    with pytest.raises(CourseError, match="too long to mark"):
        encode(pd.Series(range(MOST_ROWS + 1)))


def test_fingerprint_is_of_the_content_not_its_order():
    assert fingerprint({"a": 1, "b": [1, 2]}) == fingerprint({"b": [1, 2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 1.5})
    assert len(fingerprint({})) == 64
