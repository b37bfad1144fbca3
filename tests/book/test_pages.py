"""The built pages as files: alternative texts, links, and every page that the contents promise."""

import csv
import re
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


def local(page: Path, address: str) -> Path:
    """The file that a page, or a style sheet, names."""
    path = urlsplit(address)
    assert not path.netloc, f"{page.name} asks another host for {address}"
    return (page.parent / unquote(path.path)).resolve()


@cache
def loads(path: Path) -> tuple[set[Path], set[Path], bool]:
    """What a page loads: its own files (figures, tips) and those of all; and whether it has a formula."""
    page, own, shared = read(path), set(), set()
    for tag in page.select(
        "link[rel=stylesheet], link[rel=preload], link[rel=icon], script[src], img, iframe"
    ):
        file = local(path, tag.get("href") or tag["src"])
        assert file.is_file(), file
        mine = tag.name == "img" or file.name.startswith(f"{path.stem}.")
        (own if mine else shared).add(file)
    return own, shared, bool(page.select("span.math, div.math"))


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_heavy_and_formulas_are_set_where_there_are_any(pages, name):
    path = pages / name
    own, shared, has_formulas = loads(path)
    assert path.stat().st_size + sum(file.stat().st_size for file in own) < 1_500_000
    assert any("mathjax" in file.parts for file in shared) == has_formulas


def test_what_all_pages_share_is_light(pages):
    shared = {file for name in PAGES for file in loads(pages / name)[1] if file.name != "searchindex.js"}
    for sheet in [file for file in shared if file.suffix == ".css"]:
        for address in re.findall(r"url\([\"']?([^)\"']+)", sheet.read_text(encoding="utf-8")):
            if not address.startswith("data:") and local(sheet, address).is_file():
                shared.add(local(sheet, address))
    # What sets formulas loads its fonts when it needs them: count all of them.
    shared |= {file for file in (pages / "_static" / "mathjax").rglob("*") if file.is_file()}
    assert len(shared) > 20
    assert sum(file.stat().st_size for file in shared) < 3_500_000


def test_links_out_of_the_book_are_listed(pages):
    """Nobody follows them here; the list is for who does."""
    with (pages.parent / "external_links.csv").open(encoding="utf-8", newline="") as lines:
        listed = {(row["address"], row["page"]) for row in csv.DictReader(lines)}
    there = {
        (href, name)
        for name in PAGES
        for href in anchors((pages / name).resolve()).links
        if urlsplit(href).netloc
    }
    assert there and there <= listed
    assert {urlsplit(address).scheme for address, _ in listed} <= {"http", "https"}


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
