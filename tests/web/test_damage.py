"""What a disk did to old runs: they are named and passed over, and the others open."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from input_files import wide, write
from serving import codes, ended, server, upload

Sound = tuple[Path, str, str]
Two = tuple[httpx.Client, Path, str, str]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """The folder of a server that has gone, with two runs on one file: as of an earlier evening,
    and of the last."""
    folder = tmp_path_factory.mktemp("sound")
    made = write(folder / "export.csv", wide(parts=3, days=20))
    kept, look = folder / "kept", {"lead": 2, "keep": "false"}
    with server(kept) as address, httpx.Client(base_url=address, timeout=60) as client:
        first = ended(client, upload(client, made, as_of="2021-10-12", **look)["id"])
        later = ended(client, upload(client, made, **look)["id"])
    assert (first["state"], later["state"]) == ("done", "done"), (first, later)
    return kept, first["id"], later["id"]


@pytest.fixture
def two(sound: Sound, tmp_path: Path) -> Iterator[Two]:
    """A server with the two runs on a copy of the folder, to be damaged."""
    folder = shutil.copytree(sound[0], tmp_path / "kept")
    with server(folder) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client, folder, *sound[1:]


def result(folder: Path, run: str, name: str) -> Path:
    return folder / "runs" / run / "result" / name


@pytest.mark.parametrize("name", ["calloffs.parquet", "forecasts.parquet"])
def test_a_damaged_earlier_run_is_named_and_passed_over(two: Two, name: str) -> None:
    client, folder, first, later = two
    sound = client.get(f"/api/runs/{later}/earlier").json()
    assert [entry["run"] for entry in sound] == [first]
    assert sound[0]["problem"] is None
    result(folder, first, name).write_bytes(b"PAR1 nothing of a table PAR1")
    answer = client.get(f"/api/runs/{later}/earlier")
    assert answer.status_code == 200
    (entry,) = answer.json()
    assert (entry["run"], entry["files"]) == (first, ["export.csv"])
    assert entry["problem"]["code"] == "history.damaged" and entry["rows"] == []
    for path in ("summary", "forecast", "workbook"):
        assert client.get(f"/api/runs/{later}/{path}").status_code == 200


def test_a_run_whose_results_are_damaged_says_so_and_can_be_made_again(two: Two) -> None:
    client, folder, first, _ = two
    sound = client.get(f"/api/runs/{first}/forecast").json()
    result(folder, first, "forecasts.parquet").write_bytes(b"")
    answer = client.get(f"/api/runs/{first}/forecast")
    assert (answer.status_code, codes(answer)) == (409, ["history.damaged"])
    run = client.get(f"/api/runs/{first}").json()
    assert run["state"] == "failed" and run["problems"][0]["code"] == "history.damaged"
    assert client.post(f"/api/runs/{first}/restart").status_code == 202
    assert ended(client, first)["state"] == "done"
    assert client.get(f"/api/runs/{first}/forecast").json() == sound


def test_a_summary_that_is_damaged_is_made_anew(two: Two) -> None:
    client, folder, first, _ = two
    sound = client.get(f"/api/runs/{first}/summary").json()
    for content in (b"{", b"\xff", b"[]"):
        result(folder, first, "summary.json").write_bytes(content)
        assert client.get(f"/api/runs/{first}/summary").json() == sound


@pytest.mark.parametrize(
    "change", ["job = '{'", "facts = '[1'", "problems = 'x'", "job = '[]', facts = '7'"]
)
def test_a_damaged_row_is_a_failed_run_among_the_others(two: Two, change: str) -> None:
    client, folder, first, later = two
    with sqlite3.connect(folder / "runs.sqlite") as data:
        data.execute(f"UPDATE runs SET {change} WHERE id = ?", (first,))
    data.close()
    runs: list[dict[str, Any]] = client.get("/api/runs").json()
    assert len(runs) == 2
    states = {run["id"]: run["state"] for run in runs}
    assert states[first] == "failed" and states[later] == "done"
    assert client.get(f"/api/runs/{later}/earlier").status_code == 200
    damaged = client.get(f"/api/runs/{first}").json()
    assert damaged["problems"][0]["code"] == "history.damaged"
    assert client.delete(f"/api/runs/{first}").status_code == 204
