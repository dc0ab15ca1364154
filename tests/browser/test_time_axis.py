"""Time in charts and tables: every day or week on the axis, weekly plans, years, small screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from calloff.data.load import load
from calloff.planning.results import Results, Settings, run
from calloff.rolling.spec import Spec
from results_cases import customer, small

Opened = Callable[..., Any]
WEEKS = 40
KEEP = """() => {
  if (window.real) return;
  window.real = echarts;
  window.echarts = { ...real, init: (host, ...rest) => (host.drawn = real.init(host, ...rest)) };
}"""
OPTION = """(at) => {
  const host = document.querySelectorAll(at[0])[at[1]];
  const { xAxis, yAxis, series } = host.drawn.getOption();
  return { days: xAxis[0].data, gap: yAxis[0].nameGap,
    series: series.map(({ type, data, connectNulls, name }) =>
      ({ type, data, connectNulls, name })) };
}"""


def weekly() -> Results:
    """Two parts, planned four weeks ahead, from one year into the next."""
    rows = []
    for week in range(WEEKS):
        day = date(2023, 7, 3) + timedelta(weeks=week)
        for at, part in enumerate(("A", "B")):
            actual = 100_000 * (at + 1) + 7_000 * (week % 5)
            rows.append({"part": part, "issued_at": f"{day} 17:00", "D": actual,
                         "D+28": 2 * actual + 1_000 * (week % 3)})  # fmt: skip
    return run(load(pl.DataFrame(rows)), Settings(spec=Spec(lead=28), method="ratio", scored=9))


def watch(page: Any) -> None:
    """Keep the charts that are drawn from now on."""
    page.evaluate(KEEP)


def option(page: Any, chart: str, at: int = 0) -> Any:
    """What a chart was drawn from; charts are drawn when they come into view."""
    watch(page)
    host = page.locator(chart).nth(at)
    host.scroll_into_view_if_needed()
    host.locator("canvas").first.wait_for()
    return page.evaluate(OPTION, [chart, at])


def steps(days: list[str]) -> set[int]:
    known = [date.fromisoformat(day) for day in days]
    return {(after - before).days for before, after in pairwise(known)}


def test_the_axis_has_every_day_though_nothing_is_sent_on_some(opened: Opened) -> None:
    page = opened(customer(12, method="ratio", scored=8))
    days = option(page, "#scores .chart")["days"]
    assert steps(days) == {1} and len(days) > 8  # week-ends too
    page.click("table.build button.open >> nth=0")
    page.locator("dialog canvas").first.wait_for()
    for at in range(2):  # the fan, and how the plan came about
        assert steps(option(page, "dialog .chart", at)["days"]) == {1}


def test_weekly_plans_are_drawn_with_every_week(opened: Opened) -> None:
    page = opened(weekly())
    watch(page)
    page.click("table.build button.open >> nth=0")
    found = option(page, "dialog .chart")
    assert steps(found["days"]) == {7}
    lines = [each for each in found["series"] if each["type"] == "line"]
    plans = [each for each in lines if sum(value is not None for value in each["data"]) == 2]
    assert len(plans) > 10 and all(each["connectNulls"] for each in plans)


def test_days_on_which_nothing_is_ever_sent_have_no_boxes_and_one_bar_no_chart(
    opened: Opened,
) -> None:
    page = opened(weekly())
    assert page.locator(".calendar .day").count() == WEEKS
    assert page.locator(".calendar .weekday").count() == 1
    assert page.get_by_role("heading", name="MAE by weekday").count() == 0
    assert page.get_by_role("heading", name="MAE by target week").count() == 1


def test_days_carry_their_year_where_there_are_several(opened: Opened) -> None:
    assert "2024" in opened(weekly()).locator("#scores .head p").inner_text()
    assert "2024" not in opened(small(method="ratio")).locator("#scores .head p").inner_text()


def test_the_title_of_an_axis_keeps_off_its_labels(opened: Opened) -> None:
    page = opened(weekly())
    label = len("160,000")  # of the largest error
    assert option(page, "#scores .chart.square")["gap"] > 7 * label


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_what_to_build_is_seen_on_a_phone(opened: Opened, lang: str) -> None:
    page = opened(customer(12, method="ratio"), lang=lang, width=390)
    box = page.locator("table.build td.col-build").first.bounding_box()
    assert box and box["x"] + box["width"] <= 390


def test_forecast_has_one_name_in_all_charts(opened: Opened) -> None:
    page = opened(customer(12, method="ratio", scored=8))
    for at in range(2):
        names = {each["name"] for each in option(page, "#scores .pair .chart", at)["series"]}
        assert "Forecast" in names and "ratio" not in names
