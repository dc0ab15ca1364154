from __future__ import annotations

import math

import numpy as np
import pytest
from gradients import STEP

from calloff.lstm import activations

POINTS = np.array([-40.0, -3.5, -2.9, -0.7, -1e-9, 1e-9, 0.3, 2.9, 3.1, 40.0])

# f(0.5), f(-0.5), each by hand from its definition
VALUES = {
    "tanh": (math.tanh(0.5), -math.tanh(0.5)),
    "sigmoid": (1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(0.5))),
    "hard_sigmoid": (0.5 / 6 + 0.5, -0.5 / 6 + 0.5),
    "relu": (0.5, 0.0),
    "leaky_relu": (0.5, -0.1),
    "elu": (0.5, math.exp(-0.5) - 1),
    "selu": (0.5 * 1.0507009873554805, 1.7580993408473766 * (math.exp(-0.5) - 1)),
    "softplus": (math.log(1 + math.exp(0.5)), math.log(1 + math.exp(-0.5))),
    "softsign": (1 / 3, -1 / 3),
    "swish": (0.5 / (1 + math.exp(-0.5)), -0.5 / (1 + math.exp(0.5))),
    "gelu": (
        0.25 * (1 + math.erf(0.5 / math.sqrt(2))),
        -0.25 * (1 + math.erf(-0.5 / math.sqrt(2))),
    ),
    "linear": (0.5, -0.5),
}


def test_the_list_is_complete() -> None:
    assert set(activations.BUILT_IN) == set(VALUES)


@pytest.mark.parametrize("name", activations.BUILT_IN)
def test_values(name: str) -> None:
    actual = activations.get(name).function(np.array([0.5, -0.5]))
    np.testing.assert_allclose(actual, VALUES[name], rtol=1e-15, atol=1e-16)


@pytest.mark.parametrize("name", activations.BUILT_IN)
def test_derivatives_by_a_complex_step(name: str) -> None:
    _, function, derivative = activations.get(name)
    expected = function(POINTS + 1j * STEP).imag / STEP
    np.testing.assert_allclose(derivative(POINTS), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", activations.BUILT_IN)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_dtype_is_kept_and_nothing_overflows(name: str, dtype: type) -> None:
    z = np.array([-1e4, -1.0, 0.0, 1.0, 1e4], dtype=dtype)
    _, function, derivative = activations.get(name)
    assert function(z).dtype == derivative(z).dtype == dtype
    assert np.isfinite(function(z)).all()
    assert np.isfinite(derivative(z)).all()


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_the_slope_at_zero_is_the_left_one(name: str) -> None:
    left = activations.get(name).derivative(np.array([-1.0]))
    assert activations.get(name).derivative(np.array([0.0])) == left


def test_none_is_linear_and_silu_is_swish() -> None:
    assert activations.get(None).name == "linear"
    assert activations.get("silu").name == "swish"


def _square(z: np.ndarray) -> np.ndarray:
    return z * z


def _square_slope(z: np.ndarray) -> np.ndarray:
    return 2 * z


def test_a_pair_gets_a_name_of_its_own() -> None:
    pair = activations.get((_square, _square_slope))
    assert pair.name == "_square"
    assert activations.get((_square, _square_slope)) == pair
    assert activations.get(pair.name) == pair
    other = activations.get(activations.Activation("tanh", _square, _square_slope))
    assert other.name == "tanh_2"
    assert activations.get("tanh").function is np.tanh


@pytest.mark.parametrize("wrong", ["thanh", 3, (_square,), (_square, 2)])
def test_a_wrong_one_is_named(wrong: object) -> None:
    with pytest.raises(ValueError, match="activation must be"):
        activations.get(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", activations.BUILT_IN)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_activation_hides_what_is_not_a_number(name: str, dtype: type) -> None:
    """A hidden NaN looks like a sound network; hard_sigmoid once made 0 of it."""
    value = activations.get(name).function(np.array([np.nan, 0.5], dtype=dtype))
    assert np.isnan(value).tolist() == [True, False]
