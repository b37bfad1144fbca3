"""check, wrong, also and truth as a notebook calls them: with a key, without, and under a grader."""

import json
import sys
import time

import pandas as pd
import pytest
import sample_course

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking import also, check, truth, wrong
from catalyst.marking import key as keys
from catalyst.marking.answers import encode
from catalyst.marking.check import NotCorrect

EXERCISES = {
    "s1.1": {
        "kind": "number",
        "unit": "proportion",
        "tolerance": 0.005,
        "shape": {},
        "answer": encode(0.45),
        "accept": [{"answer": encode(0.47), "reason": "The curve answers it too."}],
        "mistakes": [
            {"name": "ended", "answer": encode(0.5), "message": "Ended plans only."},
            {"name": "kids", "answer": encode(0.3), "message": "Children."},
            {
                "name": "twin",
                "answer": encode(0.3),
                "message": "Never said.",
                "same_as": "the mistake 'kids'",
            },
        ],
        "truth": None,
    },
    "s1.2": {
        "kind": "choice",
        "options": ["a", "b", "c"],
        "shape": {},
        "answer": encode("a"),
        "mistakes": [],
    },
}


@pytest.fixture
def key(release):
    path = paths.keys_dir() / "s1.json"
    path.parent.mkdir(parents=True)
    whole = keys.seal({"version": keys.VERSION, "exercises": EXERCISES})
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def printed(capsys, exercise, answer):
    assert check(exercise, answer) is None
    return capsys.readouterr().out.rstrip("\n")


def test_check_prints_one_message_and_gives_nothing_back(key, capsys):
    assert printed(capsys, "s1.1", ...) == "s1.1 not attempted yet."
    assert printed(capsys, "s1.1", 0.45) == "Correct: 0.45."
    assert printed(capsys, "s1.1", 0.5) == "Ended plans only."


@pytest.mark.parametrize("answer", [..., 0.45])
def test_an_unknown_exercise_names_the_nearest(key, capsys, answer):
    assert printed(capsys, "s1.11", answer) == (
        "There is no exercise 's1.11'. Did you mean 's1.1'? The exercises here are: s1.1, s1.2."
    )
    assert "The exercises here are: s1.1, s1.2." in printed(capsys, "zz", answer)
    assert "takes the exercise's id as text" in printed(capsys, 1.1, answer)


def test_no_key_is_told_but_a_blank_answer_needs_none(release, capsys):
    assert printed(capsys, "s1.1", ...) == "s1.1 not attempted yet."
    assert "run 'python3 course.py exercises'" in printed(capsys, "s1.1", 0.45)


def test_no_data_is_told(release, capsys):
    (release / "data" / "manifest.json").unlink()
    assert printed(capsys, "s1.1", 0.45).startswith("There is no finished release")


def test_a_damaged_or_edited_key_is_told(key, capsys):
    edited = key.read_text(encoding="utf-8").replace("0.45", "0.46")
    key.write_text(edited, encoding="utf-8")
    assert printed(capsys, "s1.1", 0.46).startswith("The answer key s1.json is damaged")
    key.write_text(edited[:100], encoding="utf-8")
    assert printed(capsys, "s1.1", 0.46).startswith("The answer key s1.json is damaged")


class Contrary(pd.Series):
    """An answer that lets nothing be done with it."""

    def _no(self, *args, **kwargs):
        raise RuntimeError("no")

    __iter__ = __len__ = __eq__ = __array__ = _no


class Nameless:
    """A class with no name to tell, as some proxies are."""

    __module__ = 3


@pytest.mark.parametrize("exercise", ["s1.1", "s1.2"])
@pytest.mark.parametrize(
    "answer", [Contrary, Nameless, type, {1: {2: 3}}, [[1, 2], [3]], pd.Series([[1], {}]), b"x", range(3)]
)
def test_check_never_raises_for_a_learner(key, capsys, exercise, answer):
    if isinstance(answer, type) and answer is not type:
        answer = answer()
    assert printed(capsys, exercise, answer)


@pytest.mark.parametrize("how", ["validate", "autograde"])
@pytest.mark.parametrize("answer", [..., 0.5, "0.45", None, 0.9])
def test_under_a_grader_whatever_is_not_correct_fails_its_cell(key, monkeypatch, how, answer):
    monkeypatch.setenv("NBGRADER_EXECUTION", how)
    with pytest.raises(AssertionError) as caught:
        check("s1.1", answer)
    assert str(caught.value)
    assert caught.value._render_traceback_() == [f"AssertionError: {caught.value}"]
    check("s1.1", 0.45)


