"""The command line: what it passes on, and one sentence for what cannot be meant."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalyst import cli, cli_data
from catalyst.errors import CourseError

COUNT = "a whole number from 500 to 15,000,000"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--children", "-5"], f"--children must be {COUNT}; -5 is too small."),
        (["--children", "0"], f"--children must be {COUNT}; 0 is too small."),
        (["--children", "15000001"], f"--children must be {COUNT}; 15000001 is too large."),
        (["--children", "9" * 60], f"--children must be {COUNT}; a number of 60 digits is too large."),
        (["--children", "9" * 5000], f"--children must be {COUNT}, not '{'9' * 40}'."),
        (["--children", "many"], f"--children must be {COUNT}, not 'many'."),
        (["--children", "1e4"], f"--children must be {COUNT}, not '1e4'."),
        (["--children", "1000.5"], f"--children must be {COUNT}, not '1000.5'."),
        (["--children", "nan"], f"--children must be {COUNT}, not 'nan'."),
        (["--children", "٥٠٠"], f"--children must be {COUNT}, not '٥٠٠'."),
        (["--children="], f"--children must be {COUNT}, not ''."),
        (["--children"], "--children: expected one argument: see 'python3 course.py data --help'."),
        (
            ["--seed", "-1"],
            "--seed must be a whole number from 0 to 9,223,372,036,854,775,807; -1 is too small.",
        ),
        (["--seed", "x"], "--seed must be a whole number from 0 to 9,223,372,036,854,775,807, not 'x'."),
        (["--authorities", "0"], "--authorities must be a whole number from 1 to 153; 0 is too small."),
        (["--set", "plan"], "--set takes NAME=on or NAME=off, not 'plan'."),
        (["--set", "plan=maybe"], "--set takes NAME=on or NAME=off, not 'plan=maybe'."),
        (
            ["--set", "a=on", "--set", "a=off", "--out", "x"],
            "--set a is given more than once: give it once, on or off.",
        ),
        (
            ["--start", "2010"],
            "--start must be a year from 2014 to 2024, not 2010: the records run from 1 April 2014 to 31 "
            "March "
            "2025.",
        ),
        (["--end", "soon"], "--end must be a whole number from 0 to 9,999, not 'soon'."),
        (["--format", "xml"], "--format is parquet or csv, not 'xml'."),
        (["--workers", "0"], "--workers must be a whole number from 1 to 256; 0 is too small."),
        (
            ["--scheduler", "somewhere"],
            "--scheduler takes the address of a Dask scheduler, such as tcp://HOST:8786, not 'somewhere'.",
        ),
        (
            ["--workers", "2", "--scheduler", "a:1"],
            "--workers is for this machine and --scheduler for a cluster, which has its own workers: give "
            "one.",
        ),
        (
            ["--project", "special_needs", "--children", "9000"],
            "A project extract has its own world and tables: leave out --children, or leave out --project.",
        ),
        (["more"], "'course.py data' does not know 'more': see 'python3 course.py data --help'."),
    ],
)
def test_data_refuses_in_one_sentence(arguments, sentence, capsys):
    assert cli.main(["data", *arguments]) == 2
    assert capsys.readouterr().err == sentence + "\n"


def test_another_world_needs_a_place(capsys):
    """Without it the course's own extract would be written over."""
    for arguments in (["--children", "1000"], ["--seed", "2"], ["--tables", "cin_details"], ["--cut", "a"]):
        assert cli.main(["data", *arguments]) == 2
        assert "--out FOLDER" in capsys.readouterr().err


