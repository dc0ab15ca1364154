"""A forecast made again from the same plans, to the bit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from calloff.ledger.question import load_again, read_question
from calloff.ledger.runs import SHOWN, Run, find_run, forecast_digest
from calloff.ledger.tables import by_key, read_kept
from calloff.lstm.engine import instruction_set
from calloff.lstm.processor import ENVIRONMENT, instruction_sets
from calloff.planning.forecast import forecast_past
from calloff.planning.tables import ForecastOptions
from calloff.store.folder import Store
from calloff.store.selection import state_of
from calloff.texts.catalogue import plain
from calloff.texts.errors import Where, fail
from calloff.texts.version import version


@dataclass(frozen=True)
class Repeated:
    """A forecast made again.

    Attributes:
        run: the run as it was written down.
        intact: whether the table that was kept is the one that was written down.
        equal: whether the new one equals it in every bit.
        difference: the largest difference of two forecasts, in pieces; None where the tables are
            not of the same parts and days.
        version: of calloff that made it again.
        engine: the instruction set that it was made with.
        removed: whether some of the plans that it was made from were removed since.
        table: the new table, as it would be written down.
    """

    run: Run
    intact: bool
    equal: bool
    difference: float | None
    version: str
    engine: str
    removed: bool
    table: pl.DataFrame


def repeat(store: Store, name: str) -> Repeated:
    """Make a forecast of the ledger again, from the files that counted then, with the instruction
    set that it was made with where this processor has it.

    Args:
        store: the store.
        name: id of the run, or the beginning of it.

    Returns:
        What came, beside what was written down.

    Raises:
        CalloffError: there is no such run, its plans are not there any more, or its question is
            not one of this version.
    """
    run = find_run(store, name)
    try:
        question = read_question(run.question)
    except ValueError as error:
        where = Where(file=plain(str(store.root)))
        raise fail("ledger.question", where, name=run.id, version=run.version) from error
    with _engine_of(run) as engine:
        loaded = load_again(store, question)
        settings = question.settings
        triangle = loaded.triangle.excluding(settings.exclude)
        options = ForecastOptions(
            settings.method, settings.days, settings.quantiles, settings.build
        )
        found = forecast_past(triangle.as_of(run.cutoff), settings.spec, options)
    table = by_key(found.table, loaded.reading.keys)
    before = read_kept(store, run.path).drop(SHOWN, strict=False)
    return Repeated(
        run=run,
        intact=forecast_digest(before) == run.digest,
        equal=forecast_digest(table) == run.digest,
        difference=_difference(before, table),
        version=version(),
        engine=engine,
        removed=state_of(store, question.customer, question.newest)[1] != question.inputs,
        table=table,
    )


@contextmanager
def _engine_of(run: Run) -> Iterator[str]:
    """Runs with the instruction set of a run where it is here; yields the one that runs."""
    before = os.environ.get(ENVIRONMENT)
    if run.engine in instruction_sets():
        os.environ[ENVIRONMENT] = run.engine
    try:
        yield instruction_set()
    finally:
        os.environ.pop(ENVIRONMENT, None)
        if before is not None:
            os.environ[ENVIRONMENT] = before


def _difference(one: pl.DataFrame, other: pl.DataFrame) -> float | None:
    key = ["part", "plant", "target"]
    if not one.select(key).equals(other.select(key)):
        return None
    return float((one["forecast"] - other["forecast"]).abs().max() or 0.0)  # type: ignore[arg-type]
