"""The trade's figures as tables, of a long table and of a past: equal to the plain functions."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import numpy as np
import polars as pl
import pytest

from calloff.data.load import load
from calloff.data.triangle import Past
from calloff.evaluation.figure_tables import FIGURES, FigureOptions, planning_figures
from calloff.evaluation.past_figures import past_figures
from calloff.evaluation.planning_figures import (
    accuracy_index_by_target,
    accuracy_index_by_volume,
    schedule_instability,
    weighted_bias,
)
from calloff.evaluation.tracking import tracking_signal, trigg_signal
from calloff.texts.errors import CalloffError
from support import real_file, triangle
from test_planning_figures import CALLED, PLAN, WEIGHTS

NAMES = [name for name in FIGURES if name not in ("targets", "alarm")]
START = date(2024, 1, 1)
AGREED = FigureOptions(weights=dict(zip([1, 2, 3], WEIGHTS, strict=True)))


def long(parts: dict[str, tuple[np.ndarray, np.ndarray]]) -> pl.DataFrame:
    """part -> plans (T, L) and call-offs (T), as the long table."""
    rows = [
        (part, START + timedelta(days=day), lead + 1, plan[day, lead], called[day])
        for part, (plan, called) in parts.items()
        for day, lead in product(*map(range, plan.shape))
    ]
    names = {"part": pl.String, "target": pl.Date, "lead": pl.Int64,
             "plan": pl.Float64, "called_off": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def random(parts: int = 3, seed: int = 1) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    made = {}
    for part in range(parts):
        plan = rng.integers(0, 9, (7, 4)).astype(float)
        plan[rng.random((7, 4)) < 0.3] = np.nan
        made[f"P{part}"] = plan, rng.integers(0, 9, 7).astype(float)
    return made


def test_worked_examples() -> None:
    row = planning_figures(long({"A": (PLAN[0], CALLED[0])}), options=AGREED).row(0, named=True)
    assert row["index_by_target"] == pytest.approx(0.6915, abs=5e-5)
    assert row["index_by_volume"] == pytest.approx(0.805)
    assert row["weighted_bias"] == pytest.approx(0.145, abs=5e-4)
    assert (row["part"], row["targets"], row["alarm"]) == ("A", 4, False)


def test_worked_tracking_signals() -> None:
    errors = np.array([5.0, -3, 8, 6, 7])
    table = long({"A": (errors[:, None] + 20, np.full(5, 20.0))})
    row = planning_figures(table).row(0, named=True)
    assert row["tracking_signal"] == pytest.approx(3.966, abs=5e-4)
    assert row["trigg_signal"] == pytest.approx(0.893, abs=5e-4)
    more = pl.concat([table, long({"A": (np.full((6, 1), 30.0), np.full(6, 20.0))})[-1:]])
    assert planning_figures(more)["alarm"].to_list() == [True]


def test_equal_to_the_plain_functions() -> None:
    parts, options = random(), FigureOptions(lead=2, fade=0.6, smoothing=0.4)
    plan = np.stack([each[0] for each in parts.values()])
    called = np.stack([each[1] for each in parts.values()])
    weights = 0.6 ** np.arange(1, 5)
    errors = np.full(called.shape, np.nan)
    for lead in (3, 2, 1):  # columns of leads 4, 3, 2: the shortest known one wins
        error = plan[:, :, lead] - called
        errors = np.where(np.isnan(error), errors, error)
    last = [np.flatnonzero(~np.isnan(row))[-1] for row in errors]
    expected = {
        "index_by_target": accuracy_index_by_target(plan, called, weights),
        "index_by_volume": accuracy_index_by_volume(plan, called, weights),
        "weighted_bias": weighted_bias(plan, called, weights),
        "instability": schedule_instability(plan, [1, 2, 3, 4], 0.6),
        "tracking_signal": [tracking_signal(e)[at] for e, at in zip(errors, last, strict=True)],
        "trigg_signal": [trigg_signal(e, 0.4)[at] for e, at in zip(errors, last, strict=True)],
    }
    found = planning_figures(long(parts), options=options)
    for name in NAMES:
        assert found[name].to_list() == pytest.approx(list(expected[name]), abs=1e-12), name
    assert found["targets"].to_list() == (~np.isnan(errors)).sum(axis=1).tolist()


def test_groups_are_all_their_pairs_together() -> None:
    parts = random(4)
    table = long(parts).with_columns(customer=pl.col("part").is_in(["P0", "P1"]).cast(pl.String))
    both = planning_figures(table, ["customer"])
    alone = planning_figures(table.filter(customer="true"), [])
    assert both.filter(customer="true").drop("customer").equals(alone)
    stacked = np.concatenate([parts["P0"][0], parts["P1"][0]])[None]
    called = np.concatenate([parts["P0"][1], parts["P1"][1]])[None]
    weights = 0.8 ** np.arange(1, 5)
    index = accuracy_index_by_target(stacked, called, weights)
    assert alone["index_by_target"].to_list() == pytest.approx(index)
    errors = table.filter(pl.col("customer") == "true").drop_nulls().fill_nan(None).drop_nulls()
    errors = errors.sort("lead").unique(["part", "target"], keep="first")
    sums = errors.group_by("target").agg(e=(pl.col("plan") - pl.col("called_off")).sum())
    signal = tracking_signal(sums.sort("target")["e"].to_numpy())[-1]
    assert alone["tracking_signal"].to_list() == pytest.approx([signal])


def test_parts_of_one_name_of_two_customers() -> None:
    one = long({"A": (PLAN[0], CALLED[0])}).with_columns(customer=pl.lit("x"))
    other = long({"A": (PLAN[0] + 3, CALLED[0])}).with_columns(customer=pl.lit("y"))
    both = planning_figures(pl.concat([one, other]), ["customer", "part"], AGREED)
    assert both.height == 2
    assert both["index_by_volume"][0] == pytest.approx(0.805)
    with pytest.raises(CalloffError, match="A has more than one row for 2024-01-01 at lead 1"):
        planning_figures(pl.concat([one, other]))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_is_nothing(seed: int) -> None:
    table = long(random())
    mixed = table.sample(fraction=1, shuffle=True, seed=seed)
    assert planning_figures(mixed).equals(planning_figures(table))
    assert planning_figures(mixed, []).drop("part", strict=False).row(0) == pytest.approx(
        planning_figures(table, []).row(0)
    )


def test_another_column_is_judged_by_its_name() -> None:
    table = long(random())
    renamed = table.rename({"plan": "forecast", "called_off": "actual"}).with_columns(plan=0.0)
    found = planning_figures(renamed, of="forecast", called_off="actual")
    assert found.equals(planning_figures(table))


def test_days_to_come_count_as_changes_only() -> None:
    came = long({"A": (PLAN[0][:3], CALLED[0][:3])})
    whole = long({"A": (PLAN[0], np.append(CALLED[0][:3], np.nan))})
    one, other = (planning_figures(table).drop("instability") for table in (came, whole))
    assert one.equals(other)
    expected = schedule_instability(PLAN, [1, 2, 3])
    assert planning_figures(whole)["instability"].to_list() == pytest.approx(list(expected))


def test_split_by_lead_and_by_a_column_that_is_judged() -> None:
    table = long(random())
    found = planning_figures(table, ["lead"], FigureOptions(fade=1))
    for lead in (1, 4):
        one = planning_figures(table.filter(lead=lead), [])
        assert found.filter(lead=lead).drop("lead").row(0) == pytest.approx(one.row(0))
    assert planning_figures(table, ["plan"])["plan"].is_sorted()


@pytest.mark.parametrize("by", [[], ["part"], ["part", "target"]])
def test_no_rows_give_no_figures(by: list[str]) -> None:
    table = planning_figures(long({}), by)
    assert table.columns == [*by, *FIGURES]
    assert table.is_empty()


def test_what_is_not_known_is_null() -> None:
    row = planning_figures(long({"A": (PLAN[0], np.full(4, np.nan))})).row(0, named=True)
    assert row["instability"] is not None
    assert {row[name] for name in (*NAMES, "alarm") if name != "instability"} == {None}


def test_what_cannot_be_used() -> None:
    table = long(random())
    with pytest.raises(CalloffError, match="called_off"):
        planning_figures(table.drop("called_off"))
    with pytest.raises(CalloffError, match="customer"):
        planning_figures(table, ["customer"])
    with pytest.raises(CalloffError, match=r"weights\[1\] is -1"):
        FigureOptions(weights={1: -1})


# --- from a past --------------------------------------------------------------------------------

DAYS = {
    "A": {
        "2024-01-01": [10, 20, 30],
        "2024-01-02": [25, 33, 40],
        "2024-01-03": [30, 44, 50],
        "2024-01-04": [44, 50, 60],
    },
    "B": {"2024-01-03": [5, 6, 7], "2024-01-04": [6, 9, 9]},
}


def table_of(past: Past) -> pl.DataFrame:
    """The long table of a past's target days, by plain loops."""
    rows = []
    for (p, part), (d, day) in product(enumerate(past.parts), enumerate(past.days)):
        for lead, pieces in zip(past.leads.tolist(), past.quantity[p, d], strict=True):
            target = day + np.timedelta64(lead, "D")
            at = np.flatnonzero((past.days == target) & past.is_target)
            if lead and len(at) and not np.isnan(pieces):
                called = float(past.calloffs[p, at[0]])
                rows.append((part, target.astype(object), lead, float(pieces), called))
    return pl.DataFrame(rows, schema=long({}).schema, orient="row")


