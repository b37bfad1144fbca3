"""A master run in this process, on the data of one variant, for its key. Depends on exercises and masters.

A kernel of its own takes a second to start and two to import what every variant imports again; a master is
the course's own code, so it may run here, one after another.
"""

import contextlib
import io
import json
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import exercises, masters
from catalyst.studio.classroom.environment import setting


def key(
    master: Path,
    data: Path,
    fits: Callable[[str, dict], None] = lambda name, entry: None,
    truth: pd.DataFrame | None = None,
) -> dict:
    """The key of a master on some data, run and proved.

    An exercise is proved as soon as its mistakes are known: most of what makes data unfit shows in the first
    seconds of a run, and most of the time goes into the last exercise.

    Parameters
    ----------
    master : Path
        The master's notebook.
    data : Path
        The folder of the core tables, with its manifest; projects are looked for beside it.
    fits : callable
        Takes the id of an exercise and its entry, and raises what makes the data unfit.
    truth : DataFrame, optional
        The rows of the truth manifest that the exercises name.

    Returns
    -------
    dict
        As ``exercises.key_of`` makes it.

    Raises
    ------
    exercises.NotApart
        If answers and mistakes cannot be told apart on these data.
    CourseError
        If the master stops with an error.
    """
    with tempfile.TemporaryDirectory() as own, setting(CATALYST_DATA=str(data), CATALYST_KEYS=own):
        if truth is not None:
            paths.keys_dir().mkdir()
            truth.to_parquet(paths.keys_dir() / "truth.parquet", index=False)
        return exercises.key_of(master, say=quiet, strict=True, runner=partial(run, fits=fits))


def quiet(line: str) -> None:
    """Says nothing."""


def run(master: Path, notebook, fits: Callable[[str, dict], None]) -> list[dict]:
    """What ``check``, ``wrong`` and ``also`` record while the cells of a master run here.

    Raises
    ------
    CourseError
        If a cell raises; the message names the cell and the error.
    """
    specs = {exercise.spec["id"]: exercise.spec for exercise in masters.exercises(notebook)}
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "recorded.jsonl"
        recorded.touch()
        names = {"__name__": "__main__"}
        with (
            setting(CATALYST_BUILD_KEY=str(recorded), NBGRADER_EXECUTION=None, MPLBACKEND="Agg"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            for position, cell in enumerate(notebook.cells):
                if cell.cell_type != "code":
                    continue
                try:
                    exec(compile(cell.source, masters.where(master, position, cell), "exec"), names)
                except Exception as error:
                    where = masters.where(master, position, cell)
                    raise CourseError(f"{where} stops with {type(error).__name__}: {error}") from None
                if "mistake" in masters.tags(cell):
                    name, lines = _last(recorded)
                    if sum(line["what"] == "mistake" for line in lines) >= 2:
                        fits(name, exercises.entry_of(master, specs[name], lines, True, quiet))
        return _lines(recorded)


def _lines(recorded: Path) -> list[dict]:
    return [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]


def _last(recorded: Path) -> tuple[str, list[dict]]:
    """The exercise of which something was recorded last, and all that was recorded of it."""
    lines = _lines(recorded)
    name = lines[-1]["exercise"]
    return name, [line for line in lines if line["exercise"] == name]
