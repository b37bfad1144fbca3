"""The form of the application chapter: the filled and the empty one ask for the same things."""

import re
import string

from catalyst import paths

FOLDER = paths.root() / "book" / "_static"


def _asked(name):
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if re.match(r"#|\*.*\*$", line)]


def test_the_empty_form_asks_what_the_filled_one_answers():
    asked = _asked("application_worked.md")
    assert asked == _asked("application_template.md") and len(asked) > 15


def test_each_number_of_the_filled_form_comes_from_the_run():
    notebook = (paths.root() / "notebooks" / "f5_question_to_application.ipynb").read_text(encoding="utf-8")
    filled = (FOLDER / "application_worked.md").read_text(encoding="utf-8")
    fields = {field for _, field, _, _ in string.Formatter().parse(filled) if field}
    assert fields and all(rf"\"{field}\":" in notebook for field in fields)


def test_every_question_of_the_empty_form_is_left_open():
    empty = (FOLDER / "application_template.md").read_text(encoding="utf-8")
    assert empty.count("…") == sum(line.startswith("*") for line in empty.splitlines())
