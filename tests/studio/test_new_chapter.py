"""A new chapter from the template: whole but for what is to fill, and running as it stands."""

import re
import shutil

import pytest
import yaml

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.studio import chapters, exercises, masters, new_chapter


@pytest.fixture
def project(root, tmp_path):
    """The table of contents, the glossary and the first chapter of the course."""
    for name in ("_toc.yml", "book/glossary.md", "notebooks/t1_protection_plans.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_what_is_made_and_what_is_still_to_fill(project):
    before = files(project)
    made, missing = new_chapter.make("t12_kinship_care", project)
    assert made == [
        "notebooks/t12_kinship_care.ipynb",
        "solutions/t12/t12.ipynb",
        "exercises/t12/t12.ipynb",
        "quizzes/t12.yaml",
        "coaching/t12.yaml",
        "_toc.yml",
    ]
    after = files(project)
    assert {name for name in after if after[name] != before.get(name)} == set(made)
    assert masters.faults(project / "solutions" / "t12" / "t12.ipynb") == []
    told = ("TO FILL", "a chapter has", "keep its output", "its output is kept without", "no cell with code")
    assert [fault for fault in missing if not any(words in fault for words in told)] == []
    assert "t12_kinship_care.ipynb: it has 14 cells; a chapter has 25 to 40." in missing
    assert sum("TO FILL" in fault for fault in missing) > 10


def test_every_part_of_the_skeleton_is_there(project):
    new_chapter.make("t12_kinship_care", project)
    notebook = masters.read(project / "notebooks" / "t12_kinship_care.ipynb")
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert [section for section in chapters.SECTIONS if f"## {section}" not in prose] == []
    assert set(chapters.WANTED) == set(notebook.metadata["catalyst"])
    assert "../book/support.md" in prose and "not yet been reviewed by people with lived experience" in prose
    assert "```{include} ../book/derived/recovery_t12.md" in prose


def test_the_worked_example_has_an_answer_and_mistakes_of_its_own(project):
    new_chapter.make("t12_kinship_care", project)
    key = exercises.key_of(project / "solutions" / "t12" / "t12.ipynb", strict=True)
    assert len(key["exercises"]["t12.1"]["mistakes"]) == 2


@pytest.mark.parametrize("cell", [3, 4, 7])
def test_the_templates_code_runs(cell, project, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    new_chapter.make("t12_kinship_care", project)
    cells = masters.read(project / "notebooks" / "t12_kinship_care.ipynb").cells
    scope = {}
    for number in [n for n in (3, 4, 7) if n <= cell]:
        assert cells[number].cell_type == "code"
        exec(cells[number].source.replace("plt.show()", "plt.close()"), scope)


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("t1b_journeys_before_care", "notebooks/t2_hardship"),
        ("t2_hardship", "notebooks/t10_extra_familial_harm"),
        ("t11_evaluation", None),
    ],
)
def test_a_chapter_stands_in_its_place(name, before):
    text = "parts:\n  - caption: Themes\n    chapters:\n"
    for other in ("t1_protection_plans", "t2_hardship", "t10_extra_familial_harm"):
        text += f"      - file: notebooks/{other}\n" if other != name else ""
    text += "  - caption: The data\n    chapters:\n      - file: book/limits\n"
    fresh = new_chapter.add_to_contents(text, name, name.partition("_")[0])
    parts = {
        part["caption"]: [entry["file"] for entry in part["chapters"]]
        for part in yaml.safe_load(fresh)["parts"]
    }
    place = parts["Themes"].index(f"notebooks/{name}")
    assert parts["Themes"][place + 1 : place + 2] == ([before] if before else [])
    assert parts["The data"] == ["book/limits"]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("t1c_x", "t1b", "t2"), ("f5_x", "f4", "t1"), ("c1_x", "t5b", None), ("b0_x", None, "b1")],
)
def test_its_coaching_guide_stands_in_its_place(name, before, after, root):
    kept = ("b1", "f4", "t1", "t1b", "t2", "t5b")  # of the chapters that are there today
    lines = (root / "_toc.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    guide = re.compile(r"coaching_([a-z0-9]+)$")
    text = "".join(x for x in lines if not (found := guide.search(x.strip())) or found[1] in kept)
    identity = name.partition("_")[0]
    fresh = yaml.safe_load(new_chapter.add_to_contents(text, name, identity))
    (part,) = (part for part in fresh["parts"] if part["caption"] == "Coaching")
    guides = [None, *(entry["file"].rpartition("_")[2] for entry in part["chapters"][0]["sections"]), None]
    place = guides.index(identity)
    assert (guides[place - 1], guides[place + 1]) == (before, after)


@pytest.mark.parametrize(
    ("identity", "captions"),
    [("b1", ["Bridge", "Themes"]), ("f1", ["Foundations", "Themes"]), ("c1", ["Themes", "Capstone"])],
)
def test_a_part_that_is_not_there_is_made_in_its_place(identity, captions):
    text = "parts:\n  - caption: Themes\n    chapters:\n      - file: notebooks/t1_x\n  - caption: The data\n"
    fresh = yaml.safe_load(new_chapter.add_to_contents(text, f"{identity}_x", identity))
    assert [part["caption"] for part in fresh["parts"]] == [*captions, "The data"]
    with pytest.raises(CourseError, match=r"_toc\.yml has no part before which the chapter could stand"):
        new_chapter.add_to_contents("parts:\n  - caption: Other\n", "t1_x", "t1")


@pytest.mark.parametrize(
    "name", ["", "t12", "t12_", "T12_care", "t12-care", "x1_care", "t0_care", "t12_" + "a" * 70]
)
def test_a_name_that_cannot_be_one_is_refused(name, project):
    before = files(project)
    with pytest.raises(CourseError, match="cannot be a chapter's name: give its id and what it is about"):
        new_chapter.make(name, project)
    assert files(project) == before


@pytest.mark.parametrize(
    "there", ["notebooks/t12_other.ipynb", "solutions/t12/t12.ipynb", "quizzes/t12.yaml", "coaching/t12.yaml"]
)
def test_nothing_that_is_there_is_written_over(there, project):
    (project / there).parent.mkdir(parents=True, exist_ok=True)
    (project / there).write_text("mine", encoding="utf-8")
    before = files(project)
    with pytest.raises(CourseError, match=r"A chapter t12 is there already \(.+\): choose another id\."):
        new_chapter.make("t12_kinship_care", project)
    assert files(project) == before


def test_the_command_line_refuses_in_one_sentence(capsys):
    assert cli.main(["new-chapter", "t1_again"]) == 2
    words = capsys.readouterr().err
    assert (
        words == "A chapter t1 is there already (notebooks/t1_protection_plans.ipynb): choose another id.\n"
    )
    assert cli.main(["new-chapter"]) == 2
    assert "see 'python3 course.py new-chapter --help'" in capsys.readouterr().err


def test_the_command_line_says_what_was_made_and_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(new_chapter, "make", lambda name: (["a.ipynb"], ["It has no quiz."]))
    assert cli.main(["new-chapter", "t12_kinship_care"]) == 0
    out = capsys.readouterr().out
    assert "  a.ipynb\n" in out and "  It has no quiz.\n" in out
    assert out.endswith("python -m catalyst.studio.chapters t12\n")
