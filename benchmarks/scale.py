"""Measures releases of two sizes beside the least that any generator does, and writes benchmarks/scale.md.

The limit is drawing random integers with numpy and writing them with pyarrow: as many values, in files of the
same shapes, with as many processes, in the same run. Run it in .venv, on an idle machine: some minutes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
ENGLAND, AUTHORITIES = 12_200_000, 153
TIMES = 8  # how much larger the second release is, and 8.8 times as long it may take
ROUNDS = 3  # of the limit


class Measured(NamedTuple):
    """A release: its size, and what it took."""

    children: int
    rows: int
    cells: int
    size: int  # bytes on disk
    seconds: float
    peak: int  # bytes, all processes together
    largest: int  # bytes, of one process


def release(children: int, authorities: int, workers: int, out: Path) -> Measured:
    """Makes a release with the front door's own command and watches the memory of all its processes."""
    call = [sys.executable, "-m", "catalyst.cli", "data", "--children", str(children), "--out", str(out)]
    call += ["--authorities", str(authorities), "--seed", "1", "--workers", str(workers)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    start = time.perf_counter()
    run = subprocess.Popen(call, env=environment, stdout=subprocess.DEVNULL)
    peak = largest = 0
    while run.poll() is None:
        sizes = memory(run.pid)
        peak, largest = max(peak, sum(sizes)), max([largest, *sizes])
        time.sleep(0.1)
    seconds = time.perf_counter() - start
    if run.returncode:
        raise SystemExit(f"{' '.join(call)} ended with {run.returncode}")
    tables = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["tables"].values()
    rows = sum(table["rows"] for table in tables)
    cells = sum(table["rows"] * table["columns"] for table in tables)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    return Measured(children, rows, cells, size, seconds, peak, largest)


def memory(process: int) -> list[int]:
    """Bytes of a process and of all that it started; what two share is counted once for each."""
    try:
        parent = psutil.Process(process)
        return [one.memory_info().rss for one in (parent, *parent.children(recursive=True))]
    except psutil.Error:
        return [0]


def shapes(out: Path) -> list[list[tuple[int, int]]]:
    """Rows and columns of every file of a release, by part."""
    parts: dict[str, list[tuple[int, int]]] = {}
    for path in out.rglob("*.parquet"):
        told = pq.read_metadata(path)
        part = parts.setdefault(path.stem if path.parent != out else "whole", [])
        part.append((told.num_rows, told.num_columns))
    return list(parts.values())


def noise(folder: str, part: list[tuple[int, int]]) -> int:
    """Draws and writes random integers of the shapes of one part; returns how many."""
    rng = np.random.default_rng(1)
    for number, (rows, columns) in enumerate(part):
        drawn = {str(k): rng.integers(0, 1000, rows, dtype=np.int32) for k in range(columns)}
        path = Path(folder) / f"{os.getpid()}-{number}.parquet"
        pq.write_table(pa.table(drawn), path, compression="zstd")
    return sum(rows * columns for rows, columns in part)


def limit(parts: list[list[tuple[int, int]]], workers: int) -> float:
    """Values a second that numpy and pyarrow draw and write, with as many processes."""
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(workers) as pool:
        list(pool.map(abs, range(workers)))  # the processes are there
        start = time.perf_counter()
        cells = sum(sum(pool.map(partial(noise, folder), parts)) for _ in range(ROUNDS))
        return cells / (time.perf_counter() - start)


def table(small: Measured, large: Measured, possible: float, workers: int) -> list[str]:
    """The measurements as lines of Markdown."""
    lines = [
        "| children | rows | values | on disk | time | rows/s | values/s | of the limit | memory |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in (small, large):
        lines.append(
            f"| {one.children:,} | {one.rows:,} | {one.cells:,} | {one.size / 1e6:,.0f} MB | "
            f"{one.seconds:,.0f} s | {one.rows / one.seconds:,.0f} | {one.cells / one.seconds:,.0f} "
            f"| {one.cells / one.seconds / possible:.3f} "
            f"| {one.peak / 2**20:,.0f} MiB ({one.largest / 2**20:,.0f} in one process) |"
        )
    share = ENGLAND / large.children
    rows, size, hours = large.rows * share / 1e6, large.size * share / 1e9, large.seconds * share / 3600
    longer, more = large.seconds / small.seconds, large.peak / small.peak
    return [
        *lines,
        "",
        f"The limit, in the same run, with {workers} processes: {possible:,.0f} values a second, "
        "drawn by numpy and written by pyarrow.",
        "",
        f"{TIMES} times the children took {longer:.1f} times as long, and {more:.2f} times the memory.",
        "",
        f"At the pace of the larger one, England ({ENGLAND:,} children) would be {rows:,.0f} million rows "
        f"and {size:.1f} GB, in {hours:.1f} hours.",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=170_000, help="of the smaller release (170000)")
    parser.add_argument("--authorities", type=int, default=AUTHORITIES, help=f"of both ({AUTHORITIES})")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "small"
        small = release(asked.children, asked.authorities, asked.workers, out)
        possible = limit(shapes(out), asked.workers)
        large = release(TIMES * asked.children, asked.authorities, asked.workers, Path(folder) / "large")
    today = date.today()
    lines = [
        "# Releases of two sizes",
        "",
        f"{today.day} {today:%B %Y}: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Made by `benchmarks/scale.py`; see [README](README.md).",
        "",
        *table(small, large, possible, asked.workers),
        "",
    ]
    print("\n".join(lines))
    if not asked.dry:
        (ROOT / "benchmarks" / "scale.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
