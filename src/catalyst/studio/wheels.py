"""The wheels of the pinned packages for a machine that has no network: fetched or only listed, with hashes.

Depends on requirements.txt, on packaging and, for fetching, on pip and whatever index pip is told to use.
"""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catalyst.errors import CourseError

# The C library of every Linux of the last years (RHEL 8, Debian 10, Ubuntu 20.04) is 2.28 or newer.
_GLIBC = 28


def _manylinux(machine: str) -> tuple[str, ...]:
    names = [f"manylinux_2_{minor}_{machine}" for minor in range(_GLIBC, 4, -1)]
    return (*names, f"manylinux2014_{machine}", f"manylinux2010_{machine}", f"manylinux1_{machine}")


@dataclass(frozen=True)
class Platform:
    """A kind of machine: pip's tags for it, newest first, and what markers in requirements.txt ask of it."""

    words: str
    tags: tuple[str, ...]
    sys_platform: str
    os_name: str
    system: str
    machine: str


PLATFORMS = {
    "windows": Platform("Windows (64-bit)", ("win_amd64",), "win32", "nt", "Windows", "AMD64"),
    "macos": Platform(
        "macOS 14 or newer (Apple silicon)", ("macosx_14_0_arm64",), "darwin", "posix", "Darwin", "arm64"
    ),
    "macos-intel": Platform(
        "macOS 14 or newer (Intel)", ("macosx_14_0_x86_64",), "darwin", "posix", "Darwin", "x86_64"
    ),
    "linux": Platform("Linux (x86-64)", _manylinux("x86_64"), "linux", "posix", "Linux", "x86_64"),
    "linux-arm": Platform("Linux (ARM, 64-bit)", _manylinux("aarch64"), "linux", "posix", "Linux", "aarch64"),
}
PYTHONS = ("3.11", "3.12", "3.13")
# From what pip prints: the network, or one package that there is not.
_NO_INDEX = re.compile(
    r"connection|name resolution|getaddrinfo|unreachable|timed out|proxyerror|certificate|max retries", re.I
)
_MISSING = re.compile(r"no matching distribution found for (\S+)", re.I)


def this_platform() -> str | None:
    """The name in ``PLATFORMS`` of the machine at hand; None if it is of another kind."""
    here = (sys.platform, platform.machine().lower())
    kinds = {name: (kind.sys_platform, kind.machine.lower()) for name, kind in PLATFORMS.items()}
    return next((name for name, kind in kinds.items() if kind == here), None)


def pins(requirements: str, target: str, python: str) -> list[str]:
    """The pins that hold on a kind of machine, without the conditions under which they hold.

    Parameters
    ----------
    requirements : str
        The text of requirements.txt.
    target : str
        A name in ``PLATFORMS``.
    python : str
        A version such as ``"3.12"``.

    Returns
    -------
    list of str
        ``name==version``, in the file's order.
    """
    from packaging.requirements import Requirement

    kind = PLATFORMS[target]
    there = {
        "sys_platform": kind.sys_platform,
        "os_name": kind.os_name,
        "platform_system": kind.system,
        "platform_machine": kind.machine,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    wanted = [Requirement(line) for line in lines if line]
    return [f"{pin.name}{pin.specifier}" for pin in wanted if not pin.marker or pin.marker.evaluate(there)]


def fetch(wanted: Sequence[str], target: str, python: str, folder: Path) -> list[Path]:
    """Fetches a wheel for each pin; what is published as plain source only is built into a wheel here.

    Parameters
    ----------
    wanted : sequence of str
        Pins, as of :func:`pins`.
    target, python : str
        The machine that they are for.
    folder : Path
        Where they go. Wheels that are there already are not fetched again; those of no pin are removed.

    Returns
    -------
    list of Path
        The wheels, by name.

    Raises
    ------
    CourseError
        If no index can be reached, or a package has no wheel for that machine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.suffix == ".whl" and _pin_of(path.name) not in _names(wanted):
            path.unlink()
    there = {_pin_of(path.name) for path in folder.glob("*.whl")}
    missing = [pin for pin in wanted if _canonical(pin) not in there]
    if missing:
        _pip(["download", "--no-deps", "-d", str(folder), *_for(target, python), *missing], target)
    for source in sorted(path for path in folder.iterdir() if path.name.endswith((".tar.gz", ".zip"))):
        _build(source, folder, target)
    made = sorted(folder.glob("*.whl"), key=lambda path: path.name.lower())
    lacking = set(_names(wanted)) - {_pin_of(path.name) for path in made}
    if lacking:
        raise CourseError(f"No wheel came for {', '.join(sorted(lacking))}: run the same command again.")
    return made


def hashes(wheels: Sequence[Path]) -> dict[str, str]:
    """The SHA-256 of each file, in hexadecimal digits, by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in wheels}


