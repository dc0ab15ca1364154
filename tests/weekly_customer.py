"""A customer that plans by weeks, as a frame: what the tests of words for weeks show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from calloff.data.load import load
from calloff.data.part_tables import Stock
from calloff.planning.build import BuildSpec
from calloff.planning.results import Results, Settings, run
from calloff.rolling.spec import Spec

MONDAY = date(2023, 7, 3)
WEEKS = 30
PARTS = {"low": (60, 100), "high": (150, 100), "right": (80, 80), "creeping": (50, 90),
         "unplanned": (0, 40)}  # planned and called off  # fmt: skip


def weekly_plans(weeks: int = WEEKS) -> pl.DataFrame:
    """Plans of each Monday for that week and the five that follow; in the last weeks all are
    raised, the last part's newest is missing."""
    return pl.DataFrame([row for week in range(weeks) for row in _sent(week, weeks)])


def _sent(week: int, weeks: int) -> list[dict[str, Any]]:
    day = MONDAY + timedelta(weeks=week)
    rows = []
    for part, (planned, called) in PARTS.items():
        if part == "unplanned" and week == weeks - 1:
            continue
        row: dict[str, Any] = {"part": part, "issued_at": f"{day} 17:00", "D": called + week % 3}
        for ahead in range(1, 6):
            nearer = (5 - ahead) * 8 if part == "creeping" else 0
            raised = 20 if planned and week > weeks - 3 and week + ahead > weeks else 0
            more = (week + ahead) % 4 if planned else 0
            row[f"D+{7 * ahead}"] = planned + nearer + raised + more
        rows.append(row)
    return rows


def weekly_results(**settings: Any) -> Results:
    """The results of such a customer, three weeks ahead, with a stock."""
    build = BuildSpec(0.9, stock={"low": Stock(100, 20, 5)}, cover=settings.pop("cover", 1))
    asked = {"spec": Spec(lead=21), "method": "ratio", "scored": 9, "days": 2, **settings}
    return run(load(weekly_plans()), Settings(build=build, **asked))
