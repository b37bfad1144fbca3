"""One document to print, made of built pages: the whole book, or a chapter with what it needs to stand alone.

Every page keeps its words; its places get names of their own, so that links lead from page to page inside the
document. Depends on the built pages, the contents and Beautiful Soup.
"""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag

STYLE = Path(__file__).parent / "templates" / "print.css"
# Where a link leads that leaves a chapter for another page of the book; pdf.py turns it to the book's PDF.
WHOLE = "http://whole-book.invalid/"
# Attributes that name a place of the same page, alone or several.
NAMES = ("id", "for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
HEADINGS = re.compile(r"h[1-6]")


@dataclass(frozen=True)
class Leaf:
    """A page of the book in its place: its name in ``_toc.yml``, how deep it stands and in which part."""

    name: str
    depth: int
    part: str = ""

    @property
    def place(self) -> str:
        """The name of the page as a place in a printed document."""
        return place(self.name)


def place(name: str, fragment: str = "") -> str:
    """What a page, or an anchor on it, is called in a printed document."""
    return name.replace("/", ".") + (f"--{fragment}" if fragment else "")


def leaves(folder: Path) -> list[Leaf]:
    """Every page of the contents in order.

    Parameters
    ----------
    folder : Path
        The project, which holds ``_toc.yml``.
    """
    contents = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))

    def below(entries: Iterable[dict], depth: int, part: str):
        for entry in entries:
            yield Leaf(entry["file"], depth, part)
            yield from below(entry.get("sections", []), depth + 1, part)

    found = [Leaf(contents["root"], 0)]
    for part in contents.get("parts", [contents]):
        found += below(part.get("chapters", []), 1, part.get("caption", ""))
    return found


@dataclass(frozen=True)
class _Page:
    """A built page taken apart: title, what its head asks for, its words and where they lead."""

    title: str
    head: list[str]
    article: str
    links: list[str]


