"""Segments of EDIFACT: separators from UNA, escapes, line breaks or none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from calloff.texts.errors import fail

LONGEST = 20_000  # characters of a segment; the longest real ones have about 3,000
CHARSETS = {
    "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOG": "iso8859-3",
    "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9",
}  # fmt: skip
LINE_ENDS = ("\r", "\n")
PADDING = " \r\n\x00\x1a"
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
KNOWN = 4096  # segments that are kept
SERVICE = 9  # characters of UNA with its separators


@dataclass(frozen=True)
class Separators:
    """What stands between segments and their parts.

    Attributes:
        component: between components of an element.
        element: between elements of a segment.
        decimal: the decimal mark.
        release: before a character that is no separator; a blank for none.
        terminator: behind a segment.
    """

    component: str = ":"
    element: str = "+"
    decimal: str = "."
    release: str = "?"
    terminator: str = "'"


class Segment(NamedTuple):
    """A segment of EDIFACT.

    Attributes:
        tag: its name, such as QTY; empty for one that is too long to be real.
        elements: its elements, as components.
        decimal: the decimal mark of its interchange.
    """

    tag: str
    elements: list[list[str]]
    decimal: str

    def get(self, element: int, component: int = 0) -> str:
        """The text of a component of an ``element``, both from 0; empty where there is none."""
        try:
            return self.elements[element][component]
        except IndexError:
            return ""


def decoded(content: bytes) -> str:
    """The text of a ``content``: UTF-8 where it is sound, else as its UNB says, or Latin-1."""
    if content.startswith(UTF16):
        return content.decode("utf-16", "replace")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        found = re.search(rb"UNB.(UNO[A-Z])", content[:256], re.S)
        return content.decode(CHARSETS.get(found[1].decode(), "latin-1") if found else "latin-1")


def segments(text: str) -> Iterator[Segment]:
    """Cut a text into segments.

    Args:
        text: one interchange or several.

    Yields:
        The segments, without UNA; one that nothing ends is the last.

    Raises:
        CalloffError: its separators cannot be told apart.
    """
    signs = Separators()
    text = text.lstrip()
    if text.startswith("UNB\x1d"):
        signs = Separators("\x1f", "\x1d", ".", " ", "\x1c")  # level B: control characters
    if not text.startswith("UNA") or text[SERVICE - 1 : SERVICE] not in LINE_ENDS:
        text = text.replace("\r", "").replace("\n", "")  # of segments, or of 80 characters
    at: int | None = 0
    while at is not None:
        pattern, begin, at = _pattern(signs), at, None
        known: dict[str, Segment] = {}  # dates and statuses recur: two segments in three
        for found in pattern.finditer(text, begin):
            raw = found[0]
            if raw.startswith("UNA") and not raw[3:4].isalnum():
                signs = _service(text[found.start() : found.start() + SERVICE])
                at = found.start() + SERVICE
                break
            if (segment := known.get(raw)) is None:
                segment = known[raw] = _segment(raw, signs)
                if len(known) > KNOWN:
                    known.clear()
            yield segment


def _pattern(signs: Separators) -> re.Pattern[str]:
    """A segment: from a character that is no blank to a terminator that is not escaped. What
    matched is never given back (++), so that time and memory grow with the length alone."""
    end, release = re.escape(signs.terminator), re.escape(signs.release)
    if signs.release == " ":
        return re.compile(rf"[^{end}\s\x00\x1a][^{end}]*+")
    first, rest = rf"[^{end}{release}\s\x00\x1a]", rf"[^{end}{release}]++"
    return re.compile(rf"(?:{first}|{release}.)(?:{rest}|{release}.)*+", re.S)


def _service(text: str) -> Separators:
    """The separators that UNA declares."""
    if len(text) == SERVICE:
        component, element, decimal, release, terminator = (*text[3:7], text[8])
        apart = {component, element, release, terminator}
        if len(apart) == 4 and decimal in ".," and not any(sign.isalnum() for sign in apart):
            return Separators(component, element, decimal, release, terminator)
    raise fail("edi.separators", value=text)


def _segment(raw: str, signs: Separators) -> Segment:
    if len(raw) > LONGEST:
        return Segment("", [], signs.decimal)
    raw = raw.rstrip(PADDING)
    if signs.release != " " and signs.release in raw:
        elements = _released(raw, signs)
    else:
        elements = [element.split(signs.component) for element in raw.split(signs.element)]
    return Segment(elements[0][0].strip(), elements[1:], signs.decimal)


def _released(raw: str, signs: Separators) -> list[list[str]]:
    """Elements and components of a segment with escapes."""
    elements, text, escaped = [[""]], [], False
    for sign in raw:
        if escaped or sign not in (signs.release, signs.element, signs.component):
            text.append(sign)
            escaped = False
        elif sign == signs.release:
            escaped = True
        else:
            elements[-1][-1] = "".join(text)
            text = []
            elements.append([""]) if sign == signs.element else elements[-1].append("")
    elements[-1][-1] = "".join(text)
    return elements
