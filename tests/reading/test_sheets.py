"""What a workbook says beside its cells: hidden sheets, pivots, merged cells, formulas, errors."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter
import xlwt

import calloff
from calloff import CalloffError, load
from calloff.data.layouts import parse_layout
from plan_forms import Form, assert_plan, plan, separated

PLAN = plan()
TABLE = Form(stamp=lambda stamp: stamp, number=int).tables(PLAN)[0]
TWICE = [TABLE[0], *([*row[:2], *(2 * pieces for pieces in row[2:])] for row in TABLE[1:])]
PLACE = "application/vnd.openxmlformats-officedocument/relationships"


def book(build: Callable[[Any], None]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd hh:mm"}) as workbook:
        build(workbook)
    return made.getvalue()


def fill(sheet: Any, rows: Sequence[Sequence[Any]], top: int = 0) -> Any:
    for number, row in enumerate(rows):
        sheet.write_row(top + number, 0, row)
    return sheet


def save(folder: Path, content: bytes, kind: str = ".xlsx") -> Path:
    (folder / f"plan{kind}").write_bytes(content)
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(CalloffError) as caught:
        load(folder)
    return caught.value.problems[0].code


def skipped(folder: Path) -> list[tuple[str, str]]:
    found = load(folder)
    assert_plan(found.triangle, PLAN)
    return [(each.sheet, each.reason) for each in found.reading.skipped]


@pytest.mark.parametrize("how", ["hide", "very_hidden"])
@pytest.mark.parametrize("first", [True, False])
def test_hidden_sheets(tmp_path: Path, how: str, first: bool) -> None:
    def build(workbook: Any) -> None:
        for name in ("what-if", "Plan") if first else ("Plan", "what-if"):
            sheet = fill(workbook.add_worksheet(name), TABLE if name == "Plan" else TWICE)
            if name == "Plan":
                sheet.activate()
                sheet.set_first_sheet()
            else:
                getattr(sheet, how)()

    assert skipped(save(tmp_path, book(build))) == [("what-if", "hidden")]


def test_a_plan_that_is_hidden_is_asked_for(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        fill(workbook.add_worksheet("Plan"), TABLE).hide()
        workbook.add_worksheet("Cover").activate()

    assert refused(save(tmp_path, book(build))) == "file.only_hidden"


def test_all_hidden_sheets_are_named(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        for name in ("Plan", "what-if"):
            fill(workbook.add_worksheet(name), TABLE).hide()
        workbook.add_worksheet("Cover").activate()

    with pytest.raises(calloff.CalloffError, match="hidden: Plan, what-if;"):
        calloff.load(save(tmp_path, book(build)))


def pivoted(content: bytes, sheet: int) -> bytes:
    """A workbook of which a sheet shows a pivot table."""
    made = io.BytesIO(content)
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotTable"
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr(
            f"xl/worksheets/_rels/sheet{sheet}.xml.rels",
            f'<Relationships><Relationship Id="rId1" Type="{kind}" '
            'Target="../pivotTables/pivotTable1.xml"/></Relationships>',
        )
        archive.writestr("xl/pivotTables/pivotTable1.xml", "<pivotTableDefinition/>")
    return made.getvalue()


def test_pivot_tables(tmp_path: Path) -> None:
    content = pivoted(book(lambda workbook: fill(workbook.add_worksheet("Pivot"), TABLE)), 1)
    assert refused(save(tmp_path, content)) == "file.only_pivot"

    def build(workbook: Any) -> None:
        fill(workbook.add_worksheet("Pivot"), TWICE)
        fill(workbook.add_worksheet("Data"), TABLE)

    assert skipped(save(tmp_path, pivoted(book(build), 1))) == [("Pivot", "pivot")]


@pytest.mark.parametrize("column", [0, 1])
def test_merged_cells_stand_for_all_of_their_rows(tmp_path: Path, column: int) -> None:
    rows = sorted(TABLE[1:], key=lambda row: row[column])
    size = len(rows) // len({row[column] for row in rows})

    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet(), [TABLE[0], *rows])
        form = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for top in range(1, len(rows), size):
            sheet.merge_range(top, column, top + size - 1, column, "", form)
            sheet.write(top, column, rows[top - 1][column], form)

    assert skipped(save(tmp_path, book(build))) == []


def old_book(merged: bool) -> bytes:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("x")
    form = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm")
    rows = sorted(TABLE[1:], key=lambda row: row[0])
    days = len(PLAN.issued)
    for number, row in enumerate([TABLE[0], *rows]):
        for column, cell in enumerate(row):
            if column or not number:
                sheet.write(
                    number,
                    column,
                    cell,
                    form if number and column == 1 else xlwt.Style.default_style,
                )
        if number and number % days == 1:
            if merged:
                sheet.write_merge(number, number + days - 1, 0, 0, row[0])
            else:
                sheet.write(number, 0, row[0])
    made = io.BytesIO()
    workbook.save(made)
    return made.getvalue()


def test_merged_and_blank_names_in_an_old_workbook(tmp_path: Path) -> None:
    assert skipped(save(tmp_path, old_book(merged=True), ".xls")) == []
    save(tmp_path, old_book(merged=False), ".xls")
    assert refused(tmp_path) == "file.parts_blank"
    names = {"part": ["part"], "issued_at": ["issued_at"], "total": ["D", "D+{lead}"]}
    found = load(tmp_path, layout=parse_layout({**names, "fill_down": True}, "my.toml"))
    assert_plan(found.triangle, PLAN)


def test_a_merged_title_above_the_header(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        sheet = workbook.add_worksheet()
        sheet.merge_range(0, 2, 0, 6, "2021-10")
        fill(sheet, TABLE, 1)

    assert skipped(save(tmp_path, book(build))) == []


@pytest.mark.parametrize("kind", [".xlsx", ".csv"])
def test_slots_below_a_header_over_several_columns_are_refused(tmp_path: Path, kind: str) -> None:
    """The first slot alone is not the day."""
    head = [
        "part",
        "issued_at",
        *(name for lead in range(5) for name in (f"D+{lead}" if lead else "D", "")),
    ]
    slots = ["", "", *["08h", "10h"] * 5]
    rows = [[*row[:2], *(half for n in row[2:] for half in (n // 2, n - n // 2))]
            for row in TABLE[1:]]  # fmt: skip
    table = [head, slots, *rows]
    content = separated(table) if kind == ".csv" else book(lambda b: fill(b.add_worksheet(), table))
    assert refused(save(tmp_path, content, kind)) == "header.unnamed"


def test_a_plan_over_two_sheets(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        fill(workbook.add_worksheet("1"), TABLE[:31])
        fill(workbook.add_worksheet("2"), [TABLE[0], *TABLE[31:]])

    assert skipped(save(tmp_path, book(build))) == []


@pytest.mark.parametrize("rows", [1, 4, 72])
@pytest.mark.parametrize("column", [0, 2, 6])
def test_formulas_that_were_never_calculated(tmp_path: Path, column: int, rows: int) -> None:
    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet(), TABLE)
        for row in range(1, rows + 1):
            sheet.write_formula(row, column, f"=D{row + 1}*1")

    assert refused(save(tmp_path, book(build))) == "file.uncalculated"


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook with other entries, by their names and what was in them."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return made.getvalue()


def test_formulas_without_a_cell_for_their_value(tmp_path: Path) -> None:
    """As openpyxl writes them."""

    def without(name: str, data: bytes) -> bytes:
        value = f'<c r="C10"><v>{TABLE[9][2]}</v></c>'.encode()
        assert value in data or name != "xl/worksheets/sheet1.xml"
        return data.replace(value, b'<c r="C10"><f>D10+E10</f><v></v></c>')

    content = book(lambda workbook: fill(workbook.add_worksheet(), TABLE))
    assert refused(save(tmp_path, changed(content, without))) == "file.uncalculated"


@pytest.mark.parametrize("apostrophe", [b"'", b"&apos;", b"&#39;", b"&#x27;"])
def test_a_sheet_is_known_by_its_name_however_xml_writes_it(
    tmp_path: Path, apostrophe: bytes
) -> None:
    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet('Kunde\'s <Plan> & "so"'), TABLE)
        sheet.write_formula(1, 2, "=D2*1")

    def named(name: str, data: bytes) -> bytes:
        written = b"Kunde's &lt;Plan&gt; &amp; &quot;so&quot;"
        assert written in data or name != "xl/workbook.xml"
        return data.replace(written, written.replace(b"'", apostrophe))

    assert refused(save(tmp_path, changed(book(build), named))) == "file.uncalculated"


def single(name: str, data: bytes) -> bytes:
    """With the other quotation marks of XML."""
    return data.replace(b'"', b"'") if name.endswith((".xml", ".rels")) else data


def prefixed(name: str, data: bytes) -> bytes:
    """With a prefix before the names of elements, as .NET's library for Open XML writes them."""
    if not name.startswith("xl/work") or name.endswith(".rels"):
        return data
    marked = re.sub(rb"(</?)(\w)", rb"\1x:\2", data)
    return marked.replace(b"xmlns=", b"xmlns:x=")


