"""Jobs for the tests of the fast engine: every symmetry broken, and numbers that float32 holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from calloff.lstm import checks, stack, train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, NetworkPlan, Outcome, Training
from calloff.lstm.sequences import with_static

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
ROUNDING = 3e-7  # a few roundings: NumPy is lucky now and then, and has no error worth doubling


def exact(array: Any) -> Any:
    """Rounded to float32 and held in float64, so that all engines start from the same numbers."""
    return np.asarray(array, dtype=np.float32).astype(np.float64)


def make_job(
    *layers: LayerPlan,
    features: int = 5,
    head: HeadPlan = HeadPlan(3),  # noqa: B008 - frozen
    samples: int = 7,
    steps: int = 4,
    seed: int = 0,
    **training: Any,
) -> Job:
    g = np.random.default_rng(seed)
    plan = NetworkPlan(features, layers or (LayerPlan(6), LayerPlan(9, "relu")), head)
    weights = tuple(
        exact(g.normal(size=shape) * 0.8 / np.sqrt(shape[0]))
        for _, shape in checks.weight_shapes(plan)
    )
    x, y = g.normal(size=(samples, steps, features)), g.normal(size=(samples, head.outputs))
    return Job(plan, Training(**training), weights, exact(x), exact(y), seed=seed + 2**40)


def with_masks(job: Job, seed: int = 3) -> Job:
    g = np.random.default_rng(seed)
    samples, steps = job.x.shape[:2]
    return replace(
        job,
        mask=g.random((samples, steps)) > 0.3,
        sample_weight=exact(np.linspace(0.5, 2.0, samples)),
    )


def with_validation(job: Job, samples: int = 5, seed: int = 4) -> Job:
    g = np.random.default_rng(seed)
    steps, features = job.x.shape[1:]
    x, y = g.normal(size=(samples, steps, features)), g.normal(size=(samples, job.y.shape[1]))
    return replace(job, val_x=exact(x), val_y=exact(y))


def notebook_job(seed: int = 0, **training: Any) -> Job:
    """The notebook's network and the shape of its data."""
    layer = LayerPlan(8, "relu", dropout=0.2)
    options = {"epochs": 100, "batch_size": 4, **training}
    job = make_job(
        layer, layer, features=4, head=HeadPlan(1), samples=30, steps=3, seed=seed, **options
    )
    return with_validation(job)


def reference_gradients(job: Job, *, batch: int = 0, dtype: Any = np.float64) -> tuple[float, Any]:
    """The specification's loss and gradients of all samples as one batch."""
    data = train.training_data(job, dtype)
    masks = stack.all_dropout_masks(
        job.plan, seed=job.seed, batch=batch, samples=len(job.x), dtype=dtype
    )
    weights = tuple(w.astype(dtype) for w in job.weights)
    loss, gradients, _ = train.loss_and_gradients(job, weights, data=data, dropouts=masks)
    return float(loss), gradients


def reference_forward(job: Job, dtype: Any = np.float64) -> Any:
    weights = tuple(w.astype(dtype) for w in job.weights)
    x = with_static(job.x, job.static).astype(dtype)
    return stack.forward(job.plan, weights, x=x, mask=job.mask).p


def nans_like(arrays: Any) -> list[Any]:
    return [np.full(a.shape, np.nan, dtype=np.float32) for a in arrays]


def error(arrays: Any, expected: Any) -> float:
    """The root mean square, each array measured by its own largest number."""
    parts = [
        np.square((a - e) / max(np.abs(e).max(), 1e-6)).ravel()
        for a, e in zip(arrays, expected, strict=True)
    ]
    return float(np.sqrt(np.concatenate(parts).mean()))


def bits(outcome: Outcome) -> Any:
    """All that a training gave."""
    arrays = (*outcome.weights, outcome.loss, outcome.val_loss, outcome.learning_rate)
    rest = (outcome.best_epoch, outcome.stopped_epoch, outcome.failed_epoch)
    return rest, outcome.instruction_set, b"".join(array.tobytes() for array in arrays)


def compare(job: Job, instruction_set: str, *, threads: int = 1) -> None:
    """The engine's gradients and predictions with the specification's, of samples as one batch."""
    loss, expected = reference_gradients(job, batch=5)
    _, single = reference_gradients(job, batch=5, dtype=np.float32)
    found, gradients = engine.gradients(
        job,
        batch=5,
        threads=threads,
        instruction_set=instruction_set,
        out=nans_like(job.weights),
        poison=True,
    )
    assert found == pytest.approx(loss, rel=2e-6)
    assert error(gradients, expected) <= 2 * error(single, expected) + ROUNDING
    for gradient, array in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(gradient, array, atol=1e-5 * max(np.abs(array).max(), 1e-3))

    out = np.full(job.y.shape, np.nan, dtype=np.float32)
    engine.predict(
        job.plan, job.weights, job.x, job.mask, static=job.static,
        threads=threads, instruction_set=instruction_set, out=out, poison=True,
    )  # fmt: skip
    p = reference_forward(job)
    assert error([out], [p]) <= 2 * error([reference_forward(job, np.float32)], [p]) + ROUNDING
