"""What is wrong with this machine's set-up, in plain words; it never raises, whatever it meets.

Standard library alone, and syntax that an old Python can read: the notebook ``check_my_set_up.ipynb`` must be
able to say that its Python is too old. Depends on nothing.
"""

import importlib
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

PYTHONS = ((3, 11), (3, 14))  # from the first up to before the second
NEEDED_BYTES = 500_000_000  # for a release of another seed, the built book and notebooks
# Windows refuses longer paths unless it has been told otherwise.
LONGEST_WINDOWS_PATH = 259
# The longest path that the course makes below its folder, in .venv.
OWN_LONGEST = 170
# A table in Parquet begins and ends with these bytes: half a download does not.
PARQUET = b"PAR1"


class Report:
    """What was looked at: a list of (fine, what, words); ``fine`` is False where something must be done."""

    def __init__(self, found):
        self.found = found

    @property
    def fine(self):
        """Whether nothing has to be done."""
        return all(fine for fine, _, _ in self.found)

    def __str__(self):
        lines = ["{}  {}: {}".format("ok      " if fine else "PLEASE  ", *rest) for fine, *rest in self.found]
        count = sum(not fine for fine, _, _ in self.found)
        if not count:
            return "\n".join([*lines, "", "Everything is as it should be."])
        words = "One thing needs" if count == 1 else f"{count} things need"
        return "\n".join([*lines, "", words + " to be done: see the lines that begin with PLEASE."])

    __repr__ = __str__


def look(root=None):
    """Looks at everything, one thing after the other.

    Parameters
    ----------
    root : Path, optional
        The course's folder; the one that this file is in if not given.

    Returns
    -------
    Report
        What was found; a thing that could not be looked at is told as such.
    """
    root = Path(root) if root else Path(__file__).resolve().parents[2]
    found = []
    for what, question in QUESTIONS:
        try:
            fine, words = question(root)
        except Exception as problem:
            why = str(problem)[:200] or type(problem).__name__
            fine, words = False, f"this could not be looked at: {why}."
        found.append((fine, what, words))
    return Report(found)


def python(root, version=None):
    """Whether this Python is one that the course runs on."""
    version = tuple(version or sys.version_info[:2])
    said = ".".join(map(str, version))
    if PYTHONS[0] <= version < PYTHONS[1]:
        return True, "it is " + said + "."
    return False, (
        "it is "
        + said
        + ", and the course runs on 3.11, 3.12 and 3.13. Install one of these from python.org, "
        "then give 'python3 course.py lab' (on Windows 'py course.py lab') and choose its kernel."
    )


def kernel(root, prefix=None):
    """Whether what runs this is the course's own environment."""
    prefix, own = Path(prefix or sys.prefix), root / ".venv"
    if own.is_dir() and prefix.resolve() == own.resolve():
        return True, "it is the course's own environment, .venv."
    absent = _packages(root)[0]
    if not absent:
        return True, f"it is not the course's own .venv but {prefix}, which has every package."
    if own.is_dir():
        return False, (
            f"this runs in {prefix}, not in the course's own .venv. In JupyterLab choose Kernel, Change "
            "Kernel, "
            "Python 3; in another editor choose the interpreter in .venv; or start with 'python3 "
            "course.py lab'."
        )
    return False, (
        "the course's own environment has not been made yet: give 'python3 course.py lab' in a terminal, "
        "in the "
        f"folder {root}."
    )


def packages(root):
    """Whether every pinned package is there, in the pinned version."""
    absent, others = _packages(root)
    if absent:
        return (
            False,
            f"missing: {_some(absent)}. Give 'python3 course.py lab', which installs what is pinned.",
        )
    if others:
        return False, (
            f"other versions than the pinned ones: {_some(others)}. Numbers may differ from the book's; "
            "delete the folder "
            ".venv and give 'python3 course.py lab' to have the pinned ones."
        )
    return True, "all are there, in the versions that are pinned."


