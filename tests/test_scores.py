"""Scores of what is no backtest, or of columns that are not there: refused, with what there is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from calloff import CalloffError, Spec, backtest, load, score
from calloff.evaluation.scores import ratio_range, score_building, score_quantiles, score_ranges
from results_cases import LEVELS, plans


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    triangle = load(plans(list(LEVELS), list(LEVELS.values()), days=40)).triangle
    return backtest(triangle, Spec(2), methods=["plan", "last"], quantiles=[0.1, 0.9])


Scored = Callable[[pl.DataFrame], object]
SCORES: dict[str, Scored] = {
    "score": score,
    "score_ranges": score_ranges,
    "score_quantiles": lambda table: score_quantiles(table, ["q10", "q90"]),
    "score_building": lambda table: score_building(table, "q90"),
}


@pytest.mark.parametrize("name", SCORES)
def test_what_is_no_backtest_is_refused(name: str, table: pl.DataFrame) -> None:
    def said(value: Any) -> str:
        with pytest.raises(CalloffError) as caught:
            SCORES[name](value)
        return caught.value.problems[0].text()

    assert said(table.clear()) == "table has no rows"
    assert said(pl.DataFrame()).startswith("the table needs a column method, target, forecast")
    assert said(table.drop("plan")).startswith("the table needs a column plan; found: method, part")
    assert said(table.to_pandas().drop(columns="plan")).startswith("the table needs a column plan")
    assert said(None).startswith("table is of type NoneType; it must be of type polars.DataFrame")


def test_only_what_is_there_can_be_split_by(table: pl.DataFrame) -> None:
    with pytest.raises(CalloffError) as caught:
        score(table, by=["wekday", "part", "method"])
    first, second = caught.value.problems
    assert first.text().startswith("by is “wekday”; it must be one of: lag, weekday, part, origin")
    assert second.facts["value"] == "method"
    with pytest.raises(CalloffError, match=r"by is 'part'; it must be a list, such as \['part'\]"):
        score(table, by="part")
    once = score(table, by=["weekday"])
    assert score(table, by=["weekday", "weekday"]).equals(once)
    assert score(table, by=(name for name in ["weekday"])).equals(once)  # type: ignore[arg-type]


def test_only_quantiles_are_scored_as_such(table: pl.DataFrame) -> None:
    with pytest.raises(CalloffError, match="levels is “q95”; it must be one of: q10, q90"):
        score_building(table, "q95")
    with pytest.raises(CalloffError) as caught:
        score_quantiles(table, ["q10", "forecast", "0.9"])
    assert [problem.facts["value"] for problem in caught.value.problems] == ["forecast", "0.9"]
    with pytest.raises(CalloffError, match="levels is empty; give at least one"):
        score_quantiles(table, [])
    with pytest.raises(CalloffError, match="levels is 'q10'; it must be a list"):
        score_quantiles(table, "q10")


def test_quantiles_that_are_not_known_give_no_rows(table: pl.DataFrame) -> None:
    unknown = table.with_columns(q90=pl.lit(None, pl.Float64))
    assert score_building(unknown, "q90").is_empty()
    assert score_building(table, "q90")["method"].to_list() == ["build to plan", "plan", "last"]


def test_a_range_needs_days_of_both_sums() -> None:
    with pytest.raises(CalloffError, match="below has the shape"):
        ratio_range([1.0], [1.0, 2.0])
    with pytest.raises(CalloffError, match=r"len\(below\) is 0"):
        ratio_range([], [])
    with pytest.raises(CalloffError, match="draws is 0"):
        ratio_range([1.0], [1.0], draws=0)
    assert ratio_range([2.0] * 5, [1.0] * 5) == (2.0, 2.0)
