"""Workbook and report of a run are made when they are first asked for, and kept."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from calloff.web.pool import WorkerPool
from serving import ended, server, upload


def test_workbook_and_report_are_made_once_and_kept(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    sound = WorkerPool.render

    def render(pool: WorkerPool, run: object, job: dict[str, str]) -> object:
        made.append(job["what"])
        return sound(pool, run, job)  # type: ignore[arg-type]

    monkeypatch.setattr(WorkerPool, "render", render)
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=120) as client:
        run = ended(client, upload(client, plan)["id"])
        base = f"/api/runs/{run['id']}"
        for what in ("workbook", "report", "workbook", "report"):
            assert client.get(f"{base}/{what}").status_code == 200
        assert made == ["workbook", "report"]
        target, part = run["facts"]["targets"][0], "Part 2"
        own = {"part": part, "target": target, "pieces": 5, "replaces": None, "reason": ""}
        assert client.patch(f"{base}/overrides", json=own).status_code == 200
        for _ in range(2):
            assert client.get(f"{base}/workbook").status_code == 200
        assert made == ["workbook", "report", "workbook"]
        kept = sorted(path.suffix for path in tmp_path.glob("runs/*/result/*-en-*"))
        assert kept == [".html", ".xlsx"]  # of each the newest