def look_up(wanted: Sequence[str], target: str, python: str) -> dict[str, str]:
    """What the index would give for the pins, without keeping it: file names and their SHA-256.

    Raises
    ------
    CourseError
        As :func:`fetch`.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        # pip install holds what a package requires against this Python; the pins have been chosen by theirs.
        asked = [
            "install",
            "--dry-run",
            "--ignore-installed",
            "--ignore-requires-python",
            "--no-deps",
            "--report",
            str(report),
        ]
        _pip([*asked, "--target", folder, *_for(target, python), *wanted], target)
        found = {}
        for item in json.loads(report.read_text(encoding="utf-8"))["install"]:
            told = item["download_info"]
            name = told["url"].partition("#")[0].rsplit("/", 1)[-1]
            found[name] = told["archive_info"]["hashes"]["sha256"]
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def listing(found: dict[str, str], target: str, python: str) -> str:
    """The list as it goes into the zip: a requirements file with hashes, which pip and people can read.

    Parameters
    ----------
    found : dict of str
        SHA-256 by file name, of :func:`hashes` or :func:`look_up`.

    Returns
    -------
    str
        Its first line says for which Python and which system, in words that ``course.py`` reads.
    """
    lines = [f"# for Python {python} on {PLATFORMS[target].sys_platform}: {PLATFORMS[target].words}"]
    for name, digest in found.items():
        lines.append(f"{_pin_of(name)} --hash=sha256:{digest}  # {name}")
    return "\n".join(lines) + "\n"


def _for(target: str, python: str) -> list[str]:
    tags = [word for tag in PLATFORMS[target].tags for word in ("--platform", tag)]
    return ["--python-version", python, "--implementation", "cp", *tags]


def _canonical(pin: str) -> str:
    from packaging.utils import canonicalize_name

    name, _, version = pin.partition("==")
    return f"{canonicalize_name(name)}=={version}"


def _names(wanted: Sequence[str]) -> list[str]:
    return [_canonical(pin) for pin in wanted]


def _pin_of(file: str) -> str:
    """``name==version`` of a wheel or of a package's source, from its file name."""
    from packaging.utils import parse_sdist_filename, parse_wheel_filename

    name, version = (parse_wheel_filename if file.endswith(".whl") else parse_sdist_filename)(file)[:2]
    return f"{name}=={version}"


def _build(source: Path, folder: Path, target: str) -> None:
    """Makes a wheel of a package that is published as source; it must be plain Python to serve elsewhere."""
    with tempfile.TemporaryDirectory() as made:
        _pip(["wheel", "--no-deps", "-w", made, str(source)], target)
        wheel = next(Path(made).glob("*.whl"))
        if not wheel.name.endswith("-none-any.whl"):
            source.unlink()
            raise CourseError(
                f"{_pin_of(source.name)} has no wheel for {PLATFORMS[target].words} and is not plain Python: "
                "choose another --platform or --python, or make the zip on such a machine."
            )
        # Another disk may hold the temporary folder, so the wheel is copied beside and then renamed.
        partial = folder / f"{wheel.name}.partial"
        partial.write_bytes(wheel.read_bytes())
        partial.replace(folder / wheel.name)
    source.unlink()


def _pip(arguments: list[str], target: str) -> None:
    """Runs pip, its words kept to itself.

    Raises
    ------
    CourseError
        If it fails, in one sentence.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    env = {name: value for name, value in os.environ.items() if name not in ("PIP_USER", "PIP_TARGET")}
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", errors="replace", stdin=subprocess.DEVNULL, env=env
    )
    if done.returncode == 0:
        return
    said = done.stdout + done.stderr
    missing = _MISSING.search(said)
    if missing and not _NO_INDEX.search(said):
        raise CourseError(
            f"The package index in use has no {missing[1]} for {PLATFORMS[target].words}: choose another "
            "--platform or --python, or a full index (PIP_INDEX_URL)."
        )
    if _NO_INDEX.search(said):
        raise CourseError(
            "No package index could be reached: check the network, or set PIP_INDEX_URL (and PIP_PROXY, if "
            "there is one), and run the same command again."
        )
    errors = [line.strip() for line in said.splitlines() if "error" in line.lower()] or ["it said nothing"]
    raise CourseError(f"The wheels could not be fetched ({errors[-1][:200]}): run the same command again.")
