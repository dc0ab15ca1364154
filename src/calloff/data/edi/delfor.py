"""DELFOR and DELJIT, D96A to D04A and beyond: what the segments mean.

Until D96B, and in DELJIT, a quantity is followed by its status and its date (QTY, SCC, DTM); from
D97A on the status comes first and holds for all quantities behind it (SCC, QTY, DTM).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from calloff.data.edi.cumulative import Demand, Item, Received
from calloff.data.edi.edifact import Segment
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, as_period, as_quantity, names
from calloff.data.edi.numbers import quantity
from calloff.data.edi.periods import Period, bucket, edifact_period
from calloff.data.edi.segment_reader import SegmentReader
from calloff.data.edi.ship_to import ShipTo

WHOLE = ("", "5", "7", "9", "24", "25", "26")  # BGM: replace, duplicate, original, whole kinds
STATUS = {"1": "firm", "4": "forecast", "10": "backlog"}
AUTHORISED = ("2", "3")  # leave to make parts or buy material: no demand
OWED = {"83": "backlog", "84": "immediate"}  # quantities that say their status themselves
DISCRETE, CUMULATIVE = ("113", "1"), "3"
RECEIVED, LAST_RECEIVED = "70", "48"
# Quantities that are known to be no demand: dispatched, ordered, other cumulative ones.
INFORMATIVE = {RECEIVED, LAST_RECEIVED, "12", "21", "52", "54", "59", "66", "71", "72", "73",
               "74", "78", "79", "186", "187", "188", "189", "194", "210"}  # fmt: skip
# Dates of a demand, with the end of the span where there is one; the first that is there counts.
DATES = (("2", ""), ("64", "63"), ("63", ""), ("76", ""), ("67", ""), ("69", ""), ("191", ""))
SHIPPED = (("10", ""), ("234", "235"), ("235", ""), ("11", ""), ("200", ""))
WANTED = {code for pair in (*DATES, *SHIPPED) for code in pair} - {"", "11"}
ISSUED, SINCE, UNTIL = "137", "51", ("52", "50")
PART_TYPES = ("IN", "BP")


@dataclass(slots=True)
class Open:
    """A quantity while its dates come by.

    Attributes:
        code: its kind.
        value: how much.
        unit: in which it is counted.
        ship_to: for which plant.
        segment: where it stands.
        status: code of its status; None where none was given yet.
        bucket: code of the days that it stands for.
        dates: code -> the date, its format, and the segment of it.
    """

    code: str
    value: float
    unit: str
    ship_to: str
    segment: int
    status: str | None = None
    bucket: str = ""
    dates: dict[str, tuple[str, str, int]] = field(default_factory=dict)


class DelforReader(SegmentReader[Segment]):
    """Reads the segments of one message.

    Args:
        message: what it is read into.
        status_first: whether the status stands before its quantities.
    """

    TAG = re.compile(r"[A-Z]{3}")

    def __init__(self, message: Message, status_first: bool) -> None:
        super().__init__(message)
        self.status_first = status_first
        self.ship_to = ShipTo()
        self.whole: bool = False
        self._part = ("", 0)  # and its segment
        self._open: Open | None = None
        self._status: tuple[str, str] | None = None
        self._demands: list[Demand] = []
        self._received: list[Received] = []
        self._since: Period | None = None
        self._until: Period | None = None
        self._take = {
            "BGM": self._bgm, "DTM": self._dtm, "NAD": self._nad, "GIS": self._group,
            "GEI": self._group, "LIN": self._lin, "PIA": self._pia, "LOC": self._loc,
            "QTY": self._qty, "SCC": self._scc,
        }  # fmt: skip

    def end(self) -> None:
        self._close_item()
        if not self.whole:
            raise refuse("edi.no_begin", self.message.number, value="BGM")

    def _bgm(self, segment: Segment) -> None:
        function = segment.get(2)
        if function not in WHOLE:
            raise self._refuse("edi.change", value=f"BGM {function}")
        self.message.document = segment.get(1)
        self.whole = True

    def _nad(self, segment: Segment) -> None:
        self._close_quantity()
        text = names([segment.get(1), segment.get(3), segment.get(2)])
        if segment.get(0) == "BY" and not self.ship_to.in_item:
            self.message.customer = text or self.message.customer
        self.ship_to.name(segment.get(0), text)

    def _group(self, segment: Segment) -> None:
        self._close_item()
        if segment.get(0) == "36":
            raise self._refuse("edi.change", value=f"{segment.tag} 36")
        self.ship_to.begin_group()

    def _lin(self, segment: Segment) -> None:
        self._close_item()
        self.ship_to.begin_item()
        if segment.get(1) == "2":
            raise self._refuse("edi.change", value="LIN 2")
        self._part = (segment.get(2).strip(), self.at)
        self._type = segment.get(2, 1)

    def _pia(self, segment: Segment) -> None:
        """Another number of the part: the customer's own goes before others."""
        if not self._part[1] or (self._part[0] and self._type in ("", *PART_TYPES)):
            return
        for element in range(1, len(segment.elements)):
            if segment.get(element, 1) in PART_TYPES:
                self._part = (segment.get(element).strip(), self._part[1])
                self._type = segment.get(element, 1)
                return

    def _loc(self, segment: Segment) -> None:
        self.ship_to.locate(segment.get(0), segment.get(1).strip())

    def _scc(self, segment: Segment) -> None:
        found = (segment.get(0), segment.get(2))
        if self.status_first:
            self._close_quantity()
            self._status = found
            return
        opened = self._open
        if opened is None or opened.status is not None or opened.dates:
            raise self._refuse("edi.order", release="D96A")
        opened.status, opened.bucket = found

    def _qty(self, segment: Segment) -> None:
        self._close_quantity()
        if not self._part[1]:
            raise self._refuse("edi.no_item")
        code, text = segment.get(0), segment.get(0, 1)
        value = quantity(text, segment.decimal, other=True)
        if value is None and code in INFORMATIVE - {RECEIVED}:
            value = 0.0
        value = as_quantity(value, self._where, text)
        plant = self.ship_to.begin_quantity()
        self._open = Open(code, value, segment.get(0, 2), plant, self.at)
        if self._status:
            self._open.status, self._open.bucket = self._status

    def _dtm(self, segment: Segment) -> None:
        code, value, form = segment.get(0), segment.get(0, 1), segment.get(0, 2)
        if not self._part[1]:
            self._header_date(code, value, form)
        elif self._open:
            said = (value, form, self.at)
            if self._open.dates.setdefault(code, said)[:2] != said[:2] and code in WANTED:
                raise self._refuse("edi.two_dates")
        elif code == SINCE:
            self._since = edifact_period(value, form)
        elif code in WANTED and (self._status or self._demands):
            raise self._refuse("edi.lone_date", value=value)

    def _header_date(self, code: str, value: str, form: str) -> None:
        if code == ISSUED:
            found = edifact_period(value, form)
            self.message.issued = as_period(found, self._where, value)
        elif code == SINCE:
            self._since = edifact_period(value, form)

    def _close_quantity(self) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        if opened.code in (RECEIVED, LAST_RECEIVED):
            self._close_received(opened)
        elif opened.code in OWED:
            self._demand(opened, OWED[opened.code])
        elif opened.code in (*DISCRETE, CUMULATIVE):
            self._close_demand(opened)
        elif opened.code not in INFORMATIVE and (opened.status or opened.dates.keys() & WANTED):
            self.message.warnings.add("edi.quantity_ignored", opened.segment, value=opened.code)

    def _close_received(self, opened: Open) -> None:
        days = [edifact_period(*opened.dates[code][:2]) for code in UNTIL if code in opened.dates]
        if opened.code == LAST_RECEIVED:
            self._until = days[0] if days else None
            return
        since = self._since
        if SINCE in opened.dates:
            since = edifact_period(*opened.dates[SINCE][:2])
        received = Received(opened.ship_to, opened.value, days[0] if days else None, since)
        self._received.append(received)

    def _close_demand(self, opened: Open) -> None:
        code, warn = opened.status, self.message.warnings.add
        if code in AUTHORISED:
            warn("edi.authorisation", opened.segment, value=code)
            return
        default = "firm" if self.message.kind == "call" else "forecast"
        if not code and default == "forecast" and opened.dates:
            warn("edi.no_status", opened.segment)
        elif code and code not in STATUS:
            warn("edi.status", opened.segment, value=code)
            default = "forecast"
        self._demand(opened, STATUS.get(code or "", default))

    def _demand(self, opened: Open, status: str) -> None:
        period = self._period(opened)
        if period is None and (status in OWED.values()):
            period = self._issue_day()
        cumulative = opened.code == CUMULATIVE
        what = (period, opened.value, cumulative, opened.unit, opened.segment)
        self._demands.append(Demand(opened.ship_to, status, *what))

    def _issue_day(self) -> Period | None:
        issued = self.message.issued
        return issued and Period(issued.start.replace(hour=0, minute=0, second=0), 1)

    def _period(self, opened: Open) -> Period | None:
        """The days of a quantity; None where it has no date."""
        for pairs in (DATES, SHIPPED):
            for begin, end in pairs:
                if begin not in opened.dates:
                    continue
                first = self._date(opened, begin)
                last = self._date(opened, end) if end in opened.dates else None
                if (found := bucket(opened.bucket, first, last)) is None:
                    value, where = opened.dates[begin][0], (self.message.number, opened.segment)
                    raise refuse("edi.bucket", *where, bucket=opened.bucket, value=value)
                if pairs is SHIPPED:
                    self.message.warnings.add("edi.shipping", opened.segment)
                return found
        return None

    def _date(self, opened: Open, code: str) -> Period:
        value, form, at = opened.dates[code]
        return as_period(edifact_period(value, form), (self.message.number, at), value)

    def _close_item(self) -> None:
        self._close_quantity()
        (part, segment), self._part = self._part, ("", 0)
        if segment:
            until = self._until
            received = [each._replace(day=each.day or until) for each in self._received]
            self.message.add(Item(part, segment, self._demands, received))
        self._demands, self._received, self._status, self._until = [], [], None, None
