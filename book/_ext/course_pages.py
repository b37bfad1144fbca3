"""Mends what the theme and the notebooks leave in the way of a reader with a screen reader or a keyboard.

Each rule is one function on a parsed page; the browser tests (tests/book) name a rule that is missing.
"""

from pathlib import Path

from bs4 import BeautifulSoup

MARK = "<!-- mended -->"


def name_search_button(page: BeautifulSoup) -> None:
    """The button shows more words than its label holds; its own words are its name."""
    for button in page.select("button.search-button-field"):
        del button["aria-label"]


def hide_icons(page: BeautifulSoup) -> None:
    """A picture inside a labelled button is not to be read out."""
    for icon in page.select("button i, button span[class*='fa-'], summary i"):
        icon["aria-hidden"] = "true"
        # The three faces of the colour-mode button carry titles, of which two are never shown.
        del icon["title"]


def name_toggles(page: BeautifulSoup) -> None:
    """The arrows that open a part of the contents, and the buttons of the sidebars, say what they do."""
    for summary in page.select("nav summary"):
        link = summary.find_previous("a")
        summary["aria-label"] = f"Pages under {link.get_text(strip=True)}" if link else "Pages below"
    for button in page.select("button.sidebar-toggle"):
        button["aria-label"] = button.get("title", "Toggle sidebar")


def mark_sidebar(page: BeautifulSoup) -> None:
    """Home link and search stand outside the sidebar's navigation: give them a landmark of their own."""
    for part in page.select("div.sidebar-primary-items__start"):
        part["role"] = "region"
        part["aria-label"] = "Sidebar"


def mend_bibliography(page: BeautifulSoup) -> None:
    """Entries of a list have the role of a list's entries (docutils gives them a deprecated one)."""
    for entry in page.select("div.citation[role=doc-biblioentry]"):
        entry["role"] = "listitem"
    for entries in page.select("div.citation-list[role=list]"):
        for child in entries.find_all(recursive=False):
            if child.get("role") != "listitem":
                entries.insert_before(child.extract())


def mend_tables(page: BeautifulSoup) -> None:
    """Empty header cells (pandas makes one for its index) head nothing; the others say what they head."""
    for cell in page.select("th"):
        if not cell.get_text(strip=True) and not cell.find("img"):
            cell.name = "td"
        elif not cell.has_attr("scope"):
            cell["scope"] = "col" if cell.find_parent("thead") else "row"


def drop_thebe(page: BeautifulSoup) -> None:
    """Jupyter Book readies each page to run its code on a public server, twice over; ours is run at home."""
    for script in page.select("script"):
        words = f"{script.get('src', '')} {script.get('type', '')} {script.string or ''}"
        if "thebe" in words or "kernelName =" in words:
            script.extract()


RULES = (
    drop_thebe,
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
    page = BeautifulSoup(html, "html.parser")
    for rule in RULES:
        rule(page)
    return f"{page}\n{MARK}\n"


def mend_pages(app, exception) -> None:
    """Mends the pages just written: some faults only exist once the theme's templates have been filled."""
    if exception or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        if "_static" in path.relative_to(app.outdir).parts:
            continue
        html = path.read_text(encoding="utf-8")
        mended = mend(html)
        if mended != html:
            path.write_text(mended, encoding="utf-8")


def setup(app) -> dict:
    """Registers with Sphinx."""
    app.connect("build-finished", mend_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
