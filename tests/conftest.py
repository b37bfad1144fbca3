"""What every test may use, who runs it when several processes do, and that in CI nothing may be skipped."""

import os
import zlib
from pathlib import Path

import pytest

from catalyst.paths import root as project_root

# Rooms whose tests share worlds that take long to live: one process tests all of a room.
ROOMS = ("tests/world", "tests/release", "tests/records")
# Files that mostly wait, in pieces that several processes take: for each page of the book, a browser.
PIECES = {"tests/book/test_browser.py": 3}
# What takes longest, in this order before all else: begun last, it would keep one process busy alone. One
# piece only is among the first: whoever asks for the book first builds it, and others would wait for that.
FIRST = (
    "tests/book/test_browser.py#0",
    "tests/world",
    "tests/release",
    "tests/recovery/test_claims.py",
    "tests/notebooks/test_exercises.py",
    "tests/calibration/test_calibration.py",
    "tests/book/test_browser.py#1",
    "tests/book/test_pdf.py",
    "tests/book/test_browser.py#2",
    "tests/records",
    "tests/studio/test_book.py",
)


def unit_of(nodeid: str) -> str:
    """What one process tests from beginning to end: a room, a file, or a piece of a file."""
    file = nodeid.partition("::")[0]
    if file in PIECES:
        # By what a test is about, such as a page: all tests of it share what was made for it.
        about = nodeid.partition("[")[2]
        return f"{file}#{zlib.crc32(about.encode()) % PIECES[file]}"
    return next((room for room in ROOMS if file.startswith(f"{room}/")), file)


def pytest_collection_modifyitems(items):
    place = {unit: number for number, unit in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(unit_of(item.nodeid), len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Hands out units in the order of the tests; xdist would hand out files by how many tests they have."""
    if config.option.dist != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Units(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    config.option.loadscopereorder = False
    return Units(config, log)


def pytest_configure(config):
    if os.environ.get("CATALYST_CI") == "1":
        config.pluginmanager.register(NothingSkipped(), "nothing-skipped")


class NothingSkipped:
    """Turns a skip into a failure: a proof that is not run is not a proof. Registered for CI alone."""

    @staticmethod
    def refuse(report):
        # An expected failure is reported as a skip too, and stays one.
        if report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
            report.longrepr = f"Skipped, which is not allowed in CI: {report.longrepr}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        self.refuse(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self, collector):
        report = yield
        self.refuse(report)
        return report


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root."""
    return project_root()


@pytest.fixture(scope="session")
def worlds_to_try(request) -> int:
    """In how many small worlds truths are recovered: what --seeds says, else 20, or 100 with --slow."""
    slow = "slow or not slow" in request.config.option.markexpr
    return int(os.environ.get("CATALYST_SEEDS", 100 if slow else 20))


@pytest.fixture(scope="session")
def again(worlds_to_try) -> int:
    """How many worlds of each size the ordinary suite makes again to hold the committed table to the code."""
    return min(worlds_to_try, 1)
