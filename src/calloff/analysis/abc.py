"""Which parts matter most: A, B and C by their share of what was called off, in money or pieces.

Dimensions: P parts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calloff.data.triangle import Past, Quantity, as_days

SPAN = 365  # days up to the as-of day
FIRST, SECOND = 0.8, 0.95  # shares at which A and B end
A, B, C, NONE = "A", "B", "C", ""


def abc_classes(past: Past, prices: Mapping[str, float]) -> tuple[str, ...]:
    """Sort parts into classes by the value of their call-offs of the last year.

    The parts are taken from the most valuable down: those are A until together they make 80 % of
    the value, then B until 95 %, the rest C. The value is price times pieces; where no price is
    known at all, pieces. Money and pieces are never added up: where some prices are known, parts
    without one have no class.

    Args:
        past: what is known (P parts).
        prices: part -> price of a piece.

    Returns:
        "A", "B" or "C" of each part (P), or "" for none.
    """
    recent = past.is_target & (past.days > past.cutoff - as_days(SPAN))
    pieces = np.nansum(past.calloffs[:, recent], axis=1)
    known = [prices.get(part) for part in past.parts]
    priced = np.array([price is not None for price in known])
    each = np.array([price or 0.0 for price in known]) if priced.any() else np.ones(len(known))
    value = pieces * each
    classes = _by_share(value)
    kept = priced if priced.any() else np.ones(len(known), dtype=bool)
    return tuple(name if keep else NONE for name, keep in zip(classes, kept, strict=True))


def _by_share(value: Quantity) -> list[str]:
    order = np.argsort(-value, kind="stable")
    total = value.sum()
    before = np.zeros(len(value))
    before[order] = np.concatenate([[0.0], np.cumsum(value[order])[:-1]]) if len(value) else []
    share = before / total if total else np.ones(len(value))
    return [
        C if not worth else A if part < FIRST else B if part < SECOND else C
        for part, worth in zip(share.tolist(), value.tolist(), strict=True)
    ]
