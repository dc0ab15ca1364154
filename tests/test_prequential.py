"""What is learned day by day: each state is that of its past, the errors are those that forecasts
had, weights fall with them, and what fails or cheats costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query, Triangle, as_days
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.forecasters import named
from calloff.forecasters.auto import MEMBERS, Auto
from calloff.forecasters.examples import examples_of_day
from calloff.forecasters.inputs import inputs_of
from calloff.forecasters.plan import Plan
from calloff.forecasters.prequential import LEAST, STEP, learned, recent
from calloff.forecasters.record import SIMPLE
from calloff.forecasters.rows import record_of, row_of
from calloff.forecasters.weights import EARLY, FADE, POOL, POWER, SURE, Differences, Losses, weigh
from calloff.planning.forecast import forecast
from calloff.rolling.answers import ask
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.hindcasts import AHEAD
from calloff.rolling.spec import Spec
from calloff.synth import Customer, bank, make
from support import sent_by, triangle

SPEC = Spec(lead=3)


@pytest.fixture(scope="module")
def customer() -> Triangle:
    return sent_by(make(Customer(parts=14, days=40, faults=False)), 6)


def test_usual_errors_are_those_counted_by_hand() -> None:
    rng = np.random.default_rng(1)
    miss, scale = rng.uniform(0, 9, (7, 2, 3)), np.array([1.0, 5.0, 20.0])
    miss[2, :, 1] = np.nan  # a part without a plan that day
    losses = Losses.none(2, 3)
    for day in miss:
        losses = losses.after(day)
    pooled = np.array([True, True, False])
    total, count = np.zeros((2, 3)), np.zeros(3)
    for age, day in enumerate(reversed(miss)):
        for part in range(3):
            if not np.isnan(day[:, part]).any():
                total[:, part] += FADE**age * day[:, part]
                count[part] += FADE**age
    rate = total[:, :2].sum(axis=1) / (count * scale)[:2].sum()
    expected = (total + POOL * rate[:, None] * scale) / (count + POOL)
    np.testing.assert_allclose(losses.usual(scale, pooled), expected)
    weights = weigh(losses.usual(scale, pooled), [1.0, 1.0], losses.power)
    power = POWER * count.max() / (count.max() + EARLY)
    by_hand = expected**-power / (expected**-power).sum(axis=0)
    np.testing.assert_allclose(weights, by_hand)


def test_a_small_difference_counts_by_how_sure_it_is() -> None:
    """Errors of a day go together: 2 % less on each of ten days is sure, however they swing."""
    rng = np.random.default_rng(2)
    swing, scale, pooled = rng.uniform(1, 9, 10), np.array([2.0, 6.0, 5.0]), np.ones(3, bool)
    pooled[2] = False
    by_hand, sure = np.zeros(2), Differences.none(3)
    for day in swing:
        other = day * rng.choice([0.5, 1.5])
        miss = np.stack([np.full(3, day), np.full(3, 0.98 * day), np.full(3, other)])
        miss[:, 2] = 1000.0
        sure = sure.after(miss, scale, pooled)
        less = 0.02 * 2 * day / 8
        by_hand = FADE * by_hand + [less, less**2]
    assert sure.factors[0] == 1.0
    assert sure.factors[1] == pytest.approx(np.exp(SURE * by_hand[0] / np.sqrt(by_hand[1])))
    assert sure.factors[1] > 10
    assert sure.factors[1] > 3 * sure.factors[2]
    unknown = sure.after(np.full((3, 3), np.nan), scale, pooled)
    np.testing.assert_allclose(unknown.total, FADE * sure.total)
    np.testing.assert_array_equal(Differences.none(3).factors, 1.0)


def test_the_errors_in_a_record_are_those_that_forecasts_had(customer: Triangle) -> None:
    """Each is made from a triangle of its own, cut at its origin."""
    past = customer.as_of(customer.days[-1])
    total, count = np.zeros((len(SIMPLE), len(past.parts))), np.zeros(len(past.parts))
    for target in past.days[past.is_target]:
        origin = customer.as_of(target - as_days(3))
        if not len(origin.days):
            continue
        query = origin.ask(target, 3)
        said = [ask(named([name])[0], origin, query, SPEC).pieces for name in SIMPLE]
        at = [past.parts.index(part) for part in origin.parts]
        miss = np.full((len(SIMPLE), len(past.parts)), np.nan)
        miss[:, at] = np.abs(np.array(said) - customer.called_off(target)[at])
        known = ~np.isnan(miss).any(axis=0)
        total = FADE * total + np.where(known, miss, 0)
        count = FADE * count + known
    losses = record_of(past, SPEC).losses
    np.testing.assert_allclose(losses.count, count)
    np.testing.assert_allclose(losses.total, total, rtol=1e-6)


def test_the_smoothed_level_is_a_weighted_mean() -> None:
    calls = [40, 10, 30, 20, 25, 35]
    days = {f"2024-01-{day:02}": [call, 30, 30] for day, call in enumerate(calls, 1)}
    record = record_of(triangle({"A": days}).as_of("2024-01-06"), Spec(lead=1))
    weight = 0.75 ** np.arange(len(calls))[::-1]
    full = np.array([True, False, True, True, True, True])  # 10 is a part of a day
    expected = (weight := 0.75 ** np.arange(full.sum())[::-1]) @ np.array(calls)[full]
    assert record.smoothed()[0] == pytest.approx(expected / weight.sum())


def mixed(late: float) -> Triangle:
    """Of each day's plan a share is called off on the day after; the mix of parts changes daily."""
    rng = np.random.default_rng(3)
    meant = rng.dirichlet(np.ones(12), 40) * 1000
    called = meant.copy()
    called[1:] += late * (meant[:-1] - meant[1:])
    return triangle({
        f"Part {part}": {
            str(np.datetime64("2024-01-01") + as_days(day)):
                [called[day, part], *meant[day + 1 : day + 6, part]]
            for day in range(30)
        }
        for part in range(12)
    })  # fmt: skip


