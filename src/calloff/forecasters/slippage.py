"""How far a customer's schedule slips: part of what is planned for a day is called off on the next.

A line that falls behind works off today what was meant for yesterday. So the mix of parts of a day
lies between its own plan and that for the full day before it, as sent on the same day. The share of
the latter is the one that would have left the least error so far.

Dimensions: P parts, K shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Quantity
from calloff.forecasters.levels import LIMITS

Floats = NDArray[np.float64]

SHARES = np.arange(11) / 10
FADE = 0.95  # weight of an error falls by this with each later target day
PRIOR = 1.0  # target days on which nothing slipped, that the past starts with


@dataclass(frozen=True)
class Slippage:
    """Errors of plans that are moved by each of SHARES.

    Attributes:
        wrong: absolute errors (K), faded and added up, in pieces.
        days: number of target days, faded likewise.
    """

    wrong: Floats
    days: float

    @classmethod
    def unknown(cls) -> Slippage:
        """Before the first target day."""
        return cls(np.zeros(len(SHARES)), 0.0)

    def after(self, wrong: Floats) -> Slippage:
        """After a target day on which each share was ``wrong`` by so many pieces (K)."""
        return Slippage(FADE * self.wrong + wrong, FADE * self.days + 1)

    @property
    def share(self) -> float:
        """The share with the least error so far, drawn towards 0."""
        return float(SHARES[np.argmin(self.wrong)]) * self.days / (self.days + PRIOR)


def moved(
    plan: Quantity,
    before: Quantity,
    share: float | Floats,
    usual: Quantity,
    pooled: NDArray[np.bool_],
) -> Quantity:
    """Move a share of a plan by a day, and bring it to the usual total.

    Args:
        plan: pieces planned (P).
        before: pieces planned for the full day before (P).
        share: of that, from 0 to 1; one, or several (K, 1).
        usual: usual call-offs (P), in pieces.
        pooled: parts that count (P).

    Returns:
        Pieces (P), or (K, P).
    """
    mixed = plan + share * (before - plan)
    both = pooled & ~np.isnan(usual) & ~np.isnan(plan)
    total = mixed[..., both].sum(axis=-1, keepdims=True)
    factor = np.clip(usual[both].sum() / np.where(total > 0, total, np.nan), *LIMITS)
    return np.asarray(mixed * np.where(total > 0, factor, 1.0))
