"""Windows by hand and as the notebook cut them."""

from __future__ import annotations

import numpy as np
import pytest

from calloff.data.load import load
from calloff.texts.errors import CalloffError
from calloff.training.windows import Scaling, WindowSpec, cut_windows
from support import real_file, triangle

ROWS = {f"2024-01-{n:02}": [n * 10, n * 10 + 1, n * 10 + 2] for n in range(1, 9)}


def test_by_hand() -> None:
    found = cut_windows(triangle({"A": ROWS}), "A", WindowSpec(lookback=2, delay=2, leads=(0, 2)))
    assert len(found) == 8 - 2 - 2 + 1
    assert found.x[0].tolist() == [[10, 12], [20, 22]]
    assert found.y.tolist() == [40, 50, 60, 70, 80]  # two rows after the window's last
    assert found.plan.tolist() == [22, 32, 42, 52, 62]  # D+2 of the window's last row
    assert found.mean.tolist() == [15, 25, 35, 45, 55]
    assert str(found.day[0]) == "2024-01-04"
    assert [(s.start, s.stop) for s in found.split()] == [(0, 3), (3, 4), (4, 5)]


def test_fresh_rows_only() -> None:
    copied = {**ROWS, "2024-01-09": ROWS["2024-01-08"]}
    both = [
        len(cut_windows(triangle({"A": copied}), "A", WindowSpec(leads=(0,), fresh=fresh)))
        for fresh in (False, True)
    ]
    assert both == [4, 3]


def test_a_lead_that_is_not_there() -> None:
    with pytest.raises(CalloffError) as caught:
        cut_windows(triangle({"A": ROWS}), "A", WindowSpec())
    assert caught.value.problems[0].facts == {"leads": "D+3, D+4, D+5", "horizon": 2}


def test_too_few_rows_give_no_window() -> None:
    few = {"A": {"2024-01-01": [1, 2], "2024-01-02": [1, 3]}}
    assert len(cut_windows(triangle(few), "A", WindowSpec(leads=(0,)))) == 0


def test_scaling_is_fitted_on_what_it_is_given() -> None:
    x = np.arange(24.0).reshape(3, 2, 4)
    x[:, :, 3] = 7  # constant
    scaling = Scaling.fit(x[:2], np.array([1.0, 3.0]))
    assert scaling.x_mean.tolist() == [6, 7, 8, 7]
    assert scaling.x_scale[3] == 1
    assert scaling.target(np.array([5.0])).tolist() == [3]
    assert scaling.pieces(np.array([3.0])).tolist() == [5]
    assert scaling.inputs(x[:2])[:, :, 0].std() == pytest.approx(1)


def test_the_notebooks_windows() -> None:
    made = load(real_file("kamp_parts_94_95.xls")).triangle
    found = cut_windows(made, "Part 94", WindowSpec())
    assert found.x.shape == (44, 3, 4)
    assert [len(found.y[rows]) for rows in found.split()] == [30, 5, 9]
    assert found.x[0, :2].tolist() == [[42, 30, 30, 38], [40, 30, 50, 45]]
