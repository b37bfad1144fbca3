"""All prose that a reader meets, without code, addresses, formulas and names of columns: for checks of words.

Depends on nbformat and PyYAML; knows nothing of what the prose says.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from catalyst.studio import masters

PAGES = ("*.md", "book/*.md", "data/*/*.md", "data/projects/*/*.md", "benchmarks/README.md")
NOTEBOOKS = ("notebooks/*.ipynb", "solutions/*/*.ipynb")
# Columns of the tables of facts that become sentences of derived pages.
SENTENCES = {"description", "missing", "title", "unit", "coverage", "counterpart", "what", "why", "how"}
# What is not shown to readers: notes on rules, and on where a figure was found.
_INTERNAL = ("dictionary_", "calibration_")
_FENCE = re.compile(r"^(`{3,})(\{?[\w+-]*\}?)[^\n]*\n(.*?)^\1\s*$", re.MULTILINE | re.DOTALL)
# A fence whose name stands in braces is a directive and holds prose, but for those that hold none.
_NO_PROSE = {"{include}", "{bibliography}", "{code-cell}", "{math}", "{image}"}
_NOT_WORDS = re.compile(
    r"<!--.*?-->|\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|!?\[[^\]]*\]\{[^}]*\}|\]\([^)]*\)|\]\[[^\]]*\]|<[^>\n]+>"
    r"|https?://\S+|\{[\w:,-]+\}|^:\w+:[^\n]*$|^\([\w-]+\)=$|@\w+|\S*[\\/_]\S*|\b\w+\.(?:py|md|csv|toml|ya?ml|json|zip)\b",
    re.MULTILINE | re.DOTALL,
)
_TERM = re.compile(r"\{term\}`([^`<]*?)(?:\s*<[^>]+>)?`")


def plain(markdown: str) -> str:
    """A piece of MyST Markdown as the words that a reader reads; line ends stay where they were."""
    text = _TERM.sub(r"\1", markdown)
    while True:
        opened = _FENCE.sub(_inside, text)
        if opened == text:
            break
        text = opened
    return _NOT_WORDS.sub(_blank, text)


def _inside(fence: re.Match) -> str:
    kind = fence[2]
    keep = kind.startswith("{") and kind not in _NO_PROSE
    return f"\n{fence[3]}\n" if keep else "\n" * fence[0].count("\n")


def _blank(match: re.Match) -> str:
    return " " + "\n" * match[0].count("\n")


def pieces(folder: Path) -> Iterator[tuple[str, str]]:
    """Each piece of prose below a project's root, with the name of where it stands.

    Parameters
    ----------
    folder : Path
        The project's root.

    Yields
    ------
    tuple of str
        A name for messages (``book/limits.md``, ``notebooks/t1….ipynb, cell 4``) and the plain words.
    """
    import yaml

    for pattern in PAGES:
        for path in sorted(folder.glob(pattern)):
            yield path.relative_to(folder).as_posix(), plain(path.read_text(encoding="utf-8"))
    for pattern in NOTEBOOKS:
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            notebook = masters.read(path)
            told = notebook.metadata.get("catalyst", {})
            listed = [part for value in told.values() if isinstance(value, list) for part in value]
            yield (
                f"{name}, metadata",
                plain("\n".join(str(part) for part in [told.get("title", ""), *listed])),
            )
            for number, cell in enumerate(notebook.cells, start=1):
                if cell.cell_type == "markdown":
                    yield f"{name}, cell {number}", plain(cell.source)
    for path in sorted(folder.glob("quizzes/*.y*ml")):
        words = "\n".join(_texts(yaml.safe_load(path.read_text(encoding="utf-8"))))
        yield path.relative_to(folder).as_posix(), plain(words)
    for path in sorted(folder.glob("src/catalyst/facts/*.csv")):
        if path.name.startswith(_INTERNAL):
            continue
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [value for row in csv.DictReader(lines) for key, value in row.items() if key in SENTENCES]
        yield path.relative_to(folder).as_posix(), plain("\n".join(filter(None, rows)))


def _texts(node) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)
