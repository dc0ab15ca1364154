"""What is dropped on the page is kept in a store, forecast from there, and scored by its ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from calloff.data.load import load as load_files
from calloff.ledger.own_numbers import own_numbers
from calloff.ledger.repeating import repeat
from calloff.ledger.runs import runs
from calloff.ledger.scorecard import scorecard
from calloff.planning.forecast import forecast
from calloff.rolling.spec import Spec
from calloff.store.adding import Adding, add
from calloff.store.folder import LEDGER, open_store
from calloff.store.load import load
from calloff.synth import bank
from calloff.web.accounts import Accounts
from calloff.web.callers import Access
from serving import codes, ended, server, upload

PARTS = 6


def plans(kind: str = "daily-biased", customer: str = "") -> pl.DataFrame:
    table = bank(kind).history.table()
    names = table["part"].unique(maintain_order=True).head(PARTS)
    own = table.filter(pl.col("part").is_in(names.to_list()))
    return own.with_columns(customer=pl.lit(customer)) if customer else own


def days(table: pl.DataFrame) -> list[date]:
    return table["issued_at"].dt.date().unique().sort().to_list()


def until(path: Path, table: pl.DataFrame, day: date, first: date | None = None) -> Path:
    """A file of the plans up to a day."""
    issued = pl.col("issued_at").dt.date()
    table.filter(issued <= day, issued >= (first or issued)).write_csv(path)
    return path


@contextmanager
def page(folder: Path, **options: Any) -> Iterator[httpx.Client]:
    with (
        server(folder, **options) as address,
        httpx.Client(base_url=address, timeout=120) as client,
    ):
        yield client


def drop(client: httpx.Client, path: Path, **fields: Any) -> dict[str, Any]:
    """A file that comes to its end on the page."""
    run = ended(client, upload(client, path, **{"method": "ratio", "lead": 2, **fields})["id"])
    run["base"] = f"/api/runs/{run['id']}"
    return run


def test_an_evening_alone_is_enough_once_the_earlier_ones_are_there(tmp_path: Path) -> None:
    table = plans()
    *_, before, last = days(table)
    with page(tmp_path / "kept") as client:
        first = drop(client, until(tmp_path / "history.csv", table, before))
        run = drop(client, until(tmp_path / "evening.csv", table, last, last))
        assert (first["state"], run["state"]) == ("done", "done"), (first, run)
        shown = client.get(f"{run['base']}/forecast").json()
        book = client.get(f"{run['base']}/workbook")
    assert book.status_code == 200
    whole = load_files(until(tmp_path / "whole.csv", table, last)).triangle
    alone = forecast(whole, Spec(2), method="ratio").table
    assert [row["forecast"] for row in shown] == alone["forecast"].to_list()
    store = open_store(tmp_path / "kept" / "store")
    found = runs(store)
    assert [run.source for run in found] == ["page", "page"]
    again = repeat(store, found[-1].id)
    assert again.equal and again.intact


def test_only_a_look_keeps_nothing(tmp_path: Path) -> None:
    table = plans()
    with page(tmp_path / "kept") as client:
        run = drop(client, until(tmp_path / "a.csv", table, days(table)[-1]), keep="false")
        assert run["state"] == "done" and "kept" not in run["facts"]
        assert client.get(f"{run['base']}/earlier").json() == []
    assert not (tmp_path / "kept" / "store").exists()


def test_of_several_customers_one_is_chosen(tmp_path: Path) -> None:
    both = pl.concat([plans(customer="Acme"), plans(customer="Bolt, Nut & Co")])
    with page(tmp_path / "kept") as client:
        asked = drop(client, until(tmp_path / "a.csv", both, days(both)[-1]))
        assert asked["state"] == "failed"
        assert [each["code"] for each in asked["problems"]] == ["web.customers"]
        assert asked["choices"] == ["Acme", "Bolt, Nut & Co"]
        form = {"again": asked["id"], "customer": "bolt, nut  & co", "method": "ratio", "lead": "2"}
        run = ended(client, client.post("/api/runs", data=form).json()["id"])
        assert (run["state"], run["facts"]["kept"]) == ("done", "Bolt, Nut & Co")
        assert run["facts"]["parts"] == PARTS
        wrong = {**form, "customer": "Cog"}
        refused = ended(client, client.post("/api/runs", data=wrong).json()["id"])
        assert [each["code"] for each in refused["problems"]] == ["web.no_customer"]
    assert [run.customer for run in runs(open_store(tmp_path / "kept" / "store"))] == [
        "Bolt, Nut & Co"
    ]


def test_the_run_before_is_that_of_the_same_customer_even_where_plans_are_alike(
    tmp_path: Path,
) -> None:
    before, last = days(plans())[-2:]
    with page(tmp_path / "kept") as client:
        for name in ("Acme", "Bolt"):
            path = until(tmp_path / f"{name}.csv", plans(customer=name), before)
            first = drop(client, path, days="3")
        path = until(tmp_path / "today.csv", plans(customer="Acme"), last, last)
        today = drop(client, path, days="3")
        found = client.get(f"{today['base']}/changes").json()
    assert (first["facts"]["kept"], today["facts"]["kept"]) == ("Bolt", "Acme")
    assert found["run"] not in (first["id"], today["id"])


def test_a_strange_file_without_a_customer_is_asked_about(tmp_path: Path) -> None:
    table = plans()
    strange = table.with_columns(part="other " + pl.col("part"))
    with page(tmp_path / "kept") as client:
        drop(client, until(tmp_path / "a.csv", table, days(table)[-1]))
        path = until(tmp_path / "b.csv", strange, days(table)[-1])
        asked = drop(client, path)
        assert [each["code"] for each in asked["problems"]] == ["store.whose"]
        assert asked["problems"][0]["message"].startswith("b.csv")
        assert drop(client, path, customer="Bolt")["facts"]["kept"] == "Bolt"
        assert drop(client, path, keep="false")["state"] == "done"
    found = load(tmp_path / "kept" / "store", customer="unnamed").triangle
    assert len(found.parts) == PARTS


def test_what_contradicts_the_store_all_over_is_refused_as_on_the_command_line(
    tmp_path: Path,
) -> None:
    table = plans()
    other = table.with_columns(pl.col("quantity") + 17)
    with page(tmp_path / "kept") as client:
        drop(client, until(tmp_path / "a.csv", table, days(table)[-1]))
        run = drop(client, until(tmp_path / "b.csv", other, days(table)[-1]))
        assert run["state"] == "failed"
        (told,) = {each["code"] for each in run["problems"]}
    added = add(tmp_path / "kept" / "store", tmp_path / "b.csv", how=Adding(arrived="on-time"))
    assert {each.code for each in added.refused} == {told}


def written_on(store: Path, run: str, day: date) -> None:
    """As if a forecast had been written down on the evening of its day."""
    with closing(sqlite3.connect(store / LEDGER)) as data, data:
        data.execute("UPDATE runs SET made = ? WHERE id = ?", (f"{day}T18:00:00", run))


def test_earlier_forecasts_are_the_scorecard_of_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each evening a drop, some with an own number; the page shows what the ledger scores."""
    table = plans()
    evenings, own, store = days(table)[-6:], {}, tmp_path / "kept" / "store"
    with page(tmp_path / "kept") as client:
        for at, day in enumerate(evenings):
            monkeypatch.setattr("calloff.web.own_numbers.now", lambda day=day: f"{day}T12:00:00Z")
            run = drop(client, until(tmp_path / "a.csv", table, day))
            written_on(store, runs(open_store(store))[-1].id, day)
            part = client.get(f"{run['base']}/forecast").json()[0]["part"]
            change = {"part": part, "pieces": 100.0 + at, "replaces": None}
            client.patch(f"{run['base']}/overrides", json=change).raise_for_status()
            own[run["id"]] = 100.0 + at
        shown = client.get(f"{run['base']}/earlier").json()
        summary = client.get(f"{run['base']}/summary").json()
        card = scorecard(open_store(store), until=evenings[-1])
        ours = card.pairs.filter(method="forecast")
        assert sum(entry["pairs"] for entry in shown) == ours.height > PARTS
        total = sum(entry["pairs"] * entry["forecast"]["mae"] for entry in shown)
        error = (ours["forecast"] - ours["actual"]).abs().sum()
        assert total == pytest.approx(error)
        mine = {entry["run"]: row["override"] for entry in shown for row in entry["rows"]
                if row["override"] is not None}  # fmt: skip
        assert mine and mine.items() <= own.items()
        assert summary["card"]["targets"] == ours["target"].n_unique()
        gone = next(entry for entry in shown if entry["run"] in mine)
        assert client.delete(f"/api/runs/{gone['run']}").status_code == 204
        after = client.get(f"{run['base']}/earlier").json()
        assert gone["run"] not in {entry["run"] for entry in after}
        summary = client.get(f"{run['base']}/summary").json()
        assert summary["uncounted"]["withdrawn"] == 1
    place = open_store(store)
    assert scorecard(place).withdrawn == 1
    assert own[gone["run"]] not in own_numbers(place, "unnamed")["override"].to_list()
    tables = [path.stem for path in (store / "forecasts").rglob("*.parquet")]
    assert sorted(tables) == sorted(each.id for each in runs(place))
    assert len(load(store).triangle.days) == len(days(table))  # the plans stay


