"""Constants of the methods that no error pinned in ``test_pinned_errors.py`` hangs on by enough:
each decides something here that is worked out by hand, so that none can change unseen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl
import pytest

from calloff.data.triangle import Past, Triangle, as_days
from calloff.evaluation.selection import choose
from calloff.features.day_totals import at_work
from calloff.forecasters import examples, lstm, named
from calloff.forecasters.auto import Auto, Together
from calloff.forecasters.examples import SAMPLED, Examples, examples_of, examples_of_day, weights_of
from calloff.forecasters.inputs import Inputs, inputs_of
from calloff.forecasters.levels import line_factor, to_usual
from calloff.forecasters.lstm import Trainee, Tuned, _done, _judged
from calloff.forecasters.pretrained import pretrained
from calloff.forecasters.regression import ALONE, median_regression
from calloff.forecasters.regression import Examples as Regressed
from calloff.forecasters.rows import record_of, row_of
from calloff.forecasters.weights import Differences, Losses
from calloff.rolling.origins import working_days
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make
from calloff.uncertainty import conformal
from calloff.uncertainty.conformal import CalibrationSet, CalibrationTarget
from calloff.uncertainty.levels import LEVELS, at_levels
from support import NAN, sent_by, triangle

SPEC = Spec(lead=3)
ALL = np.ones(2, bool)
POWER_OF_TWO_DAYS = 8 * 1.95 / (1.95 + 2)  # of errors that are known of two days


@pytest.fixture(scope="module")
def customer() -> Triangle:
    return sent_by(make(Customer(parts=6, days=30, faults=False)), 6)


def test_factors_to_the_usual_level_have_limits() -> None:
    plan = np.array([10.0, 10.0])
    for usual, factor in ((100.0, 3.0), (20.0, 2.0), (1.0, 1 / 3)):
        assert to_usual(np.full(2, usual), plan, ALL) == pytest.approx(factor)
    past = triangle({name: {"2024-01-01": [5, 6], "2024-01-02": [6, 7]} for name in "AB"}).as_of()
    for usual, factor in ((100.0, 3.0), (1.0, 1 / 3)):
        assert line_factor(np.full(2, usual), plan, past) == pytest.approx(factor)


def test_usual_errors_have_a_first_and_a_least_value() -> None:
    scale = np.array([10.0, 50.0])
    none = Losses.none(2, 2)
    np.testing.assert_allclose(none.usual(scale, ALL), 0.3 * np.array([scale, scale]))
    never_wrong = none.after(np.zeros((2, 2)))
    np.testing.assert_allclose(never_wrong.usual(scale, ALL), 1e-3 * np.array([scale, scale]))


def test_the_trained_network_leads_until_there_is_a_record(customer: Triangle) -> None:
    past = customer.as_of(customer.days[0])
    members = Auto().members
    weights = Together(past, SPEC, members).weights(past.ask(past.cutoff + as_days(3), 3))
    assert [member.name for member in members] == ["lstm", "combined", "plan"]
    np.testing.assert_allclose(weights[:, 0], np.array([8.0, 0.4, 1.0]) / 9.4)


@pytest.mark.parametrize(("count", "factor"), [(29, 1.0), (30, 2.0)])
def test_a_regression_needs_thirty_examples(count: int, factor: float) -> None:
    plan = np.arange(1.0, count + 1)
    inputs = np.stack([plan, np.zeros(count), np.zeros(count), np.zeros(count)], axis=1)
    found = median_regression((Regressed(inputs, 2 * plan, np.ones(count)),), ALONE)
    assert found[0] == pytest.approx(factor, rel=0.01)


def test_a_regression_learns_from_forty_days() -> None:
    plans = {f"2024-0{month}-{day:02}": [day, day + 1.0, day + 2, day + 3]
             for month in (1, 2) for day in range(1, 30)}  # fmt: skip
    past = triangle({"A": plans, "B": plans}).as_of()
    assert len(record_of(past, SPEC).examples) == 40


def test_a_difference_as_large_as_its_scatter_counts_e_times() -> None:
    miss, scale = np.array([[10.0], [5.0]]), np.array([10.0])
    found = Differences.none(2).after(miss, scale, np.array([True]))
    np.testing.assert_allclose(found.factors, [1.0, np.e])


def test_half_a_day_and_an_idle_one() -> None:
    assert [at_work(load) for load in (0.0, 0.15, 0.3, 1.0)] == [0.0, 0.5, 1.0, 1.0]
    ahead = [100.0, 100.0, 100.0, 4.9, 5.1, 100.0]  # days 3 and 4: in percent of the busiest
    past = triangle({"A": {"2024-01-01": ahead}}).as_of()
    found = [str(query.target) for query in working_days(past, SPEC)]
    assert found == ["2024-01-05", "2024-01-06"]


def test_what_a_network_reads_is_bounded(customer: Triangle) -> None:
    past = customer.as_of(customer.days[-1])
    record, row = record_of(past, SPEC), row_of(past, SPEC, past.ask(past.cutoff + as_days(3), 3))
    found = inputs_of(past, record, row)
    assert found.steps.shape[1:] == (8, 16)
    idle = inputs_of(past, record, replace(row, load=0.0))
    np.testing.assert_allclose(idle.unit, 0.01 * row.unit)
    absurd = inputs_of(past, record, replace(row, scale=row.scale * 1e-9, unit=row.unit * 1e-9))
    assert np.abs(absurd.steps).max() == pytest.approx(np.arcsinh(30))
    later = replace(row.query, target=row.query.target + as_days(200))
    age = inputs_of(past, record, replace(row, query=later)).steps[:, -1, 14]
    np.testing.assert_allclose(age, 3.0)  # thirty periods


def test_errors_that_a_network_learns_from_are_bounded() -> None:
    days = [f"2024-01-{day:02}" for day in range(1, 9)]
    rng = np.random.default_rng(0)
    plans = {name: {day: rng.integers(9, 12, 4).tolist() for day in days} for name in "ABC"}
    plans["A"][days[-1]][0] = 1e6
    made = examples_of(triangle(plans).as_of(), SPEC, lambda past, known: known)
    assert made.error.max() == 8.0
    assert weights_of(np.array([1.0] * 99 + [1e6])).max() == 8.0


@pytest.mark.parametrize(
    ("sent", "leads"),
    [([9.0, 8, 7, 6], [3, 2, 1]), ([9.0, NAN, NAN, 6], [3]), ([9.0, 8, 7, 6, 5, 4], [5, 4, 3])],
)
def test_only_leads_at_which_a_day_was_planned_are_learned_from(
    sent: list[float], leads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def watched(past: Past, spec: Spec, draw: Any) -> Examples:
        asked.append(spec.lead)
        return examples_of(past, spec, draw)

    monkeypatch.setattr(examples, "examples_of", watched)
    plans = {f"2024-01-{day:02}": [day + each for each in sent] for day in range(1, 9)}
    past = triangle({"A": plans, "B": plans}).as_of()
    made = examples_of_day(past, Spec(leads[0]), 7)
    assert made is not None and len(made.error) == 2 * len(leads)
    assert asked == leads


@pytest.mark.parametrize(("sent", "count"), [([9.0, 8, 7, 6], 6), ([9.0, NAN, NAN, 6], 2)])
def test_of_each_lead_as_many_parts_are_learned_from(
    sent: list[float], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examples, "SAMPLED", 6)
    plans = {f"2024-01-{day:02}": [day + each for each in sent] for day in range(1, 9)}
    made = examples_of_day(triangle(dict.fromkeys("ABCDEF", plans)).as_of(), SPEC, 7)
    assert made is not None and len(made.error) == count  # two of each of three leads


def test_a_day_without_plans_teaches_nothing() -> None:
    plans = {f"2024-01-{day:02}": [day + 9.0] for day in range(1, 9)}
    assert examples_of_day(triangle({"A": plans}).as_of(), SPEC, 7) is None
    nothing = Tuned.begun(())
    assert nothing.after(None, 0, ThreadPoolExecutor(1)) is nothing


def test_six_tenths_of_a_spread_that_was_learned_count() -> None:
    rng = np.random.default_rng(4)
    days = np.datetime64("2024-01-01") + np.arange(12).astype("m8[D]")
    forecast = np.full((12, 8), 500.0)
    actual = forecast + rng.normal(0, 20, forecast.shape)
    none = np.zeros((12, len(LEVELS), 8))
    past = CalibrationSet(days, 1, forecast, actual, none, np.ones(12), np.full(8, 500.0))
    own = np.linspace(-30, 30, len(LEVELS))[:, None] * np.ones(8)
    narrow, wide = (
        conformal._shifted(past, CalibrationTarget(forecast[0], offsets, 1.0), conformal.OUTER)
        for offsets in (none[0], own)
    )
    widened = conformal.Errors.of(past).small_sample_factor()
    expected = 0.6 * widened * at_levels(own, conformal.OUTER)
    np.testing.assert_allclose(wide - narrow, expected, atol=1e-9)


# --- which target days a network is trained on, and how often


@dataclass(frozen=True)
class Watched:
    """Stands for a network: notes what it is trained on."""

    fits: list[dict[str, Any]] = field(default_factory=list)
    weights: tuple[()] = ()
    problem: None = None

    @property
    def network(self) -> Watched:
        return self

    @property
    def history(self) -> dict[str, list[float]]:
        return {"loss": [0.0] * self.fits[-1]["epochs"]}

    def fit(self, x: Any, y: Any, **options: Any) -> Watched:
        self.fits.append({"days": x[:, 0, 0].astype(int).tolist(), **options})
        return self


def day(number: int) -> Examples:
    """The one example of a target day, which says its number."""
    steps = np.full((1, 8, 16), number, np.float32)
    inputs = Inputs(steps, np.zeros((1, 3), np.float32), np.ones(1), np.ones(1))
    return Examples(inputs, np.zeros(1, np.float32))


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks say 0 of examples of another form than theirs, as those of ``day`` are."""
    said = lstm._mean

    def mean(networks: tuple[Any, ...], read: Inputs) -> Any:
        features = read.steps.shape[2] + read.ahead.shape[1]
        known = features == pretrained()[0].features
        return said(networks, read) if known else np.zeros((len(read.unit), len(LEVELS)))

    monkeypatch.setattr(lstm, "_mean", mean)


