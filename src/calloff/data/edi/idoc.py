"""SAP's DELFOR01 and DELFOR02 as XML: streamed, without entities, and not deep."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError, XMLParser

from calloff.data.edi.cumulative import Demand, Item, Received
from calloff.data.edi.edifact import UTF16
from calloff.data.edi.faults import refuse
from calloff.data.edi.messages import Message, Messages, as_period, as_quantity, names
from calloff.data.edi.numbers import quantity
from calloff.data.edi.periods import Period, bucket, point
from calloff.texts.errors import CalloffError, fail

TYPES = ("DELFOR01", "DELFOR02")
STATUS = {"1": "firm", "4": "forecast", "R": "backlog", "S": "immediate"}
MATERIAL = (18, 40)  # digits to which SAP fills its own numbers up with zeros
DEEPEST = 30
LONGEST = 1000  # characters of a field
OLDEST = 31  # days: a date of the order before that is the contract's, not the schedule's

PADDING = b"\x00\x1a \r\n\t"

Fields = dict[str, str]


class _Target:
    """Takes what the parser finds: fields of segments, and the ends of segments."""

    def __init__(self, reader: _Documents) -> None:
        self.reader = reader
        self.depth = 0
        self.text: list[str] = []
        self.length = 0
        self.open: list[tuple[str, Fields]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise fail("edi.deep")
        name = tag.rpartition("}")[2]
        self.text, self.length = [], 0
        if name == "IDOC":
            self.reader.begin()
        elif "SEGMENT" in attributes or name.startswith(("E1", "EDI_DC")):
            self.reader.segment(name)
            self.open.append((name, {}))

    def data(self, text: str) -> None:
        if self.length <= LONGEST:
            self.text.append(text)
            self.length += len(text)

    def end(self, tag: str) -> None:
        self.depth -= 1
        name = tag.rpartition("}")[2]
        if name == "IDOC":
            self.reader.end()
        elif self.open and self.open[-1][0] == name:
            self.reader.close(*self.open.pop())
        elif self.open:
            self.open[-1][1].setdefault(name, "".join(self.text).strip()[:LONGEST])
        self.text = []

    def doctype(self, *_: object) -> None:
        """Entities are declared here only, and no document of SAP has any."""
        raise fail("edi.entities")

    def close(self) -> None:
        """Nothing is built."""


@dataclass
class _Documents:
    """The documents of a file, as their segments come by."""

    messages: Messages
    message: Message | None = None
    at: int = 0
    item_at: int = 0
    inner: list[tuple[str, int, Fields]] = field(default_factory=list)
    items: list[tuple[int, Fields, list[tuple[str, int, Fields]]]] = field(default_factory=list)
    outer: dict[str, Fields] = field(default_factory=dict)
    partners: dict[str, str] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)

    def begin(self) -> None:
        self.message = Message(self.messages.next(), "plan")
        self.at, self.inner, self.items, self.outer, self.partners = 0, [], [], {}, {}
        self.starts = []

    def segment(self, name: str) -> None:
        self.at += 1
        self.starts.append(self.at)

    def close(self, name: str, fields: Fields) -> None:
        """A segment is over; those inside it came before."""
        begun = self.starts.pop() if self.starts else self.at
        if name == "E1EDP10":
            self.items.append((begun, fields, self.inner))
            self.inner = []
        elif name == "E1EDP16":
            self.inner.append((name, begun, fields))
        elif name == "E1EDKA1":
            self.partners[fields.get("PARVW", "")] = names(
                [fields.get("PARTN", ""), fields.get("LIFNR", "")]
            )
        elif name.startswith(("EDI_DC", "E1EDK09")):
            self.outer[name[:7]] = fields

    def end(self) -> None:
        message, self.message = self.message, None
        if message is None:
            return
        try:
            self.read(message)
            self.messages.add(message)
        except CalloffError as error:
            self.messages.refuse(error)

    def read(self, message: Message) -> None:
        control, header = self.outer.get("EDI_DC4", {}), self.outer.get("E1EDK09", {})
        kind = control.get("IDOCTYP", TYPES[0])
        if kind not in TYPES:
            raise refuse("edi.type", message.number, 1, value=kind)
        message.customer = self.partners.get("AG") or control.get("SNDPRN", "")
        message.document = names([header.get("LABNK", ""), header.get("VTRNR", "")])
        message.issued = _issued(message, header, control)
        for at, fields, lines in self.items:
            message.add(self.item(message, at, fields, lines))

    def item(
        self, message: Message, at: int, fields: Fields, lines: list[tuple[str, int, Fields]]
    ) -> Item:
        part = names([fields.get("IDNKD", ""), fields.get("MATNR", "")])
        if part.isdecimal() and len(part) in MATERIAL:
            part = part.lstrip("0") or part
        plant = fields.get("KWERK") or self.partners.get("WE", "")
        unit = fields.get("VRKME", "")
        cumulative = not any(line.get("WMENG") for _, _, line in lines)
        demands = [
            _demand(message, begun, line, cumulative)._replace(ship_to=plant, unit=unit)
            for _, begun, line in lines
        ]
        received = []
        if text := fields.get("AKUEM"):
            value = as_quantity(quantity(text), (message.number, at), text)
            since = point(fields.get("NULDT", ""), "YYYYMMDD")
            received = [Received(plant, value, None, since)]
        return Item(part, at, demands, received)


def _issued(message: Message, header: Fields, control: Fields) -> Period | None:
    """The day of the schedule; when the document was made, where that is not said."""
    made = point(control.get("CREDAT", "") + control.get("CRETIM", ""), "YYYYMMDDhhmmss")
    made = made or point(control.get("CREDAT", ""), "YYYYMMDD")
    text = names([header.get("ABRDT", ""), header.get("BSTDK", "")])
    if not text.strip("0"):
        return made
    said = as_period(point(text, "YYYYMMDD"), (message.number, 1), text)
    if made and (made.day - said.day).days > OLDEST:
        message.warnings.add("edi.old_order", 1, value=text)
        return made
    return said


def _demand(message: Message, at: int, line: Fields, cumulative: bool) -> Demand:
    code, where = line.get("ETTYP", ""), (message.number, at)
    if code not in STATUS:
        message.warnings.add("edi.status", at, value=code)
    text = line.get("FZABR" if cumulative else "WMENG", "")
    value = as_quantity(quantity(text), where, text)
    what = (_period(line, where), value, cumulative, "", at)
    return Demand("", STATUS.get(code, "forecast"), *what)


def _period(line: Fields, where: tuple[int, int]) -> Period | None:
    begin, end, code = line.get("EDATUV", ""), line.get("EDATUB", ""), line.get("PRGRS", "")
    if not begin.strip("0"):
        return None
    first = as_period(_date(begin, code), where, begin)
    last = as_period(_date(end, code), where, end) if end.strip("0") else None
    found = bucket(code, first, last)
    if found is None:
        raise refuse("edi.bucket", *where, bucket=code, value=begin)
    return found


def _date(text: str, code: str) -> Period | None:
    return point(text, "YYYYMMDD" if len(text) == 8 else "YYYYWW" if code == "W" else "YYYYMM")


def read_idoc(content: bytes, messages: Messages) -> None:
    """Read all documents of an XML file.

    Args:
        content: the file.
        messages: what they are read into.
    """
    documents = _Documents(messages)
    parser = XMLParser(target=_Target(documents))
    try:
        parser.feed(content if content.startswith(UTF16) else content.strip(PADDING))
        parser.close()
    except CalloffError as error:
        messages.refuse(error)
    except (ParseError, ValueError, LookupError) as error:
        number = documents.message.number if documents.message else messages.next()
        messages.refuse(refuse("edi.xml", number, documents.at or None, error=str(error)))
