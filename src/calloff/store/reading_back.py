"""What is in a store, as the files that were added would give it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from calloff.data.layouts.options import Options
from calloff.data.reading.assembling import assemble
from calloff.data.reading.combining import COLUMNS
from calloff.data.reading.from_messages import newest_calls, receipts_in
from calloff.data.reading.keys import is_wanted
from calloff.data.reading.plans import Buckets, Plans
from calloff.data.reading.result import Choice, Reading, SheetInfo, Skipped
from calloff.data.reading.sheet_read import BadRow, SheetRead
from calloff.data.reading.today import Called, Pieces
from calloff.store.database import rows_in
from calloff.store.folder import UNNAMED, Store
from calloff.store.frames import PLANS, buckets_of, by_row, is_beside, kept, plans_of
from calloff.store.manifest import Table, reading
from calloff.store.selection import Request, Selected, select
from calloff.store.staging import table_path
from calloff.store.words import without_superseded
from calloff.texts.catalogue import plain
from calloff.texts.errors import Problem, Where, fail

NEEDED = [name for name in PLANS if name not in ("source_hash", "source_file")]
TOGETHER = 64  # tables that are read at once: each is an open file
HISTORY = "issued"  # arrival of files whose plans were known when they were issued


@dataclass(frozen=True)
class _File:
    """A file that was added; ``rows`` its plans that count."""

    facts: Mapping[str, Any]
    rows: pl.DataFrame
    faults: pl.DataFrame
    bad: pl.DataFrame


def read_back(
    store: Store, request: Request, shipments: Pieces | None = None
) -> tuple[Reading, Selected]:
    """Read what is in a store.

    Args:
        store: the store.
        request: which plans are wanted.
        shipments: what the supplier shipped: pieces by part, plant, customer and day.

    Returns:
        The reading, and the tables that it is from.

    Raises:
        CalloffError: there are no such plans, or a table cannot be read.
    """
    with reading(store) as log:
        selected = select(log, request)
        facts = _facts(log, sorted({table.file for table in selected.tables}))
    plans = [table for table in selected.tables if table.kind == "plans"]
    rows = _read_plans(store, plans, request)
    frames = {
        file: _counting([t for t in plans if t.file == file], rows, selected, request)
        for file in facts
    }
    frames = dict(without_superseded(frames, selected))
    files = [
        _File(facts[file], frames[file], *_beside(store, selected.tables, file, request))
        for file in facts
    ]
    sheets = _sheets(files)
    if not sheets:
        raise fail("store.empty", Where(file=plain(str(store.root))))
    called = _called(store, selected, request, shipments or {})
    skipped = [Skipped(*each) for file in files for each in file.facts["skipped"]]
    choice = Choice(request.plant)
    found = assemble(sheets, skipped, choice, called, checked=True)
    return replace(found, notices=(*_notices(files), *found.notices)), selected


def stored_parts(store: Store, request: Request) -> list[str]:
    """List the parts of which plans are wanted.

    Args:
        store: the store.
        request: which plans.

    Returns:
        Their names as the customer gave them, in order; with those of a few more days of the months
        that are read.

    Raises:
        CalloffError: there is no such customer, or a table cannot be read.
    """
    with reading(store) as log:
        selected = select(log, request)
    plans = [table for table in selected.tables if table.kind == "plans"]
    found: set[str] = set()
    for table in plans:
        rows = read_table(store, table, ["part", "plant"]).unique()
        found |= {part for part, plant in rows.rows() if is_wanted(plant, "", request.plant, None)}
    return sorted(found)


def _facts(log: sqlite3.Connection, files: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What is known of files, in the order in which they count: the history, by its names, and
    what arrived later."""
    rows = rows_in(log, "SELECT * FROM files WHERE id IN ({})", files)
    rows.sort(key=lambda row: (_arrived(row["arrived"]), row["file"], row["hash"]))
    return {row["id"]: json.loads(row["facts"]) for row in rows}


def _arrived(text: str) -> str:
    return "" if text == HISTORY else text


def _read_plans(store: Store, tables: Sequence[Table], request: Request) -> dict[str, pl.DataFrame]:
    """The rows of the parts that are wanted, by the path of their table."""
    found: dict[str, pl.DataFrame] = {}
    for start in range(0, len(tables), TOGETHER):
        some = tables[start : start + TOGETHER]
        rows = read_together(store, some, NEEDED)
        found |= {
            table.path: _of_parts(each, request) for table, each in zip(some, rows, strict=True)
        }
    return found


def _counting(
    own: Sequence[Table], rows: Mapping[str, pl.DataFrame], selected: Selected, request: Request
) -> pl.DataFrame:
    """Of the ``rows`` by path those of a file's ``own`` plans that count."""
    parts = [rows[table.path] for table in own]
    if not parts:
        return pl.DataFrame(schema={name: PLANS[name] for name in NEEDED})
    together = parts[0] if len(parts) == 1 else pl.concat(parts)
    early = min(day for table in own for day in table.days) < selected.first
    return together.filter(_wanted(selected, request)) if early or request.as_of else together


def _of_parts(rows: pl.DataFrame, request: Request) -> pl.DataFrame:
    """The rows of the parts that are wanted."""
    if request.parts is None or not rows.width:
        return rows
    return rows.filter(pl.col("part").is_in(list(request.parts)))


