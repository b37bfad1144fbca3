"""The built pages as files: alternative texts, links, and every page that the contents promise."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from contents import NOTEBOOKS, PAGES, ROOT


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


class Anchors(HTMLParser):
    """Where the links of a page lead, and what a link into it may name after its #."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.places = {""}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.places.add(value)
            elif name == "href" and tag == "a":
                self.links.append(value)


# Most links of a page are those of the contents, and lead to every other page.
anchors = cache(Anchors)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_figure_says_what_it_shows(pages, name):
    for image in read(pages / f"{name}.html").select("article img"):
        words = image.get("alt", "")
        assert len(words) >= 40 and " " in words, f"{image.get('src')}: {words!r}"
        assert not words.endswith((".png", ".svg", ".jpg"))


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name.startswith("exercises/")])
def test_exercises_are_shown_and_not_run(pages, name):
    page = read(pages / f"{name}.html")
    assert page.select("div.cell_input")
    assert not page.select("div.cell_output")


def test_every_page_and_folder_of_chapters_is_in_the_contents(pages):
    for name in PAGES:
        assert (pages / name).is_file(), name
    on_disk = {
        path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "notebooks").glob("*.ipynb")
    }
    on_disk |= {
        path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "exercises").glob("*/*.ipynb")
    }
    assert on_disk == set(NOTEBOOKS)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_inside_the_book_leads_somewhere(pages, name):
    page = (pages / name).resolve()
    assert anchors(page).links
    for href in anchors(page).links:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert target.is_file(), href
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in anchors(target).places, href
