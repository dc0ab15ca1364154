"""The notebook's network, one for each part, anchored on the plan.

Two LSTM layers read a few rows of the part's own plans: what was called off on each working day,
and that day's plan for the target. The notebook's windows have the same on a diagonal, D+5, D+4
and D+3 of three rows. It learns how far the call-off is from the plan. The last target
days of the past decide when to stop; a network that does no better on them than the plan itself
is not used, and the plan takes its place. Nothing is shared between parts: beside ``lstm``, this
shows what sharing is worth.

Dimensions: P parts, N windows (past targets, each from several lags), T steps, C channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, Query
from calloff.features.builder import LIMIT, SampleBuilder, builder_of, lags, origins
from calloff.lstm import LSTM, Adam, Dense, EarlyStopping, Network
from calloff.lstm.data import Dataset
from calloff.lstm.network import Fitted as Trained
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

STEPS = 3  # rows in a window, as in the notebook
TARGETS = 40  # past target days to learn from: older ones say little, and memory has an end
MIN_TARGETS = 4  # target days of a part's own to train on; with fewer it has no network
HELD = 0.25  # of its target days, the last ones, are held back to decide when to stop

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Windows of all parts, in the order of their targets.

    Attributes:
        x: inputs (N, P, T, C), in units of each part's scale.
        y: corrections to the plan (N, P), in the same units.
        known: whether there is a plan and a call-off (N, P).
        target: index of the target's fresh day (N).
    """

    x: Floats
    y: Floats
    known: Mask
    target: NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """The windows of a past, made by its ``builder``. Each reads up to its origin only."""

    builder: SampleBuilder

    def at(self, origin: int, target: np.datetime64) -> tuple[Quantity, Quantity]:
        """One target day as known at one origin.

        Args:
            origin: index of the fresh day.
            target: the target day.

        Returns:
            The plan for the target (P), in pieces, and the window that leads to it (P, T, C),
            scaled.
        """
        builder = self.builder
        plan, scale = builder.planned(origin, target), builder.scale[:, origin]
        day_load = builder.day_load(origin, plan)
        days = np.flatnonzero(builder.working[: origin + 1])[-STEPS:]
        steps = np.zeros((len(plan), STEPS, 4))
        for step, day in enumerate(days, start=STEPS - len(days)):
            steps[:, step] = np.stack(
                [
                    (builder.past.calloffs[:, day] * day_load - plan) / scale,
                    (builder.planned(day, target) - plan) / scale,
                    plan / scale,
                    np.full(len(plan), builder.lag(origin, target) / 7),
                ],
                axis=1,
            )
        return plan, np.clip(np.nan_to_num(steps), -LIMIT, LIMIT)

    def rows(self, wanted: range) -> Rows | None:
        """The past's target days, each from the lags ``wanted`` (calendar days); None where there
        is none."""
        past, found = self.builder.past, list(self._past(set(wanted)))
        if not found:
            return None
        x, y = [], []
        for origin, day in found:
            plan, steps = self.at(origin, past.days[day])
            x.append(steps.astype(np.float32))
            y.append((past.calloffs[:, day] - plan) / self.builder.scale[:, origin])
        made = np.stack(y)
        known = ~np.isnan(made)
        clipped = np.clip(np.nan_to_num(made), -LIMIT, LIMIT).astype(np.float32)
        return Rows(np.stack(x), clipped, known, np.array([day for _, day in found]))

    def _past(self, wanted: set[int]) -> Iterator[tuple[int, int]]:
        """Origin and target (fresh days) of the windows: full days only, from the lags wanted."""
        past, builder = self.builder.past, self.builder
        for day in np.flatnonzero(builder.working & past.is_target)[-TARGETS:].tolist():
            for origin in range(1, day):
                if builder.lag(origin, past.days[day]) not in wanted:
                    continue
                plan = builder.planned(origin, past.days[day])
                if not np.isnan(plan).all() and builder.day_load(origin, plan) == 1.0:
                    yield origin, day


