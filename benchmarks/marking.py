"""Marking a class beside plain ``nbgrader autograde``, in one run; writes benchmarks/marking.md.

    .venv/bin/python benchmarks/marking.py                # 200 copies of t1, nothing else running
    .venv/bin/python benchmarks/marking.py --copies 10 --print

A third of the class has the master's own solutions, a third a known mistake in each exercise that has one as
a number, a third nothing. The time of the cells themselves is counted inside the same run; what is beyond it
is ours.
"""

import argparse
import json
import multiprocessing
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "studio" / "classroom")]

import sample_class as sample  # noqa: E402

from catalyst import paths  # noqa: E402
from catalyst.studio import exercises  # noqa: E402
from catalyst.studio.classroom import mark  # noqa: E402


def notebook(folder: Path, kind: int) -> dict:
    """The released notebook with solutions (0), known mistakes (1) or nothing (2) typed in."""
    given = sample.release(folder)
    master = json.loads((folder / "source" / "t1" / "t1.ipynb").read_text(encoding="utf-8"))
    known = sample.the_key()["exercises"]
    for number in range(1, 6):
        answer = sample.answer_cell(given, number)
        if kind == 0:
            answer["source"] = "".join(sample.answer_cell(master, number)["source"])
        elif kind == 1 and "scalar" in known[f"t1.{number}"]["mistakes"][0]["answer"]:
            answer["source"] = f"{sample.NAMES[number - 1]} = {sample.mistake(number)[1]}"
    return given


class Memory:
    """The most memory that a process and all below it have held, looked at twice a second."""

    def __init__(self):
        self.looks: list[tuple[float, int]] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _look(self):
        me = psutil.Process()
        while not self._end.wait(0.5):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    used = process.memory_info()
                    total += used.rss - getattr(used, "shared", 0)
                except psutil.Error:
                    continue
            self.looks.append((time.monotonic(), total))

    def quarters(self) -> list[float]:
        """The most in each quarter of the time, in MB: flat memory gives four equal numbers."""
        size = max(1, len(self.looks) // 4)
        parts = [self.looks[i : i + size] for i in range(0, 4 * size, size)]
        return [max((held for _, held in part), default=0) / 1e6 for part in parts]


def spent() -> float:
    """Processor seconds of this process and of all that have ended below it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(folder: Path, workers: int) -> dict:
    began, processor = time.monotonic(), spent()
    with Memory() as memory:
        outcome = mark.mark(
            folder, workers=workers, progress=lambda *now: print(f"\r{now[0]} of {now[1]}", end="")
        )
    print()
    seconds, records = time.monotonic() - began, []
    for path in sorted((folder / "instructor" / "marking" / "records").rglob("*.json")):
        records.append(json.loads(path.read_text(encoding="utf-8")))
    assert outcome.failed == 0, outcome.notes
    own = sum(record["own_seconds"] for record in records)
    return {
        "seconds": seconds,
        "own": own,
        "processor": spent() - processor,
        "memory": memory.quarters(),
        "points": sum(one["points"] for record in records for one in record["exercises"]),
    }


def plain(folder: Path) -> dict:
    """nbgrader's own command on the same notebooks; it brings the data along from source/."""
    shutil.copytree(folder / "release" / "t1" / "data", folder / "source" / "t1" / "data")
    for name in ("autograded", "feedback"):
        shutil.rmtree(folder / name, ignore_errors=True)
    environment = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT / "src"),
        "OMP_NUM_THREADS": "1",
    }
    began, processor = time.monotonic(), spent()
    command = [
        sys.executable,
        "-m",
        "nbgrader",
        "autograde",
        "t1",
        "--log-level=ERROR",
        "--ExecutePreprocessor.timeout=120",
    ]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return {"seconds": time.monotonic() - began, "processor": spent() - processor}


def page(copies: int, workers: int, us: dict, them: dict) -> str:
    beyond = (us["seconds"] * workers - us["own"]) / copies
    lines = [
        "# Marking, measured",
        "",
        f"{date.today():%d %B %Y}, {platform.system()} on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; {copies} copies of t1 with mixed answers, {workers} workers. "
        "`benchmarks/marking.py` writes this page.",
        "",
        "| | course.py mark | nbgrader autograde |",
        "|---|---|---|",
        f"| all of it, seconds | {us['seconds']:.0f} | {them['seconds']:.0f} |",
        f"| a submission, seconds | {us['seconds'] / copies:.2f} | {them['seconds'] / copies:.2f} |",
        f"| processor seconds a submission | {us['processor'] / copies:.2f} "
        f"| {them['processor'] / copies:.2f} |",
        f"| the submission's own cells, seconds | {us['own'] / copies:.2f} | |",
        f"| beyond them, core seconds a submission | {beyond:.2f} | |",
        f"| beyond them, seconds a submission (on {workers} cores) | {beyond / workers:.2f} | |",
        f"| most memory in each quarter of the run, MB | {', '.join(f'{m:.0f}' for m in us['memory'])} | |",
        "",
        "nbgrader marks one after another, without a box, with the answer key (were there one) inside the "
        "kernel.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--copies", type=int, default=200)
    asked.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    asked.add_argument("--print", action="store_true", help="print the page and write nothing")
    args = asked.parse_args()
    if not (paths.keys_dir() / "t1.json").is_file():
        exercises.ensure_keys()
    with tempfile.TemporaryDirectory(prefix="marking-") as place:
        folder = sample.make(Path(place) / "course", [{"id": f"s{i:03}"} for i in range(args.copies)])
        kinds = [notebook(folder, kind) for kind in range(3)]
        for number in range(args.copies):
            sample.hand_in(folder, f"s{number:03}", kinds[number % 3])
        us = ours(folder, args.workers)
        them = plain(folder)
    told = page(args.copies, args.workers, us, them)
    print(told)
    if not args.print:
        (ROOT / "benchmarks" / "marking.md").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
