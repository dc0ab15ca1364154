"""The fast engine from Python: the same jobs as ``train.py``, in float32, on all cores.

Everything is checked here, once, so that the C++ (``cpp/``) can trust what it gets.
The result is the same to the bit for any number of threads, and from run to run on one instruction
set (``processor``): that which suits the network best, unless one is named.

Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calloff.lstm import _engine, checks, sequences, weight_rules
from calloff.lstm.contract import Array, Job, NetworkPlan, Outcome
from calloff.lstm.processor import instruction_sets as instruction_sets
from calloff.lstm.processor import requested as requested
from calloff.lstm.stack import NO_EXTRAS, Extras

_ON_WEIGHTS = ("regularizers", "constraints")
Progress = Callable[[int, int], object]  # epochs done and epochs in all, over all jobs

ALIASES = {"silu": "swish"}
ACTIVATIONS = (
    "linear", "tanh", "sigmoid", "hard_sigmoid", "relu", "leaky_relu", "elu", "selu",
    "softplus", "softsign", "swish", "gelu",
)  # fmt: skip


def supports(job: Job, extras: Extras = NO_EXTRAS) -> str | None:
    """Say why this engine cannot do a job.

    Args:
        job: the network.
        extras: options that are not in its plan.

    Returns:
        The reason; None where it can.
    """
    unknown = [name for name in extras.used() if name not in _ON_WEIGHTS]
    unknown += [f"{name} of your own" for name in weight_rules.foreign(extras)]
    if unknown:
        return f"it has no {', '.join(unknown).replace('_', ' ')}"
    foreign = sorted(n for n in _names(job.plan) if ALIASES.get(n, n) not in ACTIVATIONS)
    if foreign:
        return f"it has no activation {', '.join(foreign)}, only {', '.join(ACTIVATIONS)}"
    return None


def instruction_set(plan: NetworkPlan | None = None) -> str:
    """The instruction set that runs where none is named: for a network of this ``plan``, or the
    fastest. Not always the fastest: eight units fill a vector of AVX2 and half of one of
    AVX-512."""
    if (fixed := requested(None)) is not None:
        return fixed
    if plan is None:
        return instruction_sets()[0]
    return _engine.chosen_instruction_set(_without_aliases(plan))


def train(
    jobs: Sequence[Job],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    extras: Sequence[Extras] | None = None,
    instruction_set: str | None = None,
    poison: bool = False,
) -> list[Outcome]:
    """Train jobs, one per thread at a time; threads without a job help the others.

    Args:
        jobs: the networks.
        threads: how many; None: one for each core.
        progress: called with epochs done and epochs in all, about 50 times a second at most, from
            this thread; whatever it raises, as Ctrl-C does, stops all jobs within a batch.
        extras: regularizers and constraints of each job.
        instruction_set: one of ``instruction_sets()``; None: that of ``instruction_set(plan)``.
        poison: whether buffers are filled with NaN first, for a test.

    Returns:
        What each job gave.
    """
    packed, rules = _packed(jobs, extras)
    chosen = requested(instruction_set)
    results = _engine.train(packed, rules, thread_count(threads), progress, chosen, poison)
    return [_outcome(job, result) for job, result in zip(packed, results, strict=True)]


def groups(
    jobs: Sequence[Job],
    *,
    threads: int | None = None,
    extras: Sequence[Extras] | None = None,
    instruction_set: str | None = None,
) -> list[list[int]]:
    """Say which jobs ``train`` would train side by side. A job's numbers do not depend on it.

    Args:
        jobs: the networks.
        threads: how many; None: one for each core.
        extras: regularizers and constraints of each job.
        instruction_set: one of ``instruction_sets()``; None: that of ``instruction_set(plan)``.

    Returns:
        The places of the jobs in each group, the longest first.
    """
    packed, rules = _packed(jobs, extras)
    return _engine.groups(packed, rules, thread_count(threads), requested(instruction_set))


@np.errstate(over="ignore")
def predict(
    plan: NetworkPlan,
    weights: Sequence[Array],
    x: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    static: ArrayLike | None = None,
    threads: int | None = None,
    instruction_set: str | None = None,
    out: NDArray[np.float32] | None = None,
    poison: bool = False,
) -> NDArray[np.float32]:
    """Predict.

    Args:
        plan: the network.
        weights: its weights, in the order of ``weight_shapes``.
        x: inputs (N, T, F).
        mask: False where a step is passed over (N, T).
        static: inputs that are the same at all steps (N, D).
        threads: how many; None: one for each core.
        instruction_set: one of ``instruction_sets()``; None: that of ``instruction_set(plan)``.
        out: array to write into (N, O), contiguous and float32; by default, a new one.
        poison: whether buffers are filled with NaN first, for a test.

    Returns:
        The predictions (N, O).

    Raises:
        ValueError: shapes do not fit.
    """
    inputs, same = _floats(x), None if static is None else _floats(static)
    problems = [*_plan_problems(plan), *checks.static_problems(plan, same)]
    _raise_problems(problems or [*_input_problems(plan, weights, inputs, mask, same)])
    if same is not None and mask is not None:
        inputs, same = sequences.with_static(inputs, same), None
    shape = len(inputs), plan.head.outputs
    if out is None:
        out = np.empty(shape, dtype=np.float32)
    if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
        raise ValueError(f"out must be a contiguous float32 array of shape {shape}")
    packed = tuple(_floats(w) for w in weights)
    count, chosen = thread_count(threads), requested(instruction_set)
    plan = _without_aliases(plan)
    _engine.predict(plan, packed, inputs, same, _bools(mask), out, count, chosen, poison)
    return out


def gradients(
    job: Job,
    *,
    batch: int = 0,
    extras: Extras = NO_EXTRAS,
    threads: int | None = None,
    instruction_set: str | None = None,
    out: list[NDArray[np.float32]] | None = None,
    poison: bool = False,
) -> tuple[float, list[NDArray[np.float32]]]:
    """Give the loss and its derivatives for all samples of a job as one batch.

    Args:
        job: the network and its samples.
        batch: which batch of a training this is, from 0, which decides the dropout masks.
        extras: regularizers; constraints do not matter here.
        threads: how many; None: one for each core.
        instruction_set: one of ``instruction_sets()``; None: that of ``instruction_set(plan)``.
        out: arrays to write the derivatives into; by default, new ones.
        poison: whether buffers are filled with NaN first, for a test.

    Returns:
        The loss, and its derivative by every weight array.
    """
    packed = _pack(job, extras)
    shapes = checks.weight_shapes(job.plan)
    out = out or [np.empty(shape, dtype=np.float32) for _, shape in shapes]
    count, chosen = thread_count(threads), requested(instruction_set)
    loss = _engine.gradients(packed, _rules(job, extras), batch, out, count, chosen, poison)
    return loss, out


def activation(
    name: str, z: ArrayLike, *, instruction_set: str | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute an activation as the engine does, to measure its error.

    Args:
        name: its name.
        z: where.
        instruction_set: one of ``instruction_sets()``; None: the one that runs.

    Returns:
        Values and derivatives, of the shape of ``z``.
    """
    points, chosen = _floats(z), requested(instruction_set)
    value, derivative = np.empty_like(points), np.empty_like(points)
    _engine.activation(ALIASES.get(name, name), points, value, derivative, chosen)
    return value, derivative


