"""The course as one zip: its own files only, whole or not at all, and an environment from it alone."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from catalyst import cli, cli_offline
from catalyst.errors import CourseError
from catalyst.studio import offline, wheels

REQUIREMENTS = "tiny==1.0\nother-thing==2.1 ; sys_platform == 'win32'\n"
PYTHON = "{}.{}".format(*sys.version_info[:2])


def lay_wheel(folder: Path, name: str, version: str, tag: str = "py3-none-any") -> Path:
    """A wheel that pip takes: one module and its description."""
    path, info = folder / f"{name}-{version}-{tag}.whl", f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def course(root, tmp_path, monkeypatch) -> Path:
    """A course in miniature beside a folder of wheels, which is all the index there is."""
    folder, index = tmp_path / "course", tmp_path / "index"
    for name in ("src/catalyst", "book", "data/synthetic", "data/another", "my_work", "tests/__pycache__"):
        (folder / name).mkdir(parents=True)
    (folder / "course.py").write_bytes((root / "course.py").read_bytes())
    for name in ("__init__", "arguments", "cli", "cli_data", "cli_offline", "errors", "paths"):
        source = root / "src" / "catalyst" / f"{name}.py"
        (folder / "src" / "catalyst" / source.name).write_bytes(source.read_bytes())
    (folder / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
    for name in ("book/welcome.md", "data/synthetic/manifest.json"):
        (folder / name).write_text("ours", encoding="utf-8")
    for name in ("my_work/mine.ipynb", "roster.csv", "data/another/a.csv", "tests/__pycache__/x.pyc"):
        (folder / name).write_text("private", encoding="utf-8")
    index.mkdir()
    for name, version in (("tiny", "1.0"), ("other_thing", "2.1")):
        lay_wheel(index, name, version)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    return folder


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {name.removeprefix(f"{offline.FOLDER}/") for name in archive.namelist()}


def test_pins_are_those_that_hold_there():
    assert wheels.pins(REQUIREMENTS, "linux", "3.12") == ["tiny==1.0"]
    assert wheels.pins(REQUIREMENTS, "windows", "3.12") == ["tiny==1.0", "other-thing==2.1"]
    text = "a==1 ; python_full_version < '3.12'\na==2 ; python_full_version >= '3.12'\n"
    assert [wheels.pins(text, "macos", python) for python in ("3.11", "3.13")] == [["a==1"], ["a==2"]]


def test_the_zip_holds_the_course_with_its_wheels_and_nothing_else(course, tmp_path):
    out = tmp_path / "out" / "course.zip"
    made = offline.make(out, "windows", "3.12", folder=course)
    assert made["wheels"] == 2 and made["bytes"] == out.stat().st_size
    inside = names(out)
    wheel_names = {"wheels/tiny-1.0-py3-none-any.whl", "wheels/other_thing-2.1-py3-none-any.whl"}
    assert (
        wheel_names | {"course.py", "book/welcome.md", "data/synthetic/manifest.json", "wheels.txt"} <= inside
    )
    assert not [
        name for name in inside if "my_work" in name or "another" in name or name.endswith((".pyc", "csv"))
    ]
    with zipfile.ZipFile(out) as archive:
        listing = archive.read(f"{offline.FOLDER}/wheels.txt").decode()
        for name in wheel_names:
            digest = hashlib.sha256(archive.read(f"{offline.FOLDER}/{name}")).hexdigest()
            assert f"--hash=sha256:{digest}  # {name.removeprefix('wheels/')}" in listing
        for name in archive.namelist():
            assert str(tmp_path).encode() not in archive.read(name), name
    assert [path.name for path in out.parent.iterdir()] == ["course.zip"]


def test_the_same_course_makes_the_same_zip(course, tmp_path):
    for name in ("one.zip", "two.zip"):
        offline.make(tmp_path / name, "linux", "3.12", folder=course)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_what_fails_half_way_leaves_the_old_zip(course, tmp_path, monkeypatch):
    out = tmp_path / "course.zip"
    out.write_bytes(b"old")
    monkeypatch.setattr(offline.wheels, "fetch", lambda *_: [])
    monkeypatch.setattr(offline, "_put", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(CourseError, match=r"Nothing was written to .*: the disk is full"):
        offline.make(out, "linux", "3.12", folder=course)
    assert out.read_bytes() == b"old" and not list(tmp_path.glob(".course*"))


def test_a_package_that_is_not_there_is_named(course, tmp_path):
    (course / "requirements.txt").write_text("tiny==1.0\nabsent==3\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"has no absent==3 for Windows \(64-bit\): choose another"):
        offline.make(tmp_path / "course.zip", "windows", "3.12", folder=course)
    assert not (tmp_path / "course.zip").exists()


def test_a_wheel_for_another_machine_is_not_taken(course, tmp_path):
    (tmp_path / "index" / "tiny-1.0-py3-none-any.whl").unlink()
    lay_wheel(tmp_path / "index", "tiny", "1.0", "cp312-cp312-win_amd64")
    assert offline.make(tmp_path / "w.zip", "windows", "3.12", folder=course)["wheels"] == 2
    with pytest.raises(CourseError, match=r"has no tiny==1\.0 for Linux"):
        offline.make(tmp_path / "l.zip", "linux", "3.12", folder=course)


@pytest.fixture
def unpacked(course, tmp_path) -> Path:
    """The course as it lies on the other machine."""
    target = next(name for name, kind in wheels.PLATFORMS.items() if kind.sys_platform == sys.platform)
    offline.make(tmp_path / "course.zip", target, PYTHON, folder=course)
    with zipfile.ZipFile(tmp_path / "course.zip") as archive:
        archive.extractall(tmp_path / "there")
    return tmp_path / "there" / offline.FOLDER


def door(folder: Path):
    """The front door of the unpacked course, as a module."""
    spec = importlib.util.spec_from_file_location("front_door_offline", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def quiet() -> dict[str, str]:
    """An environment in which pip is told of no index and no folder."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHONPATH"))}


