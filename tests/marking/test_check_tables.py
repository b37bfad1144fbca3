"""Every layer of check for Series, dictionaries and frames."""

import matplotlib
import pandas as pd
import pytest
from entries import entry, said

matplotlib.use("Agg")

SERIES = pd.Series([3.0, 5.5, 9.1], index=["NEG", "PHY", "EMO"])
TABLE = pd.DataFrame({"Year": [2019, 2020], "n": [10, 20], "share": [0.25, 0.5]})


# --- Series and dictionaries -------------------------------------------------------------------------

SERIES_KEY = entry(
    "series",
    SERIES,
    unit="months",
    tolerance=0.1,
    mistakes=[
        ("doubled", pd.concat([SERIES, pd.Series([1.0], index=["MUL"])]), "MUL is not a category here.")
    ],
)


def test_labels_not_order_decide_a_series():
    assert said(SERIES_KEY, SERIES, "correct") == "Correct."
    assert said(SERIES_KEY, SERIES.iloc[::-1], "correct") == "Correct."
    assert said(SERIES_KEY, SERIES.rename("x").rename_axis("category"), "correct") == "Correct."
    assert said(SERIES_KEY, SERIES.set_axis(pd.CategoricalIndex(SERIES.index)), "correct") == "Correct."
    assert said(SERIES_KEY, SERIES.to_dict(), "correct") == "Correct."
    # The same values under the wrong labels are wrong.
    assert said(SERIES_KEY, pd.Series(SERIES.to_numpy()[::-1], index=SERIES.index), "value").startswith(
        "Not yet: 1 of 3"
    )


@pytest.mark.parametrize(
    ("answer", "layer", "message"),
    [
        (
            SERIES.reset_index(drop=True),
            "shape",
            "Your labels are not the ones that are asked for (missing: NEG, PHY, EMO; not asked for: "
            "0, 1, 2). "
            "Yours are numbered from 0: make the labels the index.",
        ),
        (SERIES.iloc[:2], "shape", "Your answer has 2 labels and 3 are asked for (missing: EMO)."),
        (
            pd.concat([SERIES, pd.Series({"SAB": 1.0})]),
            "shape",
            "Your answer has 4 labels and 3 are asked for (not asked for: SAB).",
        ),
        (
            SERIES.rename({"EMO": "SAB"}),
            "shape",
            "Your labels are not the ones that are asked for (missing: EMO; not asked for: SAB).",
        ),
        (
            pd.concat([SERIES, SERIES]),
            "shape",
            "The label NEG stands in your answer twice: give one value for each label.",
        ),
        (
            SERIES.to_list(),
            "type",
            "That is a list with 3 values, without labels. Give a pandas Series with a value for each label.",
        ),
        (
            SERIES.to_numpy(),
            "type",
            "That is a NumPy array with 3 values, without labels. Give a pandas Series with a value "
            "for each label.",
        ),
        (
            SERIES.rename("days").to_frame(),
            "type",
            "That is a DataFrame with 3 rows and 1 column: take the one column you need, such as "
            "frame['days']. "
            "Give a pandas Series with a value for each label.",
        ),
        (
            3.0,
            "type",
            "That is a single number, 3, without labels. Give a pandas Series with a value for each label.",
        ),
        (
            SERIES * 30.4375,
            "value",
            "That looks like a number of days. Give it in months: 365.25 ÷ 12 = 30.4375 days to a month.",
        ),
        (
            SERIES.where(SERIES < 9),
            "value",
            "Not yet: 2 of 3 values are right. The first that is not stands at 'EMO' and is missing (NaN).",
        ),
        (
            SERIES.add([0, 1, 0]),
            "value",
            "Not yet: 2 of 3 values are right. The first that is not stands at 'PHY' and is too high.",
        ),
        (
            SERIES.astype(str),
            "value",
            "Not yet: 0 of 3 values are right. The first that is not stands at 'NEG' and is not a number.",
        ),
    ],
)
def test_wrong_series(answer, layer, message):
    assert said(SERIES_KEY, answer, layer) == message


def test_a_known_mistake_may_have_a_shape_of_its_own():
    answer = pd.concat([SERIES, pd.Series([1.0], index=["MUL"])])
    assert said(SERIES_KEY, answer, "value") == "MUL is not a category here."


