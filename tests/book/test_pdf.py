"""The printed book: all of it on paper, nothing cut off, links that lead somewhere. One chapter every day."""

import io
import re
from functools import cached_property

import pypdf
import pytest
from bs4 import BeautifulSoup
from contents import NOTEBOOKS, ROOT

from catalyst import cli
from catalyst.studio import browser, paper, pdf

CHAPTERS = [name for name in NOTEBOOKS if name.startswith("notebooks/")]
# Words of bars, buttons and the theme's own footer: of a screen only.
SCREEN = ("Toggle", "Skip to main content", "Back to top", "Copy to clipboard", "By The Catalyst course team")


def squashed(words: str) -> str:
    """Words without what a break of line or sheet, or a ligature, may change."""
    return re.sub(r"\s|\xad", "", words.replace("ﬁ", "fi").replace("ﬂ", "fl").replace("ﬀ", "ff"))


class Printed:
    """A PDF and the built pages that are in it."""

    def __init__(self, content, own: list[str], pages: paper.Pages, too_wide: list[str]):
        self.reader = pypdf.PdfReader(content)
        self.own, self.pages, self.too_wide = own, pages, too_wide

    @cached_property
    def sheets(self) -> list[str]:
        return [page.extract_text() for page in self.reader.pages]

    @cached_property
    def words(self) -> str:
        """All words in order, those in the heads and feet of sheets among them."""
        return squashed("".join(self.sheets))

    def articles(self):
        return [self.pages.article(name) for name in self.own]

    @cached_property
    def titles(self) -> list[str]:
        def of(entries):
            for entry in entries:
                yield from of(entry) if isinstance(entry, list) else [entry["/Title"]]

        return list(of(self.reader.outline))


def print_chapter(pages, name: str) -> Printed:
    """A chapter printed now, and what its sheets had no room for."""
    contents, built = paper.leaves(ROOT), paper.Pages(pages)
    leaf = next(leaf for leaf in contents if leaf.name == name)
    with pdf.at_press(pages) as press:
        printed = pdf.chapter(built, contents, leaf, press)
        identity = name.split("/")[1].partition("_")[0]
        return Printed(io.BytesIO(printed), [name, f"exercises/{identity}/{identity}"], built, press.too_wide)


@pytest.fixture(scope="module")
def printed(request, pages) -> Printed:
    if browser.program() is None:
        pytest.skip("There is no Chromium on this machine: install it to test the printed book.")
    if request.param != "whole":
        return print_chapter(pages, request.param)
    built, contents = paper.Pages(pages), paper.leaves(ROOT)
    made = pdf.make(pages)
    assert [path.stem for path in made] == ["whole_book", *(name.split("/")[1] for name in CHAPTERS)]
    assert set(made) == set(pdf.output().glob("*.pdf"))
    return Printed(made[0], [leaf.name for leaf in contents], built, [])


# The chapter with most formulas every day, all others and the whole book in the slow suite.
def formulas(name: str) -> int:
    return (ROOT / f"{name}.ipynb").read_text(encoding="utf-8").count("$$")


DAILY = max(CHAPTERS, key=formulas)
EACH = [
    DAILY,
    *(pytest.param(name, marks=pytest.mark.slow) for name in [*CHAPTERS, "whole"] if name != DAILY),
]


@pytest.mark.parametrize("printed", EACH, indirect=True)
class TestEachPdf:
    def test_every_line_of_every_cell_is_there(self, printed):
        for article in printed.articles():
            for code in article.select("div.cell_input pre, div.highlight pre, div.cell_output pre"):
                for line in code.get_text().splitlines():
                    assert squashed(line) in printed.words, line

    def test_nothing_is_wider_than_a_sheet(self, printed):
        assert printed.too_wide == []

    def test_formulas_are_set(self, printed):
        sources = [
            formula.get_text()
            for article in printed.articles()
            for formula in article.select("span.math, div.math")
        ]
        assert sources
        for source in sources:
            raw = squashed(source)
            assert raw not in printed.words, source
        assert not re.search(r"\\(frac|hat|sum|bar|text|mathrm)\b", printed.words)

    def test_quizzes_and_hints_are_open(self, printed):
        for article in printed.articles():
            for block in article.select("details:not(.hide)"):
                last = squashed(block.get_text(" ").strip().rpartition(" ")[2])
                assert last in printed.words, block.get_text()[:80]

    def test_bars_and_buttons_are_not(self, printed):
        assert not [words for words in SCREEN if squashed(words) in printed.words]

    def test_links_lead_somewhere(self, printed):
        places = printed.reader.named_destinations
        kinds = set()
        for sheet in printed.reader.pages:
            for note in sheet.get("/Annots", ()):
                link = note.get_object()
                action = link.get("/A", {})
                if "/Dest" in link or action.get("/S") == "/GoTo":
                    assert link.get("/Dest", action.get("/D")) in places
                    kinds.add("inside")
                elif action["/S"] == "/GoToR":
                    assert action["/F"] == pdf.BOOK
                    name, _, anchor = action["/D"][1:].partition("--")
                    name = name.replace(".", "/")
                    assert name in printed.pages.names
                    assert not anchor or printed.pages.article(name).find(id=anchor), action["/D"]
                    kinds.add("book")
                else:
                    assert re.match(r"https?://|mailto:", action["/URI"]), action["/URI"]
                    assert "127.0.0.1" not in action["/URI"] and ".invalid" not in action["/URI"]
        assert kinds == ({"inside", "book"} if len(printed.own) == 2 else {"inside"})

    def test_bookmarks_name_every_page(self, printed):
        for article in printed.articles():
            for heading in article.select("h1, h2"):
                assert heading.get_text() in printed.titles

    def test_no_figure_is_in_two_parts(self, printed):
        seen: dict[int, int] = {}
        for number, sheet in enumerate(printed.reader.pages):
            things = sheet["/Resources"].get("/XObject", {})
            for thing in things.values():
                if thing["/Subtype"] == "/Image":
                    place = seen.setdefault(thing.indirect_reference.idnum, number)
                    assert place == number, f"a figure is on sheets {place + 1} and {number + 1}"
        assert len(seen) >= sum(
            image["src"].endswith(".png") for article in printed.articles() for image in article.select("img")
        )

    def test_sheets_are_numbered_and_the_licence_is_there(self, printed):
        for number, sheet in enumerate(printed.sheets, 1):
            if number > 1 or len(printed.own) == 2:  # not the title
                assert re.search(rf"^{number}$", sheet, re.MULTILINE), sheet[-80:]
        for name in ("LICENSE", "LICENSE-CONTENT"):
            lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
            absent = [line for line in lines if squashed(line) not in printed.words]
            # A line that goes on on the next sheet has that sheet's running head in its middle.
            assert len(absent) <= 2, absent
        assert printed.reader.metadata.title