def learned(days: int, seed: int) -> list[dict[str, Any]]:
    watched = Watched()
    tuned = Tuned.begun((watched,))  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        for number in range(days):
            tuned = tuned.after(day(number), seed * 1000 + number, pool)
    assert tuned.networks == (watched,)
    return watched.fits


def test_training_begins_with_eight_days_and_two_passes() -> None:
    assert learned(7, 0) == []
    fits = learned(10, 0)
    assert [fit["epochs"] for fit in fits] == [2, 1, 1]
    assert fits[0]["days"] == list(range(8))
    assert fits[0]["optimizer"].learning_rate == 1e-3
    assert {fit["batch_size"] for fit in fits} == {256}


def test_each_network_draws_days_and_batches_of_its_own() -> None:
    networks = Watched(), Watched()
    tuned = Tuned.begun(networks)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        for number in range(30):
            tuned = tuned.after(day(number), number, pool)
    for name in ("days", "seed"):
        assert networks[0].fits[-1][name] != networks[1].fits[-1][name]


class Later(Executor):
    """Does nothing before it is told to."""

    def __init__(self) -> None:
        self.work: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.work.append((future, partial(fn, *args, **kwargs)))
        return future

    def run(self) -> None:
        for future, work in self.work:
            future.set_result(work())


def test_training_is_waited_for_by_whoever_asks_the_networks_only() -> None:
    watched, later = Watched(), Later()
    tuned = Tuned.begun((watched,))  # type: ignore[arg-type]
    for number in range(10):
        tuned = tuned.after(day(number), number, later)
    assert len(tuned.examples) == 10
    assert tuned.nbytes > 0
    assert watched.fits == []
    later.run()
    assert tuned.networks == (watched,)
    assert tuned.curves == ((0.0,) * 4,)
    assert [fit["epochs"] for fit in watched.fits] == [2, 1, 1]


