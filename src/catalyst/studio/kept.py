"""Runs a notebook and stores the outputs of its kept cells, and no others. Depends on nbclient.

A kept cell carries the tags ``keep-output`` and ``nbval-check-output``; the tests compare its output.

    python -m catalyst.studio.kept notebooks/t1_protection_plans.ipynb
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from catalyst.studio.chapters import KEPT_TAGS
from catalyst.studio.exercises import write_whole


def store(path: Path) -> int:
    """Runs the notebook and rewrites it with the outputs of its kept cells.

    Returns
    -------
    int
        How many cells are kept.
    """
    notebook = nbformat.read(path.open(encoding="utf-8"), as_version=4)
    ran = nbformat.from_dict(notebook)
    NotebookClient(ran, resources={"metadata": {"path": str(path.parent)}}).execute()
    kept = 0
    for cell, result in zip(notebook.cells, ran.cells, strict=True):
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if set(cell.metadata.get("tags", [])) >= KEPT_TAGS:
            cell.outputs, cell.execution_count = result.outputs, result.execution_count
            kept += 1
        cell.metadata.pop("execution", None)
    write_whole(path, nbformat.writes(notebook, indent=1) + "\n")
    return kept


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"{name}: {store(Path(name))} outputs kept")
