"""Several files, folders, globs, sheets; headers as they come."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from calloff import CalloffError, load, read
from calloff.data.reading import Skipped
from calloff.data.reading.files import find_files
from input_files import export, wide, write, xls, xlsx


def problems_of(*inputs: Any, **options: Any) -> list[str]:
    with pytest.raises(CalloffError) as caught:
        read(*inputs, **options)
    return [problem.code for problem in caught.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file a day, and what else lies about in such folders."""
    table = wide(parts=3, days=4)
    days = tmp_path / "days"
    days.mkdir()
    for day, suffix in enumerate([".xls", ".xlsx", ".csv", ".parquet"]):
        write(days / f"day{day}{suffix}", [table[0], *table[1 + 3 * day : 4 + 3 * day]])
    for other in ("notes.docx", "~$day1.xlsx", ".hidden.csv", "Thumbs.db"):
        (days / other).write_bytes(b"nothing")
    (days / "old.csv").mkdir()
    return days


def test_a_folder_a_glob_and_the_files_one_by_one(folder: Path) -> None:
    files = sorted(folder.glob("day*"))
    whole = read(folder)
    assert [Path(sheet.file).name for sheet in whole.sheets] == [file.name for file in files]
    assert whole.rows == 12
    for inputs in ([f"{folder}/day*"], files, [folder, folder], [f"{folder.parent}/**/day?.*"]):
        found = read(*inputs)
        np.testing.assert_array_equal(found.plans.quantity, whole.plans.quantity)
        assert found.plans.source.tolist() == whole.plans.source.tolist()


def test_a_glob_beside_the_working_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert [path.name for path in find_files(["*.csv"])] == ["day2.csv"]
    assert find_files(["day2.csv", "./day2.csv"]) == (Path("day2.csv"),)


def test_a_name_with_brackets_is_a_file_first(tmp_path: Path) -> None:
    assert read(write(tmp_path / "plan [1].csv", wide())).rows == 12


