"""Random customers have the traits of their kind, and any kind can be drawn."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from calloff.data.load import load
from calloff.synth import History, RandomKind, random_customer, random_kind
from calloff.synth.random_kind import DISTORTIONS, HONEST

PLAIN = RandomKind(
    parts=60, periods=80, horizon=5, cadence=7, level=0.5, drift=0.0, lines=3, common=0.02,
    line=0.05, keeps=0.0, noise=0.3, rare=0.0, known=0.5, late=1.0, bias=0.0, part_bias=0.0,
    bias_drift=0.0, inflated=0.0, nervous=0.0, uneven=0.0,
    moved=0.0, short=0.0, by_line=False, idle=False,
    copies=0.0, slip=0.0, passing=0.0, change=False, whole=False,
)  # fmt: skip


def drawn(**traits: object) -> History:
    return random_customer(np.random.default_rng(5), replace(PLAIN, **traits))  # type: ignore[arg-type]


def planned(history: History, lead: int) -> float:
    """Pieces planned for one called off."""
    plan, called = history.as_sent(lead), history.calloffs
    both = ~np.isnan(plan) & ~np.isnan(called)
    return float(plan[both].sum() / called[both].sum())


def wrong(history: History, lead: int) -> float:
    plan, called = history.as_sent(lead), history.calloffs
    both = ~np.isnan(plan) & ~np.isnan(called)
    return float(np.abs(plan - called)[both].sum() / called[both].sum())


def test_the_same_generator_gives_the_same_customers() -> None:
    a, b = ([random_customer(rng).plan for _ in range(3)]
            for rng in (np.random.default_rng(1), np.random.default_rng(1)))  # fmt: skip
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)
    assert a[0].shape != a[1].shape or not np.array_equal(a[0], a[1], equal_nan=True)


def test_any_kind_can_be_drawn_and_gives_plans() -> None:
    rng = np.random.default_rng(2)
    for _ in range(150):
        kind = random_kind(rng)
        history = random_customer(rng, kind)
        assert history.plan.shape == (kind.parts, kind.periods, kind.horizon + 1)
        known = history.plan[~np.isnan(history.plan)]
        assert np.isfinite(known).all()
        assert (known >= 0).all()
        assert np.nansum(history.calloffs) > 0


def test_each_trait_is_drawn_with_more_than_one_value() -> None:
    rng = np.random.default_rng(3)
    kinds = [random_kind(rng) for _ in range(200)]
    for field in fields(RandomKind):
        assert len({getattr(kind, field.name) for kind in kinds}) > 1, field.name


def test_some_kinds_have_honest_plans() -> None:
    """Whoever never saw one learns to correct every plan."""
    rng = np.random.default_rng(4)
    kinds = [random_kind(rng) for _ in range(400)]
    honest = [not any(getattr(kind, name) for name in DISTORTIONS) for kind in kinds]
    assert np.mean(honest) == pytest.approx(HONEST, abs=0.06)


@pytest.mark.parametrize("cadence", [1, 7])
def test_a_table_is_read_as_the_triangle(cadence: int) -> None:
    history = drawn(cadence=cadence, idle=cadence == 1, passing=0.3, whole=True, short=0.1)
    assert load(history.table()).triangle.fingerprint == history.triangle().fingerprint


def test_plans_are_right_on_average_and_better_from_nearer() -> None:
    history = drawn()
    errors = [wrong(history, lead) for lead in range(1, 6)]
    assert (np.diff(errors) > 0).all()
    assert all(planned(history, lead) == pytest.approx(1.0, abs=0.03) for lead in range(1, 6))
    # half of the variance is known at the farthest lead: 0.3 * 0.7 of the size, as a mean error
    assert errors[-1] == pytest.approx(0.3 * np.sqrt(0.5) * np.sqrt(2 / np.pi), rel=0.25)
    assert wrong(drawn(known=0.99), 5) < 0.3 * errors[-1]


def test_late_news_make_all_but_the_last_plan_as_bad() -> None:
    early, late = ([wrong(drawn(late=power), lead) for lead in (1, 5)] for power in (3.0, 0.3))
    assert early[0] < 0.3 * early[1]
    assert late[0] > 0.6 * late[1]


def test_biases_are_those_of_the_kind() -> None:
    assert planned(drawn(bias=0.4), 3) == pytest.approx(np.exp(0.4), rel=0.1)
    assert planned(drawn(inflated=1.0), 5) > 2.0
    spread = drawn(part_bias=0.7)
    each = np.nanmean(spread.as_sent(5), axis=1) / np.nanmean(spread.calloffs[:, 5:], axis=1)
    assert np.std(np.log(each)) == pytest.approx(0.7, rel=0.4)


def test_shocks_of_lines_are_shared() -> None:
    def together(history: History) -> float:
        change = np.diff(np.log(history.calloffs), axis=1)
        return float(np.var(change.mean(axis=0)) / np.var(change))

    assert together(drawn(lines=1, line=0.3, noise=0.1)) > 0.5
    assert together(drawn(lines=20, line=0.3, noise=0.1)) < 0.2
    assert together(drawn(lines=1, line=0.02, noise=0.3)) < 0.1


def test_rare_parts_are_rare_and_their_orders_move() -> None:
    history = drawn(rare=1.0)
    assert 0.3 < (history.calloffs == 0).mean() < 0.9
    still, moved = wrong(history, 5), wrong(drawn(rare=1.0, moved=0.9), 5)
    assert moved > still + 0.4


def test_nervous_plans_are_worse_at_every_lead() -> None:
    assert wrong(drawn(nervous=0.4), 1) > 2 * wrong(drawn(), 1)


def test_what_slips_is_called_off_one_period_later() -> None:
    history = drawn(slip=0.4, known=1.0, line=0.3, noise=0.5)
    plan, called = history.as_sent(1)[:, 2:], history.calloffs[:, 2:]
    before = history.as_sent(1)[:, 1:-1]
    design = np.stack([plan.ravel(), before.ravel()], axis=1)
    found = np.linalg.lstsq(design, called.ravel(), rcond=None)[0]
    assert 0.2 < found[1] < 0.55
    assert found.sum() == pytest.approx(1.0, abs=0.1)


def test_parts_pass_and_weekends_are_idle() -> None:
    history = drawn(passing=1.0, cadence=1, idle=True, copies=0.0)
    there = ~np.isnan(history.plan[:, :, 0])
    assert (~there).any(axis=1).mean() > 0.5
    weekend = np.array([day.astype(object).weekday() >= 5 for day in history.days])
    assert history.copied[weekend].all()
    assert (history.load[weekend] == 0).all()
    assert np.nansum(history.as_sent(2)[:, weekend]) == 0


def test_a_change_for_good_moves_plans_or_call_offs() -> None:
    same = drawn().plan
    different = [
        random_customer(np.random.default_rng(5), replace(PLAIN, change=True)).plan,
    ]
    assert not np.array_equal(same, different[0])
    level = np.nansum(different[0], axis=0) / np.nansum(same, axis=0)
    assert level.max() > 1.15 or level.min() < 0.85
