"""Interchanges of EDIFACT and the messages in them, whole or cut."""

from __future__ import annotations

import re

from calloff.data.edi.delfor import DelforReader
from calloff.data.edi.edifact import Segment, decoded, segments
from calloff.data.edi.envelopes import Envelope
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages
from calloff.data.edi.periods import Period, edifact_period

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


class _Interchange(Envelope[Segment]):
    """Where the reader is in a file."""

    HEADER, TRAILER, LAST = "UNH", "UNT", "UNZ"
    AROUND = ("UNB", "UNG", "UNE", "UNZ")

    def _around(self, segment: Segment) -> None:
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

    def _begin(self, segment: Segment) -> None:
        name, release = segment.get(1), segment.get(1, 2)
        self.begun += 1
        number = self.messages.next()
        if name not in TYPES:
            raise refuse("edi.type", number, 1, value=name)
        message = Message(number, TYPES[name], self.sender, issued=self.issued)
        self.reader = DelforReader(message, _status_first(message, name, release))
        self.reference = segment.get(0)

    def _counted(self, segment: Segment) -> tuple[str, str, str]:
        said = segment.get(0)
        return said, said, segment.get(1)


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
    _Interchange(messages).read(segments(decoded(content)))
