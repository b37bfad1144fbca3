"""One self-contained page to look at or to print: records, class reports, worksheets. Depends on nothing.

Colours pass WCAG AA in light and dark; nothing is asked of another host; on paper it is black on white.
"""

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.release.write import atomic

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #8a929b; --soft: #f1f3f5; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --paper: #14181d; --line: #7d8791; --soft: #20262d; }
  a { color: #8ec5ff; }
}
body { font: 1rem/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink);
  background: var(--paper); max-width: 52rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; min-width: 3.6em; text-align: left;
  vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
thead th { background: var(--soft); }
.room { height: 5.5rem; }
.sign { border-bottom: 1px solid var(--line); height: 2.2rem; margin: .2rem 0 1rem; }
@media print {
  :root { --ink: #000; --paper: #fff; --line: #555; --soft: #eee; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
}
"""


def page(title: str, body: str) -> str:
    """A whole HTML page; ``body`` is HTML, ``title`` plain text that is also its first heading."""
    said = html.escape(title)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{said}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{said}</h1>\n{body}\n"
        "</main>\n</body>\n</html>\n"
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence]) -> str:
    """A table as HTML: the first cell of a row is its heading, numbers stand to the right."""
    head = "".join(f'<th scope="col">{html.escape(str(name))}</th>' for name in heads)
    lines = []
    for first, *others in rows:
        cells = "".join(
            f'<td class="number">{cell}</td>'
            if isinstance(cell, (int, float))
            else f"<td>{html.escape(str(cell))}</td>"
            for cell in others
        )
        lines.append(f'<tr><th scope="row">{html.escape(str(first))}</th>{cells}</tr>')
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{html.escape(caption)}"><table>'
        f"<caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def paragraphs(sentences: Iterable[str]) -> str:
    """Each as a paragraph of its own."""
    return "\n".join(f"<p>{html.escape(sentence)}</p>" for sentence in sentences)


def write(path: Path, text: str) -> Path:
    """Writes a file whole or not at all.

    Raises
    ------
    CourseError
        If the place cannot be written to.
    """
    try:
        if path.is_dir():
            raise CourseError(f"{path} is a folder: give the name of a file in it.")
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic(path, text.encode("utf-8"))
    except OSError as problem:
        raise CourseError(
            f"{path} could not be written ({problem.strerror or problem}): choose another place."
        ) from None
    return path
