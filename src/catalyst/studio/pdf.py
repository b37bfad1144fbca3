"""Prints the built book: one PDF of the whole, one of each chapter, into _build/pdf.

Chromium prints, so that what was right on the screen (formulas, tables, coloured code) is right on paper;
pypdf turns a chapter's links to the rest of the book into links to the PDF of the whole. Depends on the built
pages.
"""

import html
import io
import logging
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdf
import yaml
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from catalyst import paths
from catalyst.release import write
from catalyst.studio import browser
from catalyst.studio.paper import WHOLE, Document, Leaf, Pages, contents_sheet, leaves

BOOK = "whole_book.pdf"
# Chromium counts its objects otherwise than pypdf, which says so at every document.
logging.getLogger("pypdf").setLevel(logging.ERROR)
# A4 without its margins, in CSS pixels: what is measured before printing is measured at this width.
WIDTH, HEIGHT = 658, 970
# What is wider than the sheet is made smaller, as far as can be read; then long words are broken.
FIT = """async () => {
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await document.fonts.ready;
  const room = document.querySelector("article.bd-article").clientWidth;
  for (const wide of document.querySelectorAll("table, mjx-container[display=true]")) {
    const table = wide.tagName === "TABLE";
    const own = (table ? wide : wide.firstElementChild ?? wide).getBoundingClientRect().width;
    const space = Math.min(room, wide.parentElement.clientWidth || room);
    if (own <= space + 1) continue;
    const less = Math.max(space / own, 0.6);
    if (table) {
      wide.style.zoom = less;
      if (wide.getBoundingClientRect().width > space + 1) {
        wide.style.tableLayout = "fixed";
        wide.style.width = "100%";
        wide.style.whiteSpace = "normal";
        for (const cell of wide.querySelectorAll("td, th")) cell.style.whiteSpace = "normal";
        wide.style.overflowWrap = "anywhere";
      }
    } else wide.style.fontSize = `${100 * space / own}%`;
  }
  const edge = document.querySelector("article.bd-article").getBoundingClientRect().right + 2;
  return [...document.querySelectorAll("pre, pre span, td, th, img, svg, mjx-container, p, li, dd")]
    .filter((shown) => shown.getBoundingClientRect().right > edge)
    .map((shown) => `<${shown.tagName.toLowerCase()}> ${shown.textContent.trim().slice(0, 60)}`);
}"""


def output() -> Path:
    """The folder of the PDFs."""
    return paths.root() / "_build" / "pdf"


def make(built: Path) -> list[Path]:
    """Prints the book and its chapters.

    Parameters
    ----------
    built : Path
        The folder of the built pages.

    Returns
    -------
    list of Path
        The PDFs, the whole book first.

    Raises
    ------
    CourseError
        If there is no Chromium, or no room to write. A PDF is written whole or not at all.
    """
    contents, pages, folder = leaves(paths.root()), Pages(built), output()
    made = []
    with at_press(built) as press, write.plainly(folder):
        folder.mkdir(parents=True, exist_ok=True)
        made.append(folder / BOOK)
        write.atomic(made[-1], whole_book(pages, contents, press))
        for leaf in contents:
            if leaf.name.startswith("notebooks/"):
                made.append(folder / f"{Path(leaf.name).name}.pdf")
                write.atomic(made[-1], chapter(pages, contents, leaf, press))
        for old in set(folder.glob("*.pdf")) - set(made):  # of a chapter that is no more
            old.unlink()
    return made


class Press:
    """Prints documents one after another; ``too_wide`` tells what the last one's sheets had no room for.

    Parameters
    ----------
    chromium : the running browser
    address : str
        Where the built pages are served.
    spare : dict
        Documents served beside them, by name; this puts them there.
    """

    def __init__(self, chromium, address: str, spare: dict[str, bytes]):
        self.chromium, self.address, self.spare = chromium, address, spare
        self.too_wide: list[str] = []

    def print(self, document: str) -> bytes:
        """A document as PDF, its formulas set, its bookmarks made of its headings."""
        self.spare["/document.html"] = document.encode("utf-8")
        context = self.chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        try:
            page = context.new_page()
            page.set_default_timeout(600_000)
            page.emulate_media(media="print", color_scheme="light")
            page.goto(f"{self.address}/document.html", wait_until="load")
            self.too_wide = page.evaluate(FIT)
            return page.pdf(prefer_css_page_size=True, outline=True, tagged=True, print_background=True)
        finally:
            context.close()


@contextmanager
def at_press(built: Path) -> Iterator[Press]:
    """The browser with the built pages before it, ready to print."""
    with browser.running() as chromium, served(built) as (address, spare):
        yield Press(chromium, address, spare)


