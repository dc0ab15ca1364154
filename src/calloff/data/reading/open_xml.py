"""What calamine does not hand over of an .xlsx: errors in cells, formulas that were never
calculated, sheets that show a pivot table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from posixpath import normpath

from calloff.data.reading.sheets import column_letter
from calloff.data.reading.zipped import column_number, entries, unpacked

SHEET, RELATION = (  # a text in quotation marks may hold a ">"
    re.compile(rb"<(?:\w+:)?" + name + rb"""\s(?:[^>"']|"[^"]*"|'[^']*')*>""")
    for name in (rb"sheet", rb"Relationship")
)
NAME, ID, TARGET, RELATION_ID, KIND = (  # XML allows either kind of quotation marks
    re.compile(rb"\s" + name + rb"""\s*=\s*(?P<mark>["'])(?P<value>.*?)(?P=mark)""", re.DOTALL)
    for name in (rb"name", rb"\w+:id", rb"Target", rb"Id", rb"Type")
)
CELL, PLACE = rb"<(?:\w+:)?c", rb"""\s[^>]*?\br=["']([A-Z]{1,3})(\d{1,7})["'][^>]*>"""
IS_ERROR = rb"""(?=\s[^>]*?\bt=["']e["'])"""
VALUE = rb"<(?:\w+:)?v(?:\s[^>]*?)?(?:/>|>([^<]*)</(?:\w+:)?v>)"
CONTENT = rb"<(?:\w+:)?f(?:\s[^>]*?)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
ERROR = re.compile(CELL + IS_ERROR + PLACE + rb"(?:" + CONTENT + rb")?" + VALUE)
FORMULA = re.compile(rb"(" + CELL + PLACE + rb")\s*" + CONTENT + rb"(" + VALUE + rb")?")
IS_TEXT = re.compile(rb"""\st=["']str["']""")  # Excel's, with an empty value: it shows nothing
ANY_ERROR = (b't="e"', b"t='e'")  # found sooner than by an expression, where there is none
ANY_FORMULA = (b"<f", b":f>", b":f ", b":f/")
BOOK = "xl/workbook.xml"
ZERO, JAVA_ZERO = (b"0", b"0.0"), b"0.0"  # the latter before Apache POI has calculated
TAG = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])(?:[^>]*?\sr=["'](\d+))?""")
ADDRESSED = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=""")
SINCE_1904 = re.compile(rb"""<(?:\w+:)?workbookPr\s[^>]*?date1904=["'](?:1|true)["']""")
NEVER = re.compile(rb"""fullCalcOnLoad=["'](?:1|true)["']""")  # a program that does not calculate


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
    names = {entry.filename.lower(): entry for entry in entries(content)}  # case does not matter
    if BOOK not in names:
        return {}

    def read(name: str) -> bytes:
        entry = names.get(name.lower())
        return b"".join(unpacked(content, entry)) if entry else b""

    book = read(BOOK)
    since, never = bool(SINCE_1904.search(book)), bool(NEVER.search(book))
    paths = {key: path for key, path, _ in _relations(read("xl/_rels/workbook.xml.rels"), "xl")}
    found = {}
    for tag in SHEET.findall(book):
        name, key = _text(NAME, tag), _text(ID, tag)
        if name and key and (path := paths.get(key, "")).lower() in names:
            folder, _, file = path.rpartition("/")
            relations = _relations(read(f"{folder}/_rels/{file}.rels"), folder)
            pivot = any(kind.endswith("/pivotTable") for _, _, kind in relations)
            marks = replace(_marks(read(path), never, pivot), since_1904=since)
            found[name] = marks
    return found


def _text(attribute: re.Pattern[bytes], tag: bytes) -> str:
    """The text of an attribute; empty where a tag has none."""
    found = attribute.search(tag)
    return unescape(found["value"].decode("utf-8", "replace")) if found else ""


def _relations(data: bytes, folder: str) -> list[tuple[str, str, str]]:
    """Key, path and kind of what a part of the workbook refers to."""
    found = []
    for tag in RELATION.findall(data):
        key, target, kind = (_text(each, tag) for each in (RELATION_ID, TARGET, KIND))
        if key and target and kind:
            inside = normpath(f"{folder}/{target}")
            found.append((key, target.lstrip("/") if target.startswith("/") else inside, kind))
    return found


def _marks(data: bytes, never: bool, pivot: bool) -> XmlMarks:
    errors = {}
    wrong, formulas = (any(mark in data for mark in each) for each in (ANY_ERROR, ANY_FORMULA))
    if (wrong or formulas) and not ADDRESSED.search(data):
        data = _addressed(data)
    if wrong:
        for letters, row, text in ERROR.findall(data):
            errors[int(row) - 1, column_number(letters) - 1] = text.decode("utf-8", "replace")
    return XmlMarks(errors, _uncalculated(data, never) if formulas else {}, pivot)


def _addressed(data: bytes) -> bytes:
    """A sheet whose cells say where they stand, which some programs leave to their order."""
    row = column = 0

    def add(tag: re.Match[bytes]) -> bytes:
        nonlocal row, column
        if tag[1] == b"row":
            row, column = int(tag[2] or row + 1), 0
            return tag[0]
        column += 1
        return tag[0] + f' r="{column_letter(column - 1)}{row}"'.encode()

    return TAG.sub(add, data)


def _uncalculated(data: bytes, never: bool) -> dict[int, int]:
    """Formulas without a value; and where the workbook was never calculated, columns of them whose
    values are all 0."""
    without, zero, all_ = Counter[int](), Counter[int](), Counter[int]()
    cells = FORMULA.findall(data)
    never = never or {text for *_, text in cells} == {JAVA_ZERO}
    for tag, letters, _, value, text in cells:
        column = column_number(letters) - 1
        all_[column] += 1
        without[column] += not text and not (value and IS_TEXT.search(tag))
        zero[column] += text in ZERO
    return {
        column: count if never and zero[column] + without[column] == count else without[column]
        for column, count in all_.items()
        if without[column] or (never and zero[column] == count)
    }
