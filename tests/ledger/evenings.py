"""A customer whose plans come to a store evening by evening, for tests of the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl

from calloff.ledger.outcomes import note_outcomes
from calloff.ledger.question import question_of
from calloff.ledger.runs import Run, record
from calloff.planning.forecast import forecast_past
from calloff.planning.results import Settings
from calloff.planning.tables import ForecastOptions
from calloff.rolling.spec import Spec
from calloff.store.adding import Adding, add
from calloff.store.folder import Store, open_store
from calloff.store.load import load
from calloff.synth import bank

# Before a weekend several target days are asked for at the last chance to react to them.
SETTINGS = Settings(spec=Spec(2), method="ratio", days=3, quantiles=(0.1, 0.9))


def plans(parts: int = 8, kind: str = "daily-biased") -> pl.DataFrame:
    """The plans of some parts of a synthetic customer, in the long layout."""
    table = bank(kind).history.table()
    names = table["part"].unique(maintain_order=True).head(parts)
    return table.filter(pl.col("part").is_in(names.to_list()))


def days_of(table: pl.DataFrame) -> list[date]:
    """Issue days, in order."""
    return table["issued_at"].dt.date().unique().sort().to_list()


def write_day(folder: Path, table: pl.DataFrame, day: date) -> Path:
    """A file of the plans of one issue day."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day}.csv"
    table.filter(pl.col("issued_at").dt.date() == day).write_csv(path)
    return path


def at(day: date, hour: int = 19) -> datetime:
    return datetime.combine(day, time(hour))


@dataclass(frozen=True)
class Evening:
    """What an evening adds: its file, its forecast written down, what came."""

    store: Store
    day: date
    run: Run | None
    came: list[date]


def evening(
    folder: Path, path: Path, day: date, settings: Settings = SETTINGS, customer: str = "Acme",
    made: datetime | None = None, last: int | None = None,
) -> Evening:  # fmt: skip
    """Add the file of an evening, forecast, write down, and note what came."""
    add(folder, path, how=Adding(customer=customer, arrived=at(day)))
    loaded = load(folder, customer=customer, last=last)
    store, keys = open_store(folder), loaded.reading.keys
    triangle, run = loaded.triangle, None
    cutoff = triangle.newest_fresh()
    if cutoff == np.datetime64(day) and len(triangle.target_days) > 3:
        asked = replace(settings, as_of=str(cutoff))
        options = ForecastOptions(asked.method, asked.days, asked.quantiles, asked.build)
        found = forecast_past(triangle.as_of(cutoff), asked.spec, options)
        question = question_of(store, loaded, asked)
        run = record(store, question, found, keys, made=made or at(day, 20))
    return Evening(store, day, run, note_outcomes(store, customer, triangle, keys))


def play(
    folder: Path, table: pl.DataFrame, settings: Settings = SETTINGS, last: int | None = None
) -> Iterator[Evening]:
    """All evenings of a customer, one by one, each forecast from the ``last`` of them."""
    for day in days_of(table):
        file = write_day(folder / "inbox", table, day)
        yield evening(folder / "store", file, day, settings, last=last)
