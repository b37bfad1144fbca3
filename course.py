#!/usr/bin/env python3
"""The course's one front door: makes .venv from requirements.txt, then runs a command in it.

    python3 course.py --help

Standard library only. It must also parse on old Pythons, so that they can be refused in one sentence:
no syntax newer than 3.6 here.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

OLDEST = (3, 11)
NEWEST = (3, 13)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements.txt"
WHEELS = ROOT / "wheels"  # only where the course was packed for a machine without a network
WHEELS_LIST = ROOT / "wheels.txt"
NEEDED_BYTES = 2 * 1000**3  # the environment takes about half of this; pip unpacks beside it

NO_SPACE = re.compile(
    r"no space left|errno 28|not enough space on the disk|winerror 112|disk quota exceeded", re.I
)
NO_TRUST = re.compile(r"certificate.verify.failed|sslcertverification", re.I)
NO_INDEX = re.compile(
    r"failed to establish a new connection|newconnectionerror|connection refused|connection reset"
    r"|name resolution|getaddrinfo failed|name or service not known|nodename nor servname"
    r"|network is unreachable|no route to host|max retries exceeded|read timed out|connecttimeout"
    r"|proxyerror|cannot connect to proxy|connection (was )?broken",
    re.I,
)
NOT_WHOLE = re.compile(r"do not match the hashes", re.I)
NOT_THERE = re.compile(r"no matching distribution found for (\S+)", re.I)
NO_VENV_MODULE = (
    "This Python lacks what makes virtual environments: install it (on Debian or Ubuntu "
    "'sudo apt install python{}.{}-venv') and run the same command again."
).format(*sys.version_info[:2])


class Refusal(Exception):
    """One sentence for the person at the keyboard, who can mend what it names."""


def check_python(version=None):
    """Refuses a Python that the pinned packages are not made for."""
    version = tuple(sys.version_info[:2]) if version is None else version
    if OLDEST <= version <= NEWEST:
        return
    oldest, newest, this = (f"{major}.{minor}" for major, minor in (OLDEST, NEWEST, version))
    raise Refusal(
        f"The course needs Python {oldest} to {newest}, and this is {this}: run it with one of those, "
        f"for example 'python{newest} course.py', or on Windows 'py -{newest} course.py'."
    )


def check_venv_module():
    """Refuses a Python without the parts that make an environment, which Debian and Ubuntu ship apart."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    raise Refusal(NO_VENV_MODULE)


def check_space():
    """Refuses to start an installation that the disk cannot hold."""
    free = shutil.disk_usage(str(ROOT)).free
    if free < NEEDED_BYTES:
        raise Refusal(
            f"There is not enough disk space: setting up the course needs about {NEEDED_BYTES / 1e9:.1f} GB "
            f"and {ROOT} has {free / 1e9:.1f} GB free; make room and run the same command again."
        )


