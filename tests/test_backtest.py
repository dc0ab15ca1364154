"""The rolling origin: pairs by hand, the reference figures on the real file, what is refused."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.triangle import Past, Query, Triangle, as_days
from calloff.evaluation import metrics
from calloff.evaluation.backtest import backtest, whole_past
from calloff.evaluation.scores import score, score_ranges
from calloff.forecasters import Fitted, Forecaster
from calloff.planning.forecast import forecast
from calloff.report.terminal.scores import all_scores, worst_planned
from calloff.rolling.origins import target_origins
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make
from calloff.texts.errors import CalloffError
from support import real_file, sent_by, triangle

# Works Monday to Friday; plans two days ahead; sends a copy on Saturday.
WEEK = {
    "A": {
        "2024-01-01": [10, 20, 30],
        "2024-01-02": [21, 31, 40],
        "2024-01-03": [33, 41, 50],
        "2024-01-04": [44, 51, 0],
        "2024-01-05": [55, 0, 0],
        "2024-01-06": [55, 0, 0],
    },
    "B": {"2024-01-01": [1, 2, 3], "2024-01-03": [5, 6, 7], "2024-01-04": [9, 9, 9]},
}


def test_pairs_by_hand() -> None:
    table = backtest(triangle(WEEK), Spec(lead=2), methods=["plan"])
    rows = [
        tuple(row)
        for row in table.select("part", "origin", "target", "lead", "plan", "actual").rows()
    ]
    d = {n: date(2024, 1, n) for n in range(1, 7)}
    assert rows == [
        ("A", d[1], d[3], 2, 30.0, 33.0),
        ("B", d[1], d[3], 2, 3.0, 5.0),
        ("A", d[2], d[4], 2, 40.0, 44.0),
        # B's last plan by 2 January is that of the 1st: it does not reach the 4th
        ("A", d[3], d[5], 2, 50.0, 55.0),
    ]
    assert table["forecast"].to_list() == table["plan"].to_list()


def test_scores_by_hand() -> None:
    table = backtest(triangle(WEEK), Spec(lead=2), methods=["plan", "last"])
    scores = {row["method"]: row for row in score(table).iter_rows(named=True)}
    assert scores["plan"]["mae"] == pytest.approx((3 + 2 + 4 + 5) / 4)
    assert scores["plan"]["bias"] == pytest.approx(-(3 + 2 + 4 + 5) / 4)
    assert scores["plan"]["x_plan"] == 1
    # the last call-offs at the origins: 10, 1, 21, 33
    assert scores["last"]["mae"] == pytest.approx((23 + 4 + 23 + 22) / 4)
    assert scores["last"]["wape"] == pytest.approx((23 + 4 + 23 + 22) / (33 + 5 + 44 + 55))


def test_scores_agree_with_the_metrics() -> None:
    table = backtest(triangle(WEEK), Spec(lead=1))
    for row in score(table, ["part"]).iter_rows(named=True):
        pairs = table.filter(method=row["method"], part=row["part"])
        actual, forecast = pairs["actual"].to_numpy(), pairs["forecast"].to_numpy()
        assert row["mae"] == pytest.approx(metrics.mae(actual, forecast))
        assert row["bias"] == pytest.approx(metrics.bias(actual, forecast))
        assert row["wape"] == pytest.approx(metrics.wape(actual, forecast))
        assert row["pairs"] == pairs.height


def test_weekday_groups() -> None:
    table = backtest(triangle(WEEK), Spec(lead=2), methods=["plan"])
    assert score(table, ["weekday"])["weekday"].to_list() == [3, 4, 5]  # 3 January 2024: Wednesday


def by_day(errors: dict[str, list[float]]) -> pl.DataFrame:
    """Two pairs a day whose errors add up to these, and a plan that is 10 pieces off each day."""
    rows = [
        (method, f"P{part}", date(2024, 1, 1 + day), 100 + share * error, 95.0, 100.0, method)
        for method, each in errors.items()
        for day, error in enumerate(each)
        for part, share in enumerate((0.25, 0.75))
    ]
    names = ["method", "part", "target", "forecast", "plan", "actual", "used"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(lead=pl.lit(3))


def test_ranges_agree_with_all_draws_there_are() -> None:
    errors = [2.0, 4.0, 6.0, 9.0, 20.0]
    found = score_ranges(by_day({"ours": errors})).row(0, named=True)
    every = [sum(draw) / 50 for draw in product(errors, repeat=5)]
    low, high = np.quantile(every, [0.05, 0.95])
    assert found["x_low"] == pytest.approx(low, abs=0.03)
    assert found["x_high"] == pytest.approx(high, abs=0.03)
    assert low < score(by_day({"ours": errors}))["x_plan"][0] < high


def test_ranges_are_of_days_and_not_of_pairs() -> None:
    """However many parts there are: if all days are alike there is nothing to draw."""
    found = score_ranges(by_day({"ours": [6.0] * 5, "theirs": [3.0, 9.0, 3.0, 9.0, 6.0]}))
    assert found.row(0) == pytest.approx(("ours", 0.6, 0.6))
    assert found["x_high"][1] - found["x_low"][1] > 0.2


def test_ranges_do_not_hang_on_the_order_of_rows() -> None:
    table = by_day({"ours": [2.0, 4.0, 6.0, 9.0, 20.0]})
    assert score_ranges(table.reverse()).rows() == score_ranges(table).rows()


def test_few_days_have_no_range() -> None:
    table = by_day({"ours": [2.0, 4.0, 6.0, 9.0]})
    assert score_ranges(table).is_empty()
    scores = all_scores(table)
    assert scores.filter(by="all")["x_low"].to_list() == [None]
    longer = all_scores(by_day({"ours": [2.0, 4.0, 6.0, 9.0, 20.0]}))
    assert longer.filter(by="all")["x_low"].is_not_null().all()
    assert longer.filter(pl.col("by") != "all")["x_low"].is_null().all()
    assert longer.columns[:4] == ["by", "group", "method", "mae"]


class Silent(Forecaster):
    name = "silent"

    def fit(self, past: Past, spec: Spec) -> Fitted:
        return SilentFit()


class SilentFit(Fitted):
    def predict(self, query: Query) -> np.ndarray:  # type: ignore[type-arg]
        answer = np.full(len(query.plan), -7.0)
        answer[0] = np.nan
        return answer


def test_the_plan_steps_in_and_is_named() -> None:
    table = backtest(triangle(WEEK), Spec(lead=2), methods=[Silent()])
    a = table.filter(part="A")
    assert a["forecast"].to_list() == a["plan"].to_list()
    assert a["used"].unique().to_list() == ["plan"]
    b = table.filter(part="B")
    assert b["forecast"].to_list() == [0.0]  # never negative
    assert score(table)["stand_ins"].to_list() == [3]


def test_origins_know_nothing_of_methods() -> None:
    now = whole_past(triangle(WEEK))
    (found,) = target_origins(now, Spec(lead=2), [np.datetime64("2024-01-04")])
    assert str(found.past.cutoff) == "2024-01-02"
    assert (~np.isnan(found.plan) & ~np.isnan(found.actual)).tolist() == [True, False]


@pytest.mark.parametrize("method", ["ratio", "blend"])
def test_the_range_at_each_origin_is_that_of_a_forecast_made_there(method: str) -> None:
    """With more past target days than are calibrated on, some of them between origin and target."""
    made = sent_by(make(Customer(parts=8, days=45, faults=False)), 6)
    spec, levels = Spec(lead=3), (0.1, 0.9)
    first = str(made.target_days[-4])
    table = backtest(made, spec, methods=[method], first=first, quantiles=levels)
    for target in table["target"].unique():
        origin = np.datetime64(target) - as_days(3)
        found = forecast(made, spec, as_of=str(origin), method=method, quantiles=levels, days=3)
        both = table.filter(target=target).join(found.table, on=["part", "target"])
        assert both.height > 5
        assert both["q10"].to_list() == both["q10_right"].to_list()
        assert both["q90"].to_list() == both["q90_right"].to_list()


def refused(made: Triangle, **options: object) -> str:
    with pytest.raises(CalloffError) as caught:
        backtest(made, **options)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    return problem.code


def test_what_cannot_be_scored_says_why() -> None:
    made = triangle(WEEK)
    assert refused(made, first="2025-01-01") == "backtest.no_targets"
    assert refused(made, spec=Spec(lead=30)) == "backtest.no_pairs"
    assert refused(made.excluding(["A", "B"]), spec=Spec(lead=1)) == "backtest.all_unscored"


@pytest.fixture(scope="module")
def real() -> Triangle:
    return load(real_file("kamp_until_1022.xls")).triangle.excluding(["Part 21", "Part 26"])


REFERENCE = {"plan": 16.729, "last": 40.388, "mean3": 33.292, "mean7": 31.875, "ratio": 12.131}


def test_reference_figures(real: Triangle) -> None:
    """The figures of the protocol, to the digits that it gives."""
    span = {"first": "2021-10-12", "last": "2021-10-22"}
    table = backtest(real, Spec(lead=3), methods=list(REFERENCE), **span)  # type: ignore[arg-type]
    scores = score(table)
    found = dict(zip(scores["method"], scores["mae"].round(3), strict=True))
    assert found == REFERENCE
    assert scores["pairs"].unique().to_list() == [950]
    assert table["target"].n_unique() == 9
    assert scores.filter(method="plan")["bias"].round(2).to_list() == [-10.59]
    left_out = {part for part, out in zip(real.parts, real.unscored, strict=True) if out}
    assert left_out == {"Part 21", "Part 26", "Part 94", "Part 95"}
    assert not left_out & set(table["part"])


def test_stale_days_turn_the_ranking_upside_down(real: Triangle) -> None:
    """Scored on stale days too, the plan looks worse than a mean: the copies are its "errors"."""
    from dataclasses import replace

    blind = replace(real, stale=np.zeros(len(real.days), dtype=bool))
    table = backtest(blind, Spec(lead=3), methods=["plan", "mean7"])
    mae = dict(score(table).select("method", "mae").rows())
    assert mae["mean7"] < mae["plan"]


def test_schema() -> None:
    table = backtest(triangle(WEEK), Spec(lead=1), methods=["plan"])
    columns = ["method", "part", "origin", "target", "lead", "forecast", "plan", "actual"]
    assert table.columns[:8] == columns
    assert table.schema["target"] == pl.Date


def test_twins_among_the_worst_planned_keep_their_order() -> None:
    """Left and right of a pair have the same error; a table must not list them by chance."""
    names = [f"Part {number:03}" for number in range(300)]
    table = pl.DataFrame({"part": names[::-1] * 3, "plan": [5.0] * 900, "actual": [3.0] * 900})
    assert worst_planned(table)["part"].to_list() == names
