"""Killed at random moments, again and again: what was answered is true after every start."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from input_files import text, wide
from serving import ended, process

PATCH = {"replaces": None, "reason": "why"}
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")


class Promises:
    """What the server has answered, and what was under way when it was killed."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self.gone: set[str] = set()
        self.tables: dict[str, Any] = {}
        self.numbers: dict[tuple[str, str], float] = {}
        self.asked: dict[tuple[str, str], float] = {}  # a number without an answer yet
        self.deleting: set[str] = set()


def work(address: str, made: Promises, rng: random.Random, stop: threading.Event) -> None:
    """One caller who uploads, looks, types and deletes, until the server is gone."""
    content = text({"": wide(parts=3, days=8)})
    with httpx.Client(base_url=address, timeout=30) as client:
        try:
            while not stop.is_set():
                step(client, made, rng, content)
        except httpx.TransportError:
            return  # killed


def step(client: httpx.Client, made: Promises, rng: random.Random, content: bytes) -> None:
    files = {"files": ("plan.csv", content)}
    answer = client.post("/api/runs", files=files, data={"lead": 2})
    assert answer.status_code == 202, answer.text
    run = answer.json()["id"]
    made.taken.add(run)
    number(client, made, run, f"Part {rng.randrange(3)}", float(rng.randrange(1000)))
    for each in client.get("/api/runs").json():
        if each["state"] == "done" and each["id"] not in made.tables:
            table = client.get(f"/api/runs/{each['id']}/forecast").json()
            made.tables[each["id"]] = plain(table)
    if len(made.tables) > 3 and rng.random() < 0.2:
        old = rng.choice(sorted(set(made.tables) - made.gone))
        made.deleting.add(old)
        assert client.delete(f"/api/runs/{old}").status_code == 204
        made.gone.add(old)


def number(client: httpx.Client, made: Promises, run: str, part: str, pieces: float) -> None:
    made.asked[run, part] = pieces
    change = {**PATCH, "part": part, "pieces": pieces}
    answer = client.patch(f"/api/runs/{run}/overrides", json=change)
    assert answer.status_code == 200, answer.text
    made.numbers[run, part] = pieces


def plain(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A table without the planner's numbers, which may come later."""
    return [{name: value for name, value in row.items() if name != "override"} for row in table]


def check(client: httpx.Client, made: Promises) -> None:
    """All that was answered holds."""
    runs = {run["id"]: run for run in client.get("/api/runs").json()}
    assert not made.gone & set(runs)
    assert made.taken - made.deleting <= set(runs)
    for run, table in made.tables.items():
        if run in runs:
            assert runs[run]["state"] == "done"
            assert plain(client.get(f"/api/runs/{run}/forecast").json()) == table
    for (run, part), pieces in made.asked.items():
        if run not in runs:
            continue
        found = client.get(f"/api/runs/{run}/overrides").json()
        if (run, part) in made.numbers:
            assert found["overrides"][part] == pieces
        assert found["overrides"].get(part, pieces) == pieces
        assert len(found["changes"]) == len(found["overrides"])
    for run, each in runs.items():
        if each["state"] == "interrupted":
            assert client.post(f"/api/runs/{run}/restart").status_code == 202


@pytest.mark.parametrize("kills", [4, pytest.param(50, marks=pytest.mark.exhaustive)])
def test_kills_at_random_moments_lose_nothing(tmp_path: Path, kills: int) -> None:
    rng, made = random.Random(kills), Promises()
    for _ in range(kills):
        with process(tmp_path) as (running, address):
            with httpx.Client(base_url=address, timeout=60) as client:
                check(client, made)
            stop = threading.Event()
            caller = threading.Thread(target=work, args=(address, made, rng, stop), daemon=True)
            caller.start()
            time.sleep(rng.uniform(0.0, 2.0))
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
            stop.set()
            caller.join(timeout=60)
            assert not caller.is_alive()
    assert len(made.taken) > kills / 2 and made.numbers
    with process(tmp_path) as (_, address), httpx.Client(base_url=address, timeout=60) as client:
        check(client, made)
        left = [run["id"] for run in client.get("/api/runs").json()]
        assert {ended(client, run)["state"] for run in left} <= {"done"}
        assert {path.name for path in (tmp_path / "runs").iterdir()} == set(left)
