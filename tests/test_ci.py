"""In CI a skipped test is a failed one, an expected failure is not; and several processes share the work."""

import os
import re
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


def test_a_room_is_one_process_work_and_what_takes_long_begins_first(root, tmp_path):
    """Files of a room share its worlds; the many quick tests of another file do not go before them."""
    slow = "import time\n\ndef test_a():\n    time.sleep(1)\n"
    quick = "import pytest\n\n@pytest.mark.parametrize('n', range(9))\ndef test_q(n):\n    pass\n"
    files = {
        "world/test_one.py": slow,
        "world/test_two.py": slow,
        "book/test_browser.py": slow,
        "test_q.py": quick,
    }
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for name, words in files.items():
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words, encoding="utf-8")
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "xdist", "-p", "no:cacheprovider"]
    command += ["--numprocesses", "2", "--dist", "loadfile", "tests"]
    env = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    finished = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout
    ran = re.findall(r"^\[(gw\d)\].* PASSED tests/(\S+)\.py", finished.stdout, re.MULTILINE)
    who = {name: worker for worker, name in ran}
    assert who["world/test_one"] == who["world/test_two"] != who["book/test_browser"] == who["test_q"]
    order = [name for worker, name in ran if worker == who["test_q"]]
    assert order == ["book/test_browser"] + ["test_q"] * 9


def test_a_file_in_pieces_is_shared_by_what_its_tests_are_about(request):
    """All tests of a page stay together, no piece is empty, and every unit that is named first is there."""
    items = [item.nodeid for item in request.session.items]
    conftest = request.config.pluginmanager.get_plugin(str(request.config.rootpath / "tests" / "conftest.py"))
    units = {conftest.unit_of(nodeid) for nodeid in items}
    for file, pieces in conftest.PIECES.items():
        if not any(nodeid.startswith(f"{file}::") for nodeid in items):
            continue  # only some tests were asked for
        assert {unit for unit in units if unit.startswith(file)} == {f"{file}#{n}" for n in range(pieces)}
    page = "[notebooks/t1_protection_plans.html]"
    one = {conftest.unit_of(f"tests/book/test_browser.py::TestEachPage::{name}{page}") for name in "ab"}
    assert len(one) == 1
    assert all(name.partition("#")[0] in conftest.PIECES for name in conftest.FIRST if "#" in name)


def test_ci_runs_the_command_of_the_readme(root):
    words = (root / ".ci" / "run").read_text(encoding="utf-8")
    assert words.rstrip().endswith("CATALYST_CI=1 python3 course.py test")
    assert "    python3 course.py test\n" in (root / "README.md").read_text(encoding="utf-8")
