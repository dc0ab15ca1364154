"""Workbooks of records in an archive (.xlsb), made by hand: no library writes them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from test_sheets import PLAN, TABLE, save

from calloff import load
from plan_forms import assert_plan

ZERO = datetime(1899, 12, 30)
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FORMULA = struct.pack("<HI", 0, 3) + b"\x1e\x01\x00" + bytes(4)  # =1


def record(kind: int, data: bytes = b"") -> bytes:
    first = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    assert len(data) < 128
    return first + bytes([len(data)]) + data


def text(written: str) -> bytes:
    return struct.pack("<I", len(written)) + written.encode("utf-16-le")


def cell(column: int, value: object) -> bytes:
    style = int(isinstance(value, datetime))
    head = struct.pack("<II", column, style)
    if isinstance(value, bytes):
        return record(value[0], head + value[1:])
    if isinstance(value, str):
        return record(6, head + text(value))
    days = (value - ZERO).total_seconds() / 86400 if isinstance(value, datetime) else value
    return record(5, head + struct.pack("<d", days))


def relation(kind: str, target: str) -> str:
    inside = f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


def binary(others: Mapping[tuple[int, int], bytes]) -> bytes:
    """The plan, with other cells: kind of the record, and what follows column and style."""
    rows = b"".join(
        record(0, struct.pack("<IIHBBBIII", at, 0, 300, 0, 0, 0, 1, 0, len(row) - 1))
        + b"".join(cell(place, others.get((at, place), value)) for place, value in enumerate(row))
        for at, row in enumerate(TABLE)
    )
    dated = record(44, struct.pack("<H", 164) + text("yyyy-mm-dd hh:mm"))
    styles = b"".join(
        record(47, struct.pack("<HHHHIHH", 0, key, 0, 0, 0, 0, 0)) for key in (0, 164)
    )
    size = record(148, struct.pack("<4I", 0, len(TABLE) - 1, 0, len(TABLE[0]) - 1))
    sheet = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Plan"))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": relation("officeDocument", "xl/workbook.bin"),
            "xl/_rels/workbook.bin.rels": relation("worksheet", "worksheets/sheet1.bin"),
            "xl/workbook.bin": record(131) + record(143) + sheet + record(144) + record(132),
            "xl/styles.bin": record(278) + record(615, struct.pack("<I", 1)) + dated + record(616)
            + record(617, struct.pack("<I", 2)) + styles + record(618) + record(279),
            "xl/worksheets/sheet1.bin": record(129) + size + record(145) + rows + record(146)
            + record(130),
        }.items():  # fmt: skip
            archive.writestr(name, content)
    return made.getvalue()


def test_a_plan(tmp_path: Path) -> None:
    assert_plan(load(save(tmp_path, binary({}), ".xlsb")).triangle, PLAN)


@pytest.mark.parametrize("formula", [False, True])
def test_errors(tmp_path: Path, formula: bool) -> None:
    kind, rest = (b"\x0b", FORMULA) if formula else (b"\x03", b"")
    others = {(5, 3): kind + b"\x07" + rest, (9, 0): kind + b"\x2a" + rest}
    faults = load(save(tmp_path, binary(others), ".xlsb")).reading.faults
    assert faults.select("cell", "value", "reason").rows() == [
        ("D6", "#DIV/0!", "error"), ("A10", "#N/A", "part_error")
    ]  # fmt: skip
