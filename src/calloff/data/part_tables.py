"""Small tables of a planner's own: one row for each part, such as stock, pack sizes or prices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from calloff.data.layouts import normal
from calloff.data.reading.cells import LARGEST, cell_text, is_blank, parse_name, parse_part
from calloff.data.reading.files import read_table
from calloff.data.reading.keys import Key
from calloff.data.reading.matching import uncalculated
from calloff.data.reading.numbers import parse_quantity
from calloff.data.reading.sheets import Sheet
from calloff.texts import arguments
from calloff.texts.arguments import between, number, require
from calloff.texts.errors import CalloffError, Problem, Where, few

PART = ("part", "part number", "part_number", "part_id", "item", "material", "품번", "부품번호",
        "teilenummer", "sachnummer")  # fmt: skip
STOCK = {"stock": ("stock", "on hand", "on_hand", "quantity", "qty", "재고", "현재고", "bestand",
                   "lagerbestand"),
         "on_order": ("on order", "on_order", "ordered", "open orders", "in transit", "발주",
                      "발주잔량", "입고예정", "bestellt", "bestellbestand", "in bestellung"),
         "safety": ("safety stock", "safety_stock", "safety", "안전재고",
                    "sicherheitsbestand")}  # fmt: skip
PACK = {"pack": ("pack", "pack size", "pack_size", "lot", "포장", "vpe", "verpackungseinheit"),
        "minimum": ("minimum", "minimum lot", "minimum_lot", "min_lot", "moq", "최소",
                    "mindestmenge", "mindestlos")}  # fmt: skip

PLANT = ("plant", "ship_to", "ship-to", "werk", "공장", "납품처")
PARTS = {"name": ("name", "part name", "part_name", "description", "품명", "부품명",
                  "bezeichnung", "benennung"),
         "group": ("group", "product group", "product_group", "product family", "family",
                   "제품군", "품목군", "그룹", "produktgruppe", "warengruppe", "artikelgruppe"),
         "price": ("price", "unit price", "unit_price", "단가", "가격", "preis", "stückpreis",
                   "einzelpreis")}  # fmt: skip
TEXTS = ("name", "group")
OPTIONAL = ("minimum", "on_order", "safety", "price")
VAGUE = ("quantity", "qty")  # beside a column of stock they are something else
OF_PIECES = re.compile(r"[(\[](?:pcs?|pieces?|st|stk|stück|ea|each|개)\.?[)\]]$")
FRACTIONS = ("price",)  # a price has cents
SHOWN = 5  # names in a message


@dataclass(frozen=True)
class Pack:
    """How a part is packed.

    Attributes:
        size: pieces in a pack.
        minimum: the least quantity that is built at all, in pieces.

    Raises:
        CalloffError: the size is not above 0, or the minimum is negative.
    """

    size: float = 1.0
    minimum: float = 0.0

    def __post_init__(self) -> None:
        require(between(self.size, "size", 0, LARGEST), number(self.minimum, "minimum", 0, LARGEST))


@dataclass(frozen=True)
class Stock:
    """What is there of a part at the close of the as-of day, in pieces.

    Attributes:
        on_hand: pieces that can be delivered.
        on_order: pieces that will have come by the target day.
        safety: pieces that are to be left after the call-off of the target day.

    Raises:
        CalloffError: one of them is no number from 0.
    """

    on_hand: float
    on_order: float = 0.0
    safety: float = 0.0

    def __post_init__(self) -> None:
        names = ("on_hand", "on_order", "safety")
        require(*(number(getattr(self, name), name, 0, LARGEST) for name in names))


@dataclass(frozen=True)
class PartData:
    """What is known of a part beside its plans.

    Attributes:
        name: what it is called; empty where it is not known.
        group: its product group; empty likewise.
        price: of a piece, in any unit of money; None where it is not known.

    Raises:
        CalloffError: the price is no number from 0.
    """

    name: str = ""
    group: str = ""
    price: float | None = None

    def __post_init__(self) -> None:
        require(number(self.price, "price", 0, LARGEST, optional=True))


@dataclass(frozen=True)
class _Columns:
    part: int
    plant: int
    values: Mapping[str, int]
    texts: Mapping[str, int]


def read_stock(path: str | Path) -> dict[str, Stock]:
    """Read the stock of parts from a table with the columns part, stock and, optionally, on order
    and safety stock.

    Args:
        path: the file; of a workbook the first sheet that is not hidden counts.

    Returns:
        Part -> its stock; what is on order and the safety stock are 0 where they are not there.

    Raises:
        CalloffError: with everything that is wrong in the file.
    """
    require(arguments.path(path, "path"))
    rows = _read(Path(path), STOCK, ("stock",)).items()
    rest = ("on_order", "safety")
    return {part: Stock(row["stock"], *(row.get(name, 0.0) for name in rest)) for part, row in rows}


def read_packs(path: str | Path) -> dict[str, Pack]:
    """Read how parts are packed from a table with the columns part, pack and, optionally, minimum.

    Args:
        path: the file; of a workbook the first sheet that is not hidden counts.

    Returns:
        Part -> pack; a minimum that is not there is 0.

    Raises:
        CalloffError: with everything that is wrong in the file.
    """
    require(arguments.path(path, "path"))
    rows = _read(Path(path), PACK, ("pack",))
    zero = [part for part, row in rows.items() if row["pack"] == 0]
    if zero:
        where = Where(file=str(path))
        raise CalloffError(Problem("table.pack_zero", where, {"part": part}) for part in zero)
    return {part: Pack(row["pack"], row.get("minimum", 0.0)) for part, row in rows.items()}


def read_parts(path: str | Path) -> dict[str, PartData]:
    """Read master data of parts from a table with the columns part and any of name, group, price.

    Args:
        path: the file; of a workbook the first sheet that is not hidden counts.

    Returns:
        Part -> what is known of it.

    Raises:
        CalloffError: with everything that is wrong in the file, or it has none of these columns.
    """
    require(arguments.path(path, "path"))
    rows = _read(Path(path), PARTS, ())
    return {part: PartData(**row) for part, row in rows.items()}


def match_parts(
    values: Mapping[str, Any],
    parts: Sequence[str],
    path: str | Path,
    keys: Mapping[str, Key] | None = None,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Find the parts of an input that a planner's table is about.

    A name without its plant stands for the part where there is just one of it, and so does a name
    with the plant that its plans are for, or where they name none.

    Args:
        values: name -> value, as read.
        parts: names of the parts of the input.
        path: the table's file, for messages.
        keys: part -> whose plan it is; by default what its name says.

    Returns:
        Part -> value, and the names that are no part of the input.

    Raises:
        CalloffError: not one name is a part of the input, a name stands for several, or several
            with different values stand for one.
    """
    at: dict[str, list[str]] = {}
    for part in parts:
        at.setdefault(part.split(" @ ")[0], []).append(part)
    found: dict[str, Any] = {}
    by: dict[str, str] = {}
    unknown, problems, known = [], [], set(parts)
    for name, value in values.items():
        bare, _, plant = name.partition(" @ ")
        alike = at.get(name) or [part for part in at.get(bare, ()) if _is_for(part, plant, keys)]
        meant = [name] if name in known else alike
        if len(meant) == 1 and found.get(meant[0], value) != value:
            facts = {"name": name, "other": by[meant[0]], "part": meant[0]}
            problems.append(Problem("table.both", Where(file=str(path)), facts))
        elif len(meant) > 1:
            facts = {"part": name, "parts": ", ".join(meant[:SHOWN])}
            problems.append(Problem("table.several", Where(file=str(path)), facts))
        elif meant:
            found[meant[0]] = value
            by[meant[0]] = name
        else:
            unknown.append(name)
    if unknown and not found and not problems:
        facts = {"names": ", ".join(unknown[:SHOWN]), "parts": ", ".join(list(parts)[:SHOWN])}
        problems.append(Problem("table.no_match", Where(file=str(path)), facts))
    if problems:
        raise CalloffError(problems)
    return found, tuple(unknown)


