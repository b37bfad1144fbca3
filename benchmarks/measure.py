"""Measures how long the course takes, and writes benchmarks/last.md. Run it in .venv, on an idle machine.

Times stand beside something that the same machine does anyway, so that two machines can be compared.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]


def seconds(run, times: int = 1) -> float:
    """The median time of several runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def command(*arguments: str, ends: int = 0) -> None:
    """Runs a command of the front door, as a person would, and expects its exit code."""
    python = getattr(sys, "_base_executable", sys.executable)
    call = [python, str(ROOT / "course.py"), *arguments]
    finished = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
    if finished.returncode != ends:
        raise SystemExit(f"{' '.join(call)} ended with {finished.returncode}: {finished.stderr}")


def tables(folder: Path) -> list[pa.Table]:
    """The tables of a release."""
    return [pq.read_table(path) for path in sorted(folder.glob("*.parquet"))]


def write_noise(made: list[pa.Table], folder: Path) -> None:
    """Random numbers and nothing else, of the same shapes as the tables, drawn and written as Parquet."""
    rng = np.random.default_rng(1)
    for number, table in enumerate(made):
        columns = {name: rng.integers(0, 1000, table.num_rows, dtype=np.int32) for name in table.column_names}
        pq.write_table(pa.table(columns), folder / f"{number}.parquet", compression="zstd")


def measure_data(children: int) -> tuple[float, float, int]:
    """Seconds to make a release, seconds to write noise of its size, and its rows."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "release"
        taken = seconds(lambda: command("data", "--children", str(children), "--out", str(out)))
        made = tables(out)
        noise = seconds(lambda: write_noise(made, Path(folder)), times=3)
        return taken, noise, sum(table.num_rows for table in made)


# A process of its own, so that the peak of memory is its own; luck is what no world can do without.
BLOCK = """
import json, resource, time
import numpy as np
from catalyst.world.life import Spec, World
from catalyst.world.luck import Luck
world = World(Spec(seed=1, children=32_000))
block = world.blocks(10**9)[0]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
lives = world.live(block)
lived = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
children = lives.children["child"]
start = time.perf_counter()
standing = Luck(1).of("one process", children)
for month in range(336):
    standing(month)
drawn = time.perf_counter() - start
rows = sum(len(next(iter(table.values()))) for table in lives.log.values())
print(json.dumps([lived, drawn, len(children), rows, (peak - before) / 1024, peak / 1024]))
"""


def measure_world() -> tuple[float, float, int, int, float, float]:
    """Seconds to live one block of some 50,000 children over 28 years, with all processes.

    Returns
    -------
    seconds, seconds that drawing luck for all of them in every month takes, children, events, MiB that it
    added, MiB at the peak
    """
    finished = subprocess.run(
        [sys.executable, "-c", BLOCK], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return tuple(json.loads(finished.stdout))


def measure_notebooks() -> dict[str, float]:
    """Seconds to run each chapter from its first cell to its last."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        run = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "--nbval-current-env", str(path)]
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        found[path.stem] = seconds(
            lambda run=run, env=env: subprocess.run(
                run, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=env
            )
        )
    return found


def measure_paint(times: int = 3) -> tuple[float, str, int]:
    """Seconds until a page shows its first words, from local files, in a browser that has seen none before.

    Returns
    -------
    the median of the slowest page, its name, the number of pages looked at
    """
    from catalyst.studio import book, browser, catalogue

    found = {}
    with browser.running() as chromium:
        for name in catalogue.contents(ROOT):
            taken = []
            for _ in range(times):
                context = chromium.new_context(viewport={"width": 1300, "height": 900})
                page = context.new_page()
                page.goto((book.output() / f"{name}.html").as_uri(), wait_until="load")
                page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
                taken.append(
                    page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
                )
                context.close()
            found[name] = statistics.median(taken) / 1000
    slowest = max(found, key=found.get)
    return found[slowest], slowest, len(found)


def measure_pdf() -> float:
    """Seconds to print the whole book and each chapter, the book being built."""
    from catalyst.studio import book, pdf

    return seconds(lambda: pdf.make(book.output()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--children", type=int, default=30_000, help="size of the release that is made (30000)"
    )
    children = parser.parse_args().children

    bare = seconds(lambda: subprocess.run([sys.executable, "-c", "import pandas"], check=True), times=5)
    start = seconds(lambda: command("test", "--only", "no-such-chapter", ends=2), times=5)
    command("exercises")
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    cold = seconds(lambda: command("book"))
    unchanged = seconds(lambda: command("book"), times=3)
    paint, slowest, pages = measure_paint()
    printed = measure_pdf()
    lived, drawn, ever, events, added, peak = measure_world()
    made, noise, rows = measure_data(children)
    rows_of_table = [
        (
            "second start, to the command",
            f"{start:.2f} s",
            f"{start / bare:.1f} × `import pandas` ({bare:.2f} s)",
        ),
        ("book, nothing built before", f"{cold:.0f} s", ""),
        ("book, nothing changed", f"{unchanged:.1f} s", f"{unchanged / cold:.2f} of the first build"),
        (f"first paint of the slowest of {pages} pages, `{slowest}`", f"{paint:.2f} s", ""),
        ("book and chapters printed as PDF", f"{printed:.0f} s", ""),
        (
            f"world: a block of {ever:,} children ever born, April 1997 to March 2025, {events:,} events",
            f"{lived:.1f} s, {added:.0f} MiB ({peak:.0f} MiB at the peak)",
            f"{lived / drawn:.0f} × one draw a child and month ({drawn:.2f} s)",
        ),
        (
            f"release of {children:,} children ({rows:,} rows)",
            f"{made:.1f} s",
            f"{made / noise:.0f} × noise ({noise:.2f} s)",
        ),
        *((f"chapter `{name}`", f"{taken:.1f} s", "") for name, taken in measure_notebooks().items()),
    ]
    today = date.today()
    lines = [
        "# Last measured",
        "",
        f"{today.day} {today:%B %Y}: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Made by `benchmarks/measure.py`; see [README](README.md).",
        "",
        "| what | time | beside |",
        "|---|---|---|",
        *(f"| {what} | {taken} | {beside} |" for what, taken, beside in rows_of_table),
        "",
    ]
    (ROOT / "benchmarks" / "last.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
