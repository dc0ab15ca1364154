"""What is in the input, and what to distrust: a plain value that stays the same from run to run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from calloff.data.cleaning import Cleaned
from calloff.data.days import STALE_SHARE, WEEK
from calloff.data.reading import Reading
from calloff.data.triangle import Days, Triangle, as_days
from calloff.texts.arguments import instance, require
from calloff.texts.errors import Problem, file_name
from calloff.texts.leads import lead_name

FORMAT = 1  # of the JSON document; raised when a name changes its meaning


@dataclass(frozen=True)
class Inspection:
    """The facts of an input, as plain values. Days are ISO dates.

    All rows are accounted for: ``rows == rows_used + sum(set_aside.values())``.

    Attributes:
        format: version of these names, for readers of the JSON document.
        files: file, sheet, layout, header_row and rows of each sheet.
        rows: rows below the headers.
        rows_used: those that made it into plans.
        set_aside: reason -> rows that did not.
        parts: number of parts.
        issue_days: number of days on which a plan was issued.
        time_stamps: number of distinct times of issue.
        first_day: first issue day; None without any.
        last_day: last issue day; None without any.
        horizon: the farthest lead, in days.
        cadence: days in a period of the plans: 1, or 7 where the customer plans by weeks.
        target_days: number of fresh days on which something was called off.
        stale_days: issue days that repeat the day before.
        missing_days: days between the first and the last without a plan; Mondays of such weeks,
            or whatever day it is, where the customer plans by weeks.
        conflicts: part -> time stamps whose rows disagree.
        conflict_policy: how these were settled.
        totals_mismatch: part -> daily plans in which a total differs from the sum of its slots.
        mismatch_by_lead: "D", "D+1", ... -> such plans.
        unscored: parts that the protocol does not score.
        appear: part -> first day, where the file begins before it.
        vanish: part -> last day, where the file goes on after it.
        gaps: part -> issue days without its plan between its first and its last.
        all_zero: parts for which nothing was ever planned.
        buckets: columns that add up several days, which are not used.
        ignored_columns: columns that the layout does not know.
        skipped_sheets: sheets without a known header.
        not_read: sheets and files that are no plans: file, sheet, reason ("hidden", "pivot", "own",
            "lock").
        plants: plants that the plans are for; empty where none is named.
        customers: customers that they are from; empty where none is named.
        stale_by_source: customer, plant or file -> days on which its plans repeat those of the day
            before while others have new ones.
        repeated: part -> such days of single parts.
        twins: names that may be one part, in groups.
        sums: names that are sums of other parts, and set aside.
        lost: parts of which no row, or not the newest, could be read: part, reason, file, row,
            issued, newest (the day of the plan that is used).
        unlisted: quantities that are 0 because their plan does not list them.
        unlisted_found: whether that was found, rather than declared.
        corrections: running totals that fell.
        weeks: quantities of whole weeks.
        months: quantities of months and other spans, which are not used.
        called_from: where call-offs are from: "plan", "calls", "receipts", "shipments" or "eve".
        backlog: key -> pieces that its newest plan wants beside it.
        messages: what was refused or odd in the input, in English.
        messages_ko: the same in Korean.
        nulls: column -> blank cells.
        faults: faulty cells, one record each.
    """

    format: int
    files: list[dict[str, Any]]
    rows: int
    rows_used: int
    set_aside: dict[str, int]
    parts: int
    issue_days: int
    time_stamps: int
    first_day: str | None
    last_day: str | None
    horizon: int
    cadence: int
    target_days: int
    stale_days: list[str]
    missing_days: list[str]
    conflicts: dict[str, int]
    conflict_policy: str
    totals_mismatch: dict[str, int]
    mismatch_by_lead: dict[str, int]
    unscored: list[str]
    appear: dict[str, str]
    vanish: dict[str, str]
    gaps: dict[str, int]
    all_zero: list[str]
    buckets: list[str]
    ignored_columns: list[str]
    skipped_sheets: list[str]
    not_read: list[dict[str, str]]
    plants: list[str]
    customers: list[str]
    stale_by_source: dict[str, list[str]]
    repeated: dict[str, int]
    twins: list[list[str]]
    sums: list[str]
    lost: list[dict[str, Any]]
    unlisted: int
    unlisted_found: bool
    corrections: int
    weeks: int
    months: int
    called_from: str
    backlog: dict[str, float]
    messages: list[str]
    messages_ko: list[str]
    nulls: dict[str, int]
    faults: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: plain values only."""
        return asdict(self)


