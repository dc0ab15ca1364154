"""A forecast that is withdrawn is not scored any more; that there was one stays written down."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import datetime

from calloff.ledger.database import ledger
from calloff.ledger.own_numbers import KEY, VALUES
from calloff.store.folder import Store, place


def withdraw(store: Store, run: str, source: str) -> bool:
    """Take a forecast out of the ledger, with its table. Done again, it does nothing.

    Args:
        store: the store.
        run: its id.
        source: what wrote it down; what another one did stays.

    Returns:
        Whether it was there.

    Raises:
        CalloffError: the ledger cannot be written; then it is as it was.
    """
    now = datetime.now().replace(microsecond=0).isoformat()
    with ledger(store).writing() as data:
        query = "SELECT * FROM runs WHERE id = ? AND source = ?"
        row = data.execute(query, [run, source]).fetchone()
        if row is None:
            return False
        values = [*(row[name] for name in ("id", "customer", "cutoff", "made")), now]
        data.execute("INSERT INTO withdrawn VALUES (?, ?, ?, ?, ?)", values)
        data.execute("DELETE FROM targets WHERE run = ?", [run])
        data.execute("DELETE FROM runs WHERE id = ?", [run])
    with ledger(store).writing() as data:  # nobody writes the same table down again meanwhile
        _sweep(store, data, row["customer"])
    return True


def _sweep(store: Store, data: sqlite3.Connection, customer: str) -> None:
    """Remove tables of a customer's forecasts that are in no run, also those of a process that was
    killed before it could."""
    known = {row["path"] for row in data.execute("SELECT path FROM runs")}
    folder = (store.root / place("forecasts", customer, "month", "name")).parent.parent
    for path in folder.glob("*/*.parquet"):
        if path.relative_to(store.root).as_posix() not in known:
            with contextlib.suppress(OSError):
                path.unlink()


def withdrawn(store: Store, customer: str) -> int:
    """How many forecasts of a ``customer`` in the ``store`` were withdrawn."""
    with ledger(store).reading() as data:
        query = "SELECT count(*) FROM withdrawn WHERE customer = ?"
        return int(data.execute(query, [customer]).fetchone()[0])


def withdraw_own_numbers(store: Store, customer: str, source: str) -> int:
    """Take back a planner's numbers that one source gave and no other has changed since.

    Args:
        store: the store.
        customer: whose plans they are for.
        source: the source.

    Returns:
        How many.

    Raises:
        CalloffError: the ledger cannot be written.
    """
    now = datetime.now().replace(microsecond=0).isoformat()
    key = ", ".join(KEY)
    query = f"""SELECT {", ".join(VALUES)} FROM own_numbers WHERE id IN (
                SELECT max(id) FROM own_numbers WHERE customer = ? GROUP BY {key})
                AND source = ? AND override IS NOT NULL"""
    names = ["customer", "noted", "source", *VALUES]
    marks = ", ".join("?" * len(names))
    with ledger(store).writing() as data:
        rows = [
            {**row, "override": None} for row in map(dict, data.execute(query, [customer, source]))
        ]
        values = [(customer, now, source, *(row[name] for name in VALUES)) for row in rows]
        data.executemany(f"INSERT INTO own_numbers ({', '.join(names)}) VALUES ({marks})", values)
    return len(rows)
