"""Workbooks as programs other than Excel write them: what a planner sees in Excel, or a message."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlwt
from test_sheets import (
    PLAN,
    TABLE,
    book,
    changed,
    fill,
    open_document,
    refused,
    save,
    skipped,
)

from calloff import load
from calloff.data.reading.cells import is_error
from input_files import xls, xlsx
from plan_forms import Form, assert_plan, separated

SHEET = "xl/worksheets/sheet1.xml"


def sheet_with(cell: str, written: str, content: bytes | None = None) -> bytes:
    """The plan with another element in place of that of a cell."""
    content = content or book(lambda workbook: fill(workbook.add_worksheet("Plan"), TABLE))

    def put(name: str, data: bytes) -> bytes:
        made, count = re.subn(rf'<c r="{cell}".*?</c>'.encode(), written.encode(), data)
        assert count == (name == SHEET)
        return made

    return changed(content, put)


def old_book(rows: range, column: int) -> bytes:
    """An .xls with formulas in some rows of a column, as xlwt writes them: with an empty text."""
    table = [[xlwt.Formula(f"E{row + 1}+0") if at == column and row in rows else cell
              for at, cell in enumerate(cells)] for row, cells in enumerate(TABLE)]  # fmt: skip
    return xls({"Plan": table})


def faults(folder: Path) -> list[tuple[Any, ...]]:
    return load(folder).reading.faults.select("cell", "value", "reason").rows()


def java(told: bool) -> Callable[[str, bytes], bytes]:
    """Values of formulas as Apache POI writes them; whether Excel is told to calculate anew."""

    def written(name: str, data: bytes) -> bytes:
        data = data if told else data.replace(b' fullCalcOnLoad="1"', b"")
        return re.sub(rb"</f><v>(\d+)</v>", rb"</f><v>\1.0</v>", data)

    return written


@pytest.mark.parametrize("told", [False, True])
def test_zeros_of_java_are_no_values_of_formulas(tmp_path: Path, told: bool) -> None:
    """Apache POI's writer of large workbooks says 0.0 of each formula."""

    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet("Plan"), TABLE)
        for row in range(1, 40):
            sheet.write_formula(row, 3, f"=E{row + 1}+0")

    content = changed(book(build), java(told))
    assert refused(save(tmp_path, content)) == "file.uncalculated"


def test_formulas_that_java_has_calculated_are_read(tmp_path: Path) -> None:
    """What is 0 beside other values is 0."""

    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet("Plan"), TABLE)
        for row, column in ((1, 2), (2, 3), (1, 4)):
            value = TABLE[row][column]
            sheet.write_formula(row, column, f"=1*{value}", None, value)

    assert 0 in (TABLE[1][2], TABLE[2][3], TABLE[1][4])
    assert skipped(save(tmp_path, changed(book(build), java(told=False)))) == []


@pytest.mark.parametrize("empty", ["<v></v>", "<v/>"])
def test_a_formula_that_gives_no_text_is_blank(tmp_path: Path, empty: str) -> None:
    """As =IF(A5="","",...) in Excel, which no further calculating changes."""
    written = f'<c r="D5" t="str"><f>IF(A9="","",1)</f>{empty}</c>'
    assert faults(save(tmp_path, sheet_with("D5", written))) == [("D5", "", "blank")]


def test_values_of_formulas_whose_spaces_are_kept(tmp_path: Path) -> None:
    value = f'<c r="D5"><f>E5*1</f><v xml:space="preserve"> {TABLE[4][3]} </v></c>'
    assert skipped(save(tmp_path, sheet_with("D5", value))) == []
    error = '<c r="D5" t="e"><f>E5/0</f><v xml:space="preserve">#DIV/0!</v></c>'
    assert faults(save(tmp_path, sheet_with("D5", error))) == [("D5", "#DIV/0!", "error")]


def without_addresses(name: str, data: bytes) -> bytes:
    """Cells in their order, as quick writers have them."""
    return re.sub(rb'<c r="\w+"', b"<c", data) if name == SHEET else data


def without_rows(name: str, data: bytes) -> bytes:
    return re.sub(rb'<row r="\w+"', b"<row", without_addresses(name, data))


@pytest.mark.parametrize("written", [without_addresses, without_rows])
def test_cells_that_do_not_say_where_they_stand(
    tmp_path: Path, written: Callable[[str, bytes], bytes]
) -> None:
    error = sheet_with("D5", '<c r="D5" t="e"><f>E5/0</f><v>#DIV/0!</v></c>')
    assert faults(save(tmp_path, changed(error, written))) == [("D5", "#DIV/0!", "error")]
    empty = sheet_with("D5", '<c r="D5"><f>E5*1</f><v></v></c>')
    assert refused(save(tmp_path, changed(empty, written))) == "file.uncalculated"
    plain = book(lambda workbook: fill(workbook.add_worksheet("Plan"), TABLE))
    assert_plan(load(save(tmp_path, changed(plain, written))).triangle, PLAN)


def test_entries_in_other_letters(tmp_path: Path) -> None:
    """Names within a workbook are the same in upper and lower case."""

    def related(name: str, data: bytes) -> bytes:
        return data.replace(b"sheet1.xml", b"Sheet1.xml") if name.endswith(".rels") else data

    content = sheet_with("D5", '<c r="D5"><f>E5*1</f><v></v></c>')
    assert refused(save(tmp_path, changed(content, related))) == "file.uncalculated"


