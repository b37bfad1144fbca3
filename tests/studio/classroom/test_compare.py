"""Answers that came out of a kernel: the same verdict as at home, and no harm from what is none."""

import numpy as np
import pandas as pd
import pytest

from catalyst.marking.check import mark
from catalyst.marking.handover import told
from catalyst.studio.classroom.compare import verdict

NUMBER = {
    "kind": "number",
    "unit": "proportion",
    "tolerance": 0.005,
    "shape": {},
    "answer": {"scalar": 0.7},
    "accept": [],
    "mistakes": [{"name": "ended only", "answer": {"scalar": 0.9}, "message": "You divided by ended plans."}],
}
LABELLED = {
    "kind": "mapping",
    "tolerance": 0.01,
    "shape": {"rows": 2, "labels": ["a", "b"]},
    "answer": {"mapping": [["a", 1.0], ["b", 2.0]]},
    "accept": [],
    "mistakes": [],
}
ORDER = {
    "kind": "order",
    "options": ["one", "two", "three"],
    "shape": {},
    "answer": {"list": ["one", "three", "two"]},
    "accept": [],
    "mistakes": [],
}


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        (NUMBER, 0.7),
        (NUMBER, np.float64(0.702)),
        (NUMBER, pd.Series([0.7])),
        (NUMBER, pd.Index([0.7])),
        (NUMBER, np.array([[0.7]])),
        (NUMBER, 0.9),
        (NUMBER, 70),
        (NUMBER, "0.7"),
        (NUMBER, None),
        (NUMBER, float("nan")),
        (NUMBER, ...),
        (NUMBER, [0.7, 0.8]),
        (NUMBER, print),
        (NUMBER, pd.DataFrame({"x": [1, 2]}).groupby("x")),
        (LABELLED, {"a": 1, "b": 2}),
        (LABELLED, {"a": 1, "b": ...}),
        (LABELLED, pd.Series({"a": 1.0, "b": 5.0})),
        (LABELLED, {"a": 1}),
        (ORDER, ["one", "three", "two"]),
        (ORDER, {"one", "three", "two"}),
        (ORDER, {"one": 1, "three": 1, "two": 1}.keys()),
    ],
)
def test_an_answer_handed_over_gets_the_verdict_that_it_gets_at_home(entry, answer):
    here, there = verdict("t1.1", entry, [told(answer)]), mark("t1.1", entry, answer)
    assert (here.layer, here.name) == (there.layer, there.name)
    # Out of the kernel a list is a list; what it came inside of there is not told again.
    assert here.message.split(" (Yours")[0] == there.message.split(" (Yours")[0]


@pytest.mark.parametrize(
    "handed",
    [
        None,
        "correct",
        {"layer": "correct", "points": 4},
        {"answer": "correct"},
        {"answer": {"scalar": {"float": "0.1", "date": 5}}},
        {"answer": {"scalar": {"tuple": [[[[[[[[[[[[[[0.7]]]]]]]]]]]]]]}}},
        {
            "answer": {
                "series": {"dtype": "S2000000000", "values": ["x"]},
                "index": {"names": [None], "range": [0, 1, 1]},
            }
        },
        {"answer": {"frame": [], "index": {"names": [None], "range": [0, 10**12, 1]}}},
        {"answer": {"list": [0.7] * 100_000}},
        {"answer": {"scalar": "x" * 3_000_000}},
        {"blank": [1, 10**9]},
        {"blank": ["1", None]},
        {"unreadable": "thing", "odd": "<script>" * 10_000},
    ],
)
def test_what_is_no_answer_earns_nothing_and_does_no_harm(handed):
    said = verdict("t1.1", NUMBER, [handed])
    assert said.layer != "correct"
    assert len(said.message) < 1000


def test_one_answer_is_taken_and_not_the_best_of_many():
    assert verdict("t1.1", NUMBER, [told(0.1), told(0.7)]).layer == "absent"
    assert (
        verdict("t1.1", NUMBER, [], "It was stopped.").message == "t1.1: there is no answer. It was stopped."
    )
