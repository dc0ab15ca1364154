"""Which tables a question needs."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from calloff.data.layouts import normal
from calloff.store.database import rows_in
from calloff.store.folder import Store
from calloff.store.manifest import Table, known_customers, reading
from calloff.texts.errors import fail, few

FIRST, LAST = "0000-01-01", "9999-12-31"


@dataclass(frozen=True)
class Request:
    """Which plans of a store are wanted.

    Attributes:
        customer: from this customer; None for all.
        plant: for this plant; None for all.
        last: how many issue days, the newest; None for all.
        as_of: only what had arrived, and was issued, by this day (ISO); None for all.
        first: no plans issued before this day (ISO).
        newest: the number of the last file that counts; None for all that are there.
        parts: only of these parts; None for all.
    """

    customer: str | None = None
    plant: str | None = None
    last: int | None = None
    as_of: str | None = None
    first: str = FIRST
    newest: int | None = None
    parts: frozenset[str] | None = None


@dataclass(frozen=True)
class Selected:
    """The tables for a question.

    Attributes:
        tables: plans, calls and receipts, and what could not be read of their files.
        first: the first issue day (ISO) that counts.
        newest: the number of the last file that counts.
        contested: customer and issue day (ISO) of which several files have plans.
        late: issue day and day of arrival (ISO) of plans that arrived on a later day.
    """

    tables: tuple[Table, ...]
    first: str
    newest: int
    contested: frozenset[tuple[str, str]]
    late: tuple[tuple[str, str], ...]


def select(log: sqlite3.Connection, request: Request) -> Selected:
    """Find the tables for a question.

    Args:
        log: from ``manifest.reading``.
        request: which plans are wanted.

    Returns:
        The tables.

    Raises:
        CalloffError: there is no such customer.
    """
    customers = chosen_customers(log, request.customer)
    newest = request.newest or log.execute("SELECT max(id) FROM files").fetchone()[0] or 0
    by = request.as_of or LAST
    first = max(request.first, _first_day(log, customers, request, newest))
    query = """SELECT d.customer, d.day, d.arrived, t.* FROM issue_days d JOIN tables t
               ON t.path = d.path WHERE d.day >= ? AND d.day <= ? AND d.arrived <= ?
               AND t.file <= ? AND d.customer IN ({})"""
    rows = rows_in(log, query, customers, (first, by, by, newest))
    plans = [row for row in rows if row["kind"] == "plans"]
    count = Counter((row["customer"], row["day"]) for row in plans)
    late = {(row["day"], row["arrived"]) for row in rows if row["arrived"] > row["day"]}
    return Selected(
        tables=(*_tables(rows), *_beside(log, sorted({row["file"] for row in rows}))),
        first=first,
        newest=newest,
        contested=frozenset(key for key, files in count.items() if files > 1),
        late=tuple(sorted(late)),
    )


def chosen_customers(log: sqlite3.Connection, wanted: str | None) -> list[str]:
    """Find customers by name.

    Args:
        log: from ``manifest.reading``.
        wanted: a name, compared without case and spaces; None for all.

    Returns:
        Their names in the store.

    Raises:
        CalloffError: there is none of this name.
    """
    known = known_customers(log)
    found = [name for name in known if wanted is None or normal(name) == normal(wanted)]
    if wanted is not None and not found:
        raise fail("key.no_customer", name=wanted, choices=few(known))
    return found


def state_of(store: Store, customer: str, newest: int | None = None) -> tuple[int, str]:
    """Tell what is there of a customer.

    Args:
        store: the store.
        customer: its name in the store.
        newest: the number of the last file that counts; None for all that are there.

    Returns:
        The number of its last file, and a digest of all its files and their times of arrival.
    """
    query = """SELECT DISTINCT f.id, f.hash, f.arrived FROM files f JOIN tables t ON t.file = f.id
               WHERE t.customer = ? AND (? IS NULL OR f.id <= ?) ORDER BY f.id"""
    found, last = sha256(), 0
    with reading(store) as log:
        for row in log.execute(query, [customer, newest, newest]):
            found.update(f"{row['hash']} {row['arrived']}\n".encode())
            last = row["id"]
    return last, found.hexdigest()


def _first_day(
    log: sqlite3.Connection, customers: Sequence[str], request: Request, newest: int
) -> str:
    if request.last is None:
        return FIRST
    query = """SELECT DISTINCT d.day FROM issue_days d JOIN tables t ON t.path = d.path
               WHERE t.kind = 'plans' AND d.day <= ? AND d.arrived <= ? AND t.file <= ?
               AND d.customer IN ({})"""
    by = request.as_of or LAST
    days = sorted({row["day"] for row in rows_in(log, query, customers, (by, by, newest))})
    return days[-request.last] if len(days) >= request.last else FIRST


def _tables(rows: Sequence[sqlite3.Row]) -> list[Table]:
    found: dict[str, Table] = {}
    for row in rows:
        if row["path"] not in found:
            found[row["path"]] = _table(row)
        found[row["path"]].days[row["day"]] = row["arrived"]
    return list(found.values())


def _beside(log: sqlite3.Connection, files: Sequence[int]) -> list[Table]:
    """Tables of what could not be read of some files."""
    query = "SELECT * FROM tables WHERE customer = '' AND file IN ({})"
    return [_table(row) for row in rows_in(log, query, files)]


def _table(row: sqlite3.Row) -> Table:
    names = ("path", "kind", "file", "customer", "staged", "rows")
    values: dict[str, Any] = {name: row[name] for name in names}
    return Table(**values, days={})
