"""X12 830 (planning schedule) and 862 (shipping schedule): what the segments mean."""

from __future__ import annotations

import re

from calloff.data.edi.cumulative import Demand, Item, Received
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, as_period, as_quantity, names
from calloff.data.edi.numbers import quantity
from calloff.data.edi.periods import Period, bucket, point
from calloff.data.edi.segment_reader import SegmentReader
from calloff.data.edi.ship_to import ShipTo
from calloff.data.edi.x12 import Segment

WHOLE = ("00", "05")
STATUS = {"A": "immediate", "C": "firm", "D": "forecast"}
BUCKETS = {"D": "D", "C": "D", "W": "W", "M": "M", "Q": "Q", "F": "F", "X": "X"}
QUANTITIES = {"A": False, "D": False, "C": True}  # discrete or cumulative
PART_TYPES = ("BP", "IN", "PI", "VP", "VN")
CUSTOMERS = ("BY", "MI", "FR")
REQUIRED, RECEIVED_ONCE, RECEIVED, SINCE = "PQ", "01", "02", "051"
TIME = re.compile(r"\d{4}(\d\d)?", re.ASCII)
# The segment that begins each kind; its elements: number, schedule type, quantities, day.
BEGINS = {"plan": ("BFR", (3, 2), 4, 5, 8), "call": ("BSS", (2, 7), 4, 11, 3)}


def day(value: str) -> Period | None:
    """The day that a ``value`` of eight digits, or of six in old releases, means, or None."""
    return point(value, "YYYYMMDD" if len(value) == 8 else "yyMMDD")