def test_the_unpacked_course_takes_its_own_wheels_and_holds_them_to_their_hashes(unpacked):
    asked = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        *door(unpacked).packages(),
    ]
    done = subprocess.run(asked, env=quiet(), capture_output=True, text=True, timeout=300)
    assert "Would install tiny-1.0" in done.stdout, done.stderr
    listing = unpacked / "wheels.txt"
    first = listing.read_text(encoding="utf-8").splitlines()[0]
    listing.write_text(f"{first}\ntiny==1.0 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    done = subprocess.run(asked, env=quiet(), capture_output=True, text=True, timeout=300)
    assert done.returncode
    assert "is not the one that was packed" in door(unpacked).diagnose(done.stdout + done.stderr)
    listing.write_text(first.replace(PYTHON, "3.99") + "\n", encoding="utf-8")
    with pytest.raises(Exception, match=r"are for Python 3\.99 on .* and this is Python") as refused:
        door(unpacked).packages()
    assert type(refused.value).__name__ == "Refusal"


@pytest.mark.slow
@pytest.mark.parametrize("elsewhere", [False, True], ids=["as unpacked", "wheels in a folder of their own"])
def test_the_unpacked_course_makes_its_environment_without_an_index(unpacked, tmp_path, elsewhere):
    env = quiet()
    if elsewhere:
        (unpacked / "wheels").rename(tmp_path / "elsewhere")
        env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "elsewhere")}
    base = getattr(sys, "_base_executable", sys.executable)
    command = [base, str(unpacked / "course.py"), "report", "nowhere"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert (unpacked / ".venv" / "catalyst-stamp").is_file(), done.stderr
    assert list((unpacked / ".venv").rglob("tiny.py"))


def test_every_file_of_the_course_is_packed(root):
    packed = {path.as_posix() for path in offline.files(root)}
    for name in (
        "course.py",
        "requirements.txt",
        "data/synthetic/manifest.json",
        "book/references.bib",
        ".ci/run",
    ):
        assert name in packed, name
    if (root / ".git").exists():
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True).stdout
        assert {name for name in tracked.split("\0") if name and (root / name).is_file()} <= packed


def test_the_command_knows_the_machines_that_the_studio_knows():
    assert tuple(wheels.PLATFORMS) == cli_offline.KINDS and cli_offline.PYTHONS == wheels.PYTHONS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what the zip is to be called, for example --out course.zip."),
        (["--out", "course"], "--out must end with .zip, and 'course' does not."),
        (["--out", "a.zip", "--platform", "amiga"], "--platform is windows or macos or"),
        (["--out", "a.zip", "--python", "3.9"], "--python is 3.11 or 3.12 or 3.13, not '3.9'."),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments, words):
    with pytest.raises(CourseError) as refused:
        cli.parse(["offline", *arguments])
    assert str(refused.value).startswith(words)
