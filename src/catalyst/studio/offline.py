"""The whole course as one zip, for a machine without a network: the tree, its data and the packages' wheels.

Depends on wheels and on the release's way of writing whole files. Only the course's own files go in: what
somebody keeps beside them (own work, other releases, marks) stays at home.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.release import write
from catalyst.studio import wheels

# The folder that the zip unpacks to, and the wheels' place in it: course.py looks for them there.
FOLDER = "catalyst-course"
WHEELS, LIST = "wheels", "wheels.txt"
OWN = (
    ".ci",
    ".gitattributes",
    ".gitignore",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "LICENSE-CONTENT",
    "README.md",
    "_config.yml",
    "_toc.yml",
    "benchmarks",
    "book",
    "check_my_set_up.ipynb",
    "coaching",
    "course.py",
    "data/projects",
    "data/synthetic",
    "exercises",
    "nbgrader_config.py",
    "notebooks",
    "pyproject.toml",
    "quizzes",
    "requirements.in",
    "requirements.txt",
    "solutions",
    "src",
    "tests",
)
# Products, made again where they are needed. A release that is being written begins with a dot.
PRODUCTS = {"__pycache__", ".ipynb_checkpoints", "derived", "derived.new", ".progress.jsonl"}
_SAME_DAY = (1980, 1, 1, 0, 0, 0)  # of every file, so that the same course makes the same zip
_PACKED = {".whl", ".parquet", ".png", ".woff", ".woff2"}


def files(folder: Path) -> Iterator[Path]:
    """The course's own files below its folder, as paths from there, in order."""
    for name in OWN:
        top = folder / name
        for path in sorted([top] if top.is_file() else top.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_symlink() or not path.is_file() or PRODUCTS.intersection(inside.parts):
                continue
            if inside.suffix in (".pyc", ".partial", ".lock") or any(
                part.endswith(".egg-info") for part in inside.parts
            ):
                continue
            if inside.parts[0] == "data" and any(part.startswith(".") for part in inside.parts):
                continue
            yield inside


def make(
    out: Path, target: str, python: str, fetch: bool = True, folder: Path | None = None
) -> dict[str, int | str]:
    """Writes the zip, whole or not at all.

    Parameters
    ----------
    out : Path
        The zip. One that stands there is replaced in the last step.
    target : str
        A name in ``wheels.PLATFORMS``.
    python : str
        The Python of that machine, such as ``"3.12"``.
    fetch : bool
        Whether the wheels themselves go in; if not, only their list with hashes.
    folder : Path, optional
        The course; its own root if not given.

    Returns
    -------
    dict
        ``files`` (of the course), ``wheels`` (listed) and ``bytes`` (of the zip).

    Raises
    ------
    CourseError
        If a package cannot be had, the place cannot be written to, or another run is making the same zip.
    """
    folder = folder or paths.root()
    if out.is_dir():
        raise CourseError(f"{out} is a folder: give the zip a file name, for example --out course.zip.")
    text = (folder / "requirements.txt").read_text(encoding="utf-8")
    wanted = wheels.pins(text, target, python)
    with write.locked(out):
        # Kept until the zip is whole, so that a run that was stopped does not fetch everything again.
        store = folder / "_build" / "wheels" / f"{target}-{python}"
        found = wheels.fetch(wanted, target, python, store) if fetch else []
        digests = wheels.hashes(found) if fetch else wheels.look_up(wanted, target, python)
        own = list(files(folder))
        partial = out.with_name(f".{out.name}.partial")
        with write.plainly(out):
            try:
                with zipfile.ZipFile(partial, "w") as archive:
                    for inside in own:
                        _add(archive, inside.as_posix(), folder / inside)
                    _put(archive, LIST, wheels.listing(digests, target, python).encode())
                    for path in found:
                        _add(archive, f"{WHEELS}/{path.name}", path)
                partial.replace(out)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
    return {"files": len(own), "wheels": len(digests), "bytes": out.stat().st_size}


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    _put(archive, name, path.read_bytes(), runs=path.suffix != ".whl" and bool(path.stat().st_mode & 0o100))


def _put(archive: zipfile.ZipFile, name: str, content: bytes, runs: bool = False) -> None:
    """One file of the archive, dated and with rights that do not depend on this machine."""
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _SAME_DAY)
    entry.create_system = 3  # rights are kept as on Linux, wherever the zip is made
    entry.external_attr = (0o755 if runs else 0o644) << 16
    packed = Path(name).suffix in _PACKED
    entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
