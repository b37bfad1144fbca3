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
    """What is held while a class is marked: by the marking at each quarter, and by all at most."""

    def __init__(self):
        self.most, self.main, self.workers = 0.0, {}, {}  # MB; by percent done
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def done(self, done: int, of: int) -> None:
        """Looks at the marking and its workers when another quarter of the class is marked."""
        percent = 25 * (4 * done // of)
        if percent and percent not in self.main:
            self.main[percent] = psutil.Process().memory_info().rss / 1e6
            alive = [psutil.Process(child.pid) for child in multiprocessing.active_children()]
            self.workers[percent] = [one.memory_info().rss / 1e6 for one in alive]

    def _look(self):
        me = psutil.Process()
        while not self._end.wait(1.0):
            total = 0
            for process in [me, *me.children(recursive=True)]:
                try:
                    used = process.memory_info()
                    total += used.rss - getattr(used, "shared", 0)
                except psutil.Error:
                    continue
            self.most = max(self.most, total / 1e6)


def spent() -> float:
    """Processor seconds of this process and of all that have ended below it."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(folder: Path, workers: int) -> dict:
    began, processor = time.monotonic(), time.process_time()
    with Memory() as memory:

        def progress(done: int, of: int, seconds: float) -> None:
            memory.done(done, of)
            print(f"\r{done} of {of}", end="", flush=True)

        outcome = mark.mark(folder, workers=workers, progress=progress)
    print()
    seconds, records = time.monotonic() - began, []
    for path in sorted((folder / "instructor" / "marking" / "records").rglob("*.json")):
        records.append(json.loads(path.read_text(encoding="utf-8")))
    assert outcome.failed == 0, outcome.notes
    # What ended in a box is in nobody's count of children, so each part is counted where it is spent.
    parts = {name: sum(record[name] for record in records) for name in ("box_processor", "our_processor")}
    return {
        "seconds": seconds,
        "own": sum(record["own_seconds"] for record in records),
        "own_processor": sum(record["own_processor"] for record in records),
        "processor": time.process_time() - processor + sum(parts.values()),
        "workers_processor": parts["our_processor"],
        "memory": memory,
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
    ours_alone = us["processor"] - us["own_processor"]
    held, quarters = us["memory"], sorted(us["memory"].main)
    each = "; ".join(" and ".join(f"{mb:.0f}" for mb in held.workers[q]) for q in quarters)
    percents = ", ".join(f"{q}%" for q in quarters)
    lines = [
        "# Marking, measured",
        "",
        f"{date.today():%d %B %Y}, {platform.system()} on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; {copies} copies of t1 with mixed answers, {workers} workers. "
        f"Load of the machine before it began: {us['load']:.1f}. `benchmarks/marking.py` writes this page.",
        "",
        "| | course.py mark | nbgrader autograde |",
        "|---|---|---|",
        f"| all of it, seconds | {us['seconds']:.0f} | {them['seconds']:.0f} |",
        f"| a submission, seconds | {us['seconds'] / copies:.2f} | {them['seconds'] / copies:.2f} |",
        f"| processor seconds a submission | {us['processor'] / copies:.2f} "
        f"| {them['processor'] / copies:.2f} |",
        f"| the submission's own cells, seconds | {us['own'] / copies:.2f} | |",
        f"| the same, processor seconds | {us['own_processor'] / copies:.2f} | |",
        f"| beyond them, core seconds a submission | {beyond:.2f} | |",
        f"| beyond them, seconds a submission (on {workers} cores) | {beyond / workers:.2f} | |",
        f"| beyond them, processor seconds a submission | {ours_alone / copies:.2f} "
        f"| {(them['processor'] - us['own_processor']) / copies:.2f} |",
        f"| of these in the workers, outside any box | {us['workers_processor'] / copies:.2f} | |",
        f"| memory of the marking itself at {percents}, MB | "
        f"{', '.join(f'{held.main[q]:.0f}' for q in quarters)} | |",
        f"| memory of each worker at {percents}, MB | {each} | |",
        f"| most memory of all processes, boxes too, MB | {held.most:.0f} | |",
        "",
        "nbgrader marks one after another, without a box, with the answer key (were there one) inside the "
        "kernel. On a machine that does other things too, the lines in seconds tell of those; the lines in "
        "processor seconds do not.",
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
        load = os.getloadavg()[0]
        us = ours(folder, args.workers) | {"load": load}
        them = plain(folder)
    told = page(args.copies, args.workers, us, them)
    print(told)
    if not args.print:
        (ROOT / "benchmarks" / "marking.md").write_text(told, encoding="utf-8")


if __name__ == "__main__":
    main()
