"""One message while it is read, and all messages of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from calloff.data.edi.cumulative import Demand, Item, discrete
from calloff.data.edi.faults import HOPELESS, TooManyProblemsError, Warnings, refuse, shortened
from calloff.data.edi.periods import Period
from calloff.data.edi.schedules import LINES, RECEIPTS, Schedules, table
from calloff.texts.errors import CalloffError, Problem, Where

Row = tuple[object, ...]


@dataclass
class Message:
    """A delivery schedule while it is read.

    Attributes:
        number: its place in the file, from 1.
        kind: "plan" or "call".
        customer: who sent it.
        document: its own number.
        issued: when it was issued; None until that is known.
        lines: part, plant, status, first day, days, quantity, unit, segment.
        receipts: part, plant, day, cumulative quantity, since.
        items: how many parts it names.
        warnings: what is odd.
    """

    number: int
    kind: str
    customer: str = ""
    document: str = ""
    issued: Period | None = None
    lines: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    items: int = 0
    warnings: Warnings = field(init=False)

    def __post_init__(self) -> None:
        self.warnings = Warnings(self.number)

    def add(self, item: Item) -> None:
        """Keep what is wanted and was received of a part.

        Args:
            item: the part.

        Raises:
            CalloffError: to refuse the message: no number, or a quantity without a date.
        """
        if not item.part:
            raise refuse("edi.no_part", self.number, item.segment)
        if self.issued is None:
            raise refuse("edi.not_issued", self.number)
        self.items += 1
        before = len(self.lines)
        for demand in discrete(item, self.warnings.add):
            self._add_demand(item.part, demand)
        for each in item.received:
            days = (each.day and each.day.day, each.quantity, each.since and each.since.day)
            self.receipts.append((item.part, each.ship_to, *days))
        if len(self.lines) == before:
            self.warnings.add("edi.part_empty", item.segment, part=item.part)
        units = dict.fromkeys(demand.unit for demand in item.demands if demand.unit)
        if len(units) > 1:
            found = ", ".join(units)
            self.warnings.add("edi.units", item.segment, part=item.part, units=found)

    def _add_demand(self, part: str, demand: Demand) -> None:
        period, issued = demand.period, self.issued
        assert issued is not None
        if period is None:
            raise refuse("edi.undated", self.number, demand.segment, part=part)
        if demand.quantity < 0:
            value = f"{demand.quantity:g}"
            self.warnings.add("edi.negative", demand.segment, part=part, value=value)
            return
        status = demand.status
        if period.start < issued.start and period.end <= issued.day:
            if status == "firm":  # overdue, no plan
                status = "backlog"
            elif status == "forecast":
                self.warnings.add("edi.past", demand.segment)
        days = (period.day, period.days, demand.quantity)
        self.lines.append((part, demand.ship_to, status, *days, demand.unit, demand.segment))


@dataclass
class Messages:
    """All messages of a file.

    Attributes:
        count: how many there were so far.
        lines: rows of LINES.
        receipts: rows of RECEIPTS.
        problems: why messages were refused.
        warnings: what was odd.
        seen: what messages held, so that one that is there twice counts once.
    """

    count: int = 0
    lines: list[Row] = field(default_factory=list)
    receipts: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    seen: dict[int, int] = field(default_factory=dict)

    def next(self) -> int:
        """The number of the message that begins."""
        self.count += 1
        return self.count

    def refuse(self, error: CalloffError) -> None:
        """Keep an ``error`` for which a message is not read.

        Args:
            error: why.

        Raises:
            TooManyProblemsError: there were too many.
        """
        self.problems += error.problems
        if len(self.problems) > HOPELESS:
            raise TooManyProblemsError

    def warn(self, code: str, message: int | None = None, **facts: object) -> None:
        """Keep a warning about a message, or about the file.

        Args:
            code: key of its text in the catalogue.
            message: number of the message; None for the file.
            facts: what stands for ``{name}`` in the text, by name.
        """
        self.warnings.append(Problem(code, Where(message=message), facts))

    def add(self, message: Message) -> None:
        """Keep a ``message`` that was read to its end."""
        if not message.items:
            self.refuse(refuse("edi.header_only", message.number))
            return
        if not message.lines and not message.receipts:
            self.refuse(refuse("edi.no_quantity", message.number))
            return
        assert message.issued is not None  # items were kept
        said = (message.kind, message.customer, message.document, message.issued)
        key = hash((said, tuple(line[:-1] for line in message.lines), tuple(message.receipts)))
        if (first := self.seen.setdefault(key, message.number)) != message.number:
            self.warn("edi.repeated", message.number, first=first)
            return
        self.warnings += message.warnings.problems()
        issued, timed = message.issued.start, message.issued.timed
        for part, plant, status, *days, unit, segment in message.lines:
            whose = (part, plant, message.customer, message.kind, issued, timed, *days[:2])
            what = (status, days[2], unit, message.document, message.number, segment)
            self.lines.append((*whose, *what))
        for part, plant, *amounts in message.receipts:
            whose = (part, plant, message.customer, issued)
            self.receipts.append((*whose, *amounts, message.number))

    def result(self) -> Schedules:
        """Put everything together.

        Returns:
            The schedules.

        Raises:
            CalloffError: with all problems, where no message could be read.
        """
        problems = shortened(self.problems)
        if not self.lines and not self.receipts:
            raise CalloffError(problems or [Problem("edi.nothing")])
        lines, receipts = table(self.lines, LINES), table(self.receipts, RECEIPTS)
        return Schedules(lines, receipts, problems, shortened(self.warnings))


def as_period(found: Period | None, where: tuple[int, int], value: str) -> Period:
    """Insist on a date.

    Args:
        found: what was read of it.
        where: numbers of the message and the segment.
        value: as it stands there.

    Returns:
        The date.

    Raises:
        CalloffError: to refuse the message, where it is none.
    """
    if found is None:
        raise refuse("edi.date", *where, value=value)
    return found


def as_quantity(found: float | None, where: tuple[int, int], value: str) -> float:
    """Insist on a quantity.

    Args:
        found: what was read of it.
        where: numbers of the message and the segment.
        value: as it stands there.

    Returns:
        The quantity.

    Raises:
        CalloffError: to refuse the message, where it is none.
    """
    if found is None:
        raise refuse("edi.number", *where, value=value)
    return found


def names(*candidates: Iterable[str]) -> str:
    """The first of the texts among the ``candidates`` that is not blank."""
    return next((text.strip() for some in candidates for text in some if text.strip()), "")
