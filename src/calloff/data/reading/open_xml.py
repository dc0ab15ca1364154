"""What calamine does not hand over of an .xlsx: errors in cells, formulas that were never
calculated, sheets that show a pivot table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from posixpath import normpath
from xml.sax.saxutils import unescape

from calloff.data.reading.zipped import column_number, entries, unpacked

SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?>")
NAME = re.compile(rb'\sname="([^"]*)"')
ID = re.compile(rb'\s\w+:id="([^"]*)"')
RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*?>")
TARGET, RELATION_ID, KIND = (
    re.compile(rb'\sTarget="([^"]*)"'),
    re.compile(rb'\sId="([^"]*)"'),
    re.compile(rb'\sType="([^"]*)"'),
)
ERROR = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*?t="e"[^>]*>(?:<f.*?(?:/>|</f>))?'
                   rb"<v>([^<]*)</v>", re.DOTALL)  # fmt: skip
FORMULA = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*'
                     rb"<f(?:\s[^>]*?)?(?:/>|>[^<]*</f>)\s*(<v>([^<]*)</v>)?")  # fmt: skip
BOOK = "xl/workbook.xml"
SINCE_1904 = re.compile(rb'<(?:\w+:)?workbookPr\s[^>]*?date1904="(?:1|true)"')
NEVER = b'fullCalcOnLoad="1"'  # what a program writes that does not calculate


@dataclass(frozen=True)
class XmlMarks:
    """What a sheet says beside its values.

    Attributes:
        errors: row and column, from 0, of cells with an error -> what Excel shows there.
        uncalculated: column -> formulas of it that were never calculated.
        pivot: whether it shows a pivot table.
        since_1904: whether day numbers count from 1904.
    """

    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: Mapping[int, int] = field(default_factory=dict)
    pivot: bool = False
    since_1904: bool = False


def xml_marks(content: bytes) -> dict[str, XmlMarks]:
    """Look for what a workbook says beside its values.

    Args:
        content: the bytes of an .xlsx, which was checked.

    Returns:
        Name of a sheet -> what it says. Sheets that are not found are not there.

    Raises:
        CalloffError: an entry holds more than it declares.
    """
    names = {entry.filename: entry for entry in entries(content)}
    if BOOK not in names:
        return {}

    def read(name: str) -> bytes:
        return b"".join(unpacked(content, names[name])) if name in names else b""

    book = read(BOOK)
    since = bool(SINCE_1904.search(book))
    paths = {key: path for key, path, _ in _relations(read("xl/_rels/workbook.xml.rels"), "xl")}
    found = {}
    for tag in SHEET.findall(book):
        name, key = NAME.search(tag), ID.search(tag)
        if name and key and (path := paths.get(key[1])) in names:
            folder, _, file = path.rpartition("/")
            relations = _relations(read(f"{folder}/_rels/{file}.rels"), folder)
            pivot = any(kind.endswith(b"/pivotTable") for _, _, kind in relations)
            marks = replace(_marks(read(path), NEVER in book, pivot), since_1904=since)
            found[unescape(name[1].decode("utf-8", "replace"), {"&quot;": '"'})] = marks
    return found


def _relations(data: bytes, folder: str) -> list[tuple[bytes, str, bytes]]:
    """Key, path and kind of what a part of the workbook refers to."""
    found = []
    for tag in RELATION.findall(data):
        key, target, kind = RELATION_ID.search(tag), TARGET.search(tag), KIND.search(tag)
        if key and target and kind:
            text = target[1].decode("utf-8", "replace")
            path = text.lstrip("/") if text.startswith("/") else normpath(f"{folder}/{text}")
            found.append((key[1], path, kind[1]))
    return found


def _marks(data: bytes, never: bool, pivot: bool) -> XmlMarks:
    errors = {}
    if b't="e"' in data:
        for letters, row, text in ERROR.findall(data):
            errors[int(row) - 1, column_number(letters) - 1] = text.decode("utf-8", "replace")
    return XmlMarks(errors, _uncalculated(data, never) if b"<f" in data else {}, pivot)


def _uncalculated(data: bytes, never: bool) -> dict[int, int]:
    """Formulas without a value; and where the workbook was never calculated, columns of them whose
    values are all 0."""
    without, zero, all_ = Counter[int](), Counter[int](), Counter[int]()
    for letters, _, value, text in FORMULA.findall(data):
        column = column_number(letters) - 1
        all_[column] += 1
        without[column] += not value or not text
        zero[column] += text == b"0"
    return {
        column: count if never and zero[column] + without[column] == count else without[column]
        for column, count in all_.items()
        if without[column] or (never and zero[column] == count)
    }
