"""What may happen while a network is trained, with Keras's names and defaults.

They are plain values: an engine does the work, so it can do it for thousands of networks at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calloff.lstm.options import is_number


@dataclass(frozen=True)
class EarlyStopping:
    """Stop once ``monitor`` has not got better for ``patience`` epochs."""

    monitor: str = "val_loss"
    min_delta: float = 0.0
    patience: int = 0
    restore_best_weights: bool = False


@dataclass(frozen=True)
class ModelCheckpoint:
    """Keep the weights of the best epoch, and save them to the folder ``filepath`` if it is given.

    Unlike in Keras, the network that comes back has the best weights too. Only the best are kept.
    """

    filepath: str | Path | None = None
    monitor: str = "val_loss"
    save_best_only: bool = True

    def __post_init__(self) -> None:
        if not self.save_best_only:
            raise ValueError("ModelCheckpoint keeps the best epoch only: save_best_only=True")


@dataclass(frozen=True)
class ReduceLROnPlateau:
    """Multiply the learning rate by ``factor`` once ``monitor`` has not got better for a while."""

    monitor: str = "val_loss"
    factor: float = 0.1
    patience: int = 10
    min_delta: float = 1e-4
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        if not (is_number(self.factor) and 0 < self.factor < 1):
            raise ValueError(f"factor must lie between 0 and 1, not {self.factor!r}")


Callback = EarlyStopping | ModelCheckpoint | ReduceLROnPlateau
