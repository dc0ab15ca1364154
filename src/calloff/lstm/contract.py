"""What an engine is asked to do, and what it gives back.

An engine trains a list of independent jobs. Every engine ("numpy", the readable one, and "cpp",
the fast one) takes the same jobs and gives the same results up to rounding.

Dimensions: N samples, T steps, F features of a step, D static ones, H units of a layer, O
outputs of the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class LayerPlan:
    """One LSTM layer as an engine sees it (F features, H units).

    Its weights are passed beside it, in Keras's layout: kernel (F, 4H), recurrent_kernel (H, 4H),
    bias (4H) where ``use_bias``; gates i, f, g, o.

    Attributes:
        units: number of units, H.
        activation: name of the activation of candidate and output.
        recurrent_activation: name of that of the gates.
        use_bias: whether there is a bias.
        dropout: share of inputs dropped in training.
        recurrent_dropout: share of the state dropped in training.
        implementation: 1, a dropout mask for each gate; 2, one for all gates.
        go_backwards: whether the last step is read first.
    """

    units: int
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    implementation: int = 2
    go_backwards: bool = False


@dataclass(frozen=True)
class HeadPlan:
    """The dense layer on the last hidden state: kernel (H, O), bias (O) where ``use_bias``.

    Attributes:
        outputs: number of outputs, O.
        activation: name of its activation.
        use_bias: whether there is a bias.
    """

    outputs: int
    activation: str = "linear"
    use_bias: bool = True


@dataclass(frozen=True)
class NetworkPlan:
    """A stack of LSTM layers and a dense head.

    Attributes:
        features: inputs of the first layer, F + D.
        layers: the layers; all but the last output their whole sequence.
        head: the dense layer.
    """

    features: int
    layers: tuple[LayerPlan, ...]
    head: HeadPlan


@dataclass(frozen=True)
class Loss:
    """How far predictions are from targets.

    Attributes:
        kind: "mae", "mse", "huber" or "pinball".
        delta: error from which "huber" is linear.
        quantiles: levels of "pinball", one for each output.
    """

    kind: str = "mae"
    delta: float = 1.0
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes from epoch to epoch.

    Attributes:
        kind: "constant", "cosine" (along half a cosine over all epochs) or "plateau" (lowered when
            the loss gets no better).
        final: where "cosine" ends, as a share of the rate.
        factor: what "plateau" multiplies the rate by.
        patience: epochs without a better loss until it does.
        min_delta: by how much a loss must be better than the best so far.
        min_rate: the rate below which "plateau" does not go.
    """

    kind: str = "constant"
    final: float = 0.0
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    min_rate: float = 0.0


@dataclass(frozen=True)
class Training:
    """How one job is trained, with Keras's names and defaults where it has them.

    Attributes:
        loss: the loss.
        epochs: times that all samples are gone through.
        batch_size: samples in a batch.
        shuffle: whether the samples are shuffled in every epoch.
        learning_rate: learning rate of Adam.
        beta_1: decay of the mean of the gradients.
        beta_2: decay of the mean of their squares.
        epsilon: what is added to the root of these before it divides.
        weight_decay: decoupled weight decay (AdamW), in units of the rate.
        clipnorm: largest norm of each variable's gradient; at most one of the three is given.
        clipvalue: largest absolute value in a gradient.
        global_clipnorm: largest norm of all gradients together.
        schedule: how the learning rate changes.
        early_stopping: epochs without a better loss until training stops; None: never.
        min_delta: by how much a loss must be better than the best so far.
        restore_best: whether the weights of the best epoch are given back.
        monitor: the loss that is watched, "val_loss" or "loss".
    """

    loss: Loss = field(default_factory=Loss)
    epochs: int = 1
    batch_size: int = 32
    shuffle: bool = True
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    weight_decay: float = 0.0
    clipnorm: float | None = None
    clipvalue: float | None = None
    global_clipnorm: float | None = None
    schedule: Schedule = field(default_factory=Schedule)
    early_stopping: int | None = None
    min_delta: float = 0.0
    restore_best: bool = False
    monitor: str = "val_loss"


@dataclass(frozen=True)
class Job:
    """One network to train, with its data.

    Attributes:
        plan: the network.
        training: how it is trained.
        weights: first weights, layer by layer.
        x: inputs (N, T, F).
        y: targets (N, O).
        seed: seed of shuffling and dropout.
        sample_weight: weight of each sample (N); None: all weigh 1.
        mask: False where a step repeats the state (N, T); None: nowhere.
        val_x: inputs for validation; None: there is none.
        val_y: targets for validation.
        val_sample_weight: weights for validation.
        val_mask: mask for validation.
        name: what messages call it.
        static: inputs that are the same at all steps, read behind those of each (N, D); None: none.
        val_static: static inputs for validation.
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
    name: str = ""
    static: Array | None = None
    val_static: Array | None = None


@dataclass(frozen=True)
class Outcome:
    """What a job gave (E epochs); epochs are counted from 0.

    Attributes:
        weights: those of the last finite epoch, or of the best where that was asked for.
        loss: training loss (E).
        val_loss: validation loss (E); empty without validation data.
        learning_rate: learning rate (E).
        best_epoch: the epoch with the least monitored loss.
        stopped_epoch: the epoch after which early stopping ended the run; None: it did not.
        failed_epoch: the epoch whose loss was not finite, before which the figures end; None: none.
        instruction_set: that of the processor that ran; "" where the engine does not choose one.
    """

    weights: tuple[Array, ...]
    loss: NDArray[np.float64]
    val_loss: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    best_epoch: int
    stopped_epoch: int | None
    failed_epoch: int | None
    instruction_set: str = ""
