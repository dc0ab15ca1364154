"""Is this EDI, and which kind? Told from the first few hundred bytes; a name proves nothing."""

from __future__ import annotations

import codecs
import re

HEAD = 2048  # bytes that are looked at
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

# A message without its interchange is known by its type; characters that separate the columns of
# a text file are no separators there, so that no table is taken for one.
EDIFACT = re.compile(
    r"(?:UNA[^\w\s]{4}.\W\s*UN[BGH]|UNB([^\w\s]|\x1d)UNO[A-Z]|UNH([^\w\s,;|])[^,;|]{1,35}?\2DEL)"
)
X12 = re.compile(
    r"ISA([^\w\s])\d\d\1.{0,10}\1\d\d\1|(?:ST|GS)([^\w\s,;|])(?:830|862|PS|SS)\2", re.S
)
VDA_HEADER = re.compile(r"511\d\d[^,;\t|\r\n]{18}[\d ]{10}\d{6}[^,;\t|\r\n]*")
VDA_RECORD = 128
NEXT = ("512", "519")  # what may follow 511
XML = re.compile(r"<(?:[\w.-]+:)?(?:DELFOR\d\d|IDOC)[\s>/]")


def edi_format(content: bytes) -> str:
    """Say which EDI format a ``content`` is in: "edifact", "x12", "vda4905" or "idoc".

    Args:
        content: a file, or its beginning.

    Returns:
        The format; empty for anything else.
    """
    head = _head(content)
    if EDIFACT.match(head):
        return "edifact"
    if X12.match(head):
        return "x12"
    if head.startswith("<"):
        return "idoc" if XML.search(head) else ""
    return "vda4905" if _is_vda(head) else ""


def _head(content: bytes) -> str:
    """The beginning as text: marks of an encoding and blanks before it do not count."""
    start = content[: 2 * HEAD]
    for mark, encoding in UTF16.items():
        if start.startswith(mark):
            return start[2:].decode(encoding, "replace").lstrip()
    return start.removeprefix(codecs.BOM_UTF8).lstrip().decode("latin-1")


def _is_vda(head: str) -> bool:
    """Whether a record 511 opens, and a record that may follow it is next."""
    found = VDA_HEADER.match(head)
    if not found:
        return False
    if found.end() >= VDA_RECORD:
        return head[VDA_RECORD:].lstrip("\r\n").startswith(NEXT) or len(head) <= VDA_RECORD
    rest = head[found.end() :].lstrip("\r\n")
    return not rest.strip("\x00\x1a ") or rest.startswith(NEXT)
