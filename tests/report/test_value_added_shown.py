"""Forecast value added on the screen and in the table of scores."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from calloff.cli.main import main
from calloff.evaluation.value_added import SCHEMA
from calloff.report import words
from calloff.report.terminal.screen import Screen
from calloff.report.terminal.value_added import show_value_added
from calloff.synth import Customer, make, write_export
from calloff.texts.catalogue import LANGUAGES

STEPS = [("last", 10.0, None, None, None, None, 7), ("plan", 8.0, 2.0, 0.2, -1.0, 3.5, 7),
         ("auto", 8.5, -0.5, -0.0625, -0.9, 0.1, 7)]  # fmt: skip


def shown(rows: list[tuple[object, ...]], lang: str = "en", width: int = 120) -> list[str]:
    found = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    console = Console(width=width, file=io.StringIO(), color_system=None, highlight=False)
    show_value_added(found, found.clear(), Screen(lang, False, console, console))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_one_line_per_step() -> None:
    lines = [" ".join(line.split()) for line in shown(STEPS)]
    assert "last 10.00 – – –" in lines
    assert "plan 8.00 +2.00 +20% -1.00 – +3.50" in lines
    assert "auto 8.50 -0.50 -6% -0.90 – +0.10" in lines
    assert any("(7 pairs)" in line for line in lines)


def test_no_interval_where_none_is_known() -> None:
    few = [(*row[:4], None, None, row[6]) for row in STEPS]
    text = "\n".join(shown(few))
    assert "nterval" not in text
    assert "Interval" in "\n".join(shown(STEPS))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_narrow_screen_has_the_whole_table(lang: str) -> None:
    lines = shown(STEPS, lang, 78)
    assert any(line.startswith("plan") and line.rstrip().endswith("+3.50") for line in lines)


def test_shares_with_signs() -> None:
    assert [words.change(x) for x in (0.2, -0.0625, 0.001, None)] == ["+20%", "-6%", "0%", "–"]


def test_the_command_shows_the_steps_whatever_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, scores = tmp_path / "export.xlsx", tmp_path / "scores.csv"
    write_export(make(Customer(parts=6, days=30, seed=3)), file)
    said = ["backtest", str(file), "--method", "ratio", "--scores", str(scores)]
    assert main(said) == 0
    out = capsys.readouterr().out
    steps = pl.read_csv(scores).filter(by="value_added")
    assert steps["method"].to_list() == ["last", "plan", "ratio"]
    assert "Forecast value added" in out
    overall = pl.read_csv(scores).filter(by="all", method="ratio").row(0, named=True)
    last = steps.row(2, named=True)
    assert last["mae"] == pytest.approx(overall["mae"])
    assert last["mae"] / steps["mae"][1] == pytest.approx(overall["x_plan"])
    assert last["pairs"] == overall["pairs"]