def test_the_last_eight_days_and_a_quarter_of_those_before() -> None:
    last = [learned(48, seed)[-1]["days"] for seed in range(20)]
    assert all(days[-8:] == list(range(40, 48)) for days in last)
    before = sum(len(days) - 8 for days in last)
    assert before == pytest.approx(20 * 40 / 4, abs=3 * np.sqrt(20 * 40 * 3 / 16))
    assert len({str(days) for days in last}) > 15  # others each time


def test_few_examples_of_a_day_where_there_are_many_days(monkeypatch: pytest.MonkeyPatch) -> None:
    many = Examples.together(
        [replace(day(1), inputs=wide(900), error=np.zeros(900, np.float32))], SAMPLED
    )
    assert len(many.error) == 500
    monkeypatch.setattr(lstm, "LEAST_DAYS", 1)
    watched = Watched()
    begun = Tuned.begun((watched,))  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as pool:
        replace(begun, examples=(many,) * 39).after(many, 0, pool)
    assert 4000 - 40 <= len(watched.fits[-1]["days"]) <= 4000


def wide(count: int, features: int = 19) -> Inputs:
    """Inputs of so many parts, with so many features at each step."""
    few = day(0).inputs
    ahead = np.zeros((1, features - few.steps.shape[2]), np.float32)
    return replace(few, ahead=ahead).of(np.zeros(count, np.int64))


