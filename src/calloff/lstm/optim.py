"""Adam, and what may change around it: clipping, weight decay, the learning rate's schedule.

Kingma & Ba (2015), "Adam: a method for stochastic optimization", algorithm 1, in the order of
computation given at the end of its section 2 (which is Keras's). Decoupled weight decay:
Loshchilov & Hutter (2019). State is passed in and returned; nothing is changed in place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.contract import Schedule, Training

Array = NDArray[Any]
Arrays = tuple[Array, ...]


@dataclass(frozen=True)
class Cosine:
    """A learning rate that falls along half a cosine, epoch by epoch: from ``learning_rate`` to
    ``final`` times it."""

    learning_rate: float = 1e-3
    final: float = 0.0


@dataclass(frozen=True)
class Adam:
    """The optimizer as ``fit`` takes it, with Keras's names and defaults.

    Attributes:
        learning_rate: the rate, or a Cosine.
        beta_1: decay of the mean of the gradients.
        beta_2: decay of the mean of their squares.
        epsilon: what is added to the root of these before it divides.
        weight_decay: decoupled weight decay, in units of the rate; None: none.
        clipnorm: largest norm of each variable's gradient; at most one of the three is given.
        clipvalue: largest absolute value in a gradient.
        global_clipnorm: largest norm of all gradients together.

    Source:
        Kingma & Ba (2015), algorithm 1; decoupled weight decay is of Loshchilov & Hutter (2019).
    """

    learning_rate: float | Cosine = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float | None = None
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None


class AdamState(NamedTuple):
    """Where the optimizer stands.

    Attributes:
        m: running means of the gradients, one for each variable.
        v: running means of their squares.
        t: number of updates made.
    """

    m: Arrays
    v: Arrays
    t: int = 0


def start(weights: Sequence[Array]) -> AdamState:
    """The state before the first update of ``weights``."""
    zeros = tuple(np.zeros_like(w) for w in weights)
    return AdamState(zeros, zeros)


def clip(gradients: Arrays, training: Training) -> Arrays:
    """Limit gradients by value, by their own norms, or by the norm of all together.

    Args:
        gradients: derivatives of the loss by each variable.
        training: the options clipvalue, clipnorm and global_clipnorm.

    Returns:
        The gradients, limited.
    """
    if training.clipvalue is not None:
        limit = training.clipvalue
        return tuple(np.clip(g, -limit, limit) for g in gradients)
    if training.clipnorm is not None:
        return tuple(g * _clip_factor(_norm([g]), training.clipnorm) for g in gradients)
    if training.global_clipnorm is not None:
        factor = _clip_factor(_norm(gradients), training.global_clipnorm)
        return tuple(g * factor for g in gradients)
    return gradients


def _norm(gradients: Sequence[Array]) -> float:
    return math.sqrt(sum(float(np.sum(g * g)) for g in gradients))


def _clip_factor(norm: float, limit: float) -> float:
    return limit / norm if norm > limit else 1.0


def update(
    *, weights: Arrays, gradients: Arrays, state: AdamState, training: Training, rate: float
) -> tuple[Arrays, AdamState]:
    """Make one update of all variables: clip, decay, then the step of Adam.

    Args:
        weights: the variables.
        gradients: derivatives of the loss by them.
        state: where the optimizer stands.
        training: its options.
        rate: learning rate of this update.

    Returns:
        The variables after it, and where the optimizer stands then.
    """
    gradients = clip(gradients, training)
    keep = 1.0 - rate * training.weight_decay
    weights = tuple(w * keep for w in weights) if training.weight_decay else weights
    b1, b2, t = training.beta_1, training.beta_2, state.t + 1
    m = tuple(m + (g - m) * (1.0 - b1) for m, g in zip(state.m, gradients, strict=True))
    v = tuple(v + (g * g - v) * (1.0 - b2) for v, g in zip(state.v, gradients, strict=True))
    alpha = rate * math.sqrt(1.0 - b2**t) / (1.0 - b1**t)
    moved = tuple(
        w - alpha * first / (np.sqrt(second) + training.epsilon)
        for w, first, second in zip(weights, m, v, strict=True)
    )
    return moved, AdamState(m, v, t)


class Plateau(NamedTuple):
    """Where a schedule "plateau" stands.

    Attributes:
        rate: the learning rate.
        best: the best loss so far.
        wait: epochs since then.
    """

    rate: float
    best: float = math.inf
    wait: int = 0


def epoch_rate(*, training: Training, epoch: int, plateau: Plateau) -> float:
    """Give the learning rate of one epoch.

    Args:
        training: the options.
        epoch: the epoch, from 0.
        plateau: where a schedule "plateau" stands.

    Returns:
        The rate.

    Raises:
        ValueError: there is no such schedule.
    """
    schedule = training.schedule
    if schedule.kind == "plateau":
        return plateau.rate
    if schedule.kind == "cosine":
        cosine = 0.5 * (1.0 + math.cos(math.pi * epoch / training.epochs))
        return training.learning_rate * (schedule.final + (1.0 - schedule.final) * cosine)
    if schedule.kind == "constant":
        return training.learning_rate
    raise ValueError(f"schedule must be one of constant, cosine, plateau, not {schedule.kind!r}")


def after_epoch(plateau: Plateau, *, schedule: Schedule, loss: float) -> Plateau:
    """Lower the rate where the loss has not got better for ``patience`` epochs.

    Args:
        plateau: where the schedule stands.
        schedule: its options.
        loss: loss of the epoch.

    Returns:
        Where it stands then.
    """
    if loss < plateau.best - schedule.min_delta:
        return Plateau(plateau.rate, loss, 0)
    if plateau.wait + 1 < schedule.patience:
        return plateau._replace(wait=plateau.wait + 1)
    lowered = max(plateau.rate * schedule.factor, schedule.min_rate)
    return Plateau(min(plateau.rate, lowered), plateau.best, 0)
