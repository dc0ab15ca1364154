"""Forty days of a customer who sends EDI, beside the Excel export of the same plans."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff import Spec, forecast, load
from calloff.synth.edi import write_edi

DAYS, AHEAD, PARTS = 40, 6, 9


def history() -> pl.DataFrame:
    """Plans of forty working days: part, issued_at, target, quantity; the day itself among them."""
    rng = np.random.default_rng(7)
    start = np.datetime64("2026-03-02T05:30")
    rows = []
    level = rng.integers(40, 400, PARTS)
    for number in range(DAYS):
        issued = (start + np.timedelta64(number, "D")).astype(object)
        for part in range(PARTS):
            for lead in range(AHEAD):
                pieces = int(level[part] * rng.uniform(0.8, 1.2)) if rng.random() > 0.15 else 0
                target = issued.date() + timedelta(days=lead)
                rows.append((f"P-{part + 1:02}", issued, target, float(pieces)))
    schema = {
        "part": pl.String,
        "issued_at": pl.Datetime,
        "target": pl.Date,
        "quantity": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.fixture(scope="module")
def sent() -> pl.DataFrame:
    return history()


def wide_export(sent: pl.DataFrame, path: Path) -> Path:
    lead = (pl.col("target") - pl.col("issued_at").dt.date()).dt.total_days()
    named = pl.when(lead == 0).then(pl.lit("D")).otherwise(pl.lit("D+") + lead.cast(pl.String))
    wide = sent.with_columns(named.alias("lead")).pivot(
        "lead", index=["part", "issued_at"], values="quantity"
    )
    wide.write_excel(path)
    return path


def messages(sent: pl.DataFrame, form: str, folder: Path, zeros: bool) -> Path:
    """A file of schedules without the day itself for each day, and its 862 beside it."""
    today = pl.col("target") == pl.col("issued_at").dt.date()
    for (issued,), rows in sent.group_by(["issued_at"]):
        day = f"{issued:%Y%m%d}"
        plan, calls = rows.filter(~today), rows.filter(today)
        (folder / f"plan-{day}.edi").write_bytes(write_edi(plan, form, zeros=zeros))
        (folder / f"calls-{day}.edi").write_bytes(write_edi(calls, "862", zeros=True))
    return folder


@pytest.mark.parametrize("zeros", [True, False])
@pytest.mark.parametrize("form", ["delfor", "vda4905", "830"])
def test_messages_and_export_give_the_same_triangle_and_forecast(
    sent: pl.DataFrame, tmp_path: Path, form: str, zeros: bool
) -> None:
    book = load(wide_export(sent, tmp_path / "export.xlsx"))
    (tmp_path / "edi").mkdir()
    edi = load(messages(sent, form, tmp_path / "edi", zeros))
    assert edi.reading.called_from == "calls"
    assert edi.triangle.parts == book.triangle.parts
    np.testing.assert_array_equal(edi.triangle.days, book.triangle.days)
    np.testing.assert_array_equal(edi.triangle.quantity, book.triangle.quantity)
    options = {"method": "ratio-part", "quantiles": (0.1, 0.9)}
    ours, theirs = (forecast(each.triangle, Spec(lead=2), **options) for each in (edi, book))
    assert ours.table.equals(theirs.table)


def test_without_calls_the_plan_of_the_eve_counts_and_is_said(
    sent: pl.DataFrame, tmp_path: Path
) -> None:
    messages(sent, "delfor", tmp_path, zeros=True)
    for calls in tmp_path.glob("calls-*"):
        calls.unlink()
    loaded = load(tmp_path)
    assert loaded.reading.called_from == "eve"
    triangle = loaded.triangle
    assert np.isnan(triangle.quantity[:, 0, 0]).all()  # nothing was sent before the first day
    np.testing.assert_array_equal(triangle.quantity[:, 1:, 0], triangle.quantity[:, :-1, 1])


def test_shipments_count_where_there_are_no_calls(sent: pl.DataFrame, tmp_path: Path) -> None:
    messages(sent, "delfor", tmp_path, zeros=True)
    for calls in tmp_path.glob("calls-*"):
        calls.unlink()
    shipped = tmp_path.parent / "shipped.csv"
    today = pl.col("target") == pl.col("issued_at").dt.date()
    sent.filter(today).select("part", pl.col("target").alias("day"), "quantity").with_columns(
        pl.col("quantity").cast(pl.Int64)
    ).write_csv(shipped)
    loaded = load(tmp_path, shipments=shipped)
    assert loaded.reading.called_from == "shipments"
    by_part = sent.filter(today).sort("part", "target")["quantity"].to_numpy()
    np.testing.assert_array_equal(loaded.triangle.quantity[:, :, 0].ravel(), by_part)
