"""How many cells a zipped workbook (.xlsx, .xlsb, .ods) will take, before calamine opens it.

calamine lays out every cell between the outermost ones of a sheet and aborts the process where
memory ends. Here each entry is unpacked piece by piece: neither its declared size nor its declared
dimensions are believed.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator

from calloff.texts.errors import fail

UNPACKED = 1 << 29  # bytes of a zipped workbook; the full-size export has 40 MB
ENTRIES = 10_000  # of an archive; a workbook has one for each sheet, and a dozen more
PIECE = 1 << 20  # bytes unpacked at a time
TAIL = 1 << 20  # bytes kept of a row that is longer; its last cell stands there
REFERENCE = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
REPEATED = re.compile(rb'number-(rows|columns)-repeated="([0-9]{1,10})"')
LOCAL = 30  # bytes of an entry's own header, before its name
STORED, DEFLATED = 0, 8
ROW, LAST_CELL = 0, 11  # kinds of records in .xlsb: a row, and 1 to 11 its cells ([MS-XLSB] 2.5)


def check_archive(content: bytes, most: int) -> None:
    """Refuse a zipped workbook that would cost more memory than it is worth.

    Args:
        content: the bytes of the file.
        most: cells that a sheet may have.

    Raises:
        CalloffError: it unpacks to too much, an entry holds more than it declares, or a sheet has
            more cells.
    """
    for entry in entries(content):
        if count := _counter(entry.filename):
            cells = count(unpacked(content, entry))
            if cells > most:
                raise fail("file.too_large", limit=f"{most:,} cells")


def entries(content: bytes) -> list[zipfile.ZipInfo]:
    """List what an archive says it holds.

    Args:
        content: the bytes of the file.

    Returns:
        Its entries, not unpacked.

    Raises:
        CalloffError: there are too many entries, they unpack to too much, or make no sense.
    """
    if content.count(b"PK\x01\x02") > ENTRIES:
        raise fail("file.damaged", error="zip")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise fail("file.damaged", error=type(error).__name__) from error
    if sum(entry.file_size for entry in found) > UNPACKED:
        raise fail("file.too_large", limit=f"{UNPACKED >> 20:,} MB")
    return found


def _counter(name: str) -> Callable[[Iterable[bytes]], int] | None:
    if name == "content.xml":
        return _open_document
    if name.endswith(".bin"):
        return _binary if "worksheets/" in name else _nothing
    return _sheet if name.endswith(".xml") else None


def unpacked(content: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack an entry.

    Args:
        content: the bytes of the archive.
        entry: one of its ``entries``.

    Yields:
        The entry in pieces.

    Raises:
        CalloffError: it holds more than it declares.
    """
    name, extra = struct.unpack_from("<HH", content, entry.header_offset + LOCAL - 4)
    at = entry.header_offset + LOCAL + name + extra
    packed = content[at : at + entry.compress_size]
    left = entry.file_size
    for piece in _inflated(packed, entry.compress_type):
        left -= len(piece)
        if left < 0:
            raise fail("file.damaged", error="zip")
        yield piece


def _inflated(packed: bytes, method: int) -> Iterator[bytes]:
    if method == STORED:
        yield packed
        return
    if method != DEFLATED:
        raise fail("file.damaged", error=f"zip {method}")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while packed and not inflate.eof:
            yield inflate.decompress(packed, PIECE)
            packed = inflate.unconsumed_tail
    except zlib.error as error:
        raise fail("file.damaged", error="zip") from error


def _nothing(pieces: Iterable[bytes]) -> int:
    for _ in pieces:
        pass
    return 0


def _split(pieces: Iterable[bytes], mark: bytes) -> Iterator[bytes]:
    """What stands between the marks; what is very long comes in two or more."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(mark)
        yield from whole
        if len(rest) > 2 * TAIL:
            yield rest[:-TAIL]
            rest = rest[-TAIL:]
    yield rest


def _sheet(pieces: Iterable[bytes]) -> int:
    """Rows times columns of an .xlsx sheet, from the last cell with content in each of its rows;
    where cells have no address, the number of values."""
    height = width = values = 0
    for row in _split(pieces, b"row>"):
        last = row.rfind(b" r=", 0, max(row.rfind(b"c>"), 0))
        found = REFERENCE.match(row, last + 4) if last >= 0 else None
        if found:
            height = max(height, int(found[2]))
            width = max(width, column_number(found[1]))
        values += row.count(b"<v")
    return max(height * width, values)


def _open_document(pieces: Iterable[bytes]) -> int:
    """Rows times columns of the largest table of an .ods; rows and cells may stand for many."""
    largest = height = rows = width = 0
    for place, row in enumerate(_split(pieces, b"<table:table-row")):
        repeated = {kind: int(number) for kind, number in REPEATED.findall(row.partition(b">")[0])}
        rows += repeated.get(b"rows", 1) if place else 0  # before the first row is no row
        last = row.rfind(b"value-type=")
        if last >= 0:
            height, width = rows, max(width, _width(row[: row.find(b">", last)]))
        if b"</table:table>" in row:
            largest, height, rows, width = max(largest, height * width), 0, 0, 0
    return max(largest, height * width)


def _width(cells: bytes) -> int:
    many = sum(int(number) - 1 for kind, number in REPEATED.findall(cells) if kind == b"columns")
    return cells.count(b"table-cell") - cells.count(b"</table:table-cell") + many


def _binary(pieces: Iterable[bytes]) -> int:
    """Rows times columns of an .xlsb sheet."""
    data = b"".join(pieces)
    at = height = width = 0
    while at < len(data):
        kind, at = varying(data, at)
        length, at = varying(data, at)
        if kind <= LAST_CELL and length >= 4:
            number = int.from_bytes(data[at : at + 4], "little") + 1
            height, width = (max(height, number), width) if kind == ROW else (
                height, max(width, number))  # fmt: skip
        at += length
    return height * width


def varying(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, four bytes at most.

    Args:
        data: the records of an .xlsb.
        at: where it begins.

    Returns:
        The number, and where it ends.
    """
    number = 0
    for place, byte in enumerate(data[at : at + 4]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, at + place + 1
    return number, at + 4


def column_number(letters: bytes) -> int:
    """The number of a spreadsheet's column.

    Args:
        letters: b"A", b"Z" or b"AA".

    Returns:
        1, 26 or 27.
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
