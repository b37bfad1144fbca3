"""The built book in a real browser: quiet, asking nothing of others, readable by everybody."""

from pathlib import Path

import pytest
from contents import NOTEBOOKS, PAGES

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Axe would fetch every style sheet again, for a rule on turned screens that none of ours concerns.
RUN = f"axe.run(document, {{preload: false, runOnly: {STANDARDS}}}).then(found => found.violations)"


@pytest.mark.parametrize("name", PAGES)
def test_opens_quietly_and_asks_nothing_of_others(open_page, address, name):
    told, asked, missing = [], [], []

    def listen(page):
        page.on("console", lambda m: told.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda r: asked.append(r.url))
        page.on("response", lambda r: missing.append(r.url) if r.status >= 400 else None)

    open_page(name, listen=listen)
    outside = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert asked
    assert (told, outside, missing) == ([], [], [])


@pytest.mark.parametrize("name", PAGES)
def test_is_accessible_and_fits(open_page, name):
    """Wide and on a telephone, in light and dark: one opened page, four times looked at."""
    page = open_page(name)
    page.add_script_tag(path=AXE)
    faults = []
    for width in (1300, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(f"document.documentElement.dataset.theme == '{scheme}'")
            # The theme fades its colours, and measures anew what scrolls, a moment after a change.
            page.wait_for_timeout(400)
            faults += [
                f"{width} px, {scheme}: {found['id']} ({found['help']}): {node['html'][:200]}"
                for found in page.evaluate(RUN)
                for node in found["nodes"]
            ]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{width} px: the page is {wide} px wider than the window")
    assert faults == []


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


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_formulas_are_set_and_code_is_coloured(open_page, name):
    page = open_page(f"{name}.html")
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("span.math:not(:has(mjx-container)), div.math:not(:has(mjx-container))").count() == 0
    assert page.locator("div.highlight-ipython3 span, div.highlight-python span").count() > 0


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name.startswith("exercises/")])
def test_exercises_are_shown_and_not_run(open_page, name):
    page = open_page(f"{name}.html")
    assert page.locator("div.cell_input").count() > 0
    assert page.locator("div.cell_output").count() == 0
