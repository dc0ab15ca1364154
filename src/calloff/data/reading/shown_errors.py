"""What calamine does not hand over of an .ods and an .xlsb: errors in cells. LibreOffice writes
them as what is shown of an empty text, OpenOffice as what is shown of a 0."""

from __future__ import annotations

import io
import re
import struct
import zipfile

from calloff.data.reading.biff import ERRORS
from calloff.data.reading.cells import is_error
from calloff.data.reading.zipped import entries, unpacked, varying

CELLS = "content.xml"
ANY = (b"<text:p>#", b"<text:p>Err", b"<text:p>Fehler", b':value-type="error"')
CELL = re.compile(
    rb"<table:table-cell(?P<says>\s[^>]*)>"
    rb"(?P<shown>(?:<office:annotation.*?</office:annotation>)?<text:p>(?P<text>[^<]{2,40})</text:p>)",
    re.DOTALL,
)
VALUE = re.compile(rb"""\soffice:(?:value|value-type|string-value)=(?:"[^"]*"|'[^']*')""")
TEXT, ERROR, FORMULA_ERROR = 6, 3, 11  # kinds of records in .xlsb ([MS-XLSB] 2.5)
HEAD = 8  # bytes of a record before its value: column and style
MAYBE = re.compile(  # found sooner than by a walk, where there is none
    rb"(?:\x03\x09|\x0b[\x13-\xff][\x00-\x7f]?)..\0\0..\0.[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]",
    re.DOTALL,
)


def errors_as_texts(content: bytes) -> bytes:
    """Make texts of the errors in an .ods or .xlsb, which then are read as what is shown.

    Args:
        content: the bytes of a zipped workbook, which was checked.

    Returns:
        The same; another archive where there are errors.

    Raises:
        CalloffError: an entry holds more than it declares.
    """
    names = {entry.filename: entry for entry in entries(content)}
    made: dict[str, bytes] = {}
    for name, entry in names.items():
        binary = name.endswith(".bin") and "worksheets/" in name
        if binary or name == CELLS:
            data = b"".join(unpacked(content, entry))
            shown = _in_records(data) if binary else _in_xml(data)
            made |= {name: shown} if shown != data else {}
    return _with(content, names, made) if made else content


def _with(content: bytes, names: dict[str, zipfile.ZipInfo], made: dict[str, bytes]) -> bytes:
    """An archive with other entries in place of some."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, entry in names.items():
            archive.writestr(name, made.get(name) or b"".join(unpacked(content, entry)))
    return whole.getvalue()


def _in_xml(data: bytes) -> bytes:
    return CELL.sub(_as_text, data) if any(mark in data for mark in ANY) else data


def _as_text(cell: re.Match[bytes]) -> bytes:
    text = cell["text"].decode(errors="replace")
    if not (is_error(text) or b':value-type="error"' in cell["says"]):
        return cell[0]
    says = VALUE.sub(b"", cell["says"])
    return b'<table:table-cell%s office:value-type="string">%s' % (says, cell["shown"])


def _in_records(data: bytes) -> bytes:
    if not MAYBE.search(data):
        return data
    pieces, at, kept = [], 0, 0
    while at < len(data):
        begin = at
        kind, at = varying(data, at)
        length, at = varying(data, at)
        if kind in (ERROR, FORMULA_ERROR) and HEAD < length <= len(data) - at:
            text = ERRORS.get(data[at + HEAD], "#N/A")
            inside = data[at : at + HEAD] + struct.pack("<I", len(text)) + text.encode("utf-16-le")
            pieces += [data[kept:begin], bytes([TEXT, len(inside)]), inside]
            kept = at + length
        at += length
    return b"".join([*pieces, data[kept:]])
