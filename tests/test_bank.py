"""The customers of the bank are of the kinds that they are said to be."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from calloff.data.load import load
from calloff.synth import BANK, History, Made, bank, make_customer
from calloff.synth.ordering import Ordering, orders

NAMES = tuple(settings.name for settings in BANK)
DAILY = tuple(settings.name for settings in BANK if settings.cadence == 1)
Values = NDArray[np.float64]

made = cache(bank)


def pairs(history: History, lead: int, since: int = 0) -> tuple[Values, Values]:
    """Plan as sent and call-off of all working periods and parts that have both."""
    plan, called = history.as_sent(lead), history.calloffs
    both = ~np.isnan(plan) & ~np.isnan(called) & (history.load > 0)
    both[:, :since] = False
    return plan[both], called[both]


def ratio(history: History, lead: int) -> float:
    """Pieces planned for one piece called off."""
    plan, called = pairs(history, lead)
    return float(plan.sum() / called.sum())


def lead_of(customer: Made) -> int:
    return customer.settings.lead // customer.settings.cadence


def test_the_bank_is_of_many_kinds() -> None:
    assert len(set(NAMES)) == len(BANK) >= 12
    assert len({settings.seed for settings in BANK}) == len(BANK)
    assert {settings.cadence for settings in BANK} == {1, 7}
    parts = [settings.materials.parts for settings in BANK]
    assert (min(parts), max(parts)) == (10, 2000)
    assert max(settings.periods * settings.cadence for settings in BANK) >= 728


@pytest.mark.parametrize("name", NAMES)
def test_a_customer_is_always_the_same(name: str) -> None:
    again = bank(name)
    np.testing.assert_array_equal(made(name).history.plan, again.history.plan)
    other = make_customer(replace(again.settings, seed=again.settings.seed + 1000))
    assert not np.array_equal(other.history.plan, again.history.plan)


@pytest.mark.parametrize("name", NAMES)
def test_all_are_plans_of_whole_pieces_for_days_that_follow(name: str) -> None:
    customer = made(name)
    plan = customer.history.plan
    known = plan[~np.isnan(plan)]
    assert (known >= 0).all()
    assert (known == np.round(known)).all()
    assert len(customer.history.triangle().target_days) > customer.settings.targets


@pytest.mark.parametrize("name", ["daily-slipping", "daily-good", "weekly-passing", "weekly-lots"])
def test_a_table_is_read_as_the_triangle(name: str) -> None:
    history = made(name).history
    assert load(history.table()).triangle.fingerprint == history.triangle().fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_weeks_are_mondays_and_copies_are_stale_days(name: str) -> None:
    customer = made(name)
    triangle = customer.history.triangle()
    np.testing.assert_array_equal(triangle.stale, customer.history.copied)
    if customer.settings.cadence == 7:
        table = customer.history.table()
        assert set(table["issued_at"].dt.weekday()) == {1}
        assert set(table["target"].dt.weekday()) == {1}
        assert not triangle.stale.any()
    else:
        assert triangle.stale.any()


@pytest.mark.parametrize("name", ["daily-good", "weekly-revised"])
def test_a_good_plan_is_hard_to_beat_and_gets_better_with_each_revision(name: str) -> None:
    customer = made(name)
    history, lead = customer.history, lead_of(customer)
    errors = []
    for ahead in range(1, history.plan.shape[2]):
        plan, called = pairs(history, ahead)
        errors.append(np.abs(plan - called).sum() / called.sum())
    # not each beside the next: plans made so far before reach other weekdays
    assert errors[0] < errors[2] < errors[5]
    usual = np.nanmean(history.calloffs[:, history.load > 0], axis=1, keepdims=True)
    alone = np.nanmean(np.abs(history.calloffs[:, history.load > 0] - usual)) / np.nanmean(usual)
    assert errors[lead - 1] < 0.35 * alone


def test_a_biased_plan_is_too_high_by_its_bias() -> None:
    customer = made("daily-biased")
    called = np.nan_to_num(customer.history.calloffs)
    planted = (customer.planted.bias * called).sum() / called.sum()
    assert planted == pytest.approx(1.25, rel=0.06)
    for lead in (2, 5):
        assert ratio(customer.history, lead) == pytest.approx(planted, rel=0.02)
    habits = replace(customer.settings.habits, bias=1.0, part_bias=0.0)
    honest = make_customer(replace(customer.settings, habits=habits))
    assert ratio(honest.history, 2) == pytest.approx(1.0, rel=0.02)


def test_a_drifting_plan_drifts() -> None:
    history = made("daily-drifting").history
    third = history.plan.shape[1] // 3
    first = replace(history, plan=history.plan[:, :third], load=history.load[:third],
                    copied=history.copied[:third])  # fmt: skip
    last = replace(history, plan=history.plan[:, -third:], load=history.load[-third:],
                   copied=history.copied[-third:])  # fmt: skip
    assert ratio(first, 2) == pytest.approx(0.83 * 1.8 ** (1 / 6), rel=0.08)
    assert ratio(last, 2) == pytest.approx(0.83 * 1.8 ** (5 / 6), rel=0.08)


def test_half_the_parts_of_an_inflated_plan_are_planned_several_times_too_high() -> None:
    customer = made("weekly-inflated")
    history = customer.history
    plan, called = (np.nansum(history.as_sent(lead)[:, 4:], axis=1) for lead in (4, 0))
    times = (plan / np.maximum(called, 1))[called > 0]
    assert 0.35 < (times > 1.9).mean() < 0.65
    assert times.max() > 5


@pytest.mark.parametrize(("name", "share"), [("daily-slipping", 0.3), ("daily-good", 0.0)])
def test_what_slips_is_found_on_the_next_day(name: str, share: float) -> None:
    """Call-offs as a sum of the plan for the day and of that for the working day before."""
    history = made(name).history
    plan, called = history.as_sent(1), history.calloffs
    working = np.flatnonzero((history.load == 1) & ~history.copied)
    days = [day for day in working if day - 1 in working and day - 2 in working]
    own, before = plan[:, days].ravel(), plan[:, [day - 1 for day in days]].ravel()
    weight = 1 / np.sqrt(own + 1)
    design = np.stack([own, before], axis=1) * weight[:, None]
    found = np.linalg.lstsq(design, called[:, days].ravel() * weight, rcond=None)[0]
    assert found[1] == pytest.approx(share, abs=0.07)
    assert found.sum() == pytest.approx(1.0, abs=0.05)


def test_a_nervous_plan_takes_back_its_revisions() -> None:
    """Drawn anew each time: a revision is the end of one error and the start of another."""

    def taken_back(name: str) -> float:
        plan = made(name).history
        a, b, c = (np.log(plan.as_sent(lead) + 1) for lead in (3, 2, 1))
        known = ~np.isnan(a + b + c) & (plan.load > 0)
        return float(np.corrcoef((b - a)[known], (c - b)[known])[0, 1])

    assert taken_back("daily-nervous") < -0.4
    assert taken_back("weekly-revised") > -0.15


def test_a_lumpy_plan_has_the_quantity_right_and_the_day_wrong() -> None:
    customer = made("daily-lumpy")
    history, lead = customer.history, lead_of(customer)
    plan, called = pairs(history, lead)
    assert (called == 0).mean() > 0.7
    assert (plan == 0).mean() > 0.7
    assert (called % 1 == 0).all()
    wrong = np.abs(plan - called).sum() / called.sum()
    over_all = abs(plan.sum() - called.sum()) / called.sum()
    assert wrong > 4 * over_all
    lots = history.calloffs / customer.planted.lot[:, None]
    assert np.nanmax(np.abs(lots - np.round(lots))) < 1e-9


def test_some_lots_are_planned_a_week_off() -> None:
    def rightly_timed(customer: Made) -> float:
        plan, called = pairs(customer.history, 1)
        return float(((plan > 0) & (called > 0)).sum() / (called > 0).sum())

    customer = made("weekly-lots")
    assert customer.settings.habits.moved > 0
    habits = replace(customer.settings.habits, moved=0.0)
    still = rightly_timed(make_customer(replace(customer.settings, habits=habits)))
    assert rightly_timed(customer) < still - 0.05


def test_goods_are_ordered_only_where_they_are_taken_in() -> None:
    rng = np.random.default_rng(1)
    need = rng.uniform(50, 100, (20, 30, 6))
    open_ = (np.arange(30)[:, None] + np.arange(6)) % 7 < 5
    need[:, ~open_] = 0
    plan, _ = orders(Ordering(loss=0.3), need, open_, rng)
    assert not plan[:, ~open_].any()
    calloffs = plan[:, :, 0].sum(axis=1)
    np.testing.assert_allclose(calloffs, need[:, :, 0].sum(axis=1), rtol=0.2)


def test_parts_come_and_go() -> None:
    history = made("weekly-passing").history
    there = ~np.isnan(history.plan[:, :, 0])
    at_once = there.sum(axis=0)
    assert there.any(axis=1).sum() > 2 * at_once.max()
    planted = made("weekly-passing").planted
    gone = planted.last + made("weekly-passing").settings.habits.forgotten
    assert not there[np.arange(there.shape[1]) > gone[:, None]].any()
    assert there[:, -1].any()
    late = (np.arange(there.shape[1]) > planted.last[:, None]) & there
    assert history.plan[:, :, 1][late].sum() > 0  # planned on when it is gone


@pytest.mark.parametrize(("name", "lead"), [("daily-large", 1), ("weekly-revised", 2)])
def test_lines_move_together(name: str, lead: int) -> None:
    """Errors of the plans of one line go together, those of different lines do not."""
    customer = made(name)
    history, line = customer.history, customer.planted.line
    plan, called = history.as_sent(lead), history.calloffs
    some = ~np.isnan(plan + called).all(axis=1) & (line >= 0)
    days = (history.load > 0) & ~np.isnan(plan + called)[some].all(axis=0)
    wrong = np.log((called + 20) / (plan + 20))[some][:, days]
    lines = np.stack([np.nanmean(wrong[line[some] == each], axis=0) for each in set(line[some])])
    between = np.corrcoef(lines)[np.triu_indices(len(lines), 1)]
    assert abs(between.mean()) < 0.3
    shared = np.var(lines, axis=1).mean()
    few = np.nanvar(wrong) / np.bincount(line[some]).mean()  # if all parts went their own ways
    assert shared > 5 * few


def test_half_days_stop_some_lines() -> None:
    load = made("daily-good").planted.load
    assert set(np.unique(load)) == {0.0, 1.0}
    some = (load.max(axis=1) == 1) & (load.min(axis=1) == 0)
    assert 2 <= some.sum() <= 12


def test_a_change_of_regime_takes_the_plan_by_surprise() -> None:
    customer = made("daily-regime")
    change = customer.settings.production.change
    assert change is not None
    history, period = customer.history, change.period
    working = history.load > 0
    level = np.nansum(history.calloffs, axis=0)
    before, after = level[:period][working[:period]], level[period:][working[period:]]
    assert after.mean() / before.mean() == pytest.approx(change.factor, abs=0.08)
    plan, called = (np.nansum(each, axis=0) for each in (history.as_sent(2), history.calloffs))
    known = np.where(plan > 0, called, 0)
    new = slice(period + 2, period - change.notice)
    assert plan[new].sum() / known[new].sum() > 1.6
    assert plan[period + 14 :].sum() / known[period + 14 :].sum() < 1.2


def test_the_new_customer_has_five_days_of_history() -> None:
    customer = made("daily-new")
    triangle = customer.history.triangle()
    first = triangle.target_days[-customer.settings.targets]
    past = triangle.as_of(first - np.timedelta64(customer.settings.lead, "D"))
    assert len(past.days) == 5


@pytest.mark.parametrize("name", DAILY)
def test_nothing_is_called_off_on_idle_days(name: str) -> None:
    customer = made(name)
    idle = (customer.history.load == 0) & ~customer.history.copied
    assert np.nansum(customer.history.plan[:, idle, 0]) == 0
    free = np.flatnonzero(customer.history.load == 0)
    for lead in (1, 3):
        assert np.nansum(customer.history.as_sent(lead)[:, free]) == 0