OFFICE = {
    "LibreOffice": 'o:value-type="string" o:string-value="" calcext:value-type="error"',
    "OpenOffice": 'o:value-type="float" o:value="0"',
}


@pytest.mark.parametrize("text", ["#DIV/0!", "#WERT!", "Err:502"])
@pytest.mark.parametrize("program", OFFICE)
def test_errors_in_an_open_document(tmp_path: Path, program: str, text: str) -> None:
    """An OpenOffice says 0, and shows an error."""
    says = OFFICE[program].replace("o:", "office:")
    note = "<office:annotation><text:p>#N/A</text:p></office:annotation>" * (text == "Err:502")
    written = f'<table:table-cell table:formula="of:=1/0" {says}>{note}<text:p>{text}</text:p>'

    def put(name: str, data: bytes) -> bytes:
        plain = b'<table:table-cell office:value-type="string"><text:p>wrong</text:p>'
        assert data.count(plain) == 2 * (name == "content.xml")
        named = b'xmlns:calcext="urn:org:documentfoundation:calcext:1.0" xmlns:office='
        return data.replace(plain, written.encode()).replace(b"xmlns:office=", named)

    spoilt = [list(row) for row in TABLE]
    spoilt[5][3] = spoilt[9][0] = "wrong"
    folder = save(tmp_path, changed(open_document(spoilt, TABLE), put), ".ods")
    assert faults(folder) == [("D6", text, "error"), ("A10", text, "part_error")]


@pytest.mark.parametrize(
    "text",
    ["#N/A", "#NV", "#N/D", "#WERT!", "#¡REF!", "#¿NOMBRE?", "#DZIEL/0!", "#NÉV?", "#ÜBERLAUF!",
     "########"],
)  # fmt: skip
def test_what_no_formula_gave_is_no_part(tmp_path: Path, text: str) -> None:
    """A text is saved as Excel shows it, in the language of whoever saved it."""
    table = Form().tables(PLAN)[0]
    table[9][0] = table[15][0] = text
    folder = save(tmp_path, separated(table, encoding="utf-8-sig"), ".csv")
    assert faults(folder) == [("A10", text, "part_error"), ("A16", text, "part_error")]
    assert load(folder).triangle.parts == PLAN.parts


@pytest.mark.parametrize("text", ["#12", "#A", "#4711!", "#AB", "P#N/A", "Err:50", "#", "1#?"])
def test_parts_with_such_signs(text: str) -> None:
    assert not is_error(text)


@pytest.mark.parametrize("name", [b'"A>B"', b"'A>B'", b' = "A"'])
def test_names_of_sheets_that_are_written_in_a_rare_way(tmp_path: Path, name: bytes) -> None:
    def named(entry: str, data: bytes) -> bytes:
        written = name if b"=" in name else b"=" + name
        return data.replace(b'<sheet name="Plan"', b"<sheet name" + written)

    content = sheet_with("D5", '<c r="D5"><f>E5*1</f><v></v></c>')
    assert refused(save(tmp_path, changed(content, named))) == "file.uncalculated"


@pytest.mark.parametrize("kind", [".xlsx", ".csv"])
def test_digits_that_no_spreadsheet_shows_are_none(tmp_path: Path, kind: str) -> None:
    """0.1 * 3 * 10 is 3.0000000000000004 to a processor, and 3 in Excel."""
    table = [TABLE[0], *([*row[:2], *(n * (1 + 2**-52) for n in row[2:])] for row in TABLE[1:])]
    assert str(table[1][2]).endswith(".0000000000001")
    content = separated(table) if kind == ".csv" else xlsx({"Plan": table})
    assert skipped(save(tmp_path, content, kind)) == []
    table[5][3] = 12.00000001
    content = separated(table) if kind == ".csv" else xlsx({"Plan": table})
    assert faults(save(tmp_path, content, kind)) == [("D6", "12.00000001", "fractional")]


EMPTY = re.compile(rb"\x03\0\0\0\0\0\xff\xff..", re.DOTALL)  # the value and the options


@pytest.mark.parametrize("options", [2, 3])
@pytest.mark.parametrize("rows", [range(5, 6), range(1, 73)])
def test_zeros_in_an_old_workbook_are_no_values_of_formulas(
    tmp_path: Path, rows: range, options: int
) -> None:
    """Java, Perl and PHP write 0, and that Excel must calculate when it opens the workbook."""
    zero, count = EMPTY.subn(bytes([*[0] * 8, options, 0]), old_book(rows, 3))
    assert count == len(rows)
    assert refused(save(tmp_path, zero, ".xls")) == "file.uncalculated"


def test_zeros_beside_values_in_an_old_workbook_are_read(tmp_path: Path) -> None:
    values = iter(struct.pack("<dH", row[3], 2) for row in TABLE[1:])
    content = EMPTY.sub(lambda _: next(values), old_book(range(1, 73), 3))
    assert 0 in [row[3] for row in TABLE]
    assert skipped(save(tmp_path, content, ".xls")) == []
