"""A release made by a Dask cluster of separate processes, one of which is killed at work."""

import os
import signal
import threading
import time

import distributed
import pytest

from catalyst.errors import CourseError
from catalyst.release import make, parts, workers

ASKED = {"children": 240, "seed": 8, "authorities": 2, "tables": ["cin_details", "authority_years"]}


def kill_one(cluster, killed: list, done: threading.Event) -> None:
    """Kills the first worker process that is at work; gives up when the work is done."""
    while not done.wait(0.05):
        at_work = [worker.name for worker in cluster.scheduler.workers.values() if worker.processing]
        if at_work:
            done.wait(1)
            killed.append(cluster.workers[at_work[0]].pid)
            os.kill(killed[0], signal.SIGKILL)
            return


def test_a_cluster_with_a_killed_worker_makes_the_same_release(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FAMILIES_OF_PART", 150)
    here = make.make_release(tmp_path / "here", **ASKED, in_one=False, workers=2)
    assert here["tables"]["cin_details"]["parts"] == 2
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        killed, done = [], threading.Event()
        killer = threading.Thread(target=kill_one, args=(cluster, killed, done))
        killer.start()
        try:
            there = make.make_release(
                tmp_path / "there", **ASKED, in_one=False, scheduler=cluster.scheduler_address
            )
        finally:
            done.set()
            killer.join()
        assert killed
        assert there == here
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "there"]


def test_a_scheduler_that_does_not_answer_or_has_no_workers_is_told_of():
    begun = time.monotonic()
    with pytest.raises(CourseError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9: start one"):
        list(workers.each(print, [(1,)], scheduler="tcp://127.0.0.1:9"))
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None) as cluster,
        pytest.raises(CourseError, match=r"has no workers: start some"),
    ):
        list(workers.each(print, [(1,)], scheduler=cluster.scheduler_address))
    assert time.monotonic() - begun < 30
