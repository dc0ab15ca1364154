"""Interchanges of EDIFACT and the messages in them, whole or cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calloff.data.edi.delfor import DelforReader
from calloff.data.edi.edifact import Segment, decoded, segments
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages
from calloff.data.edi.periods import Period, edifact_period
from calloff.texts.errors import CalloffError

TYPES = {"DELFOR": "plan", "DELJIT": "call"}
RELEASE = re.compile(r"(\d\d)([A-Z])", re.ASCII)
GROUPED = -(10**9)  # messages of an interchange with groups, which UNZ counts instead


def _status_first(message: Message, name: str, release: str) -> bool:
    """Whether the release of a message has the status before the quantity."""
    found = RELEASE.fullmatch(release)
    if not found:
        raise refuse("edi.release", message.number, 1, value=release)
    year = int(found[1]) + (1900 if int(found[1]) >= 80 else 2000)
    return name == "DELFOR" and year >= 1997


@dataclass
class _Interchange:
    """Where the reader is in a file."""

    messages: Messages
    sender: str = ""
    issued: Period | None = None
    begun: int = 0  # messages of this interchange
    is_open: bool = False
    reader: DelforReader | None = None
    reference: str = ""
    skipping: bool = False

    def take(self, segment: Segment) -> None:
        tag = segment.tag
        if tag in ("UNB", "UNG", "UNE", "UNZ"):
            self.cut()
            self.envelope(segment)
        elif tag == "UNH":
            self.cut()
            self.begin(segment)
        elif self.reader and tag == "UNT":
            self.end(segment)
        elif self.reader:
            self.reader.take(segment)
        elif tag == "UNT":
            self.skipping = False
        elif not self.skipping:
            self.messages.refuse(refuse("edi.no_header", self.messages.next(), value="UNH"))
            self.skipping = True

    def fail(self, error: CalloffError) -> None:
        """The message is of no use: its other segments are skipped."""
        self.messages.refuse(error)
        self.reader, self.skipping = None, True

    def cut(self) -> None:
        """A message that is still open has no end."""
        if self.reader:
            message = self.reader.message.number
            self.messages.refuse(refuse("edi.cut", message, self.reader.at, value="UNT"))
        self.reader, self.skipping = None, False

    def envelope(self, segment: Segment) -> None:
        if segment.tag == "UNB":
            self.close()
            self.sender, self.is_open, self.begun = segment.get(1).strip(), True, 0
            self.issued = _interchange_time(segment)
        elif segment.tag == "UNZ":
            said = segment.get(0)
            if self.begun > 0 and said.isdecimal() and self.is_open and int(said[:9]) != self.begun:
                self.messages.warn(
                    "edi.messages_differ", trailer="UNZ", told=said, found=self.begun
                )
            self.is_open = False
        elif segment.tag == "UNG":
            self.begun = GROUPED

    def begin(self, segment: Segment) -> None:
        name, release = segment.get(1), segment.get(1, 2)
        self.begun += 1
        number = self.messages.next()
        if name not in TYPES:
            raise refuse("edi.type", number, 1, value=name)
        message = Message(number, TYPES[name], self.sender, issued=self.issued)
        self.reader = DelforReader(message, _status_first(message, name, release))
        self.reference = segment.get(0)

    def end(self, segment: Segment) -> None:
        reader = self.reader
        assert reader is not None
        reader.end()
        said, found = segment.get(0), reader.at + 1
        if said != str(found) or segment.get(1) != self.reference:
            reader.message.warnings.add(
                "edi.count_differs", found, trailer="UNT", told=said, found=found
            )
        self.messages.add(reader.message)
        self.reader = None

    def close(self) -> None:
        self.cut()
        if self.is_open:
            self.messages.warn("edi.no_trailer", trailer="UNZ")
        self.is_open = False


def _interchange_time(segment: Segment) -> Period | None:
    day, time = segment.get(3), segment.get(3, 1)
    return edifact_period(day + time, {10: "201", 12: "203"}.get(len(day + time), "")) or (
        edifact_period(day, {6: "101", 8: "102"}.get(len(day), ""))
    )


def read_edifact(content: bytes, messages: Messages) -> None:
    """Read all messages of an EDIFACT file.

    Args:
        content: the file.
        messages: what they are read into.
    """
    place = _Interchange(messages)
    try:
        for segment in segments(decoded(content)):
            try:
                place.take(segment)
            except CalloffError as error:
                place.fail(error)
    except CalloffError as error:  # separators that cannot be told apart
        messages.refuse(error)
    place.close()
