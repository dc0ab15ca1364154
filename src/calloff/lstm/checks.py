"""What every engine demands of a job; all that is wrong with one is in one message.

Dimensions: N samples, T steps, F features of a step, D static ones, H units of a layer, O outputs
of the head.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from calloff.lstm import losses
from calloff.lstm.contract import Job, NetworkPlan, Training
from calloff.lstm.options import is_number
from calloff.lstm.sequences import count_static


def weight_shapes(plan: NetworkPlan) -> list[tuple[str, tuple[int, ...]]]:
    """The name and shape of every weight array of a ``plan``, in the order in which a job holds
    them."""
    shapes: list[tuple[str, tuple[int, ...]]] = []
    features = plan.features
    for k, layer in enumerate(plan.layers):
        shapes.append((f"layer {k} kernel", (features, 4 * layer.units)))
        shapes.append((f"layer {k} recurrent_kernel", (layer.units, 4 * layer.units)))
        if layer.use_bias:
            shapes.append((f"layer {k} bias", (4 * layer.units,)))
        features = layer.units
    shapes.append(("head kernel", (features, plan.head.outputs)))
    if plan.head.use_bias:
        shapes.append(("head bias", (plan.head.outputs,)))
    return shapes


def check(job: Job) -> None:
    """Check that some engine could train a job.

    Args:
        job: the network, its data and how it is trained.

    Raises:
        ValueError: with all that keeps every engine from it.
    """
    data = [*static_problems(job.plan, job.static)] or [*_data(job), *_validation(job)]
    problems = [*_weights(job), *data, *_training(job)]
    if problems:
        name = f" {job.name!r}" if job.name else ""
        raise ValueError(f"job{name} cannot be trained: " + "; ".join(problems))


def _weights(job: Job) -> Iterator[str]:
    wanted = weight_shapes(job.plan)
    if not job.plan.layers:
        yield "the plan must have at least one LSTM layer"
    if len(job.weights) != len(wanted):
        yield f"there must be {len(wanted)} weight arrays, not {len(job.weights)}"
        return
    for (name, shape), array in zip(wanted, job.weights, strict=True):
        if np.shape(array) != shape:
            yield f"{name} must have shape {shape}, not {np.shape(array)}"


def _data(job: Job) -> Iterator[str]:
    static = count_static(job.static)
    features = job.plan.features - static
    if np.ndim(job.x) != 3 or 0 in np.shape(job.x) or job.x.shape[2] != features:
        yield (
            f"x must have shape (samples, steps, {features}), none of them 0, not {np.shape(job.x)}"
        )
        return
    samples, steps = job.x.shape[:2]
    yield from _shape("static", job.static, (samples, static))
    yield from _shape("y", job.y, (samples, job.plan.head.outputs))
    yield from _shape("sample_weight", job.sample_weight, (samples,))
    yield from _shape("mask", job.mask, (samples, steps))


def _validation(job: Job) -> Iterator[str]:
    if (job.val_x is None) != (job.val_y is None):
        yield "val_x and val_y must be given together"
    if job.val_x is None and job.val_static is not None:
        yield "val_static needs val_x"
    if job.val_x is None or job.val_y is None:
        if _needs_validation(job.training):
            yield 'monitor "val_loss" needs validation data: give it, or monitor "loss"'
        return
    shape, static = np.shape(job.val_x), count_static(job.static)
    features = job.plan.features - static
    if len(shape) != 3 or 0 in shape or shape[2] != features:
        yield f"val_x must have shape (samples, steps, {features}), not {shape}"
        return
    if (job.static is None) != (job.val_static is None):
        yield "static and val_static must be given together"
    yield from _shape("val_static", job.val_static, (shape[0], static))
    yield from _shape("val_y", job.val_y, (shape[0], job.plan.head.outputs))
    yield from _shape("val_sample_weight", job.val_sample_weight, shape[:1])
    yield from _shape("val_mask", job.val_mask, shape[:2])


def static_problems(plan: NetworkPlan, static: Any) -> Iterator[str]:
    """Check static inputs, whatever the others are; at least one must be left for each step.

    Args:
        plan: the network.
        static: inputs that are the same at all steps (N, D); None: there are none.

    Yields:
        What is wrong with them.
    """
    if static is None:
        return
    shape, most = np.shape(static), plan.features - 1
    if len(shape) != 2 or not 1 <= shape[1] <= most:
        yield (
            f"static must have shape (samples, 1 to {most} of the {plan.features} features),"
            f" not {shape}"
        )


def _shape(name: str, array: Any, shape: tuple[int, ...]) -> Iterator[str]:
    if array is not None and np.shape(array) != shape:
        yield f"{name} must have shape {shape}, not {np.shape(array)}"


def _needs_validation(training: Training) -> bool:
    watched = training.early_stopping is not None or training.restore_best
    return training.monitor == "val_loss" and (watched or training.schedule.kind == "plateau")


def _training(job: Job) -> Iterator[str]:
    training = job.training
    yield from _numbers(training)
    if not isinstance(training.monitor, str) or training.monitor not in ("loss", "val_loss"):
        yield f"monitor must be loss or val_loss, not {training.monitor!r}"
    if training.schedule.kind not in ("constant", "cosine", "plateau"):
        yield f"schedule must be constant, cosine or plateau, not {training.schedule.kind!r}"
    clips = training.clipnorm, training.clipvalue, training.global_clipnorm
    if sum(clip is not None for clip in clips) > 1:
        yield "at most one of clipnorm, clipvalue and global_clipnorm may be given"
    yield from _loss(job)


def _numbers(training: Training) -> Iterator[str]:
    for name, least in (("epochs", 1), ("batch_size", 1), ("early_stopping", 0)):
        value = getattr(training, name)
        never = name == "early_stopping" and value is None
        if not never and (not isinstance(value, int | np.integer) or value < least):
            yield f"{name} must be an integer, at least {least}, not {value!r}"
    if not isinstance(training.shuffle, bool):
        yield f"shuffle must be True or False, not {training.shuffle!r}"
    for name in ("learning_rate", "weight_decay", "epsilon"):
        value = getattr(training, name)
        if not (is_number(value) and math.isfinite(value) and value >= 0):
            yield f"{name} must be a number from 0 up, not {value!r}"
    for name in ("beta_1", "beta_2"):
        value = getattr(training, name)
        if not (is_number(value) and 0 <= value < 1):
            yield f"{name} must be a number from 0 up, below 1, not {value!r}"
    for name in ("clipnorm", "clipvalue", "global_clipnorm"):
        value = getattr(training, name)
        if value is not None and not (is_number(value) and value > 0):
            yield f"{name} must be a positive number, not {value!r}"
    yield from _watching(training)


def _watching(training: Training) -> Iterator[str]:
    """What early stopping and the schedule go by."""
    schedule = training.schedule
    for name, value in (
        ("min_delta", training.min_delta),
        ("min_delta of the schedule", schedule.min_delta),
        ("final", schedule.final),
        ("factor", schedule.factor),
        ("min_rate", schedule.min_rate),
    ):
        if not (is_number(value) and math.isfinite(value)):
            yield f"{name} must be a number, not {value!r}"
    if not isinstance(schedule.patience, int | np.integer):
        yield f"patience must be an integer, not {schedule.patience!r}"


def _loss(job: Job) -> Iterator[str]:
    loss, outputs = job.training.loss, job.plan.head.outputs
    if not isinstance(loss.kind, str) or loss.kind not in losses.KINDS:
        yield f"loss must be one of {', '.join(losses.KINDS)}, not {loss.kind!r}"
    if loss.kind == "huber" and not (is_number(loss.delta) and loss.delta > 0):
        yield f"delta must be a positive number, not {loss.delta!r}"
    if loss.kind == "pinball" and not isinstance(loss.quantiles, tuple | list):
        yield f"quantiles must be a list of levels, not {loss.quantiles!r}"
    elif loss.kind == "pinball":
        if len(loss.quantiles) != outputs:
            yield (
                f"pinball needs one quantile for each of the {outputs} outputs,"
                f" not {len(loss.quantiles)}: {loss.quantiles}"
            )
        if any(not (is_number(q) and 0 < q < 1) for q in loss.quantiles):
            yield f"quantiles must lie between 0 and 1, not {loss.quantiles}"
