"""The test before and after the course: whole, with other numbers in each form, and marked as it says."""

import json
import re

import pytest

from catalyst import cli, paths
from catalyst.errors import CourseError
from catalyst.marking.check import mark
from catalyst.studio import before_after, catalogue, exercises, quizzes
from catalyst.studio.before_after_numbers import COUNTED, Tables, numbers


@pytest.fixture(scope="module")
def ideas():
    return before_after.read()


@pytest.fixture(scope="module")
def forms(ideas):
    return before_after.both(ideas)


def test_every_chapter_has_an_idea_and_every_option_its_feedback(ideas):
    # The bridge is what a learner may bring along; the test asks for what the course adds.
    chapters = [c for c in catalogue.chapters().values() if c.written and c.part != "Bridge"]
    assert before_after.faults(ideas, {chapter.id for chapter in chapters}) == []
    assert len(chapters) <= len(ideas) <= 2 * len(chapters)


def test_what_is_lacking_is_named(ideas):
    item = quizzes.Item("What?", [quizzes.Option("a", "Yes. It is so."), quizzes.Option("b", "Perhaps.")])
    found = before_after.faults([before_after.Idea("x", "zz", "nothing", item)], {"f1"})
    told = (
        "there is no chapter 'zz'",
        "counts nothing named 'nothing'",
        "2 options",
        "needs feedback",
        "chapter f1",
    )
    for words in told:
        assert any(words in fault for fault in found), words


def test_the_two_forms_ask_the_same_with_other_numbers(forms):
    for before, after in zip(*forms.values(), strict=True):
        assert re.sub(r"\d", "", before.text) != before.text
        assert [o.right for o in before.options] == [o.right for o in after.options]
        assert set(re.findall(r"[\d,.]*\d", before.text)) != set(re.findall(r"[\d,.]*\d", after.text))


def test_right_options_do_not_all_stand_in_one_place(ideas):
    places = [[o.right for o in idea.item.options].index(True) for idea in ideas]
    assert max(places.count(place) for place in set(places)) <= len(places) / 2 + 1


def test_no_braces_and_no_missing_number_is_left(forms):
    for questions in forms.values():
        for item in questions:
            text = " ".join([item.text, *(f"{o.text} {o.feedback}" for o in item.options)])
            assert not re.search(r"[{}]|\bnan\b|\binf\b", text), text


def test_numbers_agree_with_a_count_of_another_kind():
    """Written out with sets and loops, without the tables' own grouping."""
    tables = Tables()
    found = numbers("rows_and_children", tables, "before")
    rows = tables("cin_child_protection_plans")
    rows = rows[(rows["Year"] == 2018) | (rows["Year"] == 2019)]
    assert found["rows"] == len(rows)
    assert found["children"] == len(set(zip(rows["LEA"], rows["LAchildID"], strict=True)))
    late = numbers("late_entry", tables, "after")
    assert late["before"] > 0 and late["inside"] > 0 and late["whole"] == late["before"] + late["inside"]
    raised = numbers("raised_scores", tables, "before")
    share = 1 - raised["received"] / raised["asked"]
    assert raised["right"] == pytest.approx(raised["mean"] + 3 * share)
    bounds = numbers("link_bounds", tables, "after")
    assert bounds["low"] < bounds["among"] and bounds["low"] < bounds["high"]
    cell = numbers("hidden_cell", tables, "after")
    shown = sum(int(part.replace(",", "")) for part in re.findall(r" ([\d,]+)(?:,|$)", cell["row"]))
    assert cell["total"] - shown == cell["hidden"]


def test_data_that_are_too_few_are_told_and_lose_nothing(monkeypatch):
    monkeypatch.setitem(COUNTED, "late_entry", lambda tables, form: {"days": float("nan")})
    with pytest.raises(CourseError, match="too few to count 'late_entry'"):
        numbers("late_entry", None, "before")


def test_the_key_marks_as_the_feedback_says(forms):
    for form, questions in forms.items():
        key = before_after.key(form, questions)["exercises"]
        assert list(key) == [f"{form}.{number}" for number in range(1, len(questions) + 1)]
        for (name, entry), item in zip(key.items(), questions, strict=True):
            for letter, option in zip(before_after.LETTERS, item.options, strict=False):
                verdict = mark(name, entry, letter)
                assert (verdict.layer == "correct") == option.right
                assert option.feedback.removeprefix("Yes. ") in verdict.message
            assert mark(name, entry, ...).layer == "blank"
            assert mark(name, entry, "Z").layer in ("type", "shape", "value")


def test_the_notebook_runs_blank_and_asks_everything(forms):
    text = before_after.notebook("before", forms["before"])
    notebook = json.loads(text)
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    for number, item in enumerate(forms["before"], start=1):
        assert any(item.text in source for source in sources)
        assert f"answer_{number} = ..." in sources
        assert f'check("before.{number}", answer_{number})' in sources
    assert "Nothing is sent anywhere" in sources[0]
    for source in sources:
        assert "Yes." not in source, "the notebook must not hold the key"


def test_keys_and_notebooks_are_made_with_those_of_the_exercises():
    exercises.ensure_keys(say=lambda line: None)
    assert before_after.in_step()
    for form in before_after.FORMS:
        assert (before_after.notebooks_dir() / form / f"{form}.ipynb").is_file()
        assert (paths.keys_dir() / f"{form}.json").is_file()


def test_the_page_to_print_has_both_forms_and_the_key(tmp_path, forms):
    before_after.write_page(tmp_path, forms)
    text = (tmp_path / "test_before_after.md").read_text(encoding="utf-8")
    assert text.count("**1: ") == 2 and "### Key: after the course" in text
    assert all(item.text in text for questions in forms.values() for item in questions)


@pytest.mark.slow
def test_on_a_small_world_of_another_seed_every_question_still_has_its_numbers(tmp_path, monkeypatch, ideas):
    arguments = ["--seed", "7", "--children", "6000", "--authorities", "6", "--out", str(tmp_path / "world")]
    assert cli.main(["data", *arguments]) == 0
    monkeypatch.setenv("CATALYST_DATA", str(tmp_path / "world"))
    for questions in before_after.both(ideas).values():
        assert len(questions) == len(ideas)
