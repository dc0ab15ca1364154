"""Plans and call-offs as a customer sends them by EDI: DELFOR, VDA 4905 and 830; DELJIT and 862."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import polars as pl

from calloff.texts.arguments import flag, frame, one_of, require
from calloff.texts.errors import fail

PLANS, CALLS = ("delfor", "vda4905", "830"), ("deljit", "862")
NEEDED = ("part", "issued_at", "target", "quantity")
CUSTOMER, SUPPLIER = "CUST", "SUPP"
ESCAPED = str.maketrans({sign: f"?{sign}" for sign in "+:'?"})
PAIRS = {"513": 5, "514": 8}  # dates and quantities in a record of VDA 4905
VDA_KINDS = ("511", "512", "513", "514", "517", "518", "519", "515")

Lines = list[tuple[date, float]]


class _Item(NamedTuple):
    """What is wanted of a part at a plant."""

    part: str
    ship_to: str
    lines: Lines


class _Sent(NamedTuple):
    """What was sent at one time."""

    number: int
    issued: datetime
    items: list[_Item]


def write_edi(rows: pl.DataFrame, form: str, *, zeros: bool = True) -> bytes:
    """Write plans or call-offs as one file of messages, one for each time stamp.

    Args:
        rows: part, issued_at, target, quantity and, where there are several plants, ship_to, as
            ``History.table`` gives them. Of call-offs, targets are the days that are called off.
        form: "delfor" (D97A), "vda4905" or "830" for plans, "deljit" or "862" for call-offs.
        zeros: whether days without a quantity are written. A part keeps its first one at least,
            so that it is in the message.

    Returns:
        The file. VDA 4905 knows no time of day, so it should hold one plan a day.

    Raises:
        CalloffError: a column is missing, or a text or a quantity does not go into the format.
    """
    require(
        frame(rows, "rows", NEEDED),
        one_of(form, "form", PLANS + CALLS),
        flag(zeros, "zeros"),
    )
    writers = {"delfor": _delfor, "deljit": _deljit, "vda4905": _vda, "830": _830, "862": _862}
    return writers[form](list(_sent(rows, zeros))).encode()


def _sent(rows: pl.DataFrame, zeros: bool) -> Iterator[_Sent]:
    """All messages, in the order of time."""
    plant = pl.col("ship_to") if "ship_to" in rows.columns else pl.lit("").alias("ship_to")
    wanted = rows.with_columns(plant).sort("issued_at", "part", "ship_to", "target")
    stamps = wanted.group_by("issued_at", maintain_order=True)
    for number, ((issued,), sent) in enumerate(stamps, start=1):
        items = []
        for (part, place), lines in sent.group_by("part", "ship_to", maintain_order=True):
            pairs = list(lines.select("target", "quantity").iter_rows())
            kept = pairs if zeros else [pair for pair in pairs if pair[1]] or pairs[:1]
            items.append(_Item(str(part), str(place), kept))
        assert isinstance(issued, datetime)
        yield _Sent(number, issued, items)


def _interchange(messages: list[list[str]], issued: datetime) -> str:
    """Messages of EDIFACT in an interchange."""
    segments = [f"UNB+UNOA:2+{CUSTOMER}:ZZ+{SUPPLIER}:ZZ+{issued:%y%m%d:%H%M}+1"]
    for number, message in enumerate(messages, start=1):
        segments += [message[0].format(number), *message[1:], f"UNT+{len(message) + 1}+{number}"]
    segments.append(f"UNZ+{len(messages)}+1")
    return "UNA:+.? '\r\n" + "".join(f"{segment}'\r\n" for segment in segments)


def _head(sent: _Sent, kind: str, code: int) -> list[str]:
    return [
        f"UNH+{{}}+{kind}:D:97A:UN",
        f"BGM+{code}+{sent.number}+5",
        f"DTM+137:{sent.issued:%Y%m%d%H%M}:203",
        f"NAD+BY+{CUSTOMER}::92",
    ]


def _delfor(messages: list[_Sent]) -> str:
    written = []
    for sent in messages:
        segments = _head(sent, "DELFOR", 241)
        for item in sent.items:
            segments.append("GIS+37")
            if item.ship_to:
                segments.append(f"NAD+ST+{item.ship_to.translate(ESCAPED)}::92")
            segments.append(f"LIN+1++{item.part.translate(ESCAPED)}:IN")
            for day, value in item.lines:
                segments += ["SCC+1++D", f"QTY+113:{value:.15g}:PCE", f"DTM+2:{day:%Y%m%d}:102"]
        written.append(segments)
    return _interchange(written, messages[0].issued)


def _deljit(messages: list[_Sent]) -> str:
    written = []
    for sent in messages:
        for place in dict.fromkeys(item.ship_to for item in sent.items):
            segments = _head(sent, "DELJIT", 242)
            if place:
                segments.append(f"NAD+ST+{place.translate(ESCAPED)}::92")
            for item in (item for item in sent.items if item.ship_to == place):
                segments += ["SEQ+1", f"LIN+1++{item.part.translate(ESCAPED)}:IN"]
                for day, value in item.lines:
                    quantity = f"QTY+1:{value:.15g}:PCE"
                    segments += [quantity, "SCC+1", f"DTM+2:{day:%Y%m%d}:102"]
            written.append(segments)
    return _interchange(written, messages[0].issued)


def _x12(messages: list[_Sent], kind: str, begin: str) -> str:
    issued = messages[0].issued
    isa = [
        *("ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{CUSTOMER:15}", "ZZ", f"{SUPPLIER:15}"),
        *(f"{issued:%y%m%d}", f"{issued:%H%M}", "U", "00401", "000000001", "0", "P", ">"),
    ]
    group = "PS" if kind == "830" else "SS"
    segments = ["*".join(isa)]
    segments.append(f"GS*{group}*{CUSTOMER}*{SUPPLIER}*{issued:%Y%m%d*%H%M}*1*X*004010")
    for sent in messages:
        last = max(day for item in sent.items for day, _ in item.lines)
        head = begin.format(sent.number, f"{sent.issued:%Y%m%d}", f"{last:%Y%m%d}")
        body = [f"ST*{kind}*{sent.number:04}", head]
        for at, item in enumerate(sent.items, start=1):
            body += _x12_item(at, item)
        body.append(f"CTT*{len(sent.items)}")
        segments += [*body, f"SE*{len(body) + 1}*{sent.number:04}"]
    segments += [f"GE*{len(messages)}*1", "IEA*1*000000001"]
    return "".join(f"{segment}~\r\n" for segment in segments)


def _x12_item(number: int, item: _Item) -> list[str]:
    """A part's loop; the separators of X12 cannot be escaped."""
    if bad := [sign for sign in "*~>" if sign in item.part + item.ship_to]:
        raise fail("synth.edi_text", text=item.part, signs=" ".join(bad))
    segments = [f"LIN*{number}*BP*{item.part}", "UIT*EA"]
    if item.ship_to:
        segments.append(f"N1*ST**92*{item.ship_to}")
    return segments + [f"FST*{value:.15g}*C*D*{day:%Y%m%d}" for day, value in item.lines]