def inspect(reading: Reading, cleaned: Cleaned, triangle: Triangle) -> Inspection:
    """Put together what was found in an input.

    Args:
        reading: what was read.
        cleaned: the plans made of it.
        triangle: these plans on their axes.

    Returns:
        The facts; the same for the same input in every run.

    Raises:
        CalloffError: an argument is of another type.
    """
    require(
        instance(reading, "reading", Reading),
        instance(cleaned, "cleaned", Cleaned),
        instance(triangle, "triangle", Triangle),
    )
    days = triangle.days
    present = triangle.valid.any(axis=2)
    parts = np.array(triangle.parts, dtype=object)
    notices = [_without_folder(problem) for problem in reading.notices]
    return Inspection(
        format=FORMAT,
        files=[_file(sheet) for sheet in reading.sheets],
        rows=reading.rows,
        rows_used=cleaned.rows_used,
        set_aside=cleaned.set_aside,
        parts=len(parts),
        issue_days=len(days),
        time_stamps=len(np.unique([*reading.plans.issued, *reading.buckets.issued])),
        first_day=str(days[0]) if len(days) else None,
        last_day=str(days[-1]) if len(days) else None,
        horizon=int(triangle.leads.max(initial=0)),
        cadence=triangle.cadence,
        target_days=len(triangle.target_days),
        stale_days=_iso(days[triangle.stale]),
        missing_days=_iso(_missing(days, triangle.cadence)),
        conflicts=cleaned.stamps,
        conflict_policy=cleaned.policy.conflicts,
        totals_mismatch=_positive(parts, triangle.mismatch.sum(axis=1)),
        mismatch_by_lead=_positive(
            map(lead_name, cleaned.plans.leads.tolist()), cleaned.mismatches.sum(axis=0)
        ),
        unscored=parts[triangle.unscored].tolist(),
        appear=_edge(triangle, present, first=True),
        vanish=_edge(triangle, present, first=False),
        gaps=_positive(parts, _gaps(present)),
        all_zero=parts[(np.nan_to_num(triangle.quantity) == 0).all(axis=(1, 2))].tolist(),
        buckets=_unique(name for sheet in reading.sheets for name in sheet.buckets),
        ignored_columns=_unique(name for sheet in reading.sheets for name in sheet.ignored),
        skipped_sheets=[each.name for each in reading.skipped if each.reason == "unknown"],
        not_read=[asdict(each) for each in reading.skipped if each.reason != "unknown"],
        plants=_named(key.plant for key in reading.keys.values()),
        customers=_named(key.customer for key in reading.keys.values()),
        **_copies(triangle),
        twins=[list(group) for group in reading.twins],
        sums=list(reading.totals),
        lost=[asdict(each) for each in reading.lost],
        unlisted=reading.unlisted.cells + reading.unlisted.plans,
        unlisted_found=reading.unlisted.found,
        corrections=reading.corrections,
        weeks=int((reading.buckets.days == WEEK).sum()),
        months=int((reading.buckets.days != WEEK).sum()),
        called_from=reading.called_from,
        backlog={part: pieces for part, pieces in reading.backlog.items() if pieces},
        messages=[problem.text() for problem in notices],
        messages_ko=[problem.text("ko") for problem in notices],
        nulls=_nulls(reading),
        faults=reading.faults.to_dicts(),
    )


def _file(sheet: Any) -> dict[str, Any]:
    names = ("file", "sheet", "layout", "header_row", "rows")
    return {name: getattr(sheet, name) for name in names}


def _nulls(reading: Reading) -> dict[str, int]:
    """Blank cells by column, over all sheets; columns without any are there with 0."""
    total: dict[str, int] = {}
    for sheet in reading.sheets:
        for name, count in sheet.nulls.items():
            total[name] = total.get(name, 0) + count
    return total


def _named(names: Any) -> list[str]:
    return sorted(set(names) - {""})


def _copies(triangle: Triangle) -> dict[str, Any]:
    """Plans that repeat those of the day before while others have new ones: of whole sources, and
    of single parts."""
    by_source: dict[str, list[str]] = {}
    single = triangle.repeated.copy()
    present = triangle.valid.any(axis=2)
    for source in dict.fromkeys(triangle.sources):
        rows = np.array([each == source for each in triangle.sources])
        sent = present[rows].sum(axis=0)
        whole = (triangle.repeated[rows].sum(axis=0) >= STALE_SHARE * sent) & (sent > 0)
        if whole.any() and not rows.all():
            by_source[source] = _iso(triangle.days[whole])
            single[np.ix_(rows, whole)] = False
    return {"stale_by_source": by_source,
            "repeated": _positive(triangle.parts, single.sum(axis=1))}  # fmt: skip


def _iso(days: Any) -> list[str]:
    return [str(day) for day in days]


def _without_folder(problem: Problem) -> Problem:
    """A problem with the name of its file alone: a report may be sent on."""
    return replace(problem, where=replace(problem.where, file=file_name(problem.where.file)))


def _unique(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _positive(names: Any, counts: Any) -> dict[str, int]:
    return {str(n): int(c) for n, c in zip(names, counts, strict=True) if c}


def _gaps(present: Any) -> Any:
    """Issue days without a plan between a part's first and last (P)."""
    count = present.shape[1]
    if not count:
        return np.zeros(len(present), dtype=np.int64)
    first, last = present.argmax(axis=1), count - 1 - present[:, ::-1].argmax(axis=1)
    return np.where(present.any(axis=1), last - first + 1 - present.sum(axis=1), 0)


def _missing(days: Days, period: int) -> Days:
    """The days between issue days, ``period`` days apart, on which there should have been one."""
    step = as_days(period)
    gaps = [np.arange(day + step, after, step) for day, after in pairwise(days)]
    return np.concatenate([days[:0], *gaps])


def _edge(triangle: Triangle, present: Any, *, first: bool) -> dict[str, str]:
    """Parts whose plans begin after the first, or end before the last, issue day."""
    if not len(triangle.days):
        return {}
    flags = present if first else present[:, ::-1]
    days = triangle.days if first else triangle.days[::-1]
    at = flags.argmax(axis=1)
    return {
        part: str(days[index])
        for part, index, any_ in zip(triangle.parts, at, flags.any(axis=1), strict=True)
        if any_ and index > 0
    }
