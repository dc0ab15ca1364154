"""What is seen of a target day from one evening, and what of many such builder is learned from.

Dimensions: P parts, S steps (the last working days up to the origin), C channels, K of them those
of the peers, N examples. How it is looked at: ``builder``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Quantity

Index = NDArray[np.int64]

OF_PLAN, OF_BEFORE, OF_RECENT = 0, 1, 2  # places in ``Sample.sums``

# What one step holds; the groups are what an ablation leaves out.
CHANNELS = {
    "call-off": ("called", "not called"),
    "profile": ("profile",),
    "revision": ("revision", "not planned"),
    "surprise": ("surprise", "surprise of the day before"),
    "time": ("days ahead",),
    "target": ("plan", "lag"),
    "level": ("line", "recent", "before"),
    "peers": ("called, peers", "profile, peers", "revision, peers", "surprise, peers",
            "surprise of the day before, peers", "plan, peers"),
}  # fmt: skip
NAMES = tuple(name for names in CHANNELS.values() for name in names)
PEERS = tuple(NAMES.index(name.removesuffix(", peers")) for name in CHANNELS["peers"])


@dataclass(frozen=True)
class Sample:
    """One target day seen from one fresh day.

    plan and scale (P) in pieces; steps (P, S, C) scaled; day_load: how much of a full day the
    target is planned to be, 1 for a full one, 0 for an idle one; recent (P): the mean call-off of
    the last full days, the newest with the most weight, times the day load; before (P): the plan
    for the full day before the target, from the same evening; lag: calendar days until the
    target, ahead: full ones, itself among them; sums (P, 2, 3): of plan, before and recent, over
    the part and its peers, and over all parts.
    """

    plan: Quantity
    scale: Quantity
    steps: NDArray[np.float32]
    day_load: float
    recent: Quantity
    before: Quantity
    lag: int
    ahead: int
    sums: Quantity

    @property
    def beyond(self) -> bool:
        """Whether idle days lie before the target."""
        return self.ahead < self.lag


@dataclass(frozen=True)
class TrainingSet:
    """Past samples with what came: plan, recent, before, actual, scale (N) in pieces, sums
    (N, 2, 3), steps (N, S, C), age (N): fresh days between the target and the newest one, lag
    (N): calendar days, ahead (N): full days."""

    plan: Quantity
    recent: Quantity
    before: Quantity
    sums: Quantity
    actual: Quantity
    scale: Quantity
    steps: NDArray[np.float32]
    age: Index
    lag: Index
    ahead: Index

    def __len__(self) -> int:
        return len(self.plan)

    @property
    def beyond(self) -> NDArray[np.bool_]:
        """Whether idle days lay before the target (N)."""
        return self.ahead < self.lag

    def subsample(self, seed: int, most: int) -> Index | slice:
        """At most so many of them (places), by subsample: more cost time and teach a small network
        little. Each seed draws others."""
        if len(self) <= most:
            return slice(None)  # no copies
        return np.sort(np.random.default_rng(seed).choice(len(self), most, replace=False))


def ordered(
    examples: TrainingSet, builder: Sequence[Sample], kept: Sequence[NDArray[np.bool_]]
) -> TrainingSet:
    """A training set with the steps of these samples, of the parts kept (P) of each, in an order
    that does not depend on that of the parts, for what learns in batches. Steps are by far the
    most of an example, so they are copied but once."""
    pairs = list(zip(builder, kept, strict=True))
    marks = np.concatenate([_mark(sample.steps[parts]) for sample, parts in pairs])
    keys = (examples.recent, examples.scale, examples.actual, examples.plan, examples.lag)
    order = np.lexsort((marks, *keys, examples.age))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    steps = np.empty((len(order), *builder[0].steps.shape[1:]), np.float32)
    start = 0
    for sample, parts in pairs:
        end = start + int(parts.sum())
        steps[place[start:end]] = sample.steps[parts]
        start = end
    others = {name: values[order] for name, values in vars(examples).items() if name != "steps"}
    return TrainingSet(**others, steps=steps)


def _mark(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    """What tells equal plans apart (N)."""
    own = steps[:, :, : len(NAMES) - len(PEERS)].reshape(len(steps), -1)
    return np.asarray((own * np.cos(np.arange(own.shape[1]))).sum(axis=1))
