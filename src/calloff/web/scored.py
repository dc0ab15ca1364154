"""How earlier forecasts of a customer did by the ledger, whoever wrote them down, as values for the
page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from calloff.ledger.scorecard import FORECAST, Scorecard, scorecard
from calloff.overrides.table import METHOD as OWN
from calloff.report.html.summary_json import card_json
from calloff.report.summary.card import card_summary
from calloff.store.converting import current

SHOWN = timedelta(days=91)  # target days
COLUMNS = ("part", "target", "plan", "forecast", "override", "actual")
OWN_COLUMNS = {"part": pl.String, "target": pl.Date, "asked": pl.Int64, "override": pl.Float64}
OF = ["run", "cutoff", "asked"]  # of which forecast a row is


def scorecards(store: Path, customers: Iterable[str], cutoff: str) -> list[Scorecard]:
    """The scorecards of customers as of a day (ISO): of target days up to it. Raises CalloffError
    where the store cannot be read."""
    day = date.fromisoformat(cutoff)
    place = current(store)
    return [scorecard(place, name, since=day - SHOWN, until=day) for name in customers]


def card_values(cards: Iterable[Scorecard]) -> dict[str, Any]:
    """What the page draws of the scorecard, and what does not count in it. Of several customers,
    as a former run may have, the first."""
    found = list(cards)
    summary = card_summary(found[0]) if found else None
    names = ("waiting", "afterwards", "withdrawn")
    counts = {name: sum(getattr(card, name) for card in found) for name in names}
    return {"card": card_json(summary) if summary else None, "uncounted": counts}


def entries(cards: Iterable[Scorecard], pages: Mapping[str, str]) -> list[dict[str, Any]]:
    """One value for each forecast and target day, the newest first: as ``earlier_forecasts`` gives,
    with the run of the page, where it is from one (``pages``: id in the ledger -> run)."""
    found = [entry for card in cards for entry in _entries(card, pages)]
    return sorted(found, key=lambda entry: (entry["target"], entry["made"]), reverse=True)


def _entries(card: Scorecard, pages: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    if card.pairs.is_empty():
        return
    ours = card.pairs.filter(pl.col("method") == FORECAST)
    own = pl.DataFrame(schema=OWN_COLUMNS)
    if card.own.height:
        mine = card.own.filter(pl.col("method") == OWN)
        own = mine.select("part", "target", "asked", override="forecast")
    key = ["part", "target", "asked"]
    rows = ours.join(own, on=key, how="left", maintain_order="left")
    for (run, cutoff, asked, target), group in rows.group_by(*OF, "target", maintain_order=True):
        head = {"run": pages.get(str(run), ""), "files": [], "made": str(cutoff)}
        head |= {"target": str(target), "lead": asked, "method": group["used"][0]}
        table = group.select(COLUMNS)
        yield {**head, **scores_of(table), "rows": rows_of(table), "problem": None}


def scores_of(rows: pl.DataFrame) -> dict[str, Any]:
    """The errors of plan and forecast, and of own numbers beside both on the same parts."""
    own = rows.drop_nulls("override")
    return {
        "pairs": rows.height,
        **{name: _error(rows, name) for name in ("plan", "forecast")},
        "override": _error(own, "override") if own.height else None,
        "override_pairs": own.height,
        "on_override": {name: _error(own, name) for name in ("plan", "forecast")}
        if own.height
        else None,
    }


def _error(rows: pl.DataFrame, name: str) -> dict[str, float]:
    error = rows[name] - rows["actual"]
    values: Any = (error.abs().mean(), error.mean())
    return dict(zip(("mae", "bias"), map(float, values), strict=True))


def rows_of(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The largest misses of the forecast first."""
    miss = (pl.col("forecast") - pl.col("actual")).abs()
    return rows.drop("target").sort(miss, descending=True, maintain_order=True).to_dicts()