@pytest.mark.slow
@pytest.mark.parametrize("printed", ["whole"], indirect=True)
def test_contents_give_the_sheet_of_every_page(printed):
    reader = printed.reader
    listed = "\n".join(printed.sheets[:12])
    for leaf in paper.leaves(ROOT):
        place = reader.named_destinations[f"/{leaf.place}"]
        number = reader.get_destination_page_number(place) + 1
        title = re.escape(printed.pages.title(leaf.name)).replace(r"\ ", r"\s+")
        assert re.search(rf"{title}\s*{number}\b", listed), leaf.name


def test_what_is_too_wide_is_told(pages):
    """A word that nothing can break, planted beside a paragraph that has room."""
    if browser.program() is None:
        pytest.skip("There is no Chromium on this machine: install it to test the printed book.")
    made = paper.Document(paper.Pages(pages), "Planted", [])
    made.add_sheet("planted", f"<p>Room.</p><pre style='white-space: pre'><span>{'x' * 300}</span></pre>")
    with pdf.at_press(pages) as press:
        press.print(made.html("Planted"))
        assert [words[:8] for words in press.too_wide] == ["<span> x"]


def test_without_a_browser_one_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(browser, "program", lambda: None)
    monkeypatch.setattr("catalyst.studio.book.build", lambda *_: pytest.fail("the book was built first"))
    assert cli.main(["book", "--pdf"]) == 2
    assert "install Chromium or Google Chrome" in capsys.readouterr().err
    assert capsys.readouterr().out == ""


def test_pages_become_one_document(tmp_path):
    """Places keep apart, links turn, headings go deeper, and a list gives only what is led to."""
    words = {
        "a/one": '<h1>One</h1><p id="x">To <a href="two.html#x">two</a>,'
        ' <a href="../book/glossary.html#term-A">A</a>, <a href="../book/glossary.html#term-C">C</a>,'
        ' <a href="https://example.org/">out</a>, <a href="../_sources/f.txt">file</a> and'
        ' <a href="far.html#y">far</a></p><details><summary>Open</summary></details><button>Copy</button>',
        "a/two": '<h1>Two</h1><h2 id="x">Here<a class="headerlink" href="#x">#</a></h2><img src="../i.png">',
        "a/far": '<h1>Far</h1><p id="y">…</p>',
        "book/glossary": '<h1>G</h1><dl><dt id="term-A">A</dt><dt id="term-C">C</dt>'
        '<dd>Like <a href="#term-B">B</a></dd><dt id="term-B">B</dt><dd>b</dd></dl>',
    }
    for name, body in words.items():
        path = tmp_path / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            f"<html><head></head><body><article class='bd-article'>{body}</article></body></html>"
        )
    pages = paper.Pages(tmp_path)
    own = [paper.Leaf("a/one", 1), paper.Leaf("a/two", 2)]
    made = paper.Document(pages, "T", own)
    made.lead_to("book/glossary")
    for leaf in own:
        made.add_leaf(leaf, leaf.depth - 1)
    made.add_entries("book/glossary", "Terms")
    page = BeautifulSoup(made.html("R"), "html.parser")
    assert [link["href"] for link in page.select("a")] == [
        "#a.two--x",
        "#book.glossary--term-A",
        "#book.glossary--term-C",
        "https://example.org/",
        paper.WHOLE + "#a.far--y",
        paper.WHOLE + "#book.glossary--term-B",
    ]
    assert page.select_one("#a\\.one--x").get_text() == "To two, A, C, out, file and far"
    assert [h.name for h in page.select("h1, h2, h3")] == ["h1", "h2", "h3", "h2"]
    assert page.find(id="a.two--x").name == "h3" and page.find(id="a.two--x").get_text() == "Here"
    assert page.img["src"] == "/i.png"
    assert page.details.has_attr("open") and not page.select("button")
    assert [term.get_text() for term in page.select("dt, dd")] == ["A", "C", "Like B"]
