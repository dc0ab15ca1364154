"""What the supplier shipped: a table of part, day and quantity."""

from __future__ import annotations

from pathlib import Path

from calloff.data.layouts import Layout, match, parse_layout
from calloff.data.reading.cells import CODE, cell_text, parse_name, parse_part
from calloff.data.reading.files import read_table
from calloff.data.reading.matching import Header, uncalculated
from calloff.data.reading.numbers import parse_columns
from calloff.data.reading.times import parse_times
from calloff.data.reading.today import Key
from calloff.texts.errors import CalloffError, Problem, few

COLUMNS = {
    "part": ["part", "part number", "item", "material", "품번", "teilenummer"],
    "plant": ["plant", "ship_to", "ship-to", "werk", "공장", "납품처"],
    "customer": ["customer", "kunde", "고객"],
    "issued_at": ["day", "date", "shipped", "shipped_at", "ship_date", "shipment date", "출하일",
                  "납품일", "날짜", "lieferdatum", "versanddatum", "datum"],
    "target": ["-"],
    "quantity": ["quantity", "qty", "pieces", "shipped quantity", "수량", "출하수량", "menge"],
}  # fmt: skip


def read_shipments(path: str | Path) -> dict[Key, float]:
    """Read what was shipped; several shipments of a day are added up.

    Args:
        path: the table; of a workbook the first sheet that is not hidden counts.

    Returns:
        Pieces by part, plant, customer and day.

    Raises:
        CalloffError: a column is missing, or with every cell that cannot be used.
    """
    sheet = read_table(Path(path))
    found = match(_layout(), sheet.head(1)[0])
    header = Header(sheet, 0, found)
    missing = [name for name in found.missing if name != "-"]
    if missing or found.repeated:
        facts = {"missing": ", ".join(missing or found.repeated),
                 "found": few([cell_text(text) for text in header.texts])}  # fmt: skip
        raise CalloffError([Problem("table.columns", sheet.where(0), facts)])
    used = {at: header.texts[at] for at, role in enumerate(found.roles) if role}
    if problems := list(uncalculated(sheet, used)):
        raise CalloffError(problems)
    return _rows(header)


def _layout() -> Layout:
    return parse_layout({"kind": "long", **COLUMNS}, "shipments")


def _rows(header: Header) -> dict[Key, float]:
    below = header.below
    at = {role.name: index for index, role in enumerate(header.match.roles) if role}
    times = parse_times(below.columns[at["issued_at"]])
    pieces, codes = parse_columns([below.columns[at["quantity"]]])
    names = {name: [parse_name(cell) for cell in below.columns[at[name]]] if name in at
             else [""] * below.rows for name in ("plant", "customer")}  # fmt: skip
    shipped: dict[Key, float] = {}
    problems = []
    for row, cell in enumerate(below.columns[at["part"]]):
        part, fault = parse_part(cell)
        amount, time = codes[row, 0], times.codes[row]
        wrong = [("part", CODE[fault]), ("issued_at", time), ("quantity", amount)]
        bad = [(name, int(code)) for name, code in wrong if code]
        for name, code in bad:
            value = cell_text(below.columns[at[name]][row])
            problems.append(Problem(f"cell.{FAULT_NAMES[code]}", below.where(row, at[name]),
                                    {"value": value}))  # fmt: skip
        if not bad:
            day = times.start[row].astype("datetime64[D]")
            key = (part, names["plant"][row], names["customer"][row], day)
            shipped[key] = shipped.get(key, 0.0) + float(pieces[row, 0])
    if problems:
        raise CalloffError(problems)
    return shipped


FAULT_NAMES = {int(code): name for name, code in CODE.items()}
