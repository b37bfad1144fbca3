"""Making a release: whole or not at all, one at a time, and one sentence for whatever cannot be done."""

import errno
import json
import os
import signal
import subprocess
import sys

import pyarrow.parquet as parquet
import pytest

from catalyst.errors import CourseError
from catalyst.release import checks, describe, extract, make, manifest, schema, write

KILLED = """
import os, sys, time
from catalyst.release import make
real = os.fsync
def slow(number):
    real(number)
    print("half-way", flush=True)
    time.sleep(60)
os.fsync = slow
make.make_release(sys.argv[1], children=100, seed=1, authorities=1, tables=["cin_details"])
"""


def left_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def one_sentence(error: pytest.ExceptionInfo) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    assert len(text) < 500
    return text


@pytest.fixture
def few(quick):
    """A make_release of three tables, where it does not matter which: ``few(out, **changes)``."""
    return lambda out, **changes: quick(
        out, **{"tables": ["cin_details", "cin_reviews", "authorities"], **changes}
    )


def test_a_release_holds_its_tables_and_its_words(quick, tmp_path, tables):
    out = tmp_path / "mine"
    made = quick(out)
    assert left_in(tmp_path) == ["mine"]
    files = {"README.md", "LIMITS.md", "dictionary.csv", "dictionary.parquet", "manifest.json"}
    assert set(left_in(out)) == files | {f"{name}.parquet" for name in tables}
    assert json.loads((out / "manifest.json").read_text()) == made
    for name, entry in made["tables"].items():
        read = parquet.read_table(out / f"{name}.parquet")
        assert manifest.content_hash(read) == entry["sha256"]
        assert read.schema.equals(extract.arrow_schema(schema.table(name)))
    readme = (out / "README.md").read_text()
    assert made["content_hash"] in readme
    assert "invented" in readme
    assert all(f"`{name}`" in readme for name in tables)
    assert "CC0" in readme


def test_some_tables_only(quick, tmp_path):
    made = quick(tmp_path / "some", tables=["cin_reviews", "authorities"])
    assert list(made["tables"]) == ["cin_reviews", "authorities"]
    assert not (tmp_path / "some" / "cin_details.parquet").exists()


def test_the_real_thing_equals_the_tables_in_memory(tmp_path, tables):
    made = make.make_release(tmp_path / "real", children=1_200, seed=8, authorities=3)
    assert made["tables"] == manifest.build(tables, {})["tables"]


def test_an_equal_release_is_there_already_and_is_not_made_again(few, tmp_path, capsys):
    first = few(tmp_path / "mine")
    written = (tmp_path / "mine" / "manifest.json").stat().st_mtime_ns
    again = few(tmp_path / "mine", seed="8")
    assert again == first
    assert (tmp_path / "mine" / "manifest.json").stat().st_mtime_ns == written
    assert "there already" in capsys.readouterr().err


def test_an_empty_folder_is_taken(few, tmp_path):
    (tmp_path / "mine").mkdir()
    few(tmp_path / "mine")
    assert (tmp_path / "mine" / "manifest.json").is_file()


def test_a_folder_with_another_release_is_refused_and_left_alone(few, tmp_path):
    few(tmp_path / "mine")
    before = left_in(tmp_path / "mine")
    with pytest.raises(CourseError, match=r"another release \(seed 8\)") as error:
        few(tmp_path / "mine", seed=9)
    assert "delete" in one_sentence(error)
    assert left_in(tmp_path / "mine") == before


def test_a_release_of_another_version_is_refused(few, tmp_path, monkeypatch):
    few(tmp_path / "mine")
    monkeypatch.setattr("catalyst.__version__", "9.9.9")
    with pytest.raises(CourseError, match="version") as error:
        few(tmp_path / "mine")
    one_sentence(error)


def test_a_release_that_lost_a_table_is_not_called_finished(few, tmp_path):
    few(tmp_path / "mine")
    (tmp_path / "mine" / "cin_reviews.parquet").unlink()
    with pytest.raises(CourseError, match="lost its table 'cin_reviews'") as error:
        few(tmp_path / "mine")
    one_sentence(error)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"version": 1}'])
def test_a_folder_with_other_things_is_refused(few, tmp_path, content):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    if content:
        (tmp_path / "mine" / "manifest.json").write_text(content)
    with pytest.raises(CourseError, match="no finished release") as error:
        few(tmp_path / "mine")
    one_sentence(error)
    assert (tmp_path / "mine" / "thesis.docx").read_text() == "years of work"


