"""Nothing leaks: what comes after the origin cannot change a forecast, not by a bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.triangle import Triangle
from calloff.evaluation.backtest import backtest
from calloff.forecasters import available
from calloff.planning.forecast import forecast
from calloff.rolling.spec import Spec
from calloff.synth import Customer, export_header, export_rows, make
from support import real_file

CUT = "2024-04-05"
METHODS = [*available(), None]


def frame(rows: list[list[object]]) -> pl.DataFrame:
    names = [f"{index}" for index in range(len(rows[0]))]
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    return pl.DataFrame(texts, schema=names, orient="row")


def write(path: Path, rows: list[list[object]]) -> Path:
    frame([HEADER, *rows]).write_csv(path, include_header=False)
    return path


HEADER = export_header()
KEPT = [*range(HEADER.index("D+8일 투입예정 수량")), len(HEADER) - 1]  # D to D+7 and the time
HEADER = [HEADER[column] for column in KEPT]


@pytest.fixture(scope="module")
def rows() -> list[list[object]]:
    truth = make(Customer(parts=16, days=42))
    return [[row[column] for column in KEPT] for row in export_rows(truth)]


def issued_after(row: list[object], day: str) -> bool:
    return str(row[-1])[:8] > day.replace("-", "")


def same(whole: Triangle, cut: Triangle, method: str | None) -> None:
    spec = Spec(lead=3)
    query = {"as_of": CUT, "method": method, "days": 2, "quantiles": (0.1, 0.37, 0.9)}
    a, b = (forecast(each, spec, **query) for each in (whole, cut))  # type: ignore[arg-type]
    assert a.choice.method == b.choice.method
    assert a.table.equals(b.table)
    assert a.skipped.equals(b.skipped)
    assert a.table.height > 10
    assert a.table["q10"].is_not_null().any()


@pytest.mark.parametrize("method", METHODS)
def test_the_file_cut_after_the_origin_gives_the_same(
    method: str | None, rows: list[list[object]], tmp_path: Path
) -> None:
    whole = load(write(tmp_path / "whole.csv", rows)).triangle
    early = [row for row in rows if not issued_after(row, CUT)]
    assert len(early) < len(rows)
    same(whole, load(write(tmp_path / "cut.csv", early)).triangle, method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["text", "numbers", "conflicts"])
def test_garbage_after_the_origin_gives_the_same(
    method: str | None, kind: str, rows: list[list[object]], tmp_path: Path
) -> None:
    rng = np.random.default_rng(11)

    def spoil(row: list[object]) -> list[list[object]]:
        if not issued_after(row, CUT):
            return [row]
        if kind == "text":
            return [[row[0], *("garbage" for _ in row[1:-1]), row[-1]]]
        noise = [[row[0], *rng.integers(0, 9999, len(row) - 2).tolist(), row[-1]] for _ in range(2)]
        return noise if kind == "conflicts" else noise[:1]

    spoiled = [new for row in rows for new in spoil(row)]
    whole = load(write(tmp_path / "whole.csv", rows)).triangle
    same(whole, load(write(tmp_path / "spoiled.csv", spoiled)).triangle, method)


@pytest.mark.parametrize("name", available())
def test_a_backtest_reads_nothing_after_each_origin(name: str, rows: list[list[object]]) -> None:
    """Each target's forecasts stay when everything issued after its cutoff becomes NaN."""
    triangle = load(frame([HEADER, *rows]).rename(str).pipe(_with_header)).triangle
    spec = Spec(lead=3)
    table = backtest(triangle, spec, methods=[name], first="2024-04-08")
    for target in table["target"].unique():
        cutoff = np.datetime64(target) - spec.lead
        quantity = triangle.quantity.copy()
        later = (triangle.days > cutoff) & (triangle.days != np.datetime64(target))
        quantity[:, later] = np.nan
        quantity[:, :, 1:][:, triangle.days > cutoff] = np.nan
        blind = replace(triangle, quantity=quantity)
        again = backtest(blind, spec, methods=[name], first=str(target), last=str(target))
        expected = table.filter(pl.col("target") == target).drop("actual")
        assert again.drop("actual").equals(expected)


def _with_header(table: pl.DataFrame) -> pl.DataFrame:
    """The first row's texts as column names, the repeated ones numbered as pandas does."""
    seen: dict[str, int] = {}
    names = []
    for text in table.row(0):
        names.append(f"{text}.{seen[text]}" if text in seen else text)
        seen[text] = seen.get(text, 0) + 1
    return table.slice(1).rename(dict(zip(table.columns, names, strict=True)))


@pytest.mark.parametrize("method", ["ratio-part", None])
def test_real_file_cut_anywhere_gives_the_same(method: str | None) -> None:
    whole = load(real_file("kamp_until_1022.xls")).triangle
    for day in ("2021-09-17", "2021-09-28", "2021-10-05", "2021-10-17"):
        cut = whole.until(day)
        a, b = (forecast(each, as_of=day, method=method) for each in (whole, cut))
        assert a.table.equals(b.table)
        assert a.choice.method == b.choice.method
