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


def kill_one(cluster, killed: list, over: threading.Event) -> None:
    """Kills a worker process as soon as one is at work."""
    while not over.wait(0.02):
        for name, worker in list(cluster.workers.items()):
            known = [w for w in list(cluster.scheduler.workers.values()) if w.name == name and w.processing]
            if known and worker.pid:
                os.kill(worker.pid, signal.SIGKILL)
                killed.append(worker.pid)
                return


def test_a_cluster_with_a_killed_worker_makes_the_same_release(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "FAMILIES_OF_PART", 150)
    here = make.make_release(tmp_path / "here", **ASKED, in_one=False, workers=2)
    assert here["tables"]["cin_details"]["parts"] == 2
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        killed, over = [], threading.Event()
        killer = threading.Thread(target=kill_one, args=(cluster, killed, over), daemon=True)
        killer.start()
        try:
            there = make.make_release(
                tmp_path / "there", **ASKED, in_one=False, scheduler=cluster.scheduler_address
            )
        finally:
            over.set()
        assert len(killed) == 1
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


def leave(cluster, over: threading.Event) -> None:
    """Takes all workers away as soon as one is at work."""
    while not over.wait(0.02):
        if any(worker.processing for worker in list(cluster.scheduler.workers.values())):
            cluster.scale(0)
            return


def test_workers_that_never_come_back_end_the_run_with_a_word(monkeypatch):
    monkeypatch.setattr(workers, "_LOOK", 0.2)
    monkeypatch.setattr(workers, "_ABSENCE", 0.4)
    over = threading.Event()
    options = {"n_workers": 1, "processes": False, "protocol": "tcp://", "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        threading.Thread(target=leave, args=(cluster, over), daemon=True).start()
        with pytest.raises(CourseError, match=r"All workers of .* are gone: what is finished is kept"):
            list(workers.each(time.sleep, [(4,)] * 3, scheduler=cluster.scheduler_address))
        over.set()
