"""Losses: how far predictions are from what came, and the derivative by the predictions.

The loss of a batch is sum_n w_n l_n / N, with l_n the mean over the outputs of sample n (Keras's
"sum_over_batch_size": the weights scale, they do not divide).

The pinball loss of a level q (Koenker & Bassett 1978) is q e where the target lies e above the
prediction, and (1 - q) |e| where it lies below: it is least at the q-quantile. Outputs for several
levels are taught the same target, repeated.

Dimensions: N samples, O outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.activations import absolute
from calloff.lstm.contract import Loss

Array = NDArray[Any]

KINDS = ("mae", "mse", "huber", "pinball")


def value(loss: Loss, *, y: Array, p: Array, sample_weight: Array | None = None) -> Any:
    """Give the loss of predictions.

    Args:
        loss: its kind.
        y: targets (N, O).
        p: predictions (N, O).
        sample_weight: weight of each sample (N,); None: all weigh 1.

    Returns:
        One number, sum_n w_n l_n / N.
    """
    each = _errors(loss, y - p).mean(axis=1)  # (N,)
    return (each if sample_weight is None else each * sample_weight).sum() / len(y)


def gradient(loss: Loss, *, y: Array, p: Array, sample_weight: Array | None = None) -> Array:
    """Give the derivative of ``value`` by the predictions.

    Args:
        loss: its kind.
        y: targets (N, O).
        p: predictions (N, O).
        sample_weight: weight of each sample (N,); None: all weigh 1.

    Returns:
        The derivative (N, O), 0 at a kink.
    """
    slope = -_derivatives(loss, y - p) / y.size
    return slope if sample_weight is None else slope * sample_weight[:, None]


def _quantiles(loss: Loss, like: Array) -> Array:
    return np.array(loss.quantiles, dtype=like.real.dtype)  # (O,)


def _errors(loss: Loss, e: Array) -> Array:
    """Of the errors e = y - p (N, O)."""
    if loss.kind == "mse":
        return e * e
    if loss.kind == "mae":
        return absolute(e)
    if loss.kind == "huber":
        size, delta = absolute(e), loss.delta
        return np.where(size.real <= delta, 0.5 * e * e, delta * size - 0.5 * delta * delta)
    if loss.kind == "pinball":
        q = _quantiles(loss, e)
        return np.where(e.real >= 0, q * e, (q - 1.0) * e)
    raise ValueError(f"loss must be one of {', '.join(KINDS)}, not {loss.kind!r}")


def _derivatives(loss: Loss, e: Array) -> Array:
    """The derivatives of the errors by e; 0 at a kink."""
    if loss.kind == "mse":
        return 2.0 * e
    if loss.kind == "mae":
        return np.sign(e)
    if loss.kind == "huber":
        return np.clip(e, -loss.delta, loss.delta)
    if loss.kind == "pinball":
        q = _quantiles(loss, e)
        return np.where(e > 0, q, np.where(e < 0, q - 1.0, 0.0)).astype(e.dtype)
    raise ValueError(f"loss must be one of {', '.join(KINDS)}, not {loss.kind!r}")
