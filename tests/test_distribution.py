"""How sure: coverage where the truth is known, and what must hold of any quantiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from asking import around, hindcasts_of
from calloff.data.load import load
from calloff.data.part_tables import Pack, Stock
from calloff.data.triangle import Triangle
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score_building, score_quantiles
from calloff.forecasters import named
from calloff.planning.build import BuildSpec, plan_build, to_packs
from calloff.rolling.spec import Spec
from calloff.texts.errors import CalloffError
from calloff.uncertainty.conformal import GRID
from calloff.uncertainty.distribution import Distribution, check_levels, cover
from support import real_file, triangle

LEVELS = (0.1, 0.5, 0.9)


def noisy(days: int = 60, parts: int = 30, seed: int = 3) -> Triangle:
    """Parts of many sizes whose call-offs are the plan times a lognormal error."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(4, 1, parts))
    plans = {}
    dates = np.datetime64("2024-01-01") + np.arange(days).astype("timedelta64[D]")
    for part in range(parts):
        plan = np.round(size[part] * rng.uniform(0.7, 1.3, days + 1))
        called = np.round(plan * np.exp(rng.normal(0, 0.2, days + 1)))
        plans[f"P{part}"] = {str(dates[day]): [called[day], plan[day + 1]] for day in range(days)}
    return triangle(plans)


def test_coverage_where_the_truth_is_known() -> None:
    table = backtest(noisy(), Spec(lead=1), methods=["plan"], first="2024-01-20", quantiles=LEVELS)
    (scores,) = score_quantiles(table, ["q10", "q50", "q90"]).to_dicts()
    assert scores["pairs"] > 1000
    assert scores["coverage"] == pytest.approx(0.8, abs=0.02)
    below = (table["actual"] <= table["q90"]).mean()
    assert below == pytest.approx(0.9, abs=0.02)


def test_quantiles_rise_and_are_never_negative() -> None:
    table = backtest(noisy(), Spec(lead=1), methods=["ratio"], first="2024-02-01", quantiles=LEVELS)
    q = table.select("q10", "q50", "q90").to_numpy()
    assert (np.diff(q, axis=1) >= 0).all()
    assert (q >= 0).all()


def test_wider_parts_get_wider_bands() -> None:
    past = noisy().as_of("2024-02-20")
    query = past.ask(np.datetime64("2024-02-21"), 1)
    low, high = around(past, Spec(lead=1), named(["plan"])[0], query).quantiles([0.1, 0.9])
    size = np.nanmean(past.calloffs, axis=1)
    assert np.corrcoef(np.log(high - low), np.log(size))[0, 1] > 0.9


def test_pieces_are_whole_where_the_customers_are() -> None:
    made = noisy()
    query = made.as_of("2024-02-20").ask(np.datetime64("2024-02-21"), 1)
    for scale, whole in ((1.0, True), (0.37, False)):
        past = replace(made, quantity=made.quantity * scale).as_of("2024-02-20")
        again = replace(query, plan=query.plan * scale)
        found = around(past, Spec(lead=1), named(["plan"])[0], again)
        assert found.whole is whole
        assert bool((found.quantiles(LEVELS) % 1 == 0).all()) is whole


def test_too_few_days_say_nothing() -> None:
    table = backtest(noisy(6), Spec(lead=1), methods=["plan"], quantiles=LEVELS)
    first = table.filter(target=table["target"].min())
    assert first["q10"].is_null().all()
    assert table.filter(target=table["target"].max())["q10"].is_not_null().all()


def test_nothing_leaks_into_quantiles() -> None:
    made = noisy()
    cut = made.until("2024-02-10")
    for each in (made, cut):
        assert each.as_of("2024-02-10").known.fingerprint == cut.fingerprint
    spec, method = Spec(lead=1), named(["ratio"])[0]
    query = made.as_of("2024-02-10").ask(np.datetime64("2024-02-11"), 1)
    a = around(made.as_of("2024-02-10"), spec, method, query)
    b = around(cut.as_of("2024-02-10"), spec, method, query)
    np.testing.assert_array_equal(a.pieces, b.pieces)


def test_levels_are_checked() -> None:
    assert check_levels([0.9, 0.1, 0.9]) == (0.1, 0.9)
    with pytest.raises(CalloffError):
        check_levels([0.0])


# --- what to build


TEN = Distribution(100 + 40 * (GRID - 0.5)[:, None] * np.ones(2), 10)  # uniform, 80 to 120


def test_build_is_the_quantile_less_stock_in_packs() -> None:
    spec = BuildSpec(0.5, stock={"A": 30.0}, packs={"A": Pack(24), "B": Pack(7, 140)})
    found = plan_build(("A", "B"), *cover(TEN, spec.level), spec)
    assert found.cover.tolist() == pytest.approx([100, 100])
    assert found.build.tolist() == [72.0, 140.0]  # 70 -> three packs; the minimum of 20 packs