def test_a_forecast_that_another_run_has_too_is_not_withdrawn(tmp_path: Path) -> None:
    table = plans()
    with page(tmp_path / "kept") as client:
        path = until(tmp_path / "a.csv", table, days(table)[-1])
        one, two = (drop(client, path) for _ in range(2))
        store = open_store(tmp_path / "kept" / "store")
        client.delete(one["base"])
        assert len(runs(store)) == 1
        client.delete(two["base"])
        assert runs(store) == []
        client.delete(drop(client, path)["base"])
        assert scorecard(store).withdrawn == 2


def test_a_store_from_elsewhere_is_taken(tmp_path: Path) -> None:
    table = plans()
    *_, before, last = days(table)
    store = tmp_path / "supply"
    add(store, until(tmp_path / "a.csv", table, before), how=Adding(customer="Acme"))
    with page(tmp_path / "kept", plans=store) as client:
        run = drop(client, until(tmp_path / "b.csv", table, last, last))
        assert (run["state"], run["facts"]["kept"]) == ("done", "Acme")
    assert [run.customer for run in runs(open_store(store))] == ["Acme"]
    assert not (tmp_path / "kept" / "store").exists()


def test_owners_never_see_each_others_plans(tmp_path: Path) -> None:
    """Each owner has a store; of a file of one, nothing counts for another."""
    table = plans()
    *_, before, last = days(table)
    whole = until(tmp_path / "whole.csv", table, before)
    evening = until(tmp_path / "evening.csv", table, last, last)
    with closing(Accounts(tmp_path / "kept")) as accounts, ExitStack() as stack:
        keys = {name: accounts.new_key(name, team) for name, team in
                (("ann", "planning"), ("bob", "planning"), ("eve", ""))}  # fmt: skip
        address = stack.enter_context(server(tmp_path / "kept", access=Access(accounts)))
        ann, bob, eve = (
            stack.enter_context(httpx.Client(base_url=address, timeout=120, headers={
                "Authorization": f"Bearer {key}"})) for key in keys.values()
        )  # fmt: skip
        assert drop(ann, whole)["state"] == "done"
        assert drop(bob, evening)["state"] == "done"  # one team, one store
        alone = drop(eve, evening)
        assert eve.get(f"{alone['base']}/inspection").json()["issue_days"] == 1
        run = drop(eve, whole)
        assert eve.get(f"{run['base']}/earlier").json() == []
    stores = sorted((tmp_path / "kept" / "stores").iterdir())
    assert len(stores) == 2 and not (tmp_path / "kept" / "store").exists()
    counts = [len(load(each).triangle.days) for each in stores]
    assert sorted(counts) == [len(days(table)), len(days(table))]
    made = sorted(len(runs(open_store(each))) for each in stores)
    assert made == [2, 2]


