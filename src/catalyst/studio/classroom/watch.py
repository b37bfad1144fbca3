"""What all processes of a box use together, counted from outside, and which limit that passes.

Limits that a process sets on itself do not hold for an administrator, so nothing inside is asked. A box has
process numbers of its own, and its ``/proc`` lists them all; where there is no box, the tree of children is
walked, which takes some milliseconds a look, as the whole machine's processes are read for it.
Depends on psutil.
"""

import contextlib
import os
from dataclasses import dataclass

import psutil

from catalyst.studio.classroom.walls import MEBIBYTE

THREADS_A_PROCESS = 64
if hasattr(os, "sysconf"):
    PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds a cell and in all, mebibytes, processes, mebibytes of files."""

    cell_seconds: float = 60
    seconds: float = 300
    memory: int = 3000
    processes: int = 64
    files: int = 256
    output: int = 20

    def passed(self, use: "Use") -> str | None:
        """The limit that this use is beyond: "processes" or "memory"; None if neither."""
        if use.processes > self.processes or use.threads > THREADS_A_PROCESS * self.processes:
            return "processes"
        return "memory" if use.memory > self.memory * MEBIBYTE else None


@dataclass(frozen=True)
class Use:
    """Bytes that belong to the processes alone, how many processes there are, their threads, and the
    processor seconds that they and those that ended below them have had.
    """

    memory: int = 0
    processes: int = 0
    threads: int = 0
    processor: float = 0.0


def of_box(first: int) -> Use | None:
    """What the processes in a box use.

    Parameters
    ----------
    first : int
        The number, outside the box, of its first process: bubblewrap's own, which is not counted.

    Returns
    -------
    Use or None
        None while the box is being put up, when nothing that was handed in runs yet, and when it has ended.
    """
    place = f"/proc/{first}/root/proc"
    try:
        # Until bubblewrap has put its own in place, this is the /proc of the whole machine.
        if os.stat(place).st_dev == os.stat("/proc").st_dev:
            return None
        numbers = [name for name in os.listdir(place) if name.isdigit() and name != "1"]
    except OSError:
        return None
    memory = threads = ticks = 0
    for number in numbers:
        with contextlib.suppress(OSError, ValueError, IndexError):  # a process may end while it is looked at
            pages = _read(f"{place}/{number}/statm").split()
            # The name of the program stands in brackets and may hold anything, brackets too.
            state = _read(f"{place}/{number}/stat").rpartition(b")")[2].split()
            threads += int(state[17])
            ticks += sum(map(int, state[11:15]))
            memory += (int(pages[1]) - int(pages[2])) * PAGE
    return Use(memory, len(numbers), threads, ticks / TICKS)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()


def of_tree(first: int) -> Use | None:
    """What a process and all below it use; None when it has ended."""
    memory = count = threads = processor = 0
    try:
        tree = [psutil.Process(first)]
        tree += tree[0].children(recursive=True)
    except psutil.Error:
        return None
    for process in tree:
        with contextlib.suppress(psutil.Error):
            used = process.memory_info()
            memory += used.rss - getattr(used, "shared", 0)
            threads += process.num_threads()
            processor += sum(process.cpu_times()[:4])
            count += 1
    return Use(memory, count, threads, processor)
