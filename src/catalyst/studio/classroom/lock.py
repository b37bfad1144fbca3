"""One command at a time in a course folder: marking it, enrolling somebody, giving more time.

Depends on nothing but the system, which drops the lock however the command that holds it ends.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from catalyst.errors import CourseError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keeps every other command out of a course folder while the block runs.

    Parameters
    ----------
    root : Path
        The course folder; it must be there.

    Raises
    ------
    CourseError
        If another command is at work in it, or it may not be written to.
    """
    path = root / "instructor" / "marking" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b")
    except OSError as error:
        raise CourseError(
            f"{root} may not be written to ({error.strerror or error}): work on a copy of it; nothing was "
            "changed."
        ) from None
    with file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            raise CourseError(
                f"{root} is being marked or changed just now by another command: wait until that has "
                "finished, then give this one again; nothing was changed."
            ) from None
        yield