def _wanted(selected: Selected, request: Request) -> pl.Expr:
    first = pl.lit(selected.first).str.to_date(strict=False)
    wanted = pl.col("issued_at").dt.date() >= first if selected.first > "0001" else pl.lit(True)
    if request.as_of:
        after = date.fromisoformat(request.as_of) + timedelta(days=1)
        wanted = wanted & (pl.col("issued_at") < after) & (pl.col("arrived_at") < after)
    return wanted


def read_table(store: Store, table: Table, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a table of a store.

    Args:
        store: the store.
        table: which.
        columns: names of those that are needed; None for all.

    Returns:
        Its rows.

    Raises:
        CalloffError: it is not there, or damaged.
    """
    path = table_path(store, table.staged, table.path)
    try:
        wanted = list(columns) if columns else None
        return pl.read_parquet(path, columns=wanted, hive_partitioning=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise fail("store.damaged", Where(file=plain(str(path))), error=words) from error


def read_together(
    store: Store, tables: Sequence[Table], columns: Sequence[str]
) -> list[pl.DataFrame]:
    """Read several tables of a store at once.

    Args:
        store: the store.
        tables: which.
        columns: names of those that are needed.

    Returns:
        The rows of each.

    Raises:
        CalloffError: one is not there, or damaged.
    """
    paths = [table_path(store, table.staged, table.path) for table in tables]
    try:
        scans = [pl.scan_parquet(path, hive_partitioning=False).select(columns) for path in paths]
        return list(pl.collect_all(scans))
    except (OSError, pl.exceptions.PolarsError):  # one by one, to name the one that it is
        return [read_table(store, table, columns) for table in tables]


def _beside(
    store: Store, tables: Sequence[Table], file: int, request: Request
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Faulty cells of a file, and rows of parts that were set aside."""
    own = {table.kind: table for table in tables if table.file == file and not table.customer}
    found = [read_table(store, own[kind]) if kind in own else None
             for kind in ("faults", "rows_set_aside")]  # fmt: skip
    empty = pl.DataFrame(schema=COLUMNS), pl.DataFrame(schema={"sheet": pl.String})
    return (found[0] if found[0] is not None else empty[0],
            _of_parts(found[1], request) if found[1] is not None else empty[1])  # fmt: skip


def _sheets(files: Sequence[_File]) -> list[SheetRead]:
    """The sheets of files of which some plans count."""
    sheets: list[SheetRead] = []
    for file in files:
        for facts in file.facts["sheets"]:
            rows = file.rows
            if len(file.facts["sheets"]) > 1:
                rows = kept(rows, (rows["sheet"] == facts["info"]["sheet"]).to_numpy())
            if rows.height:
                sheets.append(_sheet(file, facts, by_row(rows), len(sheets)))
    return sheets


def _sheet(file: _File, facts: Mapping[str, Any], rows: pl.DataFrame, source: int) -> SheetRead:
    single, ahead = rows["days"].to_numpy() == 1, np.zeros(rows.height, bool)
    if facts["ahead"]:
        ahead = rows.select(is_beside()).to_series().to_numpy()
    plans = plans_of(kept(rows, single & ~ahead), facts["leads"], source)
    buckets = buckets_of(kept(rows, ~single & ~ahead), source)
    info = facts["info"]
    count = int(plans.rows.sum()) + _rows_of_buckets(plans, buckets) + sum(facts["aside"].values())
    listed = {name: tuple(info[name]) for name in ("ignored", "buckets")}
    return SheetRead(
        info=SheetInfo(**{**info, **listed, "rows": count}),
        kind=facts["kind"],
        options=Options(**facts["options"]),
        plans=plans,
        buckets=buckets,
        ahead=buckets_of(kept(rows, ahead), source),
        aside=facts["aside"],
        faults=kept(file.faults, (file.faults["sheet"] == info["sheet"]).to_numpy()),
        bad=_bad(kept(file.bad, (file.bad["sheet"] == info["sheet"]).to_numpy())),
    )


def _rows_of_buckets(plans: Plans, buckets: Buckets) -> int:
    """Rows that hold quantities of several days only."""
    return len({*buckets.row.tolist()} - {*plans.row.tolist()}) if len(buckets) else 0


def _bad(rows: pl.DataFrame) -> tuple[BadRow, ...]:
    if not rows.height:
        return ()
    own = rows.with_columns(customer=pl.col("customer").replace(UNNAMED, ""))
    return tuple(BadRow(*row) for row in own.select(each.name for each in fields(BadRow)).rows())


def _called(
    store: Store, selected: Selected, request: Request, shipments: Pieces
) -> Called:  # fmt: skip
    found: dict[str, list[pl.DataFrame]] = {"calls": [], "receipts": []}
    for table in sorted(selected.tables, key=lambda table: table.file):
        if table.kind in found:
            rows = _of_parts(read_table(store, table), request)
            rows = rows.with_columns(file=pl.lit(table.file))
            by_then = _wanted(selected, request) if request.as_of else pl.lit(True)
            found[table.kind].append(rows.filter(by_then))
    calls = _once(found["calls"])
    return Called(newest_calls(calls), receipts_in(found["receipts"]), shipments)


def _once(calls: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """A message that stands in several files counts once."""
    if not calls:
        return []
    whose = ["part", "ship_to", "customer", "target", "issued_at"]
    return [pl.concat(calls).filter(pl.col("file") == pl.col("file").max().over(whose))]


def _notices(files: Sequence[_File]) -> tuple[Problem, ...]:
    return tuple(
        Problem(each["code"], Where(**each["where"]), each["facts"])
        for file in files
        for each in file.facts["notices"]
    )
