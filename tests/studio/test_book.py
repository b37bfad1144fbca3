"""Building the book: what fails it, what it remembers and forgets. Real builds of a book of two pages."""

import json
import socket
import threading
import urllib.request
from pathlib import Path

import nbformat
import pytest

from catalyst.errors import CourseError
from catalyst.studio import book

PLAIN = "# Welcome\n\nWords, and a {ref}`place <there>`.\n\n(there)=\n## A place\n"
# Leaves a line for every run of its code, and publishes a number of the data.
COUNTING = """
import json, pathlib
here = pathlib.Path("../data/synthetic/manifest.json").resolve()
with open(here.parents[2] / "runs.txt", "a") as runs:
    runs.write("run\\n")
print("published", json.loads(here.read_text())["number"])
"""


class Miniature:
    """A project with the course's own configuration, one page and one notebook."""

    def __init__(self, root: Path, folder: Path):
        self.folder = folder
        for name in ("_config.yml", "book/_ext", "book/_static", "book/references.bib"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(root / name)
        (folder / "requirements.txt").write_text("numpy==1\n", encoding="utf-8")
        (folder / "src" / "catalyst").mkdir(parents=True)
        (folder / "src" / "catalyst" / "world.py").write_text("rate = 1\n", encoding="utf-8")
        contents = "format: jb-book\nroot: book/welcome\nchapters:\n- file: notebooks/x1_one\n"
        (folder / "_toc.yml").write_text(contents, encoding="utf-8")
        self.write_data(1)
        self.write_page(PLAIN)
        self.write_notebook(COUNTING)

    def write_data(self, number: int) -> None:
        path = self.folder / "data" / "synthetic" / "manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"content_hash": f"{number:064x}", "number": number}), encoding="utf-8")

    def write_page(self, words: str) -> None:
        (self.folder / "book" / "welcome.md").write_text(words, encoding="utf-8")

    def write_notebook(self, code: str) -> None:
        cells = [nbformat.v4.new_markdown_cell("# One"), nbformat.v4.new_code_cell(code)]
        for number, cell in enumerate(cells):
            cell.id = f"cell-{number}"
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path = self.folder / "notebooks" / "x1_one.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)

    def runs(self) -> int:
        path = self.folder / "runs.txt"
        return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0

    def published(self) -> str:
        page = self.folder / "_build" / "html" / "notebooks" / "x1_one.html"
        return next(line for line in page.read_text(encoding="utf-8").splitlines() if "published " in line)


@pytest.fixture
def miniature(root, tmp_path, monkeypatch) -> Miniature:
    made = Miniature(root, tmp_path / "course")
    monkeypatch.setattr(book, "root", lambda: made.folder)
    monkeypatch.setattr(book, "data_dir", lambda: made.folder / "data" / "synthetic")
    monkeypatch.setattr(book, "keys_dir", lambda: made.folder / ".keys")
    monkeypatch.setattr(book, "derive_pages", lambda: None)
    return made


def test_results_are_kept_while_nothing_changes_and_forgotten_when_the_data_do(miniature, capsys):
    assert book.build() == 0
    assert str(miniature.folder / "_build" / "html" / "index.html") in capsys.readouterr().out
    assert (miniature.runs(), "published 1" in miniature.published()) == (1, True)
    book.build()
    assert miniature.runs() == 1
    miniature.write_data(2)
    book.build()
    assert (miniature.runs(), "published 2" in miniature.published()) == (2, True)


@pytest.mark.parametrize("name", ["requirements.txt", "src/catalyst/world.py", ".keys/t1.json", "_ext"])
def test_results_are_forgotten_when_what_they_depend_on_changes(miniature, name, monkeypatch):
    """Pins, package, keys and the book's own extension, without a build for each."""
    kept = miniature.folder / "_build" / "html" / "page.html"
    book.drop_stale_execution()
    kept.parent.mkdir(parents=True)
    kept.touch()
    book.drop_stale_execution()
    assert kept.exists()
    if name == "_ext":
        (miniature.folder / "book" / "_ext").unlink()
    else:
        path = miniature.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("changed", encoding="utf-8")
    book.drop_stale_execution()
    assert not kept.exists()


def test_a_notebook_that_raises_fails_the_build_and_leaves_no_page(miniature):
    miniature.write_notebook("raise ValueError('the plans are upside down')")
    with pytest.raises(CourseError, match=r"x1_one\.ipynb") as refusal:
        book.build()
    lines = str(refusal.value).splitlines()
    assert "ValueError: the plans are upside down" in lines
    assert len(lines) < 6
    assert not (miniature.folder / "_build" / "html").exists()


def test_a_warning_fails_every_build_until_it_is_mended(miniature):
    miniature.write_page(PLAIN + "\nSee {ref}`nowhere <nowhere-at-all>`.\n")
    for _ in range(2):
        with pytest.raises(CourseError, match="nowhere-at-all"):
            book.build()
    miniature.write_page(PLAIN)
    assert book.build() == 0


def test_derived_pages_follow_the_data_and_keep_their_dates(miniature, monkeypatch):
    words = {
        "data_dictionary.md": "# Dictionary\n",
        "calibration.md": "# Calibration\n",
        "recovery.md": "# Recovery\n",
        "chapters.md": "# Chapters\n",
        "agenda_map.md": "# Agenda\n",
        "rubrics.md": "# Rubrics\n",
    }

    def write(name):
        return lambda out: (out / name).write_text(words[name], encoding="utf-8")

    monkeypatch.undo()
    monkeypatch.setattr(book, "root", lambda: miniature.folder)
    monkeypatch.setattr("catalyst.studio.dictionary.write_pages", write("data_dictionary.md"))
    monkeypatch.setattr("catalyst.studio.calibration.write_page", write("calibration.md"))
    monkeypatch.setattr("catalyst.studio.recovery_page.write_page", write("recovery.md"))
    monkeypatch.setattr("catalyst.studio.overview.write_pages", write("chapters.md"))
    monkeypatch.setattr("catalyst.studio.agenda.write_pages", write("agenda_map.md"))
    monkeypatch.setattr("catalyst.studio.rubrics.write_page", write("rubrics.md"))
    derived = miniature.folder / "book" / "derived"
    derived.mkdir()
    (derived / "gone.md").touch()
    book.derive_pages()
    assert sorted(path.name for path in derived.iterdir()) == sorted(words)
    first = {path.name: path.stat().st_mtime_ns for path in derived.iterdir()}
    words["calibration.md"] = "# Calibration, anew\n"
    book.derive_pages()
    second = {path.name: path.stat().st_mtime_ns for path in derived.iterdir()}
    assert first["data_dictionary.md"] == second["data_dictionary.md"]
    assert (derived / "calibration.md").read_text(encoding="utf-8") == words["calibration.md"]
    assert not (miniature.folder / "book" / "derived.new").exists()


def test_a_port_that_is_taken_is_one_sentence(miniature):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(
            CourseError, match=r"cannot be served at port \d+ .*: choose another --serve PORT\.$"
        ):
            book.serve_pages(taken.getsockname()[1], open_page=False)


def test_the_book_is_served_until_it_is_stopped(miniature, monkeypatch, capsys):
    page = miniature.folder / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("hello", encoding="utf-8")
    started = threading.Event()
    servers = []

    class Server(book.ThreadingHTTPServer):
        def serve_forever(self, *_):
            servers.append(self)
            started.set()
            super().serve_forever(poll_interval=0.05)
            raise KeyboardInterrupt

    monkeypatch.setattr(book, "ThreadingHTTPServer", Server)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = threading.Thread(target=book.serve_pages, args=(port, False))
    serving.start()
    assert started.wait(10)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
            assert answer.read() == b"hello"
    finally:
        servers[0].shutdown()
        serving.join(10)
    assert capsys.readouterr().out.endswith("Stopped serving.\n")
