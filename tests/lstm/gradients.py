"""Derivatives by a complex step: f(x + ih) = f(x) + ih f'(x), exact to rounding for h = 1e-30.

Squire & Trapp (1998), "Using complex variables to estimate derivatives of real functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
STEP = 1e-30


def complex_step(f: Callable[[Array], Any], x: Array) -> Array:
    """The derivative of the real number f(x) by each element of x."""
    derivative = np.empty_like(x)
    for place in np.ndindex(x.shape):
        shifted = x.astype(complex)
        shifted[place] += 1j * STEP
        derivative[place] = np.imag(f(shifted)) / STEP
    return derivative


def assert_exact(actual: Array, expected: Array) -> None:
    """Equal at rtol 1e-12 of the largest element: a correct derivative is off by 4e-16 or so."""
    assert actual.shape == expected.shape
    scale = max(float(np.abs(expected).max()), 1e-3)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-13 * scale)
