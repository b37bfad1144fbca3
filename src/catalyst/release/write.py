"""Writes a release to a folder, whole or not at all.

Everything grows in a hidden folder beside the wanted one, and takes the wanted name in one step at the
end; finished parts stay there when a run is stopped. A lock held by the operating system, so that no killed
run can leave it behind, keeps two runs apart. Depends on nothing.
"""

import errno
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from catalyst.errors import CourseError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

Told = TypeVar("Told")


def parquet(table: pa.Table, level: int = 9) -> bytes:
    """A table as a Parquet file: zstd of some level, one row group in the table's own order."""
    buffer = BytesIO()
    pq.write_table(
        table,
        buffer,
        compression="zstd",
        compression_level=level,
        row_group_size=max(table.num_rows, 1),
        use_dictionary=True,
        write_statistics=False,
    )
    return buffer.getvalue()


def csv(table: pa.Table) -> bytes:
    """A table as a CSV file: ISO dates, text in quotes, nothing where nothing is recorded."""
    plain = [f.with_type(pa.string()) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    buffer = BytesIO()
    arrow_csv.write_csv(table.cast(pa.schema(plain)), buffer)
    return buffer.getvalue()


def atomic(path: Path, content: bytes) -> None:
    """Writes one file, whole or not at all; several processes may write the same one.

    Raises
    ------
    OSError
        As the system says; the file is not there then, or as it was.
    """
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def finished(out: Path, kind: str, read: Callable[[dict], Told]) -> Told | None:
    """What the manifest of a finished folder tells; None if the folder is free.

    Parameters
    ----------
    out : the folder, which may not exist or be empty
    kind : what should be in it, in one word
    read : takes what is needed from the manifest; what it lacks may raise

    Raises
    ------
    CourseError
        If a file stands there, or anything that is not finished.
    """
    if not out.exists():
        return None
    if not out.is_dir():
        article = "an" if kind[0] in "aeiou" else "a"
        raise CourseError(
            f"{out} is a file, and {article} {kind} needs a folder: choose another name with --out."
        )
    try:
        if not any(out.iterdir()):
            return None
        return read(json.loads((out / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(
            f"{out} is not empty and holds no finished {kind}: choose another folder with --out, "
            "or empty it first."
        ) from None


def workspace(out: Path) -> Path:
    """The hidden folder beside ``out`` in which it grows."""
    return out.parent / f".{out.name}.partial"


def put(made: Path, out: Path) -> None:
    """Gives a finished folder its name in one step; an empty folder of that name may stand there."""
    with plainly(out):
        if out.is_dir():
            out.rmdir()
        os.replace(made, out)


def folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Writes files into a new folder, all or none.

    Parameters
    ----------
    out : the folder to make; an empty one may stand there
    files : contents by name; a name may lead through folders, with slashes

    Raises
    ------
    CourseError
        If the disk is full or the place cannot be written to; nothing is left behind.
    """
    made = workspace(out)
    with plainly(out):
        shutil.rmtree(made, ignore_errors=True)  # what a killed run left: the lock says that it is nobody's
        try:
            for name, content in files.items():
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                atomic(made / name, content)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    put(made, out)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Holds the only right to make ``out`` while the block runs.

    Raises
    ------
    CourseError
        If another run holds it, or the folder above cannot be made or written to.
    """
    path = out.parent / f".{out.name}.lock"
    with plainly(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        file = open(path, "a+b")  # noqa: SIM115 - closed below, after the lock is given up
    if not _try_lock(file, path):
        file.close()
        raise CourseError(f"Another run is making {out} at this moment: wait for it to end, then try again.")
    try:
        yield
    finally:
        if fcntl:  # elsewhere an open file cannot be removed
            path.unlink(missing_ok=True)
        file.close()
        if not fcntl:
            with suppress(OSError):  # the next run may hold it already
                path.unlink(missing_ok=True)


def _try_lock(file, path: Path) -> bool:
    try:
        if not fcntl:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            return True
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The holder before us removed the file it held: a lock on what has no name any more keeps nobody out.
        return os.fstat(file.fileno()).st_ino == path.stat().st_ino
    except OSError:
        return False


@contextmanager
def plainly(out: Path) -> Iterator[None]:
    """Says in one sentence what the operating system refused.

    Raises
    ------
    CourseError
        In the place of any OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            why = "the disk is full: free some space and run it again, or choose another folder with --out"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            why = "this place may not be written to: choose another folder with --out"
        elif error.errno in (errno.ENOTDIR, errno.EEXIST):
            why = "a file stands where a folder is needed: choose another folder with --out"
        else:
            why = f"{error.strerror or error} (choose another folder with --out)"
        raise CourseError(f"Nothing was written to {out}: {why}.") from None
