"""The simple methods, each of which reads the record of the past target days.

- ratio-part: the plan times what was called off per piece planned, by part where the part's own
  ratio is known well enough. How far it is drawn to that of all parts, and how fast it forgets, is
  chosen by past errors.
- smoothing: the smoothed call-offs of full days, times how full the day is planned to be.
- blend: a median regression on the plan, the plan for the full day before, the smoothed level, and
  the plan at the usual total.
- top-down: the plan at the usual total of a day; its mix of parts is the plan's, after a share of
  it was moved from the full day before (``slippage``).
- middle-out: the same for each line, the parts whose plans are revised alike.
- combined: the weighted mean of these and the plan, by their past errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from calloff.data.triangle import Past, Query
from calloff.forecasters.prequential import recent
from calloff.forecasters.record import SIMPLE
from calloff.forecasters.rows import row_of, weights_of
from calloff.rolling.forecaster import Forecaster, Mixture, OfPast
from calloff.rolling.spec import Spec


@dataclass(frozen=True)
class FromRecord(OfPast):
    """A forecast that is read from the record of a past.

    Attributes:
        name: of the method.
    """

    name: str

    def predict(self, query: Query) -> NDArray[np.float64]:
        row = row_of(self.past, self.spec, query)
        return row.combined if self.name == "combined" else row.simple[SIMPLE.index(self.name)]

    def mixture(self, query: Query) -> Mixture | None:
        if self.name != "combined":
            return None
        row = row_of(self.past, self.spec, query)
        return Mixture(SIMPLE, weights_of(self.past, self.spec, query), row.simple)


@dataclass(frozen=True)
class Simple(Forecaster):
    """One of the simple methods; see the module.

    Attributes:
        name: by which it is asked for.
    """

    name: str
    rank: ClassVar[int] = 21
    quick: ClassVar[bool] = False

    def fit(self, past: Past, spec: Spec) -> FromRecord:
        return FromRecord(recent(past, spec), spec, self.name)


METHODS = (*(Simple(name) for name in SIMPLE if name != "plan"), Simple("combined"))
