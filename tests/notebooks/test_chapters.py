"""Chapters have the whole skeleton and notebooks keep the rules; a whole chapter, spoilt, shows it bites."""

import json

import nbformat
import pytest

from catalyst import paths
from catalyst.studio import chapters, quizzes, slide_tags

ROOT = paths.root()
CHAPTERS = sorted((ROOT / "notebooks").glob("*.ipynb"))
OTHERS = [
    *((path, "exercise") for path in sorted((ROOT / "exercises").glob("*/*.ipynb"))),
    *((path, "master") for path in sorted((ROOT / "solutions").glob("*/*.ipynb"))),
]


def test_every_chapter_is_whole():
    assert [fault for path in CHAPTERS for fault in chapters.all_faults(path)] == []


def test_every_exercise_and_master_keeps_the_rules():
    assert [fault for path, kind in OTHERS for fault in chapters.notebook_faults(path, kind)] == []


def test_every_chapter_has_its_exercises_and_every_exercise_its_chapter():
    named = {path.stem.partition("_")[0] for path in CHAPTERS}
    assert named == {path.stem for path, kind in OTHERS if kind == "master"}
    assert named == {path.stem for path, kind in OTHERS if kind == "exercise"}


# --- a whole chapter, made here ----------------------------------------------------------------------

KEPT = {"tags": ["keep-output", "nbval-check-output"]}
SLIDES = {heading: [tag] for tag, heading in slide_tags.TAGS.items()}
SLIDES["The proper analysis"] = ["slide-estimand"]
DRAWN = {"mystnb": {"image": {"alt": "Plans end in steps, at about three, nine and fifteen months."}}}


QUIZ = """
**1. Which plans are at risk?** <!-- objective 1 -->

<details><summary>All</summary>

No. Some had ended before.

</details>
<details><summary>Those in sight</summary>

Yes. They alone could be seen to end.

</details>
<details><summary>None</summary>

No. Then nothing could be estimated.

</details>
"""


def whole():
    prose = " ".join(["word"] * 180)
    lines = "\n".join(f"x{i} = {i}" for i in range(4))
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [markdown("# Title\n\nA question?", id="title")]
    for number, section in enumerate(chapters.SECTIONS):
        cells.append(markdown(f"## {section}: more\n\n{prose}", id=f"prose-{number}"))
        cells[-1].metadata["tags"] = SLIDES.get(section, [])
        cells += [code(lines, id=f"code-{number}-{part}") for part in range(2)]
        cells[-1].metadata["tags"] = SLIDES.get(section, [])
    cells.append(markdown(QUIZ, id="quiz"))
    cells.append(code("from catalyst import check, load, truth", id="imports"))
    cells.append(code("ax = frame.plot()", id="drawing", metadata=DRAWN))
    output = nbformat.v4.new_output("execute_result", {"text/plain": "0.70"}, execution_count=3)
    cells.append(code("0.7", id="kept", metadata=KEPT, outputs=[output], execution_count=3))
    metadata = {
        "title": "Title",
        "questions": ["A question?"],
        "objectives": ["To learn"],
        "keypoints": ["A point"],
        "prerequisites": [],
        "datasets": ["cin_details"],
        "agenda": ["1.3"],
        "minutes_read": 40,
        "minutes_exercise": 50,
    }
    return nbformat.v4.new_notebook(cells=cells, metadata={"catalyst": metadata})


CONTENTS = "format: jb-book\nroot: notebooks/t9_whole\nchapters:\n- file: exercises/t9/t9\n"
CONTENTS += "- file: book/derived/coaching_t9\n"
GLOSSARY = "# Glossary\n\n```{glossary}\nRisk set\n  Those at risk.\n\nPlacement\n  A home.\n```\n"


def faults_of(notebook, tmp_path):
    """The faults of a chapter in a small project of its own, with a glossary and a table of contents."""
    path = tmp_path / "notebooks" / "t9_whole.ipynb"
    (tmp_path / "book").mkdir(exist_ok=True)
    path.parent.mkdir(exist_ok=True)
    (tmp_path / "_toc.yml").write_text(CONTENTS, encoding="utf-8")
    (tmp_path / "book" / "glossary.md").write_text(GLOSSARY, encoding="utf-8")
    # nbformat would mend an id that stands twice.
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return chapters.faults(path)


def cell(notebook, identity):
    return next(cell for cell in notebook.cells if cell.id == identity)


def source(identity, text):
    return lambda notebook: cell(notebook, identity).update(source=text)


def metadata(name, value):
    return lambda notebook: notebook.metadata["catalyst"].update({name: value})


def alt(value):
    return lambda notebook: cell(notebook, "drawing").metadata["mystnb"]["image"].update(alt=value)


def tags(*names):
    return lambda notebook: cell(notebook, "kept").metadata.update(tags=list(names))


def kept(**parts):
    return lambda notebook: cell(notebook, "kept").update(parts)


