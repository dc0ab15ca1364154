"""Moments as they are kept: UTC, ISO, to the millisecond, so that their texts sort by time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now(ago: float = 0.0) -> str:
    """This moment, or one some seconds ago."""
    moment = datetime.now(UTC) - timedelta(seconds=ago)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
