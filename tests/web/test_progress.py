"""Long work says how far it is and how long it will take, and can be cancelled; runs have names."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.web import pool as module
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool
from calloff.web.run_store import RunStore
from calloff.web.worker_process import WorkerProcess
from serving import codes, dead, ended, halt, server, upload, wait_for


def test_work_is_cancelled_whether_it_waits_or_runs(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, sound = threading.Event(), WorkerProcess.do

    def do(worker: WorkerProcess, job: Any, seconds: float, tell: Any, ready: Any) -> Any:
        def slow(share: float, stage: str) -> None:
            halt(worker)
            tell(share, stage)
            reached.set()
            wait_for(lambda: dead(worker))

        return sound(worker, job, seconds, slow, ready)

    with (
        server(tmp_path, Limits(workers=1)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        with monkeypatch.context() as patch:
            patch.setattr(WorkerProcess, "do", do)
            first = upload(client, plan)["id"]
            assert reached.wait(60)
            second, third = (upload(client, plan)["id"] for _ in range(2))
            assert client.get(f"/api/runs/{third}").json()["before"] == 1
            assert client.post(f"/api/runs/{second}/cancel").json()["state"] == "interrupted"
            assert client.get(f"/api/runs/{third}").json()["before"] == 0
            client.post(f"/api/runs/{third}/cancel")
            client.post(f"/api/runs/{first}/cancel")
            run = ended(client, first)
        assert run["state"] == "interrupted" and run["problems"][0]["code"] == "web.cancelled"
        assert client.post(f"/api/runs/{first}/restart").status_code == 202
        assert ended(client, first)["state"] == "done"  # and the queue goes on


def test_the_time_that_is_left_goes_by_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    with closing(RunStore(tmp_path)) as store:
        pool = WorkerPool(store, Limits())
        assert pool.left("a") is None
        pool._began["a"], pool._progress["a"] = 100.0, (0.25, "forecast")
        assert pool.left("a") is None  # a moment tells nothing
        now[0] = 110.0
        assert pool.left("a") == pytest.approx(30.0)
        pool._progress["a"] = (0.01, "reading")
        assert pool.left("a") is None


def test_a_run_has_a_name_and_customers(client: httpx.Client, plan: Path) -> None:
    run = ended(client, upload(client, plan)["id"])
    base = f"/api/runs/{run['id']}"
    assert run["state"] == "done", run
    assert run["name"] == "export.xlsx" and run["facts"]["customers"] == []
    named = client.put(f"{base}/name", json={"name": "  Monday,  plant 1 "})
    assert named.json()["name"] == "Monday, plant 1"
    assert client.get("/api/runs").json()[0]["name"] == "Monday, plant 1"
    assert client.get(base).json()["files"] == ["export.xlsx"]
    assert client.put(f"{base}/name", json={"name": ""}).json()["name"] == "export.xlsx"
    assert codes(client.put(f"{base}/name", json={"name": "x" * 121})) == ["web.value"]
    hidden = client.put(f"{base}/name", json={"name": "a\u202eb\0c"})
    assert hidden.json()["name"] == "a\ufffdb\ufffdc"  # as of files and customers
