"""A network for each part: what it learns alone, and what it leaves to the plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calloff.data.triangle import Past, Triangle, as_days
from calloff.features.builder import SampleBuilder
from calloff.forecasters import lstm_part
from calloff.forecasters.lstm_part import PartLSTM, PartSamples, Windows
from calloff.lstm.data import Dataset
from calloff.rolling.answers import PLAN, ask
from calloff.rolling.spec import Spec
from support import triangle

SPEC = Spec(lead=2)
HORIZON = 4


def customer(days: int = 40, seed: int = 5) -> Triangle:
    """Part "Low" is always called off half as much again as planned; the others as planned,
    give or take a piece; "New" is two days old."""
    rng = np.random.default_rng(seed)
    dates = np.datetime64("2024-01-01") + np.arange(days).astype("timedelta64[D]")
    plans: dict[str, dict[str, list[float]]] = {"Low": {}, "A": {}, "B": {}, "New": {}}
    for part, rows in plans.items():
        level = rng.integers(80, 120, days + HORIZON + 1)
        factor = 1.5 if part == "Low" else 1.0
        for day in range(days - 2 if part == "New" else 0, days):
            calls = level[day] * factor + rng.integers(-1, 2)
            rows[str(dates[day])] = [calls, *level[day + 1 : day + HORIZON + 1]]
    return triangle(plans)


def said(past: Past, method: PartLSTM | None = None) -> tuple[np.ndarray, list[str]]:  # type: ignore[type-arg]
    query = past.ask(past.days[-1] + as_days(2), 2)
    said = ask(method or PartLSTM(), past, query, SPEC)
    return said.pieces / query.plan, said.used.tolist()


@pytest.fixture(scope="module")
def past() -> Past:
    return customer().as_of("2024-02-09")


def test_it_finds_the_part_that_is_planned_too_low(past: Past) -> None:
    ratio, used = said(past)
    assert ratio[0] == pytest.approx(1.5, abs=0.1)
    assert ratio[1:] == pytest.approx([1, 1, 1], abs=0.05)
    assert used[0] == "lstm-part"


def test_the_plan_steps_in_for_a_new_part_and_says_so(past: Past) -> None:
    ratio, used = said(past)
    assert (ratio[3], used[3]) == (1.0, PLAN)


def test_a_part_learns_the_same_in_whatever_company(past: Past) -> None:
    """To the bit; what the parts share is which days were working days, and these stay."""
    turned = past.known.quantity.copy()
    turned[2] = turned[2][::-1]  # B's days turned round
    other, _ = said(replace(past.known, quantity=turned).as_of(past.cutoff))
    mine, _ = said(past)
    assert other[:2].tolist() == mine[:2].tolist()


def test_a_network_that_breaks_down_leaves_the_others_alone(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = said(past, PartLSTM(seeds=1))
    make = PartSamples.dataset

    def spoiled(samples: PartSamples, seed: int) -> Dataset:
        made = make(samples, seed)
        if np.abs(samples.y).mean() > 0.2:  # the part that is planned too low
            return replace(made, x=np.full_like(made.x, 3e38))
        return made

    monkeypatch.setattr(PartSamples, "dataset", spoiled)
    ratio, used = said(past, PartLSTM(seeds=1, name="lstm-part-spoiled"))
    assert (ratio[0], used[0]) == (1.0, PLAN)
    assert ratio[1:].tolist() == whole[1:].tolist()


def test_a_network_that_is_no_better_than_the_plan_is_not_asked(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PartSamples, "plan_loss", 0.0)
    assert set(said(past, PartLSTM(name="never"))[1]) == {PLAN}


def test_the_last_target_days_are_held_back(past: Past) -> None:
    windows = Windows(SampleBuilder(past))
    rows = windows.rows(range(1, 4))
    assert rows is not None
    samples = PartSamples.of(rows, 1)
    assert samples is not None
    target = rows.target[rows.known[:, 1]]
    assert target[samples.held].min() > target[~samples.held].max()
    days = len(np.unique(target))
    assert len(np.unique(target[samples.held])) == np.ceil(lstm_part.HELD * days)
    np.testing.assert_allclose(samples.mean, samples.x[~samples.held].mean(axis=(0, 1)), rtol=1e-6)


def test_a_window_shows_calls_and_plans_for_the_target(past: Past) -> None:
    """The notebook's diagonal: three days' call-offs, and what each planned for the target."""
    builder = SampleBuilder(past)
    origin = len(past.days) - 1
    target = past.days[-1] + as_days(2)
    plan, steps = Windows(builder).at(origin, target)
    scale = builder.scale[:, origin]
    days = range(origin - 2, origin + 1)
    called = np.stack([past.calloffs[:2, day] for day in days], axis=1)
    earlier = np.stack([builder.planned(day, target)[:2] for day in days], axis=1)
    pieces = steps[:2] * scale[:2, None, None] + plan[:2, None, None]
    np.testing.assert_allclose(pieces[:, :, 0], called)
    np.testing.assert_allclose(pieces[:, :, 1], earlier)
    assert not steps[3, 0, :2].any()  # not there yet: nothing is known
