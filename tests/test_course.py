"""The front door: a sentence for each thing that can be wrong; an environment that is whole or made again."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

# A release module small enough to run without the pinned packages: it says where it runs.
FAKE_RELEASE = """
import os, sys
def make_release(out, **asked):
    print("runs in", sys.prefix)
    print("first on PATH", os.environ["PATH"].split(os.pathsep)[0])
    print("asked", sorted(asked.items()))
    return {"tables": {}, "content_hash": "0" * 64}
"""


def lay_project(root: Path, folder: Path, requirements: str = "") -> Path:
    """A project in miniature: the real front door and command line, and a release that only talks."""
    package = folder / "src" / "catalyst"
    (package / "release").mkdir(parents=True)
    shutil.copy(root / "course.py", folder)
    for name in ("__init__.py", "arguments.py", "errors.py", "paths.py"):
        shutil.copy(root / "src" / "catalyst" / name, package)
    for path in (root / "src" / "catalyst").glob("cli*.py"):
        shutil.copy(path, package)
    (package / "release" / "__init__.py").touch()
    (package / "release" / "make.py").write_text(FAKE_RELEASE, encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    return folder


def load(folder: Path):
    """The front door of a project, as a module."""
    spec = importlib.util.spec_from_file_location("front_door", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    env = {**os.environ, **variables}
    # The tests' own environment must not stand in for the one that is made.
    for name in ("PYTHONPATH", "VIRTUAL_ENV"):
        env.pop(name, None)
    base = getattr(sys, "_base_executable", sys.executable)
    command = [base, str(folder / "course.py"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)


def is_one_sentence(words: str) -> bool:
    return words.count("\n") == 1 and words.endswith(".\n") and "Traceback" not in words


@pytest.fixture
def project(root, tmp_path) -> Path:
    return lay_project(root, tmp_path / "a course")


@pytest.fixture(scope="module")
def made(root, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """A project whose environment was made by its first command."""
    folder = lay_project(root, tmp_path_factory.mktemp("made") / "a course")
    return folder, call(folder, "data")


def test_parses_on_python_3_6(root):
    ast.parse((root / "course.py").read_text(encoding="utf-8"), feature_version=(3, 6))


COMMANDS = (
    "book, test, lab, data, progress, set-up, slides, delivery, report, exercises, assign, extend, mark, "
    "offline, capstone, new-chapter"
)


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_other_pythons_are_refused(project, version):
    door = load(project)
    with pytest.raises(
        door.Refusal, match=rf"needs Python 3\.11 to 3\.13, and this is {version[0]}\.{version[1]}:"
    ):
        door.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_pass(project, version):
    load(project).check_python(version)


def test_help_names_every_command_without_an_environment(project):
    finished = call(project, "--help")
    assert finished.returncode == 0
    lines = finished.stdout.splitlines()
    for command in COMMANDS.split(", "):
        assert any(line.split()[:1] == [command] and len(line.split()) > 3 for line in lines), command
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bok"], "There is no command 'bok': did you mean 'book'?\n"),
        (
            ["dance"],
            f"There is no command 'dance': the commands are {COMMANDS}.\n",
        ),
        (
            ["--open", "book"],
            f"Begin with a command, then its options: one of {COMMANDS}.\n",
        ),
        (
            ["data", "--chidren", "3"],
            "'course.py data' does not know '--chidren': did you mean '--children'?\n",
        ),
    ],
)
def test_a_mistyped_command_is_refused_before_anything_is_made(project, arguments, words):
    finished = call(project, *arguments)
    assert (finished.returncode, finished.stderr) == (2, words)
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_missing_venv_module(project, monkeypatch, capsys, module):
    door = load(project)
    real = importlib.util.find_spec
    monkeypatch.setattr(door.importlib.util, "find_spec", lambda name: None if name == module else real(name))
    assert door.main(["data"]) == 2
    words = capsys.readouterr().err
    assert is_one_sentence(words)
    assert "sudo apt install python{}.{}-venv".format(*sys.version_info[:2]) in words


def test_no_disk_space(project, monkeypatch, capsys):
    door = load(project)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(door.shutil, "disk_usage", lambda _: usage(10**10, 10**10 - 10**8, 10**8))
    assert door.main(["data"]) == 2
    words = capsys.readouterr().err
    assert is_one_sentence(words)
    assert "not enough disk space" in words and "0.1 GB free" in words
    assert not (project / ".venv").exists()


def test_no_package_index(root, tmp_path):
    """The real pip, sent to a port where nothing listens."""
    project = lay_project(root, tmp_path / "course", "no-such-package-of-the-course==1.0\n")
    finished = call(
        project,
        "data",
        PIP_CONFIG_FILE=os.devnull,
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_FIND_LINKS="",
        PIP_RETRIES="1",
    )
    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1].startswith("No package index could be reached:")
    assert "Traceback" not in finished.stderr
    assert not load(project).is_current()


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "The disk is full",
        ),
        ("OSError: [WinError 112] There is not enough space on the disk", "The disk is full"),
        ("SSLError(SSLCertVerificationError(1, 'certificate verify failed'))", "certificate is not trusted"),
        (
            "NameResolutionError: Failed to resolve: [Errno -3] Temporary failure in name resolution",
            "No package index",
        ),
        ("ProxyError('Cannot connect to proxy.', OSError('407'))", "No package index"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "does not have numpy==2.4.6"),
        ("Error: Command '[python, -m, ensurepip]' returned non-zero exit status 1.", "apt install"),
        ("Collecting x\n  error: subprocess-exited-with-error\n", "subprocess-exited-with-error"),
        ("", "it said nothing"),
    ],
)
def test_a_failed_installation_is_explained(project, log, words):
    sentence = load(project).diagnose(log)
    assert words in sentence
    assert "\n" not in sentence and sentence.endswith(".")


def test_first_command_makes_the_environment_and_runs_in_it(made):
    folder, finished = made
    assert finished.returncode == 0, finished.stderr
    venv = folder / ".venv"
    assert f"runs in {venv}\n" in finished.stdout
    assert f"first on PATH {load(folder).venv_path('scripts')}\n" in finished.stdout
    assert "Setting up" in finished.stderr
    assert load(folder).is_current()


def test_second_command_makes_nothing(made):
    folder, _ = made
    finished = call(folder, "data", "--children", "1000", "--out", str(folder / "out"))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "('children', 1000)" in finished.stdout


def test_every_python_of_the_environment_finds_the_package(made):
    folder, _ = made
    code = "import catalyst; print(catalyst.__file__)"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    python = load(folder).venv_python()
    finished = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, cwd=folder.parent, env=env
    )
    assert Path(finished.stdout.strip()).samefile(folder / "src" / "catalyst" / "__init__.py")


def test_a_stopped_installation_is_made_again(root, tmp_path):
    project = lay_project(root, tmp_path / "course")
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "half.txt").touch()
    finished = call(project, "data")
    assert finished.returncode == 0, finished.stderr
    assert not (project / ".venv" / "half.txt").exists()
    assert load(project).is_current()


def test_what_makes_an_environment_out_of_date(project, monkeypatch):
    door = load(project)
    stamp = door.VENV / "catalyst-stamp"
    door.VENV.mkdir()
    assert not door.is_current()
    stamp.write_text(door.wanted_stamp(), encoding="ascii")
    assert door.is_current()

    with monkeypatch.context() as other_python:
        other_python.setattr(door.sys, "version_info", (3, 99, 0))
        assert not door.is_current()
    door.REQUIREMENTS.write_text("numpy==1.0\n", encoding="utf-8")
    assert not door.is_current()
    stamp.write_text(door.wanted_stamp(), encoding="ascii")
    moved = project.with_name("moved")
    project.rename(moved)
    assert not load(moved).is_current()


def test_two_commands_do_not_make_it_at_once(project, capsys):
    door = load(project)
    with door.Lock():
        assert load(project).main(["data"]) == 2
    words = capsys.readouterr().err
    assert is_one_sentence(words) and words.startswith("Another command is making .venv")


def test_somebody_elses_venv_is_left_alone(project, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").touch()
    (project / ".venv").symlink_to(other, target_is_directory=True)
    assert load(project).main(["data"]) == 2
    assert "move it away" in capsys.readouterr().err
    assert (other / "mine.txt").exists()


def test_the_python_inside_does_not_remake_itself(project, monkeypatch, capsys):
    door = load(project)
    door.VENV.mkdir()
    monkeypatch.setattr(door.sys, "prefix", str(door.VENV))
    assert door.main(["data"]) == 2
    words = capsys.readouterr().err
    assert is_one_sentence(words) and "deactivate" in words
