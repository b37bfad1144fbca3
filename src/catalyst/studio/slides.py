"""A deck of one chapter: one HTML file, made from its tagged cells, run on the data in use.

reveal.js stands inside the file (``vendor/reveal``), pictures too: it asks no host for anything, goes by the
keyboard, and every picture has the alt text of its cell. Depends on the catalogue, slide_tags and slide_text.
"""

import html
import os
import re
from dataclasses import dataclass
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import catalogue, coaching_pages, masters, slide_tags, slide_text
from catalyst.studio.catalogue import Chapter

VENDOR = Path(__file__).parent / "vendor" / "reveal"
TEMPLATE = Path(__file__).parent / "templates" / "deck.html"
SECONDS_A_CELL = 120
LARGEST_BYTES = 5_000_000
# What a slide holds, in words; a table counts its rows besides, a picture as most of a slide.
ROOM, ROW = 115, 6
# A longer table is set smaller.
LONG_ROWS = 13


@dataclass
class Slide:
    """A slide: its heading and what stands below it, as HTML."""

    title: str
    body: str
    weight: int = 0  # 0 where nothing else may stand on it


def make(identity: str, out: Path | None = None, folder: Path | None = None) -> Path:
    """Makes the deck of a chapter.

    Parameters
    ----------
    identity : str
        The chapter's id, such as ``"t1"``.
    out : Path, optional
        The file to write; ``_build/slides/<id>.html`` if not given.
    folder : Path, optional
        The project; its own root if not given.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    CourseError
        If there is no such chapter, a tag is missing, its code stops, or the deck is larger than 5 MB.
    """
    from catalyst.studio import sheet

    known = {name: c for name, c in catalogue.chapters(folder).items() if c.written}
    if identity not in known:
        raise CourseError(f"There is no chapter '{identity[:20]}': the chapters are {', '.join(known)}.")
    chapter = known[identity]
    out = out or (folder or paths.root()) / "_build" / "slides" / f"{identity}.html"
    text = deck(chapter, slides(chapter))
    if len(text.encode("utf-8")) > LARGEST_BYTES:
        raise CourseError(
            f"The slides of {identity} would be larger than {LARGEST_BYTES / 1e6:.0f} MB: tag fewer figures."
        )
    return sheet.write(out, text)


def slides(chapter: Chapter) -> list[Slide]:
    """The slides of a chapter, its tagged cells run on the data in use.

    Raises
    ------
    CourseError
        If a tag is missing or its code stops.
    """
    notebook = masters.read(chapter.path)
    missing = slide_tags.faults(notebook)
    if missing:
        raise CourseError(f"{chapter.path.name}: {missing[0]}")
    run(chapter.path, notebook)
    writer = slide_text.Writer(chapter.folder, chapter.path.parent)
    made, before, heading = [_title(chapter)], None, ""
    for cell in notebook.cells:
        tag = slide_tags.tag_of(cell)
        if tag is None:
            continue
        if tag != before:
            before, heading = tag, slide_tags.TAGS[tag]
        if cell.cell_type == "code":
            made += _shown(cell, heading)
            continue
        heading, told = _told(writer, cell, tag, heading)
        # What reads a small table back may stand below it.
        last = made[-1]
        if told and last.title == heading and last.weight > 0 and last.weight + told[0].weight <= ROOM:
            made[-1] = Slide(heading, last.body + told[0].body, last.weight + told[0].weight)
            told = told[1:]
        made += told
    return [*made, _close(chapter)]


def run(path: Path, notebook) -> None:
    """Runs the cells of a chapter up to the last one that is shown, in a kernel of its own.

    Raises
    ------
    CourseError
        If a cell stops with an error, or takes too long.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    last = max(
        n for n, cell in enumerate(notebook.cells) if cell.cell_type == "code" and slide_tags.tag_of(cell)
    )
    environment = {
        **os.environ,
        "CATALYST_DATA": str(paths.data_dir()),
        "CATALYST_PROGRESS": "off",
        # Another backend in the caller's environment would leave the slides without pictures.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(paths.root() / "src"), os.environ.get("PYTHONPATH")])
        ),
    }
    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    try:
        with client.setup_kernel(env=environment):
            for position, cell in enumerate(notebook.cells[: last + 1]):
                client.execute_cell(cell, position)
    except CellExecutionError as error:
        raise CourseError(f"{path.name} stops with {error.ename}: {error.evalue}") from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise CourseError(f"{path.name} stops ({type(error).__name__}).") from None


def _title(chapter: Chapter) -> Slide:
    questions = "".join(f"<li>{html.escape(question)}</li>" for question in chapter.listed("questions"))
    note = html.escape(coaching_pages.content_note(chapter))
    said = (
        f"<ul>{questions}</ul><p class='small'>{note} Everybody in these data is synthetic: no number "
        "here is a "
        "finding about real children or places. You may leave at any time, and need not say why.</p>"
    )
    return Slide(chapter.title, said)


def _close(chapter: Chapter) -> Slide:
    support = (chapter.folder / "book" / "support.md").read_text(encoding="utf-8")
    first = re.search(r"^\| \[([^\]]+)\]\([^)]*\) \| ([^|]+) \| ([^|]+) \|", support, re.MULTILINE)
    somebody = f" {first[1]} ({first[2].strip()}): {first[3].strip()}." if first else ""
    body = (
        "<ul><li>Your own project: what is your time zero, your unit, your estimand? The worksheet asks.</li>"
        "<li>Who is missing from your data?</li>"
        f"<li>The exercises: <code>my_work/{chapter.id}/{chapter.id}.ipynb</code></li></ul>"
        "<p class='small'>If something here stays with you: the page “Content note and support” of the "
        "book says "
        f"whom to turn to.{html.escape(somebody)} These slides have not been reviewed by people with "
        "lived experience "
        "of children's social care.</p>"
    )
    return Slide("On to your own project", body)


def _told(writer: slide_text.Writer, cell, tag: str, heading: str) -> tuple[str, list[Slide]]:
    """The heading from a text cell on, and its slides: of the section that the tag asks for, as many as "
    "needed."""
    title, text = _section(cell.source, tag)
    title = re.sub(r"\{[\w:]+\}`([^`<]+?)(?:\s*<[^>]*>)?`|[*_`]", lambda m: m[1] or "", title) or heading
    groups: list[list[str]] = [[]]
    for block in slide_text.blocks(text):
        if groups[-1] and sum(map(slide_text.weight, [*groups[-1], block])) > ROOM:
            groups.append([])
        groups[-1].append(block)
    return title, [
        Slide(title, body, sum(map(slide_text.weight, group)))
        for group in groups
        if (body := writer.html(_joined(group)).strip()) and re.search(r"\w", body)
    ]