@contextmanager
def served(built: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serves the built pages on this machine, and beside them what stands in a dictionary by address."""
    spare: dict[str, bytes] = {}

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path in spare:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(spare[self.path])
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spare
    finally:
        server.shutdown()
        server.server_close()


def whole_book(pages: Pages, contents: list[Leaf], press: Press) -> bytes:
    """The whole book as PDF: title, licence, contents with page numbers, then every page in order."""
    titles = {leaf.name: pages.title(leaf.name) for leaf in contents}

    def document(numbers: dict[str, int]) -> str:
        made = Document(pages, book_title(), contents)
        made.add_sheet("title", title_words(book_title(), "The whole book"))
        made.add_sheet("licence", licence_words())
        made.add_sheet("toc", contents_sheet(contents, titles, numbers))
        part = ""
        for leaf in contents:
            made.add_leaf(leaf, leaf.depth, leaf.part if leaf.part != part else "")
            part = leaf.part
        return made.html(book_title())

    # Where each page begins is known once all is printed; the list of contents is as long either way.
    first = pypdf.PdfReader(io.BytesIO(press.print(document({}))))
    return press.print(document(beginnings(first, contents)))


def chapter(pages: Pages, contents: list[Leaf], leaf: Leaf, press: Press) -> bytes:
    """A chapter as PDF: itself, what stands under it, and the terms and works to which it leads."""
    at = contents.index(leaf)
    own = [leaf]
    for below in contents[at + 1 :]:
        if below.depth <= leaf.depth:
            break
        own.append(below)
    title = pages.title(leaf.name)
    made = Document(pages, f"{title} – {book_title()}", own)
    for name in ("book/glossary", "book/references"):
        if name in pages.names:
            made.lead_to(name)
    for page in own:
        made.add_leaf(page, page.depth - leaf.depth)
    made.add_entries("book/glossary", "Terms of this chapter")
    made.add_entries("book/references", "Works cited")
    made.add_sheet("licence", licence_words())
    return finish(press.print(made.html(book_title())), title)


def settings() -> dict:
    """What _config.yml says of the book."""
    return yaml.safe_load((paths.root() / "_config.yml").read_text(encoding="utf-8"))


def book_title() -> str:
    """The title of the book."""
    return settings()["title"]


def title_words(title: str, kind: str) -> str:
    """The words of the title sheet; the release in use says which numbers the book shows."""
    project = tomllib.loads((paths.root() / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return (
        f'<h1 class="plain">{html.escape(title)}</h1><p>{html.escape(kind)}</p>'
        f"<p>{html.escape(settings()['author'])}</p>"
        f"<p>Version {html.escape(project['version'])}, with the synthetic data {paths.release_hash()}</p>"
    )


def licence_words() -> str:
    """The words of the licence sheet, from the project's own licence files."""
    words = []
    for name in ("LICENSE-CONTENT", "LICENSE"):
        for block in (paths.root() / name).read_text(encoding="utf-8").strip().split("\n\n"):
            text = html.escape(" ".join(block.split()))
            words.append(f"<p>{linked(text)}</p>")
    return '<h1 class="level-1 plain" id="licences">Licences</h1>' + "".join(words)


def linked(text: str) -> str:
    """Text in which addresses lead somewhere."""
    return " ".join(
        f'<a href="{word}">{word}</a>' if word.startswith("https://") else word for word in text.split(" ")
    )


def beginnings(reader: pypdf.PdfReader, contents: list[Leaf]) -> dict[str, int]:
    """The number of the sheet on which each page of the book begins, by the page's name."""
    known = reader.named_destinations
    return {
        leaf.name: reader.get_destination_page_number(known[f"/{leaf.place}"]) + 1
        for leaf in contents
        if f"/{leaf.place}" in known
    }


def finish(printed: bytes, title: str) -> bytes:
    """Names the author, and turns links out of a chapter to the PDF of the whole book beside it."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(printed))
    writer.add_metadata(
        {"/Title": title, "/Author": settings()["author"], "/Creator": "course.py book --pdf"}
    )
    for page in writer.pages:
        for note in page.get("/Annots", ()):
            action = note.get_object().get("/A", {})
            address = str(action.get("/URI", ""))
            if address.startswith(WHOLE):
                note.get_object()[NameObject("/A")] = DictionaryObject(
                    {
                        NameObject("/S"): NameObject("/GoToR"),
                        NameObject("/F"): TextStringObject(BOOK),
                        NameObject("/D"): NameObject("/" + address.partition("#")[2]),
                    }
                )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