def test_labels_that_mean_the_same_are_the_same():
    years = pd.Series([1.0, 2.0], index=[2019, 2020])
    known = entry("series", years, tolerance=0.1)
    assert said(known, years.set_axis([2019.0, 2020.0]), "correct") == "Correct."
    assert said(known, years.set_axis(["2019", " 2020"]), "correct") == "Correct."
    assert "missing: 2019, 2020" in said(known, years.set_axis(["02019", "02020"]), "shape")
    dated = pd.Series([1.0], index=pd.to_datetime(["2020-03-31"]))
    assert said(entry("series", dated, tolerance=0.1), pd.Series([1.0], index=["2020-03-31"]), "correct")
    bands = pd.Series([1.0, 2.0], index=pd.IntervalIndex.from_breaks([0, 3, 6]))
    assert said(entry("series", bands, tolerance=0.1), bands.set_axis(bands.index.astype(str)), "correct")
    pairs = pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    missing = said(entry("series", pairs, tolerance=0.1), pairs.iloc[:1], "shape")
    assert missing == "Your answer has 1 label and 2 are asked for (missing: b, 2)."


def test_hidden_labels_are_counted_not_named():
    known = entry("series", SERIES, tolerance=0.1, labels="hidden")
    message = said(known, SERIES.rename({"EMO": "SAB"}), "shape")
    assert message == "Your labels are not the ones that are asked for; 2 of yours belong there."


def test_a_mapping_of_choices():
    known = entry("mapping", {"n = 7": "withhold", "n = 40": "release"})
    assert said(known, {"n = 40": "release", "n = 7": "withhold"}, "correct") == "Correct."
    assert said(known, {"n = 40": "release", "n = 7": "release"}, "value").startswith(
        "Not yet: 1 of 2 values are right."
    )
    assert said(known, {"n = 40": "release"}, "shape").endswith("(missing: n = 7).")
    assert said(known, ["withhold"], "type").endswith("Give a dictionary with a value for each label.")


# --- frames ------------------------------------------------------------------------------------------

FRAME_KEY = entry("frame", TABLE, by=["Year"], tolerance={"share": 0.005})


@pytest.mark.parametrize(
    "answer",
    [
        TABLE,
        TABLE.iloc[::-1],
        TABLE[["share", "n", "Year"]],
        TABLE.set_index("Year"),
        TABLE.assign(share=[0.252, 0.5]),
    ],
)
def test_frames_are_compared_by_their_columns_and_keys(answer):
    assert said(FRAME_KEY, answer, "correct") == "Correct."


@pytest.mark.parametrize(
    ("answer", "layer", "message"),
    [
        (TABLE.drop(columns="n"), "shape", "Your table has no column n. It should have: n, share."),
        (
            TABLE.rename(columns={"share": "shares"}),
            "shape",
            "Your table has no column share. Yours has 'shares': rename it to 'share'. It should have: "
            "n, share.",
        ),
        (
            TABLE.assign(extra=1),
            "shape",
            "Your table has extra too, which was not asked for. Keep: n, share.",
        ),
        (
            TABLE.drop(columns="Year"),
            "shape",
            "Your table has no column Year, which says what each row is about.",
        ),
        (pd.concat([TABLE, TABLE]), "shape", "The row 2019 stands in your table twice."),
        (TABLE.iloc[:1], "shape", "Your answer has 1 row and 2 are asked for (missing: 2020)."),
        (
            pd.concat([TABLE, TABLE.assign(Year=[2021, 2022])]),
            "shape",
            "Your answer has 4 rows and 2 are asked for (not asked for: 2021, 2022).",
        ),
        (
            TABLE["n"],
            "type",
            "That is a Series with 2 values: .reset_index() or .to_frame() makes a table. Give a "
            "pandas DataFrame.",
        ),
        ({"n": [1]}, "type", "That is a dictionary with 1 value, not a table. Give a pandas DataFrame."),
        (
            TABLE.assign(share=[0.25, 0.4]),
            "value",
            "Not yet. Right so far: n. In column share, 1 of 2 values are right; "
            "the first that is not stands at 2020 and is too low.",
        ),
        (
            TABLE.assign(n=[11, 20]),
            "value",
            "Not yet. Right so far: share. In column n, 1 of 2 values are right; "
            "the first that is not stands at 2019 and is too high.",
        ),
    ],
)
def test_wrong_frames(answer, layer, message):
    assert said(FRAME_KEY, answer, layer) == message


def test_a_frame_without_by_goes_by_its_index():
    known = entry("frame", TABLE.set_index(pd.Index(["a", "b"])))
    assert said(known, TABLE.set_index(pd.Index(["a", "b"])).iloc[::-1], "correct")
    assert said(known, TABLE, "shape").startswith("Your rows are not the ones")
