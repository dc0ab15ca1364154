"""What is in a folder from before there was a store moves over by itself, once, and doubles
nothing."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from test_kept_plans import days, drop, page, plans, until

from calloff.ledger.own_numbers import own_numbers
from calloff.ledger.runs import runs
from calloff.ledger.scorecard import scorecard
from calloff.store.folder import open_store
from calloff.store.load import load
from calloff.store.manifest import reading
from calloff.web.accounts import Accounts
from calloff.web.callers import Access
from serving import process, server, wait_for

OWN = 123.0
Former = tuple[Path, list[str], list[date]]  # a folder, its runs, the evenings that they are of


def as_before(folder: Path, evenings: list[date]) -> list[str]:
    """Make runs what they were before there was a store, sent on evenings, the first one first;
    their ids."""
    with closing(sqlite3.connect(folder / "runs.sqlite")) as data, data:
        found = [row[0] for row in data.execute("SELECT id FROM runs ORDER BY created, rowid")]
        for run, day in zip(found, evenings, strict=True):
            change = "job = json_remove(job, '$.keep'), created = ?"
            moment = f"{day}T16:00:00.000Z"
            data.execute(f"UPDATE runs SET {change} WHERE id = ?", (moment, run))
            data.execute("UPDATE overrides SET made = ? WHERE run = ?", (moment, run))
    return found


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Former:
    """A folder of the former layout, to be copied: an evening's export of all plans each, own
    numbers in one."""
    table, root = plans(), tmp_path_factory.mktemp("former")
    folder, evenings = root / "kept", days(table)[-4:]
    with page(folder) as client:
        for at, day in enumerate(evenings):
            run = drop(client, until(root / "export.csv", table, day), keep="false")
            if at == 0:
                part = client.get(f"{run['base']}/forecast").json()[0]["part"]
                change = {"part": part, "pieces": OWN, "replaces": None}
                client.patch(f"{run['base']}/overrides", json=change).raise_for_status()
    return folder, as_before(folder, evenings), evenings


@pytest.fixture
def four(made_once: Former, tmp_path: Path) -> Former:
    """A former folder of four runs."""
    return shutil.copytree(made_once[0], tmp_path / "kept"), *made_once[1:]


def all_moved(client: httpx.Client) -> Any:
    return all(run["kept"] for run in client.get("/api/runs").json())


def whole(folder: Path, evenings: list[date], tables: dict[str, Any]) -> None:
    """All runs are there as they were, and in the store and its ledger once."""
    with page(folder) as client:
        wait_for(lambda: all_moved(client))
        assert {run["id"] for run in client.get("/api/runs").json()} == set(tables)
        for run, table in tables.items():
            assert client.get(f"/api/runs/{run}/forecast").json() == table
    store = open_store(folder / "store")
    found = runs(store)
    assert [run.made[:10] for run in found] == [run.cutoff for run in found]
    assert [run.cutoff for run in found] == [str(day) for day in evenings]
    assert own_numbers(store, "unnamed")["override"].to_list() == [OWN]
    with reading(store) as log:
        names = [
            row["arrived"][:10] for row in log.execute("SELECT arrived FROM files ORDER BY id")
        ]
    assert names == [str(day) for day in evenings]
    table = plans()
    triangle = load(store.root).triangle
    assert triangle.days.tolist() == days(table)
    assert not triangle.conflict.any()
    early = triangle.as_of(triangle.days[20])  # the first export was the whole history
    assert len(early.days) == 15


def results(folder: Path, found: list[str]) -> dict[str, Any]:
    with page(folder, plans=folder) as client:  # nothing moves into a store from elsewhere
        return {run: client.get(f"/api/runs/{run}/forecast").json() for run in found}


def test_former_runs_move_once_with_their_times(four: Former) -> None:
    folder, found, evenings = four
    tables = results(folder, found)
    assert not (folder / "store").exists()
    whole(folder, evenings, tables)
    before = sorted((folder / "store").rglob("*"))
    whole(folder, evenings, tables)  # a second start moves nothing
    assert sorted((folder / "store").rglob("*")) == before
    card = scorecard(open_store(folder / "store"))
    assert card.pairs.filter(method="forecast").height and card.own.height
    with page(folder) as client:
        shown = client.get(f"/api/runs/{found[-1]}/earlier").json()
        assert {entry["run"] for entry in shown} <= set(found) and shown
        assert client.get(f"/api/runs/{found[-1]}/workbook").status_code == 200
        client.delete(f"/api/runs/{found[0]}").raise_for_status()
    assert len(runs(open_store(folder / "store"))) == len(found) - 1
    assert own_numbers(open_store(folder / "store"), "unnamed").is_empty()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_on_the_way_it_goes_on_and_doubles_nothing(four: Former) -> None:
    folder, found, evenings = four
    tables = results(folder, found)
    for seconds in (0.6, 1.4, 2.2):
        with process(folder) as (running, _):
            with pytest.raises(AssertionError):
                wait_for(lambda: False, patience=seconds)
            os.kill(running.pid, signal.SIGKILL)
            running.wait()
    whole(folder, evenings, tables)


def test_what_cannot_move_says_so_and_stops_nothing(four: Former) -> None:
    folder, found, _ = four
    (path,) = (folder / "runs" / found[0] / "input").iterdir()
    path.write_bytes(b"no table at all")
    with page(folder) as client:
        others = [f"/api/runs/{run}" for run in found[1:]]
        wait_for(lambda: all(client.get(run).json()["kept"] for run in others))
        bad = client.get(f"/api/runs/{found[0]}").json()
        assert bad["unmoved"] and not bad["kept"] and bad["state"] == "done"
        assert client.get(f"/api/runs/{found[0]}/forecast").status_code == 200
    assert len(runs(open_store(folder / "store"))) == len(found) - 1


def test_each_owners_runs_move_into_their_own_store(four: Former) -> None:
    """Those of nobody wait until they are given to somebody."""
    folder, found, _ = four
    with closing(sqlite3.connect(folder / "runs.sqlite")) as data, data:
        for run, owner in zip(found, ("user:ann", "user:eve", "0123abc", "0123abc"), strict=True):
            data.execute("UPDATE runs SET owner = ? WHERE id = ?", (owner, run))
    with closing(Accounts(folder)) as accounts, ExitStack() as stack:
        keys = {name: accounts.new_key(name) for name in ("ann", "eve")}
        address = stack.enter_context(server(folder, access=Access(accounts)))
        for name, key in keys.items():
            client = stack.enter_context(httpx.Client(
                base_url=address, headers={"Authorization": f"Bearer {key}"}))  # fmt: skip
            wait_for(lambda client=client: all_moved(client))
            assert len(client.get("/api/runs").json()) == 1, name
    stores = sorted((folder / "stores").iterdir())
    assert [len(runs(open_store(each))) for each in stores] == [1, 1]
    assert not (folder / "store").exists()
