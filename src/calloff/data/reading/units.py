"""In what a customer counts: parts whose quantities are in several units at once.

Dimensions: R rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from calloff.data.layouts import normal
from calloff.data.reading.cells import Codes, parse_name
from calloff.data.reading.distinct import distinct
from calloff.data.reading.matching import Header
from calloff.data.reading.parsing import NAMES
from calloff.data.reading.plans import Texts
from calloff.texts.errors import Problem, Where, few

HEADS = {normal(text) for text in (
    "unit", "units", "unit of measure", "unit_of_measure", "uom", "base unit", "base uom", "oun",
    "order unit", "quantity unit", "qty unit", "단위", "수량단위", "기본단위", "einheit", "me",
    "mengeneinheit", "basismengeneinheit", "bme", "bestelleinheit",
)}  # fmt: skip
SCHEMA = {**dict.fromkeys((*NAMES, "unit", "named"), pl.String), "row": pl.Int64}


def units_of(header: Header, names: Mapping[str, Texts], fault: Codes) -> pl.DataFrame:
    """Find the units that the sound rows of a sheet name beside their parts.

    Args:
        header: the sheet.
        names: "part", "plant" and "customer" -> those of each row (R).
        fault: why each row is set aside (R); 0 where it is not.

    Returns:
        The first row (its number, from 1) of each part, for a plant and from a customer, with each
        unit, without case and as it is named; none where no column is headed as one of units.
    """
    heads = zip(header.texts, header.match.roles, strict=True)
    found = [at for at, (text, role) in enumerate(heads) if role is None and normal(text) in HEADS]
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    cells, index = distinct(header.below.columns[found[0]])
    named = pl.Series([parse_name(cell) for cell in cells], dtype=pl.String).gather(index)
    rows = pl.DataFrame({
        **{name: pl.Series(names[name].tolist(), dtype=pl.String) for name in NAMES},
        "unit": pl.Series([name.casefold() for name in named], dtype=pl.String),
        "named": named,
        "row": pl.int_range(len(fault), eager=True) + header.below.first_row,
    }).filter(pl.Series(fault == 0), pl.col("unit") != "")  # fmt: skip
    return rows.unique([*NAMES, "unit"], keep="first", maintain_order=True)


def several_units(
    units: Sequence[pl.DataFrame], sheets: Sequence[tuple[str, str]]
) -> tuple[Problem, ...]:
    """Find parts with quantities in several units, which nothing converts.

    Args:
        units: as in ``units_of``, of each sheet.
        sheets: file and sheet of each.

    Returns:
        A warning, where there are such parts.
    """
    numbered = [each.with_columns(sheet=pl.lit(at)) for at, each in enumerate(units) if each.height]
    if not numbered:
        return ()
    rows = pl.concat(numbered).filter(pl.col("unit").n_unique().over(NAMES) > 1)
    if rows.is_empty():
        return ()
    first = rows.filter(*(pl.col(name) == rows[name][0] for name in NAMES))
    other = first.filter(pl.col("unit") != first["unit"][0]).row(0, named=True)
    units_of_it = few(first.unique("unit", maintain_order=True)["named"].to_list())
    facts = {"count": rows.n_unique(NAMES), "part": other["part"], "units": units_of_it}
    file, sheet = sheets[other["sheet"]]
    return (Problem("file.units", Where(file, sheet, other["row"]), facts),)
