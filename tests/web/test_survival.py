"""Killed in the middle, restarted, and asked by many at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from calloff.cli.main import main
from calloff.synth import Customer, make, write_export
from calloff.web.limits import Limits
from input_files import text, wide
from serving import ended, process, server, upload, wait_for

UPLOADS = 50


@pytest.fixture(scope="module")
def long_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a few seconds of work in it."""
    made = tmp_path_factory.mktemp("long") / "long.xlsx"
    write_export(make(Customer(parts=30, days=48)), made)
    return made


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_kill_in_the_middle_loses_nothing_that_was_finished(
    tmp_path: Path, plan: Path, long_plan: Path
) -> None:
    with process(tmp_path) as (running, address), httpx.Client(base_url=address) as client:
        done = ended(client, upload(client, plan)["id"])
        table = client.get(f"/api/runs/{done['id']}/forecast").json()
        cut = upload(client, long_plan, customer="Long")["id"]
        wait_for(lambda: client.get(f"/api/runs/{cut}").json()["stage"] == "forecast")
        queued = [upload(client, plan)["id"] for _ in range(3)]
        workers = children(running.pid)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    assert workers
    wait_for(lambda: not any(map(alive, workers)))  # they do not work on for nobody
    with process(tmp_path) as (_, address), httpx.Client(base_url=address, timeout=60) as client:
        states = {run["id"]: run["state"] for run in client.get("/api/runs").json()}
        assert (states[done["id"]], states[cut]) == ("done", "interrupted")
        assert client.get(f"/api/runs/{done['id']}/forecast").json() == table
        assert client.get(f"/api/runs/{done['id']}/workbook").status_code == 200
        problems = client.get(f"/api/runs/{cut}").json()["problems"]
        assert [each["code"] for each in problems] == ["history.interrupted"]
        again = [run for run, state in states.items() if state == "interrupted"]
        assert len(again) <= 2  # two workers; what was waiting is done without being asked for
        for run in again:
            assert client.post(f"/api/runs/{run}/restart").status_code == 202
        assert {ended(client, run)["state"] for run in (*queued, cut)} == {"done"}


def children(pid: int) -> list[int]:
    """The worker processes of a server (from /proc, where there is one)."""
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.exists():
        pytest.skip("no /proc to find the workers in")
    found = [path.read_text().split() for path in tasks.glob("*/children")]
    return [int(number) for numbers in found for number in numbers]


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # ended, and nobody has asked how


def test_ctrl_c_ends_it_and_marks_what_was_at_work(tmp_path: Path, long_plan: Path) -> None:
    with process(tmp_path) as (running, address), httpx.Client(base_url=address) as client:
        cut = upload(client, long_plan, customer="Long")["id"]
        wait_for(lambda: client.get(f"/api/runs/{cut}").json()["state"] == "running")
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
        assert "Traceback" not in said
    with server(tmp_path) as address, httpx.Client(base_url=address) as client:
        assert client.get(f"/api/runs/{cut}").json()["state"] == "interrupted"


def test_a_deleted_run_is_worked_on_no_longer(tmp_path: Path, plan: Path, long_plan: Path) -> None:
    with server(tmp_path) as address, httpx.Client(base_url=address, timeout=60) as client:
        gone = upload(client, long_plan, customer="Long")["id"]
        wait_for(lambda: client.get(f"/api/runs/{gone}").json()["state"] == "running")
        assert client.delete(f"/api/runs/{gone}").status_code == 204
        assert ended(client, upload(client, plan)["id"])["state"] == "done"
    assert not (tmp_path / "runs" / gone).exists()


def asked(address: str, number: int) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    """One caller of many: a file of its own, its run, its table."""
    table = wide(parts=3, days=8)
    for row in table[1:]:
        row[0] = f"{row[0]} of {number}"
    content = text({"": table})
    with httpx.Client(base_url=address, timeout=180) as client:
        files = {"files": (f"{number}.csv", content)}
        asked = {"lead": 2, "method": "ratio", "keep": "false"}
        answer = client.post("/api/runs", files=files, data=asked)
        assert answer.status_code == 202, answer.text
        run = ended(client, answer.json()["id"])
        return number, run, client.get(f"/api/runs/{run['id']}/forecast").json()


def test_fifty_uploads_at_once_without_a_failed_or_mixed_answer(tmp_path: Path) -> None:
    with server(tmp_path, Limits()) as address, ThreadPoolExecutor(UPLOADS) as callers:
        answers = list(callers.map(lambda number: asked(address, number), range(UPLOADS)))
    for number, run, table in answers:
        assert (run["state"], run["files"]) == ("done", [f"{number}.csv"])
        assert {row["part"] for row in table} == {f"Part {n} of {number}" for n in range(3)}
    assert len({run["id"] for _, run, _ in answers}) == UPLOADS


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--host", "0.0.0.0"], "--new-key"), (["--name", "planning.example"], "--new-key"),
        (["--port", "65536"], "65535"),
        (["--token", "short"], "16"), (["--folder", "/dev/null/x"], "--folder"),
        (["--host", "203.0.113.7", "--token", "long-enough-for-this"], "--host"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_is_one_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: str,
) -> None:
    """As a process says it too, below; one that served here would not come back."""
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: pytest.fail("it is served"))
    with pytest.raises(SystemExit) as end:
        sys.exit(main(["serve", "--lang", "en", "--folder", str(tmp_path), *words]))
    assert end.value.code == 2
    said = capsys.readouterr()
    assert code in said.err and "Traceback" not in said.err
    assert said.out == ""


def test_a_port_and_a_folder_are_taken_once(tmp_path: Path) -> None:
    with process(tmp_path) as (_, address):
        port = address.rpartition(":")[2]
        for words in (["--port", port, "--folder", str(tmp_path / "b")], ["--port", "0"]):
            command = [sys.executable, "-m", "calloff", "serve", "--folder", str(tmp_path)]
            done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=60)
            assert done.returncode == 2, done.stderr
            assert "Traceback" not in done.stderr
