"""What calamine does not hand over of an .ods: errors in cells. LibreOffice writes them as what is
shown of an empty text, OpenOffice as what is shown of a 0."""

from __future__ import annotations

import io
import re
import zipfile

from calloff.data.reading.cells import is_error
from calloff.data.reading.zipped import entries, unpacked

CELLS = "content.xml"
ANY = (b"<text:p>#", b"<text:p>Err", b"<text:p>Fehler", b':value-type="error"')
CELL = re.compile(
    rb"<table:table-cell(?P<says>\s[^>]*)>"
    rb"(?P<shown>(?:<office:annotation.*?</office:annotation>)?<text:p>(?P<text>[^<]{2,40})</text:p>)",
    re.DOTALL,
)
VALUE = re.compile(rb"""\soffice:(?:value|value-type|string-value)=(?:"[^"]*"|'[^']*')""")


def errors_as_texts(content: bytes) -> bytes:
    """Make texts of the errors in an .ods, which then are read as what is shown.

    Args:
        content: the bytes of a zipped workbook, which was checked.

    Returns:
        The same; another archive where there are errors.

    Raises:
        CalloffError: an entry holds more than it declares.
    """
    names = {entry.filename: entry for entry in entries(content)}
    if CELLS not in names:
        return content
    data = b"".join(unpacked(content, names[CELLS]))
    if not any(mark in data for mark in ANY):
        return content
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, entry in names.items():
            inside = data if name == CELLS else b"".join(unpacked(content, entry))
            archive.writestr(name, CELL.sub(_as_text, inside) if name == CELLS else inside)
    return made.getvalue()


def _as_text(cell: re.Match[bytes]) -> bytes:
    text = cell["text"].decode(errors="replace")
    if not (is_error(text) or b':value-type="error"' in cell["says"]):
        return cell[0]
    says = VALUE.sub(b"", cell["says"])
    return b'<table:table-cell%s office:value-type="string">%s' % (says, cell["shown"])
