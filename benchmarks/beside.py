"""Other generators on comparable jobs, each in a throw-away environment; writes benchmarks/beside.md.

The course needs none of them, and none comes near its requirements: they are installed into a temporary
folder, measured one after another on the same machine as the course's own release, and deleted.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import venv
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

# Every job prints rows, columns, seconds and peak bytes; imports and fitting are not a generator's pace.
END = """
import json, resource, sys
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print("\\n" + json.dumps([rows, columns, seconds, peak]))
"""
TO_FIT = """
import sys
from pathlib import Path
from catalyst.release import extract, write
from catalyst.world.life import Spec
made = extract.release_tables(Spec(seed=1, children=2_000, authorities=4), names=["cin_details"])
Path(sys.argv[1], "cin_details.csv").write_bytes(write.csv(made["cin_details"]))
"""
OURS = """
import sys, time
from catalyst.release import make
start = time.perf_counter()
asked = {"children": max({rows} // 50, 500), "seed": 1, "authorities": 24, "workers": 1}
told = make.make_release(sys.argv[1] + "/ours", **asked)
seconds = time.perf_counter() - start
rows = sum(table["rows"] for table in told["tables"].values())
columns = max(table["columns"] for table in told["tables"].values())
"""
PSEUDOPEOPLE = """
import time, pseudopeople
start = time.perf_counter()
made = [pseudopeople.generate_decennial_census(), pseudopeople.generate_taxes_w2_and_1099(),
        pseudopeople.generate_social_security(), pseudopeople.generate_women_infants_and_children()]
for number, table in enumerate(made):
    table.astype(str).to_parquet("pseudopeople-%d.parquet" % number)
seconds = time.perf_counter() - start
rows, columns = sum(map(len, made)), max(len(table.columns) for table in made)
"""
SDV = """
import sys, time
import pandas as pd
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer
real = pd.read_csv(sys.argv[1] + "/cin_details.csv")
model = GaussianCopulaSynthesizer(Metadata.detect_from_dataframes({"cin_details": real}))
model.fit({"cin_details": real})
start = time.perf_counter()
made = next(iter(model.sample({rows}).values()))
made.to_parquet(sys.argv[1] + "/sdv.parquet")
seconds = time.perf_counter() - start
rows, columns = made.shape
"""
GEN_SURV = """
import sys, time
from gen_surv import generate
start = time.perf_counter()
made = generate(model="cphm", n={rows}, model_cens="uniform", cens_par=5.0, beta=0.5, covariate_range=2.0)
made.to_csv(sys.argv[1] + "/gen_surv.csv", index=False)
seconds = time.perf_counter() - start
rows, columns = made.shape
"""


class Job(NamedTuple):
    """What is run, with which packages, and what it does."""

    name: str
    packages: tuple[str, ...]
    code: str
    does: str


JOBS = (
    Job("this course", (), OURS, "a world of families lived month by month; all tables, linked; one process"),
    Job(
        "pseudopeople", ("pseudopeople==1.3.1",), PSEUDOPEOPLE,
        "four data sets with noise from its sample population, lived beforehand",
    ),
    Job(
        "SDV, Gaussian copula", ("sdv==2.0.0", "pyarrow"), SDV,
        "one table drawn after a fit to the course's `cin_details` (the fit not counted)",
    ),
    Job(
        "gen-surv", ("gen-surv==3.1.2",), GEN_SURV,
        "survival times with one covariate, independent rows",
    ),
)  # fmt: skip


def environment(folder: Path, packages: tuple[str, ...]) -> Path:
    """Makes an environment with some packages and returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    call = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(call, check=True)
    return python


def table_to_fit(folder: Path) -> None:
    """A table of the course as CSV, which the copula learns from.

    Another process makes it: what this one holds would count as the peak of all that it starts.
    """
    known = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", TO_FIT, folder], check=True, env=known)


def measure(job: Job, rows: int, folder: Path) -> tuple[int, int, float, int] | str:
    """Rows, columns, seconds and peak bytes of one job; or, in a few words, why there are none."""
    place = folder / job.name.split()[0].strip(",").lower()
    place.mkdir()
    try:
        python = environment(place / "env", job.packages) if job.packages else Path(sys.executable)
    except subprocess.CalledProcessError:
        return "could not be installed"
    code = place / "job.py"
    code.write_text(job.code.replace("{rows}", str(rows)) + END, encoding="utf-8")
    known = {**os.environ, "PYTHONPATH": "" if job.packages else str(ROOT / "src")}
    run = subprocess.run([python, code, folder], capture_output=True, text=True, cwd=place, env=known)
    if run.returncode:
        return f"failed: {run.stderr.strip().splitlines()[-1][:100]}"
    return tuple(json.loads(run.stdout.strip().splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="about how many rows each makes (1000000)"
    )
    parser.add_argument("--only", help="only jobs whose name holds this")
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    asked = parser.parse_args()
    today = date.today()
    lines = [
        "# Beside other generators",
        "",
        f"{today.day} {today:%B %Y}: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Made by `benchmarks/beside.py`; see [README](README.md).",
        "",
        "| generator | job | rows | most columns | time | rows/s | memory |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table_to_fit(folder)
        for job in JOBS:
            if asked.only and asked.only not in job.name:
                continue
            found = measure(job, asked.rows, folder)
            package = f" ({', '.join(job.packages)})" if job.packages else ""
            if isinstance(found, str):
                lines.append(f"| {job.name}{package} | {job.does} | {found} | | | | |")
                continue
            rows, columns, seconds, peak = found
            lines.append(
                f"| {job.name}{package} | {job.does} | {rows:,} | {columns} | {seconds:.1f} s "
                f"| {rows / seconds:,.0f} | {peak / 2**20:,.0f} MiB |"
            )
    lines += ["", "The jobs are not the same: what each does stands beside it.", ""]
    print("\n".join(lines))
    if not asked.dry:
        (ROOT / "benchmarks" / "beside.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
