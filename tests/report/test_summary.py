"""The summary as a value: golden for a small one (as JSON), figures against their sources.

After a change that is meant, `PYTHONPATH=tests python tests/report/test_summary.py` writes the
golden file anew.
"""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff.analysis.correlation import align, correlate
from calloff.evaluation.scores import score, score_quantiles
from calloff.overrides.table import SCHEMA, Overrides
from calloff.planning.results import Results
from calloff.report.html.plain import number
from calloff.report.html.summary_json import summary_json
from calloff.report.summary.findings import calendar
from calloff.report.summary.horizons import pooled
from calloff.report.summary.part_pages import CELLS, issue_days, part_pages
from calloff.report.summary.summarise import summarise
from results_cases import customer, small
from support import triangle

GOLDEN = Path(__file__).with_name("golden_summary.json")


def test_the_small_summary_says_what_it_said() -> None:
    found = json.loads(json.dumps(summary_json(summarise(small(method="ratio"))), allow_nan=False))
    assert found | {"version": ""} == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_nothing_in_it_can_be_set() -> None:
    summary = summarise(small(method="ratio"))
    for value in (summary, summary.forecast, summary.forecast.rows[0], summary.scores):
        with pytest.raises(FrozenInstanceError):
            value.first = None  # type: ignore[misc, union-attr]


