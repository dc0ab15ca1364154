"""The workbook on the command line: written, overridden, given back, scored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from books import column, edited, heads, opened
from calloff.cli.main import main
from calloff.synth import Customer, make, write_export

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command within this process: status, stdout, stderr."""

    def within(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        return status, *capsys.readouterr()

    return within


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("plan") / "export.xlsx"
    write_export(make(Customer(parts=8, days=40, seed=3)), made)
    return made


@pytest.fixture(scope="module")
def evening(plan: Path) -> str:
    """An evening, three days before the last target day but some."""
    from calloff.data.load import load

    return str(load(plan).triangle.target_days[-6])


def test_from_evening_to_evening(plan: Path, evening: str, tmp_path: Path, run: Run) -> None:
    first, yours, second = (tmp_path / f"{name}.xlsx" for name in ("first", "yours", "second"))
    status, out, err = run("forecast", plan, "--as-of", evening, "--method", "ratio", "-o", first)
    assert status == 0, err
    assert "build" not in out.splitlines()[2]  # nothing about it was asked for
    part = opened(first)["Build"]["A2"].value
    edited(first, {2: 77}, yours)

    words = ("--lang", "ko", "--method", "ratio", "--overrides", yours)
    status, out, err = run("forecast", plan, *words, "--as-of", evening, "-o", second)
    assert status == 0, err
    assert "직접 입력" in out
    (line,) = [line for line in out.splitlines() if line.startswith(f"{part} ")]
    assert "77" in line.split()
    sheet = opened(second)["생산"]
    assert sheet.cell(2, column(sheet, "직접 입력 수량")).value == 77

    pairs, scores = tmp_path / "pairs.csv", tmp_path / "scores.csv"
    words = ("--method", "plan", "--method", "ratio", "-o", pairs, "--scores", scores)
    status, out, err = run("backtest", plan, "--overrides", second, *words)
    assert status == 0, err
    assert "on the same 1 pairs (1 own numbers given)" in out
    mine = pl.read_csv(pairs).filter(method="override")
    assert mine.select("part", "forecast").rows() == [(part, 77.0)]
    beside = pl.read_csv(scores).filter(by="overridden")
    assert beside["method"].to_list() == ["plan", "ratio", "override"]
    assert set(beside["pairs"]) == {1}
    error = abs(77.0 - mine["actual"][0])
    assert beside.filter(method="override")["mae"][0] == pytest.approx(error, abs=1e-9)
    steps = pl.read_csv(scores).filter(by="value_added")
    assert steps["group"].to_list() == ["all"] * 3 + ["overridden"] * 4
    assert steps["method"].to_list() == ["last", "plan", "ratio"] * 2 + ["override"]
    assert steps["mae"][-1] == pytest.approx(error, abs=1e-9)
    assert steps["added"][-1] == pytest.approx(steps["mae"][-2] - error, abs=1e-9)
    assert "The same on the 1 pairs with an own number" in out


def test_one_file_may_be_read_and_replaced(
    plan: Path, evening: str, tmp_path: Path, run: Run
) -> None:
    book = tmp_path / "book.xlsx"
    words = ("forecast", plan, "--as-of", evening, "--method", "plan", "-o", book)
    assert run(*words)[0] == 0
    edited(book, {3: 5}, book)
    assert run(*words, "--overrides", book)[0] == 0
    sheet = opened(book)["Build"]
    assert sheet.cell(3, column(sheet, "own number")).value == 5
    assert list(tmp_path.iterdir()) == [book]


def test_a_bad_override_stops_the_run_and_nothing_is_written(
    plan: Path, evening: str, tmp_path: Path, run: Run
) -> None:
    book, bad = tmp_path / "book.xlsx", tmp_path / "bad.xlsx"
    assert run("forecast", plan, "--as-of", evening, "--method", "plan", "-o", book)[0] == 0
    edited(book, {2: -5, 3: "x"}, bad)
    before = book.read_bytes()
    for command in ("forecast", "backtest"):
        words = ("-o", tmp_path / "new.csv") if command == "backtest" else ("-o", book)
        status, _, err = run(command, plan, "--overrides", bad, *words)
        assert status == 2
        assert "problems: 2" in err
        assert "is negative" in err
    assert book.read_bytes() == before
    assert not (tmp_path / "new.csv").exists()
    status, _, err = run("forecast", plan, "--overrides", tmp_path / "no.xlsx")
    assert status == 2
    assert "no.xlsx" in err


def test_too_late_is_said(plan: Path, evening: str, tmp_path: Path, run: Run) -> None:
    book, yours = tmp_path / "book.xlsx", tmp_path / "yours.xlsx"
    words = ("--as-of", evening, "--lead", "1", "--method", "plan", "-o", book)
    assert run("forecast", plan, *words)[0] == 0
    edited(book, {2: 5}, yours)
    status, out, _ = run("backtest", plan, "--method", "plan", "--overrides", yours)
    assert status == 0
    assert "None of the 1 own numbers" in out
    assert "Not counted (1)" in out
    status, out, _ = run("backtest", plan, "--lead", "1", "--method", "plan", "--overrides", yours)
    assert "on the same 1 pairs" in out


def test_a_plain_table_tells_the_override_too(
    plan: Path, evening: str, tmp_path: Path, run: Run
) -> None:
    book, yours, table = (tmp_path / name for name in ("b.xlsx", "y.xlsx", "t.csv"))
    words = ("forecast", plan, "--as-of", evening, "--method", "plan")
    assert run(*words, "-o", book)[0] == 0
    assert "own number" in heads(opened(book)["Build"])
    edited(book, {2: 5}, yours)
    assert run(*words, "--overrides", yours, "-o", table)[0] == 0
    assert pl.read_csv(table)["override"].drop_nulls().to_list() == [5.0]
    assert run(*words, "-o", table)[0] == 0
    assert "override" not in pl.read_csv(table).columns


def test_what_is_finally_built_is_the_own_number_or_else_build(
    plan: Path, evening: str, tmp_path: Path, run: Run
) -> None:
    book, table = tmp_path / "a.xlsx", tmp_path / "a.csv"
    words = ("--as-of", evening, "--method", "ratio", "--service-level", "0.9", "--lang", "en")
    status, out, err = run("forecast", plan, *words, "-o", book)
    assert status == 0, err
    assert "finally" not in out  # nothing but what is built
    part = opened(book)["Build"]["A2"].value
    edited(book, {2: 700}, tmp_path / "b.xlsx")
    status, out, err = run(
        "forecast", plan, *words, "--overrides", tmp_path / "b.xlsx", "-o", table
    )
    assert status == 0, err
    found = pl.read_csv(table)
    assert found.filter(part=part)["final"].to_list() == [700]
    others = found.filter(pl.col("part") != part)
    assert others["final"].to_list() == others["build"].to_list()
    assert f"Finally built: {found['final'].sum():,.0f}, with 1 own numbers." in out
    assert f"{found['build'].sum():,.0f} to build." in out
    (line,) = [line for line in out.splitlines() if line.startswith(f"{part} ")]
    assert line.split().count("700") == 2  # the own number, and what is finally built


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_stock_that_does_not_last_is_said_and_none_is_no_zero(
    lang: str, plan: Path, evening: str, tmp_path: Path, run: Run
) -> None:
    table = tmp_path / "stock.csv"
    table.write_text("part,stock\nPart 2,1\n", encoding="utf-8")
    words = ("--as-of", evening, "--method", "ratio", "--stock", table, "--lang", lang)
    status, out, err = run("forecast", plan, *words)
    assert status == 0, err
    (said,) = [line for line in out.splitlines() if "Part 2 (-" in line]
    assert {"en": "does not last", "ko": "부족"}[lang] in said
    (line,) = [line for line in out.splitlines() if line.startswith("Part 3 ")]
    assert line.count({"en": "not given", "ko": "미입력"}[lang]) == 2
