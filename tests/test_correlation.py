"""Aligned horizons by hand, and against the notebook's printed tables."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from calloff.analysis.correlation import align, correlate
from calloff.data.load import load
from calloff.texts.errors import CalloffError
from support import NAN, real_file, seed_file, triangle

PLANS = {
    "A": {
        "2024-01-01": [1, 2, 3],
        "2024-01-02": [4, 5, 6],
        "2024-01-04": [7, 8, 9],  # nothing on the 3rd
        "2024-01-05": [7, 8, 9],  # a copy
        "2024-01-06": [2, 8, 1],
        "2024-01-07": [9, 8, 0],
    }
}


def test_calendar_leads_on_fresh_days() -> None:
    found = align(triangle(PLANS), "A")
    assert found.days.astype(str).tolist() == [
        "2024-01-01", "2024-01-02", "2024-01-04", "2024-01-06", "2024-01-07"
    ]  # fmt: skip
    np.testing.assert_array_equal(
        found.values,
        [[1, NAN, NAN], [4, 2, NAN], [7, NAN, 6], [2, NAN, 9], [9, 8, NAN]],
    )


def test_rows_of_the_file_with_stale_days() -> None:
    found = align(triangle(PLANS), "A", max_lead=2, keep_stale=True)
    np.testing.assert_array_equal(found.values, [[7, 5, 3], [7, 8, 6], [2, 8, 9], [9, 8, 9]])


def test_coefficients_and_pairs() -> None:
    found = correlate(align(triangle(PLANS), "A"))
    assert found.pairs.tolist() == [[5, 2, 2], [2, 2, 0], [2, 0, 2]]
    assert found.coefficient[0, 0] == pytest.approx(1)
    assert found.coefficient[0, 1] == pytest.approx(1)  # two pairs that rise together
    assert np.isnan(found.coefficient[1, 2])  # no pair
    rng = np.random.default_rng(1)
    rows = {f"2024-02-{n:02}": rng.integers(0, 50, 3).tolist() for n in range(1, 25)}
    made = correlate(align(triangle({"A": rows}), "A"))
    both = ~np.isnan(made.aligned.values).any(axis=1)
    whole = made.aligned.values[both]
    assert made.coefficient[1, 2] == pytest.approx(np.corrcoef(whole[:, 1], whole[:, 2])[0, 1])


def test_a_constant_lead_has_no_coefficient() -> None:
    rows = {f"2024-02-{n:02}": [n * n, 5] for n in range(1, 9)}
    assert np.isnan(correlate(align(triangle({"A": rows}), "A")).coefficient[0, 1])


@pytest.mark.parametrize("part", ["94", "95"])
def test_equals_the_notebook(part: str) -> None:
    made = load(real_file("kamp_parts_94_95.xls")).triangle
    found = correlate(align(made, f"Part {part}", keep_stale=True))
    assert found.pairs.tolist() == np.full((6, 6), 37).tolist()
    np.testing.assert_array_equal(found.aligned.values[:5], printed(f"aligned_head_{part}")[:5])
    np.testing.assert_array_equal(found.coefficient.round(6), printed(f"corr_{part}")[:6])


def printed(name: str) -> np.ndarray:  # type: ignore[type-arg]
    with seed_file(f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return np.array([[float(cell) for cell in row[1:7]] for row in list(csv.reader(file))[1:]])


def test_what_cannot_be_aligned_says_why() -> None:
    conflict = np.ones((1, 6), dtype=bool)
    cases = [
        (triangle(PLANS), "B", {}, "part.unknown"),
        (triangle(PLANS), "A", {"max_lead": 12, "keep_stale": True}, "correlate.too_few"),
        (triangle(PLANS, conflict=conflict), "A", {}, "part.quarantine"),
    ]
    for made, part, options, code in cases:
        with pytest.raises(CalloffError) as caught:
            align(made, part, **options)  # type: ignore[arg-type]
        assert caught.value.problems[0].code == code