def test_the_list_is_ranked_and_its_figures_hang_together() -> None:
    rows = summarise(small(method="ratio")).forecast.rows
    sizes = [abs(row.deviation) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert [row.part for row in rows] == ["A-1", "B-2"]  # C-3 is in quarantine
    for row in rows:
        assert row.deviation == row.forecast - row.plan
        assert row.share == row.deviation / row.plan


def test_target_days_count_and_add_up_their_rows() -> None:
    results = customer(20, method="ratio", scored=8)
    plan = pl.when(pl.int_range(pl.len()) < 3).then(99_999.0).otherwise("plan")
    table = results.forecast.table.with_columns(plan=plan)
    results = replace(results, forecast=replace(results.forecast, table=table))
    found = summarise(results).forecast
    (day,) = found.days
    verdicts = [row.verdict for row in found.rows]
    counts = {name: getattr(day, name) for name in ("distrust", "differs", "agrees")}
    assert counts == {name: verdicts.count(name) for name in counts}
    assert day.plans == len(found.rows) == sum(counts.values())
    assert counts["distrust"] >= 3
    assert day.plan == pytest.approx(sum(row.plan for row in found.rows))
    assert day.forecast == pytest.approx(sum(row.forecast for row in found.rows))


def test_the_verdict_is_made_of_numbers_that_are_not_rounded() -> None:
    """A plan half a piece below the range is no news; a little more is."""
    results = customer(20, method="ratio")
    for below, verdict in ((0.5, "agrees"), (0.52, "distrust")):
        table = results.forecast.table.with_columns(
            plan=100.0, forecast=pl.lit(101.0), q10=pl.lit(100.0 + below), q90=pl.lit(120.0)
        )
        changed = replace(results, forecast=replace(results.forecast, table=table))
        assert {row.verdict for row in summarise(changed).forecast.rows} == {verdict}


def test_scores_are_those_of_the_pairs() -> None:
    results = small(method="ratio")
    found = summarise(results).scores
    assert found
    wanted = {row["method"]: row for row in score(results.pairs).iter_rows(named=True)}
    for each in found.methods:
        assert each.mae == wanted[each.method]["mae"]
    for table in (found.by_day, found.by_lag, found.by_weekday, found.by_part):
        for method, values in table.mae.items():
            mean = np.average(np.array(values, dtype=float), weights=table.pairs)
            assert mean == pytest.approx(wanted[method]["mae"])
    used = results.pairs.filter(method="ratio")
    assert sum(found.totals.actual) == used["actual"].sum()


def test_the_method_used_stands_beside_the_plan_on_the_same_pairs() -> None:
    results = customer(20, method="ratio", scored=8)
    found = summarise(results).scores
    assert found
    pairs = results.pairs.filter(method="ratio")
    for rows, key in ((found.against_by_part, "part"), (found.against_by_day, "target")):
        for row in rows:
            mine = pairs.filter(pl.col(key) == row.key)
            errors = {name: mine[name] - mine["actual"] for name in ("forecast", "plan")}
            assert row.our_mae == pytest.approx(errors["forecast"].abs().mean())
            assert row.plan_mae == pytest.approx(errors["plan"].abs().mean())
            assert row.our_bias == pytest.approx(errors["forecast"].mean())
            assert row.plan_bias == pytest.approx(errors["plan"].mean())
            inside = mine.drop_nulls("q10").select(pl.col("actual").is_between("q10", "q90").mean())
            assert row.coverage == inside.item()
    assert [row.key for row in found.against_by_day] == sorted(found.totals.days)
    worst = [row.plan_mae or 0.0 for row in found.against_by_part]
    assert worst == sorted(worst, reverse=True)
    assert found.better == sum((row.x_plan or 1) < 1 for row in found.against_by_part)
    sure = {row["method"]: row for row in score_quantiles(results.pairs, ["q10", "q90"]).to_dicts()}
    ours = found.of("ratio")
    assert ours and ours.coverage == sure["ratio"]["coverage"]
    assert found.promised == pytest.approx(0.8)


def test_a_past_too_short_to_score_has_no_scores() -> None:
    found = summarise(small(as_of="2024-03-04"))
    assert found.scores is None
    assert found.parts.scored == ()
    json.dumps(summary_json(found), allow_nan=False)


def given(results: Results, days_before: int, pieces: float) -> Overrides:
    """An own number for B-2, made as of so many days before."""
    made = results.forecast.cutoff.astype(object) - timedelta(days=days_before)
    target = results.forecast.targets[0].astype(object)
    row = {"part": "B-2", "target": target, "evening": made, "made": made, "override": pieces}
    return Overrides(pl.DataFrame([{"plan": 1.0, "forecast": 1.0, **row}], schema=SCHEMA))


def test_own_numbers_stand_beside_the_forecast_each_as_of_its_day() -> None:
    results = small(method="ratio")
    earlier, own = given(results, 1, 66.0), given(results, 0, 77.0)
    later = given(results, -1, 88.0)  # of a day that has not come
    rows = [summarise(results, each).forecast.rows for each in (earlier, own, earlier.keep(own))]
    assert [(row.own, row.earlier, row.override) for _, row in rows] == [
        (None, 66.0, 66.0), (77.0, None, 77.0), (77.0, 66.0, 77.0),
    ]  # fmt: skip
    assert {row.override for row in summarise(results, later).forecast.rows} == {None}
    assert rows[0][0].override is None  # A-1 has none
    assert len(summarise(results, earlier.keep(own)).own) == 2


def test_parts_keep_what_was_sent() -> None:
    results = small(method="ratio")
    found = part_pages(results)
    part = next(each for each in found.pages if each.name == "A-1")
    place = results.past.parts.index("A-1")
    np.testing.assert_array_equal(part.plans, results.past.quantity[place])
    np.testing.assert_array_equal(part.called, results.past.calloffs[place])
    quarantined = next(each for each in found.pages if each.name == "C-3")
    assert np.isnan(quarantined.plans).all()
    assert quarantined.findings == (("conflicts", 1),)
    week_end = {date(2024, 3, 9), date(2024, 3, 10)}
    assert not week_end & set(found.axis)


def test_many_parts_keep_fewer_issue_days() -> None:
    plans = {f"P{n}": {f"2024-03-{day:02}": [n + day, 1.0] for day in range(1, 30)} for n in (1, 2)}
    past = triangle(plans).as_of("2024-04-01")
    assert issue_days(past) == 29
    wide = customer(40)
    assert issue_days(wide.past) * len(wide.past.parts) * len(wide.past.leads) <= CELLS


def test_the_calendar_has_a_letter_for_each_day() -> None:
    found = triangle(
        {
            "A": {
                "2024-03-01": [5, 4, 3],
                "2024-03-02": [5, 4, 3],
                "2024-03-04": [0, 2, 1],
                "2024-03-05": [3, 3, 3],
            }
        }
    )
    assert calendar(found) == "fsmif"


def test_pooled_correlation_of_one_part_is_its_own() -> None:
    rng = np.random.default_rng(5)
    days = [f"2024-03-{day:02}" for day in range(1, 21)]
    only = triangle({"A": {day: rng.integers(1, 90, 4).astype(float).tolist() for day in days}})
    found = pooled(only.as_of("2024-04-01"))
    own = correlate(align(only, "A"))
    assert found is not None
    assert found.leads == own.aligned.leads
    np.testing.assert_allclose(found.r, own.coefficient, atol=1e-12)


def test_numbers_are_short_and_never_nan() -> None:
    assert [number(value) for value in (1.0, 1.26, -0.04, float("nan"), None)] == [
        1, 1.3, 0, None, None,
    ]  # fmt: skip
    assert isinstance(number(2.0), int)


def test_no_folder_of_the_machine_is_told() -> None:
    results = small(method="plan")
    results.inspection.files[0]["file"] = "C:\\Users\\me\\plan.xls"
    assert summarise(results).data.files[0]["file"] == "plan.xls"
    results.inspection.files[0]["file"] = "/home/me/plan.xls"
    assert "home" not in json.dumps(summary_json(summarise(results)))


def test_loss_curves_are_there_where_a_network_had_a_part() -> None:
    learned = summarise(customer(20, method="lstm")).curves
    assert learned
    lengths = {len(loss) for loss in learned}
    assert len(learned) > 1 and len(lengths) == 1 and lengths.pop() > 1
    assert all(0 < loss < 1 for curve in learned for loss in curve)
    assert summarise(small(method="ratio")).curves is None


if __name__ == "__main__":
    value = summary_json(summarise(small(method="ratio"))) | {"version": ""}
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    GOLDEN.write_text(text + "\n", encoding="utf-8")
