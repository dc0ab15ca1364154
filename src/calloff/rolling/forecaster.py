"""The one shape of a forecaster: fit on a past, then answer what is asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.triangle import Past, Query
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class Mixture:
    """Of what a forecast is the weighted mean (M methods, P parts).

    Attributes:
        names: of the methods (M).
        weights: (M, P), which add up to 1.
        pieces: what each forecasts (M, P).
    """

    names: tuple[str, ...]
    weights: NDArray[np.float64]
    pieces: NDArray[np.float64]


class Fitted(ABC):
    """A forecaster fitted to a past. It is frozen and has seen nothing that came later."""

    @abstractmethod
    def predict(self, query: Query) -> NDArray[np.float64]:
        """Forecast one target day.

        Args:
            query: the target day, with the plans for it.

        Returns:
            Pieces for each part (P); NaN where this method has no forecast.
        """

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64] | None:
        """Quantiles of this method's own, not calibrated (``distribution`` does that).

        Args:
            query: the target day, with the plans for it.
            levels: Q levels between 0 and 1.

        Returns:
            Pieces at each level (Q, P), rising with the level, never negative; NaN for parts of
            which nothing is known. None where the method has no quantiles.
        """
        return None

    def mixture(self, query: Query) -> Mixture | None:
        """What the forecast is a weighted mean of.

        Args:
            query: the target day, with the plans for it.

        Returns:
            The methods, their weights and forecasts; None where it is no such mean.
        """
        return None


@dataclass(frozen=True)
class OfPast(Shared, Fitted):
    """A forecaster that computes nothing before it is asked: all is read from the past's memo.

    Attributes:
        past: what it may read.
        spec: the lead.
    """

    past: Past
    spec: Spec

    @property
    def nbytes(self) -> int:
        """Bytes of the past that it keeps alive."""
        return self.past.nbytes


class Forecaster(ABC):
    """A forecasting method, told by its name.

    Attributes:
        name: by which it is asked for and listed.
        rank: its place in tables; low ranks come first.
        quick: whether it is compared when no method is asked for.
        extra: whether it runs only where it is named.
        spreads: whether it has quantiles of its own.
    """

    name: str
    rank: ClassVar[int] = 50
    quick: ClassVar[bool] = True
    extra: ClassVar[bool] = False
    spreads: ClassVar[bool] = False

    def begin(self, past: Past, spec: Spec) -> None:
        """Begin what takes long, such as training, in the background; nothing by default.

        Args:
            past: what will soon be asked about; earlier ones may be asked about before it.
            spec: the lead.
        """
        return

    @abstractmethod
    def fit(self, past: Past, spec: Spec) -> Fitted:
        """Learn from a past. The forecaster itself is never changed.

        Args:
            past: what may be read.
            spec: the lead.

        Returns:
            The fitted method.
        """
