"""Parts of a release: cut by the world alone, made by anybody, taken up again, and the same in the end."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from catalyst.errors import CourseError
from catalyst.release import make, manifest, parts, schema, window, workers, write

ASKED = {"children": 1_200, "seed": 8, "authorities": 3}
SIZE = 400
FEW = [
    "cin_details",
    "cin_child_identifiers",
    "family_court_parties",
    "authority_years",
    "schools",
    "absence",
]
SLEEPERS = """
import os, sys, time
from catalyst.release import make, parts
def lived(*_):
    os.write(1, b"at work\\n")  # one call: two workers that print at once would share a line
    time.sleep(60)
parts.lived, parts.FAMILIES_IN_ONE = lived, 400
make.make_release(sys.argv[1], children=1_200, seed=8, authorities=3, workers=2)
"""


@pytest.fixture(scope="module")
def pieces(small_world):
    return parts.plan(small_world, SIZE)


@pytest.fixture(scope="module")
def records(small_world, pieces):
    """The records of each part, lived once for all tests."""
    sources = {schema.table(name).source for name in FEW}
    return {piece: parts.lived(small_world, sources, piece) for piece in pieces}


@pytest.fixture
def cut(monkeypatch, records):
    """A make_release in several parts whose families were lived before, and the parts that it makes."""
    made = []

    def lived(world, sources, slices):
        made.append(slices)
        return records[slices]

    monkeypatch.setattr(parts, "lived", lived)
    monkeypatch.setattr(parts, "FAMILIES_IN_ONE", SIZE)
    monkeypatch.setattr(parts, "FAMILIES_OF_PART", SIZE)

    def release(out, **changes):
        return make.make_release(out, **{**ASKED, "tables": FEW, "workers": 1, **changes})

    release.made = made
    return release


@pytest.fixture(scope="module")
def whole(tables):
    return manifest.build({name: tables[name] for name in tables if name in FEW}, {})


def left_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_parts_are_the_worlds_blocks(small_world, pieces):
    blocks = small_world.blocks(SIZE)
    assert len(pieces) == len(blocks) == 3
    for piece, block in zip(pieces, blocks, strict=True):
        ids = [parts._families(small_world, a)[first:last] for a, first, last in piece]
        assert (np.concatenate(ids) == block).all()


def test_records_come_back_as_they_were_saved(tmp_path, records):
    before = next(iter(records.values()))
    parts.save(tmp_path / "a.npz", before)
    after = parts.load(tmp_path / "a.npz")
    assert {name: list(table) for name, table in after.items()} == {n: list(t) for n, t in before.items()}
    column = after["cin_details"]["ReasonForClosure"]
    assert column.codes == before["cin_details"]["ReasonForClosure"].codes
    assert (column.index == before["cin_details"]["ReasonForClosure"].index).all()


@pytest.mark.parametrize("hands", [1, 2])
def test_one_file_a_table_is_the_same_whatever_the_parts_and_hands(cut, tmp_path, whole, hands):
    made = cut(tmp_path / "mine", workers=hands)
    assert made["tables"] == whole["tables"]
    assert left_in(tmp_path) == ["mine"]


def test_parts_are_the_same_whoever_makes_them_and_hold_what_one_file_holds(cut, tmp_path, tables):
    first = cut(tmp_path / "a", in_one=False)
    second = cut(tmp_path / "b", in_one=False, workers=2)
    as_text = cut(tmp_path / "c", in_one=False, format="csv")
    assert first["content_hash"] == second["content_hash"] == as_text["content_hash"]
    assert left_in(tmp_path) == ["a", "b", "c"]
    assert first["tables"]["absence"]["parts"] == 3
    assert "parts" not in first["tables"]["authority_years"]
    for name in FEW:
        key = list(schema.table(name).key)
        path = tmp_path / "a" / name
        read = pd.read_parquet(path if path.is_dir() else path.with_suffix(".parquet")).astype(object)
        alike = tables[name].to_pandas().astype(object).sort_values(key, ignore_index=True)
        pd.testing.assert_frame_equal(read.sort_values(key, ignore_index=True), alike, check_dtype=False)
    listed = pd.read_csv(tmp_path / "a" / "parts.csv")
    part = parquet.read_table(tmp_path / "a" / "absence" / "part-00001.parquet")
    row = listed[(listed["table"] == "absence") & (listed["part"] == 1)].iloc[0]
    assert (row["rows"], row["sha256"]) == (part.num_rows, manifest.content_hash(part))
    assert "## In parts" in (tmp_path / "a" / "README.md").read_text()
    assert "## In parts" not in (tmp_path / "c" / "LIMITS.md").read_text()


def test_a_shorter_window_cuts_parts_as_it_cuts_the_whole(cut, tmp_path, tables):
    seen = window.Window(2018, 2021)
    wanted = window.cut(tables, FEW, seen)
    one = cut(tmp_path / "one", start=2018, end=2021)
    assert one["tables"] == manifest.build(wanted, {})["tables"]
    assert (one["arguments"]["start"], one["arguments"]["end"]) == (2018, 2021)
    several = cut(tmp_path / "several", start=2018, end=2021, in_one=False)
    rows = {name: entry["rows"] for name, entry in several["tables"].items()}
    assert rows == {name: table.num_rows for name, table in wanted.items()}
    readme = (tmp_path / "one" / "README.md").read_text()
    assert "returns of 2018-19 to 2020-21" in readme
    assert "after 31 March 2021 is left open" in readme


@pytest.mark.parametrize("in_one", [True, False])
def test_a_stopped_run_goes_on_with_what_is_missing(cut, tmp_path, monkeypatch, whole, in_one, capsys):
    real = parts.lived

    def stop(world, sources, slices):
        if len(cut.made) == 2:
            raise KeyboardInterrupt
        return real(world, sources, slices)

    monkeypatch.setattr(parts, "lived", stop)
    with pytest.raises(KeyboardInterrupt):
        cut(tmp_path / "mine", in_one=in_one)
    assert left_in(tmp_path) == [".mine.partial"]
    assert len(cut.made) == 2
    (tmp_path / ".mine.partial" / "release" / ".half.parquet.0").write_text("what a killed worker left")
    monkeypatch.setattr(parts, "lived", real)
    made = cut(tmp_path / "mine", in_one=in_one)
    assert len(cut.made) == 3
    assert "2 of 3 parts are there already" in capsys.readouterr().err
    assert left_in(tmp_path) == ["mine"]
    assert not list((tmp_path / "mine").glob(".*"))
    again = cut(tmp_path / "again", in_one=in_one)
    assert made["content_hash"] == again["content_hash"]
    assert not in_one or made["tables"] == whole["tables"]


def test_what_another_run_left_half_done_is_not_thrown_away(cut, tmp_path, monkeypatch):
    real = parts.lived
    once = [real]
    monkeypatch.setattr(parts, "lived", lambda *given: once.pop()(*given))
    with pytest.raises(IndexError):
        cut(tmp_path / "mine")
    monkeypatch.setattr(parts, "lived", real)
    kept = left_in(tmp_path / ".mine.partial" / "parts")
    with pytest.raises(CourseError, match=r"for another release \(seed 8\) was stopped here") as error:
        cut(tmp_path / "mine", seed=9)
    assert str(tmp_path / ".mine.partial") in str(error.value)
    monkeypatch.setattr(parts, "code", lambda: "another")
    with pytest.raises(CourseError, match="with another state of the course"):
        cut(tmp_path / "mine")
    assert left_in(tmp_path / ".mine.partial" / "parts") == kept


def test_a_full_disk_keeps_what_is_finished(cut, tmp_path, monkeypatch, whole):
    real = os.fsync

    def full(descriptor):
        if len(cut.made) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CourseError, match="the disk is full: free some space and run it again"):
        cut(tmp_path / "mine")
    monkeypatch.setattr(os, "fsync", real)
    assert len(list((tmp_path / ".mine.partial" / "parts").iterdir())) == 2  # one part and its note
    assert cut(tmp_path / "mine")["tables"] == whole["tables"]
    assert len(cut.made) == 4


def test_a_worker_that_is_killed_has_its_part_made_by_another(cut, tmp_path, monkeypatch, whole):
    real, killed, parent = parts.lived, tmp_path / "killed", os.getpid()

    def fall(*given):
        if os.getpid() != parent and not killed.exists():
            killed.touch()
            os.kill(os.getpid(), signal.SIGTERM)
        return real(*given)

    monkeypatch.setattr(parts, "lived", fall)
    made = cut(tmp_path / "mine", workers=2)
    assert killed.exists()
    assert made["tables"] == whole["tables"]


def _fall(_):
    os.kill(os.getpid(), signal.SIGTERM)


def test_workers_that_are_killed_again_and_again_are_told_of():
    with pytest.raises(CourseError, match="killed 3 times"):
        list(workers.each(_fall, [(1,), (2,)], workers=2))


def test_a_killed_run_takes_its_workers_with_it(tmp_path):
    run = subprocess.Popen([sys.executable, "-c", SLEEPERS, str(tmp_path / "mine")], stdout=subprocess.PIPE)
    try:
        assert [run.stdout.readline() for _ in range(2)] == [b"at work\n"] * 2
        with pytest.raises(CourseError, match="Another run"), write.locked(tmp_path / "mine"):
            raise AssertionError("two runs at once")
    finally:
        run.kill()
        run.wait()
    until = time.monotonic() + 60
    while True:  # the workers hold the lock until they see that they are alone
        try:
            with write.locked(tmp_path / "mine"):
                break
        except CourseError:
            assert time.monotonic() < until
            time.sleep(0.1)
    run.stdout.close()


def test_who_does_not_see_the_folder_is_told_what_to_do(tmp_path, pieces):
    spec = parts.life.Spec(**{name: ASKED[name] for name in ("seed", "children", "authorities")})
    job = parts.Job(str(tmp_path / "mine"), "token", spec, ("cin_details",), window.Window(), "parquet", True)
    with pytest.raises(CourseError, match=r"does not see the run.* folder that all machines share"):
        parts.make(job, 0, pieces[0])
    folder = write.workspace(tmp_path / "mine")
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"code": "another"}))
    job = parts.Job(job.out, parts.token((folder / "run.json").read_bytes()), *list(vars(job).values())[2:])
    with pytest.raises(CourseError, match="another state of the course"):
        parts.make(job, 0, pieces[0])


def test_an_authority_may_be_next_to_empty(tmp_path):
    made = make.make_release(
        tmp_path / "mine",
        children=400,
        seed=3,
        authorities=20,
        tables=["authorities", "authority_years", "cin_details"],
    )
    children = parquet.read_table(tmp_path / "mine" / "authorities.parquet")["Children"].to_pylist()
    assert made["tables"]["authority_years"]["rows"] == 20 * 11
    assert min(children) >= 1
    assert sum(children) == 400
