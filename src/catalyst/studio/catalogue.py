"""The course's chapters: those planned (``facts/chapters.csv``) and, of these, those written.

A chapter is written when its notebook is there; all else about it is read from the notebook's own metadata.
Depends on masters, quizzes, nbformat and PyYAML.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from catalyst import paths
from catalyst.studio import masters, quizzes

FACTS = Path(__file__).resolve().parents[1] / "facts"
# b bridge, f foundation, t theme, c capstone; then a number and, for a second notebook on it, a letter.
IDENTITY = re.compile(r"[bftc][1-9][0-9]?[a-z]?")
# The levels that have an anchor are those of myst_heading_anchors in _config.yml; a comment in code is none.
_HEADING = re.compile(r"^(#{1,3}) +(.+?) *$", re.MULTILINE)
_FENCED = re.compile(r"^(`{3,}).*?^\1 *$", re.MULTILINE | re.DOTALL)


def facts(name: str) -> list[dict[str, str]]:
    """The rows of one of the course's own tables of facts, as text."""
    with (FACTS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass
class Chapter:
    """A chapter, planned or written; what only a notebook can tell is empty before there is one."""

    id: str
    notebook: str
    part: str
    title: str
    folder: Path
    metadata: dict = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """The notebook's file, whether or not it is there."""
        return self.folder / "notebooks" / f"{self.notebook}.ipynb"

    @property
    def written(self) -> bool:
        """Whether the notebook is there."""
        return self.path.is_file()

    def listed(self, name: str) -> list:
        """An entry of the metadata that is a list; empty before the chapter is written."""
        value = self.metadata.get(name, [])
        return value if isinstance(value, list) else []

    def minutes(self, name: str) -> int:
        """``read`` or ``exercise``: minutes by the metadata, 0 before the chapter is written."""
        value = self.metadata.get(f"minutes_{name}", 0)
        return value if isinstance(value, int) else 0

    @cached_property
    def quiz(self) -> list[quizzes.Item]:
        """The questions of the chapter's quiz."""
        return quizzes.items(masters.read(self.path)) if self.written else []

    @cached_property
    def exercises(self) -> list[dict]:
        """The specs of the chapter's exercises (id, minutes, objectives and so on)."""
        master = self.folder / "solutions" / self.id / f"{self.id}.ipynb"
        return [found.spec for found in masters.exercises(masters.read(master))] if master.is_file() else []

    @cached_property
    def headings(self) -> dict[str, str]:
        """The anchor of each heading below the title, by its text; the first, where two are the same."""
        if not self.written:
            return {}
        cells = [cell.source for cell in masters.read(self.path).cells if cell.cell_type == "markdown"]
        text = _FENCED.sub("", "\n\n".join(cells))
        found: dict[str, str] = {}
        taken: set[str] = set()
        for level, words in _HEADING.findall(text):
            anchor = _anchor(words, taken)
            taken.add(anchor)
            if len(level) > 1:
                found.setdefault(words, anchor)
        return found


def chapters(folder: Path | None = None) -> dict[str, Chapter]:
    """Every chapter by its id: the planned ones in their order, then notebooks that no plan names.

    Parameters
    ----------
    folder : Path, optional
        The project; its own root if not given.
    """
    folder = folder or paths.root()
    on_disk = {path.stem.partition("_")[0]: path for path in sorted((folder / "notebooks").glob("*_*.ipynb"))}
    found = {}
    for row in facts("chapters"):
        path = on_disk.pop(row["id"], None)
        found[row["id"]] = _chapter(row, folder, path)
    for identity, path in on_disk.items():
        row = {"id": identity, "notebook": path.stem, "part": part_of(identity), "title": path.stem}
        found[identity] = _chapter(row, folder, path)
    return found


def part_of(identity: str) -> str:
    """The part of the book in which a chapter stands, by the first letter of its id."""
    return {"b": "Bridge", "f": "Foundations", "c": "Capstone"}.get(identity[:1], "Themes")


def contents(folder: Path | None = None) -> list[str]:
    """Every file that ``_toc.yml`` names, in order, without its ending."""
    import yaml

    def files(node):
        if isinstance(node, list):
            for part in node:
                yield from files(part)
        elif isinstance(node, dict):
            yield from (node[key] for key in ("root", "file") if key in node)
            for part in node.values():
                yield from files(part if isinstance(part, list) else [])

    text = ((folder or paths.root()) / "_toc.yml").read_text(encoding="utf-8")
    return list(files(yaml.safe_load(text)))


def write_pages(
    out: Path, pages: Mapping[str, Callable[[dict[str, Chapter]], str]], known: dict[str, Chapter]
) -> None:
    """Writes pages that follow from the chapters, as MyST Markdown.

    Parameters
    ----------
    out : Path
        The folder of derived pages.
    pages : mapping of str to callable
        What makes the text of each page from the chapters, by the page's name.
    known : dict of Chapter
        Every chapter by its id, as :func:`chapters`.
    """
    for name, make in pages.items():
        (out / f"{name}.md").write_text(make(known), encoding="utf-8")


def _chapter(row: dict[str, str], folder: Path, path: Path | None) -> Chapter:
    """A chapter from its row of the plan; the notebook, where there is one, has the last word."""
    made = Chapter(row["id"], row["notebook"], row["part"], row["title"], folder)
    if path is not None:
        made.notebook = path.stem
        made.metadata = dict(masters.read(path).metadata.get("catalyst", {}))
        made.title = made.metadata.get("title") or made.title
    return made


def _anchor(words: str, taken: set[str]) -> str:
    """What a link into a page names after its #, made of a heading as MyST makes it."""
    plain = re.sub(r"[^\w\- ]", "", words.lower().replace(" ", "-"))
    anchor, times = plain, 0
    while anchor in taken:
        times += 1
        anchor = f"{anchor}-{times}"
    return anchor
