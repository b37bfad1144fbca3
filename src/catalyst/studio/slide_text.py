"""Text of a chapter as HTML for a slide: MyST's roles as words, directives left out, maths as pictures.

Depends on markdown-it and, for formulas, on matplotlib.
"""

import base64
import html
import io
import re
from pathlib import Path

FENCE = re.compile(r"^(`{3,}|~{3,})\{[^\n]*\n.*?^\1[ ]*$\n?", re.DOTALL | re.MULTILINE)
QUIZ = re.compile(r"<!-- quiz: .*?<!-- end of the quiz -->", re.DOTALL)
_ENTRY = re.compile(r"^@\w+\{([^,\s]+),(.*?)^\}", re.DOTALL | re.MULTILINE)
_MIME = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg"}
_HELD = "\x02{}\x03"


class Writer:
    """Turns Markdown of one notebook into HTML; ``folder`` is the project, ``here`` the notebook's folder."""

    def __init__(self, folder: Path, here: Path):
        from markdown_it import MarkdownIt

        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._here = here
        self._books = cited(folder / "book" / "references.bib")

    def html(self, text: str) -> str:
        """The HTML of some Markdown, complete in itself: no link leads away, pictures are inside it."""
        held: list[str] = []

        def hold(markup: str) -> str:
            held.append(markup)
            return _HELD.format(len(held) - 1)

        text = re.sub(r"<!--.*?-->", "", QUIZ.sub("", FENCE.sub("", text)), flags=re.DOTALL)
        text = re.sub(r"\$\$(.+?)\$\$", lambda m: hold(formula(m[1], block=True)), text, flags=re.DOTALL)
        text = re.sub(r"(?<![\\$\w])\$([^$\n]+)\$(?!\w)", lambda m: hold(formula(m[1])), text)
        text = re.sub(r"!\[((?:[^\]]|\n)*)\]\(([^)]*)\)", lambda m: hold(self._image(m[1], m[2])), text)
        text = re.sub(r"\{cite:([pt])\}`([^`]+)`", lambda m: self._cite(m[1], m[2]), text)
        text = re.sub(r"\{[\w:]+\}`([^`<]+?)(?:\s*<[^>]*>)?`", r"\1", text)
        text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
        made = self._markdown.render(text)
        return re.sub("\x02(\\d+)\x03", lambda m: held[int(m[1])], made)

    def _image(self, alt: str, place: str) -> str:
        path = (self._here / place).resolve()
        return picture(path.read_bytes(), _MIME[path.suffix.lower()], " ".join(alt.split()))

    def _cite(self, kind: str, keys: str) -> str:
        names = [self._books.get(key.strip(), (key.strip(), "")) for key in keys.split(",")]
        if kind == "t":
            return "; ".join(f"{who} ({year})" for who, year in names)
        return "(" + "; ".join(f"{who} {year}".strip() for who, year in names) + ")"


def picture(content: bytes, mime: str, alt: str) -> str:
    """A picture inside the page, with its alt text."""
    data = base64.b64encode(content).decode("ascii")
    return f'<img src="data:{mime};base64,{data}" alt="{html.escape(alt, quote=True)}">'


def formula(tex: str, block: bool = False) -> str:
    """A formula as a picture; its alt text is the formula as it is written in TeX."""
    from matplotlib.figure import Figure

    words = " ".join(tex.split())
    # The few commands of the chapters that matplotlib's mathtext lacks.
    drawn = words.replace(r"\text{", r"\mathrm{").replace(r"\Bigl", r"\left").replace(r"\Bigr", r"\right")
    drawn = re.sub(r"\\operatorname\{(\w+)\}", r"\\mathrm{\1}\\,", drawn).replace(r"\qquad", r"\quad")
    drawn = re.sub(r"\\([gl])e(?![a-z])", r"\\\1eq", drawn)
    figure = Figure()
    figure.text(0, 0, f"${drawn}$", fontsize=22)
    out = io.BytesIO()
    try:
        figure.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.06, metadata={"Date": None})
    except ValueError:  # a command that mathtext lacks: better read as written than not at all
        return f"<code>{html.escape(words)}</code>"
    kind = "formula block" if block else "formula"
    return picture(out.getvalue(), "image/svg+xml", words).replace("<img ", f'<img class="{kind}" ')


def cited(path: Path) -> dict[str, tuple[str, str]]:
    """Authors and year of each entry of a .bib file, as a citation in the text names them."""
    found = {}
    for key, fields in _ENTRY.findall(path.read_text(encoding="utf-8")):
        values = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", fields, re.MULTILINE))
        people = [part for part in re.split(r"\s+and\s+", values.get("author", key)) if part]
        names = [re.sub(r"[{}]", "", part.split(",")[0]).strip() for part in people]
        who = (
            names[0]
            if len(names) == 1
            else f"{names[0]} and {names[1]}"
            if len(names) == 2
            else f"{names[0]} et al."
        )
        found[key] = (who, values.get("year", ""))
    return found


def sections(text: str) -> list[tuple[str, str]]:
    """The parts of a text at its headings: each heading, empty at the start, and what stands below it.

    A heading with nothing below it is the heading of what follows.
    """
    text = QUIZ.sub("", text)
    found, title, body, fenced = [], "", [], False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else re.match(r"#{1,6}\s+(.+?)\s*$", line)
        if not heading:
            body.append(line)
            continue
        if "".join(body).strip() or not title:
            found.append((title, "\n".join(body).strip()))
            title = heading[1]
        body = []
    found.append((title, "\n".join(body).strip()))
    return [(title, body) for title, body in found if title or body]


def blocks(text: str) -> list[str]:
    """The paragraphs, tables and single items of lists of a text, in order."""
    found: list[str] = []
    for part in re.split(r"\n\s*\n", text.strip()):
        items = re.split(r"\n(?=(?:[-*]|\d+\.)\s)", part)
        found += [item for item in items if item.strip()]
    return found


def weight(block: str) -> int:
    """How much of a slide a block fills, in words."""
    words = len(re.findall(r"\w+", re.sub(r"!\[[^\]]*\]\([^)]*\)|\{\w+:?\w*\}", "", block)))
    rows = block.count("\n") + 1 if block.lstrip().startswith("|") else 0
    return words + 5 * rows + 110 * bool(re.search(r"!\[", block)) + 8