def turned(name: str, data: bytes) -> bytes:
    """With the attributes of cells in the other order."""
    return re.sub(rb'<c (r="\w+")( [^>]*)>', rb"<c\2 \1>", data)


@pytest.mark.parametrize("wrong", ["formula", "error", "pivot"])
@pytest.mark.parametrize("written", [single, prefixed, turned])
def test_a_workbook_says_the_same_however_its_xml_is_written(
    tmp_path: Path, wrong: str, written: Callable[[str, bytes], bytes]
) -> None:
    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet("Plan"), TABLE)
        if wrong == "formula":
            sheet.write_formula(1, 2, "=D2*1")
        if wrong == "error":
            sheet.write_formula(5, 3, "=D2/0", None, "#DIV/0!")

    content = book(build) if wrong != "pivot" else pivoted(book(build), 1)
    folder = save(tmp_path, changed(content, written))
    if wrong == "error":
        faults = load(folder).reading.faults
        assert faults.select("cell", "value", "reason").rows() == [("D6", "#DIV/0!", "error")]
    else:
        code = {"formula": "file.uncalculated", "pivot": "file.only_pivot"}[wrong]
        assert refused(folder) == code


def test_formulas_with_values_are_read_and_foreign_ones_do_not_matter(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet(), TABLE)
        for row in range(1, len(TABLE)):
            sheet.write_formula(row, 2, f"=D{row + 1}*1", None, TABLE[row][2])
            sheet.write_formula(row, 9, f"=D{row + 1}*1")

    assert skipped(save(tmp_path, book(build))) == []


