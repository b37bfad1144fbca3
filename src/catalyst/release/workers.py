"""Who makes the parts of a release: this process, several on this machine, or a Dask cluster.

Whoever does it, a part comes out the same; one that is killed at work has its part done by another.
Depends on nothing of the course; on Dask only when a scheduler is named.
"""

import multiprocessing
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from typing import Any

from catalyst.errors import CourseError

_DEATHS = 3  # of local workers in one run, before it is called off
_PATIENCE = 5  # seconds for a scheduler to answer, and for one of its workers to be there
_LOOK = 5  # seconds without a finished part after which a scheduler is asked whether it has workers
_ABSENCE = 90  # seconds without any worker, killed ones come back within that, before a run is called off

Task = Callable[..., Any]


def each(task: Task, items: Iterable[tuple], workers: int = 1, scheduler: str | None = None) -> Iterator:
    """Does a task for each item, in whatever order.

    Parameters
    ----------
    task : a function of a module, so that another process finds it
    items : its arguments
    workers : processes on this machine
    scheduler : address of a Dask scheduler whose workers do it instead

    Yields
    ------
    what the task returns, as it is done

    Raises
    ------
    CourseError
        If the scheduler does not answer or has no workers, or workers are killed again and again.
    """
    items = list(items)
    if scheduler:
        return _on_dask(task, items, scheduler)
    if workers == 1 or len(items) < 2:
        return (task(*item) for item in items)
    return _in_processes(task, items, min(workers, len(items)))


def _in_processes(task: Task, items: list[tuple], workers: int) -> Iterator:
    left, deaths = dict(enumerate(items)), 0
    while left:
        pool = ProcessPoolExecutor(workers, initializer=_obey_the_parent)
        try:
            futures: dict[Future, int] = {pool.submit(task, *item): key for key, item in left.items()}
            for future in as_completed(futures):
                result = future.result()
                del left[futures[future]]
                yield result
        except BrokenProcessPool:
            deaths += 1
            if deaths == _DEATHS:
                raise CourseError(
                    f"Worker processes were killed {_DEATHS} times, perhaps for want of memory: what is "
                    "finished is kept; run the same command again with fewer --workers."
                ) from None
        except BaseException:
            # Nobody waits for what is half done: its part is made again.
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _obey_the_parent() -> None:
    """Ctrl-C is the parent's to answer; a worker whose parent was killed ends, as it would hold the lock."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _on_dask(task: Task, items: list[tuple], scheduler: str) -> Iterator:
    try:
        import distributed
    except ImportError:
        raise CourseError(
            "--scheduler needs the packages dask and distributed in this environment: install them with pip, "
            "or use --workers on this machine."
        ) from None
    client = _client(distributed, scheduler)
    try:
        futures = [client.submit(task, *item, pure=False) for item in items]
        for future in _finished(distributed, client, futures, scheduler):
            try:
                yield future.result()
            except distributed.KilledWorker:
                raise CourseError(
                    f"The workers of {scheduler} were killed again and again, perhaps for want of memory: "
                    "what is finished is kept; run the same command again with more memory for each worker."
                ) from None
            except (ModuleNotFoundError, AttributeError) as error:
                raise CourseError(
                    f"The workers of {scheduler} cannot run the course ({error}): install it and its "
                    "requirements.txt in their environment."
                ) from None
            future.release()
    except (distributed.comm.CommClosedError, distributed.CancelledError):
        raise CourseError(
            f"The Dask scheduler at {scheduler} went away: what is finished is kept; start it and run the "
            "same command again."
        ) from None
    finally:
        client.close()


def _finished(distributed, client, futures: list, scheduler: str) -> Iterator:
    """Futures as they are done; Dask by itself would wait for ever for workers that are all gone."""
    pending, alone_since = set(futures), None
    while pending:
        try:
            with client.as_current():
                done, pending = distributed.wait(pending, timeout=_LOOK, return_when="FIRST_COMPLETED")
            alone_since = None
            yield from done
        except TimeoutError:
            now = time.monotonic()
            alone_since = None if client.nthreads() else alone_since or now
            if alone_since is not None and now - alone_since >= _ABSENCE:
                raise CourseError(
                    f"All workers of {scheduler} are gone: what is finished is kept; start some with "
                    f"'dask worker {scheduler}' and run the same command again."
                ) from None


def _client(distributed, scheduler: str):
    try:
        # Asked first, because a client without an answer complains again when it is thrown away.
        host, port = re.fullmatch(r"(?:\w+://)?(.+):(\d+)", scheduler).groups()
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
        client = distributed.Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except Exception:  # what answers may be anything, and so may its answer
        raise CourseError(
            f"No Dask scheduler answers at {scheduler}: start one with 'dask scheduler' and workers with "
            "'dask worker', or leave --scheduler out."
        ) from None
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError:
        client.close()
        raise CourseError(
            f"The Dask scheduler at {scheduler} has no workers: start some with 'dask worker {scheduler}'."
        ) from None
    return client