def test_an_unknown_exercise_fails_under_a_grader(key, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(NotCorrect, match="no exercise"):
        check("s1.9", 1)


def test_marking_is_quick(key):
    start = time.perf_counter()
    for _ in range(20):
        check("s1.1", 0.45)
    assert time.perf_counter() - start < 2


# --- an assigned release -----------------------------------------------------------------------------


@pytest.fixture
def assigned(release):
    known = keys.open_part({"exercises": EXERCISES})
    assert "answer" not in json.dumps(known) and "0.45" not in json.dumps(known)
    (release / "data" / "assigned.json").write_text(json.dumps({"exercises": known}), encoding="utf-8")
    return release


def test_an_assigned_release_stops_after_the_shape(assigned, capsys):
    assert printed(capsys, "s1.1", ...) == "s1.1 not attempted yet."
    assert printed(capsys, "s1.1", "0.5").startswith("That is text")
    assert printed(capsys, "s1.2", "d").startswith("'d' is not one of the options.")
    recorded = "s1.1: your answer is recorded in this notebook, and is marked after you hand it in."
    assert printed(capsys, "s1.1", 0.45) == printed(capsys, "s1.1", 0.5) == recorded
    assert printed(capsys, "s1.7", 1).startswith("There is no exercise 's1.7'. Did you mean")


def test_an_assigned_release_gives_out_no_truth(assigned):
    with pytest.raises(CourseError, match="not given out"):
        truth("s1.year")


# --- the bank ----------------------------------------------------------------------------------------


def test_wrong_and_also_prove_what_check_says(key):
    wrong("s1.1", "ended", 0.5, "Ended plans only.")
    wrong("s1.1", "twin", 0.3, "Never said.")
    also("s1.1", 0.47, "The curve answers it too.")
    for name, value, message in [
        ("ended", 0.5, "Another message."),
        ("kids", 0.5, "Ended plans only."),
        ("ended", 0.9, "Ended plans only."),
        ("ended", 0.45, "Ended plans only."),
    ]:
        with pytest.raises(AssertionError, match=r"s1\.1: the mistake"):
            wrong("s1.1", name, value, message)
    with pytest.raises(AssertionError, match="accepted answer"):
        also("s1.1", 0.5, "No.")


def test_a_key_build_records_instead_of_marking(release, monkeypatch, capsys):
    file = release / "recorded.jsonl"
    monkeypatch.setenv("CATALYST_BUILD_KEY", str(file))
    check("s1.1", 0.45)
    wrong("s1.1", "ended", pd.Series([1.0]), "Ended plans only.")
    also("s1.1", 0.47, "Also.")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["answer", "mistake", "accept"]
    assert lines[0] == {"what": "answer", "exercise": "s1.1", "answer": {"scalar": 0.45}}
    with pytest.raises(CourseError, match=r"s1\.1: An answer cannot hold"):
        check("s1.1", ...)


# --- truth -------------------------------------------------------------------------------------------


def test_truth_gives_a_row_or_a_table(release):
    sample_course.write_truth(paths.keys_dir())
    row = truth("s1.year")
    assert row["superpopulation"] == 0.468 and row["realised"] == 0.45 and row["scale"] == "probability"
    assert truth("reasons")["reason"].tolist() == ["care", "planned"]


def test_the_truth_of_a_project_is_of_its_own_world(release, monkeypatch):
    sample_course.write_truth(paths.keys_dir())
    folder = sample_course.write_release(release / "projects" / "few_plans")
    counts, content = release / "counts.csv", paths.manifest(folder)["content_hash"]
    counts.write_text(
        f"project,content_hash,parameter,realised\nfew_plans,{content},s1.year,0.41\n", encoding="utf-8"
    )
    monkeypatch.setattr(sys.modules["catalyst.marking.truth"], "REALISED", counts)
    row = truth("s1.year", project="few_plans")
    assert row["superpopulation"] == 0.468 and row["realised"] == 0.41
    assert truth("s1.year")["realised"] == 0.45
    counts.write_text(counts.read_text().replace(content, "of another extract"), encoding="utf-8")
    assert pd.isna(truth("s1.year", project="few_plans")["realised"])
    with pytest.raises(CourseError, match="no project extract 'fewer'"):
        truth("s1.year", project="fewer")


def test_truth_that_is_not_there_is_told(release):
    with pytest.raises(CourseError, match=r"course\.py exercises"):
        truth("s1.year")
    sample_course.write_truth(paths.keys_dir())
    with pytest.raises(CourseError, match=r"no truth called 's1\.yeer'\. Did you mean 's1\.year'\?"):
        truth("s1.yeer")
    with pytest.raises(CourseError, match="takes a name as text"):
        truth(1)
    (paths.keys_dir() / "truth_reasons.parquet").write_bytes(b"PAR1")
    with pytest.raises(CourseError, match="cannot be read"):
        truth("reasons")
