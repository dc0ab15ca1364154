"""How good forecasts were that were written down before they came true.

Forecast, plan as sent, last call-off and the planner's own numbers on the same pairs, by the
protocol. A forecast that was written down on its target day or later proves nothing, and does not
count. Of several for a target day and lead the last one counts, as a backtest would make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from calloff.ledger.outcomes import outcomes
from calloff.ledger.own_numbers import own_numbers
from calloff.ledger.runs import forecasts_of, runs
from calloff.ledger.tables import with_plants
from calloff.ledger.withdrawing import withdrawn
from calloff.overrides.table import METHOD as OWN
from calloff.overrides.table import Overrides, beside
from calloff.rolling.answers import PLAN
from calloff.rolling.long_table import quantile_names
from calloff.store.folder import Store
from calloff.store.manifest import reading
from calloff.store.selection import chosen_customers
from calloff.texts.errors import fail

FORECAST, LAST = "forecast", "last"  # methods of a scorecard, beside the plan and own numbers
PAIR = ["customer", "weeks", "asked", "part", "plant", "target"]


@dataclass(frozen=True)
class Scorecard:
    """How good forecasts were.

    Attributes:
        pairs: as the long table of a backtest, of the methods "forecast", "plan" and "last": one
            row per method, customer, lead asked for, part and target day that has come; beside
            method, part (with its customer where there are several), origin, target, lead,
            forecast, plan, actual and used there are customer, plant, weeks, asked (the lead asked
            for, days), week (the Monday of the target's week), cutoff, run, and the quantiles. Each
            target day once for each lead asked for.
        ahead: the same for all forecasts that were made for several target days: one row for each
            distance to the target day.
        own: the rows of ``pairs`` with an own number, and these as method "override".
        waiting: forecasts of parts whose day has not come, or of which nothing is known yet.
        afterwards: forecasts that were written down on their target day or later.
        unscored: parts that the protocol does not score, by customer.
        withdrawn: how many forecasts were withdrawn.
    """

    pairs: pl.DataFrame
    ahead: pl.DataFrame
    own: pl.DataFrame
    waiting: int
    afterwards: int
    unscored: tuple[tuple[str, str], ...]
    withdrawn: int = 0


def scorecard(
    store: Store,
    customer: str | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Scorecard:
    """Score what was forecast for target days that have come.

    Args:
        store: the store.
        customer: of this customer; None for all.
        since: the first target day; None for all.
        until: the last target day; None for all.

    Returns:
        The pairs, by which everything else is scored; no rows where nothing has come true.

    Raises:
        CalloffError: there is no such customer, the first day lies after the last, or a table
            cannot be read.
    """
    if since and until and since > until:
        raise fail("ledger.order", first=since, last=until)
    with reading(store) as log:
        names = chosen_customers(log, customer)
    cards = [_of_customer(store, name, since, until) for name in names]
    if sum(card.pairs.height > 0 for card in cards) > 1:
        cards = [_with_customer(card) for card in cards]
    return Scorecard(
        pairs=_together([card.pairs for card in cards]),
        ahead=_together([card.ahead for card in cards]),
        own=_together([card.own for card in cards]),
        waiting=sum(card.waiting for card in cards),
        afterwards=sum(card.afterwards for card in cards),
        unscored=tuple(each for card in cards for each in card.unscored),
        withdrawn=sum(withdrawn(store, name) for name in names),
    )


def _with_customer(card: Scorecard) -> Scorecard:
    """Parts named together with their customers, as two may have one of the same name."""
    name = pl.col("part") + " @ " + pl.col("customer")
    tables = {each: getattr(card, each) for each in ("pairs", "ahead", "own")}
    named = {each: table.with_columns(part=name) if table.width else table
             for each, table in tables.items()}  # fmt: skip
    return replace(card, **named)


def _together(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    full = [table for table in tables if table.height]
    return pl.concat(full, how="diagonal") if full else pl.DataFrame()


def _of_customer(store: Store, name: str, since: date | None, until: date | None) -> Scorecard:
    before = date.fromordinal(until.toordinal() + 1) if until else None
    made = runs(store, name, since=since, before=before, targets=True)
    table = forecasts_of(store, made)
    if table.is_empty():
        return Scorecard(table, table, table, 0, 0, ())
    inside = [pl.col("target") >= since] if since else []
    inside += [pl.col("target") <= until] if until else []
    table = table.filter(*inside)
    came = table.join(_came(store, table, name), on=["weeks", "part", "plant", "target"],
                      how="left", maintain_order="left")  # fmt: skip
    known = came.drop_nulls("actual")
    unscored = known.filter(~pl.col("counts")).select("part", "plant").unique(maintain_order=True)
    scored = known.join(unscored, on=["part", "plant"], how="anti", maintain_order="left")
    several = table["plant"].n_unique() > 1
    label = with_plants if several else lambda each: each
    scored, unscored = label(scored), label(unscored)
    in_time = scored.filter(pl.col("made").dt.date() < pl.col("target"))
    newest = in_time.sort("cutoff", "made", maintain_order=True)
    distance = [*PAIR, "cutoff"]
    ahead = newest.unique(distance, keep="last", maintain_order=True)
    once = newest.unique(PAIR, keep="last", maintain_order=True)
    pairs = _as_methods(once)
    return Scorecard(
        pairs=pairs,
        ahead=_as_methods(ahead),
        own=_own(pairs, Overrides(label(own_numbers(store, name)).drop("plant"))),
        waiting=came.height - known.height,
        afterwards=scored.height - in_time.height,
        unscored=tuple((name, part) for part in unscored["part"]),
    )


def _came(store: Store, table: pl.DataFrame, customer: str) -> pl.DataFrame:
    """What came of the target days of a table."""
    first, last = table["target"].min(), table["target"].max()
    found = [
        outcomes(store, customer, weeks, first, last).with_columns(weeks=pl.lit(weeks))  # type: ignore[arg-type]
        for weeks in table["weeks"].unique().sort().to_list()
    ]
    return pl.concat(found)


def _as_methods(once: pl.DataFrame) -> pl.DataFrame:
    """Forecast, plan and last call-off as rows of a backtest, in the order of its days."""
    table = once.sort("target", maintain_order=True).with_columns(
        week=pl.col("target").dt.truncate("1w"),
        used=pl.col("method"),
        lead=(pl.col("target") - pl.col("origin")).dt.total_days(),
    )
    order = ["method", "part", "origin", "target", "lead", "forecast", "plan", "actual", "used",
             "customer", "plant", "weeks", "asked", "week", "cutoff", "run"]  # fmt: skip
    ours = table.with_columns(method=pl.lit(FORECAST)).select(
        *order, *quantile_names(table.columns)
    )
    # A part that was never called off has no last call-off: the plan steps in, as in a backtest.
    none = pl.col(LAST).is_null()
    used = pl.when(none).then(pl.lit(PLAN)).otherwise(pl.lit(LAST))
    last = table.with_columns(method=pl.lit(LAST), used=used,
                              forecast=pl.col(LAST).fill_null(pl.col("plan")))  # fmt: skip
    plan = table.with_columns(method=pl.lit(PLAN), used=pl.lit(PLAN), forecast=pl.col("plan"))
    return pl.concat([ours, plan.select(order), last.select(order)], how="diagonal")


def _own(pairs: pl.DataFrame, own: Overrides) -> pl.DataFrame:
    """The pairs with an own number that was there in time, and these numbers as a method."""
    if not len(own) or pairs.is_empty():
        return pairs.clear()
    facts = ["customer", "plant", "weeks", "asked", "week", "cutoff", "run"]
    found = []
    for (asked,), group in pairs.group_by("asked", maintain_order=True):
        laid = beside(group, own, int(str(asked))).pairs
        theirs = laid.filter(pl.col("method") != OWN)
        known = group.unique(["part", "target"], keep="first").select("part", "target", *facts)
        mine = laid.filter(pl.col("method") == OWN).drop(facts)
        mine = mine.join(known, on=["part", "target"], how="left", maintain_order="left")
        found += [theirs, mine.select(theirs.columns)]
    return pl.concat(found)
