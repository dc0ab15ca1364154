"""What must hold of a job before an engine that trusts its input may see it.

Every message says which job, what must hold, and what was found.
Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from calloff.lstm.jobs import Job, LayerPlan, NetworkPlan, Training

Shape = tuple[int, ...]
Names = Collection[str]

LOSSES = ("mae", "mse", "huber", "pinball")
SCHEDULES = ("constant", "cosine", "plateau")


def variable_shapes(plan: NetworkPlan) -> list[Shape]:
    """The shapes of a network's weights, in their order."""
    shapes: list[Shape] = []
    inputs = plan.features
    for layer in plan.layers:
        shapes += [(inputs, 4 * layer.units), (layer.units, 4 * layer.units)]
        shapes += [(4 * layer.units,)] if layer.use_bias else []
        inputs = layer.units
    shapes += [(inputs, plan.head.outputs)]
    return shapes + ([(plan.head.outputs,)] if plan.head.use_bias else [])


def check_job(job: Job, activations: Names, aliases: Mapping[str, str]) -> None:
    """ValueError with all that is wrong with the job, if anything is."""
    problems = list(_plan_problems(job.plan, activations, aliases))
    problems += _weight_problems(job.plan, job.weights)
    problems += _training_problems(job.training, job.plan.head.outputs)
    problems += _data_problems(
        job.plan, "", (job.x, job.y, job.sample_weight, job.mask), least=1
    )
    if (job.val_x is None) != (job.val_y is None):
        problems.append("val_x and val_y must be given together")
    elif job.val_x is not None:
        arrays = job.val_x, job.val_y, job.val_sample_weight, job.val_mask
        problems += _data_problems(job.plan, "val_", arrays, least=1)
        problems += _same_steps(job)
    _complain(problems, f"job {job.name!r}" if job.name else "the job")


def check_network(
    plan: NetworkPlan,
    weights: Sequence[Any],
    x: Any,
    mask: Any,
    activations: Names,
    aliases: Mapping[str, str],
) -> None:
    """The same for a network that only predicts; no samples at all are fine."""
    problems = list(_plan_problems(plan, activations, aliases))
    problems += _weight_problems(plan, weights)
    problems += _input_problems(plan, "", x, mask, least=0)
    _complain(problems, "the network")


def _complain(problems: list[str], who: str) -> None:
    if problems:
        raise ValueError(f"{who} cannot run: " + "; ".join(problems))


def _plan_problems(
    plan: NetworkPlan, activations: Names, aliases: Mapping[str, str]
) -> Iterator[str]:
    if plan.features < 1:
        yield f"features must be at least 1, not {plan.features}"
    if not plan.layers:
        yield "a network needs at least one LSTM layer"
    if plan.head.outputs < 1:
        yield f"the head's outputs must be at least 1, not {plan.head.outputs}"
    for k, layer in enumerate(plan.layers):
        for problem in _layer_problems(layer):
            yield f"layer {k}: {problem}"
    names = [plan.head.activation]
    for layer in plan.layers:
        names += [layer.activation, layer.recurrent_activation]
    for name in dict.fromkeys(names):
        if aliases.get(name, name) not in activations:
            yield f"activation must be one of {', '.join(activations)}, not {name!r}"


def _layer_problems(layer: LayerPlan) -> Iterator[str]:
    if layer.units < 1:
        yield f"units must be at least 1, not {layer.units}"
    for name in ("dropout", "recurrent_dropout"):
        if not 0.0 <= getattr(layer, name) <= 1.0:
            yield f"{name} must be between 0 and 1, not {getattr(layer, name)}"


def _weight_problems(plan: NetworkPlan, weights: Sequence[Any]) -> Iterator[str]:
    expected, found = variable_shapes(plan), [np.shape(w) for w in weights]
    if expected != found:
        yield f"the weights must have the shapes {expected}, not {found}"


def _training_problems(training: Training, outputs: int) -> Iterator[str]:
    loss, schedule = training.loss, training.schedule
    if loss.kind not in LOSSES:
        yield f"loss must be one of {', '.join(LOSSES)}, not {loss.kind!r}"
    if loss.kind == "pinball" and len(loss.quantiles) != outputs:
        yield f"pinball needs one quantile for each of {outputs} outputs, not {loss.quantiles}"
    if schedule.kind not in SCHEDULES:
        yield f"schedule must be one of {', '.join(SCHEDULES)}, not {schedule.kind!r}"
    if training.epochs < 0:
        yield f"epochs must not be negative, as {training.epochs} is"
    if training.batch_size < 1:
        yield f"batch_size must be at least 1, not {training.batch_size}"
    if training.monitor not in ("loss", "val_loss"):
        yield f"monitor must be 'loss' or 'val_loss', not {training.monitor!r}"
    limits = [n for n in ("clipnorm", "clipvalue", "global_clipnorm") if getattr(training, n)]
    if len(limits) > 1:
        yield f"at most one of clipnorm, clipvalue, global_clipnorm, not {', '.join(limits)}"
    for name in limits:
        if getattr(training, name) < 0:
            yield f"{name} must be positive, not {getattr(training, name)}"


def _data_problems(
    plan: NetworkPlan, prefix: str, arrays: tuple[Any, Any, Any, Any], *, least: int
) -> Iterator[str]:
    x, y, weight, mask = arrays
    yield from _input_problems(plan, prefix, x, mask, least=least)
    samples = np.shape(x)[:1]
    for name, array, shape in (
        ("y", y, (*samples, plan.head.outputs)),
        ("sample_weight", weight, samples),
    ):
        if array is not None and np.shape(array) != shape:
            yield f"{prefix}{name} must have the shape {shape}, not {np.shape(array)}"


def _input_problems(
    plan: NetworkPlan, prefix: str, x: Any, mask: Any, *, least: int
) -> Iterator[str]:
    shape = np.shape(x)
    if len(shape) != 3 or shape[2] != plan.features:
        yield f"{prefix}x must have the shape (samples, steps, {plan.features}), not {shape}"
        return
    if shape[0] < least:
        yield f"{prefix}x must have at least {least} sample, and has none"
    if shape[1] < 1:
        yield f"{prefix}x must have at least 1 step, and has none"
    if mask is not None and np.shape(mask) != shape[:2]:
        yield f"{prefix}mask must have the shape {shape[:2]}, not {np.shape(mask)}"


def _same_steps(job: Job) -> Iterator[str]:
    steps, found = np.shape(job.x)[1:2], np.shape(job.val_x)[1:2]
    if steps != found:
        yield f"val_x must have as many steps as x, {steps}, not {found}"
