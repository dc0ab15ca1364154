"""A clock that is set back while the server runs costs no run, no number and no session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from serving import ended, server, upload

BACK = timedelta(days=1)


def earlier(ago: float = 0.0) -> str:
    """What ``calloff.web.clock.now`` says when the clock stands a day back."""
    moment = datetime.now(UTC) - BACK - timedelta(seconds=ago)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_a_clock_that_is_set_back_costs_nothing(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        first = ended(client, upload(client, plan)["id"])
        target = first["facts"]["targets"][0]
        base = f"/api/runs/{first['id']}/overrides"
        own = {"part": "Part 2", "target": target, "pieces": 5, "replaces": None, "reason": ""}
        assert client.patch(base, json=own).status_code == 200
        for module in ("run_store", "own_numbers", "accounts"):
            monkeypatch.setattr(f"calloff.web.{module}.now", earlier)
        second = ended(client, upload(client, plan, lead=2)["id"])
        assert second["state"] == "done"
        assert second["created"] < first["created"]
        assert client.patch(base, json={**own, "pieces": 7, "replaces": 5}).status_code == 200
        found = client.get(base).json()
        assert found["overrides"][target] == {"Part 2": 7}
        listed = [run["id"] for run in client.get("/api/runs").json()]
        assert sorted(listed) == sorted([first["id"], second["id"]])
        assert client.get(f"/api/runs/{second['id']}/earlier").status_code == 200
        assert client.get(f"/api/runs/{second['id']}/workbook").status_code == 200
