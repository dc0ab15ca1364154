"""Messages one after the other in a file, whole or cut, and the envelopes around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic

from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Messages
from calloff.data.edi.periods import Period
from calloff.data.edi.segment_reader import S, SegmentReader
from calloff.texts.errors import CalloffError


@dataclass
class Envelope(ABC, Generic[S]):
    """Where the reader is in a file.

    Attributes:
        messages: what they are read into.
        sender: who sent the interchange.
        issued: when.
        begun: messages of the interchange, or of its group.
        is_open: whether an interchange has begun and not ended.
        reader: of the message that has begun and not ended.
        reference: that its header gives.
        skipping: whether segments belong to a message that is of no use.
    """

    HEADER: ClassVar[str]  # tag of the segment that begins a message
    TRAILER: ClassVar[str]  # tag of the one that ends it
    AROUND: ClassVar[tuple[str, ...]]  # tags of those between messages
    LAST: ClassVar[str]  # tag of the one that ends an interchange

    messages: Messages
    sender: str = ""
    issued: Period | None = None
    begun: int = 0
    is_open: bool = False
    reader: SegmentReader[S] | None = None
    reference: str = ""
    skipping: bool = False

    @abstractmethod
    def _begin(self, segment: S) -> None:
        """A message begins. Raises CalloffError to refuse it."""

    @abstractmethod
    def _around(self, segment: S) -> None:
        """A segment between messages."""

    @abstractmethod
    def _counted(self, segment: S) -> tuple[str, str, str]:
        """How many segments a trailer says there are, as it stands there and as a number is
        written, and its reference."""

    def read(self, segments: Iterable[S]) -> None:
        """Read all ``segments`` of a file."""
        try:
            for segment in segments:
                try:
                    self.take(segment)
                except CalloffError as error:
                    self._fail(error)
        except CalloffError as error:  # separators that cannot be told apart
            self.messages.refuse(error)
        self.close()

    def take(self, segment: S) -> None:
        """Read the next ``segment``. Raises CalloffError to refuse its message."""
        tag = segment.tag
        if tag in self.AROUND:
            self.cut()
            self._around(segment)
        elif tag == self.HEADER:
            self.cut()
            self._begin(segment)
        elif self.reader and tag == self.TRAILER:
            self._end(self.reader, segment)
        elif self.reader:
            self.reader.take(segment)
        elif tag == self.TRAILER:
            self.skipping = False
        elif not self.skipping:
            self.messages.refuse(refuse("edi.no_header", self.messages.next(), value=self.HEADER))
            self.skipping = True

    def cut(self) -> None:
        """A message that is still open has no end."""
        if self.reader:
            message = self.reader.message.number
            self.messages.refuse(refuse("edi.cut", message, self.reader.at, value=self.TRAILER))
        self.reader, self.skipping = None, False

    def close(self) -> None:
        """The interchange is over; where it is still open, its end is missing."""
        self.cut()
        if self.is_open:
            self.messages.warn("edi.no_trailer", trailer=self.LAST)
        self.is_open = False

    def _fail(self, error: CalloffError) -> None:
        """The message is of no use: its other segments are skipped."""
        self.messages.refuse(error)
        self.reader, self.skipping = None, True

    def _end(self, reader: SegmentReader[S], segment: S) -> None:
        reader.end()
        said, number, reference = self._counted(segment)
        found = reader.at + 1
        if number != str(found) or reference != self.reference:
            reader.message.warnings.add(
                "edi.count_differs", found, trailer=self.TRAILER, told=said, found=found
            )
        self.messages.add(reader.message)
        self.reader = None
