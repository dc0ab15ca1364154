"""Segments of X12: separators as ISA defines them, line breaks or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from calloff.texts.errors import fail

ISA_LENGTH = 106  # characters, where no blanks were stripped
ISA_ELEMENTS = 16
BEGIN = re.compile(r"[^\s\x00\x1a]")
LONGEST = 20_000  # characters of a segment
# Up to the control number of a message without an interchange: ST*830*0001~
NUMBER = re.compile(r"[A-Z]{2}[^\w\s][A-Z\d]{2,3}[^\w\s]\w{1,9}([^\w ])")


class Segment(NamedTuple):
    """A segment of X12: its ``tag``, such as FST (empty for one that is too long to be real), and
    its ``elements``."""

    tag: str
    elements: list[str]

    def get(self, number: int) -> str:
        """The text of an element by its ``number`` in the standard, from 1; empty for none."""
        return self.elements[number - 1].strip() if number <= len(self.elements) else ""


def segments(text: str) -> Iterator[Segment]:
    """Cut a text into segments.

    Args:
        text: one interchange or several.

    Yields:
        The segments; one that nothing ends is the last.

    Raises:
        CalloffError: its separators cannot be told apart.
    """
    at: int | None = 0
    while at is not None:
        begin = BEGIN.search(text, at)
        if not begin:
            return
        element, terminator = _separators(text, begin.start())
        pattern = re.compile(rf"[^{re.escape(terminator)}\s\x00\x1a][^{re.escape(terminator)}]*+")
        at = None
        for found in pattern.finditer(text, begin.start()):
            if found.start() > begin.start() and _is_isa(found[0], element, terminator):
                at = found.start()
                break
            yield _segment(found[0], element)


def _is_isa(raw: str, element: str, terminator: str) -> bool:
    """Whether another interchange begins here, with other separators."""
    if not raw.startswith("ISA") or raw[3:4].isalnum():
        return False
    return raw[3:4] != element or len(raw) != ISA_LENGTH - 1


def _separators(text: str, at: int) -> tuple[str, str]:
    """What separates elements and ends segments. Line breaks do not count (lines of 80
    characters), unless nothing else ends ISA."""
    head = text[at : at + 2 * ISA_LENGTH].replace("\r", "").replace("\n", "")
    if head.startswith("ISA"):
        element = head[3:4]
        end = ISA_LENGTH - 3
        if head[end : end + 1] != element:  # stripped of its blanks
            end = -1
            for _ in range(ISA_ELEMENTS):
                end = head.find(element, end + 1)
                if not 0 <= end < ISA_LENGTH:
                    raise fail("edi.separators", value=head[:20])
        terminator = head[end + 2 : end + 3]
    else:  # a message without an interchange: ST*830*0001~
        element = head[2:3]
        found = NUMBER.match(text, at)
        terminator = found[1] if found else ""
    if terminator.isalnum() or terminator in ("", "\r", "\n"):
        terminator = "\n" if "\n" in text else "\r"
    if terminator == element or terminator == " " or element.isalnum():
        raise fail("edi.separators", value=head[:20])
    return element, terminator


def _segment(raw: str, element: str) -> Segment:
    raw = raw.rstrip(" \r\n\x00\x1a")
    if len(raw) > LONGEST:
        return Segment("", [])
    if "\n" in raw or "\r" in raw:
        raw = raw.replace("\r", "").replace("\n", "")  # lines of 80 characters
    tag, *elements = raw.split(element)
    return Segment(tag.strip(), elements)
