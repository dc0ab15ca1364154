"""The readable engine: trains jobs by the specification, in NumPy, in any dtype.

The fast engine, ``calloff.lstm.engine``, does the same in float32; ``engines`` chooses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import losses, optim, rng, sequences, stack
from calloff.lstm.contract import Job, Outcome, Training
from calloff.lstm.reference import Dropout
from calloff.lstm.stack import NO_EXTRAS, Extras, States
from calloff.lstm.training_state import BestEpoch, Data, RunState, Task, TrainingState

Array = NDArray[Any]
Arrays = tuple[Array, ...]
PASS_SIZE = 4096  # samples in one pass without a tape: keeps memory flat
Progress = Callable[[int, int], object]  # epochs done and epochs in all, over all jobs


def train(
    jobs: Sequence[Job],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    dtype: DTypeLike = np.float64,
    extras: Sequence[Extras] | None = None,
) -> list[Outcome]:
    """Train every job, one after the other.

    Args:
        jobs: the networks.
        threads: of no effect, as this engine has one; the other engine has more.
        progress: called with epochs done and epochs in all.
        dtype: of the calculation.
        extras: options of each job that are not in its plan.

    Returns:
        What each job gave.
    """
    done, total = 0, sum(job.training.epochs for job in jobs)
    outcomes = []
    for job, extra in zip(jobs, extras or [NO_EXTRAS] * len(jobs), strict=True):

        def report(epoch: int, before: int = done) -> None:
            if progress is not None:
                progress(before + epoch, total)

        task = Task(job, extra, training_data(job, dtype), validation_data(job, dtype))
        outcomes.append(train_one(task, report))
        done += job.training.epochs
        report(job.training.epochs)
    return outcomes


def train_one(task: Task, report: Callable[[int], None]) -> Outcome:
    """Train one job from its first epoch to its last, or to where it stops.

    Args:
        task: the job.
        report: called with the epochs done.

    Returns:
        What it gave.
    """
    training, dtype = task.job.training, task.data.x.dtype
    weights = tuple(np.asarray(w).astype(dtype) for w in task.job.weights)
    state = TrainingState(weights, optim.start(weights))
    run = RunState(state, BestEpoch(weights), optim.Plateau(training.learning_rate))
    for epoch in range(training.epochs):
        with np.errstate(all="ignore"):  # a loss that is not finite is reported, not warned of
            after = run_epoch(task, run, epoch)
        if after is None:
            return outcome(task, run, failed=epoch)
        run = after
        report(epoch + 1)
        if run.best_epoch.is_over(training.early_stopping, epoch):
            return outcome(task, run, stopped=epoch)
    return outcome(task, run)


def run_epoch(task: Task, run: RunState, epoch: int) -> RunState | None:
    """Train for one epoch and validate.

    Args:
        task: the job.
        run: where it stands.
        epoch: the epoch, from 0.

    Returns:
        Where it stands then; None if the loss or a weight is not finite.
    """
    training = task.job.training
    rate = optim.epoch_rate(training=training, epoch=epoch, plateau=run.plateau)
    state, loss = train_epoch(task, run.state, epoch=epoch, rate=rate)
    validated = evaluate(task.job, state.weights, data=task.validation, extras=task.extras)
    val_loss = loss if validated is None else validated
    if not is_finite(state.weights, loss, val_loss):
        return None
    monitored = loss if training.monitor == "loss" else val_loss
    best_epoch = run.best_epoch.after(
        epoch=epoch, monitored=monitored, weights=state.weights, min_delta=training.min_delta
    )
    plateau = optim.after_epoch(run.plateau, schedule=training.schedule, loss=monitored)
    return RunState(state, best_epoch, plateau, (*run.history, (loss, val_loss, rate)))


def outcome(
    task: Task, run: RunState, *, stopped: int | None = None, failed: int | None = None
) -> Outcome:
    """Put together what a job gave.

    Args:
        task: the job.
        run: where it stands.
        stopped: the epoch after which early stopping ended it.
        failed: the epoch whose loss was not finite.

    Returns:
        Weights and figures.
    """
    loss, val_loss, rate = np.array(run.history, dtype=np.float64).reshape(-1, 3).T
    return Outcome(
        weights=run.best_epoch.weights if task.job.training.restore_best else run.state.weights,
        loss=loss,
        val_loss=np.empty(0) if task.validation is None else val_loss,
        learning_rate=rate,
        best_epoch=run.best_epoch.epoch,
        stopped_epoch=stopped,
        failed_epoch=failed,
    )


def training_data(job: Job, dtype: DTypeLike) -> Data:
    """The samples of a ``job`` for training, in ``dtype``."""
    x = sequences.with_static(job.x, job.static)
    return Data(x, job.y, job.sample_weight, job.mask).astype(dtype)


def validation_data(job: Job, dtype: DTypeLike) -> Data | None:
    """The samples of a ``job`` for validation, in ``dtype``; None without any."""
    if job.val_x is None or job.val_y is None:
        return None
    x = sequences.with_static(job.val_x, job.val_static)
    return Data(x, job.val_y, job.val_sample_weight, job.val_mask).astype(dtype)


def is_finite(weights: Arrays, *figures: float | None) -> bool:
    """Whether all ``weights`` and ``figures`` are finite; None is."""
    return all(f is None or math.isfinite(f) for f in figures) and all(
        bool(np.isfinite(w).all()) for w in weights
    )


def batches(training: Training, *, seed: int, epoch: int, count: int) -> Iterator[Array]:
    """Go through the samples of one epoch.

    Args:
        training: batch size, and whether to shuffle.
        seed: the seed.
        epoch: the epoch, from 0.
        count: how many samples.

    Yields:
        The rows of each batch; the last one may be smaller.
    """
    order = np.arange(count)
    if training.shuffle:
        order = rng.shuffle(seed, epoch=epoch, count=count)
    for first in range(0, count, training.batch_size):
        yield order[first : first + training.batch_size]


def train_epoch(
    task: Task, state: TrainingState, *, epoch: int, rate: float
) -> tuple[TrainingState, float]:
    """Go once through the data.

    Args:
        task: the job.
        state: weights and optimizer.
        epoch: the epoch, from 0.
        rate: the learning rate.

    Returns:
        Weights and optimizer then, and the mean of the batches' losses, weighted by their sizes.
    """
    job, data, extras = task.job, task.data, task.extras
    total, states = 0.0, None  # states of stateful layers: every epoch starts afresh
    for rows in batches(job.training, seed=job.seed, epoch=epoch, count=len(data.x)):
        masks = stack.all_dropout_masks(
            job.plan, seed=job.seed, batch=state.batch, samples=len(rows), dtype=data.x.dtype
        )
        loss, gradients, states = loss_and_gradients(
            job, state.weights, data=data.take(rows), dropouts=masks, extras=extras, states=states
        )
        total += float(loss) * len(rows)
        state = update(state, gradients, training=job.training, rate=rate, extras=extras)
    return state, total / len(data.x)


def update(
    state: TrainingState, gradients: Arrays, *, training: Training, rate: float, extras: Extras
) -> TrainingState:
    """Take one step of the optimizer, then apply the constraints.

    Args:
        state: weights and optimizer.
        gradients: derivatives of the loss by the weights.
        training: options of the optimizer.
        rate: the learning rate.
        extras: the constraints.

    Returns:
        Weights and optimizer then.
    """
    weights, adam = optim.update(
        weights=state.weights,
        gradients=gradients,
        state=state.adam,
        training=training,
        rate=rate,
    )
    if extras.constraints:
        pairs = zip(weights, extras.constraints, strict=True)
        weights = tuple(w if constraint is None else constraint(w) for w, constraint in pairs)
    return TrainingState(weights, adam, state.batch + 1)


def loss_and_gradients(
    job: Job,
    weights: Arrays,
    *,
    data: Data,
    dropouts: tuple[Dropout, ...] | None = None,
    extras: Extras = NO_EXTRAS,
    states: States | None = None,
) -> tuple[Any, Arrays, States | None]:
    """Give the loss of one batch and its derivatives.

    Args:
        job: network and loss.
        weights: the weights.
        data: the batch.
        dropouts: masks of each layer; by default, nothing is dropped.
        extras: options that are not in the plan.
        states: what each layer starts with; by default, zeros.

    Returns:
        The loss, its derivatives by every weight array, and the states that stateful layers start
        the next batch with.
    """
    forward_pass = stack.forward(
        job.plan, weights, x=data.x, mask=data.mask, dropouts=dropouts, states=states, extras=extras
    )
    kind, w = job.training.loss, data.sample_weight
    d_p = losses.gradient(kind, y=data.y, p=forward_pass.p, sample_weight=w)
    gradients = stack.backward(job.plan, weights, forward_pass=forward_pass, d_p=d_p, extras=extras)
    loss = losses.value(kind, y=data.y, p=forward_pass.p, sample_weight=w)
    loss = loss + stack.activity_penalty(extras, forward_pass) + weight_penalty(extras, weights)
    return (
        loss,
        _add_penalty_gradients(extras, weights, gradients),
        stack.carried_states(extras, forward_pass),
    )


def weight_penalty(extras: Extras, weights: Arrays) -> Any:
    """What the regularizers in ``extras`` add to the loss for ``weights``."""
    pairs = zip(weights, extras.regularizers, strict=False)
    return sum((r.value(w) for w, r in pairs if r is not None), 0.0)


def _add_penalty_gradients(extras: Extras, weights: Arrays, gradients: Arrays) -> Arrays:
    if not extras.regularizers:
        return gradients
    return tuple(
        g if r is None else g + r.gradient(w)
        for g, w, r in zip(gradients, weights, extras.regularizers, strict=True)
    )


def evaluate(
    job: Job, weights: Arrays, *, data: Data | None, extras: Extras = NO_EXTRAS
) -> float | None:
    """Give the loss over a whole set, without dropout.

    Args:
        job: network and loss.
        weights: the weights.
        data: the samples.
        extras: options that are not in the plan.

    Returns:
        The loss; None without data.
    """
    if data is None:
        return None
    kind, total = job.training.loss, 0.0
    size = job.training.batch_size if any(extras.stateful) else PASS_SIZE
    passes = stack.passes(job.plan, weights, x=data.x, mask=data.mask, extras=extras, size=size)
    for rows, forward_pass in passes:
        batch = data.take(rows)
        loss = losses.value(kind, y=batch.y, p=forward_pass.p, sample_weight=batch.sample_weight)
        total += float(loss + stack.activity_penalty(extras, forward_pass)) * len(batch.x)
    return total / len(data.x) + float(weight_penalty(extras, weights))
