"""Killed at random moments, again and again: what was answered is true after every start."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from input_files import text, wide
from serving import ended, numbers_of, process, wait_for

ASKED = {"lead": 2, "method": "ratio"}  # a choice among methods would only take longer
PATCH = {"replaces": None, "reason": "why"}
CONTENT = text({"": wide(parts=3, days=8)})
WAITING = 3  # runs that wait or are at work; more would only be waited for in the end
PARTS = 40  # names that numbers are typed for
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


def work(address: str, made: Promises, rng: random.Random) -> None:
    """One caller who uploads, looks, types and deletes, until the server is gone."""
    with httpx.Client(base_url=address, timeout=30) as client:
        try:
            while True:
                step(client, made, rng)
        except httpx.TransportError:
            return  # killed


def step(client: httpx.Client, made: Promises, rng: random.Random) -> None:
    states = {run["id"]: run["state"] for run in client.get("/api/runs").json()}
    look(client, made, states)
    waiting = [run for run, state in states.items() if state in ("queued", "running")]
    if len(waiting) < WAITING:
        made.taken.add(begin(client))
    part = f"Part {rng.randrange(PARTS)}"
    if made.tables and (run := rng.choice(sorted(made.tables)), part) not in made.asked:
        number(client, made, run, part, float(rng.randrange(1000)))
    if len(made.tables) > 1 and rng.random() < 0.1:
        delete(client, made, rng.choice(sorted(made.tables)))


def begin(client: httpx.Client) -> str:
    files = {"files": ("plan.csv", CONTENT)}
    answer = client.post("/api/runs", files=files, data=ASKED)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def look(client: httpx.Client, made: Promises, states: dict[str, str]) -> None:
    """Remember the tables of what is done by now."""
    for run, state in states.items():
        if state == "done" and run not in made.tables:
            made.tables[run] = plain(client.get(f"/api/runs/{run}/forecast").json())


def delete(client: httpx.Client, made: Promises, run: str) -> None:
    made.deleting.add(run)
    del made.tables[run]
    assert client.delete(f"/api/runs/{run}").status_code == 204
    made.gone.add(run)


def number(client: httpx.Client, made: Promises, run: str, part: str, pieces: float) -> None:
    made.asked[run, part] = pieces
    change = {**PATCH, "part": part, "pieces": pieces}
    answer = client.patch(f"/api/runs/{run}/overrides", json=change)
    assert answer.status_code == 200, answer.text
    made.numbers[run, part] = pieces


OWN = ("override", "final")


def plain(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A table without the planner's numbers, which may come later."""
    return [{name: value for name, value in row.items() if name not in OWN} for row in table]


def check(client: httpx.Client, made: Promises) -> None:
    """All that was answered holds; what was cut short is begun again."""
    runs = {run["id"]: run for run in client.get("/api/runs").json()}
    assert not made.gone & set(runs)
    assert made.taken - made.deleting <= set(runs)
    for run, table in made.tables.items():
        assert runs[run]["state"] == "done"
        assert plain(client.get(f"/api/runs/{run}/forecast").json()) == table
    for run, each in runs.items():
        check_numbers(client.get(f"/api/runs/{run}/overrides").json(), run, made)
        if each["state"] == "interrupted":
            assert client.post(f"/api/runs/{run}/restart").status_code == 202


def check_numbers(found: dict[str, Any], run: str, made: Promises) -> None:
    """Every number that was answered is there, and none that was not asked for."""
    numbers = numbers_of(found)
    asked = {part: pieces for (of, part), pieces in made.asked.items() if of == run}
    saved = {part for of, part in made.numbers if of == run}
    assert saved <= set(numbers) <= set(asked)
    assert numbers == {part: asked[part] for part in numbers}
    assert len(found["changes"]) == len(numbers)


# Fifty kills in five folders: those of one need not wait for those of another.
CASES = [(0, 4), *(pytest.param(seed, 10, marks=pytest.mark.exhaustive) for seed in range(1, 6))]


@pytest.mark.parametrize(("seed", "kills"), CASES)
def test_kills_at_random_moments_lose_nothing(tmp_path: Path, seed: int, kills: int) -> None:
    rng, made = random.Random(seed), Promises()
    with process(tmp_path) as (_, address), httpx.Client(base_url=address, timeout=60) as client:
        made.taken = {begin(client) for _ in range(3)}
        look(client, made, {run: ended(client, run)["state"] for run in made.taken})
    assert len(made.tables) == 3
    for _ in range(kills):
        killed(tmp_path, made, rng)
    assert len(made.numbers) >= kills // 4
    with process(tmp_path) as (_, address), httpx.Client(base_url=address, timeout=60) as client:
        check(client, made)
        left = [run["id"] for run in client.get("/api/runs").json()]
        assert {ended(client, run)["state"] for run in left} == {"done"}
        assert {path.name for path in (tmp_path / "runs").iterdir()} == set(left)


def killed(folder: Path, made: Promises, rng: random.Random) -> None:
    """A life of the server: what held before is looked up, then it works, and is killed."""
    with process(folder) as (running, address), ThreadPoolExecutor(1) as callers:
        with httpx.Client(base_url=address, timeout=60) as client:
            check(client, made)
        moment, wanted = rng.uniform(0.0, 1.2), len(made.numbers) + rng.randrange(2)
        caller = callers.submit(work, address, made, rng)
        time.sleep(moment)
        wait_for(lambda: len(made.numbers) >= wanted or caller.done())  # on a busy machine too
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        caller.result(timeout=60)  # raises what an answer should not have been
