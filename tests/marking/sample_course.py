"""A course in miniature: a release of one table and one master with five exercises, for tests of marking."""

import json
from pathlib import Path

import nbformat
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet

CATEGORIES = ["NEG", "PHY", "SAB", "EMO"]


def write_release(folder: Path) -> Path:
    """A release of one table, ``plans``: 40 plans of nine children, four of them still open."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = 40
    start = pd.to_datetime("2019-04-01") + pd.to_timedelta([7 * i for i in range(rows)], unit="D")
    days = [30 + (i * i * 37) % 700 for i in range(rows)]
    end = [start[i] + pd.Timedelta(days=days[i]) if i % 10 else pd.NaT for i in range(rows)]
    table = pa.table(
        {
            "child": pa.array([i % 9 for i in range(rows)], pa.int64()),
            "category": pa.array([CATEGORIES[(i * 7 // 3) % 4] for i in range(rows)]).dictionary_encode(),
            "start": pa.array(start.date, pa.date32()),
            "end": pa.array([None if pd.isna(day) else day.date() for day in end], pa.date32()),
        }
    )
    parquet.write_table(table, folder / "plans.parquet", compression="zstd")
    manifest = {"version": 1, "tables": {"plans": {"rows": rows}}, "content_hash": "5a" * 32}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def write_truth(folder: Path) -> None:
    """A truth manifest of one parameter and one truth table, as the studio writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(
        {
            "parameter": ["s1.year"],
            "scale": ["probability"],
            "estimand": ["from the monthly hazards"],
            "planted": [None],
            "superpopulation": [0.468],
            "realised": [0.45],
            "chapter": ["s1"],
        }
    ).to_parquet(folder / "truth.parquet")
    pd.DataFrame({"child": [1, 2], "reason": ["care", "planned"]}).to_parquet(
        folder / "truth_reasons.parquet"
    )


def _hints() -> str:
    hint = "<details>\n<summary>Hint {}</summary>\n\n{}\n\n</details>"
    return hint.format(1, "Who was at risk?") + "\n\n" + hint.format(2, "Keep open plans.")


def _code(identity, source, **metadata):
    return nbformat.v4.new_code_cell(source, id=identity, metadata=metadata)


def exercise(number: int, name: str, solution: str, spec: dict, mistakes: str, stub: str = "...") -> list:
    """The cells of one exercise, as the template for authors has them."""
    identity, grade = f"s1.{number}", f"s1-{number}"
    none = {"locked": False, "schema_version": 3, "task": False}
    return [
        nbformat.v4.new_markdown_cell(f"## {identity}\n\nFind `{name}`.", id=f"{grade}-question"),
        _code(
            f"{grade}-answer",
            f"{name} = {stub}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION",
            nbgrader={**none, "grade": False, "grade_id": f"{grade}-answer", "solution": True},
        ),
        nbformat.v4.new_markdown_cell(_hints(), id=f"{grade}-hints"),
        _code(
            f"{grade}-check",
            f'check("{identity}", {name})',
            catalyst={"id": identity, "minutes": 5, **spec},
            nbgrader={
                **none,
                "grade": True,
                "grade_id": grade,
                "locked": True,
                "points": 1,
                "solution": False,
            },
        ),
        _code(
            f"{grade}-mistakes", f"from catalyst.marking import also, wrong\n\n{mistakes}", tags=["mistake"]
        ),
        nbformat.v4.new_markdown_cell(
            f"The worked solution of {identity}.", id=f"{grade}-worked", metadata={"tags": ["solution-only"]}
        ),
    ]


def master() -> nbformat.NotebookNode:
    """The master: a number with a truth, a whole number, a Series, a frame and a choice."""
    cells = [
        nbformat.v4.new_markdown_cell("# Exercises: a sample", id="title"),
        _code("setup", 'import pandas as pd\n\nfrom catalyst import check, load\n\nplans = load("plans")'),
        *exercise(
            1,
            "within_a_year",
            'closed_soon = (plans["end"] - plans["start"]).dt.days <= 365\nwithin_a_year = '
            "closed_soon.mean()",
            {"kind": "number", "unit": "proportion", "tolerance": 0.005, "truth": "s1.year"},
            'wrong("s1.1", "ended_only", closed_soon[plans["end"].notna()].mean(), "You divided by '
            'plans that have ended.")\n'
            'wrong("s1.1", "children", plans[closed_soon]["child"].nunique() / 60, "This counts each '
            'child once.")\n'
            'also("s1.1", closed_soon.mean() + 0.02, "The curve at 365 days answers it too.")',
        ),
        *exercise(
            2,
            "open_plans",
            'open_plans = plans["end"].isna().sum()',
            {"kind": "integer", "unit": "plans"},
            'wrong("s1.2", "all_rows", len(plans), "This counts every plan, open or not.")\n'
            'wrong("s1.2", "ended", plans["end"].notna().sum(), "These are the plans that ended.")',
        ),
        *exercise(
            3,
            "median_days",
            'span = (plans["end"] - plans["start"]).dt.days\n'
            'median_days = span.groupby(plans["category"], observed=True).median()',
            {"kind": "series", "unit": "days", "tolerance": 0.5},
            'wrong("s1.3", "mean", span.groupby(plans["category"], observed=True).mean(), "These are '
            'means, not medians.")\n'
            'wrong("s1.3", "zero_for_open", span.fillna(0).groupby(plans["category"], '
            'observed=True).median(), "Open plans went in as 0 days.")',
        ),
        *exercise(
            4,
            "by_category",
            'by_category = plans.groupby("category", observed=True).agg(plans=("child", "size"), '
            'children=("child", "nunique")).reset_index()',
            {"kind": "frame", "by": ["category"]},
            'twice = by_category.assign(children=by_category["plans"])\n'
            'wrong("s1.4", "rows_as_children", twice, "Your column children counts plans.")\n'
            'wrong("s1.4", "doubled", by_category.assign(plans=by_category["plans"] * 2), "Each plan '
            'is counted twice.")',
        ),
        *exercise(
            5,
            "best_measure",
            'best_measure = "median with open plans kept"',
            {
                "kind": "choice",
                "options": ["mean of ended plans", "median with open plans kept", "share of open plans"],
            },
            'wrong("s1.5", "mean", "mean of ended plans", "The mean leaves out whoever is still on a '
            'plan.")\n'
            'wrong("s1.5", "share", "share of open plans", "That is a stock, not a length of time.")',
        ),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": kernel,
            "language_info": {"name": "python"},
            "catalyst": {"title": "Exercises: a sample", "chapter": "s1"},
        },
    )


def write_master(folder: Path, notebook: nbformat.NotebookNode | None = None) -> Path:
    """Write the master as ``folder/s1/s1.ipynb`` and return its path."""
    path = folder / "s1" / "s1.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook or master()) + "\n", encoding="utf-8")
    return path
