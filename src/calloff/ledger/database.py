"""Which forecasts and outcomes count, and own numbers: a small SQLite beside the log."""

from __future__ import annotations

from calloff.store.database import Database
from calloff.store.folder import LEDGER, Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, customer TEXT NOT NULL, plant TEXT, weeks INTEGER NOT NULL,
    cutoff TEXT NOT NULL, made TEXT NOT NULL, lead INTEGER NOT NULL, method TEXT NOT NULL,
    version TEXT NOT NULL, engine TEXT NOT NULL, question TEXT NOT NULL, inputs TEXT NOT NULL,
    path TEXT NOT NULL, rows INTEGER NOT NULL, digest TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS runs_by_cutoff ON runs (customer, cutoff);
CREATE TABLE IF NOT EXISTS targets (
    run TEXT NOT NULL REFERENCES runs (id), target TEXT NOT NULL,
    PRIMARY KEY (run, target)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS withdrawn (
    run TEXT NOT NULL, customer TEXT NOT NULL, cutoff TEXT NOT NULL, made TEXT NOT NULL,
    withdrawn TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outcomes (
    id INTEGER PRIMARY KEY, customer TEXT NOT NULL, weeks INTEGER NOT NULL, target TEXT NOT NULL,
    noted TEXT NOT NULL, path TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL, digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS outcomes_by_target ON outcomes (customer, weeks, target);
CREATE TABLE IF NOT EXISTS own_numbers (
    id INTEGER PRIMARY KEY, customer TEXT NOT NULL, part TEXT NOT NULL, plant TEXT NOT NULL,
    target TEXT NOT NULL, evening TEXT NOT NULL, made TEXT, noted TEXT NOT NULL, plan REAL,
    forecast REAL, override REAL, source TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS own_by_customer ON own_numbers (customer, target);
"""


def ledger(store: Store) -> Database:
    """The database of a ``store``'s forecasts."""
    return Database(store.root / LEDGER, SCHEMA, "own_numbers")