def test_a_customer_of_no_words_is_refused(tmp_path: Path) -> None:
    table = plans()
    with page(tmp_path / "kept") as client:
        path = until(tmp_path / "a.csv", table, days(table)[-1])
        files = {"files": ("a.csv", path.read_bytes())}
        answer = client.post("/api/runs", files=files, data={"customer": "x" * 61})
        assert (answer.status_code, codes(answer)) == (422, ["web.value"])
        assert drop(client, path, customer="../../etc")["facts"]["kept"] == "../../etc"
    assert sorted(each.name for each in (tmp_path).iterdir()) == ["a.csv", "kept"]


def test_plans_are_removed_for_good_by_an_action_of_its_own(tmp_path: Path) -> None:
    table = plans()
    *_, before, last = days(table)
    with page(tmp_path / "kept") as client:
        first = drop(client, until(tmp_path / "a.csv", table, before))
        wrong = drop(client, until(tmp_path / "b.csv", table, last, last))
        look = drop(client, tmp_path / "b.csv", keep="false")
        assert codes(client.post(f"{look['base']}/forget")) == ["web.not_kept"]
        shown = client.get(f"{wrong['base']}/forecast").json()
        gone = client.post(f"{wrong['base']}/forget").json()
        assert gone["customers"] == ["unnamed"] and gone["quantities"] > 0
        again = client.post(f"{wrong['base']}/forget")
        assert (again.status_code, codes(again)) == (409, ["web.not_kept"])
        assert client.get(f"{wrong['base']}/forecast").json() == shown
        book = client.get(f"{wrong['base']}/workbook")
        assert (book.status_code, codes(book)) == (409, ["web.plans_gone"])
        assert client.get(f"{first['base']}/workbook").status_code == 200
        found = load(tmp_path / "kept" / "store").triangle
        assert found.days[-1] == np.datetime64(before)
        assert client.delete(wrong["base"]).status_code == 204
    assert len(runs(open_store(tmp_path / "kept" / "store"))) == 1