@pytest.mark.parametrize(("late", "found"), [(0.0, 0.0), (0.4, 0.4), (0.8, 0.8)])
def test_the_share_that_slips_is_found(late: float, found: float) -> None:
    made = mixed(late)
    past = made.as_of(made.days[-1])
    assert record_of(past, SPEC).slippage.share == pytest.approx(found, abs=0.05)
    first = str(made.target_days[-8])
    table = backtest(made, SPEC, methods=["plan", "top-down"], first=first)
    mae = dict(score(table).select("method", "mae").rows())
    assert mae["top-down"] <= (1 - 0.9 * bool(late)) * mae["plan"] + 1


@pytest.mark.parametrize("method", ["blend", "lstm", "auto"])
def test_hardly_anything_is_added_to_the_plan_of_an_idle_day(
    method: str, customer: Triangle
) -> None:
    origin = customer.target_days[-4]
    idle, quantity = origin + as_days(3), customer.quantity.copy()
    for row, day in enumerate(customer.days):
        quantity[:, row, (idle - day).astype(np.int64) == customer.leads] = 0.0
    past = replace(customer, quantity=quantity).as_of(origin)
    said = ask(named([method])[0], past, past.ask(idle, 3), SPEC).pieces
    assert np.nansum(said) < 0.01 * np.nansum(past.calloffs[:, -1])


@pytest.mark.parametrize("days", [3, LEAST + STEP - 1, LEAST + STEP + 4, LEAST + 2 * STEP + 1])
def test_a_state_is_that_of_its_past_whatever_was_asked_before(days: int) -> None:
    made = triangle(
        {"A": {str(np.datetime64("2024-01-01") + as_days(d)): [1 + d % 5, 4] for d in range(days)}}
    )

    def targets_of(past: Past) -> tuple[str, ...]:
        return learned(recent(past, Spec(lead=1)), "targets", (), (), step)

    def step(state: tuple[str, ...], past: Past, number: int) -> tuple[str, ...]:
        assert past.days[past.is_target][number] == past.days[-1]
        return (*state, str(past.cutoff))

    asked = made.as_of(made.days[-1])
    for day in made.days[::2]:
        targets_of(asked.earlier(day))
    found = targets_of(asked)
    assert found == targets_of(made.as_of(made.days[-1]))
    assert found == tuple(map(str, recent(asked, Spec(lead=1)).days))


def test_the_first_questions_have_answers() -> None:
    """Three parts, one to three days."""
    plans = {part: {f"2024-01-0{day}": [size, size + day, size, size] for day in (1, 2, 3)}
             for part, size in (("A", 3), ("B", 40), ("C", 500))}  # fmt: skip
    for day in ("2024-01-01", "2024-01-02", "2024-01-03"):
        found = forecast(triangle(plans), Spec(lead=1), as_of=day, method="auto").table
        assert found.height == 3
        assert (np.abs(found["forecast"] / found["plan"] - 1) < 0.5).all()


@pytest.mark.parametrize("method", ["combined", "lstm", "auto"])
def test_a_shift_of_dates_changes_nothing(method: str, customer: Triangle) -> None:
    later = replace(customer, days=customer.days + as_days(35))
    one, other = (forecast(each, SPEC, method=method, quantiles=(0.1, 0.9)).table
                  for each in (customer, later))  # fmt: skip
    for column in ("forecast", "q10", "q90"):
        np.testing.assert_array_equal(one[column].to_numpy(), other[column].to_numpy())


