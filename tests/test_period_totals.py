"""Covering several target days together: sums, what hangs together in them, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from asking import around, evidence_of_period, sure
from calloff.cli.main import main
from calloff.data.triangle import Past, Query, Triangle
from calloff.evaluation.period_backtest import backtest_cover
from calloff.evaluation.scores import score_building
from calloff.forecasters import named
from calloff.forecasters.plan import Plan
from calloff.planning.build import BuildSpec
from calloff.planning.forecast import forecast
from calloff.rolling.answers import ask_together
from calloff.rolling.origins import days_ahead, period_origins, periods_ahead
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError
from support import triangle

SPEC, HORIZON = Spec(lead=1), 5
(PLAN,) = named(["plan"])
Values = np.ndarray  # type: ignore[type-arg]


def period_ahead(past: Past, spec: Spec, days: int) -> Sequence[Query]:
    """The next target days, covered together."""
    return periods_ahead(past, spec, days_ahead(past, spec), 1, days)[0]


def drawn(error: Callable[[np.random.Generator, int], Values], days: int = 75) -> Triangle:
    """Parts whose plans are the level, whose call-offs are it plus an error (days) of their own,
    in tenths of the level."""
    rng = np.random.default_rng(8)
    dates, plans = np.datetime64("2024-01-01") + np.arange(days).astype("timedelta64[D]"), {}
    for part in range(40):
        size = float(np.exp(rng.normal(5, 1)))
        level = size * rng.uniform(0.9, 1.1, days + HORIZON)
        called = np.maximum(level[:days] + 0.1 * size * error(rng, days), 0)
        plans[f"P{part}"] = {
            str(dates[day]): np.round([called[day], *level[day + 1 : day + HORIZON + 1]], 2)
            .tolist()
            for day in range(days)
        }  # fmt: skip
    return triangle(plans)


def apart(rng: np.random.Generator, days: int) -> Values:
    """Errors of days that have nothing to do with each other."""
    return rng.normal(0, 1, days)


def together(rng: np.random.Generator, days: int) -> Values:
    """A plan that is too low for one day is too low for the next ones."""
    error = rng.normal(0, 1, days)
    for day in range(1, days):
        error[day] = 0.8 * error[day - 1] + 0.6 * error[day]
    return error


def moved(rng: np.random.Generator, days: int) -> Values:
    """What is not called off on one day is called off on the next."""
    shift = rng.normal(0, 1, days + 1) / np.sqrt(2)
    return np.diff(shift)


@pytest.mark.parametrize("error", [apart, together, moved])
def test_the_service_level_is_reached(error: Callable[..., Values]) -> None:
    table = backtest_cover(
        drawn(error), SPEC, days=3, level=0.9, methods=["plan"], first="2024-02-01"
    )
    ours = score_building(table, "q90").filter(method="plan").row(0, named=True)
    assert ours["pairs"] > 1000
    assert ours["served"] == pytest.approx(0.9, abs=0.03)


def margins(error: Callable[..., Values]) -> tuple[float, float]:
    """Median margin above the plan at 90 %: of one day, and of three together."""
    past = drawn(error).as_of("2024-03-10")
    queries = period_ahead(past, SPEC, 3)
    one = around(past, SPEC, PLAN, queries[0]).quantiles([0.9])[0]
    three = sure(evidence_of_period(past, SPEC, PLAN, queries)).quantiles([0.9])[0]
    size, total = queries[0].plan, np.sum([query.plan for query in queries], axis=0)
    first = (one - size) / size, (three - total) / size
    return float(np.median(first[0])), float(np.median(first[1]))


def test_what_hangs_together_stays_together() -> None:
    """Margins of three days over one: the root of 3 for independent ones, more for errors that
    persist, less than one day's for pieces that only move."""
    one, three = margins(apart)
    assert three / one == pytest.approx(np.sqrt(3), rel=0.15)
    one, three = margins(together)  # sd of the sum: sqrt(3 + 4 * 0.8 + 2 * 0.64) = 2.73
    assert three / one == pytest.approx(2.73, rel=0.15)
    one, three = margins(moved)  # only the ends of the span are left: as one day
    assert three / one == pytest.approx(1.0, rel=0.2)


WEEK = {
    "A": {"2024-01-03": [5, 10, 20, 0, 0, 30, 40], "2024-01-04": [11, 20, 0, 0, 30, 40],
          "2024-01-05": [22, 0, 0, 33, 44], "2024-01-08": [35, 45, 50, 60, 70]},
    "B": {"2024-01-03": [1, 1, 1, 0, 0, 1, 1], "2024-01-04": [2, 1, 0, 0, 1, 1],
          "2024-01-05": [3, 0, 0, 1]},
}  # fmt: skip


def test_a_span_passes_idle_days_over() -> None:
    past = triangle(WEEK).as_of("2024-01-04")
    queries = period_ahead(past, SPEC, 2)
    assert [str(query.target) for query in queries] == ["2024-01-05", "2024-01-08"]
    assert ask_together(PLAN, past, queries, SPEC).pieces.tolist() == [50, 2]


def test_what_came_is_all_that_was_called_off_in_the_span() -> None:
    origins = period_origins(triangle(WEEK).as_of("2024-01-08"), SPEC, 2)
    found = {str(origin.cutoff): origin.actual for origin in origins}
    assert sorted(found) == ["2024-01-03", "2024-01-04"]  # later ones are not over yet
    assert found["2024-01-03"].tolist() == [11 + 22, 2 + 3]
    np.testing.assert_array_equal(found["2024-01-04"], [22 + 35, np.nan])  # B: no plan on the 8th


