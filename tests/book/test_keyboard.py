"""The built book without a mouse: everything is reached, seen where it is, used, and left again."""

import pytest
from contents import KINDS, NOTEBOOKS

CHAPTER = next(name for name in NOTEBOOKS if name.startswith("notebooks/"))
# What can be reached with Tab, and how it looks.
SCRIPT = """() => {
  // What shows that an element is there: itself, the label that stands for it, the icon in it.
  const shows = (element) => [element, ...(element.labels ?? []), ...element.children];
  const looks = (element) => shows(element).map((shown) => {
    const style = getComputedStyle(shown);
    return [style.outline, style.boxShadow, style.border, style.backgroundColor, style.color,
      style.textDecoration, style.clipPath, style.top, style.transform, style.opacity].join(";");
  }).join("|");
  const seen = (element) => shows(element).some((shown) => {
    const box = shown.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight &&
      box.right > 0 && box.left < innerWidth;
  });
  const name = (element) => `${element.outerHTML.slice(0, 120)}`;
  const able = [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex^='-'])"
  )].filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled &&
    !element.closest("[inert]") && element.type !== "hidden" &&
    !(element.type === "radio" && !element.checked));
  const scrolled = [...document.querySelectorAll("article *")].filter((element) =>
    element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 &&
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX));
  window.walk = { able, scrolled, met: new Set(), last: null, faults: [], looks, seen, name };
}"""
STEP = """() => {
  const walk = window.walk, now = document.activeElement;
  if (walk.last && walk.looks(walk.last) === walk.focused) {
    walk.faults.push(`looks the same with and without the focus: ${walk.name(walk.last)}`);
  }
  if (!now || now === document.body || walk.met.has(now)) return false;
  if (!walk.seen(now)) walk.faults.push(`has the focus and is out of sight: ${walk.name(now)}`);
  walk.met.add(now);
  walk.last = now;
  walk.focused = walk.looks(now);
  return true;
}"""
END = """() => {
  const walk = window.walk;
  for (const element of walk.able) {
    if (!walk.met.has(element)) walk.faults.push(`is not reached with Tab: ${walk.name(element)}`);
  }
  for (const element of walk.scrolled) {
    const inside = [...walk.met].some((met) => element === met || element.contains(met));
    if (!inside) walk.faults.push(`scrolls and is not reached: ${walk.name(element)}`);
  }
  return [walk.met.size, walk.faults];
}"""
# More than any page has: a walk that is longer goes in a circle.
MOST = 3000
# A browser on a busy machine can lose a key; a place where Tab ends, or a circle, ends it every time.
PRESSES = 3


def walk(page) -> tuple[int, list[str]]:
    """Goes through a page with Tab from its top; how many places it met, and what is wrong with them."""
    page.emulate_media(reduced_motion="reduce")
    # A colour that fades in, or a page that glides, would be looked at half-way.
    page.add_style_tag(content="*, *::before, *::after {transition: none !important; scroll-behavior: auto}")
    page.evaluate(SCRIPT)
    for _ in range(MOST):
        if not any(pressed(page) for _ in range(PRESSES)):
            return page.evaluate(END)
    pytest.fail("Tab never comes to an end")


def pressed(page) -> bool:
    """Presses Tab; whether that met a place where the walk has not been."""
    page.keyboard.press("Tab")
    return page.evaluate(STEP)


@pytest.mark.parametrize("name", KINDS)
def test_tab_reaches_everything_and_shows_where_it_is(open_page, name):
    met, faults = walk(open_page(f"{name}.html"))
    assert faults == []
    assert met > 30


PLANTED = """<article>
<a href="#" style="all: unset !important">The same</a>
<button style="position: fixed; left: -999px">Away</button>
<div tabindex="-1" style="width: 50px; overflow-x: scroll"><p style="width: 99px">Wide</p></div>
</article>"""


def test_a_fault_is_found(open_page):
    page = open_page("search.html")
    page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{PLANTED}`)")
    faults = "\n".join(walk(page)[1])
    for words in ("looks the same", "out of sight", "scrolls and is not reached"):
        assert words in faults


def test_the_first_tab_offers_to_skip_the_contents(open_page):
    page = open_page(f"{CHAPTER}.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_search_opens_takes_words_and_closes(open_page):
    page = open_page(f"{CHAPTER}.html")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.matches('dialog[open] input[type=search]')")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    page.keyboard.type("hazard")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "search.html?q=hazard" in page.url


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_quiz_answers(open_page, key):
    page = open_page(f"{CHAPTER}.html")
    option = page.locator("article #a-short-quiz details > summary").first
    option.focus()
    page.keyboard.press(key)
    assert option.evaluate("summary => summary.parentElement.open")
    page.keyboard.press(key)
    assert not option.evaluate("summary => summary.parentElement.open")


def test_tabs_change_with_the_arrows(open_page):
    page = open_page("book/how_to_use.html")
    tabs = page.locator(".sd-tab-set").first
    tabs.locator("input").first.focus()
    page.keyboard.press("ArrowRight")
    assert tabs.locator("input:checked + label").inner_text() == tabs.locator("label").nth(1).inner_text()
    assert tabs.locator(".sd-tab-content").nth(1).is_visible()


def test_the_contents_of_a_telephone_open_and_close(open_page):
    page = open_page(f"{CHAPTER}.html", 390)
    toggle = page.locator("button.primary-toggle:visible")
    toggle.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] nav a:visible")
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('dialog[open]') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    page.wait_for_function("document.activeElement.matches('button.primary-toggle')")
