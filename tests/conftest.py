"""What every test may use, and the rule that in CI nothing may be skipped."""

import os
from pathlib import Path

import pytest

from catalyst.paths import root as project_root


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