def test_the_record_reads_each_evenings_own_past() -> None:
    made = drawn(together)
    past = made.as_of("2024-03-01")
    (method,) = named(["ratio"])
    known = evidence_of_period(past, SPEC, method, period_ahead(past, SPEC, 3)).hindcasts
    then = made.as_of(known.days[-1])
    queries = period_ahead(then, SPEC, 3)
    assert str(queries[-1].target) == "2024-03-01"  # the last origin whose period is over
    said = ask_together(method, then, queries, SPEC)
    np.testing.assert_array_equal(known.forecast[0, -1], said.pieces)


def test_nothing_leaks() -> None:
    made = drawn(together)
    garbage = made.quantity.copy()
    garbage[:, made.days > np.datetime64("2024-03-01")] = 1e6
    spoiled = replace(made, quantity=garbage)
    (method,) = named(["ratio"])
    found = []
    for each in (made, spoiled, made.until("2024-03-01")):
        past = each.as_of("2024-03-01")
        evidence = evidence_of_period(past, SPEC, method, period_ahead(past, SPEC, 3))
        found.append(sure(evidence).quantiles([0.95])[0].tolist())
    assert found[0] == found[1] == found[2]


def test_forecast_subtracts_the_stock_once() -> None:
    made = drawn(together)
    spec = BuildSpec(0.9, stock={"P0": 25.0}, cover=3)
    found = forecast(made, SPEC, method="plan", build=spec)
    bare = forecast(made, SPEC, method="plan", build=replace(spec, stock={}))
    assert len(found.covered) == 3
    assert found.table["target"].n_unique() == 1
    first, without = (each.table.row(0, named=True) for each in (found, bare))
    past = made.as_of(found.cutoff)
    evidence = evidence_of_period(past, SPEC, PLAN, period_ahead(past, SPEC, 3))
    cover = sure(evidence).quantiles([0.9])[0][0]
    assert without["build"] == np.ceil(cover)
    assert first["build"] == np.ceil(cover - 25)
    assert 0 < first["shortage"] < first["surplus"]


def test_one_day_is_what_it_always_was() -> None:
    made = drawn(apart)
    found = forecast(made, SPEC, method="plan", quantiles=[0.9], build=BuildSpec(0.9))
    assert len(found.covered) == 1
    assert found.table["build"].to_list() == found.table["q90"].ceil().to_list()


def test_parts_whose_plan_does_not_reach_have_no_number() -> None:
    made = drawn(apart)
    quantity = made.quantity.copy()
    quantity[0, -1, 3:] = np.nan
    found = forecast(replace(made, quantity=quantity), SPEC, method="plan",
                     build=BuildSpec(0.9, cover=3)).table  # fmt: skip
    assert found["build"].is_null().to_list() == [True, *[False] * 39]


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (lambda made: period_ahead(made.as_of("2024-03-01"), SPEC, 6), "cover.horizon"),
        (lambda made: backtest_cover(made, SPEC, days=6, level=0.9), "cover.no_evening"),
        (lambda made: BuildSpec(cover=0), "option.range"),
    ],
)
def test_what_cannot_be_covered_says_why(do: Callable[[Triangle], object], code: str) -> None:
    with pytest.raises(CalloffError) as caught:
        do(drawn(apart, days=62))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_methods_keep_their_order() -> None:
    table = backtest_cover(drawn(apart), SPEC, days=2, level=0.9, methods=["ratio", "plan"],
                           first="2024-03-01")  # fmt: skip
    assert table["method"].unique(maintain_order=True).to_list() == ["ratio", "plan"]
    assert table.filter(pl.col("until") <= pl.col("target")).is_empty()


def export(path: Path) -> str:
    rows = ["part,issued_at,D,D+1,D+2,D+3"]
    rng = np.random.default_rng(2)
    for day in range(1, 29):
        for part in "XYZ":
            calls = rng.integers(20, 60, 4)
            rows.append(f"{part},2024-01-{day:02} 17:00,{','.join(map(str, calls))}")
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


def test_the_commands_cover_several_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = export(tmp_path / "plans.csv")
    common = ["--lead", "1", "--method", "ratio", "--cover", "2", "--quiet"]
    assert main(["forecast", file, *common, "--lang", "en"]) == 0
    assert "2 target days together: 2024-01-29 (Mon), 2024-01-30 (Tue)" in capsys.readouterr().out
    assert main(["backtest", file, *common, "--service-level", "0.9", "--lang", "ko"]) == 0
    assert "목표일 2일 합계의 90% 분위수" in capsys.readouterr().out
    assert main(["backtest", file, *common, "--lang", "en"]) == 2
    assert "--service-level" in capsys.readouterr().err
    assert main(["forecast", file, *common[:-3], "--cover", "5", "--lang", "en"]) == 2
    assert "(--cover)" in capsys.readouterr().err


def test_each_past_is_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[np.datetime64] = []
    fit = Plan.fit
    monkeypatch.setattr(Plan, "fit", lambda *its: fits.append(its[1].cutoff) or fit(*its))
    past = drawn(apart).as_of("2024-03-01")
    for _ in range(2):
        ask_together(PLAN, past, period_ahead(past, SPEC, 3), SPEC)
    assert [str(day) for day in fits] == ["2024-03-01"]