def _is_for(part: str, plant: str, keys: Mapping[str, Key] | None) -> bool:
    """Whether a part's plans are for a plant, as far as they say."""
    own = part.partition(" @ ")[2].split(" / ")[-1]
    own = keys[part].plant if keys and part in keys else own
    return normal(plant) == normal(own) or not own


def _read(
    path: Path, names: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> dict[str, dict[str, Any]]:
    sheet = read_table(path)
    columns = _find(sheet, names, needed)
    rows: dict[str, dict[str, Any]] = {}
    used = (columns.part, columns.plant, *columns.values.values(), *columns.texts.values())
    problems = list(uncalculated(sheet, {at: sheet.cells[0, at] for at in used if at >= 0}))
    if problems:
        raise CalloffError(problems)
    for index, cells in enumerate(sheet.cells[1:].tolist(), start=1):
        if all(map(is_blank, cells)):
            continue
        part, fault = parse_part(cells[columns.part])
        if columns.plant >= 0 and (plant := parse_name(cells[columns.plant])):
            part = f"{part} @ {plant}"
        if fault or part in rows:
            code = "cell.part_blank" if fault else "table.part_again"
            place = sheet.where(index, columns.part)
            problems.append(Problem(code, place, {"value": part, "part": part}))
            continue
        texts = {name: parse_name(cells[at]) for name, at in columns.texts.items()}
        rows[part] = _values(sheet, index, columns, problems) | texts
    if problems:
        raise CalloffError(problems)
    return rows


def _find(sheet: Sheet, names: Mapping[str, Sequence[str]], needed: Sequence[str]) -> _Columns:
    header = [OF_PIECES.sub("", normal(cell)) for cell in sheet.cells[0].tolist()]
    found = {
        name: next((header.index(normal(text)) for text in texts if normal(text) in header), -1)
        for name, texts in {"part": PART, "plant": PLANT, **names}.items()
    }
    missing = [name for name in ("part", *needed) if found[name] < 0]
    if not needed and all(found[name] < 0 for name in names):
        missing.append(" / ".join(names))
    if missing:
        heads = few([cell_text(cell) for cell in sheet.cells[0].tolist()])
        facts = {"missing": ", ".join(missing), "found": heads}
        raise CalloffError([Problem("table.columns", sheet.where(0), facts)])
    if twice := dict.fromkeys(_alike(header, names, found)):
        named = [few([cell_text(sheet.cells[0, at]) for at in alike]) for alike in twice]
        where, code = sheet.where(0), "table.columns_alike"
        raise CalloffError([Problem(code, where, {"names": each}) for each in named])
    part, plant = found.pop("part"), found.pop("plant")
    there = {name: at for name, at in found.items() if at >= 0}
    texts = {name: there.pop(name) for name in TEXTS if name in there}
    return _Columns(part, plant, there, texts)


def _alike(
    header: Sequence[str], names: Mapping[str, Sequence[str]], found: Mapping[str, int]
) -> Iterator[tuple[int, ...]]:
    """Columns of one meaning, of which one would count and the others would not."""
    for name, at in found.items():
        if at < 0:
            continue
        others = [] if name in ("part", "plant", *TEXTS) else map(normal, names[name])
        alike = {header[at], *({*others} - {*VAGUE})}
        there = tuple(place for place, head in enumerate(header) if head in alike)
        if len(there) > 1:
            yield there


def _values(
    sheet: Sheet, index: int, columns: _Columns, problems: list[Problem]
) -> dict[str, float]:
    values = {}
    for name, at in columns.values.items():
        cell = sheet.cells[index, at]
        if name in OPTIONAL and is_blank(cell):
            continue
        values[name], fault = parse_quantity(cell)
        if fault and not (fault == "fractional" and name in FRACTIONS):
            place = replace(sheet.where(index, at), column=cell_text(sheet.cells[0, at]))
            code = "table.fractional" if fault == "fractional" else f"cell.{fault}"
            problems.append(Problem(code, place, {"value": cell_text(cell)}))
    return values
