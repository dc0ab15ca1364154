"""Workbook, report and summary of a run are made of what was computed once: nothing is trained."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from books import opened
from calloff.forecasters import lstm
from calloff.planning import computed, results
from calloff.planning.computed import read_computed
from calloff.synth import Customer, make, write_export
from calloff.web.result_files import FORECAST, kept_computed
from calloff.web.tasks import perform

STOCK = "part,stock\nPart 2,40\n"
ASKED: dict[str, Any] = {
    "lead": 3, "service_level": 0.9, "method": "auto", "days": 2, "as_of": None, "tolerance": 0.1,
    "exclude": [], "shortage_cost": None, "surplus_cost": None, "cover": 1,
}  # fmt: skip
JOB = {"kind": "forecast", "files": ["export.xlsx"], "stock": "stock.csv", "settings": ASKED}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run whose forecast comes from trained networks."""
    made = tmp_path_factory.mktemp("run")
    for name in ("input", "stock"):
        (made / name).mkdir()
    write_export(make(Customer(parts=6, days=40)), made / "input" / "export.xlsx")
    (made / "stock" / "stock.csv").write_text(STOCK, encoding="utf-8")
    perform(made, JOB, lambda share, stage: None, lambda facts: None)
    return made


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever would train or forecast fails."""

    def no(*given: Any, **named: Any) -> Any:
        raise AssertionError("computed once more")

    monkeypatch.setattr(lstm, "_trained", no)
    monkeypatch.setattr(results, "forecast_past", no)
    monkeypatch.setattr(results, "tuned_networks", no)
    monkeypatch.setattr(results, "_pairs", no)
    yield


def render(folder: Path, **what: Any) -> None:
    job = {**JOB, "kind": "render", "lang": "en", "day": "2024-05-01T00:00:00.000Z", "own": []}
    perform(folder, {**job, **what}, lambda share, stage: None, lambda facts: None)


def test_what_was_trained_is_there(folder: Path) -> None:
    assert json.loads((folder / "result" / "summary.json").read_text())["curves"]


@pytest.mark.usefixtures("untrained")
def test_nothing_is_computed_for_a_workbook(folder: Path) -> None:
    table = pl.read_parquet(folder / "result" / "forecasts.parquet")
    first = str(table["target"].min())
    own = [[first, "Part 2", 500.0, "2024-05-01T00:00:00.000Z"]]
    render(folder, what="workbook", name="a.xlsx", own=own)
    book = opened(folder / "result" / "a.xlsx", values=True)
    heads, *lines = book.worksheets[0].values
    at = {head: place for place, head in enumerate(heads)}
    rows = {(line[0], line[at["target day"]].date()): line for line in lines if line[1]}
    for row in table.iter_rows(named=True):
        line = rows[row["part"], row["target"]]
        assert line[at["forecast"]] == pytest.approx(row["forecast"])
        if row["part"] != "Part 2":
            assert line[at["build"]] == row["build"]
    later = rows["Part 2", table["target"].max()]
    assert later[at["built for days before"]] == 500


@pytest.mark.usefixtures("untrained")
def test_nothing_is_computed_for_a_report_or_a_summary(folder: Path) -> None:
    result = folder / "result"
    render(folder, what="report", name="a.html")
    assert (result / "a.html").stat().st_size > 100_000
    before = json.loads((result / "summary.json").read_text())
    (result / "summary.json").unlink()
    render(folder, what="summary")
    assert json.loads((result / "summary.json").read_text()) == before


def test_what_is_read_back_is_the_same_to_the_bit(folder: Path) -> None:
    found = read_computed(folder / "result" / FORECAST).forecast
    table = pl.read_parquet(folder / "result" / "forecasts.parquet")
    assert_frame_equal(found.table, table, check_exact=True)
    assert found.mixtures[0] is not None and found.choice.method.name == "auto"
    assert [len(need.parts) for need in found.needs] == [6, 6]


def test_what_another_version_wrote_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(computed, "FORMAT", computed.FORMAT + 1)
    with pytest.raises(ValueError, match="format 1"):
        read_computed(folder / "result" / FORECAST)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"[]"])
def test_what_is_damaged_is_computed_anew(
    folder: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "result" / FORECAST
    sound = path.read_bytes()
    path.write_bytes(content)
    with pytest.raises(ValueError):
        read_computed(path)
    assert kept_computed(path.parent) is None
    path.write_bytes(sound)
    assert kept_computed(path.parent) is not None
