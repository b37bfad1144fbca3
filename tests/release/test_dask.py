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


def kill_one(cluster, killed: list) -> None:
    """Kills a worker process as soon as all are at work."""
    while not all(worker.processing for worker in cluster.scheduler.workers.values()):
        time.sleep(0.05)
    time.sleep(1)
    killed.append(next(iter(cluster.workers.values())).pid)
    os.kill(killed[0], signal.SIGKILL)


def test_a_cluster_with_a_killed_worker_makes_the_same_release(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FAMILIES_OF_PART", 110)
    here = make.make_release(tmp_path / "here", **ASKED, in_one=False, workers=2)
    assert here["tables"]["cin_details"]["parts"] == 2
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        killed = []
        killer = threading.Thread(target=kill_one, args=(cluster, killed))
        killer.start()
        there = make.make_release(
            tmp_path / "there", **ASKED, in_one=False, scheduler=cluster.scheduler_address
        )
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
