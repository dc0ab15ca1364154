"""Tables in files: whole, and harmless to whoever opens them in a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from xlsxwriter.exceptions import FileCreateError

from books import opened, xml_of
from calloff import CalloffError
from calloff.report.files import harmless, write_table

RISKY = ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x"]
SOUND = ["Part 1", "a=1", "7-2", "1e5", "", "'=1", "품번"]


@pytest.mark.parametrize("text", RISKY)
def test_a_csv_holds_no_formula(text: str, tmp_path: Path) -> None:
    write_table(pl.DataFrame({"part": [text], text: [1.5]}), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as stream:
        header, row = csv.reader(stream)
    assert header == ["part", "'" + text]
    assert row == ["'" + text, "1.5"]


def test_what_is_no_formula_stays_as_it_is(tmp_path: Path) -> None:
    table = pl.DataFrame({"part": SOUND, "bias": [-1.0 - n for n in range(len(SOUND))]})
    assert harmless(table).equals(table)
    write_table(table, tmp_path / "a.csv")
    assert "-1.0" in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_parquet_and_workbooks_hold_every_text_as_it_is(tmp_path: Path) -> None:
    table = pl.DataFrame({"part": [*RISKY[:4], "http://x.test", "007"]})
    write_table(table, tmp_path / "a.parquet")
    assert pl.read_parquet(tmp_path / "a.parquet").equals(table)
    write_table(table, tmp_path / "a.xlsx")
    (sheet,) = opened(tmp_path / "a.xlsx").worksheets
    assert [row[0].value for row in sheet.iter_rows(2)] == table["part"].to_list()
    assert "<f>" not in xml_of(tmp_path / "a.xlsx")["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("error", [FileCreateError("no space"), OSError(28, "no space"),
                                   pl.exceptions.ComputeError("no space")])  # fmt: skip
def test_what_cannot_be_written_is_refused_and_the_former_file_stays(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"former")

    def fails(*given: object) -> None:
        raise error

    monkeypatch.setattr("calloff.report.files._write_book", fails)
    with pytest.raises(CalloffError, match="no space"):
        write_table(pl.DataFrame({"part": ["A"]}), tmp_path / "a.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_bytes() == b"former"


def test_an_error_of_another_kind_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calloff.report.files._write_book", None)
    with pytest.raises(TypeError):
        write_table(pl.DataFrame({"part": ["A"]}), tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())
