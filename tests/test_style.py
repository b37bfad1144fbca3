"""The house's style, and what must never stand in a file that is handed on."""

import re
import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["lint", "format"])
def test_ruff_is_content(root, arguments):
    finished = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--quiet", "."], cwd=root, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr


def test_requirements_are_exact_pins_without_an_index(root):
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; .+)?", line), line


def test_what_is_asked_for_is_pinned_and_used(root):
    """Each package of requirements.in is pinned at that version; a file of the course imports or runs it."""
    pinned = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [
        line.split("#")[0].strip()
        for line in (root / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line.split("#")[0].strip()
    ]
    assert asked
    assert not set(asked) - set(pinned)
    sources = [*root.glob("*.py"), *root.glob("*.yml"), root / ".ci" / "run"]
    for folder, pattern in (
        ("src", "*.py"),
        ("tests", "*.py"),
        ("notebooks", "*.ipynb"),
        ("solutions", "*.ipynb"),
        ("book", "*.py"),
        ("benchmarks", "*.py"),
    ):
        sources += (root / folder).rglob(pattern)
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    tools = {
        "jupyter-book": "from jupyter_book.cli.main import main",
        "jupyterlab": '"jupyter", "lab"',
        "jupyterlab-myst": "{admonition}",
        "sphinx-tippy": "extra_extensions: [sphinx_tippy]",
        "nbval": '"--nbval-lax"',
        "pytest-xdist": '"--numprocesses"',
        "pytest-timeout": '"--timeout"',
        "ruff": '"-m", "ruff"',
        "beautifulsoup4": "from bs4 import",
        "pyyaml": "import yaml",
        "markdown-it-py": "from markdown_it import",
        "codespell": "import codespell_lib",
        "pyspellchecker": "from spellchecker import",
    }
    for name in (line.split("==")[0] for line in asked):
        use = re.escape(tools[name]) if name in tools else rf"\b(import|from) {name}\b"
        assert re.search(use, text), f"{name} is asked for in requirements.in and used nowhere"
