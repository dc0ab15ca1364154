"""What a file holds, laid out for a store."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.layouts import Layout
from calloff.data.reading import Found, parse
from calloff.data.reading.combining import COLUMNS, combine, read_sheets
from calloff.data.reading.files import read_bytes
from calloff.data.reading.result import Choice
from calloff.data.reading.sheet_read import SheetRead
from calloff.store.digests import with_digests
from calloff.store.folder import UNNAMED
from calloff.store.frames import STAMP, Origin, plan_frame
from calloff.texts.catalogue import plain
from calloff.texts.errors import Problem, Where, fail

BAD = {"sheet": pl.String, "part": pl.String, "plant": pl.String, "customer": pl.String,
       "issued": pl.String, "reason": pl.String, "row": pl.Int64}  # fmt: skip
ON_TIME = "on-time"  # arrival: new plans were known when they were issued
KINDS = ("plans", "calls", "receipts")  # tables whose rows are a customer's


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        file: its path.
        hash: of its bytes, SHA-256 in hexadecimal.
        key: of its bytes and of how they are read.
        changed: when the file was last changed.
        tables: kind of table -> rows.
        facts: of its sheets, as plain values.
        sheets: what was read of each.
        notices: what was refused or odd.
        arrived: when it arrived: ISO, or "issued".
        on_time: whether plans of which none is there were known when they were issued.
    """

    file: str
    hash: str
    key: str
    changed: datetime
    tables: dict[str, pl.DataFrame]
    facts: dict[str, Any]
    sheets: tuple[SheetRead, ...]
    notices: tuple[Problem, ...]
    arrived: str = ""
    on_time: bool = False

    @property
    def customers(self) -> list[str]:
        """Names of the customers in its plans, calls and receipts, in order."""
        return sorted({name for kind in KINDS for name in self.tables[kind]["customer"].unique()})

    @property
    def unnamed(self) -> bool:
        """Whether it names no customer in some rows."""
        return UNNAMED in self.customers

    def from_customer(self, name: str) -> Content:
        """The same with the rows that name no customer as those of the customer ``name``."""
        named = pl.col("customer").replace(UNNAMED, name)
        tables = {
            kind: self.tables[kind].with_columns(named) for kind in (*KINDS, "rows_set_aside")
        }
        return replace(self, tables={**self.tables, **tables})

    def arriving(self, arrived: str, when: pl.Expr, *, on_time: bool = False) -> Content:
        """The same with a time of arrival.

        Args:
            arrived: of the file: ISO, or "issued".
            when: the time for each row.
            on_time: whether plans of which none is there were known when they were issued.

        Returns:
            The content.
        """
        tables = {kind: self.tables[kind].with_columns(arrived_at=when.cast(STAMP))
                  for kind in KINDS}  # fmt: skip
        if on_time:
            issued = pl.col("issued_at").cast(STAMP)
            tables |= {kind: tables[kind].with_columns(arrived_at=issued) for kind in KINDS[1:]}
        return replace(self, arrived=arrived, tables={**self.tables, **tables}, on_time=on_time)


def content_of(path: Path, layout: Layout | None, customer: str | None, digest: str) -> Content:
    """Read a file.

    Args:
        path: the file.
        layout: for columns that calloff does not know.
        customer: who it is from where it names no customer.
        digest: from ``digest_of``.

    Returns:
        Its content.

    Raises:
        CalloffError: it cannot be used, or is another than the digest is of.
    """
    where = Where(file=plain(str(path)))
    found = parse([path], layout)
    if digest_of(path) != digest:
        raise fail("store.changed", where)
    notices = found.notices
    if found.headers:
        notices += combine(found.headers, found.parsed, found.skipped, Choice()).notices
    sheets = tuple(read_sheets(found.headers, found.parsed))
    return Content(
        file=where.file,
        hash=digest,
        key=file_key(digest, layout, customer),
        changed=changed_at(path),
        tables=_tables(found, sheets, Origin(digest, where.file), customer or UNNAMED),
        facts=_facts(found, sheets, notices),
        sheets=sheets,
        notices=notices,
    )


def digest_of(path: Path) -> str:
    """SHA-256 of the bytes of the file at ``path``, in hexadecimal. Raises CalloffError where it
    cannot be read."""
    return sha256(read_bytes(path)).hexdigest()


def changed_at(path: Path) -> datetime:
    """Look up when a file was last changed.

    Args:
        path: the file.

    Returns:
        The time, in whole seconds.

    Raises:
        CalloffError: there is no such file.
    """
    try:
        return datetime.fromtimestamp(int(path.stat().st_mtime))
    except OSError as error:
        words = error.strerror or error
        raise fail("file.unreadable", Where(file=plain(str(path))), error=words) from error


def file_key(digest: str, layout: Layout | None, customer: str | None) -> str:
    """A name for what a file holds: of its bytes and of how they are read.

    Args:
        digest: of its bytes, SHA-256 in hexadecimal.
        layout: for columns that calloff does not know.
        customer: who it is from where it names no customer.

    Returns:
        A digest in hexadecimal.
    """
    return sha256(f"{digest} {layout!r} {customer or ''}".encode()).hexdigest()


def _tables(
    found: Found, sheets: tuple[SheetRead, ...], origin: Origin, customer: str
) -> dict[str, pl.DataFrame]:
    calls = [file.schedules.lines.filter(pl.col("kind") == "call") for file in found.files]
    receipts = [file.schedules.receipts for file in found.files]
    named = pl.col("customer").replace(UNNAMED, customer).replace("", customer)
    tables = {
        "plans": with_digests(plan_frame(sheets, origin).with_columns(named)),
        "calls": pl.concat(calls).with_columns(named) if calls else _no_calls(),
        "receipts": pl.concat(receipts).with_columns(named) if receipts else _no_calls(),
        "faults": pl.concat([pl.DataFrame(schema=COLUMNS), *(each.faults for each in sheets)]),
        "rows_set_aside": _bad(sheets).with_columns(named),
    }
    return tables


def _no_calls() -> pl.DataFrame:
    return pl.DataFrame(schema={"customer": pl.String, "issued_at": STAMP})


def _bad(sheets: tuple[SheetRead, ...]) -> pl.DataFrame:
    rows = [(each.info.sheet, *astuple(row)) for each in sheets for row in each.bad]
    return pl.DataFrame(rows, schema=BAD, orient="row")


def _facts(
    found: Found, sheets: tuple[SheetRead, ...], notices: tuple[Problem, ...]
) -> dict[str, Any]:
    return {
        "sheets": [
            {
                "info": asdict(each.info),
                "kind": each.kind,
                "options": asdict(each.options),
                "leads": each.plans.leads.tolist(),
                "aside": dict(each.aside),
                "ahead": len(each.ahead),
            }
            for each in sheets
        ],
        "skipped": [(each.file, each.sheet, each.reason) for each in found.skipped],
        "notices": [
            {"code": each.code, "where": asdict(each.where),
             "facts": {name: plain(str(fact)) for name, fact in each.facts.items()}}
            for each in notices
        ],
    }  # fmt: skip
