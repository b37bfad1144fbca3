"""The record of a learner's tries: kept whole, never in the way, and told back as it was."""

import json
import multiprocessing
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from catalyst.marking import check, progress
from catalyst.marking.key import seal
from catalyst.marking.standing import Exercise, minutes_between, standing

NOBODY = progress.NOBODY
NUMBER = {"kind": "integer", "unit": "plans", "minutes": 8, "shape": [], "accept": [], "truth": None}


@pytest.fixture
def learner(release, monkeypatch):
    """The sample release with a key of two exercises, and a learner at work."""
    for name in NOBODY:
        monkeypatch.delenv(name, raising=False)
    # pytest sets this one again for each test, after its fixtures.
    monkeypatch.setattr(progress, "NOBODY", tuple(set(NOBODY) - {"PYTEST_CURRENT_TEST"}))
    path = release / "progress.jsonl"
    monkeypatch.setenv("CATALYST_PROGRESS", str(path))
    from catalyst import paths
    from catalyst.marking.answers import encode

    answer, wrong = encode(4), encode(40)
    part = {**NUMBER, "answer": answer, "mistakes": [{"name": "rows", "answer": wrong, "message": "Rows."}]}
    exercises = {"s1.1": part, "s1.2": part}
    key = seal({"version": 1, "notebook": "s1", "release": paths.release_hash(), "exercises": exercises})
    paths.keys_dir().mkdir(parents=True)
    (paths.keys_dir() / "s1.json").write_text(json.dumps(key), encoding="utf-8")
    progress._say_once.cache_clear()
    return path


def known():
    return [Exercise(f"s1.{n}", "a sample", 8) for n in (1, 2, 3)]


def line(exercise, verdict, at, data="5a" * 8, **more):
    return {"v": 1, "exercise": exercise, "verdict": verdict, "at": at, "data": data, **more}


def write(path, *lines):
    path.write_text("".join(json.dumps(part) + "\n" for part in lines), encoding="utf-8")


def test_what_was_tried_and_done_is_told_back(learner, capsys):
    for answer in (40, 4):
        check("s1.1", answer)
    check("s1.2", 40)
    found = standing(known(), learner)
    assert [exercise.state for exercise in found.exercises] == ["done", "tried", "left"]
    assert found.exercises[0].mistakes == ["rows"]
    assert found.rows()[-1] == ("all", 1, 1, 1, 16, 0)
    assert "Rows." in capsys.readouterr().out


def test_a_line_holds_the_version_of_the_data_and_no_answer(learner):
    check("s1.1", 40)
    (told,) = progress.tries(learner)[0]
    assert told["data"] == "5a" * 8
    assert set(told) == {"v", "exercise", "verdict", "at", "data", "seed", "children", "mistake"}


def test_blank_answers_and_messages_about_the_course_are_no_tries(learner, capsys):
    check("s1.1", ...)
    check("s9.1", 3)
    check("s1.1")
    assert not learner.exists()
    assert "check takes the exercise's id and then your answer" in capsys.readouterr().out


def test_a_right_answer_run_again_is_not_written_again(learner):
    for _ in range(3):
        check("s1.1", 4)
    assert len(progress.tries(learner)[0]) == 1
    check("s1.1", 40)
    check("s1.1", 4)
    assert [part["verdict"] for part in progress.tries(learner)[0]] == ["correct", "value", "correct"]


@pytest.mark.parametrize("name", [*NOBODY])
def test_where_no_learner_is_nothing_is_written(learner, monkeypatch, name, tmp_path):
    monkeypatch.setattr(progress, "NOBODY", (name,))
    monkeypatch.setenv(name, str(tmp_path / "built.jsonl"))
    if name == "NBGRADER_EXECUTION":
        with pytest.raises(AssertionError):
            check("s1.1", 40)
    else:
        check("s1.1", 40)
    assert not learner.exists()


def test_whatever_a_test_starts_knows_that_nobody_learns():
    """The kernels that nbval starts for a notebook have the environment of pytest."""
    assert {"PYTEST_VERSION", "PYTEST_CURRENT_TEST"} & {name for name in NOBODY if os.environ.get(name)}


def test_it_can_be_turned_off(learner, monkeypatch):
    monkeypatch.setenv("CATALYST_PROGRESS", "off")
    check("s1.1", 40)
    assert not learner.exists()


def test_a_place_that_cannot_be_written_is_told_once_and_marking_goes_on(
    learner, monkeypatch, capsys, tmp_path
):
    (tmp_path / "a file").touch()
    monkeypatch.setenv("CATALYST_PROGRESS", str(tmp_path / "a file" / "progress.jsonl"))
    check("s1.1", 40)
    check("s1.1", 4)
    out = capsys.readouterr().out
    assert out.count("Your progress cannot be kept") == 1
    assert "Rows." in out and "Correct: 4." in out


