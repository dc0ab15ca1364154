"""What an engine is asked to do, and what it gives back.

An engine trains a list of independent jobs. Every engine ("numpy", the readable one, and "cpp",
the fast one) takes the same jobs and gives the same results up to rounding.

Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class LayerPlan:
    """One LSTM layer as an engine sees it. Its weights are passed beside it, in Keras's layout:

    kernel (F, 4H), recurrent_kernel (H, 4H), bias (4H) where ``use_bias``; gates i, f, g, o.
    """

    units: int
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    implementation: int = 2  # 1: one dropout mask per gate; 2: one mask for all gates
    go_backwards: bool = False


@dataclass(frozen=True)
class HeadPlan:
    """The dense layer on the last hidden state: kernel (H, O), bias (O) where ``use_bias``."""

    outputs: int
    activation: str = "linear"
    use_bias: bool = True


@dataclass(frozen=True)
class NetworkPlan:
    """A stack of LSTM layers (all but the last output their whole sequence) and a dense head."""

    features: int
    layers: tuple[LayerPlan, ...]
    head: HeadPlan


@dataclass(frozen=True)
class Loss:
    """kind: "mae", "mse", "huber" (with delta) or "pinball" (one quantile for each output)."""

    kind: str = "mae"
    delta: float = 1.0
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """kind: "constant", "cosine" (to ``final`` x the rate over all epochs) or "plateau"."""

    kind: str = "constant"
    final: float = 0.0
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    min_rate: float = 0.0


@dataclass(frozen=True)
class Training:
    """How one job is trained: the names and defaults of Keras where it has them."""

    loss: Loss = field(default_factory=Loss)
    epochs: int = 1
    batch_size: int = 32
    shuffle: bool = True
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float = 0.0  # decoupled (AdamW)
    clipnorm: float | None = None  # each variable's gradient by its own norm
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    schedule: Schedule = field(default_factory=Schedule)
    early_stopping: int | None = None  # patience in epochs; None: never
    min_delta: float = 0.0
    restore_best: bool = False  # give back the weights of the best epoch
    monitor: str = "val_loss"  # or "loss"


@dataclass(frozen=True)
class Job:
    """One network to train, with its data.

    x (N, T, F), y (N, O), sample_weight (N) or None, mask (N, T) bool or None (False: the step
    repeats the state); the same for validation. ``weights`` are the initial ones, layer by layer.
    """

    plan: NetworkPlan
    training: Training
    weights: tuple[Array, ...]
    x: Array
    y: Array
    seed: int = 0
    sample_weight: Array | None = None
    mask: NDArray[np.bool_] | None = None
    val_x: Array | None = None
    val_y: Array | None = None
    val_sample_weight: Array | None = None
    val_mask: NDArray[np.bool_] | None = None
    name: str = ""  # used in messages: the part, say


@dataclass(frozen=True)
class Outcome:
    """What a job gave: the weights to use, and one figure per epoch.

    ``failed_epoch`` is the 0-based epoch whose loss was not finite (None: none was); the history
    ends before it, and ``weights`` are those of the last finite epoch (or the best, if restored).
    """

    weights: tuple[Array, ...]
    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64]  # empty without validation data
    learning_rate: NDArray[np.float64]
    best_epoch: int  # 0-based, by ``monitor``
    stopped_epoch: int | None  # early stopping ended the run after this epoch
    failed_epoch: int | None
    instruction_set: str = ""  # that ran; "": the engine has no say in it