@pytest.mark.parametrize("lead", [1, 3])
def test_a_past_gives_what_its_long_table_gives(lead: int) -> None:
    made = load(real_file("kamp_until_1022.xls")).triangle
    past, options = made.as_of("2021-10-15"), FigureOptions(lead=lead)
    found = past_figures(past, options)
    table = table_of(past)
    parts = planning_figures(table, options=options)
    ours = found.filter(level="part", name=pl.col("name")).drop("level").rename({"name": "part"})
    ours = ours.filter(pl.col("part").is_in(table["part"].unique())).sort("part")
    for name in NAMES:
        assert ours[name].to_list() == pytest.approx(parts[name].to_list(), nan_ok=True), name
    pooled = np.array(past.parts)[past.pooled].tolist()
    together = planning_figures(table.filter(pl.col("part").is_in(pooled)), [], options)
    assert found.row(0)[2:] == pytest.approx(together.row(0))
    assert len(pooled) < len(past.parts)


def test_nothing_later_is_read() -> None:
    made = load(real_file("kamp_until_1022.xls")).triangle
    whole, cut = (each.as_of("2021-10-08") for each in (made, made.until("2021-10-08")))
    assert past_figures(whole).equals(past_figures(cut))


def test_customers_have_rows_of_their_own_where_there_are_several() -> None:
    one = past_figures(triangle(DAYS).as_of("2024-01-04"))
    assert one["level"].to_list() == ["all", "part", "part"]
    two = past_figures(triangle(DAYS, sources=("y", "x")).as_of("2024-01-04"))
    assert two["level"].to_list() == ["all", "customer", "customer", "part", "part"]
    assert two["name"].to_list() == ["", "x", "y", "A", "B"]
    assert two.row(1)[2:] == two.row(4)[2:]  # each has one part
    assert two.row(2)[2:] == two.row(3)[2:]


