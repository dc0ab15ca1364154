"""What several tests need: triangles by hand, and the real data where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from calloff.data.triangle import Triangle, stale_days
from calloff.synth import Truth

NAN = float("nan")


def real_file(name: str) -> Path:
    """A file of the real data; the test is skipped, saying so, where it is absent."""
    path = data_folder() / name
    if not path.exists():
        pytest.skip(f"real data not at hand: {path} (set CALLOFF_DATA to its folder)")
    return path


def data_folder() -> Path:
    """Where the real data is: CALLOFF_DATA, or ../shared/data beside the project."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("CALLOFF_DATA", beside))


def seed_file(name: str) -> Path:
    """A printed table of the notebook, likewise."""
    path = Path(__file__).resolve().parents[2] / "shared" / "seed" / name
    if not path.exists():
        pytest.skip(f"the notebook's tables are not at hand: {path}")
    return path


def triangle(plans: dict[str, dict[str, list[float]]], **fields: object) -> Triangle:
    """A triangle from part -> issue day -> [D, D+1, ...]; a day that is not there was not sent."""
    parts = tuple(plans)
    days = np.array(sorted({day for part in plans.values() for day in part}), dtype="datetime64[D]")
    horizon = max(len(row) for part in plans.values() for row in part.values())
    quantity = np.full((len(parts), len(days), horizon), np.nan)
    for row, part in enumerate(plans.values()):
        for day, sent in part.items():
            quantity[row, np.searchsorted(days, np.datetime64(day)), : len(sent)] = sent
    nothing = np.zeros(quantity.shape[:2], dtype=bool)
    settings = {
        "stale": stale_days(quantity),
        "conflict": nothing,
        "mismatch": nothing.copy(),
        **fields,
    }
    return Triangle(parts, days, np.arange(horizon), quantity, **settings)  # type: ignore[arg-type]


def sent_by(truth: Truth, leads: int) -> Triangle:
    """The triangle of a synthetic customer's plans as sent, with so many leads from D on."""
    quantity = np.where(truth.sent[:, :, None], truth.plan[:, :, :leads], np.nan)
    nothing = np.zeros(quantity.shape[:2], dtype=bool)
    stale = stale_days(quantity)
    return Triangle(
        truth.parts, truth.days, np.arange(leads), quantity, stale, nothing, nothing.copy()
    )