def _joined(group: list[str]) -> str:
    """Blocks as text again: items of one list stay one list."""
    item = re.compile(r"(?:[-*]|\d+\.)\s")
    text = ""
    for block in group:
        text += ("\n" if item.match(block) and item.match(text.rsplit("\n\n", 1)[-1]) else "\n\n") + block
    return text.strip()


def _section(source: str, tag: str) -> tuple[str, str]:
    """Of a text cell, the section that belongs on the slide: that of the tag's own heading, or the first."""
    found = slide_text.sections(source)
    own = slide_tags.TAGS[tag].lower()
    fitting = [part for part in found if part[0].lower().startswith(own)]
    if tag == "slide-estimand":
        fitting = [part for part in found if "estimand" in part[1].lower() and "|" in part[1]]
        fitting = fitting or [part for part in found if part[1].lstrip().startswith("|") or "\n|" in part[1]]
    return (fitting or found)[0]


def _shown(cell, title: str) -> list[Slide]:
    """The slides of a code cell: what it printed and the tables together, each figure on one of its own."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    told, figures, lines = "", [], 1
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if output.output_type == "stream" and output.name == "stdout":
            told += f"<pre tabindex='0'>{html.escape(output.text.rstrip())}</pre>"
            lines += output.text.count("\n")
        elif "image/png" in data:
            figures.append(
                f'<img class="figure" src="data:image/png;base64,{data["image/png"].strip()}" '
                f'alt="{html.escape(alt, quote=True)}">'
            )
        elif "text/html" in data:
            told += _table(data["text/html"])
        elif "text/plain" in data:
            told += f"<pre tabindex='0'>{html.escape(data['text/plain'])}</pre>"
            lines += data["text/plain"].count("\n") + 1
    made = [Slide(title, figure) for figure in figures]
    return [*made, Slide(title, told, (lines + told.count("<tr>")) * ROW)] if told else made


def _table(text: str) -> str:
    """A table of pandas without the styles that pandas adds, in a box that can be scrolled by the "
    "keyboard."""
    text = re.sub(r"<style.*?</style>|\s(?:border|style|class)=\"[^\"]*\"", "", text, flags=re.DOTALL)
    text = re.sub(r"<th></th>", "<td></td>", text)
    size = "wide long" if text.count("<tr>") > LONG_ROWS else "wide"
    return f'<div class="{size}" tabindex="0" role="region" aria-label="Table">{text}</div>'


def deck(chapter: Chapter, made: list[Slide]) -> str:
    """The whole file."""
    titles = [slide.title for slide in made]
    sections = []
    for number, slide in enumerate(made):
        level = "h1" if number == 0 else "h2"
        again = titles[:number].count(slide.title)
        count = f' <span class="small">({again + 1})</span>' if again else ""
        sections.append(
            f'<section aria-labelledby="title-{number}">\n'
            f'<{level} id="title-{number}">{html.escape(slide.title)}{count}</{level}>\n'
            f"{slide.body}\n</section>"
        )
    # Inside the file a closing tag of its own would end the script.
    script = (VENDOR / "reveal.js").read_text(encoding="utf-8").replace("</script", "<\\/script")
    parts = {
        "title": html.escape(chapter.title),
        "licence": (VENDOR / "LICENSE").read_text(encoding="utf-8").replace("--", "—"),
        "reveal_css": (VENDOR / "reveal.css").read_text(encoding="utf-8"),
        "reveal_js": script,
        "sections": "\n".join(sections),
    }
    text = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], text)