def test_the_last_target_days() -> None:
    past = triangle(DAYS).as_of("2024-01-04")
    assert past_figures(past, last=1)["targets"].to_list() == [1, 1, 1]
    assert past_figures(past, last=2)["targets"].to_list() == [2, 2, 1]


def test_a_past_without_target_days_has_no_figures() -> None:
    past = triangle({"A": {"2024-01-01": [0, 5]}}).as_of("2024-01-01")
    for row in past_figures(past).iter_rows(named=True):
        assert row["targets"] == 0
        assert {row[name] for name in NAMES} == {None}


def test_parts_left_out_count_in_their_own_row_only() -> None:
    made = triangle(DAYS, sources=("y", "x"))
    whole, less = (past_figures(each.as_of("2024-01-04")) for each in (made, made.excluding(["A"])))
    assert less.filter(level="part").equals(whole.filter(level="part"))
    assert less["targets"].to_list() == [1, 1, 0, 3, 1]  # all, x, y, A, B


def test_parts_are_taken_in_blocks_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    made = load(real_file("kamp_until_1022.xls")).triangle
    whole = past_figures(made.as_of("2021-10-15"))
    monkeypatch.setattr("calloff.evaluation.past_figures.BLOCK", 7)
    assert past_figures(made.as_of("2021-10-15")).equals(whole)


def test_the_figures_are_those_of_the_last_250_target_days() -> None:
    days = np.datetime64("2023-01-02") + np.arange(252).astype("m8[D]")
    past = triangle({"A": {str(day): [1.0 + at % 3, 2.0] for at, day in enumerate(days)}}).as_of()
    assert past_figures(past)["targets"].to_list() == [250, 250]
