"""A long history is cut before anything is learned of it: where, and what it leaves as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from calloff.data.since import since
from calloff.data.triangle import Triangle, as_days
from calloff.evaluation.backtest import backtest
from calloff.forecasters import prequential
from calloff.forecasters.prequential import LEAST, STEP, recent
from calloff.planning.forecast import forecast
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make
from support import sent_by, triangle

SPEC = Spec(lead=2)
DAYS = [str(np.datetime64("2024-01-01") + as_days(day)) for day in range(12)]


def every_day(count: int) -> Triangle:
    days = np.datetime64("2023-01-02") + np.arange(count).astype("m8[D]")
    plans = {str(day): [5 + at % 7, 9, 4] for at, day in enumerate(days)}
    return triangle({"A": plans, "B": plans})


@pytest.mark.parametrize("count", [1, LEAST, LEAST + STEP + 1])
def test_a_short_history_is_whole(count: int) -> None:
    past = every_day(count).as_of()
    assert recent(past, SPEC) is past


@pytest.mark.parametrize("lead", [2, 30])
def test_of_a_long_history_enough_is_left_and_no_more(lead: int) -> None:
    made = every_day(3 * STEP + LEAST + lead)
    beginnings = set()
    for day in made.days[STEP:]:
        past = made.as_of(day)
        cut = recent(past, Spec(lead=lead))
        assert min(LEAST + lead, len(past.days)) <= len(cut.days) < LEAST + lead + STEP
        assert recent(cut, Spec(lead=lead)) is cut
        beginnings.add(str(cut.days[0]))
    assert beginnings == {str(made.days[at * STEP]) for at in range(4)}


@pytest.mark.parametrize(
    ("count", "left"), [(101, 101), (102, 42), (161, 101), (162, 42), (222, 42)]
)
def test_forty_to_a_hundred_target_days_are_left_beside_those_within_the_lead(
    count: int, left: int
) -> None:
    cut = recent(every_day(count).as_of(), SPEC)
    assert len(cut.days) == left  # two lie within the lead


@pytest.mark.parametrize(("count", "left"), [(200, 200), (201, 81), (320, 200), (321, 81)])
def test_of_plans_of_weeks_twice_as_many_are_left(count: int, left: int) -> None:
    made = every_day(count)
    weeks = replace(made, days=made.days[0] + 7 * (made.days - made.days[0]),
                    leads=7 * made.leads)  # fmt: skip
    past = weeks.as_of()
    assert past.cadence == 7
    assert len(recent(past, Spec(lead=7)).days) == left  # one lies within the lead


def held_out() -> Triangle:
    """Part A has a conflict on the second day, B wrong totals on the third, C comes on the last day
    but one, D is planned on the first three days only."""
    rng = np.random.default_rng(1)
    sent = {
        part: {day: rng.integers(5, 50, 4).tolist() for day in DAYS[span]}
        for part, span in (
            ("A", slice(None)), ("B", slice(None)), ("C", slice(-2, None)), ("D", slice(3)),
            ("E", slice(None)),
        )
    }  # fmt: skip
    conflict, mismatch = np.zeros((2, 5, len(DAYS)), dtype=bool)
    conflict[0, 1] = mismatch[1, 2] = True
    return triangle(sent, conflict=conflict, mismatch=mismatch)


def test_what_is_left_out_still_hides_parts_and_leaves_them_out_of_scores() -> None:
    past = held_out().as_of()
    cut = since(past, past.days[5])
    assert cut.days.tolist() == past.days[5:].tolist()
    for name in ("parts", "hidden", "pooled", "leads", "cadence"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(past, name))
    np.testing.assert_array_equal(cut.quantity, past.quantity[:, 5:])
    np.testing.assert_array_equal(cut.is_target, past.is_target[5:])
    np.testing.assert_array_equal(cut.present, past.present[:, 5:])


def test_it_is_the_same_whether_it_is_cut_at_the_end_or_at_the_beginning_first() -> None:
    first = np.datetime64(DAYS[5])
    for day in DAYS[5:]:
        one, other = held_out().as_of(), held_out().as_of()
        left, right = since(one, first).earlier(day), since(other.earlier(day), first)
        assert left.known.fingerprint == right.known.fingerprint
        np.testing.assert_array_equal(left.quantity, right.quantity)
        assert left.key == right.key != one.earlier(day).key
        between = since(held_out().as_of(), first).earlier(DAYS[-2])
        if day < DAYS[-2]:
            assert between.earlier(day).known.fingerprint == left.known.fingerprint
    nothing = since(one, first).earlier(DAYS[4])
    assert not len(nothing.days)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few days, so that a small customer has a long history."""
    monkeypatch.setattr(prequential, "LEAST", 10)
    monkeypatch.setattr(prequential, "STEP", 8)


@pytest.fixture(scope="module")
def customer() -> Triangle:
    return sent_by(make(Customer(parts=8, days=44, faults=False)), 6)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("method", ["combined", "lstm", "auto"])
def test_what_was_before_changes_nothing(method: str, customer: Triangle) -> None:
    past = customer.as_of()
    beginning = recent(past, SPEC).days[0]
    assert beginning > customer.days[12]

    def said(spoilt: np.ndarray) -> pl.DataFrame:
        quantity = customer.quantity.copy()
        quantity[:, spoilt] *= np.random.default_rng(0).integers(2, 9, quantity[:, spoilt].shape)
        made = replace(customer, quantity=quantity)
        return forecast(made, SPEC, method=method, quantiles=(0.1, 0.9)).table

    # quantiles look at the errors of the last fifteen target days, some of which began earlier
    known = recent(past.earlier(past.days[past.is_target][-16]), SPEC).days[0]
    usual = said(np.zeros(len(customer.days), dtype=bool))
    assert usual.equals(said(customer.days < known))
    columns = ["part", "forecast"]
    assert usual[columns].equals(said(customer.days < beginning)[columns])
    assert not usual[columns].equals(said(customer.days < past.days[-5])[columns])


@pytest.mark.usefixtures("short")
def test_a_backtest_over_many_beginnings_equals_single_forecasts(customer: Triangle) -> None:
    methods = ["ratio-part", "combined", "lstm", "auto"]
    days = customer.target_days[-14:]
    beginnings = {str(recent(customer.as_of(day - as_days(2)), SPEC).days[0]) for day in days}
    assert len(beginnings) > 1
    table = backtest(customer, SPEC, methods=methods, first=str(days[0]), quantiles=(0.1, 0.9))
    for day in days[::3]:
        alone = backtest(customer, SPEC, methods=methods[::-1], first=str(day), last=str(day),
                         quantiles=(0.1, 0.9))  # fmt: skip
        same = table.filter(target=day.astype(object)).sort("method", "part")
        assert alone.sort("method", "part").equals(same)
