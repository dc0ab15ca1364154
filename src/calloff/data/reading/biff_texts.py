"""The texts of an .xls workbook: those that cells share, names of sheets, forms of numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from calloff.data.reading.biff import CONTINUE, STRINGS, Records

WIDE, EXTENDED, RICH = 1, 4, 8  # flags of a text: two bytes a letter; more behind it


def shared_texts(common: Records) -> list[str]:
    """Read the texts that cells share.

    Args:
        common: records of the workbook, which were checked.

    Returns:
        The texts, in their order.

    Raises:
        struct.error: they break off. So do IndexError and UnicodeDecodeError.

    Source:
        [MS-XLS] 2.4.265 (SST), 2.5.293 (XLUnicodeRichExtendedString).
    """
    kinds = common.kind.tolist()
    if STRINGS not in kinds:
        return []
    first = kinds.index(STRINGS)
    after = first + 1
    while after < len(kinds) and kinds[after] == CONTINUE:
        after += 1
    blocks = Records(common.book, common.at[first:after]).data()
    (count,) = struct.unpack_from("<I", blocks[0], 4)
    reader = _Reader(blocks, 8)
    return [reader.text() for _ in range(count)]


def short_text(data: bytes, at: int, size: str) -> str:
    """Read a text that is not split over records.

    Args:
        data: of a record.
        at: where its length stands.
        size: of the length, as struct knows it: "<B" or "<H".

    Returns:
        The text.
    """
    (letters,) = struct.unpack_from(size, data, at)
    begin = at + struct.calcsize(size) + 1
    wide = data[begin - 1] & WIDE
    return _decoded(data[begin : begin + letters * (1 + wide)], wide)


def _decoded(data: bytes, wide: int) -> str:
    return data.decode("utf-16-le" if wide else "latin-1")


class _Reader:
    """Goes through texts that may go on in the next record."""

    def __init__(self, blocks: Sequence[bytes], at: int) -> None:
        self.blocks, self.block, self.at = blocks, 0, at

    def text(self) -> str:
        if self.at == len(self.blocks[self.block]):
            self.block, self.at = self.block + 1, 0
        data = self.blocks[self.block]
        letters, flags = struct.unpack_from("<HB", data, self.at)
        self.at += 3
        behind = 0
        if flags & RICH:
            behind += 4 * self._number("<H")
        if flags & EXTENDED:
            behind += self._number("<I")
        read = self._letters(letters, flags & WIDE)
        self._skip(behind)
        return read

    def _number(self, form: str) -> int:
        (number,) = struct.unpack_from(form, self.blocks[self.block], self.at)
        self.at += struct.calcsize(form)
        return int(number)

    def _letters(self, left: int, wide: int) -> str:
        read = ""
        while True:
            data, size = self.blocks[self.block], left * (1 + wide)
            piece = data[self.at : self.at + size]
            read += _decoded(piece, wide)
            self.at += len(piece)
            left -= len(piece) // (1 + wide)
            if not left:
                return read
            self.block += 1  # the rest begins with a flag of its own
            wide, self.at = self.blocks[self.block][0] & WIDE, 1

    def _skip(self, left: int) -> None:
        while (room := len(self.blocks[self.block]) - self.at) < left:
            left -= room
            self.block, self.at = self.block + 1, 0
        self.at += left
