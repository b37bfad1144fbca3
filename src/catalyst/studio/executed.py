"""Runs the book's notebooks several at a time, and keeps their results where Jupyter Book looks for them.

Left to itself Jupyter Book runs one notebook after another. Depends on nbclient and jupyter-cache, which it
uses too, and on ``_config.yml`` for which notebooks are run and how long a cell may take.
"""

import os
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import nbformat
import yaml

from catalyst.studio import catalogue

# Each kernel takes some hundred megabytes: more at a time would not fit in a small laptop.
MOST_AT_A_TIME = 4


@dataclass(frozen=True)
class Run:
    """A notebook that was run: its path, itself with its outputs, seconds, and why it failed, if it did."""

    path: Path
    notebook: nbformat.NotebookNode
    seconds: float
    failure: str = ""


def fill(folder: Path, cache: Path) -> list[Run]:
    """Runs every notebook of the book whose results are not kept yet, and keeps them.

    Parameters
    ----------
    folder : Path
        The project, which holds ``_config.yml`` and ``_toc.yml``.
    cache : Path
        The folder of kept results, as jupyter-cache makes it; made if it is not there.

    Returns
    -------
    list of Run
        What was run, in the order of the contents. A notebook that failed is not kept.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    settings = yaml.safe_load((folder / "_config.yml").read_text(encoding="utf-8"))["execute"]
    kept = get_cache(cache)
    due = {}
    for name in catalogue.contents(folder):
        path = folder / f"{name}.ipynb"
        if path.is_file() and not any(fnmatch(f"{name}.ipynb", p) for p in settings["exclude_patterns"]):
            notebook = nbformat.read(path, as_version=4)
            try:
                kept.match_cache_notebook(notebook)
            except KeyError:
                due[path] = notebook
    runs = {}
    # Threads only wait: the work is done in the kernels. What is kept is written by this thread alone.
    with ThreadPoolExecutor(min(MOST_AT_A_TIME, os.cpu_count() or 1)) as pool:
        waiting = [pool.submit(run, path, notebook, settings["timeout"]) for path, notebook in due.items()]
        try:
            for done in as_completed(waiting):
                result = done.result()
                runs[result.path] = result
                if not result.failure:
                    record = kept.add_nb_to_project(str(result.path))
                    kept.cache_notebook_bundle(
                        CacheBundleIn(
                            result.notebook, record.uri, data={"execution_seconds": result.seconds}
                        ),
                        check_validity=False,
                        overwrite=True,
                    )
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [runs[path] for path in due]


def run(path: Path, notebook: nbformat.NotebookNode, timeout: int) -> Run:
    """Runs one notebook in its own folder, with one thread of calculation.

    With as many threads as cores two kernels would fight for them, and last digits would move with the
    machine.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook,
        timeout=timeout,
        resources=resources,
        record_timing=False,  # times would stand in the cells, and the cache would not know them again
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    start, failure = time.perf_counter(), ""
    try:
        # Another backend in the caller's environment would leave the book without pictures.
        inline = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        client.execute(env={"OMP_NUM_THREADS": "1", **os.environ, **inline})
    except CellExecutionError as error:
        failure = str(error)
    except Exception:
        failure = traceback.format_exc()
    return Run(path, notebook, time.perf_counter() - start, failure)