def test_a_file_that_may_only_be_read_is_left_as_it_is(learner, capsys, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    check("s1.1", 40)
    before = learner.read_bytes()
    monkeypatch.setattr(progress.os, "open", refuse)
    check("s1.1", 4)
    assert "Permission denied" in capsys.readouterr().out
    assert learner.read_bytes() == before


def test_a_kill_in_the_middle_of_a_line_loses_that_line_alone(learner):
    check("s1.1", 40)
    with learner.open("ab") as file:
        file.write(b'{"v":1,"exercise":"s1.2","verd')
    check("s1.2", 4)
    tried, said = progress.tries(learner)
    assert [part["exercise"] for part in tried] == ["s1.1", "s1.2"]
    assert said == [
        f"1 line of {learner} cannot be read (damaged, or written by another version of the course); they "
        "are left as they are, and all others count."
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff\xfe not text\n",
        b'{"v": 0, "done": ["s1.1"]}\n',
        b"[1, 2]\nnull\n",
        b'{"v": 1}\n',
        b"[" * 5000,
    ],
)
def test_a_bad_or_old_file_is_told_in_a_sentence_and_kept(learner, content):
    learner.write_bytes(content)
    check("s1.1", 4)
    assert learner.read_bytes().startswith(content)
    found = standing(known(), learner)
    assert found.exercises[0].state == "done"
    assert len(found.said) == 1 and "cannot be read" in found.said[0]


def test_no_moment_and_no_text_are_no_try(learner):
    write(learner, line("s1.1", "correct", "yesterday"), line(7, "correct", "2026-01-01T10:00:00+00:00"))
    assert progress.tries(learner)[0] == []


def many(path, name):
    os.environ["CATALYST_PROGRESS"] = str(path)
    for number in range(40):
        progress._append(path, line(f"{name}.{number}", "value", "2026-01-01T10:00:00+00:00"))


def test_two_notebooks_at_once_lose_nothing(learner):
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=many, args=(learner, name)) for name in ("a1", "b1")]
    for process in both:
        process.start()
    for process in both:
        process.join()
    tried, said = progress.tries(learner)
    assert len(tried) == 80 and said == []
    assert learner.read_text(encoding="utf-8").count('"file"') == 1


def test_the_owner_is_a_random_number_and_stays(learner):
    assert progress.owner(learner) == ""
    check("s1.1", 40)
    first = progress.owner(learner)
    check("s1.1", 4)
    assert len(first) == 32 and progress.owner(learner) == first


def test_minutes_run_from_the_first_try_to_the_right_answer_without_long_pauses(learner):
    moments = ["10:00", "10:04", "13:00", "13:05"]
    verdicts = ["value", "value", "correct", "value"]
    write(
        learner,
        *(
            line("s1.1", verdict, f"2026-01-01T{moment}:00+00:00")
            for verdict, moment in zip(verdicts, moments, strict=True)
        ),
    )
    (first, *_) = standing(known(), learner).exercises
    assert (first.state, first.spent, first.tries) == ("done", 19.0, 3)  # 4, and a pause that counts 15


def test_a_clock_that_was_set_back_takes_no_minutes_away():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert minutes_between([now, now - timedelta(hours=1), now]) == 15


def test_an_answer_on_other_data_counts_and_is_told(learner):
    at = "2026-01-01T10:00:00+00:00"
    write(
        learner,
        line("s1.1", "correct", at, data="b7" * 8, seed=7, children=60000),
        line("s1.2", "correct", at),
    )
    found = standing(known(), learner)
    assert [exercise.state for exercise in found.exercises] == ["done on other data", "done", "left"]
    assert found.rows()[0][1:4] == (2, 0, 1)
    assert found.said == [
        "Answered on other data (seed 7, 60,000 children, version b7b7b7b7): s1.1. The data in use are "
        "version 5a5a5a5a; run the check cells again to see which answers still hold."
    ]


def test_an_answer_that_is_marked_later_counts_as_handed_in(learner):
    write(learner, line("s1.1", "recorded", "2026-01-01T10:00:00+00:00"))
    assert standing(known(), learner).exercises[0].state == "handed in"


def test_an_exercise_that_is_gone_is_not_lost(learner):
    write(learner, line("q1.4", "correct", "2026-01-01T10:00:00+00:00"))
    assert "q1.4" in standing(known(), learner).said[0]


def test_check_without_arguments_shows_the_table(learner, capsys):
    check()
    out = capsys.readouterr().out
    assert "minutes left" in out and "f1  " in out and "\nall " in out


def test_the_table_in_a_notebook_has_headings_and_escapes_what_it_shows(learner):
    found = standing([Exercise("s1.1", "<b>a & b</b>", 8)], learner)._repr_html_()
    assert found.count('scope="col"') == 6 and "&lt;b&gt;a &amp; b&lt;/b&gt;" in found


def test_the_file_can_be_read_by_its_owner_and_by_nobody_who_may_not(learner):
    check("s1.1", 4)
    assert stat.S_IMODE(learner.stat().st_mode) & 0o022 == 0
