"""What the book shows is what each chapter's kept outputs say; no second run of a chapter is needed for that.

The book runs every cell of every chapter and fails with the first error; this compares, as nbval would. The
slow suite lets nbval itself run the chapters too.
"""

from collections import defaultdict

import nbformat
import pytest
from contents import NOTEBOOKS, ROOT
from jupyter_cache import get_cache

CHAPTERS = [name for name in NOTEBOOKS if name.startswith("notebooks/")]


def told(outputs) -> dict[str, list[str]]:
    """What a cell told, as text by its kind; a stream that came in pieces is one text."""
    found = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            found[output.name] = ["".join([*found[output.name], output.text])]
        elif output.output_type == "error":
            found["error"].append(f"{output.ename}: {output.evalue}")
        else:
            for kind, value in output.data.items():
                found[kind].append(value)
    return dict(found)


def changes(committed, run) -> list[str]:
    """The kept cells of a notebook whose outputs are no longer what a run of it gives."""
    return [
        f"{cell.id}: {told(cell.outputs)} is kept, and it now gives {told(result.outputs)}"
        for cell, result in zip(committed.cells, run.cells, strict=True)
        if "nbval-check-output" in cell.metadata.get("tags", [])
        and told(cell.outputs) != told(result.outputs)
    ]


@pytest.mark.parametrize("name", CHAPTERS)
def test_kept_outputs_are_what_the_book_shows(pages, name):
    committed = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    _, run = get_cache(pages.parent / ".jupyter_cache").merge_match_into_notebook(committed)
    assert changes(committed, run) == []
    assert sum(bool(cell.get("outputs")) for cell in run.cells) > sum(
        bool(cell.get("outputs")) for cell in committed.cells
    ), "the book shows a chapter that was not run"


@pytest.mark.parametrize(
    ("pieces", "same"), [(["0.70 of", " plans\n"], True), (["0.71 of plans\n"], False), ([], False)]
)
def test_a_change_is_told(pieces, same):
    tags = {"tags": ["keep-output", "nbval-check-output"]}
    notebooks = []
    for texts in (["0.70 of plans\n"], pieces):
        outputs = [nbformat.v4.new_output("stream", text=text) for text in texts]
        cell = nbformat.v4.new_code_cell("print()", id="a", metadata=tags, outputs=outputs)
        notebooks.append(nbformat.v4.new_notebook(cells=[cell]))
    assert (changes(*notebooks) == []) is same
