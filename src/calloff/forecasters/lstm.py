"""One LSTM for all parts, anchored on the plan: it learns the correction from the triangle.

Reads the last working days up to the origin (``views``): call-offs, the plan's profile and how it
was revised, surprises, lags, weekdays, what is missing. Trained afresh on each past; several
seeds averaged. Errors weigh by the part's scale, so the loss is in pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.forecasters.base import Fitted, Forecaster
from calloff.forecasters.ratio import PooledRatio
from calloff.lstm import LSTM, Adam, Dense, Network
from calloff.lstm.data import Dataset
from calloff.lstm.network import Fitted as Trained
from calloff.spec import Spec
from calloff.triangle import Asked, Past
from calloff.views import Views, origins

ENOUGH = 200  # examples; with fewer there is nothing to learn from
FADE = 0.95  # weight of an example falls by this with each fresh day of age
# How far a day's total is drawn towards that of the pooled ratio: the level of a day is one number,
# and a past of thirty days has seen thirty of them, however many parts there are.
LEVEL = 0.5


@dataclass(frozen=True)
class Corrected(Fitted):
    """The plan corrected by the mean of several networks."""

    views: Views
    networks: tuple[Trained, ...]
    ratio: NDArray[np.float64]

    def predict(self, asked: Asked) -> NDArray[np.float64]:
        answer = np.full(len(asked.plan), np.nan)
        if not self.networks:
            return answer
        for origin, parts in origins(asked.origin):
            view = self.views.at(origin, asked.target)
            corrections = [net.predict(view.steps[parts])[:, 0] for net in self.networks]
            correction = np.mean(corrections, axis=0) * view.scale[parts] * view.gate
            answer[parts] = np.maximum(view.plan[parts] + correction, 0.0)
        return self._levelled(answer, asked.plan * self.ratio)

    def _levelled(
        self, answer: NDArray[np.float64], level: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The same mix of parts, its total halfway (on a log scale) to that of ``level``."""
        known = self.views.past.pooled & ~np.isnan(answer) & ~np.isnan(level)
        mine, theirs = float(answer[known].sum()), float(level[known].sum())
        return answer * (theirs / mine) ** LEVEL if mine > 0 and theirs > 0 else answer


@dataclass(frozen=True)
class PooledLSTM(Forecaster):
    """The network and its training; see the module."""

    name: str = "lstm"
    units: int = 16
    epochs: int = 12
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    dropout: float = 0.1
    seeds: int = 3
    rank: ClassVar[int] = 30

    def fit(self, past: Past, spec: Spec) -> Corrected:
        views = Views(past)
        horizon = int(past.leads.max(initial=0))
        examples = views.examples(range(max(1, spec.lead - 1), horizon + 1))
        if len(examples) < ENOUGH:
            return Corrected(views, (), np.zeros(0))
        weight = examples.scale * FADE**examples.age
        correction = (examples.actual - examples.plan) / examples.scale
        data = Dataset(
            examples.steps,
            correction.astype(np.float32),
            (weight / weight.mean()).astype(np.float32),
        )
        network = Network([LSTM(self.units, dropout=self.dropout), Dense(1)])
        fitted = network.fit_many(
            [Dataset(data.x, data.y, data.sample_weight, seed=seed) for seed in range(self.seeds)],
            optimizer=Adam(self.learning_rate, weight_decay=self.weight_decay),
            loss="mae",
            epochs=self.epochs,
            batch_size=self.batch_size,
            verbose=0,
        )
        sound = tuple(net for net in fitted if net.problem is None)
        return Corrected(views, sound, PooledRatio().fit(past, spec).ratio)


METHODS = (PooledLSTM(),)
