"""In CI a skipped test is a failed one; an expected failure is not."""

import os
import shutil
import subprocess
import sys

import pytest

SKIPS = {
    "test_one.py": "import pytest\n\ndef test_a():\n    pytest.skip('no browser')\n",
    "test_all.py": "import pytest\n\npytest.skip('no browser', allow_module_level=True)\n",
}
FINE = "import pytest\n\n@pytest.mark.xfail\ndef test_a():\n    assert False\n\ndef test_b():\n    pass\n"


def run(root, folder, name: str, words: str, ci: str) -> subprocess.CompletedProcess:
    """One test file under the course's own conftest, in a pytest of its own."""
    shutil.copy(root / "tests" / "conftest.py", folder)
    (folder / name).write_text(words, encoding="utf-8")
    # No plugin has a part in this, and each costs time to start.
    env = {**os.environ, "CATALYST_CI": ci, "PYTHONPATH": str(root / "src")}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("name", SKIPS)
def test_a_skip_fails_in_ci_alone(root, tmp_path, name):
    finished = run(root, tmp_path, name, SKIPS[name], "1")
    assert finished.returncode not in (0, 5)
    assert "Skipped, which is not allowed in CI" in finished.stdout
    elsewhere = run(root, tmp_path, name, SKIPS[name], "")
    assert "1 skipped" in elsewhere.stdout and "failed" not in elsewhere.stdout


def test_an_expected_failure_passes_in_ci(root, tmp_path):
    finished = run(root, tmp_path, "test_fine.py", FINE, "1")
    assert finished.returncode == 0
    assert "1 passed, 1 xfailed" in finished.stdout


def test_ci_runs_the_command_of_the_readme(root):
    words = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert words.rstrip().endswith("CATALYST_CI=1 python3 course.py test")
    assert "    python3 course.py test\n" in (root / "README.md").read_text(encoding="utf-8")