def test_a_damaged_summary_of_an_earlier_day_is_made_anew_from_the_same_plans(
    tmp_path: Path,
) -> None:
    table, folder = plans(), tmp_path / "kept"
    path = until(tmp_path / "a.csv", table, days(table)[-1])
    with page(folder) as client:
        run = drop(client, path, as_of=str(days(table)[-5]))
        sound = client.get(f"{run['base']}/summary").json()
        (folder / "runs" / run["id"] / "result" / "summary.json").write_text("{")
        assert client.get(f"{run['base']}/summary").json() == sound
        (folder / "store" / LEDGER).write_bytes(b"no database, but long enough to be one" * 99)
        broken = client.get(f"{run['base']}/summary").json()
        assert broken["build"] == sound["build"] and broken["card"] is None
        assert [each["code"] for each in broken["card_problems"]] == ["store.damaged"]
        assert client.get(f"{run['base']}/earlier").json() == []
        assert codes(client.delete(run["base"])) == ["store.damaged"]
        (folder / "store" / LEDGER).unlink()
        (folder / "runs" / run["id"] / "kept.json").write_text("{")
        answer = client.get(f"{run['base']}/summary")
        assert (answer.status_code, codes(answer)) == (409, ["history.damaged"])
        assert client.delete(run["base"]).status_code == 204


def test_several_at_once_share_a_store_and_mix_nothing(tmp_path: Path) -> None:
    table = plans()
    *_, before, last = days(table)
    names = [f"Customer {number}" for number in range(4)]
    with page(tmp_path / "kept") as client:
        begun = {}
        for name in names:
            own = table.with_columns(part=name + ": " + pl.col("part"), customer=pl.lit(name))
            for day in (before, last):
                path = until(tmp_path / f"{name} {day}.csv", own, day)
                begun[upload(client, path, lead=2, method="ratio")["id"]] = name
        for run, name in begun.items():
            found = ended(client, run)
            assert found["state"] == "done", found
            assert found["facts"]["kept"] == name
            rows = client.get(f"/api/runs/{run}/forecast").json()
            assert len(rows) == PARTS and all(row["part"].startswith(name) for row in rows)
    store = open_store(tmp_path / "kept" / "store")
    for name in names:
        assert len(load(store.root, customer=name).triangle.days) == len(days(table))
        for run in runs(store, name):
            assert repeat(store, run.id).equal
    assert len(runs(store)) >= len(names)
