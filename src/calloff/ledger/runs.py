"""Forecasts that were made for use, written down before they come true."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from hashlib import sha256

import polars as pl

from calloff.data.reading.keys import Key
from calloff.ledger.database import ledger
from calloff.ledger.question import Question
from calloff.ledger.tables import by_key, digest, read_kept, write_kept
from calloff.planning.forecast import Forecast
from calloff.store.folder import Store, place
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail
from calloff.texts.version import version

SHOWN = ("verdict",)  # columns beside a forecast's own that are no part of its digest


@dataclass(frozen=True)
class Run:
    """A forecast that was made for use.

    Attributes:
        id: the same for the same question, asked of the same files.
        customer: whose plans it is made from.
        plant: only those for this plant; None for all.
        weeks: whether weeks are forecast.
        cutoff: the day (ISO) at whose close it is made.
        made: when it was written down (ISO, local time).
        lead: days that the supplier needs to react.
        method: the method that was used.
        version: of calloff.
        engine: the instruction set of the LSTM's engine.
        question: what was asked, as text; see ``Question``.
        inputs: a digest of the files that counted.
        path: where its table is, below the folder of the store.
        rows: of the table.
        digest: of every bit of the table.
        source: what wrote it down where it may be withdrawn there: "page"; else empty.
    """

    id: str
    customer: str
    plant: str | None
    weeks: bool
    cutoff: str
    made: str
    lead: int
    method: str
    version: str
    engine: str
    question: str
    inputs: str
    path: str
    rows: int
    digest: str
    source: str = ""


COLUMNS = tuple(each.name for each in fields(Run))


def run_id(question: Question) -> str:
    """The id of the run that answers a ``question``, without the answer."""
    return sha256(question.text().encode()).hexdigest()[:12]


def record(
    store: Store,
    question: Question,
    found: Forecast,
    keys: Mapping[str, Key],
    *,
    made: datetime | None = None,
    engine: str = "",
    beside: pl.DataFrame | None = None,
    source: str = "",
) -> Run:
    """Write a forecast down. What was written down stays as it is: the same question, asked of the
    same files, gives the run that is there.

    Args:
        store: the store.
        question: what was asked.
        found: the forecast.
        keys: name of a part -> whose plan it is.
        made: when it was made; by default now.
        engine: the instruction set of the LSTM's engine.
        beside: part, target and verdict of the plans, to be kept beside it.
        source: what writes it down, where it may be withdrawn there: "page".

    Returns:
        The run.

    Raises:
        CalloffError: it cannot be written.
    """
    table = by_key(found.table, keys)
    if beside is not None:
        keyed = by_key(beside, keys)
        table = table.join(keyed, on=["part", "plant", "target"], how="left", maintain_order="left")
    facts = Facts(str(found.cutoff), found.choice.method.name, version(), engine, source)
    return record_table(store, question, table, facts, made)


@dataclass(frozen=True)
class Facts:
    """How a table of forecasts was made, as in ``Run``.

    Attributes:
        cutoff: the day (ISO) at whose close it was made.
        method: the method that was used.
        version: of calloff.
        engine: the instruction set of the LSTM's engine; empty where it is not known.
        source: what writes it down.
    """

    cutoff: str
    method: str
    version: str
    engine: str = ""
    source: str = ""


def record_table(
    store: Store, question: Question, table: pl.DataFrame, facts: Facts, made: datetime | None
) -> Run:
    """Write down a forecast that is a table already.

    Args:
        store: the store.
        question: what was asked.
        table: from ``by_key``.
        facts: how it was made.
        made: when; None for now.

    Returns:
        The run, or the one that is there.

    Raises:
        CalloffError: it cannot be written.
    """
    name, now = run_id(question), (made or datetime.now()).replace(microsecond=0).isoformat()
    run = Run(
        id=name, customer=question.customer, plant=question.plant, weeks=question.weeks,
        made=now, lead=question.settings.spec.lead, question=question.text(),
        inputs=question.inputs, rows=table.height, digest=forecast_digest(table),
        path=place("forecasts", question.customer, facts.cutoff[:7], name), **asdict(facts),
    )  # fmt: skip
    with ledger(store).writing() as data:
        there = data.execute("SELECT * FROM runs WHERE id = ?", [name]).fetchone()
        if there is not None:
            return _run(there)
        write_kept(store, run.path, table)
        marks = ", ".join("?" * len(COLUMNS))
        values = [getattr(run, column) for column in COLUMNS]
        data.execute(f"INSERT INTO runs ({', '.join(COLUMNS)}) VALUES ({marks})", values)
        targets = [(name, str(target)) for target in table["target"].unique().sort().to_list()]
        data.executemany("INSERT INTO targets VALUES (?, ?)", targets)
    return run


def forecast_digest(table: pl.DataFrame) -> str:
    """The digest of a forecast as it is kept in a ``table``."""
    return digest(table.drop(SHOWN, strict=False))


def find_run(store: Store, name: str) -> Run:
    """Find a run.

    Args:
        store: the store.
        name: its id, or the beginning of it.

    Returns:
        The run.

    Raises:
        CalloffError: there is none, or more than one.
    """
    with ledger(store).reading() as data:
        rows = data.execute(
            "SELECT * FROM runs WHERE substr(id, 1, ?) = ? ORDER BY cutoff DESC, made DESC",
            [len(name), name],
        ).fetchall()
        newest = data.execute("SELECT id FROM runs ORDER BY made DESC, rowid DESC LIMIT 5")
        choices = ", ".join(row["id"] for row in newest) or "-"
    if not name or len(rows) != 1:
        code = "ledger.several" if name and rows else "ledger.no_run"
        raise fail(code, Where(file=plain(str(store.root))), name=name, choices=choices)
    return _run(rows[0])


def has_run(store: Store, question: Question) -> Run | None:
    """Look whether a question was answered already.

    Args:
        store: the store.
        question: what is asked.

    Returns:
        The run that answers it; None where there is none.
    """
    with ledger(store).reading() as data:
        row = data.execute("SELECT * FROM runs WHERE id = ?", [run_id(question)]).fetchone()
    return _run(row) if row else None


def runs(
    store: Store, customer: str | None = None, *, since: date | None = None,
    before: date | None = None, targets: bool = False,
) -> list[Run]:  # fmt: skip
    """List the runs of a store, by the day they are from and the time they were made.

    Args:
        store: the store.
        customer: of this customer; None for all.
        since: only runs from this day on.
        before: only runs from before this day.
        targets: whether it is the target day, not the day of the forecast, that counts.

    Returns:
        The runs, the oldest first.
    """
    name = "t.target" if targets else "r.cutoff"
    wanted = [("r.customer = ?", customer), (f"{name} >= ?", since), (f"{name} < ?", before)]
    given = [(text, str(value)) for text, value in wanted if value is not None]
    where = " AND ".join(text for text, _ in given) or "1"
    query = f"""SELECT DISTINCT r.* FROM runs r JOIN targets t ON t.run = r.id WHERE {where}
                ORDER BY r.cutoff, r.made, r.rowid"""
    with ledger(store).reading() as data:
        return [_run(row) for row in data.execute(query, [value for _, value in given])]


def forecasts_of(store: Store, chosen: Sequence[Run]) -> pl.DataFrame:
    """Read forecasts as they were written down.

    Args:
        store: the store.
        chosen: the runs.

    Returns:
        One row per run, part and target day with run, customer, weeks, cutoff, chosen (method),
        made, asked (the lead asked for), and the columns of the table of a forecast. No columns
        without runs.

    Raises:
        CalloffError: a table is not there, or damaged.
    """
    tables = []
    for run in chosen:
        facts = {"run": run.id, "customer": run.customer, "weeks": run.weeks,
                 "cutoff": date.fromisoformat(run.cutoff), "chosen": run.method,
                 "made": datetime.fromisoformat(run.made)}  # fmt: skip
        told = [pl.lit(value).alias(name) for name, value in facts.items()]
        asked = pl.lit(run.lead, pl.Int64).alias("asked")
        tables.append(read_kept(store, run.path).select(*told, asked, pl.all()))
    return pl.concat(tables, how="diagonal") if tables else pl.DataFrame()


def _run(row: sqlite3.Row) -> Run:
    return Run(**{**{name: row[name] for name in COLUMNS}, "weeks": bool(row["weeks"])})
