"""Methods are asked with one BLAS thread: a product that is split rounds otherwise, and one
method in some eight differed between one core and two."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from calloff.data.triangle import Past, Query
from calloff.rolling.answers import ask
from calloff.rolling.blas import one_thread
from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.rolling.spec import Spec
from support import triangle

PLANS = {"A": {f"2024-01-{day:02}": [day, 10 * day] for day in range(1, 5)}}


def threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


@dataclass(frozen=True)
class Watched(Forecaster):
    """Notes how many threads there are whenever it is asked for something."""

    name: str = "watched"
    spreads = True

    def fit(self, past: Past, spec: Spec) -> Fitted:
        return Noted(threads())


class Noted(Fitted):
    def __init__(self, fit: set[int]) -> None:
        self.fit = fit

    def predict(self, query: Query) -> NDArray[np.float64]:
        return np.array([float(max(self.fit | threads()))])

    def quantiles(self, query: Query, levels: Sequence[float]) -> NDArray[np.float64]:
        return np.full((len(levels), 1), float(max(threads())))


@pytest.fixture(autouse=True)
def usual() -> set[int]:
    """How many threads there are otherwise."""
    found = threads()
    if found == {1}:
        pytest.skip("this BLAS has one thread")
    return found


def test_methods_are_asked_with_one_thread(usual: set[int]) -> None:
    past = triangle(PLANS).as_of("2024-01-04")
    said = ask(Watched(), past, past.ask("2024-01-05", 1), Spec(lead=1), [0.5])
    assert said.pieces.tolist() == [1]
    assert said.quantiles is not None
    assert said.quantiles.tolist() == [[1]]
    assert threads() == usual


def test_the_callers_number_comes_back(usual: set[int]) -> None:
    with one_thread():
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == usual
    with pytest.raises(ValueError, match="broken"), one_thread():
        raise ValueError("broken")
    assert threads() == usual


def test_other_threads_leave_the_process_alone(usual: set[int]) -> None:
    def work() -> set[int]:
        with one_thread():
            return threads()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(work).result() == usual
    assert threads() == usual
