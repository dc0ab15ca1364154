"""What kind of file is this? Told from its content; a name proves nothing."""

from __future__ import annotations

import codecs
import re

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: .xls, and encrypted .xlsx
BIFF_STREAM = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")  # Excel 2 to 5, no container
BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HTML = re.compile(
    rb"\s*MIME-Version:|\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*"
    rb"<(!doctype\s+html|html|head|body|table|meta|style|script|div|center|font|p\b)",
    re.I | re.S,
)
XML_WORKBOOK = re.compile(
    rb"\s*<\?xml.{0,400}?(mso-application|schemas-microsoft-com)", re.I | re.S
)
BLANK = b"\x00 \t\r\n" + codecs.BOM_UTF8
CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})

# Kinds that can be read, and kinds that are known but refused (each has its message).
READABLE = ("workbook", "parquet", "text")


def detect(content: bytes) -> str:
    """One of READABLE, or why the ``content`` of a file cannot be read: empty, encrypted, html,
    xml, pdf, archive, binary."""
    if not (content[:4096].strip(BLANK) or content.strip(BLANK)):
        return "empty"
    if content.startswith(OLE):
        return _compound(content)
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    if content.startswith(b"PAR1"):
        return "parquet"
    if content.startswith(b"%PDF"):
        return "pdf"
    return _text(content)


def _compound(content: bytes) -> str:
    # The directory, which names the streams, is written last: it is looked for from the end.
    if content.rfind("EncryptedPackage".encode("utf-16-le")) >= 0:
        return "encrypted"
    if content.rfind("Root Entry".encode("utf-16-le")) < 0:
        return "workbook"  # cut off before its directory: the reader says so
    books = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return "workbook" if any(content.rfind(name) >= 0 for name in books) else "binary"


def _archive(content: bytes) -> str:
    if b"PK\x05\x06" not in content:
        return "workbook"  # cut off before its directory: the reader says so
    inside = (b"xl/workbook", b"application/vnd.oasis.opendocument.spreadsheet")
    return "workbook" if any(name in content for name in inside) else "archive"


def wide_without_mark(content: bytes) -> str:
    """The encoding of a text of two bytes a letter that no byte order mark tells.

    Args:
        content: the bytes of a file.

    Returns:
        "utf-16-le" or "utf-16-be"; empty where it is something else.
    """
    head = content[:4096]
    low, high = head[::2], head[1::2]
    for zeros, letters, name in ((high, low, "utf-16-le"), (low, high, "utf-16-be")):
        if b"\0" not in letters and zeros.count(0) > len(zeros) // 4:
            letters = bytes(each for each, zero in zip(letters, zeros, strict=False) if not zero)
            lines = b"\n" in letters or b"\r" in letters
            return name if lines and letters.translate(None, CONTROL) == letters else ""
    return ""


def _text(content: bytes) -> str:
    head = content[:4096].removeprefix(codecs.BOM_UTF8)
    if XML_WORKBOOK.match(head):
        return "xml"
    if HTML.match(head):
        return "html"
    if content.startswith(BOMS) or wide_without_mark(content):
        return "text"
    if content.startswith(BIFF_STREAM) or head.translate(None, CONTROL) != head:
        return "binary"
    return "text"
