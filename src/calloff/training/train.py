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
from calloff.lstm import LSTM, Adam, Dataset, Dense, EarlyStopping, Network, engines
from calloff.lstm.fitting import FitOptions
from calloff.lstm.network import Fitted
from calloff.texts.errors import CalloffError, Problem
from calloff.training.windows import Scaling, Windows, WindowSpec, cut_windows

# More than these fills the memory before anything is learnt.
LIMITS = {"units": 1024, "layers": 16, "epochs": 100_000}


@dataclass(frozen=True)
class TrainSpec:
    """How each part's network is built and trained; the defaults are the notebook's.

    early_stopping: epochs without a better validation loss before the best weights are taken.
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
        """Raises ValueError for an option that no network can have, or EngineMissing."""
        for name, most in LIMITS.items():
            if getattr(self, name) > most:
                raise ValueError(f"{name} must be at most {most:,}, not {getattr(self, name):,}")
        self.network()
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie from 0 to 1, below 1, not {self.dropout}")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be above 0, not {self.learning_rate}")
        FitOptions.of({"loss": self.loss, "engine": self.engine}).training()
        engines.check(self.engine, self.instruction_set)

    def network(self) -> Network:
        """LSTM layers with a dense head of one output."""
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
    """One network of one part. Errors are mean absolute ones on the test windows: scaled, and in
    pieces, beside those of the plan (NaN where the file has none) and of the window's mean."""

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

    Gives the runs, and the parts that have too few windows with their number. Raises CalloffError
    for parts that are unknown or in quarantine.
    """
    problems = [problem for part in parts if (problem := _unusable(triangle, part))]
    if problems:
        raise CalloffError(problems)
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


def _unusable(triangle: Triangle, part: str) -> Problem | None:
    if part not in triangle.parts:
        known = ", ".join(triangle.parts[:5])
        return Problem("part.unknown", facts={"name": part, "parts": known})
    if part in quarantined(triangle):
        return Problem("part.quarantine", facts={"name": part})
    return None


def quarantined(triangle: Triangle) -> tuple[str, ...]:
    """Parts whose plans contradict each other, where nobody chose between them."""
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
