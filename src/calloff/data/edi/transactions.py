"""Interchanges of X12 and the messages in them, whole or cut."""

from __future__ import annotations

from dataclasses import dataclass

from calloff.data.edi.edifact import decoded
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages
from calloff.data.edi.periods import Period, point
from calloff.data.edi.planning_schedule import ScheduleReader
from calloff.data.edi.x12 import Segment, segments
from calloff.texts.errors import CalloffError

TYPES = {"830": "plan", "862": "call"}
ENVELOPE = ("ISA", "GS", "GE", "IEA")
TRAILERS = {"GE": "begun", "IEA": "groups"}


@dataclass
class _Interchange:
    """Where the reader is in a file."""

    messages: Messages
    sender: str = ""
    issued: Period | None = None
    begun: int = 0  # messages of this group
    groups: int = 0
    is_open: bool = False
    reader: ScheduleReader | None = None
    reference: str = ""
    skipping: bool = False

    def take(self, segment: Segment) -> None:
        tag = segment.tag
        if tag in ENVELOPE:
            self.cut()
            self.envelope(segment)
        elif tag == "ST":
            self.cut()
            self.begin(segment)
        elif self.reader and tag == "SE":
            self.end(segment)
        elif self.reader:
            self.reader.take(segment)
        elif tag == "SE":
            self.skipping = False
        elif not self.skipping:
            self.messages.refuse(refuse("edi.no_header", self.messages.next(), value="ST"))
            self.skipping = True

    def fail(self, error: CalloffError) -> None:
        """The message is of no use: its other segments are skipped."""
        self.messages.refuse(error)
        self.reader, self.skipping = None, True

    def cut(self) -> None:
        """A message that is still open has no end."""
        if self.reader:
            message = self.reader.message.number
            self.messages.refuse(refuse("edi.cut", message, self.reader.at, value="SE"))
        self.reader, self.skipping = None, False

    def envelope(self, segment: Segment) -> None:
        if segment.tag == "ISA":
            self.close()
            self.sender, self.is_open, self.groups = segment.get(6), True, 0
        elif segment.tag == "GS":
            self.groups, self.begun = self.groups + 1, 0
            self.issued = _group_time(segment)
            return
        elif (said := segment.get(1)).isdecimal():
            found = getattr(self, TRAILERS[segment.tag])
            if int(said[:9]) != found:
                self.messages.warn(
                    "edi.messages_differ", trailer=segment.tag, told=said, found=found
                )
        self.is_open = segment.tag != "IEA" and self.is_open

    def begin(self, segment: Segment) -> None:
        self.begun += 1
        number, name = self.messages.next(), segment.get(1)
        if name not in TYPES:
            raise refuse("edi.type", number, 1, value=name)
        self.reader = ScheduleReader(Message(number, TYPES[name], self.sender, issued=self.issued))
        self.reference = segment.get(2)

    def end(self, segment: Segment) -> None:
        reader = self.reader
        assert reader is not None
        reader.end()
        said, found = segment.get(1), reader.at + 1
        if said.lstrip("0") != str(found) or segment.get(2) != self.reference:
            reader.message.warnings.add(
                "edi.count_differs", found, trailer="SE", told=said, found=found
            )
        self.messages.add(reader.message)
        self.reader = None

    def close(self) -> None:
        self.cut()
        if self.is_open:
            self.messages.warn("edi.no_trailer", trailer="IEA")
        self.is_open = False


def _group_time(segment: Segment) -> Period | None:
    """When a group was made: its day and, where it is whole, its time."""
    day, time = segment.get(4), segment.get(5)[:4]
    layout = {8: "YYYYMMDD", 6: "yyMMDD"}.get(len(day), "")
    return point(day + time, f"{layout}hhmm") or point(day, layout)


def read_x12(content: bytes, messages: Messages) -> None:
    """Read all messages of an X12 file.

    Args:
        content: the file.
        messages: what they are read into.
    """
    place = _Interchange(messages)
    text = decoded(content)
    if not text.lstrip().startswith("ISA"):
        messages.warn("edi.no_envelope")
    try:
        for segment in segments(text):
            try:
                place.take(segment)
            except CalloffError as error:
                place.fail(error)
    except CalloffError as error:  # separators that cannot be told apart
        messages.refuse(error)
    place.close()
