"""Many jobs of the engine as one JAX program: vmap over networks, scan over steps and batches, and
the whole training compiled at once. What someone writes who needs many networks soon.

Dimensions: K networks, N samples, B rows of a batch, T steps, F features, H units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from calloff.lstm.contract import Job

State = tuple[Any, Any, Any, Any]  # weights, Adam's two moments, updates so far


def layer(weights: tuple[Any, Any, Any], x: Any, activation: str) -> Any:
    """One LSTM layer: inputs (B, T, F) to outputs (B, T, H)."""
    import jax
    from jax import numpy as jnp

    kernel, recurrent_kernel, bias = weights
    phi = {"relu": jax.nn.relu, "tanh": jnp.tanh}[activation]
    z_x = jnp.swapaxes(x @ kernel + bias, 0, 1)  # (T, B, 4H)

    def step(state: Any, z: Any) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ recurrent_kernel, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * phi(g)
        h = jax.nn.sigmoid(o) * phi(c)
        return (h, c), h

    zero = jnp.zeros((x.shape[0], recurrent_kernel.shape[0]))
    _, h = jax.lax.scan(step, (zero, zero), z_x, unroll=min(len(z_x), 8))
    return jnp.swapaxes(h, 0, 1)


def predictions(job: Job, weights: Any, x: Any, key: Any) -> Any:
    """Those of one network (B, O); with a key, inputs are dropped as in training."""
    import jax
    from jax import numpy as jnp

    for k, plan in enumerate(job.plan.layers):
        if key is not None and plan.dropout > 0:
            key, own = jax.random.split(key)
            kept = jax.random.bernoulli(own, 1 - plan.dropout, (x.shape[0], 1, x.shape[2]))
            x = jnp.where(kept, x / (1 - plan.dropout), 0.0)
        x = layer(weights[3 * k : 3 * k + 3], x, plan.activation)
    return x[:, -1] @ weights[-2] + weights[-1]


def loss_of(job: Job, weights: Any, x: Any, y: Any, w: Any, key: Any) -> Any:
    """The mean over the rows that weigh 1; rows that fill up the last batch weigh 0."""
    from jax import numpy as jnp

    error = predictions(job, weights, x, key) - y
    size = {"mae": jnp.abs, "mse": jnp.square}[job.training.loss.kind](error).mean(axis=1)
    return (size * w).sum() / w.sum()


def adam(job: Job, state: State, gradients: Any) -> State:
    """One update, as in Keras."""
    import jax
    from jax import numpy as jnp

    training, (weights, m, v, count) = job.training, state
    b1, b2, count = training.beta_1, training.beta_2, count + 1
    m = jax.tree.map(lambda m, g: m + (g - m) * (1 - b1), m, gradients)
    v = jax.tree.map(lambda v, g: v + (g * g - v) * (1 - b2), v, gradients)
    rate = training.learning_rate * jnp.sqrt(1 - b2**count) / (1 - b1**count)
    weights = jax.tree.map(
        lambda w, m, v: w - rate * m / (jnp.sqrt(v) + training.epsilon), weights, m, v
    )
    return weights, m, v, count


def train_one(job: Job, weights: Any, data: tuple[Any, ...], key: Any) -> tuple[Any, Any]:
    """All epochs of one network; its losses, and validation losses where there is such data."""
    import jax
    from jax import numpy as jnp

    x, y, val_x, val_y = data
    size, samples = job.training.batch_size, len(job.x)
    batches = -(-samples // size)
    weigh = jnp.pad(jnp.ones(samples), (0, batches * size - samples)).reshape(batches, size)

    def epoch(state: State, key: Any) -> Any:
        own, shuffle = jax.random.split(key)
        order = jnp.arange(samples)
        order = jax.random.permutation(shuffle, order) if job.training.shuffle else order
        rows = jnp.pad(order, (0, batches * size - samples)).reshape(batches, size)

        def batch(state: State, given: Any) -> Any:
            rows, w, key = given
            arguments = (state[0], x[rows], y[rows], w, key)
            loss, g = jax.value_and_grad(lambda *a: loss_of(job, *a))(*arguments)
            return adam(job, state, g), loss * w.sum()

        keys = jax.random.split(own, batches)
        state, losses = jax.lax.scan(batch, state, (rows, weigh, keys))
        val = loss_of(job, state[0], val_x, val_y, jnp.ones(len(val_x)), None)
        return state, (losses.sum() / samples, val)

    zeros = jax.tree.map(jnp.zeros_like, weights)
    keys = jax.random.split(key, job.training.epochs)
    (weights, *_), losses = jax.lax.scan(epoch, (weights, zeros, zeros, 0.0), keys)
    return weights, losses


def program(jobs: Sequence[Job]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Two functions: compile the training of all jobs, which are of one shape; and run it, giving
    the losses (K, E) and validation losses (K, E)."""
    import jax

    first = jobs[0]
    weights = tuple(np.stack(arrays) for arrays in zip(*(job.weights for job in jobs), strict=True))
    data = tuple(
        np.stack([getattr(job, name) for job in jobs]) for name in ("x", "y", "val_x", "val_y")
    )
    keys = jax.random.split(jax.random.key(0), len(jobs))
    run = jax.jit(jax.vmap(lambda w, d, k: train_one(first, w, d, k)))
    arguments = jax.device_put((weights, data, keys))
    compiled: list[Any] = []

    def compile_all() -> None:
        compiled.append(run.lower(*arguments).compile())

    def train() -> Any:
        _, losses = jax.block_until_ready(compiled[-1](*arguments))
        return tuple(np.asarray(part) for part in losses)

    return compile_all, train
