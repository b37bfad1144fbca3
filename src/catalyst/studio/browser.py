"""The system's Chromium, driven by playwright: it prints the book, and the tests read the pages with it.

No browser is downloaded. Depends on playwright.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from catalyst.errors import CourseError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
# Where it stands on systems that do not put programs on a path.
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
# Kept from speaking to anybody of its own accord.
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    "There is no Chromium on this machine, which prints the PDF: install Chromium or Google Chrome "
    "(on Debian or Ubuntu 'sudo apt install chromium') and run the same command again."
)


def program() -> str | None:
    """The path of a browser of the Chromium family, or None if there is none."""
    return next(filter(None, map(shutil.which, (*NAMES, *PLACES))), None)


def needed() -> str:
    """The path of the browser, for what cannot be done without one.

    Raises
    ------
    CourseError
        If there is none on this machine.
    """
    if (found := program()) is None:
        raise CourseError(MISSING)
    return found


@contextmanager
def running() -> Iterator:
    """The browser, started without a window and stopped after the block.

    Raises
    ------
    CourseError
        If there is none on this machine, or it does not start.
    """
    found = needed()
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        except Error as problem:
            why = str(problem).strip().splitlines()[0]
            raise CourseError(
                f"The browser {found} did not start ({why}): see that it runs by itself, then try again."
            ) from None
        try:
            yield browser
        finally:
            browser.close()