def test_errors_of_formulas_by_address(tmp_path: Path) -> None:
    def build(workbook: Any) -> None:
        sheet = fill(workbook.add_worksheet(), TABLE)
        sheet.write_formula(5, 3, "=1/0", None, "#DIV/0!")
        sheet.write_formula(6, 0, "=NA()", None, "#N/A")
        sheet.write_formula(7, 1, "=A:A", None, "#REF!")

    faults = load(save(tmp_path, book(build))).reading.faults
    assert faults.select("cell", "value", "reason").rows() == [
        ("D6", "#DIV/0!", "error"), ("A7", "#N/A", "part_error"), ("B8", "#REF!", "error")
    ]  # fmt: skip


def open_document(rows: Sequence[Sequence[Any]], hidden: Sequence[Sequence[Any]]) -> bytes:
    def cell(value: Any) -> str:
        if hasattr(value, "isoformat"):
            return f'<t:table-cell o:value-type="date" o:date-value="{value.isoformat()}"/>'
        if isinstance(value, int):
            return f'<t:table-cell o:value-type="float" o:value="{value}"/>'
        return f'<t:table-cell o:value-type="string"><x:p>{value}</x:p></t:table-cell>'

    def sheet(name: str, style: str, table: Sequence[Sequence[Any]]) -> str:
        body = "".join(f"<t:table-row>{''.join(map(cell, row))}</t:table-row>" for row in table)
        return f'<t:table t:name="{name}" t:style-name="{style}">{body}</t:table>'

    space = "urn:oasis:names:tc:opendocument:xmlns"
    names = {"o": "office", "t": "table", "x": "text", "s": "style"}
    spaces = " ".join(f'xmlns:{key}="{space}:{name}:1.0"' for key, name in names.items())
    long = {"o:": "office:", "t:": "table:", "x:": "text:", "s:": "style:"}
    text = (
        f"<o:document-content {spaces}><o:automatic-styles>"
        '<s:style s:name="h" s:family="table"><s:table-properties t:display="false"/></s:style>'
        f"</o:automatic-styles><o:body><o:spreadsheet>{sheet('Plan', 'v', rows)}"
        f"{sheet('what-if', 'h', hidden)}</o:spreadsheet></o:body></o:document-content>"
    )
    for short, name in long.items():
        for before in ("<", "</", " ", "xmlns:"):
            key = before + (short if before != "xmlns:" else short[0] + "=")
            text = text.replace(key, before + (name if before != "xmlns:" else name[:-1] + "="))
    made = io.BytesIO()
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", text)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


def test_an_open_document_with_a_hidden_sheet(tmp_path: Path) -> None:
    content = open_document(TABLE, TWICE)
    assert skipped(save(tmp_path, content, ".ods")) == [("what-if", "hidden")]
    spoilt = [list(row) for row in TABLE]
    spoilt[5][3] = "#N/A"
    faults = load(save(tmp_path, open_document(spoilt, TWICE), ".ods")).reading.faults
    assert faults.select("cell", "value", "reason").rows() == [("D6", "#N/A", "error")]


def test_a_workbook_of_calloff_s_own_is_no_plan(tmp_path: Path) -> None:
    def own(workbook: Any) -> None:
        fill(workbook.add_worksheet("Forecast"), TWICE)
        fill(workbook.add_worksheet("calloff"), [["calloff workbook", "1"]]).very_hidden()

    (tmp_path / "out.xlsx").write_bytes(book(own))
    assert refused(tmp_path) == "file.only_own"
    (tmp_path / "plan.csv").write_bytes(separated(Form().tables(PLAN)[0]))
    (tmp_path / "~$plan.xlsx").write_bytes(b"\x05Owner")
    (tmp_path / ".~lock.plan.xlsx#").write_bytes(b",me")
    found = load(tmp_path)
    assert_plan(found.triangle, PLAN)
    assert {each.reason for each in found.reading.skipped} == {"own", "lock"}
    assert not np.isnan(found.triangle.quantity).any()