PICTURE = nbformat.v4.new_output("display_data", {"image/png": "aGk="})
ERROR = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])
LONG = nbformat.v4.new_output("stream", name="stdout", text="x" * 3000)

SPOILT = {
    "no objectives": (
        lambda n: n.metadata["catalyst"].pop("objectives"),
        "catalyst.objectives should be a list",
    ),
    "empty keypoints": (metadata("keypoints", []), "catalyst.keypoints is empty"),
    "a question without words": (metadata("questions", ["  "]), "catalyst.questions should hold text only"),
    "no minutes": (metadata("minutes_read", 0), "catalyst.minutes_read says nothing"),
    "minutes as text": (metadata("minutes_exercise", "40"), "catalyst.minutes_exercise should be a int"),
    "an unknown question": (
        metadata("agenda", ["1.9"]),
        "'1.9' in its metadata catalyst.agenda is no question",
    ),
    "an unknown table": (
        metadata("datasets", ["cin"]),
        "'cin' in its metadata catalyst.datasets is no table",
    ),
    "an objective for nobody": (
        metadata("objectives", ["To learn", "To know"]),
        "no exercise and no quiz question is for objective 2, 'To know'",
    ),
    "no quiz": (source("quiz", "Nothing."), "it has no quiz"),
    "a question for no objective": (
        lambda n: cell(n, "quiz").update(source=QUIZ.replace(" <!-- objective 1 -->", "")),
        "say which objective of the chapter it asks for",
    ),
    "a term without a link": (
        lambda n: cell(n, "title").update(source="# Title\n\nTwo risk sets."),
        "'Risk set' stands in the glossary; link it where it is first used",
    ),
    "a term that is not there": (
        lambda n: cell(n, "title").update(source="# Title\n\nA {term}`risk`."),
        "{term}`risk` leads nowhere",
    ),
    "the template's words": (
        lambda n: cell(n, "title").update(source="# Title\n\nTO FILL: a question?"),
        "(title): 'TO FILL' still stands in it",
    ),
    "the template's metadata": (
        metadata("keypoints", ["TO FILL"]),
        "'TO FILL' still stands in its metadata",
    ),
    "no trap": (
        lambda n: cell(n, "prose-3").update(source=cell(n, "prose-3").source.replace("The trap", "A trap")),
        "it needs one heading '## The trap'; it has 0",
    ),
    "sections out of order": (
        lambda n: n.cells.insert(1, n.cells.pop(n.cells.index(cell(n, "prose-8")))),
        "its sections are not in the order",
    ),
    "a second title": (source("prose-0", "# Why it matters"), "it needs one '# Title'"),
    "too little prose": (
        lambda n: [source(f"prose-{i}", "## X")(n) for i in range(4)],
        "words; a chapter has 1200 to 2000",
    ),
    "too little code": (
        lambda n: [source(f"code-{i}-0", "")(n) for i in range(9)],
        "lines of code; a chapter has",
    ),
    "too many cells": (
        lambda n: n.cells.extend(nbformat.v4.new_code_cell("", id=f"e{i}") for i in range(20)),
        "cells; a chapter has 25 to 40",
    ),
    "no alt text": (
        lambda n: cell(n, "drawing").metadata.pop("mystnb"),
        "(drawing): it draws a figure without alt text",
    ),
    "a file name as alt": (
        alt("plot_of_the_curve.png of five words here"),
        "(drawing): its alt text should say",
    ),
    "a bare alt": (alt("A figure"), "(drawing): its alt text should say in a sentence"),
    "one tag only": (
        tags("keep-output"),
        "(kept): its output is kept, but it lacks the tag nbval-check-output",
    ),
    "the other tag only": (
        tags("nbval-check-output"),
        "(kept): its output is kept, but it lacks the tag keep-output",
    ),
    "no tags": (tags(), "(kept): it keeps an output or a count without the tags"),
    "a count alone": (kept(outputs=[]), "(kept): it is tagged to keep its output, and has none"),
    "no count": (kept(execution_count=None), "(kept): its output is kept without an execution count"),
    "a kept picture": (kept(outputs=[PICTURE]), "(kept): its kept output is a picture"),
    "a kept error": (kept(outputs=[ERROR]), "(kept): its kept output is an error"),
    "a long output": (kept(outputs=[LONG]), "(kept): its kept output is longer than 2000 characters"),
    "a helper imported": (
        source("imports", "from catalyst.world.life import live"),
        "it imports live from catalyst.world.life",
    ),
    "the bank imported": (
        source("imports", "from catalyst.marking import wrong"),
        "it imports wrong from catalyst.marking",
    ),
    "the package imported": (
        source("imports", "import catalyst"),
        "'import catalyst': write 'from catalyst import load'",
    ),
    "a magic": (source("imports", "%matplotlib inline"), "(imports): its code cannot be parsed as Python"),
    "ids twice": (lambda n: cell(n, "kept").update(id="drawing"), "every cell needs an id of its own"),
}