def test_all_unusable_inputs_are_named_at_once(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    inputs = [
        tmp_path / "absent.xls", tmp_path / "*.absent", tmp_path / "empty",
        "x" * 300, "**x", "a\0b",
    ]  # fmt: skip
    stars = "file.absent" if sys.version_info >= (3, 13) else "file.unreadable"  # "*x" from 3.13 on
    assert problems_of(folder, *inputs) == [
        "file.absent", "file.absent", "file.folder_empty",
        "file.unreadable", stars, "file.absent",
    ]  # fmt: skip
    for name, content in (("a.xls", b""), ("b.xls", b"<html>"), ("c.csv", b"what,is,this\n1,2,3")):
        (tmp_path / name).write_bytes(content)
    assert problems_of(f"{tmp_path}/?.*") == ["file.empty", "file.html"]
    assert problems_of(tmp_path / "c.csv") == ["header.unknown"]


def test_no_input_at_all() -> None:
    assert problems_of() == ["file.no_input"]


def test_a_path_with_control_signs_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    made = tmp_path / "\x1b[31mred\udcff.csv"
    made.write_text("nothing")
    with pytest.raises(CalloffError) as caught:
        read(made)
    assert caught.value.text().isprintable()


def test_files_of_different_leads_share_one_axis(tmp_path: Path) -> None:
    near = [["part", "issued_at", "D", "D+1"], ["A", 20211001, 1, 2]]
    far = [["part", "issued_at", "D", "D+7"], ["A", 20211002, 3, 4]]
    found = read(write(tmp_path / "a.csv", near), write(tmp_path / "b.csv", far))
    assert found.plans.leads.tolist() == [0, 1, 7]
    np.testing.assert_array_equal(found.plans.quantity, [[1, 2, np.nan], [3, np.nan, 4]])


def test_foreign_sheets_are_skipped_and_named(tmp_path: Path) -> None:
    made = tmp_path / "book.xls"
    made.write_bytes(
        xls({"Cover": [["Delivery plan"], ["of our customer"]], "Plan": wide(), "Empty": []})
    )
    found = read(made)
    assert [sheet.sheet for sheet in found.sheets] == ["Plan"]
    assert found.skipped == (Skipped(str(made), "Cover", "unknown"),)
    assert found.rows == 12


def test_every_sheet_with_a_known_header_is_read(tmp_path: Path) -> None:
    table = wide(days=2)
    made = tmp_path / "book.xlsx"
    made.write_bytes(xlsx({"1": [table[0], *table[1:4]], "2": [table[0], *table[4:]]}))
    found = read(made)
    assert [sheet.rows for sheet in found.sheets] == [3, 3]
    assert found.plans.source.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.plans.row.tolist() == [2, 3, 4, 2, 3, 4]


@pytest.mark.parametrize("above", [1, 5, 19])
@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv"])
def test_a_header_below_a_title(tmp_path: Path, above: int, suffix: str) -> None:
    title: list[list[Any]] = [["Delivery plan 2021"], *([[""]] * (above - 1))]
    found = read(write(tmp_path / f"plan{suffix}", [*title, *wide()]))
    assert found.sheets[0].header_row == above + 1
    assert found.plans.row.tolist() == list(range(above + 2, above + 14))


def test_a_header_too_far_down_is_not_looked_for(tmp_path: Path) -> None:
    assert problems_of(write(tmp_path / "plan.csv", [["x"] * 5] * 20 + wide())) == [
        "header.unknown"
    ]


def test_blank_rows_at_the_end_are_no_rows_and_those_between_are(tmp_path: Path) -> None:
    table = wide()
    gap = [["", " ", "", "", ""]]
    found = read(write(tmp_path / "plan.csv", [*table[:3], *gap, *table[3:], *gap * 3]))
    assert found.rows == 13
    assert found.set_aside == {"row_blank": 1}
    assert found.faults.is_empty()


def test_a_header_that_comes_again_is_set_aside(tmp_path: Path) -> None:
    table = wide()
    found = read(write(tmp_path / "plan.csv", [*table[:5], table[0], *table[5:]]))
    assert found.rows == 13
    assert found.set_aside == {"row_header": 1}


@pytest.mark.parametrize(
    "spell",
    [
        lambda t: f"  {t} ",
        lambda t: t.replace(" ", ""),
        lambda t: t.replace(" ", "\n"),
        lambda t: t.replace(" ", "\u00a0\u3000"),
        str.lower,
        str.upper,
        lambda t: unicodedata.normalize("NFD", t),
        lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
    ],
)
def test_the_export_s_headers_in_any_spelling(tmp_path: Path, spell: Any) -> None:
    table = export([{"part": "A", "stamp": 202110010830, "totals": list(range(31))}])
    found = read(write(tmp_path / "plan.xls", [list(map(spell, table[0])), table[1]]))
    assert found.sheets[0].layout == "export"
    assert found.sheets[0].ignored == ()
    assert len(found.sheets[0].buckets) == 1
    assert found.plans.leads.tolist() == list(range(31))
    assert found.plans.quantity.tolist() == [list(range(31))]
    assert found.plans.slots[0, :5].tolist() == [0, 1, 2, 3, 4]


def test_the_export_through_pandas_which_numbers_texts_that_repeat(tmp_path: Path) -> None:
    table = export([{"part": "A", "stamp": 202110010830, "totals": list(range(31))}])
    made = write(tmp_path / "plan.xls", table)
    frame = pd.read_excel(made, engine="calamine")
    assert any(name.endswith(".1") for name in frame.columns)
    np.testing.assert_array_equal(read(frame).plans.slots, read(made).plans.slots)
    assert read(frame).sheets[0].ignored == ()


@pytest.mark.parametrize("again", [".1", "_duplicated_0", ""])
def test_a_total_that_stands_twice_is_refused(tmp_path: Path, again: str) -> None:
    table = export([{"part": "A", "stamp": 202110010830}])
    total = "D+2일 투입예정 수량(Total)"
    made = write(tmp_path / "plan.csv", [[*table[0], total + again], [*table[1], 7]])
    with pytest.raises(CalloffError, match="Total") as caught:
        read(made)
    assert [problem.code for problem in caught.value.problems] == ["header.repeated"]


def test_a_numbered_text_without_its_first_is_a_column_of_its_own(tmp_path: Path) -> None:
    table = [["part", "issued_at", "D", "10.12", "D+1.5", "item.1"], ["A", 20211001, 1, 2, 3, 4]]
    found = read(write(tmp_path / "plan.csv", table))
    assert found.sheets[0].ignored == ("10.12", "D+1.5", "item.1")
    assert found.plans.leads.tolist() == [0]


@pytest.mark.parametrize(
    ("header", "leads"),
    [
        (["D", "D+1", "D+30"], [0, 1, 30]),
        (["d", "d + 3", "D7"], [0, 3, 7]),
        (["0", "1", "2"], [0, 1, 2]),
        ([0, 1, 14], [0, 1, 14]),
        (["Ｄ", "Ｄ＋１", "D+365"], [0, 1, 365]),
        (["D+3", "D", "D+1"], [0, 1, 3]),
    ],
)
def test_wide_headers(tmp_path: Path, header: list[Any], leads: list[int]) -> None:
    table = [["PART NUMBER", "Issued_At", *header], ["A", 20211001, 5, 6, 7]]
    found = read(write(tmp_path / "plan.xlsx", table))
    assert found.plans.leads.tolist() == leads
    assert sorted(found.plans.quantity[0].tolist()) == [5, 6, 7]


def test_missing_leads_leave_nothing_behind(tmp_path: Path) -> None:
    table = export([{"part": "A", "stamp": 202110010830, "totals": list(range(31))}])
    keep = [at for at, text in enumerate(table[0]) if "D+3일" not in text and "D+9일" not in text]
    kept = [[row[at] for at in keep] for row in table]
    found = read(write(tmp_path / "plan.xls", kept))
    assert 3 not in found.plans.leads
    assert 9 not in found.plans.leads
    assert found.plans.quantity.shape == (1, 29)


def test_columns_that_are_not_used_are_named_and_their_blanks_counted(tmp_path: Path) -> None:
    table = [
        [*wide()[0], "remark", "", "remark"],
        *([*row, "" if n % 2 else "x", None, 5] for n, row in enumerate(wide()[1:])),
    ]
    info = read(write(tmp_path / "plan.xlsx", table)).sheets[0]
    assert info.ignored == ("remark [F]", "remark [H]")
    assert info.nulls == {
        "part": 0, "issued_at": 0, "D": 0, "D+1": 0, "D+2": 0,
        "remark [F]": 6, "": 12, "remark [H]": 0,
    }  # fmt: skip


def test_what_is_missing_from_a_header_is_said(tmp_path: Path) -> None:
    made = write(tmp_path / "plan.csv", [["Part", "D", "D", "Menge"], ["A", 1, 2, 3]])
    with pytest.raises(CalloffError) as caught:
        read(made)
    (problem,) = caught.value.problems
    assert problem.code == "header.incomplete"
    assert problem.facts["missing"] == "issued_at"
    assert problem.facts["repeated"] == "D"
    assert problem.facts["others"] == "Menge"
    assert problem.where.row == 1


def test_a_file_whose_rows_are_all_faulty_is_read_to_the_end(tmp_path: Path) -> None:
    """Every file is read before the first is refused."""
    bad = [*wide()[:1], ["A", "never", 1, 2, 3], ["B", "never", 1, 2, 3]]
    made = [write(tmp_path / f"{name}.csv", bad) for name in "ab"]
    with pytest.raises(CalloffError, match=r"none of the 2 rows .*“never”.*time_formats") as caught:
        load(*made, write(tmp_path / "c.csv", wide()))
    assert [problem.code for problem in caught.value.problems] == ["unused.time_wrong"] * 2
    assert [problem.where.file for problem in caught.value.problems] == list(map(str, made))


ROWS = {"part": ["A", "B"], "issued_at": ["2024-02-01 17:30"] * 2, "D": [40, 12], "D+1": [0, 7]}


def test_a_lazy_frame_is_computed_and_read() -> None:
    loaded = load(pl.LazyFrame(ROWS))
    assert loaded.triangle.quantity[:, 0].tolist() == [[40, 0], [12, 7]]


def test_a_relation_of_duckdb_is_read_as_the_frame_that_it_gives() -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    relation = duckdb.sql(
        """select part, issued_at::timestamp as issued_at, sum(D)::decimal(12, 2) as "D",
                  sum(next) as "D+1"
           from (values ('A', '2024-02-01 17:30', 30, 0), ('A', '2024-02-01 17:30', 10, 0),
                        ('B', '2024-02-01 17:30', 12, 7)) as t(part, issued_at, D, next)
           group by all order by part"""
    )
    assert load(relation).triangle.quantity[:, 0].tolist() == [[40, 0], [12, 7]]


def test_a_lazy_frame_that_cannot_be_computed_is_named() -> None:
    broken = pl.LazyFrame(ROWS).with_columns(pl.col("absent"))
    with pytest.raises(CalloffError, match="frame 1") as caught:
        load(broken)
    assert caught.value.problems[0].code == "file.frame"
