"""The built book in a real browser: quiet, asking nothing of others, readable by everybody."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from contents import KINDS, NOTEBOOKS, PAGES

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# Most of axe's time goes into the contrast of each word of code: what this marks has been looked at.
MARK = (Path(__file__).parent / "same_looks.js").read_text(encoding="utf-8")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Axe would fetch every style sheet again, for a rule on turned screens that none of ours concerns.
RUN = f"axe.run(WHERE, {{preload: false, runOnly: {STANDARDS}}}).then(found => found.violations)"
# The lists of contents at both sides are the same on every page but for the line that is marked, and long.
SAME_EVERYWHERE = "{exclude: [['.bd-sidebar-primary'], ['.bd-sidebar-secondary']]}"
MODES = [(width, scheme) for width in (1300, 390) for scheme in ("light", "dark")]


def modes_of(name: str) -> list[tuple[int, str]]:
    """The modes in which a page is looked at every day."""
    return MODES if name.removesuffix(".html") in KINDS else [MODES[PAGES.index(name) % len(MODES)]]


def faults(
    page, modes: list[tuple[int, str]], where: str = "document", every_word: bool = False
) -> list[str]:
    """What axe finds in an opened page, or in the part of it that ``where`` names, in some modes.

    Unless ``every_word``, the contrast of text that looks like a text before it is not looked at again.
    """
    page.add_script_tag(path=AXE)
    found = []
    for width, scheme in modes:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
        # The theme fades its colours, and measures anew what scrolls, a moment after a change.
        page.wait_for_timeout(400)
        if not every_word:
            page.evaluate(MARK)
        found += [
            f"{width} px, {scheme}: {fault['id']} ({fault['help']}): {node['html'][:200]}"
            for fault in page.evaluate(RUN.replace("WHERE", where))
            for node in fault["nodes"]
        ]
    return found


@pytest.fixture(scope="module")
def window(browser):
    """A window for all pages, with what the page in it told, asked for and missed.

    A window of its own for each page would start half a browser anew, and read each script again.
    """
    context = browser.new_context()
    page = context.new_page()
    heard = SimpleNamespace(told=[], asked=[], missing=[])
    page.on("console", lambda m: heard.told.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.told.append(str(error)))
    page.on("request", lambda r: heard.asked.append(r.url))
    page.on("response", lambda r: heard.missing.append(r.url) if r.status >= 400 else None)
    yield page, heard
    context.close()


@pytest.fixture(scope="module")
def opened(request, window, address):
    """A page of the book, opened once for all tests of it, with what it told, asked for and missed."""
    page, heard = window
    page.goto("about:blank")
    for words in vars(heard).values():
        words.clear()
    page.set_viewport_size({"width": 1300, "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(address + request.param)
    page.wait_for_load_state("networkidle")
    return SimpleNamespace(name=request.param, page=page, **vars(heard))


@pytest.mark.parametrize("opened", PAGES, indirect=True)
class TestEachPage:
    def test_opens_quietly_and_asks_nothing_of_others(self, opened, address):
        outside = [url for url in opened.asked if not url.startswith((address, "data:", "blob:"))]
        assert opened.asked
        assert (opened.told, outside, opened.missing) == ([], [], [])

    def test_formulas_are_set_and_code_is_coloured(self, opened):
        page = opened.page
        bare = "span.math:not(:has(mjx-container)), div.math:not(:has(mjx-container))"
        assert page.locator("mjx-merror").count() == 0
        assert page.locator(bare).count() == 0
        code = page.locator("div.highlight-ipython3 span, div.highlight-python span").count()
        assert code > 0 or opened.name.removesuffix(".html") not in NOTEBOOKS

    def test_fits_a_wide_window_and_a_telephone(self, opened):
        for width in (1300, 390):
            opened.page.set_viewport_size({"width": width, "height": 900})
            opened.page.wait_for_timeout(100)
            wide = opened.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 0, f"{width} px: the page is {wide} px wider than the window"

    def test_is_accessible(self, opened):
        whole = opened.name.removesuffix(".html") in KINDS
        where = "document" if whole else SAME_EVERYWHERE
        assert faults(opened.page, modes_of(opened.name), where) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_is_accessible_in_every_mode(open_page, name):
    """Wide and on a telephone, in light and dark: one opened page, four times looked at."""
    assert faults(open_page(name), MODES, every_word=True) == []


def test_a_page_of_each_kind_is_looked_at_in_every_mode():
    assert {f"{name}.html" for name in KINDS} <= set(PAGES)
    assert all(modes_of(name) for name in PAGES)
    for part in ("notebooks/", "exercises/", "book/"):
        assert {mode for name in PAGES if name.startswith(part) for mode in modes_of(name)} == set(MODES)


PLANTED = """<img src="data:,">
<p style="color: #777; background: #888">Hardly there</p>
<p>Well seen</p>
<p>Well seen too, like the one before</p>
<p style="color: #ddd; background: #eee">Hardly there</p>
<div style="background: #555; color: #666"><p style="color: inherit">As the text round it</p></div>
<pre><span style="color: #111; background: #fff">seen</span>
<span style="color: #eee; background: #fff">not</span></pre>
"""


@pytest.mark.parametrize("every_word", [False, True])
def test_a_fault_is_found(open_page, every_word):
    """A figure without a text and words that are hardly there, planted in a page that has no fault."""
    page = open_page("book/cite.html")
    page.evaluate(f"document.querySelector('article').insertAdjacentHTML('beforeend', `{PLANTED}`)")
    found = faults(page, MODES[:1], every_word=every_word)
    assert sum(": image-alt (" in fault for fault in found) == 1
    assert sum(": color-contrast (" in fault for fault in found) == 4
    assert len(found) == 5


@pytest.mark.parametrize("width", [1300, 390])
def test_there_is_one_search_box(open_page, width):
    page = open_page(PAGES[0], width)
    assert page.locator(".search-button__button:visible, input[type=search]:visible").count() == 1


def test_search_finds_a_term(open_page):
    page = open_page("search.html?q=hazard")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li").count() > 0


def first_term(page):
    return page.locator("article.bd-article a.reference[href*='#term-']").first


def test_a_term_explains_itself_to_pointer_and_keyboard(open_page):
    page = open_page(PAGES[0])
    term = first_term(page)
    term.hover()
    tip = page.locator(".tippy-box")
    tip.wait_for()
    assert len(tip.inner_text()) > 40
    page.keyboard.press("Escape")
    tip.wait_for(state="detached")
    page.mouse.move(0, 0)
    term.focus()
    tip.wait_for()
    page.keyboard.press("Escape")
    tip.wait_for(state="detached")
