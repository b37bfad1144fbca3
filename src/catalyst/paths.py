"""Where things are: the project, the data in use and the build products made of them. Depends on nothing."""

import json
import os
from pathlib import Path

from catalyst.errors import CourseError

# What a study of the capstone keeps in its folder: what was made, and what was registered.
STUDY_NOTE, STUDY_REGISTER = "capstone.json", "protocol_registered.json"


def root() -> Path:
    """The project's root: the folder that holds ``course.py``."""
    return Path(__file__).resolve().parents[2]


def data_dir() -> Path:
    """The release in use.

    The environment variable ``CATALYST_DATA`` wins; then the nearest folder at or above the working
    directory that holds ``data/synthetic/manifest.json`` (so that a copied or assigned course uses its
    own data); then the project's own.
    """
    named = os.environ.get("CATALYST_DATA")
    if named:
        return Path(named).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "synthetic" / "manifest.json").is_file():
            return folder / "data" / "synthetic"
    return root() / "data" / "synthetic"


def projects() -> dict[str, Path]:
    """The project extracts at hand by name: those beside the release in use, then the course's own."""
    return {
        path.parent.name: path.parent
        for folder in (root() / "data" / "projects", data_dir().parent / "projects")
        for path in sorted(folder.glob("[!.]*/manifest.json"))
    }


def manifest(folder: Path | None = None) -> dict:
    """The manifest of the release in use, or of the one in a folder.

    Raises
    ------
    CourseError
        If there is no complete release in the folder.
    """
    path = (folder or data_dir()) / "manifest.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(
            f"There is no finished release in {path.parent}: make one with 'python3 course.py data --out "
            "FOLDER', or unset CATALYST_DATA to use the course's own data."
        ) from None
    except (ValueError, UnicodeDecodeError):
        raise CourseError(
            f"The manifest {path} cannot be read, so the data are not to be trusted: make them again with "
            "'python3 course.py data'."
        ) from None


def release_hash(folder: Path | None = None) -> str:
    """The first sixteen hexadecimal digits of the content hash of the release in use, or in a folder."""
    return manifest(folder)["content_hash"][:16]


def keys_dir(folder: Path | None = None) -> Path:
    """Where the key and the truth of the release in use, or of one in a folder, are built.

    It is git-ignored and never given to learners.
    """
    base = os.environ.get("CATALYST_KEYS")
    return (Path(base).expanduser().resolve() if base else root() / ".keys") / release_hash(folder)
