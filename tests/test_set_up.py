"""The check of a set-up: it says what is wrong in plain words, and never raises."""

import json
import shutil
import subprocess
import sys

import pytest

from catalyst import cli, set_up


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder with two tables, a key and pins that are met."""
    for name in ("CATALYST_DATA", "CATALYST_KEYS"):
        monkeypatch.delenv(name, raising=False)
    data = tmp_path / "data" / "synthetic"
    data.mkdir(parents=True)
    manifest = {"tables": {"plans": {}, "children": {}}, "content_hash": "5a" * 32}
    (data / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name in manifest["tables"]:
        (data / f"{name}.parquet").write_bytes(b"PAR1 something PAR1")
    (tmp_path / ".keys" / ("5a" * 8)).mkdir(parents=True)
    (tmp_path / ".keys" / ("5a" * 8) / "t1.json").touch()
    (tmp_path / "requirements.txt").write_text("pytest==0\nnone-such==1 ; sys_platform == 'q'\n", "utf-8")
    from importlib.metadata import version

    (tmp_path / "requirements.txt").write_text(f"pytest=={version('pytest')}\n", encoding="utf-8")
    return tmp_path


def told(report):
    return {what: words for fine, what, words in report.found if not fine}


def test_where_all_is_well_it_says_so(course):
    report = set_up.look(course)
    assert told(report) == {} and report.fine
    assert str(report).endswith("Everything is as it should be.")


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14)])
def test_a_python_that_does_not_do_is_named(version):
    fine, words = set_up.python(None, version)
    assert not fine and ".".join(map(str, version)) in words and "python.org" in words


def test_missing_packages_and_other_versions_are_named(course):
    (course / "requirements.txt").write_text("pytest==0.1\nnone-such==1\n", encoding="utf-8")
    assert "missing: none-such." in told(set_up.look(course))["Packages"]
    assert "has not been made yet" in told(set_up.look(course))["Kernel"]
    (course / ".venv").mkdir()
    assert "Change Kernel" in told(set_up.look(course))["Kernel"]
    (course / "requirements.txt").write_text("pytest==0.1\n", encoding="utf-8")
    assert (
        "pytest" in told(set_up.look(course))["Packages"]
        and "pinned 0.1" in told(set_up.look(course))["Packages"]
    )


def test_a_pin_for_another_machine_is_not_asked_for(course):
    (course / "requirements.txt").write_text("none-such==1 ; sys_platform == 'q'\n", encoding="utf-8")
    assert set_up.packages(course)[0]


def test_data_that_are_absent_missing_or_cut_off_are_named(course, monkeypatch):
    data = course / "data" / "synthetic"
    (data / "plans.parquet").write_bytes(b"PAR1 some")
    assert "cut off or damaged" in told(set_up.look(course))["Data"]
    (data / "plans.parquet").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert "plans" in told(set_up.look(course))["Data"]
    (data / "plans.parquet").write_bytes(b"")
    assert "cut off or damaged" in told(set_up.look(course))["Data"]
    (data / "plans.parquet").unlink()
    assert "tables are missing" in told(set_up.look(course))["Data"]
    (data / "manifest.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in told(set_up.look(course))["Data"]
    monkeypatch.setenv("CATALYST_DATA", str(course / "elsewhere"))
    assert "unset it" in told(set_up.look(course))["Data"]


def test_answers_that_were_not_worked_out_are_named(course):
    shutil.rmtree(course / ".keys")
    assert "course.py exercises" in told(set_up.look(course))["Answers"]


def test_a_full_disk_and_a_place_that_may_not_be_written_to(course, monkeypatch):
    assert "make room" in set_up.space(course, 10_000_000)[1]

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(set_up.tempfile, "NamedTemporaryFile", refuse)
    assert "may not be written to (Permission denied)" in told(set_up.look(course))["Writing"]


def test_a_folder_that_is_copied_to_a_cloud_is_named(course):
    folder = course / "OneDrive - Council"
    folder.mkdir()
    assert "copied to a cloud" in set_up.writing(folder)[1]


def test_a_path_that_is_too_long_for_windows_is_named():
    deep = "C:\\Users\\somebody\\" + "a folder\\" * 12
    assert not set_up.long_paths(deep, windows=True, allowed=False)[0]
    assert set_up.long_paths(deep, windows=True, allowed=True)[0]
    assert set_up.long_paths("C:\\course", windows=True, allowed=False)[0]
    assert set_up.long_paths(deep, windows=False)[0]


def test_it_never_raises(course, monkeypatch):
    def fail(_):
        raise RuntimeError("a bad day")

    monkeypatch.setattr(set_up, "QUESTIONS", (("Luck", fail), *set_up.QUESTIONS))
    report = set_up.look(course)
    assert told(report) == {"Luck": "this could not be looked at: a bad day."}
    assert "One thing needs to be done" in str(report)
    (course / "requirements.txt").unlink()
    assert "Packages" in told(set_up.look(course))


def test_the_notebook_runs_wherever_it_stands(root, course):
    cells = json.loads((root / "check_my_set_up.ipynb").read_text(encoding="utf-8"))["cells"]
    (code,) = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    for folder, words in ((root, "Python: it is"), (course, "not in the course's folder")):
        finished = subprocess.run(
            [sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True, check=True
        )
        assert words in finished.stdout and not finished.stderr


def test_the_command_fails_only_where_something_must_be_done(monkeypatch, capsys):
    for fine in (True, False):
        monkeypatch.setattr(
            set_up, "look", lambda fine=fine: set_up.Report([(fine, "Python", "it is what it is.")])
        )
        assert cli.main(["set-up"]) == (0 if fine else 1)
    assert capsys.readouterr().out.count("PLEASE  ") == 1
