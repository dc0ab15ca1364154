"""Cells of an .xls that are taken out of its records are those that calamine hands over."""

from __future__ import annotations

import io
import struct
from datetime import date, datetime
from typing import Any

import pytest
import python_calamine as calamine
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from calloff.data.reading.biff import check_book, walk
from calloff.data.reading.biff_cells import plain_sheets
from calloff.data.reading.biff_texts import shared_texts
from calloff.data.reading.compound import book_stream
from calloff.data.reading.sheets import NumberColumn
from calloff.data.reading.workbooks import workbook_pages
from input_files import wide, xls

MOST = 1_000_000
LETTERS = st.text(st.sampled_from("aZ0 é가나다"), max_size=40)
CELLS = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**31),
    st.integers(-(10**9), 10**9).map(lambda cents: cents / 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    LETTERS,
)
TABLES = st.integers(1, 12).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=25)
)


def plain(content: bytes) -> Any:
    return plain_sheets(check_book(book_stream(content), MOST))


def handed_over(content: bytes) -> dict[str, list[list[Any]]]:
    """All sheets as calamine reads them, column by column."""
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    rows = {name: each.to_python(skip_empty_area=False) for name, each in sheets.items()}
    return {name: list(map(list, zip(*each, strict=True))) for name, each in rows.items()}


def assert_equal(content: bytes) -> None:
    pages = plain(content)
    assert pages is not None
    read = {page.name: list(map(list, page.columns)) for page in pages}
    wanted = handed_over(content)
    assert read == wanted
    for name, columns in read.items():
        kinds = [[isinstance(cell, bool) for cell in column] for column in columns]
        assert kinds == [[isinstance(c, bool) for c in column] for column in wanted[name]]


@settings(max_examples=150, deadline=None)
@given(TABLES, TABLES)
def test_cells_are_those_of_calamine(one: list[list[Any]], two: list[list[Any]]) -> None:
    assert_equal(xls({"Sheet1": one, "수량 é": two}))


@pytest.mark.parametrize("letter", ["x", "가"])
@pytest.mark.parametrize("before", [0, 1, 8000, 8214, 8215, 8216, 8217])
def test_texts_that_go_on_in_the_next_record(letter: str, before: int) -> None:
    texts = ["y" * before, *[letter * 5000] * 2, letter, "end", *map(str, range(4000))]
    assert_equal(xls({"Sheet1": [["head"], *[[text, 1] for text in dict.fromkeys(texts)]]}))


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def test_a_text_may_go_on_in_letters_of_another_width() -> None:
    begin = struct.pack("<II", 2, 2) + struct.pack("<HB", 4, 0) + b"ab"
    more = b"\1" + "가나".encode("utf-16-le") + struct.pack("<HB", 1, 0) + b"c"
    book = record(0x00FC, begin) + record(0x003C, more) + record(0x000A, b"")
    assert shared_texts(walk(book, 0)) == ["ab가나", "c"]


def test_rich_texts_are_read_without_their_form() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    bold = xlwt.easyfont("bold on")
    for row in range(600):
        sheet.write_rich_text(row, 0, (f"Part {row} ", ("가나다" * 9, bold), "end"))
    made = io.BytesIO()
    book.save(made)
    assert_equal(made.getvalue())


@pytest.mark.parametrize(("form", "read"), [
    ("General", True), ("#,##0;[Red]-#,##0", True), ('0 "days"', True), ("0.00E+00", True),
    ("_-* #,##0_-", True), ("[$-409]0", True), (r"0\d", True),
    ("yyyy-mm-dd", False), ("[h]:mm", False), ('0 "x" dd', False), ("m/d", False),
])  # fmt: skip
def test_what_may_be_a_time_is_left_to_calamine(form: str, read: bool) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    sheet.write(0, 0, 44_500.0, xlwt.easyxf(num_format_str=form))
    made = io.BytesIO()
    book.save(made)
    assert (plain(made.getvalue()) is not None) == read
    ((column,),) = (page.columns for page in workbook_pages(made.getvalue()))
    assert [list(column)] == handed_over(made.getvalue())["Sheet1"]


@pytest.mark.parametrize("cell", [date(2021, 10, 1), datetime(2021, 10, 1, 8, 30),
                                  xlwt.Formula('"a"&"b"')])  # fmt: skip
def test_dates_and_formulas_are_as_calamine_reads_them(cell: object) -> None:
    content = xls({"Sheet1": [["x", 1.5], [cell, 2]]})
    assert [list(map(list, page.columns)) for page in workbook_pages(content)] == [
        handed_over(content)["Sheet1"]
    ]


def test_hidden_sheets_and_merged_cells_are_marked() -> None:
    book = xlwt.Workbook()
    for name, seen in (("seen", 0), ("hidden", 1), ("very", 2)):
        sheet = book.add_sheet(name)
        sheet.visibility = seen
        sheet.write_merge(1, 3, 0, 0, "P-01")
        sheet.write(1, 1, 7)
    made = io.BytesIO()
    book.save(made)
    assert [page.hidden for page in plain(made.getvalue())] == [False, True, True]
    pages = workbook_pages(made.getvalue())
    assert [page.marks.unused for page in pages] == ["", "hidden", "hidden"]
    assert pages[0].marks.merged == ((0, 1, 3),)


def test_a_cell_that_stands_there_twice_is_left_to_calamine() -> None:
    content = bytearray(xls({"Sheet1": [["x"], [0.123], [0.456]]}))
    place = content.index(b"\x03\x02\x0e\x00")  # the record of the first number
    assert plain(bytes(content)) is not None
    struct.pack_into("<H", content, place + 4, 2)
    assert plain(bytes(content)) is None


@pytest.mark.parametrize(("record", "at", "value"), [
    (b"\x09\x08\x10\x00", 4, 0x0500),  # of Excel 95
    (b"\x42\x00\x02\x00", 4, 1252),  # texts in another encoding
])  # fmt: skip
def test_other_versions_are_left_to_calamine(record: bytes, at: int, value: int) -> None:
    content = bytearray(xls({"Sheet1": wide()}))
    struct.pack_into("<H", content, content.index(record) + at, value)
    assert plain(bytes(content)) is None


def test_a_part_of_a_column_knows_its_rows() -> None:
    (page,) = plain(xls({"Sheet1": [["head"], *[[n] for n in range(30)], ["#"], [None], [5]]}))
    (column,) = page.columns
    assert isinstance(column, NumberColumn)
    assert list(column[29:]) == [28, 29, "#", "", 5] == [column[at] for at in range(29, 34)]
    assert column[-1] == column[2:][-1] == 5
    assert list(column[2:9][1:3]) == [2, 3]
    with pytest.raises(IndexError):
        column[34]
