"""What the network learns of a target day: what it read of some parts, and how wrong that was.

Plans of the day that were sent a period or two nearer teach it too, above all while a history is
short.

Dimensions: P parts, N examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from calloff.data.memo import Shared
from calloff.data.places import Index, places
from calloff.data.triangle import Past, Quantity, as_days
from calloff.forecasters.inputs import Inputs, inputs_of
from calloff.forecasters.rows import record_of, row_of
from calloff.rolling.spec import Spec

Floats = NDArray[np.float32]

NEARER = 2  # shorter leads, a period apart, at which the days learned were forecast as well
SAMPLED = 500  # parts of a target day
FAR = 8.0  # units of the usual error: what lies beyond counts as this much


@dataclass(frozen=True)
class Examples(Shared):
    """Examples of one target day (N).

    Attributes:
        inputs: what was read (N).
        error: by how much the call-offs differed, in units (N).
    """

    inputs: Inputs
    error: Floats

    @classmethod
    def together(cls, several: Sequence[Examples], most: int) -> Examples:
        """The first of several days or leads, at most so many of each."""
        inputs = Inputs.joined([each.inputs.of(slice(most)) for each in several])
        return cls(inputs, np.concatenate([each.error[:most] for each in several]))

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        own = self.inputs
        return own.steps.nbytes + own.ahead.nbytes + 3 * own.unit.nbytes


def examples_of_day(past: Past, spec: Spec, number: int) -> Examples | None:
    """Make the examples of a target day at its lead and at the nearer ones, as many of each.

    Args:
        past: that of the day, which is its last fresh one.
        spec: the lead.
        number: of the day, which decides what parts are drawn.

    Returns:
        The examples; None where no plan for the day was known at any of these.
    """
    nearer = (spec.lead - each * past.cadence for each in range(NEARER + 1))
    leads = [lead for lead in nearer if lead > 0]
    rank, most = _shuffled(past.parts, number), SAMPLED // len(leads)

    def draw(origin: Past, known: Index) -> Index:
        own = rank[places(past.parts, origin.parts)]
        return known[np.argsort(own[known])][:most]

    each = [examples_of(past, Spec(lead), draw) for lead in leads if _was_planned(past, lead)]
    return Examples.together(each, most) if each else None


def _was_planned(past: Past, lead: int) -> bool:
    """Whether any part that counts had a plan for the newest target day so many days before it:
    many customers plan at a few leads only, and a record of the others would be for nothing."""
    target = past.days[-1]
    origin = past.earlier(target - as_days(lead))
    at, plan = places(past.parts, origin.parts), origin.ask(target, lead).plan
    return bool((past.pooled[at] & ~np.isnan(past.calloffs[at, -1] + plan)).any())


def examples_of(past: Past, spec: Spec, draw: Callable[[Past, Index], Index]) -> Examples:
    """Make the examples of a target day.

    Args:
        past: that of the day, which is its last fresh one.
        spec: the lead at which it was forecast.
        draw: picks some parts by their places, of those that have a call-off and a plan at the
            origin, of which it is given the past.

    Returns:
        What was read of these parts, and by how much their call-offs differed.
    """
    target = past.days[-1]
    origin = past.earlier(target - as_days(spec.lead))
    row = row_of(origin, spec, origin.ask(target, spec.lead))
    at = places(past.parts, origin.parts)
    actual = past.calloffs[at, -1]
    drawn = draw(origin, np.flatnonzero(past.pooled[at] & ~np.isnan(actual + row.query.plan)))
    inputs = inputs_of(origin, record_of(origin, spec), row, drawn)
    error = np.clip((actual[drawn] - inputs.middle) / inputs.unit, -FAR, FAR)
    return Examples(inputs, error.astype(np.float32))


def weights_of(unit: Quantity) -> Floats:
    """Weigh examples by their units, so that errors count in pieces; a few big parts must not rule.

    Args:
        unit: of each example (N), in pieces.

    Returns:
        Weights (N), of which the mean is about 1 and the most FAR.
    """
    return np.minimum(unit / unit.mean(), FAR).astype(np.float32)


def _shuffled(parts: tuple[str, ...], number: int) -> Index:
    """The rank of each part (P) in an order by chance, another one on each target day, in whatever
    order they stand."""
    marks = [(crc32(name.encode(), number), name) for name in parts]
    rank = np.empty(len(parts), np.int64)
    rank[sorted(range(len(parts)), key=marks.__getitem__)] = np.arange(len(parts))
    return rank