def square_root(
    x: NDArray[np.float32], *, instruction_set: str | None = None
) -> NDArray[np.float32]:
    """Take square roots as the engine's Adam takes every second one, to measure their error.

    Args:
        x: of what.
        instruction_set: one of ``instruction_sets()``; None: the one that runs.

    Returns:
        The roots, of the shape of ``x``.
    """
    out = np.empty_like(points := _floats(x))
    _engine.square_root(points, out, requested(instruction_set))
    return out


def peak_rate(instruction_set: str | None = None, *, rounds: int = 20_000_000) -> float:
    """Measure how many operations a second one core does when it does nothing but multiply and add
    in registers, the limit for any engine.

    Args:
        instruction_set: one of ``instruction_sets()``; None: the one that runs.
        rounds: how often ten sums are taken.

    Returns:
        Floating-point operations a second of the processor's time, the best of three.
    """
    name = requested(instruction_set) or instruction_sets()[0]
    seconds, lanes = min(_engine.time_multiply_add(rounds, name) for _ in range(3))
    return rounds * 10 * lanes * 2 / seconds


def thread_count(threads: int | None) -> int:
    """Find how many threads to use.

    Args:
        threads: as asked for; None: as many as this process may use.

    Returns:
        The number.

    Raises:
        ValueError: it is below 1.
    """
    if threads is None:
        affinity = getattr(os, "sched_getaffinity", None)  # not on every system
        return len(affinity(0)) if affinity else os.cpu_count() or 1
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads}")
    return threads


def _floats(array: Any) -> NDArray[np.float32]:
    return np.ascontiguousarray(array, dtype=np.float32)


def _bools(mask: Any) -> NDArray[np.bool_] | None:
    return None if mask is None else np.ascontiguousarray(mask, dtype=bool)


def _names(plan: NetworkPlan) -> set[str]:
    """The activations of a plan."""
    names = {plan.head.activation}
    for layer in plan.layers:
        names |= {layer.activation, layer.recurrent_activation}
    return names


def _without_aliases(plan: NetworkPlan) -> NetworkPlan:
    """The plan with each activation under its one name."""
    if ALIASES.keys().isdisjoint(_names(plan)):
        return plan

    def renamed(part: Any, *fields: str) -> Any:
        names = {field: getattr(part, field) for field in fields}
        return replace(part, **{field: ALIASES.get(name, name) for field, name in names.items()})

    layers = tuple(renamed(layer, "activation", "recurrent_activation") for layer in plan.layers)
    return replace(plan, layers=layers, head=renamed(plan.head, "activation"))


