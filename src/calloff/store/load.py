"""From files, frames or a store to the triangle, in one call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from calloff.data import load as files
from calloff.data.cleaning import Policy
from calloff.data.days import Day, as_day
from calloff.data.layouts import Layout
from calloff.data.load import Loaded, lay_out
from calloff.data.reading import Progress, Reading
from calloff.data.reading.shipments import read_shipments
from calloff.data.reading.today import Pieces
from calloff.store.arrivals import StoreArrivals
from calloff.store.converting import current
from calloff.store.folder import Store, is_store
from calloff.store.reading_back import read_back
from calloff.store.selection import Request
from calloff.texts import arguments
from calloff.texts.arguments import flag, instance, path, require, several, whole
from calloff.texts.catalogue import plain
from calloff.texts.errors import CalloffError, Where, fail

MOST_DAYS = 100_000


def load(
    *inputs: Any,
    layout: str | Path | Layout | None = None,
    strict: bool = False,
    policy: Policy | None = None,
    plant: str | None = None,
    customer: str | None = None,
    shipments: str | Path | None = None,
    last: int | None = None,
    as_of: Day | None = None,
    parts: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Read, clean and lay out the customer's plans.

    Args:
        inputs: files, folders, globs, frames of pandas, polars, Arrow or DuckDB; or one store.
        layout: a TOML file or a Layout for columns that calloff does not know.
        strict: refuse the input where any cell is faulty, instead of setting it aside.
        policy: how to settle conflicts and totals; by default, quarantine and total.
        plant: only plans for this plant; None for all.
        customer: only plans from this customer; None for all.
        shipments: a table of what the supplier shipped, for plans that do not hold the day itself.
        last: of a store, only so many issue days, the newest; None for all.
        as_of: of a store, only what had arrived by the close of this day; None for all.
        parts: of a store, only these parts, as the customer names them; None for all.
        progress: called with the share done (0 to 1) and the file that is read.

    Returns:
        The input as read, cleaned, and laid out. The triangle of a store knows when plans
        arrived. On an earlier day, those that arrived later are unknown.

    Raises:
        CalloffError: with all problems of all inputs, or with all arguments that cannot be used.
    """
    stores = [each for each in inputs if is_store(each)]
    if not stores:
        if last is not None or as_of is not None or parts is not None:
            raise fail("store.only")
        chosen: dict[str, Any] = {"plant": plant, "customer": customer, "shipments": shipments}
        return files.load(*inputs, layout=layout, strict=strict, policy=policy, progress=progress,
                          **chosen)  # fmt: skip
    require(
        whole(last, "last", 1, MOST_DAYS, optional=True),
        arguments.day(as_of, "as_of", optional=True),
        instance(plant, "plant", str, optional=True),
        instance(customer, "customer", str, optional=True),
        instance(policy, "policy", Policy, optional=True),
        path(shipments, "shipments", optional=True),
        flag(strict, "strict"),
        several(parts, "parts", optional=True),
    )
    where = Where(file=plain(str(stores[0])))
    if len(inputs) > 1:
        raise fail("store.alone", where)
    if layout is not None:
        raise fail("store.layout", where)
    day = None if as_of is None else str(as_day(as_of))
    only = None if parts is None else frozenset(parts)
    request = Request(customer, plant, last, day, parts=only)
    return load_request(current(stores[0]), request, policy, shipments, strict=strict)


def load_request(
    store: Store,
    request: Request,
    policy: Policy | None = None,
    shipments: str | Path | None = None,
    *,
    strict: bool = False,
) -> Loaded:
    """Read, clean and lay out plans of a store.

    Args:
        store: the store.
        request: which plans are wanted.
        policy: how to settle conflicts and totals; by default, quarantine and total.
        shipments: a table of what the supplier shipped.
        strict: refuse the plans where any cell is faulty.

    Returns:
        The same as ``load``.

    Raises:
        CalloffError: there are no such plans, or with all problems of theirs.
    """
    shipped = read_shipments(shipments) if shipments is not None else {}
    reading, selected = read_back(store, request, shipped)
    if strict and reading.faults.height:
        raise CalloffError(reading.fault_problems())
    loaded = lay_out(reading, policy)
    pinned = replace(request, last=None, first=selected.first, newest=selected.newest)
    names = {key: name for name, key in reading.keys.items()}
    made = StoreArrivals(pinned, selected.late, names, False,
                         partial(_again, store, shipped),
                         partial(lay_out, policy=policy))  # fmt: skip
    by_week = replace(made, weeks=True)
    only_weeks = loaded.triangle is loaded.weeks
    days = replace(loaded.triangle, arrivals=by_week if only_weeks else made)
    weeks = loaded.weeks and replace(loaded.weeks, arrivals=by_week)
    return replace(loaded, triangle=days, weeks=days if only_weeks else weeks)


def _again(store: Store, shipped: Pieces, request: Request) -> Reading:
    return read_back(store, request, shipped)[0]
