"""Every kind of file and frame gives the same plans."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from calloff import CalloffError, read
from calloff.data.layouts import Layout, parse_layout
from calloff.data.reading import Reading
from input_files import frame, long, text, wide, write, xls, xlsx


def assert_wide(reading: Reading, parts: int = 3, days: int = 4) -> None:
    """The plans of ``making.wide``, cell by cell."""
    count = parts * days
    assert reading.rows == count
    assert reading.set_aside == {}
    assert reading.faults.is_empty()
    assert reading.plans.part.tolist() == [f"Part {n % parts}" for n in range(count)]
    assert str(reading.plans.issued[0]) == "2021-10-01T08:30:00"
    assert reading.plans.leads.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(reading.plans.quantity, np.arange(count * 3).reshape(count, 3))


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv", ".parquet"])
def test_each_kind_by_its_own_name(tmp_path: Path, suffix: str) -> None:
    assert_wide(read(write(tmp_path / f"plan{suffix}", wide())))


@pytest.mark.parametrize("suffix", [".xls", ".xlsx", ".csv", ".parquet"])
def test_a_name_proves_nothing(tmp_path: Path, suffix: str) -> None:
    made = write(tmp_path / f"plan{suffix}", wide())
    for other in (".xls", ".csv", ".parquet", ".dat", ""):
        assert_wide(read(made.rename(made.with_suffix(other))))
        made = made.with_suffix(other)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_in_the_encodings_and_delimiters_of_office_programs(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    table = [["품번", *wide()[0][1:]], *wide()[1:]]
    layout = tmp_path / "layout.toml"
    layout.write_text('part = ["품번"]\nissued_at = ["issued_at"]\ntotal = ["D", "D+{lead}"]')
    made = tmp_path / "plan.csv"
    made.write_bytes(text({"": table}, encoding, delimiter))
    assert_wide(read(made, layout=layout))


def test_a_title_above_a_semicolon_header_does_not_hide_it(tmp_path: Path) -> None:
    made = tmp_path / "plan.csv"
    made.write_bytes(b"Delivery plan, as sent\n\n" + text({"": wide()}, delimiter=";"))
    found = read(made)
    assert_wide(found)
    assert found.sheets[0].header_row == 3


def test_excel_s_own_separator_line(tmp_path: Path) -> None:
    made = tmp_path / "plan.csv"
    made.write_bytes(b"sep=;\r\n" + text({"": wide()}, delimiter=";"))
    assert_wide(read(made))


def test_text_in_no_known_encoding(tmp_path: Path) -> None:
    made = tmp_path / "plan.csv"
    made.write_bytes(b"part,issued_at,D\n\xff\xff\x81,1,2\n")
    assert code_of(made) == "file.encoding"


def test_short_lines_of_text_are_padded_and_long_ones_set_aside(tmp_path: Path) -> None:
    made = tmp_path / "plan.csv"
    made.write_text("part,issued_at,D,D+1\nA,20211001,5\nB,20211001,6,7,8\nC,20211001,1,234,\n")
    found = read(made)
    assert found.set_aside == {"row_long": 2}
    assert found.plans.part.tolist() == ["A"]
    assert found.plans.quantity[0, 0] == 5 and np.isnan(found.plans.quantity[0, 1])
    assert found.faults.rows() == [
        (str(made), "", 2, "D2", "D+1", "", "blank"),
        (str(made), "", 3, "E3", "", "8", "row_long"),
        (str(made), "", 4, "E4", "", "", "row_long"),
    ]
    assert [(lost.part, lost.reason) for lost in found.lost] == [
        ("B", "row_long"),
        ("C", "row_long"),
    ]


@pytest.mark.parametrize("end", [",", ",,", ", ,"])
def test_separators_behind_the_last_cell_of_each_line_are_nothing(tmp_path: Path, end: str) -> None:
    made = tmp_path / "plan.csv"
    lines = text({"": wide()}).decode().splitlines()
    made.write_text("\n".join([lines[0], *(line + end for line in lines[1:])]))
    assert_wide(read(made))


@pytest.mark.parametrize("convert", [lambda t: t, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
@pytest.mark.parametrize("table", [wide(), long()])
def test_frames(convert: object, table: list[list[object]], tmp_path: Path) -> None:
    found = read(convert(frame(table)))  # type: ignore[operator]
    by_file = read(write(tmp_path / "plan.xlsx", table))
    assert found.rows == by_file.rows == len(table) - 1
    np.testing.assert_array_equal(found.plans.quantity, by_file.plans.quantity)
    assert found.plans.part.tolist() == by_file.plans.part.tolist()
    assert (found.plans.issued == by_file.plans.issued).all()


def test_pandas_nothings_are_blank_cells() -> None:
    table = pd.DataFrame(
        {
            "part": pd.array(["A", pd.NA, "C", "D"], dtype="string"),
            "issued_at": pd.to_datetime(["2021-10-01 08:30:00.123456789"] * 3 + [None]),
            "D": pd.array([1, 2, pd.NA, 4], dtype="Int64"),
        }
    )
    found = read(table)
    assert found.set_aside == {"blank": 1, "part_blank": 1, "time_blank": 1}
    assert found.plans.quantity.tolist() == [[1.0]]
    assert found.faults["value"].to_list() == ["", "", ""]


def test_frames_with_decimals_categories_time_zones_and_odd_objects() -> None:
    day = pd.Timestamp("2021-10-01 08:30", tz="Asia/Seoul")
    table = pl.DataFrame(
        {"part": ["A", "A"], "issued_at": [day.to_pydatetime()] * 2, "D": ["5.00", "5.50"]},
        schema_overrides={"part": pl.Categorical},
    ).with_columns(pl.col("D").cast(pl.Decimal(10, 2)))
    with pytest.raises(CalloffError, match='zone = "Asia/Seoul"'):
        read(table)
    found = read(table, layout=zoned("Asia/Seoul"))
    assert found.plans.quantity.tolist() == [[5.0]]
    assert str(found.plans.issued[0]).startswith("2021-10-01T")
    assert found.set_aside == {"fractional": 1}
    odd = [[1, 2], {"a": 1}, True, 10**400, object, "\ud800", float("inf"), b"5", np.int64(5)]
    objects = pd.DataFrame(
        {"part": odd, "issued_at": [20211001] * len(odd), "D": pd.Series(odd, dtype=object)}
    )
    found = read(objects)
    assert found.rows == len(odd)
    assert found.set_aside == {"text": 6, "too_large": 2}
    assert found.plans.quantity.tolist() == [[5.0]]


def zoned(zone: str) -> Layout:
    return parse_layout({"part": ["part"], "issued_at": ["issued_at"], "total": ["D"],
                         "zone": zone}, "own.toml")  # fmt: skip


def test_instants_of_two_zones_are_told_in_the_plant_s_time() -> None:
    stamps = pd.Series(["2021-10-01T23:30+00:00", "2021-10-02T08:30+09:00"], dtype=object)
    table = pd.DataFrame({"part": ["A", "B"], "issued_at": stamps.map(pd.Timestamp), "D": [1, 2]})
    table["issued_at"] = table["issued_at"].astype(object)
    for zone, hours in {
        "Asia/Seoul": "2021-10-02T08:30",
        "Europe/Berlin": "2021-10-02T01:30",
    }.items():
        found = read(table, layout=zoned(zone))
        assert [str(day)[:16] for day in found.plans.issued] == [hours, hours]


@pytest.mark.parametrize(
    "frame_",
    [
        pd.DataFrame([[1, 2]], columns=["part", "part"]),
        pa.table([[1], [2]], names=["part", "part"]),
        pl.DataFrame(),
        pl.DataFrame({"part": []}),
        pd.DataFrame(),
    ],
)
def test_frames_that_cannot_be_used(frame_: object) -> None:
    with pytest.raises(CalloffError):
        read(frame_)


def test_what_is_neither_path_nor_frame_is_named() -> None:
    with pytest.raises(CalloffError, match="Series") as caught:
        read(pl.Series([1]), 5, "absent.xls")
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["file.no_path", "file.no_path", "file.absent"]


def ole(*streams: str) -> bytes:
    """The beginning of a compound file and the names in its directory."""
    names = b"".join(name.encode("utf-16-le") + bytes(8) for name in ("Root Entry", *streams))
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names


def archive(**entries: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name.replace("__", "/"), content)
    return made.getvalue()


REFUSED = {
    "empty": [b"", b"\n\n", bytes(4096), b"\xef\xbb\xbf"],
    "html": [
        b"<html><table><tr><td>part</td></tr></table></html>",
        b"\n <!-- made by a web shop -->\n<TABLE border=1>",
        b'\xef\xbb\xbf<!DOCTYPE html PUBLIC "-//W3C//DTD">',
        b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml">',
    ],
    "xml": [
        b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook>',
        b'\xef\xbb\xbf<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>',
    ],
    "pdf": [b"%PDF-1.7\n%\xe2\xe3"],
    "encrypted": [ole("EncryptionInfo", "EncryptedPackage")],
    "binary": [
        ole("WordDocument"), b"\x7fELF\x02\x01", b"\x09\x08\x10\x00", b"GIF89a\x00", b"a\x00b\x00"
    ],
    "archive": [archive(readme=b"hello"), archive(word__document=b"<w/>")],
    "damaged": [
        ole("Workbook"),
        xls({"S": wide(30, 30)})[:-2000],
        xls({"S": wide()})[:600],
        xlsx({"S": wide()})[:-100],
        archive(xl__workbook=b"no xml"),
        b"PAR1" + bytes(20),
        b"PAR1....PAR1",
    ],
}  # fmt: skip


def code_of(path: Path) -> str:
    with pytest.raises(CalloffError) as caught:
        read(path)
    (problem,) = caught.value.problems
    assert problem.where.file == str(path)
    return problem.code


@pytest.mark.parametrize("suffix", [".xls", ".csv"])
@pytest.mark.parametrize(
    ("kind", "content"), [(kind, each) for kind, many in REFUSED.items() for each in many]
)
def test_what_cannot_be_read_says_what_it_is(
    tmp_path: Path, kind: str, content: bytes, suffix: str
) -> None:
    made = tmp_path / f"plan{suffix}"
    made.write_bytes(content)
    assert code_of(made) == f"file.{kind}"


def test_a_sheet_without_a_cell_and_a_header_without_rows(tmp_path: Path) -> None:
    for suffix in (".xls", ".xlsx"):
        assert code_of(write(tmp_path / f"empty{suffix}", [])) == "file.no_rows"
    for suffix in (".xls", ".xlsx", ".csv", ".parquet"):
        assert code_of(write(tmp_path / f"header{suffix}", wide()[:1])) == "file.no_rows"


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    made = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file,
        file.open("xl/workbook.xml", "w") as entry,
    ):
        for _ in range(520):
            entry.write(bytes(1 << 20))
    assert made.stat().st_size < 1_000_000
    assert code_of(made) == "file.too_large"


def test_a_stray_cell_far_from_the_table_is_told_before_memory_ends(tmp_path: Path) -> None:
    """calamine lays out every cell up to the farthest, and aborts the process: 17e9 cells."""
    table: list[list[object]] = [*wide()]
    made = tmp_path / "stray.xlsx"
    content = xlsx({"Sheet1": table})
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            xml = old.read(entry)
            stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            new.writestr(entry, xml.replace(b"</sheetData>", stray))
    assert code_of(made) == "file.too_large"


def test_charts_beside_the_table_do_no_harm(tmp_path: Path) -> None:
    import xlsxwriter

    made = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("Plan")
        for row, cells in enumerate(wide()):
            sheet.write_row(row, 0, cells)
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Plan!$C$2:$C$5"})
        book.add_chartsheet("Chart").set_chart(chart)
    assert_wide(read(made))
