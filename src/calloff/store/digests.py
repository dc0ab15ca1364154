"""Whether two plans are the same: a digest of all that a file says of a part at one time."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
import polars as pl

from calloff.store.frames import KEY, PLAN, TOTAL, counts

READ = (*KEY, "target", "days", "quantity", "slots", "detail", "status")  # what a plan is known by
PORTION = 1_000_000  # rows at a time


def with_digests(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill in the column ``plan``.

    Args:
        frame: rows with the columns of ``frames.PLANS``, of one file.

    Returns:
        The same rows in their order; those of one part, plant, customer and time of issue have one
        digest, which is that of the same plan in any other file.
    """
    found = np.empty(frame.height, np.int64)
    for rows in _portions(frame["issued_at"].cast(pl.Int64).to_numpy()):
        found[rows] = _digests(frame.select(READ)[rows])
    return frame.with_columns(plan=pl.Series(found))


def _portions(issued: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of whole times of issue, so many at a time as cost little memory."""
    if not len(issued):
        return
    _, place, counts = np.unique(issued, return_inverse=True, return_counts=True)
    portion = ((np.cumsum(counts) - counts) // PORTION)[place]
    for number in range(int(portion.max()) + 1):
        if len(rows := np.flatnonzero(portion == number)):
            yield rows


def _digests(frame: pl.DataFrame) -> np.ndarray:
    """The digest of each row's plan."""
    codes = [_codes(frame[name]) for name in ("customer", "plant", "part")]
    content = np.stack([*map(np.asarray, _numbers(frame))], axis=1)
    issued = frame["issued_at"].cast(pl.Int64).to_numpy()
    order = np.lexsort((*content.T[::-1], issued, *codes))
    keys = np.stack([*codes, issued])[:, order]
    new = np.append(True, (keys[:, 1:] != keys[:, :-1]).any(axis=0))
    first = np.flatnonzero(new)
    rows = np.ascontiguousarray(content[order])
    ends = np.append(first[1:], len(rows))
    digests = b"".join(
        blake2b(rows[start:end].tobytes(), digest_size=8).digest()
        for start, end in zip(first.tolist(), ends.tolist(), strict=True)
    )
    each = np.frombuffer(digests, np.int64)
    found = np.empty(len(rows), np.int64)
    found[order] = each[np.cumsum(new) - 1]
    return found


def _codes(names: pl.Series) -> np.ndarray:
    """A whole number for each name, the same for the same one; sorting texts takes far longer."""
    return names.cast(pl.Categorical).to_physical().cast(pl.Int64).to_numpy()


def _numbers(frame: pl.DataFrame) -> list[np.ndarray]:
    """The content as whole numbers, a column each."""
    status = frame.select(counts()).to_series()
    status = status.replace_strict({PLAN: 0, TOTAL: 1, "backlog": 2}, return_dtype=pl.Int64)
    bits = [_bits(frame[name].to_numpy()) for name in ("quantity", "slots")]
    rest = [frame[name].cast(pl.Int32).cast(pl.Int64).to_numpy() for name in ("target", "days")]
    return [status.to_numpy(), *rest, *bits, frame["detail"].to_numpy()]


def _bits(values: np.ndarray) -> np.ndarray:
    """The bits of numbers, one pattern for all that are missing and for both zeros."""
    return np.where(np.isnan(values), np.nan, values + 0.0).view(np.int64)


def plan_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """The plans of a ``frame``, one row for each, with digest, arrival and how many quantities."""
    whose = [*KEY, "plan", "arrived_at"]
    return frame.group_by(whose, maintain_order=True).agg(
        quantities=pl.col("quantity").is_not_null().sum()
    )
