"""The readable engine: trains jobs by the specification, in NumPy, in any dtype.

The fast engine, ``calloff.lstm.engine``, does the same in float32; ``engines`` chooses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import losses, optim, rng, stack
from calloff.lstm.contract import Job, Outcome, Training
from calloff.lstm.reference import Dropout
from calloff.lstm.stack import NO_EXTRAS, Extras, States

Array = NDArray[Any]
Arrays = tuple[Array, ...]
PASS_SIZE = 4096  # samples in one pass without a tape: keeps memory flat
Progress = Callable[[int, int], object]  # epochs done and epochs in all, over all jobs


class Data(NamedTuple):
    """Samples of one dtype, or a batch of them."""

    x: Array  # (N, T, F)
    y: Array  # (N, O)
    sample_weight: Array | None = None  # (N,)
    mask: Array | None = None  # (N, T)

    def take(self, rows: Array | slice) -> Data:
        return Data(*(None if array is None else array[rows] for array in self))  # type: ignore[arg-type]

    def astype(self, dtype: DTypeLike) -> Data:
        w = self.sample_weight
        return Data(
            self.x.astype(dtype),
            self.y.astype(dtype),
            None if w is None else w.astype(dtype),
            None if self.mask is None else self.mask.astype(bool),
        )


class Task(NamedTuple):
    """A job with its data in the dtype of the calculation."""

    job: Job
    extras: Extras
    data: Data
    validation: Data | None


class TrainingState(NamedTuple):
    """What every batch changes."""

    weights: Arrays
    adam: optim.AdamState
    batch: int = 0  # batches since the start; dropout masks are drawn by it


class BestEpoch(NamedTuple):
    """The best epoch so far, and how long ago it was: early stopping as in Keras."""

    weights: Arrays
    best: float = math.inf
    epoch: int = -1
    wait: int = 0

    def after(
        self, *, epoch: int, monitored: float, weights: Arrays, min_delta: float
    ) -> BestEpoch:
        if monitored + min_delta < self.best:
            return BestEpoch(weights, monitored, epoch, 0)
        return self._replace(wait=self.wait + 1)

    def is_over(self, patience: int | None, epoch: int) -> bool:
        waited_for = self.wait > 0 and epoch > 0
        return patience is not None and waited_for and self.wait >= patience


class RunState(NamedTuple):
    """What every epoch changes."""

    state: TrainingState
    best_epoch: BestEpoch
    plateau: optim.Plateau
    history: tuple[tuple[float, float, float], ...] = ()  # loss, validation loss, learning rate


def train(
    jobs: Sequence[Job],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    dtype: DTypeLike = np.float64,
    extras: Sequence[Extras] | None = None,
) -> list[Outcome]:
    """Train every job. ``threads`` is there for the sake of the other engine: this one has one."""
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
    """One job from its first epoch to its last, or to where it stops."""
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
    """Train, validate, record; None if the loss or a weight is not finite."""
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
    return Data(job.x, job.y, job.sample_weight, job.mask).astype(dtype)


def validation_data(job: Job, dtype: DTypeLike) -> Data | None:
    if job.val_x is None or job.val_y is None:
        return None
    return Data(job.val_x, job.val_y, job.val_sample_weight, job.val_mask).astype(dtype)


def is_finite(weights: Arrays, *figures: float | None) -> bool:
    return all(f is None or math.isfinite(f) for f in figures) and all(
        bool(np.isfinite(w).all()) for w in weights
    )


def batches(training: Training, *, seed: int, epoch: int, count: int) -> Iterator[Array]:
    """The rows of each batch; the last one may be smaller."""
    order = np.arange(count)
    if training.shuffle:
        order = rng.shuffle(seed, epoch=epoch, count=count)
    for first in range(0, count, training.batch_size):
        yield order[first : first + training.batch_size]


def train_epoch(
    task: Task, state: TrainingState, *, epoch: int, rate: float
) -> tuple[TrainingState, float]:
    """Once through the data; the loss is the mean of the batches' losses, by their sizes."""
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
    """One step of the optimiser, then the constraints."""
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
    """The loss of one batch, its derivatives by every weight, and the states for the next batch."""
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
    """The loss over a whole set, without dropout; None without data."""
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
