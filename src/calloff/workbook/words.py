"""Why a number is what it is, and how far to trust a plan, in words."""

from __future__ import annotations

from typing import Any

import polars as pl

from calloff.evening import Evening
from calloff.forecasters import available
from calloff.forecasters.record import PLAN
from calloff.workbook.style import Book

FEW = 3  # past days, below which nothing is said of a plan's habits
HALF, MOST = 0.5, 0.8  # of all pieces by which plans are usually off
LEANING = 0.05  # of the mean call-off: a smaller bias is not worth a word


def flags(evening: Evening) -> dict[str, str]:
    """Part -> "distrust" for those that together make half of all usual errors, in pieces, the
    largest first; "watch" up to four fifths; "steady" for the rest; "unknown" with little past;
    "unscored" for parts with conflicts or totals that disagree, and those left out."""
    today = evening.trust.today
    known = pl.col("pairs") >= FEW
    error = pl.when(known).then(pl.col("deviation")).otherwise(0).fill_null(0)
    table = today.select("part", known=known.fill_null(False), error=error)
    table = table.sort("error", descending=True, maintain_order=True)
    before = (pl.col("error").cum_sum() - pl.col("error")) / pl.col("error").sum()
    table = table.with_columns(before=before)
    found = {row["part"]: _flag(row) for row in table.iter_rows(named=True)}
    known_triangle = evening.past.known
    out = zip(known_triangle.parts, known_triangle.unscored, strict=True)
    return found | {part: "unscored" for part, unscored in out if unscored}


def _flag(row: dict[str, Any]) -> str:
    if not row["known"]:
        return "unknown"
    if row["error"] > 0 and row["before"] < HALF:
        return "distrust"
    return "watch" if row["error"] > 0 and row["before"] < MOST else "steady"


def why(book: Book, evening: Evening, row: dict[str, Any]) -> str:
    """How a forecast came about, in a line: the method, what plans of the part are like."""
    said = [_method(book, evening, row)]
    if row["origin"] is not None and str(row["origin"]) != str(evening.past.days[-1]):
        said.append(book.say("bookwhy.old", day=row["origin"]))
    bias, pairs = row["bias"], row["pairs"] or 0
    if pairs >= FEW and abs(bias) >= max(1.0, LEANING * (row["call_off"] or 0.0)):
        key = "bookwhy.too_much" if bias > 0 else "bookwhy.too_little"
        said.append(book.say(key, pieces=f"{abs(bias):,.0f}", pairs=pairs))
    return " · ".join(said)


def _method(book: Book, evening: Evening, row: dict[str, Any]) -> str:
    name, chosen = row["method"], evening.forecast.choice.method.name
    if name == PLAN != chosen:
        return book.say("bookwhy.stand_in", method=chosen)
    if name.startswith("ratio") and not row["plan"]:
        return book.say("bookwhy.nothing")
    if name not in available():
        return book.say("bookwhy.other", method=name)
    ratio = row["forecast"] / row["plan"] if row["plan"] else 1.0
    return book.say(f"bookwhy.{name.replace('-', '_')}", ratio=f"{ratio:.2f}")


def choice(book: Book, evening: Evening) -> str:
    """Which method, and why that one."""
    found = evening.forecast.choice
    facts: dict[str, Any] = {"method": found.method.name, "targets": found.targets}
    if found.why == "choice.best":
        best = found.scores.row(0, named=True)
        facts |= {"mae": f"{best['mae']:.2f}", "ratio": f"{best['x_plan']:.2f}"}
    return book.say(found.why, **facts)
