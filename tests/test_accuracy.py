"""The benchmark of accuracy: contenders keep to the protocol, figures are what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from calloff import Fitted, Forecaster, Past, Spec, Triangle, backtest
from calloff.data.triangle import Query
from calloff.synth import BANK, make_customer
from calloff.synth.materials import Materials
from support import real_file

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "benchmarks"))

import accuracy  # noqa: E402
import accuracy_run  # noqa: E402
from accuracy_customers import QUICK, cases, chosen  # noqa: E402
from accuracy_run import CONTENDERS, NEEDS, Job, Result, methods, run  # noqa: E402
from accuracy_series import Continued, steps_to, weekday  # noqa: E402
from accuracy_tables import matrix, page, pieces, regrets, summary  # noqa: E402
from accuracy_trees import MEAN, Targets, grown, known_on  # noqa: E402

LEAD = 3
TARGETS = 2


def contender(name: str) -> Forecaster:
    pytest.importorskip(NEEDS[name], reason="contenders: pip install '.[bench]'")
    return CONTENDERS[name]


@pytest.fixture(scope="module")
def triangle() -> Triangle:
    """A daily customer of twelve parts, some of which pass."""
    settings = next(each for each in BANK if each.name == "daily-slipping")
    parts = Materials(parts=12, passing=0.3, lifetime=(10, 25))
    return make_customer(replace(settings, materials=parts)).history.triangle()


# The protocol


def said(method: Forecaster, triangle: Triangle, target: str) -> pl.DataFrame:
    grown.cache_clear()
    return backtest(triangle, Spec(lead=LEAD), methods=[method], first=target, last=target)


def differ(method_of: Callable[[Triangle, str], Forecaster], triangle: Triangle) -> int:
    """How many forecasts of the last target days change where the days after each origin are
    shuffled and blown up. Methods of another name remember nothing of each other."""
    changed = 0
    for target in triangle.target_days[-TARGETS:]:
        later = np.flatnonzero(triangle.days > target - np.timedelta64(LEAD, "D"))
        quantity = triangle.quantity.copy()
        quantity[:, later] = 7 * quantity[:, np.roll(later, 1)] + 1
        shuffled = replace(triangle, quantity=quantity)
        a, b = (said(method_of(each, name), each, str(target))
                for name, each in (("as-it-is", triangle), ("shuffled", shuffled)))  # fmt: skip
        both = a.join(b, on="part", suffix="_shuffled")
        assert len(both) > 3
        assert not both["actual"].equals(both["actual_shuffled"])
        assert both["used"].unique().to_list() == ["as-it-is"]
        changed += (both["forecast"] != both["forecast_shuffled"]).sum()
    return changed


@pytest.mark.parametrize("name", CONTENDERS)
def test_shuffling_later_days_changes_nothing(name: str, triangle: Triangle) -> None:
    method = contender(name)
    assert differ(lambda _, name: replace(method, name=name), triangle) == 0  # type: ignore[type-var]


class Peeking(Forecaster, Fitted):
    """Has seen the whole triangle, and says what will be called off."""

    def __init__(self, triangle: Triangle, name: str) -> None:
        self.name, self.triangle = name, triangle

    def fit(self, past: Past, spec: Spec) -> Peeking:
        self.places = [self.triangle.parts.index(part) for part in past.parts]
        return self

    def predict(self, query: Query) -> np.ndarray:
        return self.triangle.called_off(query.target)[self.places]


class Guessing(Peeking):
    """Says something else each time."""

    def predict(self, query: Query) -> np.ndarray:
        return np.random.default_rng().random(len(query.plan))


@pytest.mark.parametrize("method", [Peeking, Guessing])
def test_one_that_peeks_or_guesses_is_found(method: type[Peeking], triangle: Triangle) -> None:
    assert differ(method, triangle) > 3


def test_trees_see_of_a_past_target_what_was_known_on_its_origin(triangle: Triangle) -> None:
    """The rows that they learn from are those that they would have been asked about."""
    past = triangle.as_of(triangle.days[-1])
    whole = Targets.of(past, LEAD)
    for index in range(4, len(whole.days)):
        then = triangle.as_of(whole.days[index] - np.timedelta64(LEAD, "D"))
        query = then.ask(whole.days[index], LEAD)
        rows = [past.parts.index(part) for part in then.parts]
        targets = Targets.of(then, LEAD)
        seen = targets.inputs(known_on(targets.days, query), query.plan)
        learned = whole.inputs(whole.known[index], whole.plan[index])[rows]
        np.testing.assert_array_equal(seen, learned)


def test_trees_see_the_last_eight_call_offs_their_mean_the_age_and_the_size(
    triangle: Triangle,
) -> None:
    past = triangle.as_of(triangle.days[-1])
    targets = Targets.of(past, LEAD)
    part = int(np.flatnonzero(~np.isnan(targets.actual).any(axis=0))[0])
    count = len(targets.days) - 2
    inputs = targets.inputs(np.full(len(past.parts), count), targets.plan[count])[part]
    called = targets.actual[:count, part]
    np.testing.assert_array_equal(inputs[:8], called[-8:])
    assert inputs[MEAN] == pytest.approx(called[-8:].mean())
    assert inputs[-3] == targets.plan[count, part]
    assert inputs[-2] == count
    assert inputs[-1] == pytest.approx(called.mean())


def test_trees_are_grown_anew_every_four_target_days(triangle: Triangle) -> None:
    method = contender("lightgbm")
    days = triangle.target_days
    trees = []
    for count in range(12, 21):
        past = triangle.as_of(days[count - 1])
        assert int(past.is_target.sum()) == count
        fitted = method.fit(past, Spec(lead=LEAD))
        trees.append(fitted.trees[0].model_to_string())
    assert len(set(trees)) == 3
    assert trees[0] == trees[3] != trees[4] == trees[7] != trees[8]


def test_steps_are_counted_in_working_periods() -> None:
    monday = np.datetime64("2024-01-01")
    workdays = monday + np.array([0, 1, 2, 3, 4], dtype="timedelta64[D]")
    weeks = monday + 7 * np.arange(5).astype("timedelta64[D]")
    friday, tuesday = workdays[-1], np.datetime64("2024-01-09")
    assert steps_to(tuesday, friday, workdays) == 2
    assert steps_to(weeks[-1], weeks[0], weeks) == 4
    assert steps_to(np.datetime64("2024-01-06"), friday, workdays) == 1
    assert len(set(weekday(workdays))) == 5


class Counting:
    """A model that says how far ahead it was asked to look, and from how many call-offs."""

    def forecast(self, y: np.ndarray, h: int) -> dict[str, np.ndarray]:
        return {"mean": np.arange(1, h + 1) + 100.0 * len(y)}


def test_a_series_is_continued_up_to_the_target(triangle: Triangle) -> None:
    farthest = 0
    for target in triangle.target_days[-6:]:
        past = triangle.as_of(target - np.timedelta64(LEAD, "D"))
        days, calloffs = past.days[past.is_target], past.calloffs[:, past.is_target]
        said = Continued(days, calloffs, Counting()).predict(past.ask(target, LEAD))
        for part in np.flatnonzero(~np.isnan(said)):
            known = ~np.isnan(calloffs[part])
            steps = steps_to(target, days[known][-1], days)
            assert said[part] == steps + 100 * known.sum()
            farthest = max(farthest, steps)
    assert farthest > 1


def test_a_short_series_is_continued_by_its_mean() -> None:
    method = contender("autoets")
    settings = next(each for each in BANK if each.name == "daily-new")
    made = make_customer(settings).history.triangle()
    target = made.target_days[5]
    past = made.as_of(target - np.timedelta64(LEAD, "D"))
    said = method.fit(past, Spec(lead=LEAD)).predict(past.ask(target, LEAD))
    assert len(past.days) == 5
    np.testing.assert_allclose(said, past.calloffs.mean(axis=1))


# Customers and methods


def test_every_customer_has_a_question_that_can_be_scored() -> None:
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)
    assert sum(case.file is None for case in cases()) == len(BANK) >= 8
    for case in cases():
        if case.file is None and case.name != "daily-large":
            made = case.triangle()
            first, last = case.span(made)
            days = made.target_days
            assert ((days >= np.datetime64(first)) & (days <= np.datetime64(last))).sum() == (
                case.targets
            )
            quick = np.datetime64(case.span(made, quick=True)[0])
            assert (days >= quick).sum() == min(QUICK, case.targets)


@pytest.mark.parametrize(
    ("name", "pairs", "mae"), [("first-3", 950, 16.729), ("second", 11_262, 26_088.1)]
)
def test_the_real_customers_are_those_of_the_protocol(name: str, pairs: int, mae: float) -> None:
    (case,) = chosen([name])
    real_file(str(case.file))
    result = run(Job(name, "plan"))
    assert (result.pairs, result.failed) == (pairs, None)
    assert result.mae == pytest.approx(mae, abs=0.05)


def test_names_that_are_not_known_are_told() -> None:
    with pytest.raises(SystemExit, match="no such customer: nobody"):
        chosen(["first-3", "nobody"])
    with pytest.raises(SystemExit, match="no such method: guess"):
        methods(["plan", "guess"])
    assert "plan" not in methods(["plan", "ratio"], without=["plan"])
    assert [case.name for case in chosen(["first"])] == ["first-1", "first-2", "first-3", "first-5"]


def test_a_method_that_fails_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Forecaster):
        name = "broken"

        def fit(self, past: object, spec: object) -> None:  # type: ignore[override]
            raise ZeroDivisionError("no idea")

    monkeypatch.setitem(CONTENDERS, "broken", Broken())
    result = run(Job("daily-new", "broken", quick=True))
    assert (result.mae, result.failed) == (None, "ZeroDivisionError: no idea")
    assert "no idea" in page(chosen(["daily-new"]), ["broken"], [result])


def test_contenders_are_remembered_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = CONTENDERS["croston-sba"]
    contender("croston-sba")
    calls: list[str] = []
    scored = accuracy_run.scored

    def counted(*args: object) -> Result:
        calls.append("scored")
        return scored(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(accuracy_run, "scored", counted)
    job = Job("daily-new", "croston-sba", quick=True, cache=tmp_path)
    first, again = run(job), run(job)
    assert first == again
    assert first.mae is not None
    assert len(calls) == 1
    run(replace(job, quick=False))
    assert len(calls) == 2
    monkeypatch.setitem(CONTENDERS, "croston-sba", replace(plain, model="CrostonClassic"))  # type: ignore[type-var]
    assert run(job).mae != first.mae
    assert len(calls) == 3
    run(replace(job, method="plan"))
    run(replace(job, method="plan"))
    assert len(calls) == 5


# Figures


def result(case: str, method: str, mae: float | None, **fields: object) -> Result:
    return Result(case, method, mae, plan_mae=20.0, pairs=10, **fields)  # type: ignore[arg-type]


RESULTS = [
    result("first-1", "plan", 20.0), result("first-1", "lstm", 10.0),
    result("first-1", "auto", 9.0),
    result("first-2", "plan", 20.0), result("first-2", "lstm", 25.0),
    result("first-2", "auto", 22.0),
    result("daily-new", "plan", 20.0), result("daily-new", "lstm", 10.0),
    result("daily-new", "auto", 12.0),
]  # fmt: skip


def test_regret_is_over_the_best_single_method() -> None:
    found = regrets(RESULTS)
    assert found["first-1", "lstm"] == 1.0
    assert found["first-1", "auto"] == pytest.approx(0.9)
    assert found["first-2", "auto"] == pytest.approx(1.1)
    assert found["first-2", "plan"] == 1.0


def test_leads_of_one_customer_count_as_one() -> None:
    wanted = chosen(["first-1", "first-2", "daily-new"])
    row = next(line for line in summary(wanted, ["auto"], regrets(RESULTS)).splitlines()
               if "`auto`" in line)  # fmt: skip
    assert row == "| `auto` | 1.100 | 1.20 | daily-new | 1 of 3 |"
    rows = matrix(wanted, ["plan", "lstm", "auto"], regrets(RESULTS)).splitlines()
    assert rows[2] == "| first-1 | 2.00 | 1.00 | **0.90** |"


def test_methods_scored_on_other_pairs_are_not_compared() -> None:
    other = replace(RESULTS[1], pairs=11)
    with pytest.raises(ValueError, match="first-1"):
        regrets([RESULTS[0], other])


def test_figures_are_written_with_four_digits() -> None:
    assert [pieces(each) for each in (26088.137, 123.45, -2.345, None)] == [
        "26,088", "123.5", "−2.35", "",
    ]  # fmt: skip


def test_a_quick_run_leaves_figures_and_a_page(tmp_path: Path) -> None:
    file, made = tmp_path / "accuracy.json", tmp_path / "accuracy.md"
    script = [sys.executable, str(PROJECT / "benchmarks" / "accuracy.py"), "--quick"]
    words = ["--customers", "daily-new", "--json", str(file), "--page", str(made)]
    done = subprocess.run([*script, *words, "--methods", "plan,mean7"], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert "| daily-new |" in done.stdout
    rows = {row["method"]: row for row in json.loads(file.read_text("utf-8"))["results"]}
    assert set(rows) == {"plan", "mean7"}
    assert min(row["regret"] for row in rows.values()) == 1.0
    assert rows["plan"]["x_plan"] == 1.0
    assert all(name in made.read_text("utf-8") for name in ("## daily-new", "`mean7`", "`plan`"))
    triangle = chosen(["daily-new"])[0].triangle()
    first, last = chosen(["daily-new"])[0].span(triangle, quick=True)
    pairs = backtest(triangle, Spec(lead=3), methods=["mean7"], first=first, last=last)
    error = pairs.select((pl.col("forecast") - pl.col("actual")).abs().mean()).item()
    assert rows["mean7"]["mae"] == pytest.approx(error)


def test_figures_of_an_earlier_run_stand_beside(tmp_path: Path) -> None:
    file = tmp_path / "accuracy.json"
    file.write_text(accuracy.figures(RESULTS), encoding="utf-8")
    jobs = [Job("first-1", "lstm"), Job("daily-new", "ratio")]
    found = accuracy.earlier(file, jobs)
    assert found == [each for each in RESULTS if (each.case, each.method) != ("first-1", "lstm")]
    assert accuracy.earlier(None, jobs) == []
    failed = result("daily-new", "ratio", None, failed="no idea")
    assert accuracy.missing(jobs, RESULTS) == accuracy.missing(jobs, [*RESULTS, failed]) == jobs[1:]


def test_methods_made_of_others_start_first() -> None:
    jobs = [Job("daily-new", name) for name in ("plan", "auto", "lstm")]
    assert [job.method for job in accuracy.ordered(jobs)] == ["auto", "plan", "lstm"]


def test_the_page_is_of_the_customers_of_today() -> None:
    file = PROJECT / "docs" / "accuracy.md"
    if not file.exists():
        pytest.skip("not made yet: python benchmarks/accuracy.py --page docs/accuracy.md")
    text = file.read_text(encoding="utf-8")
    for case in cases():
        assert f"\n## {case.name}\n\n{case.about} *" in text
