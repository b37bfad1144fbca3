"""The built pages as files: alternative texts, links, and every page that the contents promise."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from contents import NOTEBOOKS, PAGES, ROOT


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_figure_says_what_it_shows(pages, name):
    for image in read(pages / f"{name}.html").select("article img"):
        words = image.get("alt", "")
        assert len(words) >= 40 and " " in words, f"{image.get('src')}: {words!r}"
        assert not words.endswith((".png", ".svg", ".jpg"))


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
    page = pages / name
    known = {}
    links = [link["href"] for link in read(page).select("a[href]")]
    assert links
    for href in links:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert target.is_file(), href
        if parts.fragment and target.suffix == ".html":
            if target not in known:
                known[target] = {tag.get("id") for tag in read(target).select("[id]")} | {""}
            assert unquote(parts.fragment) in known[target], href
