"""What stands round a kernel in its box: bubblewrap's command, what can be seen inside, and the environment.

Depends on nothing but the course's own folders. Linux only.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from catalyst import paths

WORK = "/home/student/work"
COURSE = "/opt/course/src/catalyst"
SOCKETS = "/run/box"
# What a notebook of the course imports; not the keys, the masters, the worlds or their parameters.
PARTS = ("__init__.py", "errors.py", "paths.py", "marking")
ETC = ("ld.so.cache", "localtime", "fonts", "alternatives", "ssl", "mime.types")
MEBIBYTE = 2**20

# debugpy takes a third of the kernel's start and nobody debugs in here. What every notebook of the course
# needs is imported while the submission before this one still runs.
LAUNCH = (
    "import sys; sys.modules['debugpy'] = None; import catalyst.marking.handover; "
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"
)


def why_not() -> str | None:
    """Why no box can be made on this machine, in one sentence; None where it can."""
    if not sys.platform.startswith("linux"):
        return f"bubblewrap, which keeps handed-in code apart, exists for Linux alone, not for {sys.platform}"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (on Debian or Ubuntu: sudo apt install bubblewrap)"
    tried = subprocess.run(
        [*_wall(MEBIBYTE), "/usr/bin/env", "true"],
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


def _wall(files: int) -> list[str]:
    """The command up to the mounts that every box has; ``files`` is how many bytes fit into a folder."""
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
        command += ["--size", str(files), "--tmpfs", folder]
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


def environment(home: str, source: str, temporary: str) -> dict[str, str]:
    """The variables of the kernel: nothing of the environment of whoever marks."""
    one = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
    )
    return one | {
        "HOME": home,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "CATALYST_PROGRESS": "off",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "PYTHONPATH": source,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "TMPDIR": temporary,
        "TZ": "UTC",
    }


def kernel(connection: str) -> list[str]:
    """The command of the kernel, which reads in a file where to listen."""
    quiet = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
    return [sys.executable, "-c", LAUNCH, "-f", connection, *quiet]


def boxed(
    files: int, data: Path | None, extras: list[Path], hide: list[Path], read: int, tell: int
) -> list[str]:
    """The command of a kernel with its box.

    Parameters
    ----------
    files : int
        Bytes of files that fit into each of its own folders.
    data, extras, hide
        As ``Box`` has them.
    read, tell : int
        File descriptors: from which the kernel reads where to listen, and to which bubblewrap tells its
        process.
    """
    command = [*_wall(files), "--size", str(4 * MEBIBYTE), "--tmpfs", SOCKETS]
    tops = dict.fromkeys((sys.base_prefix, sys.prefix))
    for folder in tops:
        if not Path(folder).resolve().is_relative_to("/usr"):
            command += ["--ro-bind", folder, folder]
    for folder in hide:
        if any(folder.resolve().is_relative_to(Path(top).resolve()) for top in (*tops, "/usr")):
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
    for name, value in environment("/home/student", str(Path(COURSE).parent), "/tmp").items():
        command += ["--setenv", name, value]
    return [*command, "--info-fd", str(tell), *kernel("/run/kernel.json")]