def _plan_problems(plan: NetworkPlan) -> Iterator[str]:
    """What the C++ relies on, beyond ``checks``."""
    for name, size in (("features", plan.features), ("outputs", plan.head.outputs)):
        if size < 1:
            yield f"{name} must be a positive integer, not {size!r}"
    for k, layer in enumerate(plan.layers):
        if layer.units < 1:
            yield f"units of layer {k} must be a positive integer, not {layer.units!r}"
        for name in ("dropout", "recurrent_dropout"):
            if not 0.0 <= getattr(layer, name) <= 1.0:
                yield f"{name} of layer {k} must lie in 0..1, not {getattr(layer, name)!r}"


def _input_problems(
    plan: NetworkPlan, weights: Sequence[Array], x: Array, mask: Any, static: Array | None
) -> Iterator[str]:
    """What must hold to predict; no samples at all are fine."""
    wanted = [shape for _, shape in checks.weight_shapes(plan)]
    found = [np.shape(w) for w in weights]
    if wanted != found or not plan.layers:
        yield f"the weights must have the shapes {wanted}, not {found}"
    features = plan.features - sequences.count_static(static)
    if static is not None and len(static) != len(x):
        yield f"static must have one row for each of {len(x)} samples, not {len(static)}"
    if x.ndim != 3 or x.shape[2] != features or x.shape[1] < 1:
        yield f"x must have shape (samples, 1 or more steps, {features}), not {x.shape}"
    if mask is not None and np.shape(mask) != x.shape[:2]:
        yield f"mask must have shape {x.shape[:2]}, not {np.shape(mask)}"


def _raise_problems(problems: list[str], name: str = "") -> None:
    if problems:
        who = f"job {name!r}" if name else "the network"
        raise ValueError(f'engine "cpp" cannot take {who}: ' + "; ".join(problems))


@np.errstate(over="ignore")  # too large for float32: infinite, and caught as such later
def _pack(job: Job, extras: Extras) -> Job:
    """The job with all its arrays float32 and contiguous, after every check."""
    checks.check(job)
    _raise_problems([*_plan_problems(job.plan), *filter(None, [supports(job, extras)])], job.name)

    def maybe(array: Any) -> Any:
        return None if array is None else _floats(array)

    if job.static is not None and _reads_all_at_each_step(job):
        x = sequences.with_static(_floats(job.x), _floats(job.static))
        val_x = job.val_x
        if val_x is not None:
            val_x = sequences.with_static(_floats(val_x), _floats(job.val_static))
        job = replace(job, x=x, val_x=val_x, static=None, val_static=None)
    return replace(
        job,
        plan=_without_aliases(job.plan),
        training=replace(job.training, batch_size=min(job.training.batch_size, len(job.x))),
        weights=tuple(_floats(w) for w in job.weights),
        x=_floats(job.x),
        y=_floats(job.y),
        seed=int(job.seed) & 0xFFFFFFFFFFFFFFFF,
        sample_weight=maybe(job.sample_weight),
        mask=_bools(job.mask),
        static=maybe(job.static),
        val_x=maybe(job.val_x),
        val_y=maybe(job.val_y),
        val_sample_weight=maybe(job.val_sample_weight),
        val_mask=_bools(job.val_mask),
        val_static=maybe(job.val_static),
    )


def _reads_all_at_each_step(job: Job) -> bool:
    """Whether static inputs must be read at each step, as the others are: where a mask, or one of
    dropout, is for all inputs of a step."""
    masked = job.mask is not None or job.val_mask is not None
    return masked or job.plan.layers[0].dropout > 0


def _packed(
    jobs: Sequence[Job], extras: Sequence[Extras] | None
) -> tuple[list[Job], list[list[weight_rules.WeightRule]]]:
    pairs = list(zip(jobs, extras or [NO_EXTRAS] * len(jobs), strict=True))
    return [_pack(*pair) for pair in pairs], [_rules(*pair) for pair in pairs]


def _rules(job: Job, extras: Extras) -> list[weight_rules.WeightRule]:
    return weight_rules.weight_rules(extras, [w.ndim for w in job.weights])


def _outcome(job: Job, result: Any) -> Outcome:
    weights, loss, val_loss, learning_rate, best, stopped, failed, instruction_set = result
    shapes = checks.weight_shapes(job.plan)
    return Outcome(
        weights=tuple(w.reshape(shape) for w, (_, shape) in zip(weights, shapes, strict=True)),
        loss=loss,
        val_loss=val_loss,
        learning_rate=learning_rate,
        best_epoch=best,
        stopped_epoch=None if stopped < 0 else stopped,
        failed_epoch=None if failed < 0 else failed,
        instruction_set=instruction_set,
    )
