"""A question to a forecaster: the call-offs of all parts on one day.

Dimensions: P parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from calloff.data.days import Days, Quantity


@dataclass(frozen=True)
class Query:
    """A question to a forecaster: the call-off of every part (P) on one target day.

    Attributes:
        target: the target day.
        lead: calendar days before it; newer plans do not count.
        origin: index of the origin day in ``Past.days``, -1 where a part has none (P).
        day: that day (P), NaT where there is none.
        plan: the plan as sent (P), in pieces; NaN where the origin's plan does not reach the
            target.
    """

    target: np.datetime64
    lead: int
    origin: NDArray[np.int64]
    day: Days
    plan: Quantity

    @property
    def lag(self) -> NDArray[np.int64]:
        """Calendar days from origin to target (P); meaningless where ``origin`` is -1."""
        return (self.target - self.day).astype("timedelta64[D]").astype(np.int64)

    @cached_property
    def key(self) -> tuple[str, int, bytes]:
        """What tells it from other questions."""
        digest = blake2b(self.origin.tobytes() + self.plan.tobytes(), digest_size=16)
        return str(self.target), self.lead, digest.digest()