def test_weeks_are_learned_from_as_days_are(customer: Triangle) -> None:
    """A period counts as one, of one day or of seven; only the network is told of which."""
    first = customer.days[0]
    weekly = replace(customer, days=first + 7 * (customer.days - first), leads=7 * customer.leads)
    assert (customer.cadence, weekly.cadence) == (1, 7)
    days = forecast(customer, Spec(lead=3), method="combined", quantiles=(0.1, 0.9)).table
    weeks = forecast(weekly, Spec(lead=21), method="combined", quantiles=(0.1, 0.9)).table
    for column in ("forecast", "q10", "q90"):
        np.testing.assert_array_equal(days[column].to_numpy(), weeks[column].to_numpy())
    asked = [(customer.as_of(), Spec(lead=3)), (weekly.as_of(), Spec(lead=21))]
    read = [inputs_of(past, record_of(past, spec),
                      row_of(past, spec, past.ask(past.cutoff + as_days(spec.lead), spec.lead)))
            for past, spec in asked]  # fmt: skip
    np.testing.assert_array_equal(read[0].steps, read[1].steps)
    np.testing.assert_array_equal(read[0].ahead[:, :-1], read[1].ahead[:, :-1])
    assert [set(each.ahead[:, -1].tolist()) for each in read] == [{0.0}, {1.0}]
    learned_from = [examples_of_day(past, spec, 0) for past, spec in asked]
    np.testing.assert_array_equal(*(each.error for each in learned_from if each))


@dataclass(frozen=True)
class Nonsense(Forecaster):
    """A thousand times the plan, or no answer at all."""

    fails: bool = False
    name: str = "nonsense"

    def fit(self, past: Past, spec: Spec) -> Fitted:
        if self.fails:
            raise ValueError("broken")
        return Thousand()


class Thousand(Fitted):
    def predict(self, query: Query) -> NDArray[np.float64]:
        return 1000 * query.plan


@pytest.mark.filterwarnings("ignore:nonsense failed")
@pytest.mark.parametrize("fails", [False, True])
def test_a_member_that_fails_or_talks_nonsense_costs_nothing(
    fails: bool, customer: Triangle
) -> None:
    whole, worse = Auto(), Auto("worse", (*MEMBERS, Nonsense(fails)))
    first = str(customer.target_days[-8])
    table = backtest(customer, SPEC, methods=[whole, worse], first=first)
    mae = dict(score(table).select("method", "mae").rows())
    assert mae["worse"] < 1.01 * mae["auto"]


def test_a_member_that_is_clearly_worse_has_no_say(customer: Triangle) -> None:
    past = customer.as_of(customer.days[-1])
    members = (*MEMBERS, Nonsense())
    query = past.ask(past.cutoff + as_days(3), 3)
    weights = Auto("worse", members).fit(past, SPEC).weights(query)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0)
    assert weights[len(MEMBERS)].max() < 1e-6


@dataclass(frozen=True)
class Watched(Forecaster):
    """The plan, noting what it is asked to do at which past."""

    name: str = "watched"

    def begin(self, past: Past, spec: Spec) -> None:
        NOTED.append(("begin", past.cutoff))

    def fit(self, past: Past, spec: Spec) -> Fitted:
        NOTED.append(("fit", past.cutoff))
        return Plan().fit(past, spec)


NOTED: list[tuple[str, np.datetime64]] = []


def test_what_takes_long_is_begun_before_it_is_asked(customer: Triangle) -> None:
    """Of a backtest some origins before, of a forecast at once."""
    NOTED.clear()
    backtest(customer, SPEC, methods=[Watched()], first=str(customer.target_days[8]))
    fits = [cutoff for what, cutoff in NOTED if what == "fit"]
    begun = [cutoff for what, cutoff in NOTED if what == "begin"]
    assert len(fits) > AHEAD + 1 and begun == fits[AHEAD:]
    assert [what for what, _ in NOTED[:4]] == ["begin", "fit", "begin", "fit"]
    NOTED.clear()
    forecast(customer, SPEC, method=Watched(), quantiles=[0.5])
    assert NOTED[0] == ("begin", customer.as_of(None).cutoff)


# Errors over that of the best single method of these in hindsight, on customers of the bank that
# are quick: what is measured, and some room for other processors.
REGRET = {"daily-new": 1.02, "weekly-short": 1.04, "daily-slipping": 1.03}


@pytest.mark.parametrize("name", REGRET)
def test_regret_is_bounded_on_the_bank(name: str) -> None:
    made = bank(name)
    history = made.history.triangle()
    first = str(history.target_days[-made.settings.targets])
    methods = ["plan", "mean7", "ratio", "ratio-part", "smoothing", "blend", "lstm", "auto"]
    table = backtest(history, Spec(made.settings.lead), methods=methods, first=first)
    mae = dict(score(table).select("method", "mae").rows())
    best = min(error for method, error in mae.items() if method != "auto")
    assert mae["auto"] < REGRET[name] * best
