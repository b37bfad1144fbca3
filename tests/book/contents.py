"""The pages that the table of contents promises, known before the book is built."""

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def files(node) -> list[str]:
    """Every file below a node of _toc.yml, in order."""
    if isinstance(node, list):
        return [name for item in node for name in files(item)]
    if isinstance(node, dict):
        own = [node[key] for key in ("root", "file") if key in node]
        return own + [name for value in node.values() if isinstance(value, list) for name in files(value)]
    return []


CONTENTS = files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
NOTEBOOKS = [name for name in CONTENTS if (ROOT / f"{name}.ipynb").exists()]
PAGES = [f"{name}.html" for name in CONTENTS] + ["search.html"]
# One page of each kind: what is done with these is not done with every other page every day.
KINDS = (
    "book/welcome",
    "book/derived/schedules",
    "book/derived/agenda_map",
    next(name for name in NOTEBOOKS if name.startswith("notebooks/")),
    next(name for name in NOTEBOOKS if name.startswith("exercises/")),
    "book/derived/data_dictionary",
    "book/derived/dictionary_places",
    "book/derived/landscape_comparison",
    "book/glossary",
    "book/references",
    "search",
)
