"""The list is there before the past is scored, and nothing is scored twice."""

from __future__ import annotations

import json
import os
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.web import tasks
from calloff.web.limits import Limits
from calloff.web.pool import WorkerPool
from calloff.web.run_store import RunStore
from calloff.web.worker_process import WorkerProcess
from serving import ended, server, upload, wait_for


def test_the_list_is_told_before_the_past_is_scored(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / plan.name).write_bytes(plan.read_bytes())
    seen: list[dict[str, Any]] = []
    summary = tmp_path / "result" / "summary.json"

    sync, synced = os.fsync, dict[int, int]()

    def watched(handle: int) -> None:
        sync(handle)
        synced[os.fstat(handle).st_ino] = os.fstat(handle).st_size

    def settled() -> None:
        """All that is told of would outlast a power cut."""
        files = [path.stat() for path in summary.parent.iterdir()]
        assert [synced.get(file.st_ino) for file in files] == [file.st_size for file in files]

    monkeypatch.setattr(os, "fsync", watched)

    def ready(facts: dict[str, Any]) -> None:
        settled()
        seen.append(json.loads(summary.read_text()))

    settings = {
        "lead": 3, "service_level": 0.9, "method": None, "days": 1, "as_of": None,
        "tolerance": 0.1, "exclude": [], "shortage_cost": None, "surplus_cost": None,
    }  # fmt: skip
    job = {"kind": "forecast", "files": [plan.name], "settings": settings}
    tasks.perform(tmp_path, job, lambda share, stage: None, ready)
    settled()
    (first,), last = seen, json.loads(summary.read_text())
    assert first["scoring"] and first["scores"] is None and first["build"]
    assert not last["scoring"] and last["scores"]["overall"]
    assert first["build"] == last["build"]


def test_a_run_is_done_with_its_list_and_scored_after(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    sound = WorkerProcess.do

    def do(worker: WorkerProcess, job: Any, seconds: float, tell: Any, ready: Any) -> Any:
        def told(facts: dict[str, Any]) -> None:
            ready(facts)
            assert go_on.wait(60)

        return sound(worker, job, seconds, tell, told)

    monkeypatch.setattr(WorkerProcess, "do", do)
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        base = f"/api/runs/{upload(client, plan)['id']}"
        wait_for(lambda: client.get(base).json()["state"] == "done")
        assert client.get(f"{base}/forecast").json()
        go_on.set()
        wait_for(lambda: client.get(base).json()["stage"] != "scores")
        assert client.get(f"{base}/summary").json()["scores"]


def test_scores_that_were_cut_short_are_made_when_they_are_looked_at(
    tmp_path: Path, plan: Path
) -> None:
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        run = ended(client, upload(client, plan)["id"])["id"]
        result = tmp_path / "runs" / run / "result"
        whole = json.loads((result / "summary.json").read_text())
        cut = whole | {"scores": None, "scoring": True}
        (result / "summary.json").write_text(json.dumps(cut))
        (result / "pairs.parquet").unlink()
        assert client.get(f"/api/runs/{run}/summary").json()["scoring"]
        wait_for(lambda: not client.get(f"/api/runs/{run}/summary").json()["scoring"])
        assert client.get(f"/api/runs/{run}/summary").json()["scores"] == whole["scores"]


def test_files_made_later_do_not_score_again(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        run = ended(client, upload(client, plan)["id"])["id"]
    folder = tmp_path / "runs" / run
    with closing(RunStore(tmp_path)) as store:
        found = store.get(run)
        assert found is not None
        pool = WorkerPool(store, Limits())
        assert not pool.scoring(run)
        job = {**store.work_of(found), "kind": "render", "what": "report", "lang": "en", "own": {},
               "name": "r.html", "day": found.created}  # fmt: skip
    monkeypatch.setattr("calloff.planning.results._pairs", None)  # would fail if it were called
    tasks.perform(folder, job, lambda share, stage: None, lambda facts: None)
    assert "scores" in (folder / "result" / "r.html").read_text()
