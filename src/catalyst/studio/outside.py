"""Lists every link of the built book that leads to another host, for whoever looks whether it still does.

No test and no command follows them: the course works without a network. Depends on the built pages alone.
"""

import csv
import html
import io
import re
from pathlib import Path

LINK = re.compile(r'<a\s[^>]*?href="((?:https?:)?//[^"]+)"')


def links(built: Path) -> list[tuple[str, str]]:
    """The addresses outside the book, each with a page that leads there, sorted and each pair once.

    Parameters
    ----------
    built : Path
        The folder of the built pages.
    """
    found = set()
    for page in built.rglob("*.html"):
        name = page.relative_to(built)
        if "_static" not in name.parts:
            words = page.read_text(encoding="utf-8")
            found |= {(html.unescape(address), name.as_posix()) for address in LINK.findall(words)}
    return sorted(found)


def write_list(built: Path, path: Path) -> int:
    """Writes them as CSV with the columns ``address`` and ``page``; returns how many addresses there are."""
    found = links(built)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["address", "page"])
    writer.writerows(found)
    path.write_text(out.getvalue(), encoding="utf-8")
    return len({address for address, _ in found})
