"""What is in the input, and what to distrust: a plain value that stays the same from run to run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from calloff.data.cleaning import Cleaned
from calloff.data.reading import Reading
from calloff.data.triangle import Triangle

FORMAT = 1  # of the JSON document; raised when a name changes its meaning


@dataclass(frozen=True)
class Inspection:
    """The facts of an input. Days are ISO dates; ``rows == rows_used + sum(set_aside)``.

    conflicts: part -> time stamps that disagree; totals_mismatch: part -> daily plans in which a
    total differs from its slots; mismatch_by_lead: D, D+1, ... -> plans; appear and vanish:
    part -> first or last day, where the file goes on before or after; gaps: part -> issue days
    without its plan in between; faults: faulty cells, one record each.
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
    nulls: dict[str, int]
    faults: list[dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: plain values only."""
        return asdict(self)


def inspect(reading: Reading, cleaned: Cleaned, triangle: Triangle) -> Inspection:
    """Put together what reading, cleaning and the triangle found."""
    days = triangle.days
    present = triangle.valid.any(axis=2)
    span = np.arange(days[0], days[-1] + np.timedelta64(1, "D")) if len(days) else days
    parts = np.array(triangle.parts, dtype=object)
    return Inspection(
        format=FORMAT,
        files=[_file(sheet) for sheet in reading.sheets],
        rows=reading.rows,
        rows_used=cleaned.rows_used,
        set_aside=cleaned.set_aside,
        parts=len(parts),
        issue_days=len(days),
        time_stamps=len(np.unique(reading.plans.issued)),
        first_day=str(days[0]) if len(days) else None,
        last_day=str(days[-1]) if len(days) else None,
        horizon=int(triangle.leads.max(initial=0)),
        target_days=len(triangle.target_days),
        stale_days=_iso(days[triangle.stale]),
        missing_days=_iso(span[~np.isin(span, days)]),
        conflicts=cleaned.stamps,
        conflict_policy=cleaned.policy.conflicts,
        totals_mismatch=_positive(parts, triangle.mismatch.sum(axis=1)),
        mismatch_by_lead=_positive(_lead_names(triangle), cleaned.mismatches.sum(axis=0)),
        unscored=parts[triangle.unscored].tolist(),
        appear=_edge(triangle, present, first=True),
        vanish=_edge(triangle, present, first=False),
        gaps=_positive(parts, _gaps(present)),
        all_zero=parts[(np.nan_to_num(triangle.quantity) == 0).all(axis=(1, 2))].tolist(),
        buckets=_unique(name for sheet in reading.sheets for name in sheet.buckets),
        ignored_columns=_unique(name for sheet in reading.sheets for name in sheet.ignored),
        skipped_sheets=list(reading.skipped),
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


def _iso(days: Any) -> list[str]:
    return [str(day) for day in days]


def _unique(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _positive(names: Any, counts: Any) -> dict[str, int]:
    return {str(n): int(c) for n, c in zip(names, counts, strict=True) if c}


def _lead_names(triangle: Triangle) -> list[str]:
    return [lead_name(lead) for lead in triangle.leads.tolist()]


def lead_name(lead: int) -> str:
    """D, D+1, D+2, ..."""
    return f"D+{lead}" if lead else "D"


def _gaps(present: Any) -> Any:
    """Issue days without a plan between a part's first and last (P)."""
    count = present.shape[1]
    if not count:
        return np.zeros(len(present), dtype=np.int64)
    first, last = present.argmax(axis=1), count - 1 - present[:, ::-1].argmax(axis=1)
    return np.where(present.any(axis=1), last - first + 1 - present.sum(axis=1), 0)


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