def test_data_passes_everything_on(monkeypatch, tmp_path, capsys):
    seen = {}

    def make_release(out, **asked):
        seen.update(asked, out=out)
        return {"tables": {"a": {"rows": 1200}, "b": {"rows": 34}}, "content_hash": "0123456789abcdef" * 4}

    monkeypatch.setitem(sys.modules, "catalyst.release.make", type(sys)("make"))
    sys.modules["catalyst.release.make"].make_release = make_release
    words = (
        f"data --children 1,000 --seed 7 --tables a,b,a --set plan=ON --cut x --cut y --out {tmp_path / 'o'}"
    )
    assert cli.main(words.split()) == 0
    assert seen == {
        "out": tmp_path / "o",
        "children": 1000,
        "seed": 7,
        "authorities": cli_data.TEACHING_EXTRACT["authorities"],
        "tables": ["a", "b"],
        "settings": {"plan": "on"},
        "cuts": ("x", "y"),
    }
    assert (
        capsys.readouterr().out == f"2 tables, 1,234 rows, content hash 0123456789abcdef: {tmp_path / 'o'}\n"
    )


def test_data_passes_on_what_is_given_and_nothing_else(monkeypatch, tmp_path):
    seen = {}

    def make_release(out, **asked):
        seen.update(asked)
        return {"tables": {}, "content_hash": "0" * 64}

    monkeypatch.setitem(sys.modules, "catalyst.release.make", type(sys)("make"))
    sys.modules["catalyst.release.make"].make_release = make_release
    words = f"data --start 2016 --end 2020 --flaws none --format CSV --scheduler here:8786 --out {tmp_path}"
    assert cli.main(words.split()) == 0
    asked = {"start": 2016, "end": 2020, "flaws": "none", "format": "csv", "scheduler": "tcp://here:8786"}
    assert {name: seen[name] for name in asked} == asked
    assert not {"workers", "project"} & set(seen)


def test_the_courses_own_extract_is_what_data_makes(root):
    manifest = json.loads((root / "data" / "synthetic" / "manifest.json").read_text(encoding="utf-8"))
    unasked = {"tables": None, "settings": {}, "cuts": []}
    assert manifest["arguments"] == {**cli_data.TEACHING_EXTRACT, **unasked}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_book_refuses_a_port_that_is_none(port, capsys):
    assert cli.main(["book", "--serve", port]) == 2
    assert capsys.readouterr().err.startswith("--serve must be a whole number from 1 to 65,535")


def test_errors_of_the_course_are_told_without_a_traceback(monkeypatch, capsys):
    def refuse(*_):
        raise CourseError("The data are in another castle.")

    monkeypatch.setattr("catalyst.cli.tests_of", refuse)
    monkeypatch.setattr("catalyst.studio.exercises.ensure_keys", lambda: None)
    assert cli.main(["test", "--only", "t1"]) == 2
    assert capsys.readouterr() == ("", "The data are in another castle.\n")


def test_ctrl_c_is_one_sentence(monkeypatch, capsys):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("catalyst.studio.exercises.ensure_keys", interrupt)
    assert cli.main(["book"]) == 130
    assert capsys.readouterr().err == "Stopped: run the same command again to carry on.\n"


def test_an_unknown_chapter_is_named(capsys):
    with pytest.raises(CourseError, match="There is no chapter 'zz9': the chapters are "):
        cli.tests_of("zz9")


