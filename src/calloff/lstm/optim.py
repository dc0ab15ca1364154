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
    """A learning rate that falls along half a cosine, epoch by epoch, to ``final`` x itself."""

    learning_rate: float = 1e-3
    final: float = 0.0


@dataclass(frozen=True)
class Adam:
    """The optimiser as ``fit`` takes it, with Keras's names and defaults."""

    learning_rate: float | Cosine = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float | None = None
    clipnorm: float | None = None  # at most one of the three
    clipvalue: float | None = None
    global_clipnorm: float | None = None


class AdamState(NamedTuple):
    """The running means of the gradient and of its square, and the number of updates made."""

    m: Arrays
    v: Arrays
    t: int = 0


def start(weights: Sequence[Array]) -> AdamState:
    zeros = tuple(np.zeros_like(w) for w in weights)
    return AdamState(zeros, zeros)


def clip(gradients: Arrays, training: Training) -> Arrays:
    """Gradients limited by value, by their own norms, or by the norm of all together."""
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
    """One update of all variables: clip, decay, then the step of Adam."""
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
    """Where a schedule "plateau" stands: the rate, the best loss, epochs since it got better."""

    rate: float
    best: float = math.inf
    wait: int = 0


def epoch_rate(*, training: Training, epoch: int, plateau: Plateau) -> float:
    """The learning rate of one epoch (0-based)."""
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
    """Lower the rate where the loss has not got better for ``patience`` epochs."""
    if loss < plateau.best - schedule.min_delta:
        return Plateau(plateau.rate, loss, 0)
    if plateau.wait + 1 < schedule.patience:
        return plateau._replace(wait=plateau.wait + 1)
    lowered = max(plateau.rate * schedule.factor, schedule.min_rate)
    return Plateau(min(plateau.rate, lowered), plateau.best, 0)
