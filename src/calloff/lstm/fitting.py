"""How a network is fitted: Keras's names on one side, the engines' ``Training`` on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from calloff.lstm.callbacks import Callback, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from calloff.lstm.contract import Loss, Schedule, Training
from calloff.lstm.optim import Adam, Cosine
from calloff.lstm.options import positive_integer

C = TypeVar("C", EarlyStopping, ModelCheckpoint, ReduceLROnPlateau)

_LOSS_NAMES = {
    "mae": "mae",
    "mean_absolute_error": "mae",
    "mse": "mse",
    "mean_squared_error": "mse",
    "huber": "huber",
}


@dataclass(frozen=True)
class FitOptions:
    """What ``fit`` takes beside the data.

    Attributes:
        optimizer: "adam", or an Adam.
        loss: "mae", "mse", "huber", or a Loss such as ``Loss("pinball", quantiles=(0.1, 0.9))``.
        epochs: times that all samples are gone through.
        batch_size: samples in a batch.
        shuffle: whether the samples are shuffled in every epoch.
        callbacks: EarlyStopping, ReduceLROnPlateau, ModelCheckpoint; one of each at most.
        validation_split: share of the samples, the last ones, that are set aside for validation.
        seed: seed of first weights, shuffling and dropout.
        verbose: 0 silent, 1 progress, 2 a line for each epoch; "auto" is 1 on a terminal.
        engine: "auto", "cpp" or "numpy".
        threads: how many; None: one for each core.
        instruction_set: that of engine "cpp", such as "avx2"; None: the best for the network.

    Raises:
        ValueError: an option cannot be used.
    """

    optimizer: str | Adam = "adam"
    loss: str | Loss = "mae"
    epochs: int = 1
    batch_size: int = 32
    shuffle: bool = True
    callbacks: Sequence[Callback] = ()
    validation_split: float = 0.0
    seed: int = 0
    verbose: int | str = "auto"
    engine: str = "auto"
    threads: int | None = None
    instruction_set: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.callbacks, Sequence):
            raise ValueError(f"callbacks must be a list, not {self.callbacks!r}")
        if self.threads is not None:
            positive_integer("threads", self.threads)

    @classmethod
    def of(cls, options: dict[str, Any]) -> FitOptions:
        """Make options of keyword arguments.

        Args:
            options: option -> value.

        Returns:
            The options.

        Raises:
            TypeError: there is no such option.
        """
        known = [field.name for field in fields(cls)]
        if unknown := sorted(set(options) - set(known)):
            raise TypeError(f"fit has no option {', '.join(unknown)}; it has {', '.join(known)}")
        return cls(**options)

    def training(self) -> Training:
        """The same in the words of the engines."""
        adam = _adam(self.optimizer)
        rate = adam.learning_rate
        stopping = _the(EarlyStopping, self.callbacks)
        checkpoint = _the(ModelCheckpoint, self.callbacks)
        return Training(
            loss=loss(self.loss),
            epochs=self.epochs,
            batch_size=self.batch_size,
            shuffle=self.shuffle,
            learning_rate=rate.learning_rate if isinstance(rate, Cosine) else rate,
            beta_1=adam.beta_1,
            beta_2=adam.beta_2,
            epsilon=adam.epsilon,
            weight_decay=adam.weight_decay or 0.0,
            clipnorm=adam.clipnorm,
            clipvalue=adam.clipvalue,
            global_clipnorm=adam.global_clipnorm,
            schedule=_schedule(rate, _the(ReduceLROnPlateau, self.callbacks)),
            early_stopping=None if stopping is None else stopping.patience,
            min_delta=0.0 if stopping is None else stopping.min_delta,
            restore_best=checkpoint is not None
            or (stopping is not None and stopping.restore_best_weights),
            monitor=_monitor(self.callbacks),
        )

    def checkpoint(self) -> ModelCheckpoint | None:
        """The ModelCheckpoint among the callbacks; None without one."""
        return _the(ModelCheckpoint, self.callbacks)


def loss(given: str | Loss) -> Loss:
    """Find the loss that an option means.

    Args:
        given: a name, or a Loss.

    Returns:
        The loss.

    Raises:
        ValueError: there is no such loss.
    """
    if isinstance(given, Loss):
        return given
    if not isinstance(given, str) or given not in _LOSS_NAMES:
        raise ValueError(
            f"loss must be one of {', '.join(_LOSS_NAMES)}, or a Loss such as"
            f' Loss("pinball", quantiles=(0.1, 0.5, 0.9)), not {given!r}'
        )
    return Loss(_LOSS_NAMES[given])


def _adam(given: str | Adam) -> Adam:
    if isinstance(given, Adam):
        return given
    if str(given).lower() != "adam":
        raise ValueError(f'optimizer must be "adam" or an Adam(...), not {given!r}')
    return Adam()


def _the(kind: type[C], callbacks: Sequence[Callback]) -> C | None:
    """The one callback of a kind, if there is one."""
    found = [callback for callback in callbacks if isinstance(callback, kind)]
    if len(found) > 1:
        raise ValueError(f"there may be one {kind.__name__}, not {len(found)}")
    return found[0] if found else None


def _schedule(rate: float | Cosine, plateau: ReduceLROnPlateau | None) -> Schedule:
    if plateau is None:
        return Schedule("cosine", final=rate.final) if isinstance(rate, Cosine) else Schedule()
    if isinstance(rate, Cosine):
        raise ValueError("a Cosine learning rate and ReduceLROnPlateau exclude each other")
    return Schedule(
        "plateau",
        factor=plateau.factor,
        patience=plateau.patience,
        min_delta=plateau.min_delta,
        min_rate=plateau.min_lr,
    )


def _monitor(callbacks: Sequence[Callback]) -> str:
    """An engine watches one figure."""
    for callback in callbacks:
        if not isinstance(callback, Callback):
            raise ValueError(
                "a callback must be EarlyStopping, ModelCheckpoint or ReduceLROnPlateau,"
                f" not {callback!r}"
            )
        if not isinstance(callback.monitor, str):
            raise ValueError(f"monitor must be loss or val_loss, not {callback.monitor!r}")
    monitors = {callback.monitor for callback in callbacks}
    if len(monitors) > 1:
        raise ValueError(f"all callbacks must watch the same figure, not {sorted(monitors)}")
    return monitors.pop() if monitors else "val_loss"
