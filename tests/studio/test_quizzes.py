"""Quizzes: what a file may hold, what each fault is told as, and how they stand in a chapter."""

import nbformat
import pytest

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import quizzes

WHOLE = """
questions:
- question: Which plans are at risk?
  objective: 1
  options:
  - {text: All, feedback: No. Some of them had ended.}
  - {text: Those in sight, feedback: Yes. They alone could be seen.}
  - {text: None, feedback: No. Nothing could be estimated.}
- question: What holds?
  objective: 2
  right: 2
  options:
  - {text: This, feedback: Yes. It holds by definition.}
  - {text: That, feedback: 'Yes. It holds as well: look.'}
  - {text: Neither, feedback: No. Both of them hold.}
"""


@pytest.fixture
def written(tmp_path):
    """A quiz in a file, changed before it is read."""

    def write(*changes):
        text = WHOLE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path = tmp_path / "t9.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_what_is_rendered_reads_back_the_same(written):
    questions = quizzes.read(written())
    assert quizzes.faults("t9.yaml", questions, 2) == []
    block = quizzes.render("t9", questions)
    assert "**2. What holds?** *(Two are right.)* <!-- objective 2 -->" in block
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"### A quiz\n\n{block}\n\nEnd.")]
    )
    assert quizzes.items(notebook) == questions


def test_a_quiz_in_a_chapter_needs_no_file():
    words = (
        "**1. Which plans\nare at risk?**\n\n<details>\n<summary>All</summary>\n\nNo. Some had ended.\n\n"
        "</details>\n\n**2. A bold line without options**\n\nWords."
    )
    (item,) = quizzes.items(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(words)]))
    assert (item.text, item.objective, item.right) == ("Which plans are at risk?", None, 1)
    assert item.options == [quizzes.Option("All", "No. Some had ended.")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("No. Some of them had ended.", "''"), "'All' needs feedback that begins with Yes or No"),
        (("No. Some of them had ended.", "No"), "'All' needs feedback that begins with Yes or No"),
        (
            ("No. Some of them had ended.", "Some of them had ended."),
            "'All' needs feedback that begins with Yes",
        ),
        (
            ("No. Some of them had ended.", "Yes. All of them are."),
            "2 of its options are right, where 1 should be",
        ),
        (("right: 2", "right: 1"), "question 2: 2 of its options are right, where 1 should be"),
        (("right: 2", "right: many"), "'right' should be the number of right options"),
        (
            ("objective: 2", "objective: 3"),
            "question 2: say which objective of the chapter it asks for, 1 to 2",
        ),
        (("  objective: 1\n", ""), "question 1: say which objective"),
        (("text: None", "text: All"), "two options are the same"),
        (
            ("  - {text: Neither, feedback: No. Both of them hold.}\n", ""),
            "it has 2 options; three or more are due",
        ),
    ],
)
def test_a_faulty_quiz_is_told(written, change, told):
    found = quizzes.faults("t9.yaml", quizzes.read(written(change)), 2)
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("t9.yaml, quiz question ") for fault in found)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("questions:", "items:"), "t9.yaml: it should hold 'questions:' with a list below it."),
        (("question: What", "asks: What"), "t9.yaml, question 2: it should have 'question:' with text."),
        (("objective: 2", "aim: 2"), "t9.yaml, question 2: 'aim' means nothing here."),
        (
            ("text: All, ", ""),
            "question 1: every option should have 'text:' and 'feedback:' and nothing else.",
        ),
        (("question: What", "question: What: then"), "t9.yaml, line 9: it cannot be read as YAML."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(written, change, sentence):
    with pytest.raises(CourseError) as refusal:
        quizzes.read(written(change))
    assert str(refusal.value).endswith(sentence)


def test_a_quiz_without_a_chapter_or_a_place_is_refused(tmp_path, written):
    (tmp_path / "quizzes").mkdir()
    (tmp_path / "notebooks").mkdir()
    written().rename(tmp_path / "quizzes" / "t9.yaml")
    with pytest.raises(CourseError, match="there is no chapter t9 for this quiz"):
        quizzes.refresh(tmp_path)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title")])
    nbformat.write(notebook, tmp_path / "notebooks" / "t9_nine.ipynb")
    with pytest.raises(CourseError, match=r"t9_nine\.ipynb: it needs one place for its quiz"):
        quizzes.refresh(tmp_path)
    with pytest.raises(CourseError, match=r"t9\.yaml is there already"):
        quizzes.extract("t9", tmp_path)
    with pytest.raises(CourseError, match="There is no chapter 't8'"):
        quizzes.extract("t8", tmp_path)


def test_every_quiz_stands_in_its_chapter_as_in_its_file():
    assert quizzes.refresh(write=False) == []
    assert quizzes.source("t1").is_file()
    files = {path.stem for path in (paths.root() / "quizzes").glob("*.yaml")}
    assert files <= {path.stem.partition("_")[0] for path in (paths.root() / "notebooks").glob("*.ipynb")}
