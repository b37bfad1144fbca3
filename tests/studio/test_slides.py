"""Slides of a chapter: one file, without a network, with the alt text of every picture."""

import re

import nbformat
import pytest
from bs4 import BeautifulSoup

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.studio import catalogue, masters, slide_tags, slide_text, slides

WRITTEN = [chapter.id for chapter in catalogue.chapters().values() if chapter.written]
ALT = "Two bars, one for each of two made-up groups; the second is twice as high as the first."


def cell(kind, source, tag, **metadata):
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    return make(source, metadata={"tags": [f"slide-{tag}"] if tag else [], **metadata})


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A chapter in miniature: picture, trap, estimand with a formula, truth, key points with a quiz."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("notebooks", "book/_static"):
        (folder / name).mkdir(parents=True)
    (folder / "book" / "references.bib").write_text(
        "@article{one2020,\n  author = {{Kaplan}, E. and Meier, Paul and Third, A.},\n  year = {2020},\n}\n",
        "utf-8",
    )
    (folder / "book" / "support.md").write_text("| [Somebody](x) | anybody | 116 123 |\n", encoding="utf-8")
    (folder / "book" / "_static" / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    note = "This is about {term}`plans <Plan>`. It tells no story."
    note = f"```{{admonition}} Before you start\n:class: note\n{note}\n```"
    image = {"mystnb": {"image": {"alt": ALT}}}
    drawing = "import matplotlib.pyplot as plt\nplt.bar(['a', 'b'], [1, 2])\nplt.show()"
    table = "import pandas as pd\nprint('<b> & more')\npd.DataFrame({'low': [1, 2]}, ['a', 'b'])"
    proper = (
        "## The proper analysis\n\n| Part | Here |\n|---|---|\n| **Estimand** | the *share*, $\\pi_c$ |\n\n"
        "See {cite:t}`one2020` and {cite:p}`one2020,unknown`, [the page](../x.md).\n\n"
        "![A picture of nothing at all.](../book/_static/a.svg)\n\n### Not this\n\nHidden."
    )
    quiz = "<!-- quiz: x -->\n?\n<!-- end of the quiz -->"
    cells = [
        cell("markdown", f"# Title\n\n{note}", None),
        cell("markdown", "## A first look", "picture"),
        cell("code", drawing, "picture", **image),
        cell("markdown", "Read back.\n\n## The trap: a bad one\n\n<!-- no --> Guess now.", "trap"),
        cell("code", table, "trap"),
        cell("markdown", "- It misses.\n- And again.", "trap"),
        cell("markdown", proper, "estimand"),
        cell("markdown", "## Did we recover the truth?", "truth"),
        cell("code", "print('truth 2')", "truth"),
        cell("markdown", f"## Key points\n\n- Keep this.\n\n### A short quiz\n\n{quiz}", "key"),
        cell("code", "raise RuntimeError('not run: nothing below is shown')", None),
    ]  # fmt: skip
    metadata = {"catalyst": {"title": "A small <chapter>", "questions": ["Which & why?"]}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, folder / "notebooks" / "t98_small.ipynb")
    return folder


@pytest.fixture(scope="module")
def deck(project):
    path = slides.make("t98", None, project)
    assert path == project / "_build" / "slides" / "t98.html"
    return path


@pytest.fixture(scope="module")
def page(deck):
    return BeautifulSoup(deck.read_text(encoding="utf-8"), "html.parser")


def test_every_tag_gives_slides_under_its_heading(page):
    titles = [section.find(["h1", "h2"]).get_text() for section in page.select("section")]
    assert titles == [
        "A small <chapter>", "A first look", "The trap: a bad one", "The trap: a bad one (2)",
        "The proper analysis", "The proper analysis (2)", "Did we recover the truth?", "Key points",
        "On to your own project",
    ]  # fmt: skip
    assert len(page.select("h1")) == 1


def test_the_question_comes_before_the_number_and_what_reads_it_below(page):
    trap = page.select("section")[2:4]
    assert "Guess now." in trap[0].get_text() and "Read back" not in trap[0].get_text()
    assert "<b> & more" in trap[1].pre.get_text() and trap[1].table and "It misses." in trap[1].get_text()


def test_what_does_not_belong_on_slides_is_left_out(page):
    words = " ".join(section.get_text(" ") for section in page.select("section"))
    assert "Hidden." not in words and "short quiz" not in words and "{" not in words and "no -->" not in words
    assert "Kaplan et al. (2020)" in words and "(Kaplan et al. 2020; unknown)" in words
    assert "This is about plans. It tells no story." in words and "116 123" in words


def test_every_picture_is_inside_the_file_and_says_what_it_shows(page):
    pictures = page.select("img")
    assert len(pictures) == 3
    for picture in pictures:
        assert picture["src"].startswith("data:image/") and picture["alt"].strip()
    assert {picture["alt"] for picture in pictures} == {ALT, "A picture of nothing at all.", r"\pi_c"}


def test_the_file_stands_alone_and_holds_the_licence(page, deck):
    assert deck.stat().st_size < slides.LARGEST_BYTES
    assert not page.select("link, iframe, script[src], a[href]")
    text = deck.read_text(encoding="utf-8")
    assert not re.search(r"@import|url\((?!data:)", "".join(style.text for style in page.select("style")))
    assert "sourceMappingURL" not in text
    assert "Permission is hereby granted" in text and page.html["lang"] == "en-GB"


def test_it_goes_by_the_keyboard_without_a_request_and_without_an_error(deck, root):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1100, "height": 720}, color_scheme="dark")
        asked, wrong = [], []
        view.on("request", lambda request: asked.append(request.url))
        view.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        view.on("pageerror", lambda error: wrong.append(str(error)))
        view.goto(deck.as_uri())
        seen = []
        for _ in range(8):
            seen.append(view.evaluate("Reveal.getCurrentSlide().querySelector('h1, h2').innerText"))
            wide, room = view.evaluate(
                "(() => { const s = Reveal.getCurrentSlide(); return [s.scrollHeight, s.clientHeight]; })()"
            )
            assert wide <= room + 2, seen[-1]
            view.keyboard.press("ArrowRight")
        view.evaluate((root / "tests" / "book" / "vendor" / "axe.min.js").read_text(encoding="utf-8"))
        for scheme in ("dark", "light"):
            view.emulate_media(color_scheme=scheme)
            found = view.evaluate("axe.run()")["violations"]
            assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
        browser.close()
    assert len(set(seen)) == 8
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == [] and wrong == []