def test_what_is_expected_to_be_short_is_the_integral_over_the_tail() -> None:
    """Call-offs from 0 to 1000, all alike likely; those beyond the ends of GRID lie on these."""
    uniform = Distribution(1000 * GRID[:, None], 10)
    found = plan_build(("A",), *cover(uniform, 0.951), BuildSpec(0.951))
    assert found.build.tolist() == [951]
    tail = (995 - 951) ** 2 / 2 / 1000 + 0.005 * (995 - 951)
    assert found.shortage[0] == pytest.approx(tail, rel=2e-3)


def test_enough_stock_builds_nothing() -> None:
    spec = BuildSpec(0.9, stock={"A": 500.0}, packs={"A": Pack(10, 100)})
    found = plan_build(("A", "B"), *cover(TEN, spec.level), spec)
    assert found.build[0] == 0
    assert found.shortage[0] == 0
    assert found.surplus[0] == pytest.approx(400)


def test_safety_stock_is_left_and_orders_and_days_before_count() -> None:
    stock = {"A": Stock(60, on_order=25, safety=15)}
    found = plan_build(("A", "B"), *cover(TEN, 0.5), BuildSpec(0.5, stock=stock), np.full(2, 40.0))
    assert found.projected.tolist()[0] == 60 + 25 - 40
    assert found.build.tolist() == [100 + 15 - 45, 100.0]  # of B no stock is known: all of it
    assert np.isnan([found.stock[1], found.before[1], found.projected[1], found.safety[1]]).all()
    assert found.surplus[0] == pytest.approx(15 + found.shortage[0], abs=0.1)


def test_what_is_missing_before_the_target_is_built_too() -> None:
    spec = BuildSpec(0.5, stock={"A": 10.0})
    found = plan_build(("A", "B"), *cover(TEN, 0.5), spec, np.array([30.0, 30.0]))
    assert (found.projected[0], found.build[0]) == (-20, 120)


def test_packs() -> None:
    need = np.array([0.0, 1, 24, 24.5, np.nan])
    found = to_packs(need, np.full(5, 24.0), np.full(5, 0.0))
    np.testing.assert_array_equal(found, [0, 24, 24, 48, np.nan])
    assert not np.signbit(found[:4]).any()  # "-0" stood in the tables
    whole = to_packs(np.array([2.1]), np.array([0.3]), np.zeros(1))  # 2.1 / 0.3 is above 7
    assert whole.tolist() == pytest.approx([2.1])


def test_the_newsvendors_level_costs_least() -> None:
    """Building to the critical ratio is cheaper than to any other level."""
    spec = BuildSpec(shortage_cost=3, surplus_cost=1)
    assert spec.level == 0.75

    def cost(level: float) -> float:
        found = plan_build(("A", "B"), *cover(TEN, level), spec)
        return float(3 * found.shortage[0] + found.surplus[0])

    assert cost(0.75) == min(cost(level) for level in np.linspace(0.05, 0.95, 19))


@pytest.mark.parametrize(
    "wrong",
    [{"shortage_cost": 1.0}, {"service_level": 1.5}, {"shortage_cost": -1.0, "surplus_cost": 1.0}],
)
def test_wrong_settings(wrong: dict[str, float]) -> None:
    with pytest.raises(CalloffError):
        BuildSpec(**wrong)  # type: ignore[arg-type]


def test_building_is_scored_against_the_plan() -> None:
    table = backtest(noisy(), Spec(lead=1), methods=["plan"], first="2024-01-20", quantiles=[0.95])
    plan, ours = score_building(table, "q95").to_dicts()
    assert plan["method"] == "build to plan"
    assert ours["served"] == pytest.approx(0.95, abs=0.02)
    assert ours["short"] < plan["short"]
    assert ours["over"] > plan["over"]


def test_real_coverage_and_width() -> None:
    """On the days before the scored ones: near 80 %, and narrower than around the plan. From two
    days ahead, where there are nine of them with a band; from three there are five."""
    made = load(real_file("kamp_until_1022.xls")).triangle.excluding(["Part 21", "Part 26"])
    table = backtest(made, Spec(lead=2), methods=["plan", "auto"],
                     last="2021-10-08", quantiles=LEVELS)  # fmt: skip
    plan, ours = score_quantiles(table, ["q10", "q50", "q90"]).to_dicts()
    assert 0.74 < ours["coverage"] < 0.90
    assert ours["width"] < plan["width"]
    assert ours["pinball"] < plan["pinball"]


def test_a_hindcast_is_what_was_said_at_the_time() -> None:
    made = noisy(days=20, parts=5)
    past = made.as_of("2024-01-15")
    found = hindcasts_of(past, Spec(lead=1), named(["ratio"])[0])
    table = backtest(made, Spec(lead=1), methods=["ratio"], last="2024-01-15")
    last = table.filter(target=table["target"].max())
    np.testing.assert_array_equal(found.forecast[0, -1], last["forecast"].to_numpy())
