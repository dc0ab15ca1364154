"""VDA 4905: records of 128 characters, with line breaks or without.

A file has transmissions (511 to 519), each with schedules (512 and what follows it), one for each
part; a schedule is a message here. The codes 222222, 333333, 444444 and 999999 are read as the
recommendation has them: no demand, backlog, immediate, what is left beyond the horizon.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from calloff.data.edi.cumulative import Demand, Item, Received
from calloff.data.edi.edifact import UTF16, decoded
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages, as_period, as_quantity
from calloff.data.edi.numbers import quantity
from calloff.data.edi.periods import Period, joined, point
from calloff.texts.errors import CalloffError

RECORD = 128
KINDS = ("511", "512", "513", "514", "517", "518", "519", "515")  # in the order of 519's counters
TRAILER = "519"
PAIR, DATE = 15, 6  # a pair is a date of six characters and a quantity of nine
FIRST_PAIR = {"513": 47, "514": 5}  # where the pairs of a record begin, from 0
PAIRS = {"513": 5, "514": 8}
END, NONE, BACKLOG, IMMEDIATE = "000000", "222222", "333333", "444444"
WEEKS, REST = "555555", "999999"


def records(content: bytes) -> Iterator[str]:
    """The records of a ``content``. It is Latin-1 to keep the columns: texts in code page 437 or
    UTF-8 look odd, but nothing that is read holds any."""
    wide = content.startswith(UTF16)
    text = decoded(content) if wide else content.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    text = text.strip("\x00\x1a")
    for line in re.split(r"[\r\n]+", text):
        if "\x1a" not in line and not line.isspace():
            yield from (line[at : at + RECORD] for at in range(0, len(line), RECORD))


@dataclass
class _Schedule:
    """A part's schedule while its records come by."""

    message: Message
    part: str
    plant: str
    unit: str
    segment: int
    since: Period | None
    received: list[Received] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    in_weeks: bool = False
    ended: bool = False

    def take_receipt(self, record: str, at: int) -> None:
        """Record 513 up to its pairs: the last receipt, whose quantity has three decimals that
        are not written, is of no use; the cumulative one is."""
        text = record[37:47].strip()
        if text:
            value = as_quantity(_digits(text), (self.message.number, at), text)
            day = _day(record[5:11])
            self.received.append(Received(self.plant, value, day, self.since))

    def take_pairs(self, record: str, at: int) -> None:
        """Dates and quantities, until the code that ends them."""
        kind = record[:3]
        self.ended = len(record.rstrip()) <= FIRST_PAIR[kind]
        for number in range(PAIRS[kind]):
            begin = FIRST_PAIR[kind] + PAIR * number
            code, text = record[begin : begin + DATE], record[begin + DATE : begin + PAIR]
            if code == END or not (code + text).strip():
                if record[begin + PAIR :].strip(" 0"):
                    raise refuse("edi.structure", self.message.number, at)
                self.ended = True
                return
            self.take_pair(code, text, at)

    def take_pair(self, code: str, text: str, at: int) -> None:
        """A date, or a code, and its quantity."""
        where = (self.message.number, at)
        if code == NONE and text.strip(" 0"):
            raise refuse("edi.structure", *where)
        if code in (WEEKS, NONE, REST):
            self.in_weeks = self.in_weeks or code == WEEKS
            return
        value = as_quantity(_digits(text) if len(text) == PAIR - DATE else None, where, text)
        status = {BACKLOG: "backlog", IMMEDIATE: "immediate"}.get(code)
        if status:
            period = self.message.issued
        elif self.in_weeks:
            period, status = as_period(_weeks(code), where, code), "forecast"
        else:
            period, status = as_period(_day(code), where, code), "firm"
        self.demands.append(Demand(self.plant, status, period, value, False, self.unit, at))


def _digits(text: str) -> float | None:
    return quantity(text) if text.isascii() and text.lstrip().isdigit() else None


def _day(text: str) -> Period | None:
    return point(text, "yyMMDD")


