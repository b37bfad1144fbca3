"""The built book, served on this machine, and the system's Chromium to read it with."""

import threading
import time
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from catalyst.errors import CourseError
from catalyst.release import write
from catalyst.studio import book, exercises
from catalyst.studio import browser as chromium


@pytest.fixture(scope="session")
def pages(testrun_uid) -> Path:
    """The folder of the built book; built by the first test process that asks, for all of one run."""
    exercises.ensure_keys()
    tested = book.root() / "_build" / "tested"
    while True:
        try:
            with write.locked(book.root() / "_build"):
                # Built again, its pages would change under another process's browser.
                if not (tested.is_file() and tested.read_text(encoding="utf-8") == testrun_uid):
                    book.build()
                    tested.write_text(testrun_uid, encoding="utf-8")
                return book.output()
        except CourseError as refused:
            if "Another run is making" not in str(refused):
                raise
            time.sleep(1)


@pytest.fixture(scope="session")
def address(pages) -> str:
    """Where the built book is served during the tests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(book.QuietHandler, directory=str(pages)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium; closed after each module, as a process can drive one only at a time."""
    if chromium.program() is None:
        pytest.skip("There is no Chromium on this machine: install it to test the built book in a browser.")
    with chromium.running() as running:
        yield running


@pytest.fixture
def open_page(browser, address):
    """Opens a page of the book: ``open_page(name, width=1300)``; closed after the test."""
    contexts = []

    def open_one(name: str, width: int = 1300, listen=None):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        if listen:
            listen(page)
        page.goto(address + name)
        page.wait_for_load_state("networkidle")
        return page

    yield open_one
    for context in contexts:
        context.close()
