"""Regularizers and constraints for the tests of the fast engine."""

from __future__ import annotations

from typing import Any

from calloff.lstm.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from calloff.lstm.contract import Job
from calloff.lstm.regularizers import L1, L1L2, L2, OrthogonalRegularizer

REGULARIZERS = (
    L1(0.03),
    L2(0.05),
    L1L2(0.02, 0.03),
    OrthogonalRegularizer(0.4),
    OrthogonalRegularizer(0.4, "columns"),
)
CONSTRAINTS = (
    MaxNorm(0.7),
    MaxNorm(0.9, axis=1),
    MinMaxNorm(0.5, 0.9, rate=0.6),
    MinMaxNorm(0.8, 1.5, axis=-1),
    NonNeg(),
    UnitNorm(),
    UnitNorm(axis=-2),
)


def on_matrices(job: Job, value: Any, other: Any = None) -> tuple[Any, ...]:
    """A rule for each matrix, and another one for each bias."""
    return tuple(value if w.ndim == 2 else other for w in job.weights)
