"""Why a number is what it is, in words."""

from __future__ import annotations

from typing import Any

from calloff.forecasters import available
from calloff.planning.results import Results
from calloff.report.workbook.style import Book
from calloff.rolling.answers import PLAN

FEW = 3  # past days, below which nothing is said of a plan's habits
LEANING = 0.05  # of the mean call-off: a smaller bias is not worth a word


def why(book: Book, results: Results, row: dict[str, Any]) -> str:
    """How a forecast came about, in a line: the method, what plans of the part are like."""
    said = [_method(book, results, row)]
    said += [book.say(f"bookwhy.{mark}") for mark in _marks(results, row["part"])]
    if row["origin"] is not None and str(row["origin"]) != str(results.past.days[-1]):
        said.append(book.say("bookwhy.old", day=row["origin"]))
    bias, pairs = row["bias"], row["pairs"] or 0
    if pairs >= FEW and abs(bias) >= max(1.0, LEANING * (row["call_off"] or 0.0)):
        key = "bookwhy.too_much" if bias > 0 else "bookwhy.too_little"
        said.append(book.say(key, pieces=f"{abs(bias):,.0f}", pairs=pairs))
    return " · ".join(said)


def _method(book: Book, results: Results, row: dict[str, Any]) -> str:
    name, chosen = row["method"], results.forecast.choice.method.name
    if name == PLAN != chosen:
        return book.say("bookwhy.stand_in", method=chosen)
    if name.startswith("ratio") and not row["plan"]:
        return book.say("bookwhy.nothing")
    if name not in available():  # a forecaster of the user's own
        return book.say("bookwhy.other", method=name)
    ratio = row["forecast"] / row["plan"] if row["plan"] else 1.0
    return book.say(f"bookwhy.{name.replace('-', '_')}", ratio=f"{ratio:.2f}")


def _marks(results: Results, part: str) -> list[str]:
    """Findings that make the plans of a part doubtful."""
    known = results.past.known
    at = known.parts.index(part)
    found = (("totals", known.mismatch), ("conflict", known.conflict))
    return [name for name, mask in found if mask[at].any()]


def choice(book: Book, results: Results) -> str:
    """Which method, and why that one."""
    found = results.forecast.choice
    facts: dict[str, Any] = {"method": found.method.name, "targets": found.targets}
    if found.why in ("choice.best", "choice.auto"):
        best = found.scores.row(0, named=True)
        facts |= {"mae": f"{best['mae']:.2f}", "ratio": f"{best['x_plan']:.2f}"}
    return book.say(found.why, **facts)
