"""A kept output that no longer is what its cell prints turns the run of its notebook red."""

import os
import subprocess
import sys

import nbformat
import pytest

from catalyst import paths
from catalyst.studio import kept


def small(path, text: str) -> None:
    cell = nbformat.v4.new_code_cell("print(6 * 7)", metadata={"tags": ["keep-output", "nbval-check-output"]})
    cell.id = "a-number"
    plain = nbformat.v4.new_code_cell("print('not kept')")
    plain.id = "another"
    notebook = nbformat.v4.new_notebook(cells=[cell, plain])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)
    kept.store(path)
    path.write_text(path.read_text(encoding="utf-8").replace("42", text), encoding="utf-8")


@pytest.mark.parametrize(("text", "holds"), [("42", True), ("43", False)])
def test_a_changed_kept_output_is_red(tmp_path, text, holds):
    notebook = tmp_path / "small.ipynb"
    small(notebook, text)
    # The settings of the course's own run, away from its folder, so that nothing else is collected.
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", str(notebook)]
    run = subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True)
    assert (run.returncode == 0) is holds, run.stdout


def test_only_kept_cells_keep_their_output(tmp_path):
    notebook = tmp_path / "small.ipynb"
    small(notebook, "42")
    cells = nbformat.read(notebook, as_version=4).cells
    assert cells[0].outputs and cells[0].execution_count == 1
    assert not cells[1].outputs and cells[1].execution_count is None


def test_each_chapter_keeps_a_headline():
    for path in sorted((paths.root() / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        assert any("keep-output" in cell.metadata.get("tags", []) for cell in cells), path.name