class ScheduleReader(SegmentReader[Segment]):
    """Reads the segments of one message.

    Args:
        message: what it is read into.
    """

    TAG = re.compile(r"[A-Z][A-Z\d]{1,2}")

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.ship_to = ShipTo()
        self.items = 0
        self.total = 0.0
        self._begun = False
        self._cumulative = False
        self._clear()
        begin = BEGINS[message.kind][0]
        self._take = {
            begin: self._begin, "N1": self._n1, "LIN": self._lin, "UIT": self._uit,
            "FST": self._fst, "SDQ": self._sdq, "JIT": self._jit, "ATH": self._ath,
            "SHP": self._shp, "CTT": self._ctt,
        }  # fmt: skip

    def _clear(self) -> None:
        """Nothing is known of the part."""
        self._part = ("", 0)  # and its segment
        self._unit = ""
        self._demands: list[Demand] = []
        self._received: list[Received] = []
        self._required: float | None = None
        self._last: Period | None = None
        self._whole: Demand | None = None
        self._split: float | None = None  # what plants got of the last quantity
        self._times: float | None = None  # what its times of day add up to

    def end(self) -> None:
        self._close_item()
        if not self._begun:
            raise refuse("edi.no_begin", self.message.number, value=BEGINS[self.message.kind][0])

    def _begin(self, segment: Segment) -> None:
        tag, numbers, kind, quantities, issued = BEGINS[self.message.kind]
        if segment.get(1) not in WHOLE:
            raise self._refuse("edi.change", value=f"{tag} {segment.get(1)}")
        said = segment.get(quantities) or ("A" if self.message.kind == "call" else "")
        if said not in QUANTITIES:
            raise self._refuse("edi.quantities", value=said)
        self._cumulative = QUANTITIES[said]
        self.message.document = names(segment.get(number) for number in numbers)
        if value := segment.get(issued):
            self.message.issued = as_period(day(value), self._where, value)
        if segment.get(kind) == "SH":
            self.message.warnings.add("edi.shipping", self.at)
        self._begun = True

    def _n1(self, segment: Segment) -> None:
        text = names([segment.get(4), segment.get(2)])
        if segment.get(1) in CUSTOMERS and not self.ship_to.in_item:
            self.message.customer = text or self.message.customer
        if segment.get(1) == "ST":
            self.ship_to.name("ST", text)

    def _lin(self, segment: Segment) -> None:
        self._close_item()
        if not self._begun:
            raise self._refuse("edi.no_begin", value=BEGINS[self.message.kind][0])
        self.items += 1
        self.ship_to.begin_item()
        pairs = segment.elements[1:]
        known = {
            kind.strip(): text.strip() for kind, text in zip(pairs[::2], pairs[1::2], strict=False)
        }
        self._part = names([known.get(kind, "") for kind in PART_TYPES], known.values()), self.at

    def _uit(self, segment: Segment) -> None:
        self._unit = segment.get(1)

    def _fst(self, segment: Segment) -> None:
        self._close_quantity()
        if not self._part[1]:
            raise self._refuse("edi.no_item")
        value = as_quantity(quantity(segment.get(1)), self._where, segment.get(1))
        self.total += value
        status = STATUS.get(segment.get(2))
        if status is None:
            self.message.warnings.add("edi.status", self.at, value=segment.get(2))
        plant = self.ship_to.begin_quantity()
        what = (self._period(segment), value, self._cumulative, self._unit, self.at)
        self._demands.append(Demand(plant, status or "forecast", *what))

    def _period(self, segment: Segment) -> Period | None:
        code, begin, end = segment.get(3), segment.get(4), segment.get(5)
        if not begin:
            return None
        first = as_period(day(begin), self._where, begin)
        if TIME.fullmatch(end) and day(end) is None and code in ("D", "C"):
            self.message.warnings.add("edi.time_for_day", self.at, value=end)
            end = ""
        last = as_period(day(end), self._where, end) if end else None
        if code in ("D", "C"):
            last = None  # 862 may repeat the day, or say until when to ship
        found = bucket(BUCKETS.get(code, "?"), first, last)
        if found is None:
            raise self._refuse("edi.bucket", bucket=code, value=begin)
        return found

    def _sdq(self, segment: Segment) -> None:
        """The last quantity, plant by plant."""
        if not self._demands:
            raise self._refuse("edi.structure")
        if self._split is None or self._whole is None:
            self._whole, self._split = self._demands.pop(), 0.0
        for at in range(3, len(segment.elements) + 1, 2):
            if plant := segment.get(at):
                text = segment.get(at + 1)
                value = as_quantity(quantity(text), self._where, text)
                self._split += value
                part = self._whole._replace(ship_to=plant, quantity=value, segment=self.at)
                self._demands.append(part)

    def _jit(self, segment: Segment) -> None:
        self._times = (self._times or 0) + (quantity(segment.get(1)) or 0)

    def _close_quantity(self) -> None:
        """The last quantity is over: do its plants and times of day add up to it?"""
        whole = self._whole or (self._demands[-1] if self._demands else None)
        for total in (self._split, self._times):
            if whole and total is not None and abs(total - whole.quantity) > 1e-6:
                facts = {"total": f"{whole.quantity:g}", "found": f"{total:g}"}
                self.message.warnings.add("edi.sum_differs", whole.segment, **facts)
        self._whole = self._split = self._times = None

    def _ath(self, segment: Segment) -> None:
        if segment.get(1) == REQUIRED:
            text = segment.get(3)
            self._required = as_quantity(quantity(text), self._where, text)

    def _shp(self, segment: Segment) -> None:
        kind, text = segment.get(1), segment.get(2)
        begin, end = day(segment.get(4)), day(segment.get(6))
        if kind == RECEIVED_ONCE:
            self._last = begin
        elif kind == RECEIVED and self._part[1]:
            value = as_quantity(quantity(text), self._where, text)
            since = begin if segment.get(3) == SINCE else None
            until = end if segment.get(3) == SINCE else end or begin
            plant = self.ship_to.begin_quantity()
            self._received.append(Received(plant, value, until, since))

    def _ctt(self, segment: Segment) -> None:
        self._close_item()
        for number, found in ((1, self.items), (2, self.total)):
            said = quantity(segment.get(number))
            if said is not None and abs(said - found) > 1e-6:
                facts = {"trailer": "CTT", "told": segment.get(number), "found": f"{found:g}"}
                self.message.warnings.add("edi.count_differs", self.at, **facts)

    def _close_item(self) -> None:
        self._close_quantity()
        part, segment = self._part
        if segment:
            if self.ship_to.fresh:  # named behind all its quantities
                plant = self.ship_to.begin_quantity()
                self._demands = [each._replace(ship_to=plant) for each in self._demands]
                self._received = [each._replace(ship_to=plant) for each in self._received]
            received = [each._replace(day=each.day or self._last) for each in self._received]
            self.message.add(Item(part, segment, self._demands, received, self._required))
        self._clear()
