"""What may happen while a network is trained, with Keras's names and defaults.

They are plain values: an engine does the work, so it can do it for thousands of networks at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calloff.lstm.options import is_number


@dataclass(frozen=True)
class EarlyStopping:
    """Stop training once the loss has not got better for a while.

    Attributes:
        monitor: the loss to watch, "val_loss" or "loss".
        min_delta: by how much an epoch must be better than the best so far.
        patience: epochs without a better one until training stops.
        restore_best_weights: whether the weights of the best epoch are taken, not the last ones.
    """

    monitor: str = "val_loss"
    min_delta: float = 0.0
    patience: int = 0
    restore_best_weights: bool = False


@dataclass(frozen=True)
class ModelCheckpoint:
    """Keep the weights of the best epoch.

    Unlike in Keras, the network that comes back has the best weights too.

    Attributes:
        filepath: folder to save the network to; None: it is not saved.
        monitor: the loss to watch, "val_loss" or "loss".
        save_best_only: True; only the best epoch is kept.

    Raises:
        ValueError: ``save_best_only`` is False.
    """

    filepath: str | Path | None = None
    monitor: str = "val_loss"
    save_best_only: bool = True

    def __post_init__(self) -> None:
        if not self.save_best_only:
            raise ValueError("ModelCheckpoint keeps the best epoch only: save_best_only=True")


@dataclass(frozen=True)
class ReduceLROnPlateau:
    """Lower the learning rate once the loss has not got better for a while.

    Attributes:
        monitor: the loss to watch, "val_loss" or "loss".
        factor: what the learning rate is multiplied by, between 0 and 1.
        patience: epochs without a better one until it is.
        min_delta: by how much an epoch must be better than the best so far.
        min_lr: the learning rate below which it is not lowered.

    Raises:
        ValueError: ``factor`` does not lie between 0 and 1.
    """

    monitor: str = "val_loss"
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        if not (is_number(self.factor) and 0 < self.factor < 1):
            raise ValueError(f"factor must lie between 0 and 1, not {self.factor!r}")


Callback = EarlyStopping | ModelCheckpoint | ReduceLROnPlateau
