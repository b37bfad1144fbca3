"""The box in which handed-in code runs: bubblewrap round one kernel, and a watcher outside it.

Inside there is no network, the system can only be read, ``/tmp`` and the working folder are small and private
to the box, and of the course there is only what a notebook imports. Limits that a process sets
on itself do not hold for an administrator, so memory, processes and time are counted outside, over the
whole tree of the box's processes, and the tree is killed at once when one of them is passed. Linux only.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from catalyst import paths

WORK = "/home/student/work"
COURSE = "/opt/course/src/catalyst"
SOCKETS = "/run/box"
# What a notebook of the course imports; not the keys, the masters, the worlds or their parameters.
PARTS = ("__init__.py", "errors.py", "paths.py", "marking")
ETC = ("ld.so.cache", "localtime", "fonts", "alternatives", "ssl", "mime.types")
MEBIBYTE = 2**20
LOOK_EVERY = 0.05  # seconds; memory can grow by some hundred megabytes meanwhile
THREADS_A_PROCESS = 64

# debugpy takes a third of the kernel's start and nobody debugs in here. What every notebook of the course
# needs is imported while the submission before this one still runs.
LAUNCH = (
    "import sys; sys.modules['debugpy'] = None; import catalyst.marking.handover; "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)


@dataclass(frozen=True)
class Limits:
    """What one submission may use: seconds a cell and in all, mebibytes, processes, mebibytes of files."""

    cell_seconds: float = 60
    seconds: float = 300
    memory: int = 3000
    processes: int = 64
    files: int = 256
    output: int = 20


def why_not() -> str | None:
    """Why no box can be made on this machine, in one sentence; None where it can."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap, which keeps handed-in code apart, exists for Linux alone, not for {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (on Debian or Ubuntu: sudo apt install bubblewrap)"
    tried = subprocess.run(
        [*_wall(Limits()), "/usr/bin/env", "true"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if tried.returncode == 0:
        return None
    said = (tried.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]
    return (
        f"bubblewrap cannot make a box here ({said}): this system does not let an ordinary user make a "
        "namespace, which its administrator can allow (kernel.unprivileged_userns_clone=1, on Ubuntu an "
        "AppArmor profile for bwrap), and some containers forbid it"
    )


def _wall(limits: Limits) -> list[str]:
    """The command up to the mounts that every box has."""
    command = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    if "--disable-userns" in _bwrap_knows():
        command.append("--disable-userns")
    command += ["--uid", "1000", "--gid", "1000", "--hostname", "box", "--proc", "/proc", "--dev", "/dev"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            command += ["--ro-bind", str(path), str(path)]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ETC:
        command += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    for folder in ("/tmp", "/dev/shm", "/home/student"):
        command += ["--size", str(limits.files * MEBIBYTE), "--tmpfs", folder]
    return command


@cache
def _bwrap_knows() -> str:
    return subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=False).stdout


@cache
def _font_list() -> Path | None:
    """Matplotlib's list of fonts, which it would otherwise make anew in every box (a second each)."""
    import matplotlib
    from matplotlib import font_manager

    path = Path(matplotlib.get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"
    return path if path.is_file() else None


def _environment(home: str, source: str, python: str, temporary: str) -> dict[str, str]:
    one = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    return one | {
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "CATALYST_PROGRESS": "off",
        "PATH": os.pathsep.join([str(Path(python).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PYTHONPATH": source,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TMPDIR": temporary,
        "TZ": "UTC",
    }


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
        self.most_memory = 0
        self._deadline: float | None = None
        self._end = threading.Event()
        self._folder = Path(tempfile.mkdtemp(prefix="box-"))
        try:
            # A pipe that the watcher empties: what goes round the kernel must fill no disk and stop no one.
            self._hear, self._say = os.pipe()
            os.set_blocking(self._hear, False)
            self._heard = b""
            self._process = self._boxed(data, extras, hide) if safe else self._bare(data, extras)
        except BaseException:
            os.close(self._hear)
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            os.close(self._say)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    # --- start -------------------------------------------------------------------------------------------

    def connection(self) -> dict:
        """What the kernel reads of where to listen, and with which key messages are signed."""
        ports = {f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)}
        place = SOCKETS if self.safe else str(self._folder)
        sign = {"key": self.key, "signature_scheme": "hmac-sha256", "kernel_name": "python3"}
        return {"transport": "ipc", "ip": f"{place}/k", **ports, **sign}

    def _kernel(self, python: str, connection: str) -> list[str]:
        quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
        return [python, "-c", LAUNCH, "-f", connection, *quiet]

    def _boxed(self, data: Path | None, extras: list[Path], hide: list[Path]) -> subprocess.Popen:
        read, write = os.pipe()
        told, tell = os.pipe()
        os.write(write, json.dumps(self.connection()).encode())
        os.close(write)
        command = [*_wall(self.limits), "--size", str(4 * MEBIBYTE), "--tmpfs", SOCKETS]
        for folder in dict.fromkeys((sys.base_prefix, sys.prefix)):
            if not Path(folder).resolve().is_relative_to("/usr"):
                command += ["--ro-bind", folder, folder]
        for folder in hide:
            if any(
                folder.resolve().is_relative_to(Path(top).resolve())
                for top in (sys.base_prefix, sys.prefix, "/usr")
            ):
                command += ["--tmpfs", str(folder.resolve())]
        for part in PARTS:
            command += ["--ro-bind", str(paths.root() / "src" / "catalyst" / part), f"{COURSE}/{part}"]
        fonts = _font_list()
        if fonts:
            command += ["--ro-bind", str(fonts), f"/home/student/.cache/matplotlib/{fonts.name}"]
        command += ["--dir", WORK]
        for extra in extras:
            command += ["--ro-bind", str(extra), f"{WORK}/{extra.name}"]
        if data is not None:
            command += ["--ro-bind", str(data), f"{WORK}/data"]
        command += ["--ro-bind-data", str(read), "/run/kernel.json", "--chdir", WORK, "--clearenv"]
        for name, value in _environment(
            "/home/student", str(Path(COURSE).parent), sys.executable, "/tmp"
        ).items():
            command += ["--setenv", name, value]
        command += ["--info-fd", str(tell)]
        try:
            process = subprocess.Popen(
                [*command, *self._kernel(sys.executable, "/run/kernel.json")],
                pass_fds=(read, tell),
                stdin=subprocess.DEVNULL,
                stdout=self._say,
                stderr=self._say,
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
        variables = _environment(
            str(self._folder), str(paths.root() / "src"), sys.executable, str(self._folder)
        )
        return subprocess.Popen(
            self._kernel(sys.executable, str(connection)),
            cwd=work,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=self._say,
            stderr=self._say,
            start_new_session=True,
        )

    def socket(self, number: int) -> Path:
        """The path, outside the box, of one of the kernel's sockets (1 shell, 2 output, 4 control)."""
        if not self.safe:
            return self._folder / f"k-{number}"
        return Path(f"/proc/{self._inside}/root{SOCKETS}/k-{number}")

    # --- watch -------------------------------------------------------------------------------------------

    def begin(self, seconds: float | None = None) -> None:
        """From now on the submission's own time counts: ``seconds``, or as many as its limits say."""
        self._deadline = time.monotonic() + (self.limits.seconds if seconds is None else seconds)

    def alive(self) -> bool:
        return self.stopped is None and self._process.poll() is None

    def _watch(self) -> None:
        while not self._end.wait(LOOK_EVERY):
            self._listen()
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
        memory = count = threads = 0
        try:
            tree = [psutil.Process(self._process.pid)]
            tree += tree[0].children(recursive=True)
        except psutil.Error:
            return None
        for process in tree:
            with contextlib.suppress(psutil.Error):
                used = process.memory_info()
                memory += used.rss - getattr(used, "shared", 0)
                threads += process.num_threads()
                count += 1
        self.most_memory = max(self.most_memory, memory // MEBIBYTE)
        if count > self.limits.processes + 2 or threads > THREADS_A_PROCESS * self.limits.processes:
            return "processes"
        if memory > self.limits.memory * MEBIBYTE:
            return "memory"
        return None

    def stop(self, reason: str) -> None:
        """Kill everything in the box. The end of its first process is the end of all, by the system's own "
        "rule."""
        self.stopped = self.stopped or reason
        victims = []
        with contextlib.suppress(psutil.Error):
            victims = psutil.Process(self._process.pid).children(recursive=True)
        for pid in filter(None, [self._inside, self._process.pid]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not self.safe:
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
        with contextlib.suppress(OSError):
            os.close(self._hear)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._heard = (self._heard + os.read(self._hear, MEBIBYTE))[-2000:]

    def said(self) -> str:
        """The last line that came out of the box itself, for whoever must find out why it did not start."""
        self._listen()
        lines = self._heard.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"
