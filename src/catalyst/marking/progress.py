"""The record of a learner's own answers: one line for each try, in a local file that is never sent anywhere.

The file (``.progress.jsonl`` beside ``my_work``, git-ignored) is only ever added to, one whole line at a
time: two notebooks at once, a kill or a full disk can spoil no line that stands there. What a line tells is
the exercise, the verdict, when, and on which data; never the answer, and no name. Depends on ``paths``.
"""

import functools
import json
import os
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

VERSION = 1
# Each says that no learner is at work: a key is built, a grader or a test runs the notebook.
NOBODY = ("CATALYST_BUILD_KEY", "NBGRADER_EXECUTION", "PYTEST_VERSION", "PYTEST_CURRENT_TEST", "CATALYST_CI")
# Nothing to look at but a lock that another notebook holds for a thousandth of a second.
PATIENCE_SECONDS = 0.3
# On Windows a lock is on bytes, and keeps others from reading these: far behind the end of the file.
_LOCKED_BYTE = 2**30


def file() -> Path:
    """Where progress is kept: what ``CATALYST_PROGRESS`` names, or the course's own folder."""
    named = os.environ.get("CATALYST_PROGRESS")
    return Path(named).expanduser().resolve() if named else paths.root() / ".progress.jsonl"


def is_kept() -> bool:
    """Whether there is a learner whose progress is to be kept (``CATALYST_PROGRESS=off`` says no)."""
    off = os.environ.get("CATALYST_PROGRESS", "").lower() == "off"
    return not off and not any(os.environ.get(name) for name in NOBODY)


def note(exercise: str, verdict: str, mistake: str | None = None) -> None:
    """Keeps one try; where the file cannot be written it says so once, and marking goes on.

    Parameters
    ----------
    exercise : str
        The exercise's id, such as ``"t1.3"``.
    verdict : str
        The layer at which marking stopped: type, shape, value, correct or recorded.
    mistake : str, optional
        The name of the known mistake that was made.
    """
    if not is_kept():
        return
    try:
        line = {"v": VERSION, "exercise": exercise, "verdict": verdict, "at": now(), **data_version()}
        if mistake:
            line["mistake"] = mistake
        _append(file(), line)
    except (OSError, ValueError, CourseError) as problem:
        _say_once(str(file()), getattr(problem, "strerror", None) or type(problem).__name__)


def now() -> str:
    """This second, as text in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def data_version() -> dict:
    """The version of the data in use: the release's content hash, and of what world it is.

    Returns
    -------
    dict
        ``data`` (sixteen hexadecimal digits), ``seed`` and ``children``.
    """
    manifest = paths.manifest()
    asked = manifest.get("arguments") or {}
    return {
        "data": manifest["content_hash"][:16],
        "seed": asked.get("seed"),
        "children": asked.get("children"),
    }


def tries(path: Path | None = None) -> tuple[list[dict], list[str]]:
    """All tries that are kept, in their order, and what is to be said of the file.

    Parameters
    ----------
    path : Path, optional
        The file; the learner's own if not given.

    Returns
    -------
    tuple of list of dict and list of str
        A dict to a try (``exercise``, ``verdict``, ``at``, ``data`` and so on); and sentences, if any.
    """
    path = path or file()
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], []
    except OSError as problem:
        return [], [
            f"Your progress in {path} cannot be read ({problem.strerror}); nothing in it was changed."
        ]
    good, strange = [], 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        read = _read(line)
        if read is None:
            strange += 1
        elif "exercise" in read:
            good.append(read)
    said = []
    if strange:
        lines = "1 line" if strange == 1 else f"{strange} lines"
        said.append(
            f"{lines} of {path} cannot be read (damaged, or written by another version of the course); "
            "they are left as they are, and all others count."
        )
    return good, said


def owner(path: Path | None = None) -> str:
    """A random number that tells this file from other learners'; empty before the first try."""
    path = path or file()
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return ""
    return next((str(read["file"]) for line in lines if (read := _read(line)) and "file" in read), "")


def _read(line: bytes) -> dict | None:
    """One line of the file; nothing if it is damaged or of another version."""
    try:
        read = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or read.get("v") != VERSION:
        return None
    if "file" in read:
        return read
    texts = (read.get(name) for name in ("exercise", "verdict", "at", "data"))
    if not all(isinstance(text, str) and text for text in texts) or when(read["at"]) is None:
        return None
    return read


def when(text: str) -> datetime | None:
    """The moment of a try; nothing if it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _append(path: Path, line: dict) -> None:
    """Adds a line, in one write; a right answer that already stands there for these data is not repeated."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o644)
    try:
        locked = _lock(handle)
        try:
            content = _everything(handle)
            if line["verdict"] == "correct" and _is_last_word(content, line):
                return
            text = (
                b"" if content.endswith(b"\n") or not content else b"\n"
            )  # whoever was killed left half a line
            if not content:
                text += _encoded({"v": VERSION, "file": uuid.uuid4().hex})
            os.write(handle, text + _encoded(line))
        finally:
            if locked:
                _unlock(handle)
    finally:
        os.close(handle)


def _encoded(line: dict) -> bytes:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def _everything(handle: int) -> bytes:
    os.lseek(handle, 0, os.SEEK_SET)
    parts = []
    while part := os.read(handle, 2**20):
        parts.append(part)
    return b"".join(parts)


def _is_last_word(content: bytes, line: dict) -> bool:
    name = json.dumps(line["exercise"]).encode("ascii")
    for old in reversed(content.split(b"\n")):
        if name in old and (read := _read(old)) and read.get("exercise") == line["exercise"]:
            return read["verdict"] == "correct" and read["data"] == line["data"]
    return False


def _lock(handle: int) -> bool:
    """Waits a moment for other notebooks; without the lock one write of one line is whole all the same."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if fcntl:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            return True
        except OSError:
            if time.monotonic() > until:
                return False
            time.sleep(0.01)


def _unlock(handle: int) -> None:
    if fcntl:
        fcntl.flock(handle, fcntl.LOCK_UN)
    else:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)


@functools.cache
def _say_once(path: str, why: str) -> None:
    """A cached function runs once: a learner need not read this below every answer."""
    print(
        f"(Your progress cannot be kept in {path}: {why}. Marking works all the same; name another file in "
        "the variable CATALYST_PROGRESS, or set it to 'off'.)"
    )
