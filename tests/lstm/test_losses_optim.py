from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from gradients import assert_exact, complex_step

from calloff.lstm import losses, optim
from calloff.lstm.contract import Loss, Schedule, Training

Y = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 4.0]])
P = np.array([[1.5, 0.0], [3.2, -4.0], [-0.5, 4.1]])
WEIGHT = np.array([1.0, 0.0, 3.0])

# By hand: |e| = 0.5 2 | 0.2 3 | 0.5 0.1, with e = y - p = -0.5 2 | -0.2 3 | 0.5 -0.1
CASES = [
    (Loss("mae"), (2.5 + 3.2 + 0.6) / 6, (2.5 + 3 * 0.6) / 6),
    (Loss("mse"), (4.25 + 9.04 + 0.26) / 6, (4.25 + 3 * 0.26) / 6),
    (
        Loss("huber", delta=1.0),
        (0.125 + 1.5 + 0.02 + 2.5 + 0.125 + 0.005) / 6,
        (0.125 + 1.5 + 3 * (0.125 + 0.005)) / 6,
    ),
    (
        Loss("pinball", quantiles=(0.1, 0.9)),
        (0.9 * 0.5 + 0.9 * 2 + 0.9 * 0.2 + 0.9 * 3 + 0.1 * 0.5 + 0.1 * 0.1) / 6,
        (0.9 * 0.5 + 0.9 * 2 + 3 * (0.1 * 0.5 + 0.1 * 0.1)) / 6,
    ),
]


@pytest.mark.parametrize(("loss", "plain", "weighted"), CASES, ids=lambda c: str(c))
def test_values_by_hand(loss: Loss, plain: float, weighted: float) -> None:
    assert losses.value(loss, y=Y, p=P) == pytest.approx(plain, rel=1e-14)
    found = losses.value(loss, y=Y, p=P, sample_weight=WEIGHT)
    assert found == pytest.approx(weighted, rel=1e-14)


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("loss", [c[0] for c in CASES], ids=lambda loss: loss.kind)
def test_gradients_by_a_complex_step(loss: Loss, weight: Any) -> None:
    found = losses.gradient(loss, y=Y, p=P, sample_weight=weight)
    expected = complex_step(lambda p: losses.value(loss, y=Y, p=p, sample_weight=weight), P)
    assert_exact(found, expected)


@pytest.mark.parametrize("loss", [c[0] for c in CASES], ids=lambda loss: loss.kind)
def test_a_perfect_prediction_costs_nothing_and_pulls_nowhere(loss: Loss) -> None:
    assert losses.value(loss, y=Y, p=Y) == 0.0
    assert (losses.gradient(loss, y=Y, p=Y) == 0.0).all()
    assert losses.gradient(loss, y=Y.astype("f4"), p=P.astype("f4")).dtype == np.float32


def test_pinball_punishes_a_low_forecast_of_a_high_quantile() -> None:
    y, low, high = np.array([[10.0]]), np.array([[8.0]]), np.array([[12.0]])
    loss = Loss("pinball", quantiles=(0.9,))
    assert losses.value(loss, y=y, p=low) == pytest.approx(1.8)
    assert losses.value(loss, y=y, p=high) == pytest.approx(0.2)


def test_half_a_pinball_is_half_the_mae() -> None:
    half = losses.value(Loss("pinball", quantiles=(0.5, 0.5)), y=Y, p=P)
    assert 2 * half == pytest.approx(losses.value(Loss("mae"), y=Y, p=P))


def test_huber_ladder() -> None:
    wide = losses.value(Loss("huber", delta=100.0), y=Y, p=P)
    assert 2 * wide == pytest.approx(losses.value(Loss("mse"), y=Y, p=P))


@pytest.mark.parametrize("function", [losses.value, losses.gradient])
def test_an_unknown_loss_is_named(function: Any) -> None:
    with pytest.raises(ValueError, match="not 'rmse'"):
        function(Loss("rmse"), y=Y, p=P)


def _steps(training: Training, gradients: list[float], w: float = 1.0) -> list[float]:
    weights: tuple[Any, ...] = (np.array([w]),)
    state, path = optim.start(weights), []
    for gradient in gradients:
        weights, state = optim.update(
            weights=weights,
            gradients=(np.array([gradient]),),
            state=state,
            training=training,
            rate=training.learning_rate,
        )
        path.append(float(weights[0][0]))
    return path


def test_adam_by_hand() -> None:
    """Kingma & Ba, algorithm 1, with eps where Keras puts it; three steps, written out."""
    m = v = 0.0
    w, expected = 1.0, []
    for t, grad in enumerate([0.3, -0.2, 5.0], start=1):
        m, v = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2
        step = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        w -= step * m / (math.sqrt(v) + 1e-7)
        expected.append(w)
    found = _steps(Training(learning_rate=0.01), [0.3, -0.2, 5.0])
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_weight_decay_shrinks_before_the_step() -> None:
    training = Training(learning_rate=0.01, weight_decay=0.5)
    moved = _steps(Training(learning_rate=0.01), [0.3])[0] - 1.0
    assert _steps(training, [0.3])[0] == pytest.approx(1.0 - 0.005 + moved, rel=1e-14)
    assert _steps(training, [0.0])[0] == pytest.approx(0.995, rel=1e-14)


def test_clipping() -> None:
    gradients = (np.array([3.0, -4.0]), np.array([[12.0]]))

    def clipped(**how: float) -> list[list[float]]:
        found = optim.clip(gradients, dataclasses.replace(Training(), **how))
        return [g.reshape(-1).tolist() for g in found]

    assert clipped() == [[3.0, -4.0], [12.0]]
    assert clipped(clipvalue=3.5) == [[3.0, -3.5], [3.5]]
    np.testing.assert_allclose(clipped(clipnorm=2.5)[0], [1.5, -2.0])
    np.testing.assert_allclose(clipped(clipnorm=2.5)[1], [2.5])
    np.testing.assert_allclose(clipped(global_clipnorm=6.5)[0], [1.5, -2.0])
    np.testing.assert_allclose(clipped(global_clipnorm=6.5)[1], [6.0])
    assert clipped(clipnorm=100.0) == clipped()
    assert clipped(global_clipnorm=13.0) == clipped()


def _rate(training: Training, epoch: int) -> float:
    plateau = optim.Plateau(training.learning_rate)
    return optim.epoch_rate(training=training, epoch=epoch, plateau=plateau)


def test_cosine() -> None:
    training = Training(epochs=10, learning_rate=0.1, schedule=Schedule("cosine", final=0.2))
    assert _rate(training, 0) == pytest.approx(0.1)
    assert _rate(training, 5) == pytest.approx(0.1 * (0.2 + 0.8 * 0.5))
    assert _rate(training, 10) == pytest.approx(0.02)
    assert _rate(Training(learning_rate=0.1), 7) == 0.1


def test_plateau() -> None:
    schedule = Schedule("plateau", factor=0.5, patience=2, min_delta=0.1, min_rate=0.02)
    plateau, rates = optim.Plateau(0.1), []
    for loss in [1.0, 0.95, 0.91, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6]:
        plateau = optim.after_epoch(plateau, schedule=schedule, loss=loss)
        rates.append(plateau.rate)
    # 0.95 and 0.91 are no gain of 0.1: halved; 0.9 is one wait; 0.5 is a gain; then every second
    assert rates == [0.1, 0.1, 0.05, 0.05, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02, 0.02]


def test_an_unknown_schedule_is_named() -> None:
    with pytest.raises(ValueError, match="not 'linear'"):
        _rate(Training(schedule=Schedule("linear")), 0)