def test_a_whole_chapter_has_no_fault(tmp_path):
    assert faults_of(whole(), tmp_path) == []


def test_a_linked_term_and_a_plain_word_are_no_fault(tmp_path):
    notebook = whole()
    cell(notebook, "title").source = "# Title\n\nThe {term}`risk set`, then risk sets, and a placement."
    assert faults_of(notebook, tmp_path) == []


def test_a_chapter_outside_the_contents_is_told(tmp_path):
    assert faults_of(whole(), tmp_path) == []
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: notebooks/t9_whole\n", encoding="utf-8")
    path = tmp_path / "notebooks" / "t9_whole.ipynb"
    assert chapters.faults(path) == [
        "t9_whole.ipynb: _toc.yml lacks the line '- file: exercises/t9/t9'.",
        "t9_whole.ipynb: _toc.yml lacks the line '- file: book/derived/coaching_t9'.",
    ]


def test_an_exercise_can_be_for_an_objective(tmp_path):
    notebook = whole()
    notebook.metadata["catalyst"]["objectives"] = ["To learn", "To know"]
    spec = {"catalyst": {"id": "t9.1", "objectives": [2, 3]}}
    check = nbformat.v4.new_code_cell('check("t9.1", answer)', id="check", metadata=spec)
    (tmp_path / "solutions" / "t9").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[check]), tmp_path / "solutions" / "t9" / "t9.ipynb")
    assert faults_of(notebook, tmp_path) == ["t9.ipynb: t9.1 is for objective 3; the chapter has 2."]


def test_a_quiz_that_is_not_its_file_is_told(tmp_path):
    (tmp_path / "quizzes").mkdir()
    entry = quizzes.items(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(QUIZ)]))
    file = tmp_path / "quizzes" / "t9.yaml"
    faults_of(whole(), tmp_path)
    assert quizzes.extract("t9", tmp_path) == file
    path = tmp_path / "notebooks" / "t9_whole.ipynb"
    assert (quizzes.read(file), chapters.faults(path)) == (entry, [])
    file.write_text(file.read_text(encoding="utf-8").replace("in sight", "in view"), encoding="utf-8")
    assert chapters.faults(path) == [
        "t9_whole.ipynb: its quiz is not that of quizzes/t9.yaml: give 'course.py exercises'."
    ]
    assert quizzes.refresh(tmp_path) == ["t9"]
    assert (chapters.faults(path), quizzes.refresh(tmp_path)) == ([], [])


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_chapter_is_told(how, tmp_path):
    spoil, message = SPOILT[how]
    notebook = whole()
    spoil(notebook)
    found = faults_of(notebook, tmp_path)
    assert any(message in fault for fault in found), found
    assert all(fault.startswith("t9_whole.ipynb") for fault in found)


@pytest.mark.parametrize(
    ("code", "draws"),
    [
        ("fig, ax = plt.subplots()", True),
        ("plans.plot(x='a')", True),
        ("kmf.plot_survival_function(ax=ax)", True),
        ("frame.plot.bar()", True),
        ("ax = sns.lineplot(data=frame)", True),
        ("axes[0].step(x, y)", True),
        ("frame['a'].hist()", True),
        ("import matplotlib.pyplot as plt", False),
        ("x = 1  # the plot( comes later", False),
        ("sns.set_theme()", False),
        ("plot = 3", False),
    ],
)
def test_drawing_cells_are_known(code, draws):
    cell = nbformat.v4.new_code_cell(code)
    assert bool(chapters._alt(cell)) is draws


@pytest.mark.parametrize(
    ("kind", "tag", "code", "fine"),
    [
        ("exercise", [], "from catalyst import check, load", True),
        ("exercise", [], "from catalyst import truth", False),
        ("master", [], "from catalyst import truth", False),
        ("master", ["mistake"], "from catalyst.marking import also, wrong", True),
        ("master", [], "from catalyst.marking import wrong", False),
        ("master", ["mistake"], "from catalyst.marking.check import judge", False),
        ("chapter", [], "from catalyst import truth", True),
        ("chapter", ["mistake"], "from catalyst.marking import wrong", False),
        ("exercise", [], "import catalyst.marking", False),
        ("exercise", [], "import pandas as pd\nfrom lifelines import KaplanMeierFitter", True),
    ],
)
def test_what_may_be_imported(kind, tag, code, fine, tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code, id="a", metadata={"tags": tag})]
    )
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook, path)
    assert (chapters.notebook_faults(path, kind) == []) is fine


def test_measures_count_what_is_read(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell(
                "Two words {cite:p}`munro2011` and [a link](https://example.org/x).\n\n```r\ncode here\n```",
                id="a",
            ),
            nbformat.v4.new_code_cell("# why\n\nx = 1\ny = 2", id="b"),
        ]
    )
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook, path)
    assert chapters.measure(path) == {"cells": 2, "lines of code": 2, "words": 5}
