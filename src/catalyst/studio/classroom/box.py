"""The box in which handed-in code runs: bubblewrap round one kernel, and a watcher outside it.

Inside there is no network, the system can only be read, ``/tmp`` and the working folder are small and private
to the box, and of the course there is only what a notebook imports. Limits that a process sets
on itself do not hold for an administrator, so memory, processes and time are counted outside, over all of
the box's processes, and they are killed at once when one of them is passed.
Linux only. Depends on ``walls`` and ``watch``.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psutil

from catalyst import paths
from catalyst.studio.classroom import walls
from catalyst.studio.classroom.watch import Limits, Use, of_box, of_tree

LOOK_EVERY = 0.05  # seconds; memory can grow by some hundred megabytes meanwhile


class Ear:
    """The end of a pipe into which a box speaks: emptied again and again, so that it fills no disk and stops
    no one, and the last words are kept.
    """

    def __init__(self):
        self._hear, self.say = os.pipe()
        os.set_blocking(self._hear, False)
        self._heard = b""

    def listen(self) -> None:
        """Take in what has been said."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._heard = (self._heard + os.read(self._hear, walls.MEBIBYTE))[-2000:]

    def last_line(self) -> str:
        """The last line that was said, for whoever must find out why a box did not start."""
        self.listen()
        lines = self._heard.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._hear)


class Box:
    """One kernel with its files, started at once and not waited for.

    Parameters
    ----------
    data : Path or None
        The student's folder ``data``, to be read and not changed.
    extras : list of Path
        Other files and folders handed in, placed beside the notebook, to be read and not changed.
    limits : Limits
    hide : list of Path
        Folders that must not be seen inside, wherever they lie (the course folder).
    safe : bool
        Whether bubblewrap stands round it; without, only the watcher does.
    """

    def __init__(
        self, data: Path | None, extras: list[Path], limits: Limits, hide: list[Path], safe: bool = True
    ):
        self.limits, self.safe = limits, safe
        self.key = uuid.uuid4().hex
        self.stopped: str | None = None  # "memory", "processes", "time" or "ended"
        self.most_memory, self.processor = 0, 0.0  # mebibytes; seconds, until somebody last looked
        self._deadline: float | None = None
        self._end = threading.Event()
        self._folder, self._ear = Path(tempfile.mkdtemp(prefix="box-")), Ear()
        try:
            self._process = self._boxed(data, extras, hide) if safe else self._bare(data, extras)
        except BaseException:
            self._ear.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            os.close(self._ear.say)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    # --- start -------------------------------------------------------------------------------------------

    def connection(self) -> dict:
        """What the kernel reads of where to listen, and with which key messages are signed."""
        ports = {f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)}
        place = walls.SOCKETS if self.safe else str(self._folder)
        sign = {"key": self.key, "signature_scheme": "hmac-sha256", "kernel_name": "python3"}
        return {"transport": "ipc", "ip": f"{place}/k", **ports, **sign}

    def _boxed(self, data: Path | None, extras: list[Path], hide: list[Path]) -> subprocess.Popen:
        read, write = os.pipe()
        told, tell = os.pipe()
        os.write(write, json.dumps(self.connection()).encode())
        os.close(write)
        files = self.limits.files * walls.MEBIBYTE
        try:
            process = subprocess.Popen(
                walls.boxed(files, data, extras, hide, read, tell),
                pass_fds=(read, tell),
                stdin=subprocess.DEVNULL,
                stdout=self._ear.say,
                stderr=self._ear.say,
                start_new_session=True,
            )
        finally:
            os.close(read)
            os.close(tell)
        with os.fdopen(told, "rb") as file:
            said = file.read()
        self._inside = json.loads(said)["child-pid"] if said else None
        return process

    def _bare(self, data: Path | None, extras: list[Path]) -> subprocess.Popen:
        work = self._folder / "work"
        work.mkdir()
        for extra in extras:
            (shutil.copytree if extra.is_dir() else shutil.copyfile)(extra, work / extra.name)
        if data is not None:
            shutil.copytree(data, work / "data")
        connection = self._folder / "kernel.json"
        connection.write_text(json.dumps(self.connection()), encoding="utf-8")
        self._inside = None
        variables = walls.environment(str(self._folder), str(paths.root() / "src"), str(self._folder))
        return subprocess.Popen(
            walls.kernel(str(connection)),
            cwd=work,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=self._ear.say,
            stderr=self._ear.say,
            start_new_session=True,
        )

    def socket(self, number: int) -> Path:
        """The path, outside the box, of one of the kernel's sockets (1 shell, 2 output, 4 control)."""
        if not self.safe:
            return self._folder / f"k-{number}"
        return Path(f"/proc/{self._inside}/root{walls.SOCKETS}/k-{number}")

    # --- watch -------------------------------------------------------------------------------------------

    def begin(self, seconds: float | None = None) -> None:
        """From now on the submission's own time counts: ``seconds``, or as many as its limits say."""
        self._deadline = time.monotonic() + (self.limits.seconds if seconds is None else seconds)

    def alive(self) -> bool:
        return self.stopped is None and self._process.poll() is None

    def _watch(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            self._ear.listen()
            if self._process.poll() is not None:
                self.stopped = self.stopped or "ended"
                return
            reason = self._passed()
            if reason:
                self.stop(reason)
                return

    def _passed(self) -> str | None:
        """Which limit the whole tree of processes has passed."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            return "time"
        use = self.look()
        return self.limits.passed(use) if use else None

    def look(self) -> Use | None:
        """What all processes in the box use at this moment; the most of it is kept."""
        use = of_box(self._inside) if self.safe else of_tree(self._process.pid)
        if use is not None:
            self.most_memory = max(self.most_memory, use.memory // walls.MEBIBYTE)
            self.processor = max(self.processor, use.processor)
        return use

    def stop(self, reason: str) -> None:
        """Kill everything in the box: by the system's rule the end of its first process is that of all."""
        self.stopped = self.stopped or reason
        victims = []
        if not self.safe:
            with contextlib.suppress(psutil.Error):
                victims = psutil.Process(self._process.pid).children(recursive=True)
        # One that has ended may have left its number to a stranger.
        running = [self._inside, self._process.pid] if self._process.poll() is None else []
        for pid in filter(None, running):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for victim in victims:
            with contextlib.suppress(psutil.Error):
                victim.kill()

    def close(self) -> None:
        """End the box and take its traces away; it may be called more than once."""
        self._end.set()
        self.stop("ended")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=10)
        if threading.current_thread() is not self._watcher:
            self._watcher.join(timeout=5)
        self._ear.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def said(self) -> str:
        """The last line that came out of the box itself."""
        return self._ear.last_line()
