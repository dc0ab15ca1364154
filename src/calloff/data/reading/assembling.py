"""Sheets as read, put together: whose plans they are, which rows are no plans, and call-offs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from calloff.data.layouts.options import SUMMED, UNKNOWN
from calloff.data.reading.cumulative import differences, looks_cumulative, looks_summed
from calloff.data.reading.far_days import far_days
from calloff.data.reading.half_named import half_named
from calloff.data.reading.keys import (
    Key,
    check_choice,
    is_wanted,
    joined_twins,
    key_name,
    named_keys,
    selection,
    twins,
)
from calloff.data.reading.plans import Buckets, Plans, join_buckets, join_plans
from calloff.data.reading.result import Choice, Lost, Reading, Skipped
from calloff.data.reading.sheet_read import BadRow, SheetRead
from calloff.data.reading.sources import check_sources, two_plans_inside
from calloff.data.reading.today import Called, Pieces, fill_today
from calloff.data.reading.totals import total_names, total_rows
from calloff.data.reading.units import several_units
from calloff.data.reading.unlisted import Unlisted, fill_unlisted, lists_no_zeros
from calloff.texts.errors import CalloffError, Problem, Where

FILES_TOLD = 5  # of those that are running totals


@dataclass(frozen=True)
class _Kept:
    """What is left of the plans, and why the rest is not."""

    plans: Plans
    buckets: Buckets
    aside: Counter[str]


def assemble(
    sheets: Sequence[SheetRead],
    skipped: Sequence[Skipped],
    choice: Choice,
    called: Called | None = None,
    *,
    checked: bool = False,
) -> Reading:
    """Put together what was read of all sheets.

    Args:
        sheets: what was read of each, with its place among them as the source.
        skipped: sheets and files that are not read.
        choice: which plans are wanted.
        called: what is known of call-offs beside the plans.
        checked: whether the sheets were looked at before, each with those it must agree with, as
            those of a store were when they came in.

    Returns:
        The reading.

    Raises:
        CalloffError: quantities are running totals, two files contradict each other all over, or
            what is chosen is not there.
    """
    aside = sum((Counter(each.aside) for each in sheets), Counter[str]())
    plans, buckets = (
        join_plans([s.plans for s in sheets]),
        join_buckets([s.buckets for s in sheets]),
    )
    check_choice(plans, buckets, choice.plant, choice.customer)
    plans, corrections = _as_quantities(plans, sheets, checked=checked)
    totals = total_names(plans)
    kept = _chosen(_without_totals(_Kept(plans, buckets, aside), totals), choice)
    kept, groups = _joined(kept, sheets)
    infos = tuple(each.info for each in sheets)
    notices: tuple[Problem, ...] = ()
    if not checked:
        ignored = list(dict.fromkeys(name for info in infos for name in info.ignored))
        places = [(info.file, info.sheet) for info in infos]
        check_sources(kept.plans, places)
        notices = (
            *two_plans_inside(kept.plans, places, ignored),
            *half_named(kept.plans, places),
            *several_units([each.units for each in sheets], places),
            *far_days(kept.plans, places),
        )
    plans, unlisted = _filled(kept.plans, sheets)
    plans, called_from = fill_today(plans, _of_chosen(called or Called(), choice))
    plans, buckets, keys = named_keys(plans, kept.buckets)
    ahead = join_buckets([each.ahead for each in sheets])
    ahead = ahead.take(selection(ahead, choice.plant, choice.customer))
    return Reading(
        plans=plans,
        sheets=infos,
        faults=pl.concat([each.faults for each in sheets]),
        set_aside={reason: rows for reason, rows in sorted(kept.aside.items()) if rows},
        skipped=tuple(skipped),
        buckets=buckets,
        keys=keys,
        twins=groups,
        totals=tuple(sorted(totals)),
        lost=_lost(sheets, plans, keys, choice),
        unlisted=unlisted,
        corrections=corrections,
        ahead=ahead,
        backlog=_backlog(ahead, plans, keys),
        called_from=called_from,
        notices=notices,
        bucket_rows=_bucket_rows(kept),
    )


def _as_quantities(
    plans: Plans, sheets: Sequence[SheetRead], *, checked: bool
) -> tuple[Plans, int]:
    """Running totals as differences where they are declared; refused where they are found, in all
    sheets together and, unless each was ``checked`` before, in one."""
    declared = [each.options.cumulative for each in sheets]
    if any(declared):
        return _differences(plans, declared)
    open_ = [at for at, said in enumerate(declared) if said is None]
    alone = [] if checked else open_
    for code, looks in (("summed", looks_summed), ("cumulative", looks_cumulative)):
        found = [at for at in alone if looks(plans.take(plans.source == at))]
        if not found and len(open_) > 1 and looks(plans):  # a file for each evening
            found = open_
        if found:
            infos = [sheets[at].info for at in found[:FILES_TOLD]]
            raise CalloffError(
                [Problem(f"file.{code}", Where(each.file, each.sheet)) for each in infos]
            )
    return plans, 0


def _differences(plans: Plans, declared: Sequence[bool | str | None]) -> tuple[Plans, int]:
    """There is one layout for all files where something is declared; a store may hold several."""
    anew = np.array([each == SUMMED for each in declared])[plans.source]
    if all(declared):
        return differences(plans, anew)
    mine = np.array([bool(each) for each in declared])[plans.source]
    made, fell = differences(plans.take(mine), anew[mine])
    return join_plans([plans.take(~mine), made]), fell


def _without_totals(kept: _Kept, totals: set[str]) -> _Kept:
    out, gone = (total_rows(rows, totals) for rows in (kept.plans, kept.buckets))
    if not out.any() and not gone.any():
        return kept
    aside = kept.aside + Counter(
        {
            "row_total": int(kept.plans.rows[out].sum())
            + len(_only(kept.buckets.take(gone), kept.plans))
        }
    )
    return _Kept(kept.plans.take(~out), kept.buckets.take(~gone), aside)


def _chosen(kept: _Kept, choice: Choice) -> _Kept:
    mine = selection(kept.plans, choice.plant, choice.customer)
    own = selection(kept.buckets, choice.plant, choice.customer)
    if mine.all() and own.all():
        return kept
    count = int(kept.plans.rows[~mine].sum()) + len(_only(kept.buckets.take(~own), kept.plans))
    aside = kept.aside + Counter({"not_chosen": count})
    return _Kept(kept.plans.take(mine), kept.buckets.take(own), aside)


def _joined(kept: _Kept, sheets: Sequence[SheetRead]) -> tuple[_Kept, tuple[tuple[str, ...], ...]]:
    """Names that may be one part, plant or customer: joined where a layout says so, but for those
    that differ in what separates their pieces."""
    declared = any(each.options.join_twins for each in sheets)
    left: list[tuple[str, ...]] = []
    for what in ("part", "plant", "customer"):
        names = [getattr(rows, what) for rows in (kept.plans, kept.buckets)]
        groups = twins([*names[0].tolist(), *names[1].tolist()])
        if groups and declared:
            one = twins([*names[0].tolist(), *names[1].tolist()], separated=True)
            names = [joined_twins(each, one) for each in names]
            made: list[Any] = [{what: each} for each in names]
            plans, buckets = replace(kept.plans, **made[0]), replace(kept.buckets, **made[1])
            kept = _Kept(plans, buckets, kept.aside)
            groups = twins([*names[0].tolist(), *names[1].tolist()])
        left += groups
    return kept, tuple(left)


def _filled(plans: Plans, sheets: Sequence[SheetRead]) -> tuple[Plans, Unlisted]:
    """Days that plans do not list are 0 where that is declared, or found."""
    long = np.array([each.kind == "long" for each in sheets], dtype=bool)
    said = np.array([each.options.unlisted == 0 for each in sheets], dtype=bool)
    never = np.array([each.options.unlisted == UNKNOWN for each in sheets], dtype=bool)
    open_ = (long & ~said & ~never)[plans.source] if len(plans) else np.zeros(0, bool)
    found = bool(open_.any()) and lists_no_zeros(plans.take(open_))
    which = (said[plans.source] | (open_ & found)) if len(plans) else open_
    return fill_unlisted(plans, which, found) if which.any() else (plans, Unlisted())


def _lost(
    sheets: Sequence[SheetRead], plans: Plans, keys: Mapping[str, Key], choice: Choice
) -> tuple[Lost, ...]:
    """Parts of which no row, or whose newest row, could not be used."""
    if not any(each.bad for each in sheets):
        return ()
    newest = _newest(plans)
    worst: dict[str, tuple[np.datetime64, Lost]] = {}
    name_of = {key: name for name, key in keys.items()}
    bad = [(sheet, row) for sheet in sheets for row in sheet.bad]
    for sheet, row in bad:
        if not is_wanted(row.plant, row.customer, choice.plant, choice.customer):
            continue
        key, issued = Key(row.part, row.plant, row.customer), _stamp(row)
        name = name_of.get(key) or key_name(key, keys.values())
        last, used = worst.get(name), newest.get(name)
        if last and not (np.isnat(last[0]) or issued >= last[0]):
            continue
        known = "" if used is None else str(used)[:10]
        day = row.issued[:10]
        worst[name] = issued, Lost(name, row.reason, sheet.info.file, row.row, day, known)
    return tuple(
        lost
        for name, (issued, lost) in sorted(worst.items())
        if name not in newest or np.isnat(issued) or issued > newest[name]
    )


def _newest(plans: Plans) -> dict[str, np.datetime64]:
    """When the newest plan of each key was issued."""
    newest: dict[str, np.datetime64] = {}
    for part, issued in zip(plans.part.tolist(), plans.issued, strict=True):
        newest[part] = max(newest.get(part, issued), issued)
    return newest


def _stamp(row: BadRow) -> np.datetime64:
    return np.datetime64(row.issued or "NaT", "s")


def _of_chosen(called: Called, choice: Choice) -> Called:
    """The call-offs of the plant and customer that are wanted."""

    def mine(pieces: Pieces) -> Pieces:
        return {
            key: value
            for key, value in pieces.items()
            if is_wanted(key[1], key[2], choice.plant, choice.customer)
        }

    return Called(mine(called.calls), mine(called.receipts), mine(called.shipments))


def _backlog(ahead: Buckets, plans: Plans, keys: Mapping[str, Key]) -> dict[str, float]:
    """Backlog of the newest plan of each key, in pieces."""
    if not len(ahead):
        return {}
    newest = _newest(plans)
    name_of = {key: name for name, key in keys.items()}
    found: dict[str, float] = {}
    rows = zip(ahead.part, ahead.plant, ahead.customer, ahead.issued, ahead.quantity, strict=True)
    for part, plant, customer, issued, pieces in rows:
        name = name_of.get(Key(part, plant, customer), str(part))
        if issued == newest.get(name, issued):
            found[name] = found.get(name, 0.0) + float(pieces)
    return found


def _bucket_rows(kept: _Kept) -> int:
    """Rows that hold quantities of several days only."""
    return len(_only(kept.buckets, kept.plans))


def _only(buckets: Buckets, plans: Plans) -> set[tuple[int, int]]:
    """Source and row of those quantities whose row is no plan."""
    sound = set(zip(plans.source.tolist(), plans.row.tolist(), strict=True)) if len(buckets) else ()
    return set(_places(buckets)) - set(sound)


def _places(buckets: Buckets) -> list[tuple[int, int]]:
    return list(zip(buckets.source.tolist(), buckets.row.tolist(), strict=True))
