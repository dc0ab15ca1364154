"""Small evenings for the tests of what shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from calloff.data.load import load
from calloff.planning.results import Results, Settings, Source, run
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make

MONDAY = date(2024, 3, 4)
LEADS = 5
# For the golden summary: a part planned too low, one planned right, one in conflict.
LEVELS = {"A-1": (40, 50), "B-2": (20, 20), "C-3": (7, 9)}
NASTY = (
    "<script>alert(1)</script>",
    "</script><script>window.hit=1</script>",
    "\"'><img src=x onerror=hit()>",
    "=cmd|'/C calc'!A0",
    "@SUM(A1)",
    "a\u2028b\u2029c",
    "{{7*7}}${7*7}",
    "\u202egnp.exe",
    "부품-7 &amp; <b>",
)


def plans(names: Sequence[str], levels: Sequence[tuple[int, int]], days: int = 12) -> pl.DataFrame:
    """A wide frame: planned and called off by part, the week-end copied from Friday."""
    rows: list[dict[str, Any]] = []
    for step in range(days):
        day = MONDAY + timedelta(days=step)
        shown = day - timedelta(days=max(0, day.weekday() - 4))  # Friday's again
        for name, (planned, called) in zip(names, levels, strict=True):
            quantities = [_pieces(shown, lead, planned, called) for lead in range(LEADS)]
            heads = ["D", *(f"D+{lead}" for lead in range(1, LEADS))]
            stamp = f"{day} 17:30"
            row = dict(zip(heads, quantities, strict=True))
            rows.append({"part": name, "issued_at": stamp, **row})
    return pl.DataFrame(rows)


def _pieces(issued: date, lead: int, planned: int, called: int) -> int:
    """What is planned swings a little with the target day, so that no two days are alike."""
    target = issued + timedelta(days=lead)
    if target.weekday() > 4:
        return 0
    return (planned if lead else called) + target.day % 4


def small(**settings: Any) -> Results:
    """Three parts, twelve days, lead 2: the evening of the golden summary."""
    frame = plans(list(LEVELS), list(LEVELS.values()))
    conflict = frame.filter(pl.col("part") == "C-3").head(1).with_columns(D=pl.lit(1_000))
    frame = pl.concat([frame, conflict.cast(frame.schema)])  # type: ignore[arg-type]
    query = {"spec": Spec(lead=2), "scored": 4, **settings}
    return run(load(frame), Settings(**query), sources=[Source("a.csv", 12, "ab" * 32)])


def nasty() -> Results:
    """An evening whose parts are named by someone who means harm."""
    frame = plans(NASTY, [(10 + 3 * at, 12 + 3 * at) for at in range(len(NASTY))])
    sources = [Source("</script><b>.xlsx", 1, "00" * 32)]
    return run(load(frame), Settings(spec=Spec(lead=2), method="plan"), sources=sources)


@cache
def customer(parts: int, days: int = 30, method: str | None = "plan", scored: int = 3) -> Results:
    """A synthetic customer's evening; quick, as the plan is scored on a few days only."""
    truth = make(Customer(parts=parts, days=days))
    part, day = np.nonzero(truth.sent)
    heads = ["D", *(f"D+{lead}" for lead in range(1, truth.plan.shape[2]))]
    columns = {head: truth.plan[part, day, lead].astype(int) for lead, head in enumerate(heads)}
    frame = pl.DataFrame(
        {
            "part": [truth.parts[at] for at in part],
            "issued_at": [f"{truth.days[at]} 17:30" for at in day],
            **columns,
        }
    )
    return run(load(frame), Settings(method=method, scored=scored))
