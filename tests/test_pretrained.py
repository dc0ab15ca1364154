"""The networks that come with the package: small, of the inputs that are made, and of use as they
are."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from calloff.data.triangle import as_days
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.forecasters.inputs import inputs_of
from calloff.forecasters.lstm import MEDIAN, PooledLSTM
from calloff.forecasters.pretrained import FOLDER, pretrained
from calloff.forecasters.rows import record_of, row_of
from calloff.lstm import Loss
from calloff.rolling.spec import Spec
from calloff.synth import Customer, bank, make
from calloff.uncertainty.levels import LEVELS
from support import sent_by

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import pretrain_lstm


def test_they_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.rglob("*")) < 500_000


def test_they_read_what_is_made_and_say_the_levels() -> None:
    made = sent_by(make(Customer(parts=5, days=20, faults=False)), 6)
    past, spec = made.as_of(made.days[-1]), Spec(lead=2)
    row = row_of(past, spec, past.ask(past.cutoff + as_days(2), 2))
    inputs = inputs_of(past, record_of(past, spec), row)
    assert len(pretrained()) > 1
    for network in pretrained():
        assert network.features == inputs.steps.shape[2] + inputs.ahead.shape[1]
        assert network.loss == Loss("pinball", quantiles=LEVELS)
        assert network.predict(inputs.steps, static=inputs.ahead).shape == (
            len(past.parts),
            len(LEVELS),
        )
    some = np.array([3, 1])
    part = inputs_of(past, record_of(past, spec), row, some)
    np.testing.assert_array_equal(part.steps, inputs.steps[some])
    np.testing.assert_array_equal(part.ahead, inputs.ahead[some])


def test_untuned_they_are_better_than_plan_and_ratio_on_a_customer_of_another_kind() -> None:
    made = bank("daily-new")
    history = made.history.triangle()
    first = str(history.target_days[-made.settings.targets])
    methods = ["plan", "ratio", PooledLSTM("untuned", tuned=False)]
    table = backtest(history, Spec(made.settings.lead), methods=methods, first=first)
    mae = dict(score(table).select("method", "mae").rows())
    assert mae["untuned"] < 0.8 * min(mae["plan"], mae["ratio"])


def test_lessons_repeat_and_the_networks_learned_them() -> None:
    """On customers that were held back."""
    ratios = []
    for number in (9, 19, 29, 39):
        one = pretrain_lstm.lessons(number)
        assert one is not None
        steps, ahead = one.steps.astype(np.float32), one.ahead.astype(np.float32)
        each = [network.predict(steps, static=ahead)[:, MEDIAN] for network in pretrained()]
        said = np.mean(each, axis=0)
        ratios.append(one.weight @ np.abs(one.error - said) / (one.weight @ np.abs(one.error)))
    assert np.mean(ratios) < 0.97
    again = pretrain_lstm.lessons(39)
    assert again is not None
    np.testing.assert_array_equal(one.steps, again.steps)
    np.testing.assert_array_equal(one.ahead, again.ahead)
