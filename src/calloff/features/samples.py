"""Samples: one target day as known at one origin, and many such samples to learn from.

Dimensions: P parts, S steps (the last working days up to the origin), C channels, K of them those
of the peers, N examples. How samples are made: ``builder``.
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
    """One target day as known on one fresh day (P parts, S steps, C channels).

    Attributes:
        plan: pieces planned for the target (P).
        scale: pieces by which the part is scaled (P).
        steps: scaled inputs (P, S, C), the newest step last; see CHANNELS.
        day_load: how much of a full day the target is planned to be, 1 for a full one, 0 for an
            idle one.
        recent: mean call-off of the last full days, the newest with the most weight, times the day
            load (P), in pieces.
        before: pieces planned for the full day before the target (P), as sent on the same day.
        lag: calendar days until the target.
        ahead: full days until the target, itself among them.
        sums: of plan, before and recent, over the part and its peers, and over all parts (P, 2, 3),
            in pieces.
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
    """Past samples with what came (N examples, S steps, C channels); fields are those of
    ``Sample``.

    Attributes:
        plan: pieces (N).
        recent: pieces (N).
        before: pieces (N).
        sums: pieces (N, 2, 3).
        actual: pieces called off (N).
        scale: pieces (N).
        steps: scaled inputs (N, S, C).
        age: fresh days between the target and the newest one (N).
        lag: calendar days (N).
        ahead: full days (N).
    """

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
        """Draw some of the examples: more cost time and teach a small network little.

        Args:
            seed: each draws others.
            most: how many at most.

        Returns:
            Their indices, rising, or a slice of all.
        """
        if len(self) <= most:
            return slice(None)  # no copies
        return np.sort(np.random.default_rng(seed).choice(len(self), most, replace=False))


def ordered(
    examples: TrainingSet, samples: Sequence[Sample], kept: Sequence[NDArray[np.bool_]]
) -> TrainingSet:
    """Fill in the steps of a training set, and put it into an order that does not depend on that of
    the parts, for what learns in batches.

    Steps are by far the most of an example, so they are copied but once.

    Args:
        examples: the set without its steps.
        samples: those that it is made of, in its order.
        kept: for each sample the parts (P) of which there are examples.

    Returns:
        The whole set.
    """
    pairs = list(zip(samples, kept, strict=True))
    marks = np.concatenate([_mark(sample.steps[parts]) for sample, parts in pairs])
    keys = (examples.recent, examples.scale, examples.actual, examples.plan, examples.lag)
    order = np.lexsort((marks, *keys, examples.age))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    steps = np.empty((len(order), *samples[0].steps.shape[1:]), np.float32)
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
