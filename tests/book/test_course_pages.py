"""The rules that mend a page, each on the smallest page that needs it."""

import sys
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from contents import ROOT

sys.path.insert(0, str(ROOT / "book" / "_ext"))
import course_pages

PANDAS = """<table class="dataframe">
<thead><tr><th></th><th>plans</th></tr><tr><th>year</th><th></th></tr></thead>
<tbody><tr><th>2020</th><td>7</td></tr></tbody></table>"""


def mend(html: str) -> BeautifulSoup:
    return BeautifulSoup(course_pages.mend(html), "html.parser")


def test_header_cells_head_something():
    page = mend(PANDAS)
    assert [(cell.get_text(), cell["scope"]) for cell in page.select("th")] == [
        ("plans", "col"),
        ("year", "col"),
        ("2020", "row"),
    ]
    assert [cell.get_text() for cell in page.select("td")] == ["", "", "7"]


def test_bibliography_is_a_list_of_entries():
    page = mend(
        '<div role="list" class="citation-list"><a id="x"></a>'
        '<div class="citation" role="doc-biblioentry">A</div></div>'
    )
    (entries,) = page.select("div.citation-list")
    assert [child["role"] for child in entries.find_all(recursive=False)] == ["listitem"]
    assert page.select("a#x")


def test_buttons_are_named_by_what_they_show():
    page = mend(
        '<button class="search-button-field" aria-label="Search"><i title="x"></i>Search Ctrl+K</button>'
        '<button class="sidebar-toggle" title="Toggle primary sidebar"></button>'
    )
    search, toggle = page.select("button")
    assert not search.has_attr("aria-label")
    assert search.i["aria-hidden"] == "true" and not search.i.has_attr("title")
    assert toggle["aria-label"] == "Toggle primary sidebar"


def test_arrows_of_the_contents_are_named():
    page = mend("<nav><a>Themes</a><details><summary><i></i></summary></details></nav>")
    assert page.summary["aria-label"] == "Pages under Themes"


def test_the_sidebar_is_a_landmark():
    page = mend('<div class="sidebar-primary-items__start"></div>')
    assert (page.div["role"], page.div["aria-label"]) == ("region", "Sidebar")


def test_nothing_is_left_of_the_public_server():
    page = mend(
        "<script>const THEBE_JS_URL = 'https://x'; const thebe_selector = '.cell'</script>"
        '<script src="_static/sphinx-thebe.js"></script><script type="text/x-thebe-config">{}</script>'
        "<script>kernelName = 'python3'</script><script>keep = 1</script>"
    )
    assert [script.string for script in page.select("script")] == ["keep = 1"]


SCRIPTS = (
    '<script src="../_static/scripts/fontawesome.js?digest=1"></script>'
    '<script src="../_static/mathjax/tex-chtml.js?v=1"></script><script>window.MathJax = {}</script>'
)


def test_what_sets_formulas_and_draws_icons_twice_is_left_out_where_nothing_needs_it():
    assert not mend(f"{SCRIPTS}<p>Plain</p>").select("script")
    kept = mend(f'{SCRIPTS}<p><span class="math notranslate">x</span></p>').select("script")
    assert [script.get("src", script.string) for script in kept] == [
        "../_static/mathjax/tex-chtml.js?v=1",
        "window.MathJax = {}",
    ]


@pytest.mark.parametrize("pages", [2, course_pages.FEW])
def test_every_page_is_mended_and_no_file_of_the_theme(tmp_path, pages):
    names = [f"a/{number}.html" for number in range(pages)] + ["_static/theme.html"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(PANDAS, encoding="utf-8")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    course_pages.mend_pages(app, ValueError())
    assert (tmp_path / names[0]).read_text(encoding="utf-8") == PANDAS
    course_pages.mend_pages(app, None)
    *mended, theme = [(tmp_path / name).read_text(encoding="utf-8") for name in names]
    assert set(mended) == {course_pages.mend(PANDAS)} and theme == PANDAS


@pytest.mark.parametrize("html", [PANDAS, "<p>Plain</p>"])
def test_mending_twice_changes_nothing_more(html):
    once = course_pages.mend(html)
    assert course_pages.mend(once) is once
