"""How good we were: by method, against the planner's own numbers, by day, and by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from calloff.evaluation.scores import score
from calloff.overrides.table import METHOD, Beside, Overrides, beside
from calloff.planning.results import Results
from calloff.report.workbook.build import band
from calloff.report.workbook.deviations import axis, title
from calloff.report.workbook.grid import Column, new_sheet, place, table_sheet, write_rows
from calloff.report.workbook.style import GREY, MORE, WEAK_LESS, WEAK_MORE, WHITE, Book
from calloff.rolling.answers import PLAN

METHODS = {"method": "text", "mae": "fine", "x_plan": "ratio", "bias": "bias", "wape": "share",
           "in_band": "share", "pairs": "pieces", "stand_ins": "pieces"}  # fmt: skip
AGAINST = {"pairs": "pieces", "plan_mae": "fine", "our_mae": "fine", "x_plan": "ratio",
           "plan_bias": "bias", "our_bias": "bias", "in_band": "share"}  # fmt: skip
LEFT = 8  # columns of tables; the charts stand to the right


def write_score(book: Book, results: Results, overrides: Overrides) -> None:
    """The sheet Score, or a line that says why there is nothing on it."""
    sheet = new_sheet(book, "score")
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, LEFT - 1, 12)
    sheet.freeze_panes(1, 0)
    pairs = results.pairs
    if pairs.is_empty():
        sheet.write_string(0, 0, book.say("book.score_none"), book.title())
        return
    days = pairs["target"].unique().sort()
    facts = {"first": days[0], "last": days[-1], "targets": len(days)}
    words = book.say("book.score_title", lead=results.settings.spec.lead, **facts)
    sheet.write_string(0, 0, words, book.title())
    sheet.write_string(1, 0, book.say("scores.legend"), book.note())
    free = _by_method(book, sheet, results, 3)
    mine = beside(pairs, overrides, results.settings.spec.lead)
    free = _beside(book, sheet, results, mine, free)
    _by_day(book, sheet, results, free)


def _columns(book: Book, kinds: dict[str, str], *first: Column) -> list[Column]:
    return [*first, *(Column(name, book.say(f"bookhead.{name}"), kinds[name]) for name in kinds)]


def _by_method(book: Book, sheet: Any, results: Results, top: int) -> int:
    columns = _columns(book, METHODS)
    inside = results.pairs.group_by("method", maintain_order=True).agg(in_band=_in_band(results))
    table = score(results.pairs).sort("mae", maintain_order=True)
    rows = table.join(inside, on="method", how="left", maintain_order="left").to_dicts()
    ours = [at for at, row in enumerate(rows) if row["method"] == _name(results)]
    free = write_rows(book, sheet, columns, rows, top, bold=ours)
    around_one(sheet, place(columns, "x_plan"), top + 1, free - 1)
    sheet.write_string(free, 0, book.say("book.score_used", method=_name(results)), book.note())
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


def _beside(book: Book, sheet: Any, results: Results, found: Beside, top: int) -> int:
    """The planner's numbers against ours and the plan, on the same pairs; nothing where none."""
    refused, name = found.refused.height, _name(results)
    if found.pairs.is_empty() and not refused:
        return top
    pairs = found.pairs.filter(pl.col("method").is_in([METHOD, PLAN, name]))
    scores = score(pairs).sort("mae", maintain_order=True) if pairs.height else pairs
    rows = scores.to_dicts()
    kinds = {name: kind for name, kind in METHODS.items() if name not in ("in_band", "stand_ins")}
    count = rows[0]["pairs"] if rows else 0
    sheet.write_string(top, 0, book.say("book.score_yours", pairs=count), book.title())
    yours = [at for at, row in enumerate(rows) if row["method"] == METHOD]
    free = write_rows(book, sheet, _columns(book, kinds), rows, top + 1, bold=yours)
    if refused:
        sheet.write_string(free, 0, book.say("book.score_refused", refused=refused), book.note())
    return free + 2


def _by_day(book: Book, sheet: Any, results: Results, top: int) -> None:
    columns = _columns(book, AGAINST, Column("target", book.say("bookhead.target"), "day"))
    rows = against(results, "target").sort("target").to_dicts()
    sheet.write_string(top, 0, book.say("book.score_days", method=_name(results)), book.title())
    free = write_rows(book, sheet, columns, rows, top + 1)
    around_one(sheet, place(columns, "x_plan"), top + 2, free - 1)
    chart = book.file.add_chart({"type": "line"})
    for name, colour, dash in (("plan_mae", GREY, "dash"), ("our_mae", MORE, "solid")):
        at, where = place(columns, name), sheet.get_name()
        line = {"color": colour, "width": 2.25, "dash_type": dash}
        marker = {"type": "circle" if dash == "solid" else "diamond", "size": 6,
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


def write_parts(book: Book, results: Results) -> None:
    """The sheet with a score for each part, those with the worst plans first."""
    if results.pairs.is_empty():
        return
    columns = _columns(book, AGAINST, Column("part", book.say("bookhead.part")))
    rows = against(results, "part").sort("plan_mae", descending=True, maintain_order=True)
    sheet = table_sheet(book, "parts", columns, rows.to_dicts())
    around_one(sheet, place(columns, "x_plan"), 1, rows.height)


def against(results: Results, by: str) -> pl.DataFrame:
    """Our forecast and the plan on the same pairs, one row for each value of ``by``."""
    error, miss = pl.col("forecast") - pl.col("actual"), pl.col("plan") - pl.col("actual")
    ours = results.pairs.filter(method=_name(results))
    table = ours.group_by(by, maintain_order=True).agg(
        pairs=pl.len(),
        plan_mae=miss.abs().mean(),
        our_mae=error.abs().mean(),
        plan_bias=miss.mean(),
        our_bias=error.mean(),
        in_band=_in_band(results),
    )
    ratio = pl.when(pl.col("plan_mae") > 0).then(pl.col("our_mae") / pl.col("plan_mae"))
    return table.with_columns(x_plan=ratio)


def _in_band(results: Results) -> pl.Expr:
    """The share of call-offs between the lowest and the highest quantile; null where unknown."""
    low, high = band(results)
    if not low:
        return pl.lit(None, pl.Float64).first()
    return ((pl.col(low) <= pl.col("actual")) & (pl.col("actual") <= pl.col(high))).mean()


def around_one(sheet: Any, column: int, first: int, last: int) -> None:
    """Colours of a ratio to the plan: blue where better, orange where worse, 1 white."""
    scale: dict[str, Any] = {"type": "3_color_scale"}
    for place_, value, colour in _STEPS:
        scale |= {f"{place_}_type": "num", f"{place_}_value": value, f"{place_}_color": colour}
    sheet.conditional_format(first, column, last, column, scale)


_STEPS: Sequence[tuple[str, float, str]] = (
    ("min", 0.5, WEAK_MORE), ("mid", 1.0, WHITE), ("max", 1.5, WEAK_LESS)
)  # fmt: skip


def _name(results: Results) -> str:
    return results.forecast.choice.method.name
