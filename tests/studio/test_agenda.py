"""The agenda map: its tables hold together, and its pages say what notebooks say."""

import re

import nbformat
import pytest

from catalyst.studio import agenda, catalogue


def test_the_tables_hold_together():
    assert agenda.faults() == []


def test_every_question_of_the_agenda_is_there():
    asked = [row["id"] for row in catalogue.facts("agenda")]
    assert len([identity for identity in asked if not identity.startswith("11.")]) == 58
    assert asked[-1] == "11.1"
    assert [question["id"] for question in agenda.questions()] == asked


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("id", "1.99", "'1.99' stands there 1 times, or is no question"),
        ("answerable", "maybe", "answerable is 'maybe'; it may be yes, partly, waits"),
        ("stage", "later", "stage is 'later'"),
        ("asks", "why", "asks is 'why'"),
        ("tables", "cin_census", "'cin_census' in tables is not known"),
        ("tables", "", "tables is empty"),
        ("chapters", "t99", "'t99' in chapters is not known"),
        ("datasets", "a dream", "'a dream' in datasets is not known"),
        ("design", " ", "design is empty"),
        ("waits_for", "", "waits_for belongs to what is not, or only partly, answerable"),
        ("answerable", "waits", "answerable is 'waits', which agenda.csv's data_today denies"),
    ],
)
def test_a_spoilt_row_is_told(monkeypatch, column, value, told):
    facts = catalogue.facts

    def spoilt(name):
        rows = facts(name)
        if name == "agenda_answers":
            rows[0][column] = value
        return rows

    monkeypatch.setattr(catalogue, "facts", spoilt)
    found = agenda.faults()
    assert any(told in fault for fault in found), found


@pytest.fixture(scope="module")
def written():
    return catalogue.chapters()


def test_every_section_is_there_and_no_answerable_question_is_without(written):
    assert agenda.section_faults(written) == []


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("id", "1.99", "1.99, t7: the agenda has no such question"),
        ("chapter", "t99", "7.2, t99: no such chapter is written"),
        ("place", "No such heading", "no heading and no exercise 'No such heading'"),
        ("place", "t7.99", "no heading and no exercise 't7.99'"),
        ("place", "t6.1", "no heading and no exercise 't6.1'"),
        (None, None, "question 4.3 is answerable and has no section"),
        ("id", "5.4", "question 5.4 has a section; NOT_TAKEN_UP denies it"),
    ],
)
def test_a_spoilt_section_is_told(monkeypatch, written, column, value, told):
    facts = catalogue.facts

    def spoilt(name):
        rows = facts(name)
        if name == "agenda_sections" and column is None:
            return [row for row in rows if row["id"] != "4.3"]
        if name == "agenda_sections":
            next(row for row in rows if (row["id"], row["chapter"]) == ("7.2", "t7"))[column] = value
        return rows

    monkeypatch.setattr(catalogue, "facts", spoilt)
    found = agenda.section_faults(written)
    assert any(told in fault for fault in found), found


def test_a_section_named_twice_is_told(monkeypatch, written):
    facts = catalogue.facts
    monkeypatch.setattr(catalogue, "facts", lambda name: facts(name) * (1 + (name == "agenda_sections")))
    assert any("stands there 2 times" in fault for fault in agenda.section_faults(written))


def test_an_anchor_is_what_the_book_makes_of_a_heading(written):
    slugify = pytest.importorskip("myst_parser.mdit_to_docutils.base").default_slugify
    headings = [pair for chapter in written.values() for pair in chapter.headings.items()]
    assert len(headings) > 200
    assert [pair for pair in headings if pair[1] != slugify(pair[0])] == []


def test_headings_are_counted_as_the_book_does(project):
    text = "# Twice\n\n## Twice\n\n```python\n# no heading\n```\n\n### Twice\n\n#### Too deep"
    project("t12_something_new", [], text)
    assert catalogue.chapters(project.folder)["t12"].headings == {"Twice": "twice-1"}


