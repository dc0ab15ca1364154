"""The container of an .xls file: streams in chains of sectors, as [MS-CFB] 2.2 to 2.6 has them.

calamine follows a chain without looking whether it ends, reads at whatever sector number it finds,
and sets aside as much memory as a header claims. Damage of one bit makes a chain run in a ring
until memory ends, and then the process is aborted: there is no exception to catch. So the chains
that it will follow are walked here first, each sector once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calloff.texts.errors import CalloffError, fail

HEADER = 512  # bytes; with large sectors the rest of the first one is padding
END = 0xFFFFFFFE  # of a chain
NO_TABLE = 0xFFFFFFFC  # numbers from here on name no sector of the allocation table
LAST = 0xFFFFFFFA  # numbers below it are sectors; the others are reserved
MINI = 64  # bytes of a small sector
CUTOFF = 4096  # bytes from which on a stream lies in the large sectors
SHIFTS = {9: 512, 12: 4096}


def damaged(what: str) -> CalloffError:
    """The error of a damaged file; ``what`` is wrong, as the format names it."""
    return fail("file.damaged", error=what)


@dataclass(frozen=True)
class _Sectors:
    """Sectors of one size, and the table that strings them together."""

    content: bytes
    size: int
    table: Sequence[int]
    first: int = 0  # position of sector 0

    @property
    def count(self) -> int:
        return -(-(len(self.content) - self.first) // self.size)

    def get(self, number: int) -> bytes:
        if number >= self.count:
            raise damaged(f"sector {number:#x}")
        at = self.first + number * self.size
        return self.content[at : at + self.size]

    def chain(self, start: int) -> bytes:
        """The sectors from ``start`` on, end to end. Raises CalloffError where they run in a ring,
        leave the file or come to no end."""
        most, known, table = self.count, len(self.table), self.table
        numbers: list[int] = []
        while start != END:
            if start >= most:
                raise damaged(f"sector {start:#x}")
            numbers.append(start)
            if len(numbers) > most or start >= known:
                raise damaged("FAT")
            start = table[start]
        return b"".join(self._runs(numbers))

    def _runs(self, numbers: Sequence[int]) -> Iterator[bytes]:
        """The content of sectors, those that lie one after the other in one piece."""
        begin = 0
        for at in range(1, len(numbers) + 1):
            if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
                first = self.first + numbers[begin] * self.size
                yield self.content[first : first + (at - begin) * self.size]
                begin = at


@dataclass(frozen=True)
class _Header:
    size: int  # bytes of a sector
    directory_length: int  # in sectors, as the next
    table_length: int
    directory: int
    mini_table: int
    mini_table_length: int
    further: int  # where the list of the table's sectors goes on


def book_stream(content: bytes) -> bytes:
    """Take the stream of a workbook's records out of its container.

    Args:
        content: the bytes of the file.

    Returns:
        The bytes of the stream "Workbook", or "Book" where there is none.

    Raises:
        CalloffError: a chain of sectors has no end or leaves the file, a length is more than the
            file has, or there is no such stream.

    Source:
        [MS-CFB] 2.2 to 2.6.
    """
    try:
        return _book_stream(content)
    except (struct.error, IndexError) as error:
        raise fail("file.damaged", error="CFB") from error


def _book_stream(content: bytes) -> bytes:
    header = _header(content)
    plain = _Sectors(content, header.size, (), header.size)
    table = [n for at in _table_sectors(header, plain) for n in _numbers(plain.get(at))]
    sectors = _Sectors(content, header.size, table, header.size)
    entries = list(_pieces(sectors.chain(header.directory), 128))
    start, length = _find(entries, len(content), header.size)
    if length >= CUTOFF:
        _mini(header, entries, sectors)  # the reader loads them in any case
        return sectors.chain(start)[:length]
    return _mini(header, entries, sectors).chain(start)[:length]


def _header(content: bytes) -> _Header:
    shift, mini_shift = struct.unpack_from("<HH", content, 30)
    if shift not in SHIFTS or mini_shift != 6:
        raise damaged("sector shift")
    size = SHIFTS[shift]
    numbers = struct.unpack_from("<3I8x3I", content, 40)
    directory_length, table_length, directory, mini_table, mini_table_length, further = numbers
    if (directory_length + table_length + mini_table_length) * size > len(content) + HEADER:
        raise damaged("CFB header")
    return _Header(
        size, directory_length, table_length, directory, mini_table, mini_table_length, further
    )


def _table_sectors(header: _Header, plain: _Sectors) -> list[int]:
    """The sectors that hold the allocation table: 109 in the header, the others in a chain."""
    listed = list(struct.unpack_from("<109I", plain.content, 76))
    further, seen = header.further, 0
    while further < LAST:
        *numbers, further = _numbers(plain.get(further))
        listed += numbers
        seen += 1
        if seen > plain.count:
            raise damaged("DIFAT")
    found = [number for number in listed if number < NO_TABLE]
    if len(set(found)) < len(found):
        raise damaged("DIFAT")
    return found


def _find(entries: Sequence[bytes], most: int, size: int) -> tuple[int, int]:
    """Start and length of the stream of records."""
    places = [(_name(entry), *_place(entry, size)) for entry in entries]
    if not places or places[0][2] > most:
        raise damaged("root directory")
    for wanted in ("Workbook", "Book"):
        for name, start, length in places:
            if name == wanted:
                if length > most:
                    raise damaged("stream size")
                return start, length
    raise damaged("Workbook")


def _mini(header: _Header, entries: Sequence[bytes], sectors: _Sectors) -> _Sectors:
    """The small sectors; they lie in a stream of their own."""
    if not header.mini_table_length:
        return _Sectors(b"", MINI, ())
    start, length = _place(entries[0], sectors.size)
    inside = sectors.chain(start)[:length]
    return _Sectors(inside, MINI, _numbers(sectors.chain(header.mini_table)))


def _name(entry: bytes) -> str:
    return entry[:64].decode("utf-16-le", "replace").partition("\0")[0]


def _place(entry: bytes, size: int) -> tuple[int, int]:
    start, length = struct.unpack_from("<IQ", entry, 116)
    return start, length if size > HEADER else length & 0xFFFFFFFF  # what follows may be anything


def _numbers(content: bytes) -> tuple[int, ...]:
    count = len(content) // 4
    return struct.unpack(f"<{count}I", content[: 4 * count])


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content) - size + 1, size))