@pytest.mark.parametrize(
    ("days", "errors", "share"),
    [
        (0, (1.0, 1.0), 0.7),
        (2, (1.0, 2.0), 0.7 / (0.7 + 0.3 * 0.5**POWER_OF_TWO_DAYS)),
        (2, (2.0, 1.0), 0.7 / (0.7 + 0.3 * 2.0**POWER_OF_TWO_DAYS)),
    ],
)
def test_networks_forecast_between_what_they_learned_and_what_they_were(
    days: int, errors: tuple[float, float], share: float
) -> None:
    before = pretrained()
    own = tuple(replace(net, weights=[each + 1.0 for each in net.weights]) for net in before)
    losses = Losses.none(2, 1)
    for _ in range(days):
        losses = losses.after(np.array(errors)[:, None])
    begun = Tuned.begun(before)
    assert begun.drawn == before
    training = tuple(_done(Trainee(network, (0.1,))) for network in own)
    trained = replace(begun, training=training, judging=_done(losses))
    for net, old in zip(trained.drawn, before, strict=True):
        for found, start in zip(net.weights, old.weights, strict=True):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, start + share, rtol=1e-5, atol=1e-6)


def test_what_networks_missed_is_counted_before_they_learn_it() -> None:
    """Networks as trained that say 1 unit more than as pretrained, of examples that lie there."""
    before = pretrained()
    more = replace(day(1), inputs=wide(3, before[0].features), error=np.zeros(3, np.float32))
    said = float(
        np.mean([net.predict(more.inputs.steps, static=more.inputs.ahead)[0, 3] for net in before])
    )
    own = tuple(replace(net, weights=[*net.weights[:-1], net.weights[-1] + 1.0]) for net in before)
    more = replace(more, error=np.full(3, said + 1.0, np.float32))
    training = tuple(_done(Trainee(network, (0.1,))) for network in own)
    found = _judged(_done(Losses.none(2, 1)), training, more)
    np.testing.assert_allclose(found.total, [[0.0], [1.0]], atol=1e-5)
    unlearned = tuple(_done(Trainee(network)) for network in own)
    assert _judged(_done(Losses.none(2, 1)), unlearned, more).count == [0.0]


# --- which method is chosen


def pairs(auto: float, days: int) -> pl.DataFrame:
    """Errors of 20 of the plan, 10 of the ratio, and some of auto, over so many target days."""
    targets = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 1, days), eager=True)
    rows = [
        {"method": name, "part": "A", "target": target, "forecast": 100.0 + error,
         "plan": 120.0, "actual": 100.0, "lead": 3, "used": name}
        for target in targets
        for name, error in (("plan", 20.0), ("ratio", 10.0), ("auto", auto))
    ]  # fmt: skip
    return pl.DataFrame(rows)


@pytest.mark.parametrize(("auto", "chosen"), [(10.9, "auto"), (11.1, "ratio")])
def test_auto_is_taken_where_it_comes_near_the_best(auto: float, chosen: str) -> None:
    methods = named(["plan", "ratio", "auto"])
    assert choose(pairs(auto, 4), methods, 4).method.name == chosen


def test_what_is_no_better_than_the_plan_is_not_chosen() -> None:
    alike = pairs(20.0, 4).filter(pl.col("method") != "ratio")
    assert choose(alike, named(["plan", "auto"]), 4).method.name == "plan"


def test_three_target_days_are_enough_to_choose() -> None:
    methods = named(["plan", "ratio", "auto"])
    found = [choose(pairs(30.0, days), methods, days).method.name for days in (2, 3)]
    assert found == ["plan", "ratio"]