@pytest.mark.parametrize("identity", WRITTEN)
def test_every_chapter_is_tagged_for_its_slides(identity):
    assert slide_tags.faults(masters.read(catalogue.chapters()[identity].path)) == []


@pytest.mark.parametrize("identity", WRITTEN)
def test_every_picture_of_a_tagged_cell_has_alt_text_and_every_section_words(identity, root):
    chapter = catalogue.chapters()[identity]
    writer = slide_text.Writer(root, chapter.path.parent)
    for cell in masters.read(chapter.path).cells:
        tag = slide_tags.tag_of(cell)
        if tag and cell.cell_type == "markdown":
            _, text = slides._section(cell.source, tag)
            made = writer.html(text)
            # A formula is a picture, and its text its source, which may hold braces.
            words = re.sub(r'alt="[^"]*"', "", made)
            assert not re.search(r"\{\w|<!--|\]\(|\x02", words), cell.id
            for alt in re.findall(r'alt="([^"]*)"', made):
                assert alt.strip(), cell.id


def test_tags_that_are_missing_or_misspelt_are_named(project):
    notebook = masters.read(project / "notebooks" / "t98_small.ipynb")
    notebook.cells[4].metadata["tags"] = ["slide-trapp"]
    notebook.cells[9].metadata["tags"] = []
    told = slide_tags.faults(notebook)
    assert any("'slide-trapp'" in fault for fault in told)
    assert any("no cell with code has the tag 'slide-trap'" in fault for fault in told)
    assert any("no cell has the tag 'slide-key'" in fault for fault in told)


def test_what_cannot_be_made_is_told_and_leaves_nothing(project, tmp_path, monkeypatch):
    with pytest.raises(CourseError, match="There is no chapter 'q7'"):
        slides.make("q7", tmp_path / "a.html", project)
    monkeypatch.setattr(slides, "run", lambda *_: None)
    monkeypatch.setattr(slides, "LARGEST_BYTES", 1000)
    with pytest.raises(CourseError, match="would be larger than"):
        slides.make("t98", tmp_path / "a.html", project)
    assert not list(tmp_path.iterdir())


def test_a_chapter_that_stops_is_told_by_its_error(project, tmp_path):
    notebook = masters.read(project / "notebooks" / "t98_small.ipynb")
    notebook.cells[2].source = "1 / 0"
    path = tmp_path / "t98_small.ipynb"
    with pytest.raises(CourseError, match=r"t98_small\.ipynb stops with ZeroDivisionError"):
        slides.run(path, notebook)


def test_the_command_says_where_the_slides_are(monkeypatch, tmp_path, capsys):
    def make(identity, out):
        out.write_text("x" * 200_000, encoding="utf-8")
        return out

    monkeypatch.setattr("catalyst.studio.exercises.ensure_keys", lambda: None)
    monkeypatch.setattr(slides, "make", make)
    assert cli.main(["slides", "t1", "--out", str(tmp_path / "deck.html")]) == 0
    assert capsys.readouterr().out.startswith(f"The slides are in {tmp_path / 'deck.html'} (0.2 MB)")


@pytest.mark.slow
@pytest.mark.parametrize("identity", WRITTEN)
def test_the_slides_of_every_chapter_are_made_on_the_data_in_hand(identity, tmp_path):
    path = slides.make(identity, tmp_path / "deck.html")
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert path.stat().st_size <= slides.LARGEST_BYTES
    assert len(page.select("section")) >= 8 and page.select("img.figure")
    assert all(len(picture["alt"]) > 1 for picture in page.select("img"))
