"""Regularizers and constraints as the C++ engine takes them: plain numbers, one for each array.

Functions and classes of one's own cannot be written so, and are for the readable engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from calloff.lstm.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from calloff.lstm.regularizers import L1, L1L2, L2, OrthogonalRegularizer
from calloff.lstm.stack import Extras

_NON_NEGATIVE, _NORM = 1, 2  # ProjectionKind in cpp/contract.h


class WeightRule(NamedTuple):
    """The penalty on one weight array and its projection after an update.

    Attributes:
        l1: factor of sum |w|.
        l2: factor of sum w^2.
        orthogonal: factor of the mean |cosine| of two rows.
        orthogonal_columns: whether of columns instead.
        projection: 0: none; 1: no weight below zero; 2: norms are brought to a range.
        min_norm: its lower end.
        max_norm: its upper end.
        rate: how far towards it.
        norm_of_rows: whether a norm is that of a row, not of a column.
    """

    l1: float = 0.0
    l2: float = 0.0
    orthogonal: float = 0.0
    orthogonal_columns: bool = False
    projection: int = 0
    min_norm: float = 0.0
    max_norm: float = 0.0
    rate: float = 1.0
    norm_of_rows: bool = False


def foreign(extras: Extras) -> list[str]:
    """The kinds of ``extras`` on weights ("regularizers", "constraints") that are no such rules."""
    found = []
    if any(r is not None and _penalty(r) is None for r in extras.regularizers):
        found.append("regularizers")
    if any(c is not None and _projection(c, rank=2) is None for c in extras.constraints):
        found.append("constraints")
    return found


def weight_rules(extras: Extras, ranks: Sequence[int]) -> list[WeightRule]:
    """Write regularizers and constraints as rules.

    Args:
        extras: those of a network, none of them ``foreign``.
        ranks: number of axes of each weight array.

    Returns:
        A rule for each array; an empty list where none has any.
    """
    if not extras.regularizers and not extras.constraints:
        return []
    rules = []
    for k, rank in enumerate(ranks):
        regularizer = extras.regularizers[k] if extras.regularizers else None
        constraint = extras.constraints[k] if extras.constraints else None
        fields = {**(_penalty(regularizer) or {}), **(_projection(constraint, rank=rank) or {})}
        rules.append(WeightRule(**fields))
    return rules


def _penalty(regularizer: Any) -> dict[str, Any] | None:
    """None for what is no regularizer of ours: a subclass may do anything."""
    kind = type(regularizer)
    if kind in (L1, L2, L1L2):
        return {name: float(value) for name, value in vars(regularizer).items()}
    if kind is OrthogonalRegularizer:
        columns = regularizer.mode == "columns"
        return {"orthogonal": float(regularizer.factor), "orthogonal_columns": columns}
    return None


def _projection(constraint: Any, *, rank: int) -> dict[str, Any] | None:
    kind = type(constraint)
    if kind is NonNeg:
        return {"projection": _NON_NEGATIVE}
    if kind not in (MaxNorm, MinMaxNorm, UnitNorm) or constraint.axis not in (0, 1, -1, -2):
        return None
    # A bias lies as one row, over which its axis 0 runs.
    fields = {"projection": _NORM, "norm_of_rows": constraint.axis % rank == rank - 1}
    if kind is UnitNorm:
        return {**fields, "min_norm": 1.0, "max_norm": 1.0}
    if kind is MaxNorm:
        return {**fields, "max_norm": float(constraint.max_value)}
    sizes = {"min_norm": constraint.min_value, "max_norm": constraint.max_value}
    return {**fields, **sizes, "rate": constraint.rate}