def _830(messages: list[_Sent]) -> str:
    return _x12(messages, "830", "BFR*05**{0}*DL*A*{1}*{2}*{1}")


def _862(messages: list[_Sent]) -> str:
    return _x12(messages, "862", "BSS*05*{0}*{1}*DL*{1}*{2}")


def _vda(messages: list[_Sent]) -> str:
    """A transmission for each message, its records of 128 characters with line breaks."""
    records: list[str] = []
    for sent in messages:
        own = [f"51102{CUSTOMER:9}{SUPPLIER:9}{sent.number - 1:05}{sent.number:05}"
               f"{sent.issued:%y%m%d}{sent.issued:%y}0101"]  # fmt: skip
        for item in sent.items:
            own += _vda_schedule(sent, item)
        counts = [sum(record[:3] == kind for record in own) for kind in VDA_KINDS]
        counts[VDA_KINDS.index("519")] = 1
        records += [*own, "51901" + "".join(f"{count:07}" for count in counts)]
    return "".join(f"{record:128}\r\n" for record in records)


def _vda_schedule(sent: _Sent, item: _Item) -> list[str]:
    """Records 512 to 514 of a part."""
    if len(item.part) > 22 or len(item.ship_to) > 3 or not (item.part + item.ship_to).isascii():
        raise fail("synth.edi_length", text=item.part, place=item.ship_to)
    number = f"{sent.number:<9}{sent.issued:%y%m%d}"
    before = f"{sent.number - 1:<9}000000"
    head = f"51201{item.ship_to:3}{number}{before}{item.part:22}".ljust(103) + "ST"
    pairs = [f"{day:%y%m%d}{_whole(value):09}" for day, value in item.lines] + ["0" * 15]
    records = [head, "51301".ljust(47) + "".join(pairs[: PAIRS["513"]])]
    for at in range(PAIRS["513"], len(pairs), PAIRS["514"]):
        records.append("51401" + "".join(pairs[at : at + PAIRS["514"]]))
    return records


def _whole(value: float) -> int:
    if value != int(value) or not 0 <= value < 10**9:
        raise fail("synth.edi_whole", value=value)
    return int(value)
