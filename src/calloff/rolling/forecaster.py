"""The one shape of a forecaster: fit on a past, then answer what is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.rolling.spec import Spec


class Fitted(ABC):
    """A forecaster after it has read a past. Frozen; knows nothing that came later."""

    @abstractmethod
    def predict(self, query: Query) -> NDArray[np.float64]:
        """Pieces for each part (P); NaN where this method has nothing to say."""

    @property
    def used(self) -> NDArray[np.object_] | None:
        """Names (P) of the methods whose numbers it gives; None: all are this method's own."""
        return None

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        """Pieces at each level (Q, P), rising, never negative; NaN for parts of which nothing is
        known. None: the method has no spread of its own. Not calibrated: see ``distribution``."""
        return None


class Forecaster(ABC):
    """A method by name. ``rank`` orders methods in tables; ``quick`` ones are compared when no
    method is asked for; ``extra`` ones run only where they are named; those with ``spreads`` have
    quantiles of their own. ``fit`` never changes the forecaster."""

    name: str
    rank: ClassVar[int] = 50
    quick: ClassVar[bool] = True
    extra: ClassVar[bool] = False
    spreads: ClassVar[bool] = False

    @abstractmethod
    def fit(self, past: Past, spec: Spec) -> Fitted:
        """Learn from the past alone."""