def test_a_file_is_no_folder(few, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(CourseError, match="is a file") as error:
        few(tmp_path / "mine")
    one_sentence(error)
    with pytest.raises(CourseError, match="a folder is needed") as error:
        few(tmp_path / "mine" / "below")
    one_sentence(error)
    assert left_in(tmp_path) == ["mine"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"children": -5}, "out of range"),
        ({"children": 0}, "out of range"),
        ({"children": 10**12}, "out of range"),
        ({"children": "many"}, "whole number"),
        ({"children": "2.5"}, "whole number"),
        ({"children": 1200.5}, "whole number"),
        ({"children": float("nan")}, "whole number"),
        ({"children": float("inf")}, "whole number"),
        ({"children": None}, "whole number"),
        ({"children": True}, "whole number"),
        ({"children": 59}, "20 for each authority"),
        ({"seed": -1}, "out of range"),
        ({"seed": 2**63}, "out of range"),
        ({"seed": "x"}, "whole number"),
        ({"authorities": 0}, "out of range"),
        ({"authorities": 154}, "out of range"),
        ({"children": 1_600_000}, "ask for more --authorities than 3"),
        ({"start": 2010}, "run from 1 April 2014"),
        ({"end": 2026}, "run from 1 April 2014"),
        ({"start": 2020, "end": 2020}, "must be later than 2020"),
        ({"start": 2021, "end": 2018}, "must be later than 2021"),
        ({"start": "soon"}, "whole number"),
        ({"format": "xml"}, "parquet or csv"),
        ({"workers": 0}, "out of range"),
        ({"project": "mine"}, "the projects are plans_before_care"),
        ({"tables": ["plans"]}, "Did you mean 'cin_child_protection_plans'"),
        ({"tables": ["cin_detials"]}, "Did you mean 'cin_details'"),
        ({"tables": []}, "No table was named"),
        ({"settings": {"no_such_thing": True}}, "no_such_thing"),
        ({"settings": {"no_such_thing": "maybe"}}, "on or off"),
        ({"cuts": ("no->such",)}, "no->such"),
    ],
)
def test_what_cannot_be_asked_for_gets_one_sentence_and_leaves_nothing(tmp_path, changes, said):
    asked = {"children": 1_200, "seed": 8, "authorities": 3, **changes}
    with pytest.raises(CourseError) as error:
        make.make_release(tmp_path / "mine", **asked)
    assert said in one_sentence(error)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "may not be written"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_disk_that_refuses_leaves_nothing_half_written(few, tmp_path, monkeypatch, number, said):
    real, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match=said) as error:
        few(tmp_path / "mine")
    assert "Nothing was written" in one_sentence(error)
    assert left_in(tmp_path) == []


def test_a_place_that_may_not_be_written_to_is_named(few, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(write.Path, "mkdir", refuse)
    with pytest.raises(CourseError, match="may not be written to") as error:
        few(tmp_path / "mine")
    assert str(tmp_path / "mine") in one_sentence(error)


def test_an_interruption_by_the_keyboard_leaves_nothing(few, tmp_path, monkeypatch):
    def stop(descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        few(tmp_path / "mine")
    assert left_in(tmp_path) == []


def test_a_killed_run_leaves_no_release_and_does_not_stand_in_the_way(few, tmp_path):
    out = tmp_path / "mine"
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(out)], stdout=subprocess.PIPE, text=True)
    try:
        assert run.stdout.readline() == "half-way\n"
        with pytest.raises(CourseError, match="Another run is making") as error:
            few(out)
        one_sentence(error)
    finally:
        run.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        run.wait()
        run.stdout.close()
    assert not out.exists()
    made = few(out)
    assert json.loads((out / "manifest.json").read_text()) == made
    assert left_in(tmp_path) == ["mine"]


def test_a_held_lock_refuses_and_a_given_up_one_does_not(tmp_path):
    out = tmp_path / "mine"
    with write.locked(out), pytest.raises(CourseError, match="Another run"), write.locked(out):
        raise AssertionError("two runs at once")
    with write.locked(out):
        pass
    assert left_in(tmp_path) == []


def test_a_twin_world_says_so_in_its_readme(tables):
    asked = {"children": 1, "authorities": 1, "seed": 1, "settings": {"cause": True}, "cuts": ["a->b"]}
    text = describe.readme(manifest.build(tables, asked))
    assert "`--set cause=on`" in text
    assert "`--cut a->b`" in text


def test_tables_that_do_not_satisfy_their_schema_are_not_released(few, tmp_path, monkeypatch):
    def fail(tables, *_):
        raise CourseError("The table x does not satisfy its own schema.")

    monkeypatch.setattr(checks, "check", fail)
    with pytest.raises(CourseError, match="its own schema"):
        few(tmp_path / "mine")
    assert left_in(tmp_path) == []


def test_files_stay_small_enough_to_be_kept(tables):
    assert all(len(write.parquet(table)) < 5_000_000 for table in tables.values())


def test_progress_is_shown_on_a_terminal_only(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert make._progress() is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    make._progress()(2, 2)
    assert "part 2 of 2" in capsys.readouterr().err