class Pages:
    """The built pages of a book, to be taken apart.

    Parameters
    ----------
    built : Path
        The folder of the built pages.
    prefix : str
        The address of that folder where the document will be read, with a slash at its end.
    """

    def __init__(self, built: Path, prefix: str = "/"):
        self.built = built
        self.prefix = prefix
        self._known: dict[str, _Page] = {}

    @cached_property
    def names(self) -> set[str]:
        """Every page that was built."""
        return {
            path.relative_to(self.built).with_suffix("").as_posix() for path in self.built.rglob("*.html")
        }

    def head(self, names: Iterable[str]) -> str:
        """Style sheets and settings of maths of some pages, each once."""
        return "\n".join(dict.fromkeys(line for name in names for line in self._read(name).head))

    def _read(self, name: str) -> "_Page":
        """A page, read once: a sidebar that names every page is most of what a reader of pages reads."""
        if name in self._known:
            return self._known[name]
        page = BeautifulSoup((self.built / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        head = [
            f'<link rel="stylesheet" href="{self.address(name, link["href"])}">'
            for link in page.head.select("link[rel=stylesheet]")
        ]
        for script in page.head.select("script"):
            if "mathjax" in script.get("src", ""):
                head.append(f'<script defer src="{self.address(name, script["src"])}"></script>')
            elif "window.MathJax" in (script.string or ""):
                head.append(f"<script>{script.string}</script>")
        article = page.select_one("article.bd-article")
        for useless in article.select("a.headerlink, button, script, .toctree-wrapper"):
            useless.decompose()
        for block in article.select("details"):
            block["open"] = ""
        title = article.find("h1").get_text(" ", strip=True)
        links = [link["href"] for link in article.select("a[href]")]
        self._known[name] = _Page(title, head, str(article), links)
        return self._known[name]

    def address(self, name: str, relative: str) -> str:
        """A file that a page names, as an address of the document."""
        path = (self.built / name).parent / urlsplit(relative).path
        return self.prefix + Path(unquote(str(path))).resolve().relative_to(self.built.resolve()).as_posix()

    def article(self, name: str) -> Tag:
        """The words of a page, without what only a screen can use; a copy to be changed."""
        return BeautifulSoup(self._read(name).article, "html.parser").article

    def title(self, name: str) -> str:
        """The title of a page."""
        return self._read(name).title

    def links(self, name: str) -> list[tuple[str, str]]:
        """The pages and anchors of the book to which the words of a page lead."""
        return [found for href in self._read(name).links if (found := self.target(name, href))]

    def target(self, name: str, href: str) -> tuple[str, str] | None:
        """The page and the anchor on it to which a link of a page leads; None outside the book."""
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            return None
        if not parts.path:
            return name, unquote(parts.fragment)
        path = ((self.built / name).parent / unquote(parts.path)).resolve()
        if path.suffix != ".html" or not path.is_relative_to(self.built.resolve()):
            return "", ""
        return path.relative_to(self.built.resolve()).with_suffix("").as_posix(), unquote(parts.fragment)

    def entries(self, name: str, wanted: set[str]) -> list[Tag]:
        """Of a page that is a list, such as the glossary, the entries with some anchors, in order."""
        found, defined = [], False
        for entry in self.article(name).select("dt[id], dd, div.citation[id]"):
            if entry.name == "dd":  # what the terms above it mean: one or several
                found += [entry] if defined else []
                defined = False
            elif entry["id"] in wanted:
                found.append(entry)
                defined = True
        return found


class Document:
    """A document to print, as HTML.

    Parameters
    ----------
    pages : Pages
        The built pages.
    title : str
        Its title.
    own : list of Leaf
        The pages that are in it whole.
    """

    def __init__(self, pages: Pages, title: str, own: list[Leaf]):
        self.pages, self.title, self.own = pages, title, own
        self.inside = {leaf.name for leaf in own}
        self.body: list[str] = []
        self.rules: list[str] = []
        self.parts: dict[str, set[str]] = {}
        self.sources = [leaf.name for leaf in own]

    def mend(self, block: Tag, name: str, deeper: int) -> Tag:
        """Names the places of a page anew, turns its links and sets its headings deeper."""
        for tag in block.find_all(True):
            for attribute in NAMES:
                if attribute in tag.attrs:
                    tag[attribute] = " ".join(place(name, one) for one in str(tag[attribute]).split())
            if HEADINGS.fullmatch(tag.name):
                level = int(tag.name[1])
                tag["class"] = [*tag.get("class", []), f"level-{level}"]
                tag.name = f"h{min(6, level + deeper)}"
            if tag.name == "img" and not tag["src"].startswith("data:"):
                tag["src"] = self.pages.address(name, tag["src"])
            if tag.name == "a" and "href" in tag.attrs:
                self._turn(tag, name)
        return block

    def _turn(self, link: Tag, name: str) -> None:
        found = self.pages.target(name, link["href"])
        if found is None:
            return
        page, anchor = found
        if page in self.inside or anchor in self.parts.get(page, ()):
            link["href"] = "#" + place(page, anchor)
        elif page in self.pages.names and page != "search":
            link["href"] = WHOLE + "#" + place(page, anchor)
        else:  # a file to download, or the search: nothing that paper has
            link.unwrap()

    def add_sheet(self, kind: str, words: str) -> None:
        """Adds a sheet of its own before or after the pages, such as the title."""
        self.body.append(f'<section class="sheet {kind}">{words}</section>')

    def add_leaf(self, leaf: Leaf, deeper: int, part: str = "") -> None:
        """Adds a whole page, its headings set deeper by some levels; above it the part that it begins."""
        before = f'<h1 class="part">{html.escape(part)}</h1>' if part else ""
        article = self.mend(self.pages.article(leaf.name), leaf.name, deeper)
        self._page_rule(leaf.place, self.pages.title(leaf.name))
        self.body.append(
            f'<div class="leaf" id="{leaf.place}" style="page: {identifier(leaf.place)}">{before}'
            f"{article.decode_contents()}</div>"
        )

    def add_entries(self, name: str, heading: str) -> None:
        """Adds those entries of a list, such as the glossary, to which the document's pages lead."""
        if not (entries := self.pages.entries(name, self.parts.get(name, set()))):
            return
        kind = "dl" if entries[0].name == "dt" else "div"
        words = "".join(str(self.mend_entry(entry, name)) for entry in entries)
        self._page_rule(place(name), heading)
        self.body.append(
            f'<div class="leaf entries" style="page: {identifier(place(name))}"><h2 class="level-1">'
            f"{html.escape(heading)}</h2><{kind}>{words}</{kind}></div>"
        )
        self.sources.append(name)

    def mend_entry(self, entry: Tag, name: str) -> Tag:
        """As :meth:`mend`, for an entry whose own anchor counts too."""
        shell = BeautifulSoup("<div></div>", "html.parser").div
        shell.append(entry.extract())
        self.mend(shell, name, 0)
        return next(shell.children)

    def lead_to(self, name: str) -> None:
        """Notes to which entries of a list the document's own pages lead, so that they can be added."""
        wanted = self.parts.setdefault(name, set())
        for leaf in self.own:
            wanted.update(anchor for page, anchor in self.pages.links(leaf.name) if page == name and anchor)

    def _page_rule(self, name: str, words: str) -> None:
        """A kind of sheet for a page of the book, with that page's title in its head."""
        text = words.replace("\\", r"\\").replace('"', r"\"")
        self.rules.append(f'@page {identifier(name)} {{ @top-right {{ content: "{text}"; }} }}')

    def html(self, running: str) -> str:
        """The document, with some words in the head of every sheet."""
        text = running.replace("\\", r"\\").replace('"', r"\"")
        rules = "\n".join([f'@page {{ @top-left {{ content: "{text}"; }} }}', *self.rules])
        return (
            '<!doctype html>\n<html lang="en-GB" data-theme="light" data-mode="light">\n<head>'
            f'<meta charset="utf-8"><title>{html.escape(self.title)}</title>\n'
            f"{self.pages.head(self.sources)}\n"
            f"<style>{STYLE.read_text(encoding='utf-8')}\n{rules}</style></head>\n"
            f'<body><main class="bd-content"><article class="bd-article">{"".join(self.body)}</article>'
            "</main></body></html>\n"
        )


def identifier(name: str) -> str:
    """A name that CSS takes for a kind of page."""
    return "p-" + re.sub(r"[^a-zA-Z0-9]", "-", name)


def contents_sheet(leaves: list[Leaf], titles: Mapping[str, str], numbers: Mapping[str, int]) -> str:
    """The list of contents, with page numbers as far as they are known.

    Parameters
    ----------
    leaves : list of Leaf
        The pages.
    titles : mapping of str to str
        The title of each page by its name.
    numbers : mapping of str to int
        The number of the sheet on which each page begins, by its name.
    """
    lines, part = ['<h1 class="level-1 plain" id="contents">Contents</h1><ul class="contents">'], ""
    for leaf in leaves:
        if leaf.part != part:
            part = leaf.part
            lines.append(f'<li class="caption">{html.escape(part)}</li>')
        lines.append(
            f'<li class="depth-{leaf.depth}"><a href="#{leaf.place}">'
            f"<span>{html.escape(titles[leaf.name])}</span>"
            f'<span class="number">{numbers.get(leaf.name, 0)}</span></a></li>'
        )
    return "".join([*lines, "</ul>"])
