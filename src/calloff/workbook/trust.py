"""Which of today's plans to distrust, the least believable first."""

from __future__ import annotations

from calloff.evening import Evening
from calloff.workbook.grid import Column, place, table_sheet
from calloff.workbook.style import WEAK_LESS, WHITE, YOURS, Book
from calloff.workbook.words import flags

COLUMNS = {"part": "text", "target": "day", "plan": "pieces", "expected": "pieces",
           "usual": "fine", "inside": "share", "changed": "share", "low_plan": "pieces",
           "high_plan": "pieces", "days": "pieces", "trust": "text"}  # fmt: skip


def write_trust(book: Book, evening: Evening) -> None:
    """The sheet Trust."""
    tolerance = f"{evening.trust.tolerance:.0%}"
    flag = flags(evening)
    columns = [
        Column(name, book.say(f"bookhead.{name}", tolerance=tolerance), kind)
        for name, kind in COLUMNS.items()
    ]
    rows = [
        row
        | {"usual": row["deviation"], "low_plan": row["low"], "high_plan": row["high"]}
        | {"days": row["pairs"], "trust": book.say(f"bookflag.{flag[row['part']]}")}
        for row in evening.trust.today.iter_rows(named=True)
    ]
    sheet = table_sheet(book, "trust", columns, rows)
    if not rows:
        return
    at, last = place(columns, "usual"), len(rows)
    bar = {"type": "data_bar", "data_bar_2010": True, "bar_solid": True, "bar_color": "#F3C879"}
    sheet.conditional_format(1, at, last, at, bar)
    at = place(columns, "inside")
    scale = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "max_type": "num",
             "max_value": 1, "min_color": WEAK_LESS, "max_color": WHITE}  # fmt: skip
    sheet.conditional_format(1, at, last, at, scale)
    at = place(columns, "trust")
    for name, colour in (("distrust", WEAK_LESS), ("watch", YOURS)):
        value = f'"{book.say(f"bookflag.{name}")}"'
        rule = {"type": "cell", "criteria": "==", "value": value, "format": book.fill(colour)}
        sheet.conditional_format(1, at, last, at, rule)
