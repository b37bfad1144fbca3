"""The pages derived from all chapters' metadata: they say what the notebooks say, and add up."""

import nbformat
import pytest

from catalyst.studio import catalogue, overview

QUIZ = """**1. Why?** <!-- objective 2 -->

<details><summary>So</summary>

Yes. It is so.

</details>
<details><summary>Not so</summary>

No. It is not.

</details>
"""


def metadata(number):
    return {
        "title": f"Title {number}",
        "questions": [f"Question {number}?"],
        "objectives": [f"Do {number}", f"Say {number}"],
        "keypoints": [f"Keep {number}"],
        "prerequisites": [],
        "datasets": ["cin_details"],
        "agenda": ["1.3"],
        "minutes_read": 40,
        "minutes_exercise": 50,
    }


@pytest.fixture
def project(tmp_path):
    """Two chapters of the plan and one beside it; the first has an exercise and a quiz."""
    for number, name in enumerate(("t1_protection_plans", "f1_records_to_cohorts", "t12_new"), start=1):
        cells = [nbformat.v4.new_markdown_cell(QUIZ)] if number == 1 else []
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"catalyst": metadata(number)})
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, path)
    spec = {"catalyst": {"id": "t1.1", "objectives": [1]}}
    check = nbformat.v4.new_code_cell('check("t1.1", answer)', metadata=spec)
    (tmp_path / "solutions" / "t1").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[check]), tmp_path / "solutions" / "t1" / "t1.ipynb")
    (tmp_path / "_toc.yml").write_text(
        "root: book/welcome\nchapters:\n- file: notebooks/t12_new\n", encoding="utf-8"
    )
    return tmp_path


@pytest.fixture
def known(project):
    return overview.in_order(catalogue.chapters(project), catalogue.contents(project))


def test_the_plan_comes_first_and_what_no_plan_names_after_it(known):
    assert list(known)[-1] == "t12"
    assert [identity for identity, chapter in known.items() if chapter.written] == ["f1", "t1", "t12"]


def test_minutes_add_up(known):
    text = overview.contents_page(known)
    assert "3 of 27 planned chapters so far, with 2 hours of reading and 2 hours 30 minutes of" in text
    assert "[Read the chapter](../../notebooks/t1_protection_plans.ipynb) (40 minutes)" in text
    alone = overview.schedules_page(known).split("## Alone")[1].split("\n## ")[0]
    assert "| [Title 3](../../notebooks/t12_new.ipynb) | 40 | 50 | 4 hours 30 minutes |" in alone
    assert "takes 2 weeks." in alone


def test_each_objective_names_what_asks_for_it(known):
    text = overview.objectives_page(known)
    assert "- Do 1 ([exercise t1.1](../../exercises/t1/t1.ipynb))\n- Say 1 (quiz question 1)\n" in text


def test_schedules_say_which_chapters_are_in_preparation(known):
    text = overview.schedules_page(known)
    sessions = text.split("## Six coaching sessions")[1].split("\n## ")[0]
    assert sessions.count("*In preparation:*") == 4
    assert (
        "plans last? [Title 1](../../notebooks/t1_protection_plans.ipynb) | 60 to 90 | 40 + 50 |" in sessions
    )
    assert [title for title in ("One day", "One term") if f"## {title}" in text] == ["One day", "One term"]


def test_the_schedules_name_chapters_that_are_planned_and_a_day_whose_times_follow():
    planned = {row["id"] for row in catalogue.facts("chapters")}
    rows = catalogue.facts("schedules")
    assert {row["plan"] for row in rows} == set(overview.PLANS) - {"self_study"}
    assert {name for row in rows for name in row["chapters"].split(";") if name} <= planned
    assert sum(row["plan"] == "six_sessions" for row in rows) == 6
    end = 0
    for row in (row for row in rows if row["plan"] == "one_day"):
        start = int(row["slot"][:2]) * 60 + int(row["slot"][3:])
        assert start >= end
        end = start + int(row["minutes"])


def test_key_points_and_the_quiz_with_its_key(known):
    assert "## Title 2\n\n- Keep 2\n" in overview.keypoints_page(known)
    questions, key = overview.quiz_page(known).split("## The key")
    assert "- A: So\n- B: Not so\n" in questions and "It is so" not in questions
    assert "**1: A** · Say 1\n\n- A: Yes. It is so.\n" in key


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (50, "50 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (150, "2 hours 30 minutes"),
    ],
)
def test_minutes_are_said_as_people_say_them(minutes, words):
    assert overview.hours(minutes) == words


def test_all_pages_are_written(project, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    overview.write_pages(out, project)
    assert {path.stem for path in out.glob("*.md")} == {
        "chapters",
        "objectives",
        "keypoints",
        "schedules",
        "quiz_key",
    }


def test_the_plan_of_chapters_is_whole(root):
    rows = catalogue.facts("chapters")
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert catalogue.IDENTITY.fullmatch(row["id"]) and row["notebook"].startswith(f"{row['id']}_")
        assert row["part"] == catalogue.part_of(row["id"])
    for path in (root / "notebooks").glob("*.ipynb"):
        assert path.stem in {row["notebook"] for row in rows}, f"{path.name} is not in facts/chapters.csv"
