"""The scorecard: how good the forecasts were that were written down before their day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calloff.report import words
from calloff.report.summary.card import CardSummary
from calloff.report.summary.scores import GroupScores
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.grid import Column, new_sheet, write_rows
from calloff.report.workbook.score import around_one
from calloff.report.workbook.style import Book

METHODS = {"method": "text", "mae": "fine", "x_plan": "ratio", "bias": "bias", "wape": "share",
           "coverage": "share", "pairs": "pieces"}  # fmt: skip
FIGURES = {"method": "text", "index_by_target": "share", "index_by_volume": "share",
           "weighted_bias": "ratio", "instability": "share", "tracking_signal": "ratio",
           "trigg_signal": "ratio"}  # fmt: skip
GROUPS = {"week": "day", "lead": "pieces", "customer": "text", "part": "text"}
Rows = Sequence[Mapping[str, Any]]


def write_card(book: Book, summary: Summary) -> None:
    """The sheet of the scorecard, where there is one."""
    card = summary.card
    if card is None:
        return
    sheet = new_sheet(book, "card")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, len(METHODS), 12)
    first, last = (words.period(day, book.lang, weekly=book.weekly)
                   for day in (card.first, card.last))  # fmt: skip
    facts = {"first": first, "last": last, "targets": card.targets}
    sheet.write_string(0, 0, book.say("ledger.title", **facts), book.title())
    sheet.write_string(1, 0, book.say("scores.legend"), book.note())
    top = _methods(book, sheet, card, 3)
    top = _table(book, sheet, "book.card_figures", FIGURES, _figures(book, card), top)
    for name, kind in GROUPS.items():
        group = getattr(card, f"by_{name}")
        if name != "customer" or len(group.keys) > 1:
            top = _group(book, sheet, name, kind, group, top)


def _methods(book: Book, sheet: Any, card: CardSummary, top: int) -> int:
    for title, methods in (("book.card_methods", card.methods), ("ledger.own_title", card.own)):
        rows = [vars(row) | {"method": words.card_method(row.method, book.lang)} for row in methods]
        if rows:
            below = top + 2
            top = _table(book, sheet, title, METHODS, rows, top)
            around_one(sheet, list(METHODS).index("x_plan"), below, below + len(rows) - 1)
    return top


def _figures(book: Book, card: CardSummary) -> Rows:
    return [vars(row) | {"method": words.card_method(row.level, book.lang)} for row in card.figures]


def _table(
    book: Book, sheet: Any, title: str, kinds: Mapping[str, str], rows: Rows, top: int
) -> int:
    """A table below its title; the first row that is free after it and a blank one."""
    if not rows:
        return top
    sheet.write_string(top, 0, book.say(title), book.title())
    columns = [Column(name, book.say(f"term.{name}"), kind) for name, kind in kinds.items()]
    return write_rows(book, sheet, columns, rows, top + 1) + 1


def _group(book: Book, sheet: Any, name: str, kind: str, group: GroupScores, top: int) -> int:
    title = book.say(f"ledger.by_{name}", count=len(group.keys))
    sheet.write_string(top, 0, title, book.title())
    head = book.say(f"ledger.{name}" if name in ("week", "customer") else f"term.{name}")
    columns = [Column("key", head, kind), Column("pairs", book.say("term.pairs"), "pieces")]
    columns += [Column(each, words.card_method(each, book.lang), "fine") for each in group.mae]
    rows = [{"key": key, "pairs": group.pairs[at], **{m: mae[at] for m, mae in group.mae.items()}}
            for at, key in enumerate(group.keys)]  # fmt: skip
    free = write_rows(book, sheet, columns, rows, top + 1)
    return free + 1