def _weeks(code: str) -> Period | None:
    """After 555555: weeks from and to (JJWWWW), or a month (JJMM00)."""
    if code.endswith("00"):
        return point(code[:4], "yyMM")
    first, last = point(code[:4], "yyWW"), point(code[:2] + code[4:], "yyWW")
    if first and code[4:] < code[2:4]:  # over the turn of the year
        last = point(f"{first.day.year + 1}{code[4:]}", "YYYYWW")
    return joined(first, last) if first and last else None


@dataclass
class _File:
    """Where the reader is in a file."""

    messages: Messages
    customer: str = ""
    issued: Period | None = None
    since: Period | None = None
    counts: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    schedule: _Schedule | None = None
    skipping: bool = False

    def take(self, record: str, at: int) -> None:
        kind = record[:3]
        if kind == "511":
            self.close(at - 1)
            self.header(record)
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "512":
            self.end()
            self.begin(record, at)
        elif kind == TRAILER:
            self.end()
            self.trailer(record)
        elif kind in FIRST_PAIR:
            self.pairs(record, at)
        elif kind not in KINDS and not self.skipping:
            number = self.schedule.message.number if self.schedule else self.messages.next()
            raise refuse("edi.record", number, at, value=record[:5])

    def header(self, record: str) -> None:
        self.customer = record[5:14].strip()
        self.issued, self.since = _day(record[33:39]), _day(record[39:45])
        self.counts, self.is_open, self.skipping = {}, True, False

    def begin(self, record: str, at: int) -> None:
        self.skipping = False
        message = Message(self.messages.next(), "plan", self.customer, record[8:17].strip())
        text = record[17:23]
        message.issued = as_period(_day(text), (message.number, at), text) if text.strip() else (
            self.issued
        )  # fmt: skip
        if message.issued is None:
            raise refuse("edi.not_issued", message.number, at)
        part, plant, unit = record[38:60].strip(), record[5:8].strip(), record[103:105].strip()
        self.schedule = _Schedule(message, part, plant, unit, at, self.since)

    def pairs(self, record: str, at: int) -> None:
        if self.schedule:
            if record.startswith("513"):
                self.schedule.take_receipt(record, at)
            self.schedule.take_pairs(record, at)
        elif not self.skipping:
            self.skipping = True
            raise refuse("edi.no_header", self.messages.next(), at, value="512")

    def trailer(self, record: str) -> None:
        counters = [record[at : at + 7] for at in range(5, 5 + 7 * len(KINDS), 7)]
        for kind, said in zip(KINDS, counters, strict=True):
            found = self.counts.get(kind, 0)
            if said.isdecimal() and int(said) != found:
                self.messages.warn("edi.records_differ", kind=kind, told=int(said), found=found)
        self.is_open = False

    def fail(self, error: CalloffError) -> None:
        """The schedule is of no use: its other records are skipped."""
        self.messages.refuse(error)
        self.schedule, self.skipping = None, True

    def end(self) -> None:
        """The schedule is over."""
        schedule, self.schedule = self.schedule, None
        if schedule:
            item = (schedule.part, schedule.segment, schedule.demands, schedule.received)
            schedule.message.add(Item(*item))
            self.messages.add(schedule.message)

    def close(self, at: int) -> None:
        """The file or the transmission is over: without 519, its last schedule may be cut."""
        if self.is_open:
            self.messages.warn("edi.no_trailer", trailer=TRAILER)
        schedule = self.schedule
        if schedule and self.is_open and not schedule.ended:
            self.schedule = None
            self.messages.refuse(refuse("edi.cut", schedule.message.number, at, value=TRAILER))
        self.is_open = False
        try:
            self.end()
        except CalloffError as error:
            self.fail(error)


def read_vda4905(content: bytes, messages: Messages) -> None:
    """Read all schedules of a VDA 4905 file.

    Args:
        content: the file.
        messages: what they are read into.
    """
    place = _File(messages)
    at = 0
    for at, record in enumerate(records(content), start=1):
        try:
            place.take(record, at)
        except CalloffError as error:
            place.fail(error)
    place.close(at)
