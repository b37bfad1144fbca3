"""A learner's record and a class's page: what was done, what was learnt, and no name anywhere."""

import json

import pytest
from bs4 import BeautifulSoup

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.marking import progress
from catalyst.studio import before_after, learner_class, learner_record

AT = "2026-01-0{}T10:00:00+00:00"


def line(exercise, verdict, day=1, data=None, **more):
    data = data or progress.data_version()["data"]
    return {"v": 1, "exercise": exercise, "verdict": verdict, "at": AT.format(day), "data": data, **more}


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A learner who has done, tried and failed some of the course's own exercises and both tests."""
    path = tmp_path / "progress.jsonl"
    lines = [
        {"v": 1, "file": "0f" * 16},
        line("before.1", "value", mistake="A"),
        line("before.1", "correct"),
        line("before.2", "correct"),
        line("before.3", "type"),
        line("before.3", "correct"),
        line("t1.1", "value", 2, mistake="rows"),
        line("t1.1", "correct", 2),
        line("t1.2", "value", 3, mistake="ended only"),
        line("f1.1", "correct", 3, data="b7" * 8, seed=7, children=500),
        line("after.1", "correct", 4),
        line("after.2", "value", 4, mistake="B"),
        line("after.3", "correct", 4),
    ]
    path.write_text("".join(json.dumps(part) + "\n" for part in lines), encoding="utf-8")
    monkeypatch.setenv("CATALYST_PROGRESS", str(path))
    return path


def test_the_first_answer_counts_and_a_slip_of_the_keyboard_does_not(journal):
    tried, _ = progress.tries(journal)
    assert learner_record.first_answers(tried, "before") == {1: False, 2: True, 3: True}
    assert learner_record.first_answers(tried, "after") == {1: True, 2: False, 3: True}


def test_what_is_new_and_what_was_lost_is_told_by_its_idea(journal):
    ideas = before_after.titles()
    assert learner_record.learnt(learner_record.mine().tests) == [
        "Test before the course: 2 of 3 right at the first answer.",
        "Test after the course: 2 of 3 right at the first answer.",
        f"New since then: {ideas[1]}.",
        f"To look at again: {ideas[2]}.",
    ]


def test_the_page_to_print_says_on_which_data_and_that_nobody_certifies(journal):
    page = BeautifulSoup(learner_record.page(learner_record.mine()), "html.parser")
    words = " ".join(page.get_text(" ").split())
    rows = {row.th.get_text(): [cell.get_text() for cell in row("td")] for row in page.select("tbody tr")}
    assert rows["t1.1, survival of child protection plans"][0] == "done"
    assert rows["f1.1, from records to cohorts"][0] == "done on other data"
    assert "seed 7, 500 children" in rows["f1.1, from records to cohorts"][2]
    assert "2 of " in words and "the learner attests it" in words
    assert rows[before_after.titles()[2]] == ["right", "not yet"]
    assert page.html["lang"] == "en-GB" and not page.select("[src], link, script")


def test_a_record_for_a_class_has_no_answers_and_no_place(journal):
    told = json.loads(learner_record.export(learner_record.mine()))
    assert told["id"] == "0f" * 16
    assert told["tests"] == {
        "before": {"1": False, "2": True, "3": True},
        "after": {"1": True, "2": False, "3": True},
    }
    assert told["exercises"]["t1.2"]["mistakes"] == ["ended only"]
    assert str(journal.parent) not in json.dumps(told)
    assert not {"title", "last", "answer"} & set(told["exercises"]["t1.1"])


def test_before_the_first_try_there_is_nothing_to_record(tmp_path, monkeypatch):
    monkeypatch.setenv("CATALYST_PROGRESS", str(tmp_path / "none.jsonl"))
    with pytest.raises(CourseError, match="nothing to record yet"):
        learner_record.mine()


@pytest.fixture
def folder(journal, tmp_path):
    """The records of six learners, one of them twice, and files that are none."""
    folder = tmp_path / "records"
    folder.mkdir()
    told = json.loads(learner_record.export(learner_record.mine()))
    for number in range(6):
        told["id"], told["made"] = f"{number:032x}", AT.format(number + 1)
        told["tests"]["before"]["1"] = number == 0
        (folder / f"{number}.json").write_text(json.dumps(told), encoding="utf-8")
    told["made"] = AT.format(1)
    told["tests"]["after"] = {}
    (folder / "an earlier one.json").write_text(json.dumps(told), encoding="utf-8")
    (folder / "half.json").write_text(json.dumps(told)[:300], encoding="utf-8")
    (folder / "other.json").write_text('{"kind": "a shopping list", "version": 1}', encoding="utf-8")
    broken = {**told, "exercises": {"t1.1": {"state": "excellent", "spent": 1, "mistakes": []}}}
    (folder / "state.json").write_text(json.dumps(broken), encoding="utf-8")
    return folder


def test_a_class_is_read_without_names_and_what_is_no_record_is_told(folder):
    group = learner_class.read(folder)
    assert len(group.records) == 6
    assert group.said == [
        "half.json was left out: it is no whole record of this course.",
        "other.json was left out: it is no whole record of this course.",
        "state.json was left out: it is no whole record of this course.",
        "1 earlier record of a learner with a later one was left out.",
    ]
    assert learner_class.ideas(group)[0] == (before_after.titles()[1], "1 of 6", "6 of 6", 5, 0)
    rows = {row[0]: row for row in learner_class.exercises(group)}
    assert rows["t1.1"][1:3] == (6, 0)
    assert rows["t1.2"][1:3] == (0, 6)
    assert rows["t1.2"][4].endswith("(6)")


def test_a_small_class_is_warned_and_an_empty_one_refused(folder, tmp_path):
    for path in sorted(folder.glob("[1-5].json")):
        path.unlink()
    (folder / "an earlier one.json").unlink()
    assert "keep this page to the group" in learner_class.read(folder).said[-1]
    with pytest.raises(CourseError, match="no folder"):
        learner_class.read(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="There is no record in"):
        learner_class.read(tmp_path / "empty")


def test_the_command_writes_both_and_shows_a_class(journal, folder, tmp_path, capsys):
    page, record, group = (tmp_path / name for name in ("me.html", "me.json", "class.html"))
    assert cli.main(["progress", "--record", str(page), "--export", str(record)]) == 0
    assert cli.main(["progress"]) == 0
    out = capsys.readouterr().out
    assert "minutes left" in out and f"in {journal}." in out and "New since then" in out
    assert cli.main(["progress", "--class", str(folder), "--page", str(group)]) == 0
    assert "6 records." in capsys.readouterr().out
    assert "What the class has learnt" in group.read_text(encoding="utf-8")
    assert json.loads(record.read_text(encoding="utf-8"))["kind"] == learner_record.KIND
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--page", "a.html"], "--page belongs to --class: for your own page give --record FILE.html."),
        (["--class", "x", "--export", "a.json"],
         "--class is about others' records: give --record and --export without it."),
        (["--record", "a.pdf"], "--record takes the name of a file that ends in .html, not 'a.pdf'."),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(arguments, sentence, capsys):
    assert cli.main(["progress", *arguments]) == 2
    assert capsys.readouterr().err == sentence + "\n"
