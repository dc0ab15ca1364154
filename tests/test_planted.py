"""What was planted in the synthetic customer is found, and nothing where nothing was planted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query, Triangle, as_days
from calloff.forecasters import Fitted, Forecaster, available, named
from calloff.planning.forecast import forecast
from calloff.rolling.answers import PLAN, ask
from calloff.rolling.spec import Spec
from calloff.synth import Customer, Truth, make
from support import sent_by

LEAD, TARGETS = 3, 2  # the last target days, when there was something to learn
CORRECTING = ("ratio", "ratio-part", "blend", "combined", "lstm", "auto")
METHODS = tuple(name for name, method in available().items() if not method.extra)
Pieces = NDArray[np.float64]


@dataclass(frozen=True)
class Said:
    """Forecast, plan and call-off (targets, P) of the last target days."""

    truth: Truth
    forecast: Pieces
    plan: Pieces
    actual: Pieces

    def of(self, *kinds: str) -> Said:
        """Those of some kinds of parts only."""
        keep = np.isin(self.truth.kinds, kinds)
        return Said(self.truth, self.forecast[:, keep], self.plan[:, keep], self.actual[:, keep])

    @property
    def ratio(self) -> float:
        """Pieces forecast per piece planned."""
        return float(self.forecast.sum() / self.plan.sum())

    @property
    def x_plan(self) -> float:
        """Error over that of the plan."""
        wrong = np.abs(self.forecast - self.actual).sum()
        return float(wrong / np.abs(self.plan - self.actual).sum())


@cache
def customer(**settings: object) -> tuple[Truth, Triangle]:
    """Too few parts for any of them to come or go, one long week-day calendar."""
    plain: dict[str, object] = {"parts": 6, "days": 40, "faults": False, "holidays": ()}
    truth = make(Customer(**{**plain, **settings}))  # type: ignore[arg-type]
    return truth, sent_by(truth, 6)


@cache
def questions(**settings: object) -> list[tuple[Past, Query]]:
    """The last target days, each with its past: one for all methods, which share what they see."""
    _, made = customer(**settings)
    days = made.target_days[-TARGETS:]
    return [(past := made.as_of(day - as_days(LEAD)), past.ask(day, LEAD)) for day in days]


@cache
def say(name: str, **settings: object) -> Said:
    truth, made = customer(**settings)
    rows = []
    for past, query in questions(**settings):
        pieces = ask(named([name])[0], past, query, Spec(lead=LEAD)).pieces
        rows.append((pieces, query.plan, made.called_off(query.target)))
    return Said(truth, *np.array(rows).transpose(1, 0, 2))


@pytest.mark.parametrize("name", CORRECTING)
def test_a_bias_is_found(name: str) -> None:
    found = say(name, bias=1.4, noise=0.05, kinds=("plain",))
    assert 1.2 < found.ratio < 1.6
    assert found.x_plan < 0.7


# Two draw a day's total towards the usual one, whatever the plan's record; a network is never
# quite silent, nor is what trusts one. By how much of the plan:
MOST = {"ratio-typical": 0.045, "blend": 0.045, "lstm": 0.005, "ensemble": 0.005}


@pytest.mark.parametrize("name", CORRECTING)
def test_nothing_is_found_in_plans_that_are_right(name: str) -> None:
    found = say(name, bias=1.0, noise=0.0, kinds=("plain",))
    np.testing.assert_array_equal(found.plan, found.actual)
    assert np.abs(found.forecast - found.plan).sum() < MOST.get(name, 0.001) * found.plan.sum()


@pytest.mark.parametrize("name", CORRECTING)
def test_corrections_of_unbiased_plans_are_small(name: str) -> None:
    found = say(name, bias=1.0, kinds=("plain",), seed=11)
    assert found.ratio == pytest.approx(1.0, abs=0.12)
    assert found.x_plan < 1.15


@pytest.mark.parametrize("name", CORRECTING)
def test_a_creeping_drift_is_found(name: str) -> None:
    """By the end the plans are a third too low, and lower every day."""
    found = say(name, bias=1.0, noise=0.05, kinds=("drift",))
    assert found.ratio > 1.1
    assert found.x_plan < 0.85


@pytest.mark.parametrize("name", ["ratio-part", "combined", "lstm", "auto"])
def test_a_regime_change_is_found_in_its_part(name: str) -> None:
    """A third of the parts double, and plans do not know it at this lead."""
    found = say(name, bias=1.0, noise=0.05, kinds=("plain", "plain", "regime"))
    assert found.of("regime").ratio > 1.1
    assert found.of("regime").x_plan < 0.95
    assert found.of("regime").ratio > found.of("plain").ratio


def test_intermittent_demand_is_found() -> None:
    """Smoothing has the level of parts that are mostly zero, and steadier than a short mean."""
    settings = {"bias": 1.0, "kinds": ("intermittent",), "days": 90}
    smooth, mean = (say(name, **settings) for name in ("smoothing", "mean3"))
    truth, _ = customer(**settings)
    level = truth.calloffs[:, truth.working].mean(axis=1)
    assert smooth.forecast.sum() / TARGETS == pytest.approx(level.sum(), rel=0.3)
    spread = [np.abs(each.forecast - level).sum() for each in (smooth, mean)]
    assert spread[0] < 0.7 * spread[1]


@pytest.mark.parametrize("name", METHODS)
def test_parts_without_any_call_off_stay_at_zero(name: str) -> None:
    found = say(name, kinds=("plain", "plain", "zero")).of("zero")
    assert not found.plan.any()
    assert found.forecast.max() < 1.0


# What each may be of the plan's error on the customer with everything planted at once; loosely,
# as these are two target days.
BOUNDS = {"plan": 1.0, "last": 2.6, "mean3": 2.2, "mean7": 2.0, "ratio": 1.1, "ratio-part": 1.05,
          "smoothing": 2.0, "top-down": 1.6, "middle-out": 1.6, "blend": 1.05, "combined": 1.0,
          "lstm": 0.9, "auto": 0.9}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_accuracy_has_bounds(name: str) -> None:
    found = say(name, parts=20, days=40)
    known = ~np.isnan(found.plan) & ~np.isnan(found.actual)
    kept = replace(
        found, **{each: getattr(found, each)[known] for each in ("forecast", "plan", "actual")}
    )
    assert kept.x_plan <= BOUNDS[name]


@pytest.mark.parametrize("lead", [1, 2, 5, 7])
@pytest.mark.parametrize("name", METHODS)
def test_every_lead_has_an_answer(name: str, lead: int) -> None:
    truth, _ = customer(parts=8, days=33, bias=1.3, noise=0.05)
    made = sent_by(truth, 11)
    found = forecast(made, Spec(lead=lead), method=name).table
    assert found.height == 8
    assert (found["lead"] >= lead).all()
    assert (found["forecast"] >= 0).all()
    if name in CORRECTING:
        assert found["forecast"].sum() > 1.1 * found["plan"].sum()


# --- parts that come and go, methods that fail


def gone(made: Triangle, part: int, first: int, last: int) -> Triangle:
    """The same, but one part has no plan on these issue days."""
    quantity = made.quantity.copy()
    quantity[part, first:last] = np.nan
    return replace(made, quantity=quantity)


@pytest.mark.parametrize("name", METHODS)
def test_a_part_that_vanishes_and_returns(name: str) -> None:
    _, whole = customer(bias=1.3, kinds=("plain",))
    made = gone(whole, 4, 15, 36)
    spec, (method,) = Spec(lead=LEAD), named([name])
    away = forecast(made, spec, as_of=str(made.days[31]), method=method)
    assert away.skipped["part"].to_list() == ["Part 4"]
    assert away.skipped["reason"].to_list() == ["horizon"]
    back = forecast(made, spec, as_of=str(made.days[36]), method=method)
    row = back.table.filter(part="Part 4").row(0, named=True)
    assert np.isfinite(row["forecast"])
    assert row["origin"] == made.days[36].astype(object)
    assert 0.2 * row["plan"] <= row["forecast"] <= 5 * row["plan"]


@dataclass(frozen=True)
class Broken(Forecaster):
    """Twice the plan; no number for one part, too large a one for another."""

    name: str = "broken"

    def fit(self, past: Past, spec: Spec) -> Fitted:
        return _Broken()


@dataclass(frozen=True)
class _Broken(Fitted):
    def predict(self, query: Query) -> Pieces:
        said = 2 * query.plan
        said[1], said[2] = np.nan, np.inf
        return said


def test_a_method_that_fails_on_a_part_leaves_the_others_alone() -> None:
    _, made = customer(kinds=("plain",))
    found = forecast(made, Spec(lead=LEAD), method=Broken(), quantiles=[0.1, 0.9]).table
    assert found["method"].to_list() == ["broken", PLAN, PLAN, *["broken"] * 3]
    ratio = (found["forecast"] / found["plan"]).to_list()
    assert ratio == [2, 1, 1, *[2] * 3]
    assert found["q90"].is_finite().all()
