"""What was read of all sheets, put together: whose plans they are, which rows are no plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from calloff.data.layouts import normal
from calloff.data.layouts.options import UNKNOWN
from calloff.data.reading.cells import CODE, FAULTS, cell_text, is_blank
from calloff.data.reading.cumulative import differences, looks_cumulative
from calloff.data.reading.keys import (
    Key,
    check_choice,
    joined_twins,
    named_keys,
    selection,
    twins,
)
from calloff.data.reading.matching import Header, column_names
from calloff.data.reading.parsing import Parsed
from calloff.data.reading.plans import Buckets, Plans, join_buckets, join_plans
from calloff.data.reading.result import Choice, Lost, Reading, SheetInfo, Skipped
from calloff.data.reading.sources import check_sources, two_plans_inside
from calloff.data.reading.today import Called, Pieces, fill_today
from calloff.data.reading.totals import total_names, total_rows
from calloff.data.reading.unlisted import Unlisted, fill_unlisted, lists_no_zeros
from calloff.texts.errors import CalloffError, Problem, Where

COLUMNS = {"file": pl.String, "sheet": pl.String, "row": pl.Int64, "cell": pl.String,
          "column": pl.String, "value": pl.String, "reason": pl.String}  # fmt: skip
HARMLESS = {"row_blank", "row_header", "row_total", "row_status", "duplicate"}
FILES_TOLD = 5  # of those that are running totals
FEW, UNCLEAR = 3, 0.01  # cells, and their share, that can be read in two ways
MANY_BLANK = 0.3  # of the rows have no part: cells are merged, or repeat the one above


@dataclass(frozen=True)
class _Kept:
    """What is left of the plans, and why the rest is not."""

    plans: Plans
    buckets: Buckets
    aside: Counter[str]


def combine(
    headers: Sequence[Header],
    parsed: Sequence[Parsed],
    skipped: Sequence[Skipped],
    choice: Choice,
    called: Called | None = None,
) -> Reading:
    """Put together what was read of all sheets.

    Args:
        headers: the sheets.
        parsed: the plans of each.
        skipped: sheets and files that are not read.
        choice: which plans are wanted.
        called: what is known of call-offs beside the plans.

    Returns:
        The reading.

    Raises:
        CalloffError: of a sheet no row can be used, quantities are running totals, two files
            contradict each other all over, or what is chosen is not there.
    """
    _check_used(headers, parsed)
    aside = Counter(FAULTS[code] for each in parsed for code in each.fault[each.fault > 0].tolist())
    every = join_plans([each.plans for each in parsed]), join_buckets([p.buckets for p in parsed])
    check_choice(*every, choice.plant, choice.customer)
    plans, corrections = _as_quantities(every[0], headers)
    totals = total_names(plans)
    kept = _without_totals(_Kept(plans, every[1], aside), totals)
    kept = _chosen(kept, choice)
    kept, groups = _joined(kept, headers)
    infos = tuple(_info(*each) for each in zip(headers, parsed, strict=True))
    ignored = list(dict.fromkeys(name for info in infos for name in info.ignored))
    places = [(info.file, info.sheet) for info in infos]
    check_sources(kept.plans, places)
    notices = two_plans_inside(kept.plans, places, ignored)
    plans, unlisted = _filled(kept.plans, headers)
    plans, called_from = fill_today(plans, _of_chosen(called or Called(), choice))
    plans, buckets, keys = named_keys(plans, kept.buckets)
    ahead = join_buckets([each.ahead for each in parsed])
    ahead = ahead.take(selection(ahead, choice.plant, choice.customer))
    return Reading(
        plans=plans,
        sheets=infos,
        faults=_fault_frame(headers, parsed),
        set_aside={reason: rows for reason, rows in sorted(kept.aside.items()) if rows},
        skipped=tuple(skipped),
        buckets=buckets,
        keys=keys,
        twins=groups,
        totals=tuple(sorted(totals)),
        lost=_lost(headers, parsed, plans, {key.part: name for name, key in keys.items()}),
        unlisted=unlisted,
        corrections=corrections,
        backlog=_backlog(ahead, plans, keys),
        called_from=called_from,
        notices=notices,
        bucket_rows=_bucket_rows(kept),
    )


def _check_used(headers: Sequence[Header], parsed: Sequence[Parsed]) -> None:
    """Of every sheet with rows some are used."""
    problems = []
    for header, each in zip(headers, parsed, strict=True):
        real = each.fault[~np.isin(each.fault, [CODE["row_blank"], CODE["row_header"]])]
        if not len(real):
            continue
        code, count = Counter(real.tolist()).most_common(1)[0]
        blank = (real == CODE["part_blank"]).mean()
        if not len(each.plans) and not len(each.buckets):
            problems += _unused(header, each, FAULTS[code], count)
        elif blank > MANY_BLANK:
            facts = {"count": int((real == CODE["part_blank"]).sum()), "rows": len(real)}
            problems.append(Problem("file.parts_blank", header.sheet.where(), facts))
        elif (found := _unclear(header, each)) is not None:
            problems.append(found)
    if problems:
        raise CalloffError(problems)


def _unused(header: Header, parsed: Parsed, reason: str, count: int) -> list[Problem]:
    row = int(np.flatnonzero(parsed.fault == CODE[reason])[0])
    cells = parsed.faulty[(parsed.faulty[:, 0] == row) & (parsed.faulty[:, 2] == CODE[reason])]
    column = int(cells[0, 1]) if len(cells) else 0
    where, text = _cell(header, row, column)
    facts = {"count": count, "rows": len(parsed.fault), "value": text}
    if reason in DECLARABLE:
        return [Problem(f"unused.{reason}", where, facts)]
    one = [Problem(f"cell.{reason}", where, facts)] if len(cells) else []
    return [Problem("unused.other", header.sheet.where(), facts), *one]


def _unclear(header: Header, parsed: Parsed) -> Problem | None:
    """Quantities that can be read in two ways are no accident where they are many: the large ones
    would be missing, and the small ones not."""
    cells = parsed.faulty[parsed.faulty[:, 2] == CODE["ambiguous"]]
    known = int((~np.isnan(parsed.plans.quantity)).sum()) + len(parsed.buckets)
    if len(cells) < FEW or len(cells) < UNCLEAR * (known + len(cells)):
        return None
    where, text = _cell(header, int(cells[0, 0]), int(cells[0, 1]))
    return Problem("file.ambiguous", where, {"count": len(cells), "value": text})


def _cell(header: Header, row: int, column: int) -> tuple[Where, str]:
    where = replace(header.below.where(row, column), column=column_names(header.texts)[column])
    return where, cell_text(header.below.columns[column][row])


DECLARABLE = {"ambiguous", "time_ambiguous", "time_mixed", "time_zone", "time_wrong", "fractional",
              "target_past"}  # fmt: skip


def _as_quantities(plans: Plans, headers: Sequence[Header]) -> tuple[Plans, int]:
    """Running totals as differences where they are declared; refused where they are found."""
    declared = [header.match.layout.options.cumulative for header in headers]
    if any(declared):
        return differences(plans)  # there is one layout for all where something is declared
    open_ = [at for at, said in enumerate(declared) if said is None]
    found = [at for at in open_ if looks_cumulative(plans.take(plans.source == at))]
    if not found and len(open_) > 1 and looks_cumulative(plans):  # a file for each evening
        found = open_
    if found:
        raise CalloffError(
            [Problem("file.cumulative", headers[at].sheet.where()) for at in found[:FILES_TOLD]]
        )
    return plans, 0


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


def _joined(kept: _Kept, headers: Sequence[Header]) -> tuple[_Kept, tuple[tuple[str, ...], ...]]:
    """Names that may be one part: joined where a layout says so."""
    groups = twins([*kept.plans.part.tolist(), *kept.buckets.part.tolist()])
    if not groups or not any(header.match.layout.options.join_twins for header in headers):
        return kept, groups
    plans = replace(kept.plans, part=joined_twins(kept.plans.part, groups))
    buckets = replace(kept.buckets, part=joined_twins(kept.buckets.part, groups))
    return _Kept(plans, buckets, kept.aside), ()


def _filled(plans: Plans, headers: Sequence[Header]) -> tuple[Plans, Unlisted]:
    """Days that plans do not list are 0 where that is declared, or found."""
    layouts = [header.match.layout for header in headers]
    long = np.array([layout.kind == "long" for layout in layouts], dtype=bool)
    said = np.array([layout.options.unlisted == 0 for layout in layouts], dtype=bool)
    never = np.array([layout.options.unlisted == UNKNOWN for layout in layouts], dtype=bool)
    open_ = (long & ~said & ~never)[plans.source] if len(plans) else np.zeros(0, bool)
    found = bool(open_.any()) and lists_no_zeros(plans.take(open_))
    which = (said[plans.source] | (open_ & found)) if len(plans) else open_
    return fill_unlisted(plans, which, found) if which.any() else (plans, Unlisted())


def _lost(
    headers: Sequence[Header], parsed: Sequence[Parsed], plans: Plans, names: dict[str, str]
) -> tuple[Lost, ...]:
    """Parts of which no row, or whose newest row, could not be used."""
    if not any(each.fault.any() for each in parsed):
        return ()
    newest: dict[str, np.datetime64] = {}
    for part, issued in zip(plans.part.tolist(), plans.issued, strict=True):
        newest[part] = max(newest.get(part, issued), issued)
    bad: dict[str, tuple[np.datetime64, Lost]] = {}
    for header, each in zip(headers, parsed, strict=True):
        harmless = [CODE[name] for name in HARMLESS]
        for row in np.flatnonzero((each.fault > 0) & ~np.isin(each.fault, harmless)).tolist():
            part, issued = str(each.part[row]), each.issued[row]
            if not part:
                continue
            name = names.get(part, part)
            last, used = bad.get(name), newest.get(name)
            if last and not (np.isnat(last[0]) or issued >= last[0]):
                continue
            place = header.below.first_row + row
            day = "" if np.isnat(issued) else str(issued)[:10]
            known = "" if used is None else str(used)[:10]
            reason = FAULTS[each.fault[row]]
            bad[name] = issued, Lost(name, reason, header.sheet.file, place, day, known)
    return tuple(
        lost
        for name, (issued, lost) in sorted(bad.items())
        if name not in newest or np.isnat(issued) or issued > newest[name]
    )


def _of_chosen(called: Called, choice: Choice) -> Called:
    """The call-offs of the plant and customer that are wanted."""

    def mine(pieces: Pieces) -> Pieces:
        wanted = ((1, choice.plant), (2, choice.customer))
        return {
            key: value
            for key, value in pieces.items()
            if all(name is None or normal(str(key[at])) == normal(name) for at, name in wanted)
        }

    return Called(mine(called.calls), mine(called.receipts), mine(called.shipments))


def _backlog(ahead: Buckets, plans: Plans, keys: Mapping[str, Key]) -> dict[str, float]:
    """Backlog of the newest plan of each key, in pieces."""
    if not len(ahead):
        return {}
    newest: dict[str, np.datetime64] = {}
    for part, issued in zip(plans.part.tolist(), plans.issued, strict=True):
        newest[part] = max(newest.get(part, issued), issued)
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


def _info(header: Header, result: Parsed) -> SheetInfo:
    names = column_names(header.texts)
    roles = list(zip(names, header.texts, header.match.roles, strict=True))
    return SheetInfo(
        header.sheet.file,
        header.sheet.sheet,
        header.match.layout.name,
        header.number,
        len(result.fault),
        tuple(name for name, text, role in roles if role is None and not is_blank(text)),
        tuple(name for name, _, role in roles if role and role.name == "bucket"),
        dict(zip(names, result.blanks.tolist(), strict=True)),
    )


def _fault_frame(headers: Sequence[Header], parsed: Sequence[Parsed]) -> pl.DataFrame:
    rows = []
    for header, result in zip(headers, parsed, strict=True):
        names = column_names(header.texts)
        for row, column, code in result.faulty.tolist():
            where = header.below.where(row, column)
            text = cell_text(header.below.columns[column][row])
            place = (where.file, where.sheet, where.row, where.cell, names[column])
            rows.append((*place, text, FAULTS[code]))
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")
