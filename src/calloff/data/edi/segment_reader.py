"""What readers of messages made of segments have in common."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Generic, Protocol, TypeVar

from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message
from calloff.texts.errors import CalloffError


class Tagged(Protocol):
    """A segment, whose ``tag`` says what it is; empty for one that is too long to be real."""

    @property
    def tag(self) -> str:
        """Its name in the format."""


S = TypeVar("S", bound=Tagged)


class SegmentReader(ABC, Generic[S]):
    """Reads the segments of one message.

    Args:
        message: what it is read into.

    Attributes:
        TAG: what tags of the format look like.
        at: number of the segment that is read, from 1.
    """

    TAG: ClassVar[re.Pattern[str]]

    def __init__(self, message: Message) -> None:
        self.message = message
        self.at = 1
        self._take: Mapping[str, Callable[[S], None]] = {}

    def take(self, segment: S) -> None:
        """Read the next segment.

        Args:
            segment: the segment.

        Raises:
            CalloffError: to refuse the message.
        """
        self.at += 1
        if take := self._take.get(segment.tag):
            take(segment)
        elif not self.TAG.fullmatch(segment.tag):
            raise self._refuse("edi.structure" if segment.tag else "edi.too_long")

    @abstractmethod
    def end(self) -> None:
        """The message is over.

        Raises:
            CalloffError: to refuse the message.
        """

    @property
    def _where(self) -> tuple[int, int]:
        """Numbers of the message and the segment."""
        return self.message.number, self.at

    def _refuse(self, code: str, **facts: object) -> CalloffError:
        return refuse(code, self.message.number, self.at, **facts)
