"""The front pages as a reader without a mouse meets them, and the way to report an error on every page."""

import pytest
from bs4 import BeautifulSoup
from contents import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_every_page_ends_with_a_way_to_report_an_error(pages, name):
    page = BeautifulSoup((pages / name).read_text(encoding="utf-8"), "html.parser")
    (link,) = page.select("footer.bd-footer-content p.course-report a")
    assert link.get_text() == "Report an error on this page"
    assert (
        link["href"].startswith(("http", "mailto:"))
        or (name, link["href"]) == ("book/report.html", "#")  # to itself
        or ((pages / name).parent / link["href"]).resolve().is_file()
    )


def test_tabs_are_chosen_by_keyboard_and_the_others_of_the_page_follow(open_page):
    page = open_page("book/bridge.html", 390)
    tabs = page.locator("input[name^=sd-tab-set]")
    assert tabs.count() == 100
    tabs.first.focus()
    labels = "document.querySelectorAll('input[name^=sd-tab-set]:checked + label')"
    for language in ("Stata", "R", "SPSS", "Excel"):
        page.keyboard.press("ArrowRight")
        assert set(page.evaluate(f"[...{labels}].map(e => e.innerText)")) == {language}
    assert page.locator("div.sd-tab-content:visible").count() == 20


def test_hints_and_quizzes_open_by_keyboard(open_page):
    page = open_page("notebooks/t1_protection_plans.html")
    option = page.locator("article details:not([class]) > summary").first
    option.focus()
    page.keyboard.press("Enter")
    assert option.evaluate("e => e.parentElement.open")


def test_the_diagnostic_counts_first_answers_and_says_where_to_begin(open_page):
    page = open_page("book/derived/diagnostic.html", 390)
    options = page.locator("details[data-question]")
    score = page.locator(".diagnostic-score")
    assert score.all_inner_texts() == ["", "", "", ""]
    for question in range(1, 4):
        page.locator(f"details[data-question='{question}'][data-right='true'] > summary").press("Enter")
    for question in range(4, 7):
        page.locator(f"details[data-question='{question}'][data-right='false'] > summary").first.press(
            "Enter"
        )
        page.locator(f"details[data-question='{question}'][data-right='true'] > summary").press(
            "Enter"
        )  # too late
    page.locator("details[data-question='7'] > summary").first.press("Enter")
    page.wait_for_function("document.querySelectorAll('.diagnostic-score')[2].textContent")
    assert options.count() == 48
    assert score.all_inner_texts() == [
        "3 of 3 right: you may pass over it.",
        "0 of 3 right: begin here.",
        "1 of 3 answered.",
        "",
    ]
    assert (
        page.locator("#diagnostic-so-far[role=status]").inner_text() == "You have answered 7 of 12 questions."
    )
