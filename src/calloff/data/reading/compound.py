"""Just enough of .xls (a compound file of BIFF records) to know a sheet's size before opening it.

calamine sets memory aside for the size that a DIMENSIONS record claims, and a damaged one, or one
that ends before it begins, makes it abort the whole process: no exception could be caught.
Formats: [MS-CFB] 2.2 to 2.6, [MS-XLS] 2.5.53 and 2.4.90.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

DIMENSIONS = {b"\x00\x02\x0a\x00": "<4HH", b"\x00\x02\x0e\x00": "<2I2HH"}  # BIFF 5, BIFF 8
END = 0xFFFFFFFA  # sector numbers from here on end a chain
MOST = 1 << 24  # cells: 65,536 rows x 256


def claims_nonsense(content: bytes) -> bool:
    """Whether a sheet in the ``content`` of an .xls claims to end before it begins, or to be larger
    than any .xls can be."""
    if not any(_doubtful(content)):  # the way of nearly all files: a look at the bytes is cheap
        return False
    try:
        book = _book(content)
    except (struct.error, IndexError, StopIteration):
        return False  # so damaged that the reader notices by itself
    doubtful = set(_doubtful(book))  # the same bytes may stand in the middle of another record
    return not doubtful.isdisjoint(_records(book, max(doubtful, default=-1)))


def _doubtful(book: bytes) -> Iterator[int]:
    """Where there seems to be a DIMENSIONS record that makes no sense."""
    for head, form in DIMENSIONS.items():
        at = book.find(head)
        while 0 <= at <= len(book) - 4 - struct.calcsize(form):
            top, bottom, left, right, reserved = struct.unpack_from(form, book, at + 4)
            sound = bottom > top and right > left and (bottom - top) * (right - left) <= MOST
            if bottom and right and not reserved and not sound:  # 0: an empty sheet
                yield at
            at = book.find(head, at + 1)


def _records(book: bytes, last: int) -> Iterator[int]:
    """Where records begin, up to the position ``last``."""
    at = 0
    while at <= last:
        yield at
        at += 4 + int.from_bytes(book[at + 2 : at + 4], "little")


def _book(content: bytes) -> bytes:
    """The stream of the workbook's records."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 16)
    directory, cutoff, mini_table, more = struct.unpack_from("<I4xII4xI", content, 48)
    tables = list(struct.unpack_from("<109I", content, 76))
    while more < END and len(tables) < len(content) // size:
        *further, more = _numbers(_sector(content, more, size))
        tables += further
    table = [n for t in tables if t < END for n in _numbers(_sector(content, t, size))]
    entries = _chain(content, directory, table, size)
    places = {entry[:64]: struct.unpack_from("<IQ", entry, 116) for entry in _pieces(entries, 128)}
    start, length = next(p for name, p in places.items() if _is_book(name))
    if length >= cutoff:
        return _chain(content, start, table, size)[:length]
    root = _chain(content, struct.unpack_from("<I", entries, 116)[0], table, size)
    small = _numbers(_chain(content, mini_table, table, size))
    return _chain(bytes(64) + root, start, small, 64)[:length]


def _is_book(name: bytes) -> bool:
    return name.decode("utf-16-le", "replace").rstrip("\0") in ("Workbook", "Book")


def _sector(content: bytes, number: int, size: int) -> bytes:
    return content[(number + 1) * size : (number + 2) * size]


def _numbers(content: bytes) -> list[int]:
    count = len(content) // 4
    return list(struct.unpack(f"<{count}I", content[: 4 * count]))


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content) - size + 1, size))


def _chain(content: bytes, start: int, table: list[int], size: int) -> bytes:
    """The sectors that a table strings together; a ring is cut after its length."""
    pieces: list[bytes] = []
    while start < END and len(pieces) <= len(table):
        pieces.append(_sector(content, start, size))
        start = table[start]
    return b"".join(pieces)
