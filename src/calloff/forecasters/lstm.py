"""One LSTM for all parts, anchored on the plan: it learns the correction from the triangle.

Reads the last working days up to the origin (``builder``): call-offs, the plan's profile and how it
was revised, surprises, lags, what is missing, and the same of the parts that move alike. Trained
afresh on each past. Errors weigh by the part's scale, so the loss is in pieces.

A past has few days, however many parts: so the level of a day is not left to the network. It
starts from the forecast of ``hierarchy``, and learns from days brought to that level how they
differ in their mix of parts. The more days there were, the more that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.features.builder import SampleBuilder, builder_of, lags, origins
from calloff.features.day_level import levels_of
from calloff.features.samples import CHANNELS, NAMES, Sample, TrainingSet
from calloff.forecasters.hierarchy import AggregationForecasts, aggregation_of
from calloff.forecasters.lstm_quantiles import spread_around
from calloff.lstm import LSTM, Adam, Dense, Network
from calloff.lstm.data import Dataset
from calloff.lstm.network import Fitted as Trained
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec

MIN_SAMPLES = 200  # examples; with fewer there is nothing to learn from
MAX_SAMPLES = 20_000  # examples that one network learns from
PRIOR_STRENGTH = 5.0  # days without correction that what was learned is averaged with
DECAY = 0.95  # weight of an example falls by this with each fresh day of age


@dataclass(frozen=True)
class Corrected(Fitted):
    """The plan at its expected level, corrected by the mean of several networks.

    Attributes:
        builder: makes the samples.
        networks: the trained ones; none where there were too few examples.
        aggregation: the forecasts that are corrected.
        without: groups of inputs that the networks do not see.
    """

    builder: SampleBuilder
    networks: tuple[Trained, ...]
    aggregation: AggregationForecasts
    without: tuple[str, ...] = ()

    def predict(self, query: Query) -> NDArray[np.float64]:
        answer = np.full(len(query.plan), np.nan)
        if not self.networks:
            return answer
        for origin, parts in origins(query.origin):
            sample = self.builder.at(origin, query.target)
            predicted = self.aggregation.predict_sample(origin, query.target, sample)
            if sample.day_load == 1:
                predicted = np.maximum(predicted + self._learned(sample), 0.0)
            answer[parts] = predicted[parts]
        return answer

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        return spread_around(self.predict(query), self.builder.past, query, levels)

    def _learned(self, sample: Sample) -> NDArray[np.float64]:
        """Pieces (P) by which the mix of parts differs from the plan's."""
        steps = hide(sample.steps, self.without)
        corrections = [net.predict(steps)[:, 0] for net in self.networks]
        days = len(np.unique(self.aggregation.levels.day))
        return np.asarray(
            np.mean(corrections, axis=0) * sample.scale * days / (days + PRIOR_STRENGTH)
        )


@dataclass(frozen=True)
class PooledLSTM(Forecaster):
    """The network and its training; see the module.

    Attributes:
        name: by which it is asked for.
        units: of the LSTM layer.
        epochs: times that all examples are gone through.
        batch_size: examples in a batch.
        learning_rate: of Adam.
        weight_decay: of Adam.
        seeds: number of networks.
        first_seed: the seed of the first one; for an ablation.
        without: groups of inputs (of ``samples.CHANNELS``) that the networks do not see; for an
            ablation.
    """

    name: str = "lstm"
    units: int = 8
    epochs: int = 4
    batch_size: int = 64
    learning_rate: float = 7e-3
    weight_decay: float = 1e-3
    seeds: int = 8
    first_seed: int = 0
    without: tuple[str, ...] = ()
    rank: ClassVar[int] = 30
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def fit(self, past: Past, spec: Spec) -> Corrected:
        builder = builder_of(past)
        examples = builder.training_set(lags(spec.lead, past))
        examples = replace(examples, steps=hide(examples.steps, self.without))
        aggregation = aggregation_of(past, spec)
        if len(examples) < MIN_SAMPLES:
            return Corrected(builder, (), aggregation, self.without)
        network = Network([LSTM(self.units), Dense(1)])
        fitted = network.fit_many(
            _datasets(examples, aggregation, self._seeds),
            optimizer=Adam(self.learning_rate, weight_decay=self.weight_decay),
            loss="mae",
            epochs=self.epochs,
            batch_size=self.batch_size,
            verbose=0,
        )
        sound = tuple(net for net in fitted if net.problem is None)
        return Corrected(builder, sound, aggregation, self.without)

    @property
    def _seeds(self) -> range:
        return range(self.first_seed, self.first_seed + self.seeds)


def hide(steps: NDArray[np.float32], groups: tuple[str, ...]) -> NDArray[np.float32]:
    """Set the channels of some groups to zero.

    Args:
        steps: inputs (N, S, C).
        groups: names in CHANNELS.

    Returns:
        Inputs (N, S, C).
    """
    if not groups:
        return steps
    hidden = np.isin(NAMES, [name for group in groups for name in CHANNELS[group]])
    return np.where(hidden, np.float32(0), steps)


def _datasets(
    examples: TrainingSet, aggregation: AggregationForecasts, seeds: Iterable[int]
) -> list[Dataset]:
    """The data for each network: corrections, scaled, of days at their expected level."""
    predicted = aggregation.predict_set(examples)
    correction = (examples.actual / levels_of(examples, predicted) - predicted) / examples.scale
    weight = examples.scale * DECAY**examples.age
    return [
        Dataset(
            examples.steps[rows],
            correction[rows].astype(np.float32),
            (weight[rows] / weight[rows].mean()).astype(np.float32),
            seed=seed,
        )
        for seed in seeds
        for rows in [examples.subsample(seed, MAX_SAMPLES)]
    ]


METHODS = (PooledLSTM(),)
