"""The notebook's job: a small network for each part, its loss curves, and how good it really is.

Many parts and seeds are trained at once. Dimensions: as in ``windows``; E epochs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Triangle
from calloff.evaluation import metrics
from calloff.lstm import LSTM, Adam, Dataset, Dense, EarlyStopping, EngineMissing, Network, engines
from calloff.lstm.fitting import FitOptions
from calloff.lstm.network import Fitted
from calloff.texts import arguments
from calloff.texts.arguments import (
    Problems,
    between,
    instance,
    number,
    one_of,
    require,
    several,
    whole,
)
from calloff.texts.errors import Problem, fail
from calloff.training.windows import Scaling, Windows, WindowSpec, cut_windows

MOST_DROPPED = 0.99  # with all inputs dropped, nothing is learnt
# More than these fills the memory before anything is learnt.
LIMITS = {"units": 1024, "layers": 16, "epochs": 100_000, "batch_size": 10**6}


@dataclass(frozen=True)
class TrainSpec:
    """How the network of each part is built and trained; the defaults are the notebook's.

    Attributes:
        windows: which rows and columns go into a window.
        units: units of each LSTM layer.
        layers: LSTM layers.
        activation: activation of the LSTM.
        dropout: share of inputs dropped in training, from 0 to 0.99.
        loss: "mae", "mse" or "huber".
        batch_size: windows in a batch.
        epochs: times that all windows are gone through.
        learning_rate: learning rate of Adam.
        early_stopping: epochs without a better validation loss until training stops and the best
            weights are taken; None: never.
        seeds: seeds of first weights, shuffling and dropout; one network for each.
        engine: "auto", "cpp" or "numpy".
        instruction_set: of the engine, such as "avx2"; None for the best for the network.
    """

    windows: WindowSpec = field(default_factory=WindowSpec)
    units: int = 8
    layers: int = 2
    activation: str = "relu"
    dropout: float = 0.2
    loss: str = "mae"
    batch_size: int = 4
    epochs: int = 100
    learning_rate: float = 1e-3
    early_stopping: int | None = None
    seeds: tuple[int, ...] = (0,)
    engine: str = "auto"
    instruction_set: str | None = None  # None: the best for the network

    def check(self) -> None:
        """Refuse options that no network can have.

        Raises:
            CalloffError: with all such options.
        """
        require(
            instance(self.windows, "windows", WindowSpec),
            *(whole(getattr(self, name), name, 1, most) for name, most in LIMITS.items()),
            number(self.dropout, "dropout", 0, MOST_DROPPED),
            between(self.learning_rate, "learning_rate", 0, 1e6),
            whole(self.early_stopping, "early_stopping", 1, 10**6, optional=True),
            several(self.seeds, "seeds"),
            one_of(self.engine, "engine", engines.NAMES),
        )
        require(*(whole(seed, "seeds", 0, 2**64 - 1) for seed in self.seeds))
        try:
            self.network()
            FitOptions.of({"loss": self.loss, "engine": self.engine}).training()
            engines.check(self.engine, self.instruction_set)
        except (ValueError, EngineMissing) as error:
            raise fail("train.option", error=error) from error

    def network(self) -> Network:
        """Make LSTM layers with a dense head of one output."""
        layers = [
            LSTM(
                self.units,
                activation=self.activation,
                dropout=self.dropout,
                return_sequences=number < self.layers - 1,
            )
            for number in range(self.layers)
        ]
        return Network([*layers, Dense(1)])


@dataclass(frozen=True)
class PartRun:
    """One trained network of one part, and its mean absolute errors on the test windows.

    Attributes:
        part: name of the part.
        seed: the seed.
        fitted: the network.
        scaling: how inputs and targets were scaled.
        windows: number of windows for training, validation and test.
        test_scaled: error of the network, in scaled units.
        test_pieces: the same in pieces.
        plan_pieces: error of the plan, in pieces; NaN where the file has none.
        mean_pieces: error of the mean call-off in the window, in pieces.
    """

    part: str
    seed: int
    fitted: Fitted
    scaling: Scaling
    windows: tuple[int, int, int]
    test_scaled: float
    test_pieces: float
    plan_pieces: float
    mean_pieces: float

    @property
    def loss(self) -> list[float]:
        """Training loss by epoch (E)."""
        return self.fitted.history["loss"]

    @property
    def val_loss(self) -> list[float]:
        """Validation loss by epoch (E)."""
        return self.fitted.history["val_loss"]


def train_parts(
    triangle: Triangle, parts: Sequence[str], spec: TrainSpec
) -> tuple[list[PartRun], dict[str, int]]:
    """Train every part that has enough windows, with every seed, all at once.

    Args:
        triangle: the plans.
        parts: names of the parts.
        spec: how the networks are built and trained.

    Returns:
        The runs, and the parts that have too few windows with their number of windows.

    Raises:
        CalloffError: parts are unknown or in quarantine, the file has no such leads, or no network
            can be trained as asked.
    """
    require(
        instance(triangle, "triangle", Triangle),
        several(parts, "parts"),
        instance(spec, "spec", TrainSpec),
    )
    spec.check()
    parts = tuple(parts)
    require(_unusable(triangle, parts))
    cut = [cut_windows(triangle, part, spec.windows) for part in parts]
    short = {windows.part: len(windows) for windows in cut if not _is_enough(windows)}
    jobs = [
        (windows, Scaling.fit(*_rows(windows, windows.split()[0])), seed)
        for windows in cut
        if windows.part not in short
        for seed in spec.seeds
    ]
    fitted = spec.network().fit_many(
        [_dataset(*job) for job in jobs],
        optimizer=Adam(spec.learning_rate),
        loss=spec.loss,
        epochs=spec.epochs,
        batch_size=spec.batch_size,
        callbacks=_stopping(spec.early_stopping),
        engine=spec.engine,
        instruction_set=spec.instruction_set,
        verbose=0,
    )
    return [_run(*job, net) for job, net in zip(jobs, fitted, strict=True)], short


def _unusable(triangle: Triangle, parts: Sequence[str]) -> Problems:
    hidden = quarantined(triangle)
    for part in parts:
        yield from arguments.part(part, triangle.parts)
        if part in hidden:
            yield Problem("part.quarantine", facts={"name": part})


def quarantined(triangle: Triangle) -> tuple[str, ...]:
    """Parts of a ``triangle`` whose plans contradict each other, if nobody chose between them."""
    if not triangle.quarantine:
        return ()
    conflicts = zip(triangle.parts, triangle.conflict, strict=True)
    return tuple(part for part, days in conflicts if days.any())


def _stopping(patience: int | None) -> list[EarlyStopping]:
    return [EarlyStopping(patience=patience, restore_best_weights=True)] if patience else []


def _is_enough(windows: Windows) -> bool:
    """At least one window for each of training, validation and test."""
    return all(part.stop > part.start for part in windows.split())


def _rows(windows: Windows, rows: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return windows.x[rows], windows.y[rows]


def _dataset(windows: Windows, scaling: Scaling, seed: int) -> Dataset:
    train, validation, _ = (
        Dataset(
            scaling.inputs(windows.x[rows]).astype(np.float32),
            scaling.target(windows.y[rows]).astype(np.float32),
        )
        for rows in windows.split()
    )
    return Dataset(
        train.x, train.y, validation=validation, seed=seed, name=f"{windows.part}, seed {seed}"
    )


def _run(windows: Windows, scaling: Scaling, seed: int, fitted: Fitted) -> PartRun:
    train, validation, test = windows.split()
    x, y = _rows(windows, test)
    scaled = fitted.predict(scaling.inputs(x).astype(np.float32))[:, 0].astype(np.float64)
    plan = windows.plan[test]
    return PartRun(
        part=windows.part,
        seed=seed,
        fitted=fitted,
        scaling=scaling,
        windows=(train.stop, validation.stop - validation.start, test.stop - test.start),
        test_scaled=metrics.mae(scaling.target(y), scaled),
        test_pieces=metrics.mae(y, scaling.pieces(scaled)),
        plan_pieces=metrics.mae(y, plan),
        mean_pieces=metrics.mae(y, windows.mean[test]),
    )
