"""Builds the book with Jupyter Book, from _config.yml and _toc.yml, into _build/html.

Depends on the release in use, on its keys (chapters show the truth) and on derived pages.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

from catalyst.errors import CourseError
from catalyst.paths import data_dir, keys_dir, projects, root
from catalyst.studio import executed, outside

# Lines of a failed build's log that are shown; the whole log is kept.
SHOWN = 25


def output() -> Path:
    """The folder of the built pages."""
    return root() / "_build" / "html"


def build(open_page: bool = False, serve: int | None = None, printed: bool = False) -> int:
    """Builds the book and says where its first page is.

    Parameters
    ----------
    open_page : bool
        Whether to open the first page in the browser.
    serve : int or None
        A port of this machine at which to serve the book until it is stopped.
    printed : bool
        Whether to print the whole book and each chapter as PDF too.

    Returns
    -------
    int
        The exit code, 0.

    Raises
    ------
    CourseError
        If a notebook raises, a page gives a warning, the port is taken or there is no Chromium to print with.
        No page of a failed build is left.
    """
    derive_pages()
    drop_stale_execution()
    run_notebooks()
    run_sphinx()
    outside.write_list(output(), root() / "_build" / "external_links.csv")
    page = output() / "index.html"
    address = page.as_uri()
    print(f"The book is built. Its first page: {page}\nin a browser: {address}", flush=True)
    if printed:
        from catalyst.studio import pdf

        made = pdf.make(output())
        print(f"The whole book as PDF: {made[0]}\nand beside it each chapter ({len(made) - 1}).", flush=True)
    if serve is None:
        if open_page:
            webbrowser.open(address)
    else:
        serve_pages(serve, open_page)
    return 0


def derive_pages() -> None:
    """Writes the pages that follow from data, facts and chapters into book/derived, which git ignores."""
    from catalyst.studio import derived

    derived.write(root() / "book" / "derived", derived.makers())


def ingredients() -> Iterator[Path]:
    """The files on which a notebook's results depend, beside the notebook itself."""
    yield data_dir() / "manifest.json"
    yield from (folder / "manifest.json" for folder in projects().values())
    yield root() / "requirements.txt"
    yield from sorted((root() / "book" / "_ext").glob("*.py"))
    for pattern in ("*.py", "*.toml", "*.csv"):
        yield from sorted((root() / "src" / "catalyst").rglob(pattern))
    yield from sorted(path for path in keys_dir().glob("*") if path.is_file())


def drop_stale_execution() -> None:
    """Forgets earlier results of notebooks when anything that they depend on has changed.

    Jupyter Book's own cache compares notebooks only: after a change of data it would publish the old numbers.
    """
    digest = hashlib.sha256(platform.python_version().encode())
    for path in ingredients():
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    known = root() / "_build" / "ingredients"
    if known.exists() and known.read_text(encoding="ascii") == digest.hexdigest():
        return
    shutil.rmtree(root() / "_build", ignore_errors=True)
    known.parent.mkdir(exist_ok=True)
    known.write_text(digest.hexdigest(), encoding="ascii")


def run_notebooks() -> None:
    """Runs the notebooks whose results are not kept, several at a time; all that fail are named."""
    failed = [run for run in executed.fill(root(), root() / "_build" / ".jupyter_cache") if run.failure]
    if failed:
        words = [f"{run.path}: WARNING: Executing notebook failed:\n{run.failure}" for run in failed]
        (root() / "_build" / "book.log").write_text("\n".join(words), encoding="utf-8")
        refuse()


def run_sphinx() -> None:
    """Runs Jupyter Book with warnings as errors; its words go to _build/book.log."""
    # -W makes a warning a failure, -n reports references that lead nowhere, --keep-going finds them all.
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command += ["build", str(root()), "-W", "-n", "--keep-going"]
    log = root() / "_build" / "book.log"
    with log.open("w", encoding="utf-8") as words:
        finished = subprocess.run(
            command,
            stdout=words,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=root(),
            env={**os.environ, "CATALYST_PROGRESS": "off"},
            check=False,
        )
    if finished.returncode == 0 and (output() / "index.html").is_file():
        return
    refuse()


def refuse() -> NoReturn:
    """Takes the pages of a failed build away and says what the log holds."""
    # Sphinx does not repeat the warnings of a page already read: without this the next build would pass.
    for folder in ("html", ".doctrees"):
        shutil.rmtree(root() / "_build" / folder, ignore_errors=True)
    log = root() / "_build" / "book.log"
    shown = "\n".join(heart(log.read_text(encoding="utf-8", errors="replace")))
    raise CourseError(f"The book was not built; {log} has the whole story, and this is its heart:\n{shown}")


def heart(log: str) -> list[str]:
    """The warnings and errors in a build's log, each once, without colours and the traceback round them."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", log).splitlines()
    telling = [line for line in lines if re.search(r"WARNING: |ERROR: |^[A-Za-z]+(Error|Exception): .", line)]
    return (list(dict.fromkeys(telling)) or lines)[-SHOWN:]


def serve_pages(port: int, open_page: bool) -> None:
    """Serves the built pages on this machine alone until Ctrl-C."""
    handler = partial(QuietHandler, directory=str(output()))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as problem:
        raise CourseError(
            f"The book cannot be served at port {port} ({problem.strerror}): choose another --serve PORT."
        ) from None
    address = f"http://127.0.0.1:{port}/"
    print(f"Serving it at {address} until you press Ctrl-C.", flush=True)
    if open_page:
        webbrowser.open(address)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped serving.")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a line for each."""

    def log_message(self, *_):
        pass