def test_only_finds_the_notebooks_of_the_chapter(root):
    found = cli.tests_of("t1")
    assert "notebooks/t1_protection_plans.ipynb" in found
    assert "exercises/t1/t1.ipynb" in found
    assert "solutions/t1/t1.ipynb" in found


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["tests"]),
        (["--slow"], ["tests", "notebooks", "exercises", "solutions"]),
        (["tests/studio", "-k", "cli"], ["tests/studio"]),
        (["tests/studio/test_cli.py::test_none", "-x"], ["tests/studio/test_cli.py::test_none"]),
    ],
)
def test_what_the_test_command_runs(monkeypatch, arguments, expected):
    commands = []

    def run(command, **_):
        commands.append(command)
        return subprocess.CompletedProcess(command, 5)

    monkeypatch.setattr("catalyst.studio.exercises.ensure_keys", lambda: None)
    monkeypatch.setattr(cli.subprocess, "run", run)
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert cli.main(["test", *arguments]) == 5
    (command,) = commands
    after_options = command[command.index("--nbval-cell-timeout=120") + 1 :]
    if "--slow" in arguments:
        assert after_options[:2] == ["-m", "slow or not slow"]
        after_options = after_options[2:]
    side_by_side = ["--numprocesses", str(min(2, os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    if after_options[:4] == side_by_side:  # only of everything: a few tests start sooner in one process
        assert "tests" in expected
        after_options = after_options[4:]
    if "--slow" not in arguments:
        assert after_options[:2] == ["--timeout", "600"], "a test that hangs must fail, not stand still"
        after_options = after_options[2:]
    assert [word for word in after_options if word[0] != "-" and word != "cli"] == expected
    assert "--nbval-lax" in command
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_importing_the_command_line_is_quick_and_needs_nothing_installed():
    """The front door reads the arguments with whatever Python it was started with."""
    heavy = {"numpy", "pandas", "sphinx", "nbformat"}
    code = f"import sys, catalyst.cli; print(sorted({heavy} & set(sys.modules)))"
    source = Path(cli.__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert finished.stdout == "[]\n", finished.stderr


class TestCopyOfTheExercises:
    @pytest.fixture
    def source(self, tmp_path):
        for name in ("t1/t1.ipynb", "t2/t2.ipynb", "t1/.ipynb_checkpoints/t1-checkpoint.ipynb"):
            path = tmp_path / "exercises" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("blank", encoding="utf-8")
        return tmp_path / "exercises"

    def test_what_is_missing_is_copied_and_what_is_there_is_kept(self, source, tmp_path):
        mine = tmp_path / "my_work"
        assert cli.copy_exercises(source, mine) == {"new": 2, "kept": 0}
        (mine / "t1" / "t1.ipynb").write_text("an evening's work", encoding="utf-8")
        (mine / "t2" / "t2.ipynb").unlink()
        assert cli.copy_exercises(source, mine) == {"new": 1, "kept": 1}
        assert (mine / "t1" / "t1.ipynb").read_text(encoding="utf-8") == "an evening's work"
        files = sorted(path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file())
        assert files == ["t1/t1.ipynb", "t2/t2.ipynb"]

    def test_a_stopped_copy_leaves_no_half_notebook(self, source, tmp_path, monkeypatch):
        mine = tmp_path / "my_work"

        def stop(_, target):
            Path(target).write_text("bl", encoding="utf-8")
            raise KeyboardInterrupt

        with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
            stopped.setattr(cli.shutil, "copyfile", stop)
            cli.copy_exercises(source, mine)
        assert not list(mine.rglob("*.ipynb"))
        assert cli.copy_exercises(source, mine)["new"] == 2


def test_lab_says_why_it_cannot_copy(monkeypatch, tmp_path, capsys):
    """my_work is a file."""
    (tmp_path / "exercises" / "t1").mkdir(parents=True)
    (tmp_path / "exercises" / "t1" / "t1.ipynb").touch()
    (tmp_path / "my_work").touch()
    monkeypatch.setattr(cli, "root", lambda: tmp_path)
    monkeypatch.setattr("catalyst.studio.exercises.ensure_keys", lambda: None)
    assert cli.main(["lab"]) == 2
    words = capsys.readouterr().err
    assert words.startswith("The exercises could not be copied to") and words.count("\n") == 1


def test_lab_asks_nobody_for_a_newer_version():
    """Where the named class is wrong, the server starts without JupyterLab and says so in its log alone."""
    (name,) = [word.split("=")[1] for word in cli.LAB if "check_for_updates_class" in word]
    module, _, thing = name.rpartition(".")
    found = getattr(importlib.import_module(module), thing)
    assert issubclass(found, importlib.import_module("jupyterlab.handlers.announcements").CheckForUpdateABC)