@dataclass(frozen=True)
class PartSamples:
    """One part's windows, put to standard scores by those to train on.

    Attributes:
        x: inputs (N, T, C), in units of the part's scale.
        y: corrections to the plan (N), in the same units.
        held: windows that decide when to stop (N).
        mean: of the inputs (C).
        spread: standard deviation of the inputs (C).
        unit: mean size of the corrections, by which they are divided.
    """

    x: Floats
    y: Floats
    held: Mask
    mean: Floats
    spread: Floats
    unit: float

    @classmethod
    def of(cls, rows: Rows, part: int) -> PartSamples | None:
        """Take the windows of one part.

        Args:
            rows: windows of all parts.
            part: index of the part.

        Returns:
            Its windows; None where it has too few target days, or nothing to learn from them.
        """
        known = rows.known[:, part]
        x, y, target = rows.x[known, part], rows.y[known, part], rows.target[known]
        days = np.unique(target)
        last = int(np.ceil(HELD * len(days)))
        if len(days) - last < MIN_TARGETS:
            return None
        held = target >= days[-last]
        unit = float(np.abs(y[~held]).mean())
        spread = x[~held].std(axis=(0, 1))
        spread = np.where(spread > 1e-6, spread, 1.0).astype(np.float32)
        mean = x[~held].mean(axis=(0, 1))
        return cls(x, y, held, mean, spread, unit) if unit > 1e-6 else None

    def inputs(self, x: NDArray[np.floating]) -> Floats:
        """Standard scores of ``x`` (N, T, C); a window unlike all that were learned from is
        clipped."""
        return np.clip((x - self.mean) / self.spread, -LIMIT, LIMIT).astype(np.float32)

    def dataset(self, seed: int) -> Dataset:
        """The data that the network with this ``seed`` is trained on."""
        x, y = self.inputs(self.x), self.y / self.unit
        held = Dataset(x[self.held], y[self.held])
        return Dataset(x[~self.held], y[~self.held], validation=held, seed=seed)

    @cached_property
    def plan_loss(self) -> float:
        """Error of the plan, uncorrected, on the windows held back, in units of ``unit``."""
        return float(np.abs(self.y[self.held]).mean()) / self.unit


@dataclass(frozen=True)
class PartNetworks(Fitted):
    """The plan corrected by each part's own networks.

    Attributes:
        windows: those of the past.
        networks: part (index) -> its samples, and its networks that learned something.
    """

    windows: Windows
    networks: Mapping[int, tuple[PartSamples, tuple[Trained, ...]]]

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        for origin, parts in origins(query.origin):
            plan, steps = self.windows.at(origin, query.target)
            size = self.windows.builder.scale[:, origin]
            size = size * self.windows.builder.day_load(origin, plan)
            for part in np.flatnonzero(parts & ~np.isnan(plan)).tolist():
                if part in self.networks:
                    predicted = self._correction(part, steps[part]) * size[part]
                    answer[part] = max(plan[part] + predicted, 0.0)
        return answer

    def _correction(self, part: int, steps: Quantity) -> float:
        samples, networks = self.networks[part]
        x = samples.inputs(steps[None])
        return samples.unit * float(np.mean([net.predict(x)[0, 0] for net in networks]))


@dataclass(frozen=True)
class PartLSTM(Forecaster):
    """The networks and their training; see the module.

    Layers, units and activation are the notebook's; its dropout of 0.2 costs 4 % of the accuracy on
    the synthetic customer.

    Attributes:
        name: by which it is asked for.
        units: of each LSTM layer.
        dropout: share of inputs dropped in training.
        epochs: times that all windows are gone through, at most.
        patience: epochs without a better error on the windows held back until training stops.
        batch_size: windows in a batch.
        learning_rate: of Adam.
        seeds: number of networks for each part.
    """

    name: str = "lstm-part"
    units: int = 8
    dropout: float = 0.0
    epochs: int = 60
    patience: int = 8
    batch_size: int = 8
    learning_rate: float = 3e-3
    seeds: int = 3
    rank: ClassVar[int] = 35
    quick: ClassVar[bool] = False

    def fit(self, past: Past, spec: Spec) -> PartNetworks:
        windows = Windows(builder_of(past))
        rows = windows.rows(lags(spec.lead, past))
        found = {} if rows is None else {p: PartSamples.of(rows, p) for p in range(len(past.parts))}
        sets = {part: samples for part, samples in found.items() if samples is not None}
        trained = [self._train(tuple(sets.values()), seed) for seed in range(self.seeds)]
        networks = {
            part: (samples, _better(samples, nets))
            for (part, samples), *nets in zip(sets.items(), *trained, strict=True)
        }
        return PartNetworks(windows, {part: pair for part, pair in networks.items() if pair[1]})

    def _train(self, sets: tuple[PartSamples, ...], seed: int) -> list[Trained]:
        """One network for each part, all from the same first weights."""
        layers = [LSTM(self.units, activation="relu", dropout=self.dropout, return_sequences=more)
                  for more in (True, False)]  # fmt: skip
        network = Network([*layers, Dense(1)])
        return network.fit_many(
            [samples.dataset(seed) for samples in sets],
            initial_weights=network.build(4, seed=seed),
            optimizer=Adam(self.learning_rate),
            loss="mae",
            epochs=self.epochs,
            batch_size=self.batch_size,
            callbacks=[EarlyStopping(patience=self.patience, restore_best_weights=True)],
            verbose=0,
        )


def _better(samples: PartSamples, networks: list[Trained]) -> tuple[Trained, ...]:
    """The networks that had less error than the plan on the windows held back."""
    return tuple(
        net
        for net in networks
        if net.history["val_loss"] and min(net.history["val_loss"]) < samples.plan_loss
    )


METHODS = (PartLSTM(),)
