"""What the builder of exercises refuses, and that it names notebook, cell and what is missing."""

import json
import time

import nbformat
import pytest
import sample_course

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.answers import encode
from catalyst.studio import exercises, masters


def cell(notebook, identity):
    return next(cell for cell in notebook.cells if cell.id == identity)


def drop(notebook, identity):
    notebook.cells = [cell for cell in notebook.cells if cell.id != identity]


def retag(notebook, identity):
    cell(notebook, identity).metadata.pop("tags")


def edit(identity, old, new):
    def change(notebook):
        target = cell(notebook, identity)
        assert old in target.source
        target.source = target.source.replace(old, new)

    return change


def spec(identity, **parts):
    return lambda notebook: cell(notebook, identity).metadata["catalyst"].update(parts)


def unspec(identity, part):
    return lambda notebook: cell(notebook, identity).metadata["catalyst"].pop(part)


def grader(identity, **parts):
    return lambda notebook: cell(notebook, identity).metadata["nbgrader"].update(parts)


FAULTS = {
    "no answer cell": (lambda n: drop(n, "s1-2-answer"), "s1.ipynb: s1.2 has no answer cell"),
    "no check cells": (
        lambda n: [drop(n, f"s1-{i}-check") for i in range(1, 6)],
        "s1.ipynb: no check cell",
    ),
    "a number left out": (lambda n: drop(n, "s1-2-check"), "where 's1.2' is due"),
    "no hints": (lambda n: drop(n, "s1-3-hints"), "(s1-3-check): s1.3 has 0 hints; two or more are due"),
    "no mistakes": (lambda n: drop(n, "s1-4-mistakes"), "(s1-4-check): s1.4 has 0 known mistakes"),
    "one mistake": (
        edit("s1-2-mistakes", 'wrong("s1.2", "ended"', 'print("s1.2", "ended"'),
        "s1.2 has 1 known mistakes",
    ),
    "mistakes for all to see": (
        lambda n: retag(n, "s1-1-mistakes"),
        "(s1-1-mistakes): wrong(...) stands in a cell",
    ),
    "name inside the region": (
        edit("s1-1-answer", "within_a_year = ...\n", ""),
        "'within_a_year = ...' must stand outside the solution region",
    ),
    "name never given": (
        edit("s1-2-answer", 'open_plans = plans["end"]', 'other = plans["end"]'),
        "the solution region never gives 'open_plans' its value",
    ),
    "name read elsewhere": (
        lambda n: n.cells.append(nbformat.v4.new_code_cell("print(open_plans)", id="extra")),
        "(extra): reads 'open_plans', for the check cell alone",
    ),
    "region left open": (
        edit("s1-1-answer", "\n### END SOLUTION", ""),
        "(s1-1-answer): '### BEGIN SOLUTION' without",
    ),
    "no region": (
        lambda n: [edit("s1-2-answer", mark, "#")(n) for mark in (masters.BEGIN, masters.END)],
        "(s1-2-answer): no solution region",
    ),
    "check of another id": (
        edit("s1-2-check", "s1.2", "s1.3"),
        '(s1-2-check): the source must be the one line check("s1.2", name)',
    ),
    "check with more in it": (
        edit("s1-2-check", "check(", "print(1)\ncheck("),
        "(s1-2-check): the source must be",
    ),
    "no kind": (unspec("s1-1-check", "kind"), "(s1-1-check): kind is None"),
    "odd kind": (spec("s1-1-check", kind="figure"), "kind is 'figure'; it must be one of"),
    "no minutes": (unspec("s1-1-check", "minutes"), "(s1-1-check): minutes is missing"),
    "no tolerance": (unspec("s1-1-check", "tolerance"), "a number needs a tolerance above 0"),
    "typed-in answers": (
        spec("s1-1-check", accept=[0.45]),
        "metadata catalyst holds accept, which nothing reads",
    ),
    "few options": (spec("s1-5-check", options=["a", "b"]), "a choice needs at least three options"),
    "no points": (grader("s1-1-check", points=0), "(s1-1-check): the check cell has no points"),
    "not locked": (grader("s1-1-check", locked=False), "must be graded and locked"),
    "grade_id twice": (grader("s1-1-check", grade_id="s1-2"), "the grade_id 's1-2' is used twice"),
    "code that is not Python": (
        edit("setup", "import pandas", "%timeit pandas"),
        "(setup): the code cannot be parsed",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_master_is_refused_by_name_and_nothing_is_written(fault, tmp_path, sample):
    change, message = FAULTS[fault]
    notebook = sample_course.master()
    change(notebook)
    path = sample_course.write_master(tmp_path / "solutions", notebook)
    found = masters.faults(path)
    assert any(message in one for one in found), found
    assert all(one.startswith("s1.ipynb") for one in found)
    with pytest.raises(CourseError):
        exercises.make(tmp_path / "solutions", tmp_path / "exercises", print, lambda: None)
    assert not (tmp_path / "exercises").exists()


def test_a_file_that_is_no_notebook_is_refused(tmp_path, sample):
    path = sample_course.write_master(tmp_path)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match=r"s1\.ipynb cannot be read as a notebook"):
        exercises.make(tmp_path, tmp_path / "out")
    with pytest.raises(CourseError, match="There are no masters"):
        exercises.make(tmp_path / "none", tmp_path / "out")


def test_a_solution_that_stops_is_told_by_cell_and_error(tmp_path, sample):
    notebook = sample_course.master()
    edit("s1-2-answer", ".isna()", ".isnah()")(notebook)
    path = sample_course.write_master(tmp_path, notebook)
    with pytest.raises(CourseError, match=r"s1\.ipynb, cell 10 \(s1-2-answer\) stops with AttributeError"):
        exercises.key_of(path)


# --- what is recorded must hold together -------------------------------------------------------------


@pytest.fixture
def recorded(sample, tmp_path, monkeypatch):
    """The lines that the sample's solutions record, to be changed before the key is made of them."""
    lines = []
    for identity, entry in json.loads(sample.key.read_text(encoding="utf-8"))["exercises"].items():
        lines.append({"what": "answer", "exercise": identity, "answer": entry["answer"]})
        lines += [{"what": "mistake", "exercise": identity, **mistake} for mistake in entry["mistakes"]]
    monkeypatch.setattr(exercises, "run", lambda master, notebook: lines)
    return lines


def line(lines, exercise, name):
    return next(one for one in lines if one["exercise"] == exercise and one.get("name", "answer") == name)


def test_the_sample_holds_together(recorded, sample):
    assert set(exercises.key_of(sample.master, strict=True)["exercises"]) == {f"s1.{i}" for i in range(1, 6)}


@pytest.mark.parametrize("strict", [True, False])
def test_a_mistake_within_tolerance_of_the_answer(recorded, sample, strict):
    line(recorded, "s1.1", "children")["answer"] = line(recorded, "s1.1", "answer")["answer"]
    reports = []
    if strict:
        with pytest.raises(
            CourseError, match=r"s1\.1: the mistake 'children' and the answer are within the tolerance"
        ):
            exercises.key_of(sample.master, strict=True)
    else:
        key = exercises.key_of(sample.master, reports.append, strict=False)
        assert key["exercises"]["s1.1"]["mistakes"][1]["same_as"] == "the answer"
        assert reports == [
            "s1.ipynb, s1.1: on these data the mistake 'children' gives the same as the answer, which "
            "is told instead"
        ]


def test_two_mistakes_within_tolerance_of_one_another(recorded, sample):
    line(recorded, "s1.1", "children")["answer"] = encode(
        line(recorded, "s1.1", "ended_only")["answer"]["scalar"] + 0.004
    )
    with pytest.raises(CourseError, match="'children' and the mistake 'ended_only' are within the tolerance"):
        exercises.key_of(sample.master, strict=True)
    key = exercises.key_of(sample.master, lambda text: None, strict=False)
    assert key["exercises"]["s1.1"]["mistakes"][1]["same_as"] == "the mistake 'ended_only'"


@pytest.mark.parametrize(
    ("part", "match"),
    [("name", "two mistakes have the same name"), ("message", "two mistakes have the same message")],
)
def test_mistakes_need_names_and_messages_of_their_own(recorded, sample, part, match):
    line(recorded, "s1.1", "children")[part] = line(recorded, "s1.1", "ended_only")[part]
    with pytest.raises(CourseError, match=match):
        exercises.key_of(sample.master)


def test_a_solution_of_the_wrong_kind_is_refused(recorded, sample):
    line(recorded, "s1.1", "answer")["answer"] = encode("text")
    with pytest.raises(CourseError, match=r"s1\.1: the solution's own answer is refused: That is text"):
        exercises.key_of(sample.master)


def test_a_mistake_of_the_wrong_kind_is_refused(recorded, sample):
    line(recorded, "s1.1", "children")["answer"] = encode("text")
    with pytest.raises(CourseError, match=r"the mistake 'children' is refused before its value is read"):
        exercises.key_of(sample.master)


def test_answers_for_nothing_and_missing_answers_are_refused(recorded, sample):
    gone = line(recorded, "s1.1", "answer")
    recorded.remove(gone)
    with pytest.raises(CourseError, match=r"s1\.1: check was called 0 times"):
        exercises.key_of(sample.master)
    recorded.append({**gone, "exercise": "s1.9"})
    with pytest.raises(CourseError, match=r"for 's1\.9', which has no check cell"):
        exercises.key_of(sample.master)


def test_an_unknown_truth_is_refused(recorded, sample, tmp_path):
    notebook = sample_course.master()
    spec("s1-1-check", truth="s1.yeer")(notebook)
    with pytest.raises(CourseError, match=r"no truth called 's1\.yeer'"):
        exercises.key_of(sample_course.write_master(tmp_path, notebook))


def test_decimals_need_a_tolerance(recorded, sample, tmp_path):
    notebook = sample_course.master()
    unspec("s1-3-check", "tolerance")(notebook)
    line(recorded, "s1.3", "answer")["answer"]["series"]["values"][0] = 1.5
    with pytest.raises(CourseError, match=r"s1\.3: the answer has decimals"):
        exercises.key_of(sample_course.write_master(tmp_path, notebook))


# --- in step -----------------------------------------------------------------------------------------


def test_keys_are_built_only_when_out_of_step(sample, tmp_path, monkeypatch):
    kept = json.loads(sample.key.read_text(encoding="utf-8"))
    monkeypatch.setenv("CATALYST_KEYS", str(tmp_path / "keys"))
    sample_course.write_truth(paths.keys_dir())
    path = sample_course.write_master(tmp_path / "solutions")
    runs, truths = [], []
    monkeypatch.setattr(
        exercises, "run", lambda master, notebook: runs.append(master) or list(recorded_of(kept))
    )

    def ensure():
        return exercises.ensure_keys(
            tmp_path / "solutions", say=lambda line: None, truth=lambda: truths.append(1)
        )

    assert ensure() and len(runs) == 1
    assert min(seconds(ensure) for _ in range(5)) < 0.1
    assert len(truths) == len(runs) == 1
    path.write_bytes(path.read_bytes() + b"\n")
    assert ensure() and len(runs) == 2
    monkeypatch.setattr(exercises, "_code", lambda: "other")
    assert ensure() and len(runs) == 3
    (paths.keys_dir() / "s1.json").unlink()
    assert ensure() and len(runs) == 4
    manifest = paths.data_dir() / "manifest.json"
    text = manifest.read_text(encoding="utf-8")
    try:
        manifest.write_text(text.replace("5a" * 32, "6b" * 32), encoding="utf-8")
        sample_course.write_truth(paths.keys_dir())
        assert ensure() and len(runs) == 5
    finally:
        manifest.write_text(text, encoding="utf-8")
    assert not ensure()
    assert len(truths) == 2
    (paths.keys_dir() / "truth.stamp").write_text("of another truth", encoding="utf-8")
    assert ensure() and len(truths) == 3 and len(runs) == 5


def seconds(ensure):
    start = time.perf_counter()
    assert not ensure()
    return time.perf_counter() - start


def recorded_of(key):
    for identity, entry in key["exercises"].items():
        yield {"what": "answer", "exercise": identity, "answer": entry["answer"]}
        for mistake in entry["mistakes"]:
            yield {"what": "mistake", "exercise": identity, **mistake}


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    target = tmp_path / "s1.json"
    exercises.write_whole(target, "old\n")

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(exercises.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        exercises.write_whole(target, "new\n")
    assert target.read_bytes() == b"old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["s1.json"]