@pytest.fixture
def project(tmp_path):
    """A project without chapters; ``project(id, agenda)`` writes one, with a cell of text if given."""
    (tmp_path / "notebooks").mkdir()

    def write(name, ids, text=""):
        notebook = nbformat.v4.new_notebook(
            metadata={"catalyst": {"title": "A title of its own", "agenda": ids}},
            cells=[nbformat.v4.new_markdown_cell(text)],
        )
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")

    write.folder = tmp_path
    return write


def answer(folder, identity):
    text = agenda.questions_page(catalogue.chapters(folder))
    part = text.split(f"\n### {identity}\n")[1].split("\n### ")[0]
    return re.search(r"^Chapter\n: (.*)$", part, re.MULTILINE)[1]


def test_a_question_follows_the_notebooks(project):
    assert answer(project.folder, "5.10") == "Engagement around involvement (*chapter in preparation*)."
    project("t5b_engagement_around_involvement", ["5.1"])
    link = "[A title of its own](../../notebooks/t5b_engagement_around_involvement.ipynb)"
    assert answer(project.folder, "5.10") == f"{link} (on this theme; it does not take this question up)."
    assert answer(project.folder, "5.1").startswith(link)
    project("t5b_engagement_around_involvement", ["5.10"])
    assert answer(project.folder, "5.10") == f"{link}."


def test_a_chapter_is_followed_by_its_sections(project):
    name, heading = "t5b_engagement_around_involvement", "With support from other sectors"
    link = f"[A title of its own](../../notebooks/{name}.ipynb)"
    section = f"[{heading}](../../notebooks/{name}.ipynb#with-support-from-other-sectors)"
    project(name, ["5.10"], f"### {heading}")
    assert answer(project.folder, "5.10") == f"{link}: {section}."
    project(name, ["5.1"], f"### {heading}")
    assert answer(project.folder, "5.10") == f"{link}, in passing: {section}."


def test_an_exercise_is_named_by_its_number(written):
    part = agenda.questions_page(written).split("\n### 6.2\n")[1].split("\n### ")[0]
    assert ": exercise [t6.4](../../exercises/t6/t6.ipynb)." in part


def test_a_notebook_that_no_plan_names_is_named_where_it_answers(project):
    project("t12_something_new", ["1.1"])
    assert "t12_something_new.ipynb" in answer(project.folder, "1.1")
    assert "[A title of its own]" in agenda.map_page(catalogue.chapters(project.folder))


def test_the_map_counts_every_question_once(project):
    text = agenda.map_page(catalogue.chapters(project.folder))
    rows = re.findall(r"^\| \[(\d+) [^|]+\| (\S+) \| (\S+) \| (\S+) \|", text, re.MULTILINE)
    assert [int(row[0]) for row in rows] == list(range(1, 12))
    assert sum(int(cell) for row in rows for cell in row[1:] if cell != "–") == 59
    for name in ("Profiling first", "Before, in and after care", "The four recommendations", "Footnotes"):
        assert f"## {name}" in text


def test_the_agendas_own_words_are_shown_once_somebody_puts_them_in(project, monkeypatch):
    known = catalogue.chapters(project.folder)
    absent = "The agenda's own words on this could not be had"
    recommendations = agenda.map_page(known).split("## The four recommendations")[1].split("\n## ")[0]
    assert absent in recommendations
    facts = catalogue.facts

    def filled(name):
        rows = facts(name)
        if name == "agenda_frame":
            for row in rows:
                row["text"] = row["text"] or f"Words on {row['part']} {row['id']}."
        return rows

    monkeypatch.setattr(catalogue, "facts", filled)
    recommendations = agenda.map_page(known).split("## The four recommendations")[1].split("\n## ")[0]
    assert absent not in recommendations
    assert "4. Words on recommendation 4 {cite:p}`griffiths2025agenda`." in recommendations


def test_both_pages_are_written(project, tmp_path):
    agenda.write_pages(tmp_path, project.folder)
    assert (tmp_path / "agenda_map.md").read_text(encoding="utf-8").startswith("# The agenda map\n")
    text = (tmp_path / "agenda_questions.md").read_text(encoding="utf-8")
    assert text.count("(agenda-") == 59 and text.count("(theme-") == 11
