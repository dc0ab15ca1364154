"""One LSTM for all parts, which has seen other customers before it sees this one.

It was trained on thousands of made-up customers (``pretrained``), reads a customer's plans as they
are, and is trained further in time order: after each target day, for one pass, on what that day and
others before it showed. Asked before it learns a day, it gives honest forecasts of all past days
for the price of one training (prequential; Dawid 1984).

The networks that forecast lie between those trained so and those that have seen no day of the
customer, as few days also show what was so on these by chance (weight-space ensembles; Wortsman et
al. 2022): nearer to those that were less wrong on the target days so far.

It starts from the weighted mean of the simple methods (``record``) and predicts by how much, in
units of that mean's usual error, call-offs will differ: their quantiles, of which the median is the
forecast.

Dimensions: P parts, N examples, S steps, C channels, K levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.triangle import Past, Quantity, Query
from calloff.features.peers import peers_of
from calloff.forecasters.examples import Examples, examples_of_day, weights_of
from calloff.forecasters.inputs import Inputs, inputs_of
from calloff.forecasters.prequential import learned, recent
from calloff.forecasters.pretrained import pretrained
from calloff.forecasters.rows import record_of, row_of
from calloff.forecasters.weights import Losses, weigh
from calloff.lstm import Adam, Loss, engines
from calloff.lstm.network import Fitted as Trained
from calloff.rolling.forecaster import Forecaster, OfPast
from calloff.rolling.spec import Spec
from calloff.uncertainty.levels import LEVELS, at_levels

Floats = NDArray[np.float32]
Value = TypeVar("Value")

LEAST_DAYS = 8  # target days; fewer say little of what days do
RECENT = 8  # target days, the last ones, that are gone through each time
SHARE = 0.25  # of the days before them
EXAMPLES = 4000  # that are gone through each time
RATE = 1e-3
FIRST_EPOCHS = 2
FIRST = (0.7, 0.3)  # shares of networks as trained and as pretrained where both are equally good
MEDIAN = LEVELS.index(0.5)


@dataclass(frozen=True)
class Trainee:
    """A network as trained so far.

    Attributes:
        network: as it is now.
        curve: its mean loss in each pass.
    """

    network: Trained
    curve: tuple[float, ...] = ()


@dataclass(frozen=True)
class Tuned(Shared):
    """The networks as trained on a customer's target days so far, or as they will be: they go on
    training while others look at the days that come next.

    Attributes:
        training: of each network.
        judging: how wrong the networks were on target days before they learned them, and how wrong
            they would have been as pretrained (2, 1).
        examples: of the target days learned, the newest last.
    """

    training: tuple[Future[Trainee], ...]
    judging: Future[Losses]
    examples: tuple[Examples, ...] = ()

    @classmethod
    def begun(cls, networks: Sequence[Trained]) -> Tuned:
        """Begin with ``networks`` that have seen no target day."""
        return cls(tuple(_done(Trainee(network)) for network in networks), _done(Losses.none(2, 1)))

    @property
    def networks(self) -> tuple[Trained, ...]:
        """As they are after the last of the days."""
        return tuple(each.result().network for each in self.training)

    @property
    def curves(self) -> tuple[tuple[float, ...], ...]:
        """Of each network, the mean loss in each pass; none before the first."""
        found = tuple(each.result().curve for each in self.training)
        return found if any(found) else ()

    @property
    def nbytes(self) -> int:
        """Bytes of the weights, which are those of the pretrained networks."""
        weights = [weight for network in pretrained() for weight in network.weights]
        return sum(weight.nbytes for weight in weights)

    def after(self, more: Examples | None, seed: int, pool: Executor) -> Tuned:
        """Train on one more target day, and on some of those before.

        Args:
            more: its examples; None without any.
            seed: of the choice of days and of the order of examples.
            pool: trains the networks, each on what it has learned before.

        Returns:
            The networks after it.
        """
        if more is None or not len(more.error):
            return self
        examples = (*self.examples, more)
        if len(examples) < LEAST_DAYS:
            return Tuned(self.training, self.judging, examples)
        epochs = FIRST_EPOCHS if len(examples) == LEAST_DAYS else 1
        # What a task waits for was submitted before it: no two wait for each other.
        judging = pool.submit(_judged, self.judging, self.training, more)
        each = partial(_trained, examples=examples, epochs=epochs)
        seeds = [1000 * place + seed for place in range(len(self.training))]
        pairs = zip(self.training, seeds, strict=True)
        return Tuned(tuple(pool.submit(each, *pair) for pair in pairs), judging, examples)

    @property
    def share(self) -> float:
        """Share of the networks as trained in those that forecast."""
        losses = self.judging.result()
        total = np.maximum(losses.total, np.finfo(float).tiny)
        return float(weigh(total, FIRST, losses.power)[0, 0])

    @property
    def drawn(self) -> tuple[Trained, ...]:
        """The networks that forecast."""
        if not self.curves:
            return self.networks
        share, pairs = self.share, zip(self.networks, pretrained(), strict=True)
        return tuple(_between(own, before, share) for own, before in pairs)


def levels_of(networks: tuple[Trained, ...], inputs: Inputs) -> Quantity:
    """Predict quantiles.

    Args:
        networks: the networks, whose mean counts.
        inputs: what is read of each part (P).

    Returns:
        Pieces at LEVELS (K, P), rising, never negative.
    """
    if not len(inputs.unit):
        return np.zeros((len(LEVELS), 0))
    found = _mean(networks, inputs)
    rising = np.sort(found.astype(np.float64), axis=1).T
    return np.maximum(inputs.middle + rising * inputs.unit, 0.0)


def _done(value: Value) -> Future[Value]:
    """A ``value`` that is there already, as a future."""
    done: Future[Value] = Future()
    done.set_result(value)
    return done


def _between(own: Trained, before: Trained, share: float) -> Trained:
    """A network with weights between those of two."""
    pairs = zip(own.weights, before.weights, strict=True)
    return replace(own, weights=tuple(share * new + (1 - share) * old for new, old in pairs))


def _mean(networks: tuple[Trained, ...], inputs: Inputs) -> Floats:
    """What networks say of inputs (N) on average: (N, K)."""
    return np.asarray(np.mean([_predicted(network, inputs) for network in networks], axis=0))


def _predicted(network: Trained, inputs: Inputs) -> Floats:
    """What a network says of inputs (N): (N, K), by the engine where it is there."""
    try:
        engine = engines.fast_engine()
    except engines.EngineMissing:
        return np.asarray(network.predict(inputs.steps, static=inputs.ahead))
    plan = network.network.plan(network.features)
    found = engine.predict(plan, network.weights, inputs.steps, static=inputs.ahead)
    return np.asarray(found)


def _judged(
    judging: Future[Losses], training: tuple[Future[Trainee], ...], more: Examples
) -> Losses:
    """The losses after a day that the networks have not learned, once they have learned one."""
    losses, trainees = judging.result(), [each.result() for each in training]
    if not any(each.curve for each in trainees):
        return losses
    weight = weights_of(more.inputs.unit)
    own = tuple(each.network for each in trainees)
    each = (_mean(networks, more.inputs) for networks in (own, pretrained()))
    misses = (np.abs(more.error - said[:, MEDIAN]) for said in each)
    return losses.after(np.array([[np.average(miss, weights=weight)] for miss in misses]))


def _trained(
    training: Future[Trainee], seed: int, examples: tuple[Examples, ...], epochs: int
) -> Trainee:
    """One pass over the last days and some of those before; the network as it was where the loss
    is not finite."""
    trainee = training.result()
    network = trainee.network
    rng = np.random.default_rng(seed)
    before, recent = examples[:-RECENT], examples[-RECENT:]
    chosen = [*(day for day in before if rng.random() < SHARE), *recent]
    lesson = Examples.together(chosen, max(1, EXAMPLES // len(chosen)))
    after = network.network.fit(
        lesson.inputs.steps,
        np.repeat(lesson.error[:, None], len(LEVELS), axis=1),
        static=lesson.inputs.ahead,
        sample_weight=weights_of(lesson.inputs.unit),
        initial_weights=network.weights,
        optimizer=Adam(RATE),
        loss=Loss("pinball", quantiles=LEVELS),
        epochs=epochs,
        batch_size=256,
        seed=seed,
        verbose=0,
        threads=1,
    )
    curve = (*trainee.curve, *after.history["loss"][-epochs:])
    return Trainee(after if after.problem is None else network, curve)


def tuned_networks(past: Past, spec: Spec) -> Tuned:
    """Train the networks on the target days known at a past.

    Args:
        past: what may be read.
        spec: the lead.

    Returns:
        The networks after the last of these days; they may still be training.
    """

    pool = ThreadPoolExecutor(len(pretrained()) + 1)  # side by side: the engine lets others work
    ahead = ThreadPoolExecutor(1)

    def step(tuned: Tuned, then: Past, number: int) -> Tuned:
        ahead.submit(peers_of, then)  # which the next days ask for
        return tuned.after(examples_of_day(then, spec, number), number, pool)

    try:
        return learned(past, "tuned", spec, Tuned.begun(pretrained()), step)
    finally:
        ahead.shutdown()  # waits: BLAS has one thread only while the main one is here
        pool.shutdown(wait=False)  # what is begun goes on


@dataclass(frozen=True)
class Reading(OfPast):
    """The networks of a past, as trained so far.

    Attributes:
        tuned: whether they were trained on its target days.
    """

    tuned: bool

    def levels(self, query: Query) -> Quantity:
        """Predict quantiles, once for each question.

        Args:
            query: the target day.

        Returns:
            Pieces at LEVELS (K, P); NaN for parts without a plan.
        """
        key = (self.spec, self.tuned, self.past.key, query.key)
        return self.past.memo.get("levels", key, lambda: self._read(query))

    def _read(self, query: Query) -> Quantity:
        past, spec = self.past, self.spec
        networks = tuned_networks(past, spec).drawn if self.tuned else pretrained()
        inputs = inputs_of(past, record_of(past, spec), row_of(past, spec, query))
        return np.where(np.isnan(query.plan), np.nan, levels_of(networks, inputs))

    def predict(self, query: Query) -> NDArray[np.float64]:
        return self.levels(query)[MEDIAN]

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64]:
        return at_levels(self.levels(query), levels)


@dataclass(frozen=True)
class PooledLSTM(Forecaster):
    """The network; see the module.

    Attributes:
        name: by which it is asked for.
        tuned: whether it is trained further on the customer's own days.
    """

    name: str = "lstm"
    tuned: bool = True
    rank: ClassVar[int] = 30
    quick: ClassVar[bool] = False
    spreads: ClassVar[bool] = True

    def begin(self, past: Past, spec: Spec) -> None:
        if self.tuned:
            tuned_networks(recent(past, spec), spec)

    def fit(self, past: Past, spec: Spec) -> Reading:
        self.begin(past, spec)
        return Reading(recent(past, spec), spec, self.tuned)


METHODS = (PooledLSTM(),)
