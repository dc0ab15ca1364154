"""Median regression on the plan and on what stands beside it.

One set of weights for all parts, drawn towards the plan alone; newer target days count more.

Dimensions: E examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared

Floats = NDArray[np.float64]

KEPT = 40  # target days that are learned from
DECAY = 0.9  # weight of an example falls by this with each later target day
EXAMPLES = 400  # of a target day
LEAST = 30  # examples; with fewer the plan stands alone
ROUNDS = 8
ALONE = np.array([1.0, 0.0, 0.0, 0.0])  # weights of the inputs: the plan as sent


@dataclass(frozen=True)
class Examples(Shared):
    """Examples of one target day (E).

    Attributes:
        inputs: plan, plan for the full day before, smoothed level, plan at the usual total (E, 4),
            in pieces.
        actual: pieces called off (E).
        weight: of each (E).
    """

    inputs: Floats
    actual: Floats
    weight: Floats

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.inputs.nbytes + self.actual.nbytes + self.weight.nbytes

    @classmethod
    def joined(cls, several: Sequence[Examples]) -> Examples:
        """Put several of them one after the other.

        Args:
            several: of none or more.

        Returns:
            All of them.
        """
        if not several:
            return cls(np.zeros((0, len(ALONE))), np.zeros(0), np.zeros(0))
        inputs = np.concatenate([each.inputs for each in several])
        actual = np.concatenate([each.actual for each in several])
        return cls(inputs, actual, np.concatenate([each.weight for each in several]))

    def some(self) -> Examples:
        """At most EXAMPLES of them, evenly by what was called off; those with the same in the order
        in which they stand."""
        if len(self.actual) <= EXAMPLES:
            return self
        evenly = np.linspace(0, len(self.actual) - 1, EXAMPLES).astype(np.int64)
        kept = np.argsort(self.actual, kind="stable")[evenly]
        return Examples(self.inputs[kept], self.actual[kept], self.weight[kept])


def median_regression(examples: tuple[Examples, ...], start: Floats) -> Floats:
    """Fit the weights of the inputs by the least weighted absolute error, by iterated least
    squares; a small ridge draws them towards the plan alone.

    Args:
        examples: of the target days, the newest last.
        start: weights to begin with.

    Returns:
        The weights (4).
    """
    together = Examples.joined(examples)
    x, y = together.inputs.T.copy(), together.actual  # (4, E): a row of each input
    fades = DECAY ** np.arange(len(examples))[::-1]
    weight = np.concatenate([f * each.weight for f, each in zip(fades, examples, strict=True)])
    if len(y) < LEAST or not x.any():
        return ALONE
    least, found, weighed = 0.02 * float(np.mean(np.abs(y))) + 1e-12, start, np.empty_like(x)
    for _ in range(ROUNDS):
        miss = y - found @ x
        w = weight / np.maximum(np.abs(miss, out=miss), least, out=miss)
        gram = np.multiply(x, w, out=weighed) @ x.T
        ridge = 1e-3 * np.trace(gram) * np.eye(4)
        found = np.linalg.solve(gram + ridge, weighed @ y + ridge @ ALONE)
    return np.asarray(found)
