"""Mends what the theme and the notebooks leave in the way of a reader with a screen reader or a keyboard.

Each rule is one function on the elements of a parsed page. The browser tests (tests/book) name a rule that is
missing.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from bs4 import BeautifulSoup, Tag

MARK = "<!-- mended -->"
# Fewer pages than this are mended sooner than another process is started.
FEW = 12
MOST_AT_A_TIME = 4
# Code holds most of a notebook's elements, one a word, and nothing that a rule mends.
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
PUT_AWAY = re.compile(r"<pre>code (\d+)</pre>")


Tags = dict[str, list[Tag]]


def by_name(page: BeautifulSoup) -> Tags:
    """The elements of a page by their name, in order: a page holds thousands, and is gone through once."""
    found = defaultdict(list)
    for tag in page.descendants:
        if isinstance(tag, Tag):
            found[tag.name].append(tag)
    return found


def having(tags: Iterable[Tag], kind: str) -> list[Tag]:
    """Those of some elements that have a class."""
    return [tag for tag in tags if kind in tag.get("class", ())]


def name_search_button(tags: Tags) -> None:
    """The button shows more words than its label holds; its own words are its name."""
    for button in having(tags["button"], "search-button-field"):
        del button["aria-label"]


def hide_icons(tags: Tags) -> None:
    """A picture inside a labelled button is not to be read out."""
    for place in [*tags["button"], *tags["summary"]]:
        for icon in place.find_all(["i", "span"] if place.name == "button" else "i"):
            if icon.name == "span" and not any("fa-" in kind for kind in icon.get("class", ())):
                continue
            icon["aria-hidden"] = "true"
            # The three faces of the colour-mode button carry titles, of which two are never shown.
            del icon["title"]


def name_toggles(tags: Tags) -> None:
    """The arrows that open a part of the contents, and the buttons of the sidebars, say what they do."""
    for summary in tags["summary"]:
        if summary.find_parent("nav"):
            link = summary.find_previous("a")
            summary["aria-label"] = f"Pages under {link.get_text(strip=True)}" if link else "Pages below"
    for button in having(tags["button"], "sidebar-toggle"):
        button["aria-label"] = button.get("title", "Toggle sidebar")


def mark_sidebar(tags: Tags) -> None:
    """Home link and search stand outside the sidebar's navigation: give them a landmark of their own."""
    for part in having(tags["div"], "sidebar-primary-items__start"):
        part["role"] = "region"
        part["aria-label"] = "Sidebar"


def mend_bibliography(tags: Tags) -> None:
    """Entries of a list have the role of a list's entries (docutils gives them a deprecated one)."""
    for entry in having(tags["div"], "citation"):
        if entry.get("role") == "doc-biblioentry":
            entry["role"] = "listitem"
    for entries in having(tags["div"], "citation-list"):
        if entries.get("role") != "list":
            continue
        for child in entries.find_all(recursive=False):
            if child.get("role") != "listitem":
                entries.insert_before(child.extract())


def mend_tables(tags: Tags) -> None:
    """Empty header cells (pandas makes one for its index) head nothing; the others say what they head."""
    for cell in tags["th"]:
        if not cell.get_text(strip=True) and not cell.find("img"):
            cell.name = "td"
        elif not cell.has_attr("scope"):
            cell["scope"] = "col" if cell.find_parent("thead") else "row"


def drop_thebe(tags: Tags) -> None:
    """Jupyter Book readies each page to run its code on a public server, twice over; ours is run at home."""
    for script in tags["script"]:
        words = f"{script.get('src', '')} {script.get('type', '')} {script.string or ''}"
        if "thebe" in words or "kernelName =" in words:
            script.extract()


def drop_icons_script(tags: Tags) -> None:
    """The theme draws its icons with a font, and again with a script of 1.5 MB; the font is enough."""
    for script in tags["script"]:
        if "scripts/fontawesome.js" in script.get("src", ""):
            script.extract()


def drop_idle_mathjax(tags: Tags) -> None:
    """A page without a formula has no use for what sets formulas."""
    if having([*tags["span"], *tags["div"]], "math"):
        return
    for script in tags["script"]:
        if "/mathjax/" in script.get("src", "") or "window.MathJax" in (script.string or ""):
            script.extract()


RULES = (
    drop_thebe,
    drop_icons_script,
    drop_idle_mathjax,
    name_search_button,
    hide_icons,
    name_toggles,
    mark_sidebar,
    mend_bibliography,
    mend_tables,
)


def mend(html: str) -> str:
    """Applies every rule to one page.

    Parameters
    ----------
    html : str
        A whole page. One that was mended before is returned as it is.

    Returns
    -------
    str
        The mended page, marked at its end.
    """
    if html.rstrip().endswith(MARK):
        return html
    code = CODE.findall(html)
    numbers = iter(range(len(code)))
    page = BeautifulSoup(CODE.sub(lambda _: f"<pre>code {next(numbers)}</pre>", html), "html.parser")
    tags = by_name(page)
    for rule in RULES:
        rule(tags)
    return f"{PUT_AWAY.sub(lambda found: code[int(found[1])], str(page))}\n{MARK}\n"


def mend_file(path: Path) -> None:
    """Mends one page where it lies."""
    html = path.read_text(encoding="utf-8")
    mended = mend(html)
    if mended != html:
        path.write_text(mended, encoding="utf-8")


def mend_pages(app, exception) -> None:
    """Mends the pages just written: some faults only exist once the theme's templates have been filled."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir)
    paths = [path for path in folder.rglob("*.html") if "_static" not in path.relative_to(folder).parts]
    if len(paths) < FEW:
        for path in paths:
            mend_file(path)
        return
    with ProcessPoolExecutor(min(MOST_AT_A_TIME, os.cpu_count() or 1)) as pool:
        for _ in pool.map(mend_file, paths, chunksize=4):
            pass  # what a process raised is raised here


def setup(app) -> dict:
    """Registers with Sphinx."""
    app.connect("build-finished", mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
