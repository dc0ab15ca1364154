"""What was read of one sheet, before it is put together with others: as files give it, and as a
store keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from calloff.data.layouts.options import Options
from calloff.data.reading.plans import Buckets, Plans
from calloff.data.reading.result import SheetInfo


@dataclass(frozen=True)
class BadRow:
    """A row of a part that is set aside, as its plan is then missing.

    Attributes:
        part: name of the part.
        plant: the plant that it is for; empty where none is named.
        customer: who sends it; empty where none is named.
        issued: day of the plan, ISO; empty where it is not known.
        reason: one of the faults of cells and rows.
        row: its number, from 1.
    """

    part: str
    plant: str
    customer: str
    issued: str
    reason: str
    row: int


@dataclass(frozen=True)
class SheetRead:
    """What was read of one sheet.

    Attributes:
        info: what was found in it.
        kind: of its layout, "wide" or "long".
        options: of its layout.
        plans: of its sound rows.
        buckets: quantities of several days of its sound rows.
        ahead: backlog and what is wanted at once, as buckets of a day.
        aside: reason -> rows that are not used.
        faults: its faulty cells.
        bad: rows of parts among those that are not used.
        units: in which each part is counted, as in ``units.units_of``.
    """

    info: SheetInfo
    kind: str
    options: Options
    plans: Plans
    buckets: Buckets
    ahead: Buckets
    aside: Mapping[str, int]
    faults: pl.DataFrame
    bad: tuple[BadRow, ...] = ()
    units: pl.DataFrame = field(default_factory=pl.DataFrame)
