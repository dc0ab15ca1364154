"""The LSTM's pinball head: how far call-offs spread around a forecast, learned from the triangle.

A second, small network beside the one of the point forecast, on the same inputs (``builder``) and
around the same start (``hierarchy``): one output for each of a few levels, trained with the pinball
loss (Koenker & Bassett 1978). Several seeds averaged, then sorted, which can only bring quantiles
nearer to the true ones (Chernozhukov, Fernandez-Val & Galichon 2010); outputs that cannot cross, as
sums of softplus, would tie all the upper levels to the errors of the lower ones.

Its median is not used by itself: its quantiles are taken from its own median and put around
whatever forecast is given. More outputs on the one network would have moved its point
forecast.

Dimensions: P parts, N examples, K levels, Q levels asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Quantity, Query
from calloff.features.builder import SampleBuilder, builder_of, lags, origins
from calloff.features.samples import NAMES, Sample, TrainingSet
from calloff.forecasters.hierarchy import aggregation_of
from calloff.lstm import LSTM, Adam, Dense, Loss, Network
from calloff.lstm.data import Dataset
from calloff.lstm.network import Fitted as Trained
from calloff.rolling.spec import Spec
from calloff.uncertainty.levels import LEVELS, at_levels

MIN_SAMPLES = 200  # examples; with fewer there is nothing to learn from
MAX_SAMPLES = 4000  # examples that one network learns from
DECAY = 0.95  # weight of an example falls by this with each fresh day of age
SEEDS = 4
UNITS = 8
EPOCHS = 4
BATCH = 64
OPTIMIZER = Adam(7e-3, weight_decay=1e-3)
SIZED = [NAMES.index(name) for name in ("surprise", "surprise of the day before")]


@dataclass(frozen=True)
class Head:
    """Networks that predict quantiles, of one past; none where it was too short to learn from.

    Attributes:
        builder: makes the samples.
        lead: in calendar days.
    """

    builder: SampleBuilder
    lead: int

    @cached_property
    def networks(self) -> tuple[Trained, ...]:
        """The trained networks, made when they are first asked for."""
        examples = self.builder.training_set(lags(self.lead, self.builder.past))
        if len(examples) < MIN_SAMPLES:
            return ()
        predicted = aggregation_of(self.builder.past, Spec(self.lead)).predict_set(examples)
        fitted = Network([LSTM(UNITS), Dense(len(LEVELS))]).fit_many(
            [_dataset(examples, predicted, seed) for seed in range(SEEDS)],
            optimizer=OPTIMIZER,
            loss=Loss("pinball", quantiles=LEVELS),
            epochs=EPOCHS,
            batch_size=BATCH,
            verbose=0,
        )
        return tuple(network for network in fitted if network.problem is None)

    def offsets(self, query: Query) -> Quantity | None:
        """Quantiles relative to the median, for one ``query``: pieces (K, P) to each of LEVELS,
        rising; NaN for parts without a plan, None where nothing was learned."""
        if not self.networks:
            return None
        answer = np.full((len(LEVELS), len(query.plan)), np.nan)
        for origin, parts in origins(query.origin):
            answer[:, parts] = self._seen(self.builder.at(origin, query.target))[:, parts]
        answer[:, np.isnan(query.plan)] = np.nan
        return answer

    def _seen(self, sample: Sample) -> Quantity:
        """(K, P). A part-day has as much smaller a spread as the day is smaller."""
        steps = sized(sample.steps)
        predicted = np.mean([network.predict(steps) for network in self.networks], axis=0)  # (P, K)
        levels = np.sort(predicted.astype(np.float64), axis=1).T * sample.scale * sample.day_load
        return np.asarray(levels - levels[LEVELS.index(0.5)])


def spread_around(
    forecast: Quantity, past: Past, query: Query, levels: Sequence[float]
) -> Quantity | None:
    """Quantiles around forecasts, as the past's networks predict their spread.

    Args:
        forecast: pieces (P).
        past: what may be read.
        query: the target day.
        levels: Q levels between 0 and 1; beyond the outermost of LEVELS they count as these.

    Returns:
        Pieces (Q, P), never negative, rising with the level; NaN for parts without a plan, None
        while the past is too short.
    """
    offsets = _remembered(past, query)
    if offsets is None:
        return None
    return np.maximum(forecast + at_levels(offsets, levels), 0.0)


def _remembered(past: Past, query: Query) -> Quantity | None:
    """Every method that spreads by the head asks the same of it, so the answer is kept."""

    def make() -> Quantity | None:
        return Head(builder_of(past), query.lead).offsets(query)

    return past.memo.get("offsets", (past.key, query.key), make)


def sized(steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Inputs ``steps`` (N, S, C) with the sizes of some beside them: how far a part has missed its
    plan says how far it may, whichever way it was."""
    return np.concatenate([steps, np.abs(steps[:, :, SIZED])], axis=2)


def _dataset(examples: TrainingSet, predicted: Quantity, seed: int) -> Dataset:
    """Errors of predictions (N), scaled, the same for each level; weighed so that the loss is in
    pieces."""
    rows = examples.subsample(seed, MAX_SAMPLES)
    scale = examples.scale[rows]
    error = ((examples.actual - predicted)[rows] / scale).astype(np.float32)
    weight = scale * DECAY ** examples.age[rows]
    return Dataset(
        sized(examples.steps[rows]),
        np.repeat(error[:, None], len(LEVELS), axis=1),
        (weight / weight.mean()).astype(np.float32),
        seed=seed,
    )