def data(root):
    """Whether the data in use are there, and no file is cut off."""
    named = os.environ.get("CATALYST_DATA")
    folder = Path(named).expanduser() if named else root / "data" / "synthetic"
    where = "{}{}".format(folder, " (named in CATALYST_DATA)" if named else "")
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        tables = manifest["tables"]
    except FileNotFoundError:
        return False, (
            f"there are none in {where}. Fetch the course again, or give 'python3 course.py data'; where "
            "CATALYST_DATA "
            "names another folder, unset it to use the course's own."
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False, f"the manifest in {where} cannot be read: fetch the course again."
    missing = [name for name in tables if not _files(folder, name)]
    if missing:
        return False, f"tables are missing in {where}: {_some(missing)}. Fetch the course again."
    broken = [name for name in tables if not all(_whole(path) for path in _files(folder, name))]
    if broken:
        return False, (
            f"files are cut off or damaged in {where}: {_some(broken)}. Fetch the course again (a "
            "download that was stopped, or "
            "Git without large files, leaves such files), or give 'python3 course.py data'."
        )
    return True, "{} tables in {}, version {}.".format(
        len(tables), where, str(manifest.get("content_hash", "unknown"))[:8]
    )


def answers(root):
    """Whether exercises can be marked on the data in use."""
    base = os.environ.get("CATALYST_KEYS")
    keys = Path(base).expanduser() if base else root / ".keys"
    named = os.environ.get("CATALYST_DATA")
    folder = Path(named).expanduser() if named else root / "data" / "synthetic"
    try:
        version = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["content_hash"][:16]
    except (OSError, ValueError, KeyError, TypeError):
        return False, "they need the data: see the line above."
    if (folder / "assigned.json").is_file() or any((keys / version).glob("[a-z]*.json")):
        return True, "exercises can be marked on these data."
    return False, (
        "the answers for these data have not been worked out yet: give 'python3 course.py exercises' (a "
        "minute "
        "or two, once)."
    )


def space(root, free=None):
    """Whether the disk has room."""
    free = shutil.disk_usage(str(root)).free if free is None else free
    said = f"{free / 1e9:.1f} GB are free"
    if free >= NEEDED_BYTES:
        return True, said + "."
    return False, said + f", and the course needs {NEEDED_BYTES / 1e9:.1f} GB to work in: make room."


def writing(root):
    """Whether the learner's own work, and the record of what is done, can be kept."""
    for folder in (root, root / "my_work"):
        if not folder.is_dir():
            continue
        try:
            with tempfile.NamedTemporaryFile(dir=str(folder)):
                pass
        except OSError as problem:
            return False, (
                f"{folder} may not be written to ({problem.strerror or problem}). Copy the course to a "
                "folder of your own, for example Documents; "
                "a shared or a read-only folder will not do."
            )
    if "onedrive" in str(root).lower() or "dropbox" in str(root).lower():
        return False, (
            f"{root} is in a folder that is copied to a cloud while you work, which locks files and is "
            "slow. Move the "
            "course out of it."
        )
    return True, f"your work can be kept in {root}."


def long_paths(root, windows=None, allowed=None):
    """Whether Windows will refuse the course's longest path."""
    windows = os.name == "nt" if windows is None else windows
    if not windows:
        return True, "no matter on this system."
    longest = len(str(root)) + 1 + OWN_LONGEST
    if longest <= LONGEST_WINDOWS_PATH:
        return True, "the folder's path is short enough for Windows."
    allowed = _long_paths_allowed() if allowed is None else allowed
    if allowed:
        return True, "the folder's path is long, and this Windows allows that."
    return False, (
        f"{root} is {len(str(root))} characters long; with it some of the course's files go beyond what "
        f"Windows takes ({LONGEST_WINDOWS_PATH}). Move "
        "the course to a shorter path, for example C:\\course."
    )


QUESTIONS = (
    ("Python", python),
    ("Kernel", kernel),
    ("Packages", packages),
    ("Data", data),
    ("Answers", answers),
    ("Disk space", space),
    ("Writing", writing),
    ("Long paths", long_paths),
)


def _packages(root):
    """Pinned packages that are absent, and those of another version, as words."""
    try:
        metadata = importlib.import_module("importlib.metadata")
    except ImportError:  # a Python older than 3.8
        raise LookupError("this Python is too old to say") from None
    absent, others = [], []
    for line in (root / "requirements.txt").read_text(encoding="utf-8").splitlines():
        pin, _, marker = line.partition(";")
        name, _, version = pin.strip().partition("==")
        if not version or (marker.strip() and not _applies(marker.strip())):
            continue
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            absent.append(name)
            continue
        if there != version:
            others.append(f"{name} {there} (pinned {version})")
    return absent, others


def _applies(marker):
    """Whether a line of the pins is meant for this machine; unknown counts as no."""
    try:
        return importlib.import_module("packaging.markers").Marker(marker).evaluate()
    except Exception:
        return False


def _files(folder, name):
    """The files of a table: one, or one for each part."""
    return [
        path for path in (folder / (name + end) for end in (".parquet", ".csv")) if path.is_file()
    ] or sorted((folder / name).glob("*.parquet"))


def _whole(path):
    if path.suffix != ".parquet":
        return path.stat().st_size > 0
    with path.open("rb") as file:
        begin = file.read(4)
        file.seek(-min(4, path.stat().st_size), os.SEEK_END)
        return begin == PARQUET and file.read(4) == PARQUET


def _long_paths_allowed():
    try:
        registry = importlib.import_module("winreg")
        place = "SYSTEM\\CurrentControlSet\\Control\\FileSystem"
        with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, place) as entry:
            return bool(registry.QueryValueEx(entry, "LongPathsEnabled")[0])
    except Exception:
        return False


def _some(names, most=6):
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
