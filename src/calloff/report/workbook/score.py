"""How good we were: by method, against the planner's own numbers, by day, and by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from calloff.overrides.table import METHOD as OVERRIDE
from calloff.report import words
from calloff.report.summary.scores import MethodScore, OwnScores, Scores
from calloff.report.summary.summarise import Summary
from calloff.report.workbook.deviations import axis, title
from calloff.report.workbook.grid import Column, new_sheet, place, table_sheet, write_rows
from calloff.report.workbook.style import GREY, MORE, WEAK_LESS, WEAK_MORE, WHITE, Book
from calloff.texts.leads import say_lead

METHODS = {"method": "text", "mae": "fine", "x_plan": "ratio", "bias": "bias", "wape": "share",
           "coverage": "share", "pairs": "pieces", "stand_ins": "pieces"}  # fmt: skip
AGAINST = {"pairs": "pieces", "plan_mae": "fine", "our_mae": "fine", "x_plan": "ratio",
           "plan_bias": "bias", "our_bias": "bias", "coverage": "share"}  # fmt: skip
LEFT = 8  # columns of tables; the charts stand to the right


def write_score(book: Book, summary: Summary) -> None:
    """The sheet Score, or a line that says why there is nothing on it."""
    sheet = new_sheet(book, "score")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, LEFT - 1, 12)
    sheet.freeze_panes(1, 0)
    scores = summary.scores
    if scores is None:
        sheet.write_string(0, 0, book.say("book.score_none"), book.title())
        return
    first, last = (words.period(day, book.lang, weekly=book.weekly)
                   for day in (scores.first, scores.last))  # fmt: skip
    lead = summary.asked.lead
    said = say_lead(lead, book.lang, weekly=True) if book.weekly else lead
    facts = {"first": first, "last": last, "targets": scores.targets}
    line = book.say("book.score_title", lead=said, **facts)
    sheet.write_string(0, 0, line, book.title())
    sheet.write_string(1, 0, book.say("scores.legend"), book.note())
    free = _by_method(book, sheet, scores, 3)
    if summary.own_scores:
        free = _own(book, sheet, summary.own_scores, free)
    _by_day(book, sheet, scores, free)


def _columns(book: Book, kinds: dict[str, str], *first: Column) -> list[Column]:
    return [*first, *(Column(name, book.say(f"term.{name}"), kinds[name]) for name in kinds)]


def _rows(book: Book, methods: Sequence[MethodScore]) -> list[dict[str, Any]]:
    return [vars(row) | {"method": words.method(row.method, book.lang)} for row in methods]


def _by_method(book: Book, sheet: Any, scores: Scores, top: int) -> int:
    columns, rows = _columns(book, METHODS), _rows(book, scores.methods)
    ours = [at for at, row in enumerate(scores.methods) if row.method == scores.used]
    free = write_rows(book, sheet, columns, rows, top, bold=ours)
    around_one(sheet, place(columns, "x_plan"), top + 1, free - 1)
    sheet.write_string(free, 0, book.say("book.score_used", method=scores.used), book.note())
    chart = book.file.add_chart({"type": "bar"})
    name, first, last = sheet.get_name(), top + 1, free - 1
    chart.add_series({
        "categories": [name, first, 0, last, 0],
        "values": [name, first, 1, last, 1],
        "fill": {"color": MORE}, "gap": 45,
        "points": [{"fill": {"color": MORE if at in ours else "#B7C0C8"}}
                   for at in range(len(rows))],
        "data_labels": {"value": True, "num_format": "#,##0.0", "font": {"size": 9}},
    })  # fmt: skip
    chart.set_title(title(book.say("book.score_methods")))
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "line": {"color": GREY}, "num_font": {"size": 9}})
    _put(book, sheet, chart, 3, "book.score_methods")
    return free + 2


def _own(book: Book, sheet: Any, found: OwnScores, top: int) -> int:
    """The planner's numbers against ours and the plan, on the same pairs."""
    kinds = {name: kind for name, kind in METHODS.items() if name not in ("coverage", "stand_ins")}
    count = found.methods[0].pairs if found.methods else 0
    sheet.write_string(top, 0, book.say("book.score_own", pairs=count), book.title())
    yours = [at for at, row in enumerate(found.methods) if row.method == OVERRIDE]
    rows = _rows(book, found.methods)
    free = write_rows(book, sheet, _columns(book, kinds), rows, top + 1, bold=yours)
    if found.refused:
        note = book.say("book.score_refused", refused=found.refused)
        sheet.write_string(free, 0, note, book.note())
    return free + 2


def _by_day(book: Book, sheet: Any, scores: Scores, top: int) -> None:
    columns = _columns(book, AGAINST, Column("key", book.say("term.target"), "day"))
    rows = [vars(day) for day in scores.against_by_day]
    sheet.write_string(top, 0, book.say("book.score_days", method=scores.used), book.title())
    free = write_rows(book, sheet, columns, rows, top + 1)
    around_one(sheet, place(columns, "x_plan"), top + 2, free - 1)
    chart = book.file.add_chart({"type": "line"})
    for name, colour, dash in (("plan_mae", GREY, "dash"), ("our_mae", MORE, "solid")):
        at, where = place(columns, name), sheet.get_name()
        line = {"color": colour, "width": 2.25, "dash_type": dash}
        marker = {"type": "diamond" if dash == "solid" else "square", "size": 6,
                  "fill": {"color": colour}, "border": {"color": colour}}  # fmt: skip
        chart.add_series({
            "name": [where, top + 1, at], "line": line, "marker": marker,
            "categories": [where, top + 2, 0, free - 1, 0],
            "values": [where, top + 2, at, free - 1, at],
        })  # fmt: skip
    chart.set_title(title(book.say("book.score_by_day")))
    chart.set_y_axis(axis(book.say("book.pieces")) | {"min": 0})
    look = {"num_format": "mm-dd", "num_font": {"size": 9, "rotation": -45}, "text_axis": True}
    chart.set_x_axis(look | {"line": {"color": GREY}})
    chart.set_legend({"position": "top", "font": {"size": 10}})
    _put(book, sheet, chart, top, "book.score_by_day")


def _put(book: Book, sheet: Any, chart: Any, row: int, key: str) -> None:
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 640, "height": 330})
    sheet.insert_chart(row, LEFT + 1, chart, {"description": book.say(key), "object_position": 2})


def write_parts(book: Book, summary: Summary) -> None:
    """The sheet with a score for each part, those with the worst plans first."""
    if summary.scores is None:
        return
    columns = _columns(book, AGAINST, Column("key", book.say("term.part")))
    rows = [vars(part) for part in summary.scores.against_by_part]
    sheet = table_sheet(book, "parts", columns, rows)
    around_one(sheet, place(columns, "x_plan"), 1, len(rows))


def around_one(sheet: Any, column: int, first: int, last: int) -> None:
    """Colours of a ratio to the plan: blue where better, orange where worse, 1 white."""
    scale: dict[str, Any] = {"type": "3_color_scale"}
    for place_, value, colour in _STEPS:
        scale |= {f"{place_}_type": "num", f"{place_}_value": value, f"{place_}_color": colour}
    sheet.conditional_format(first, column, last, column, scale)


_STEPS: Sequence[tuple[str, float, str]] = (
    ("min", 0.5, WEAK_MORE), ("mid", 1.0, WHITE), ("max", 1.5, WEAK_LESS)
)  # fmt: skip
