"""How sure: coverage where the truth is known, and what must hold of any quantiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calloff.backtesting import backtest
from calloff.building import BuildSpec, Pack, plan_build, to_packs
from calloff.distribution import Distribution, around, check_levels, from_record
from calloff.forecasters import named
from calloff.forecasters.record import Record, track
from calloff.loading import load
from calloff.problems import CalloffError
from calloff.scoring import score_building, score_quantiles
from calloff.spec import Spec
from calloff.triangle import Triangle
from support import real_file, triangle

LEVELS = (0.1, 0.5, 0.9)


def noisy(days: int = 60, parts: int = 30, seed: int = 3) -> Triangle:
    """Parts of many sizes whose call-offs are the plan times a lognormal error."""
    rng = np.random.default_rng(seed)
    size = np.exp(rng.normal(4, 1, parts))
    plans = {}
    start = np.datetime64("2024-01-01")
    for part in range(parts):
        plan = np.round(size[part] * rng.uniform(0.7, 1.3, days + 1))
        called = np.round(plan * np.exp(rng.normal(0, 0.2, days + 1)))
        plans[f"P{part}"] = {str(start + day): [called[day], plan[day + 1]] for day in range(days)}
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
    asked = past.ask(np.datetime64("2024-02-21"), 1)
    unit = around(past, Spec(lead=1), named(["plan"])[0], asked.plan).unit
    size = np.nanmean(past.calloffs, axis=1)
    assert np.corrcoef(np.log(unit), np.log(size))[0, 1] > 0.9


def test_an_idle_day_has_no_error() -> None:
    past = noisy().as_of("2024-02-20")
    idle = np.zeros(len(past.parts))
    assert not around(past, Spec(lead=1), named(["plan"])[0], idle).unit.any()


def test_too_few_errors_say_nothing() -> None:
    few = Distribution(np.ones(2), np.zeros(3), np.full(3, 1 / 3))
    assert np.isnan(few.quantiles(np.ones(2), LEVELS)).all()


def record(error: np.ndarray) -> Record:  # type: ignore[type-arg]
    shape = error.shape
    days = np.datetime64("2024-01-01") + np.arange(shape[0])
    plan = np.full(shape, 100.0)
    return Record(named(["plan"]), days, plan[None], plan, plan + error, np.ones(shape, bool))


def test_newer_errors_weigh_more() -> None:
    error = np.where(np.arange(60)[:, None] < 30, -20.0, 20.0) * np.ones((60, 3))
    found = from_record(record(error), np.full(3, 100.0))
    assert found.weight.sum() == pytest.approx(1)
    assert found.weight[found.error > 0].sum() > 0.6


def test_a_new_part_borrows_from_the_others() -> None:
    made = record(np.tile([10.0, -10.0], (40, 2)))
    one_new = replace(made, scored=made.scored & (np.arange(4) != 3))
    found = from_record(one_new, np.array([100.0, 100, 100, 50]))
    assert found.unit[3] == pytest.approx(5, rel=0.05)  # the same share of half the size
    assert found.unit[0] == pytest.approx(10, rel=0.05)


def test_nothing_leaks_into_quantiles() -> None:
    made = noisy()
    cut = made.until("2024-02-10")
    for each in (made, cut):
        assert each.as_of("2024-02-10").known.fingerprint == cut.fingerprint
    spec, method = Spec(lead=1), named(["ratio"])[0]
    plan = made.as_of("2024-02-10").ask(np.datetime64("2024-02-11"), 1).plan
    a = around(made.as_of("2024-02-10"), spec, method, plan)
    b = around(cut.as_of("2024-02-10"), spec, method, plan)
    np.testing.assert_array_equal(a.error, b.error)
    np.testing.assert_array_equal(a.unit, b.unit)


def test_levels_are_checked() -> None:
    assert check_levels([0.9, 0.1, 0.9]) == (0.1, 0.9)
    with pytest.raises(CalloffError):
        check_levels([0.0])


# --- what to build


TEN = Distribution(np.array([10.0, 10.0]), np.arange(-2, 2, 0.1), np.full(40, 1 / 40))


def test_build_is_the_quantile_less_stock_in_packs() -> None:
    spec = BuildSpec(0.5, stock={"A": 30.0}, packs={"A": Pack(24), "B": Pack(7, 140)})
    found = plan_build(("A", "B"), np.array([100.0, 100.0]), TEN, spec)
    cover = 100 + 10 * TEN.error[19]
    assert found.cover.tolist() == pytest.approx([cover, cover])
    assert found.build.tolist() == [72.0, 140.0]  # 69 -> three packs; the minimum of 20 packs


def test_enough_stock_builds_nothing() -> None:
    found = plan_build(("A",), np.array([50.0]), replace(TEN, unit=TEN.unit[:1]),
                       BuildSpec(0.9, stock={"A": 500.0}, packs={"A": Pack(10, 100)}))  # fmt: skip
    assert found.build.tolist() == [0]
    assert found.shortage.tolist() == [0]
    assert found.surplus[0] == pytest.approx(450.5)


def test_packs() -> None:
    need = np.array([0.0, 1, 24, 24.5, np.nan])
    found = to_packs(need, np.full(5, 24.0), np.full(5, 0.0))
    np.testing.assert_array_equal(found, [0, 24, 24, 48, np.nan])
    assert not np.signbit(found[:4]).any()  # "-0" stood in the tables


def test_the_newsvendors_level_costs_least() -> None:
    """Building to the critical ratio is cheaper than to any other level."""
    spec = BuildSpec(shortage_cost=3, surplus_cost=1)
    assert spec.level == 0.75

    def cost(level: float) -> float:
        stock = TEN.quantiles(np.array([100.0, 100.0]), [level])[0]
        short, over = TEN.expected(np.array([100.0, 100.0]), stock)
        return float(3 * short[0] + over[0])

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
    """On the days before the scored ones: near 80 %, and narrower than around the plan."""
    made = load(real_file("kamp_until_1022.xls")).triangle.excluding(["Part 21", "Part 26"])
    table = backtest(made, Spec(lead=3), methods=["plan", "ensemble"], first="2021-10-04",
                     last="2021-10-08", quantiles=LEVELS)  # fmt: skip
    plan, ours = score_quantiles(table, ["q10", "q50", "q90"]).to_dicts()
    assert 0.74 < ours["coverage"] < 0.90
    assert ours["width"] < plan["width"]
    assert ours["pinball"] < plan["pinball"]


def test_a_record_is_what_was_said_at_the_time() -> None:
    made = noisy(days=20, parts=5)
    past = made.as_of("2024-01-15")
    found = track(past, Spec(lead=1), named(["ratio"]))
    table = backtest(made, Spec(lead=1), methods=["ratio"], last="2024-01-15")
    last = table.filter(target=table["target"].max())
    np.testing.assert_array_equal(found.forecast[0, -1], last["forecast"].to_numpy())
