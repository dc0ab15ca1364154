"""Interchanges of X12 and the messages in them, whole or cut."""

from __future__ import annotations

from dataclasses import dataclass

from calloff.data.edi.edifact import decoded
from calloff.data.edi.envelopes import Envelope
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages
from calloff.data.edi.periods import Period, point
from calloff.data.edi.planning_schedule import ScheduleReader
from calloff.data.edi.x12 import Segment, segments

TYPES = {"830": "plan", "862": "call"}
TRAILERS = {"GE": "begun", "IEA": "groups"}


@dataclass
class _Interchange(Envelope[Segment]):
    """Where the reader is in a file."""

    HEADER, TRAILER, LAST = "ST", "SE", "IEA"
    AROUND = ("ISA", "GS", "GE", "IEA")

    groups: int = 0

    def _around(self, segment: Segment) -> None:
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

    def _begin(self, segment: Segment) -> None:
        self.begun += 1
        number, name = self.messages.next(), segment.get(1)
        if name not in TYPES:
            raise refuse("edi.type", number, 1, value=name)
        self.reader = ScheduleReader(Message(number, TYPES[name], self.sender, issued=self.issued))
        self.reference = segment.get(2)

    def _counted(self, segment: Segment) -> tuple[str, str, str]:
        said = segment.get(1)
        return said, said.lstrip("0"), segment.get(2)


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
    text = decoded(content)
    if not text.lstrip().startswith("ISA"):
        messages.warn("edi.no_envelope")
    _Interchange(messages).read(segments(text))