def wanted_stamp():
    """What the environment is made from: the pins, the Python, and its place (scripts name their folder)."""
    parts = [REQUIREMENTS.read_bytes(), "{}.{}".format(*sys.version_info[:2]).encode(), str(VENV).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_current():
    """Whether .venv was finished, from these pins, with this Python."""
    try:
        return (VENV / "catalyst-stamp").read_text(encoding="ascii").strip() == wanted_stamp()
    except (OSError, UnicodeDecodeError):
        return False


def venv_path(name):
    """A folder of the environment: "scripts" (its commands) or "purelib" (its packages)."""
    return Path(sysconfig.get_path(name, "venv", vars={"base": str(VENV), "platbase": str(VENV)}))


def venv_python():
    return venv_path("scripts") / ("python.exe" if os.name == "nt" else "python")


def remove(folder):
    """Takes a whole folder away, files marked read-only too (Windows refuses those at first)."""

    def once_more(function, path, _):
        os.chmod(path, stat.S_IWRITE)
        function(path)

    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(str(folder), onerror=once_more)


def packages():
    """What pip is to install, and from where: the wheels that came with the course, if any, else an index.

    Raises Refusal if the wheels are for another Python or another system.
    """
    if not (WHEELS.is_dir() and WHEELS_LIST.is_file()):
        return ["-r", str(REQUIREMENTS)]
    with open(str(WHEELS_LIST), encoding="utf-8") as lines:
        made_for = re.match(r"# for Python (\d+\.\d+) on (\w+): (.*)", lines.readline())
    this = "{}.{}".format(*sys.version_info[:2])
    if made_for and made_for.group(1, 2) != (this, sys.platform):
        raise Refusal(
            f"The wheels that came with the course are for Python {made_for.group(1)} on {made_for.group(3)} "
            f"and this is Python {this} on {sys.platform}: use that Python, have a zip made for this one, or "
            "rename the folder 'wheels' to use a package index."
        )
    return ["--no-index", "--find-links", str(WHEELS), "--require-hashes", "-r", str(WHEELS_LIST)]


class Lock:
    """One command at a time makes .venv; the system drops the lock when the process ends, however it ends."""

    def __enter__(self):
        self.file = open(str(VENV) + ".lock", "a")
        try:
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise Refusal(
                "Another command is making .venv just now: wait until it has finished and run this one again."
            ) from None
        return self

    def __exit__(self, *_):
        self.file.close()


def make_venv():
    """Makes .venv anew; the stamp is written last, so half an installation is never taken for a whole one."""
    check_venv_module()
    if VENV.is_symlink() or (VENV.exists() and not VENV.is_dir()):
        raise Refusal(
            f"{VENV} is not a folder of the course's own: move it away and run the same command again."
        )
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Refusal(
            "The environment must be made again, which the Python inside it cannot do: run 'deactivate' "
            "(or open a new terminal) and then the same command with your own Python."
        )
    wanted = packages()
    with Lock():
        if is_current():
            return
        remove(VENV)
        check_space()
        print(
            "Setting up the course's own Python environment in .venv: about 1 GB, some minutes, this once.",
            file=sys.stderr,
            flush=True,
        )
        run_logged([sys.executable, "-m", "venv", str(VENV)])
        # Puts the package on the path of notebooks' kernels too; relative, so plain ASCII.
        source = os.path.relpath(str(ROOT / "src"), str(venv_path("purelib")))
        (venv_path("purelib") / "catalyst_course.pth").write_text(source + "\n", encoding="ascii")
        pip = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        options = ["--no-compile", "--progress-bar", "off", "--no-warn-script-location"]
        run_logged([*pip, *options, *wanted])
        # On all cores, where pip would use one. A file that cannot be compiled is told when it is imported.
        compiling = [str(venv_python()), "-m", "compileall", "-q", "-j", "0", str(venv_path("purelib"))]
        subprocess.call(compiling, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        (VENV / "catalyst-stamp").write_text(wanted_stamp(), encoding="ascii")


def run_logged(command):
    """Runs one step of the installation, its words kept in .venv/install.log, progress shown on a terminal.

    Raises Refusal, in one sentence, if it fails.
    """
    VENV.mkdir(exist_ok=True)
    total = sum(1 for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if "==" in line)
    lines, done = [], 0
    with open(str(VENV / "install.log"), "a", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            # A PYTHONPATH or a user's own packages must not stand in for what is being installed.
            env={
                k: v
                for k, v in os.environ.items()
                if k not in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET")
            },
        )
        for line in process.stdout:
            log.write(line)
            lines.append(line)
            if line.startswith("Collecting "):
                done += 1
                show(f"found {done} of about {total} packages")
            elif line.startswith("Installing collected packages"):
                show("installing them")
        process.wait()
    show("")
    if process.returncode:
        raise Refusal(diagnose("".join(lines)))


def show(words):
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        print("\r\033[K" + words, end="", file=sys.stderr, flush=True)


def diagnose(log):
    """One sentence on why an installation failed, from what it printed."""
    if NO_SPACE.search(log):
        space = f"{NEEDED_BYTES / 1e9:.1f} GB"
        return f"The disk is full: make room (about {space}) and run the same command again."
    if NO_TRUST.search(log):
        return (
            "The package index's certificate is not trusted here: set PIP_CERT to your organisation's "
            "certificate file (your IT team has it) and run the same command again."
        )
    if NOT_WHOLE.search(log):
        return (
            "A wheel in the folder 'wheels' is not the one that was packed: copy the zip again, unpack it "
            "and run the same command."
        )
    if NO_INDEX.search(log):
        return (
            "No package index could be reached: check the network, or set PIP_INDEX_URL (and PIP_PROXY, if "
            "there is one) to an index that this machine may use, and run the same command again."
        )
    missing = NOT_THERE.search(log)
    if missing:
        return (
            f"The package index in use does not have {missing.group(1)}: use a full, up-to-date index "
            "(PIP_INDEX_URL) and run the same command again."
        )
    if "ensurepip" in log:
        return NO_VENV_MODULE
    errors = [line.strip() for line in log.splitlines() if "error" in line.lower()] or log.split("\n")[-2:-1]
    last = errors[-1] if errors else "it said nothing"
    return f"The environment could not be made ({last[:200]}): {VENV / 'install.log'} has the whole story."


def child_environment():
    """The environment of the command: .venv's own commands (jupyter, alembic) come first."""
    env = dict(os.environ, VIRTUAL_ENV=str(VENV))
    env["PATH"] = os.pathsep.join([str(venv_path("scripts")), env.get("PATH", "")])
    env.pop("PYTHONHOME", None)
    return env


def run(arguments):
    """Runs the command in .venv and returns its exit code; on Linux and macOS it takes this one's place."""
    command = [str(venv_python()), "-m", "catalyst.cli", *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(command[0], command, child_environment())
    process = subprocess.Popen(command, env=child_environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the command was told as well, and ends in its own way


def main(arguments):
    """Checks, makes the environment if need be, and runs the command."""
    try:
        check_python()
        # The parser needs no environment: a mistyped command is refused, and --help answered, without one.
        sys.path.insert(0, str(ROOT / "src"))
        from catalyst import cli, errors

        try:
            cli.parse(arguments)
        except errors.CourseError as problem:
            raise Refusal(str(problem)) from None
        if not is_current():
            make_venv()
        return run(arguments)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped: run the same command again to carry on.", file=sys.stderr)
        return 130
    except OSError as problem:
        words = diagnose(str(problem)) if NO_SPACE.search(str(problem)) else f"{problem}."
        print(words, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
