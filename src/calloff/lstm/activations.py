"""Activations and their derivatives, by Keras's names.

Each is a pair of functions of the pre-activation z, elementwise, for any float or complex dtype.
Complex numbers are here for derivatives by a complex step: a comparison looks at the real part.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[[Array], Any]


class Activation(NamedTuple):
    """A function of the pre-activation, elementwise.

    Attributes:
        name: its name; Keras's where Keras has it.
        function: from z to values of the same shape.
        derivative: from z to derivatives of the same shape.
    """

    name: str
    function: Function
    derivative: Function


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-``z``)), by way of tanh: it overflows nowhere, and takes complex numbers."""
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def sigmoid_derivative(z: Array) -> Array:
    """The derivative of ``sigmoid`` at ``z``."""
    s = sigmoid(z)
    return s * (1.0 - s)


def tanh_derivative(z: Array) -> Array:
    """The derivative of tanh at ``z``, 1 - tanh(z)^2."""
    return 1.0 - np.tanh(z) ** 2


def relu_derivative(z: Array) -> Array:
    """1 where z > 0, else 0; 0 at 0."""
    return (z.real > 0).astype(z.dtype)


def relu(z: Array) -> Array:
    """max(0, ``z``); NaN stays NaN, as it must not be hidden."""
    return np.where(z.real <= 0, z.dtype.type(0), z)  # NaN stays NaN: it must not be hidden


LEAK = 0.2


def leaky_relu(z: Array) -> Array:
    """``z`` where it is positive, else LEAK times it."""
    return np.where(z.real > 0, z, LEAK * z)


def leaky_relu_derivative(z: Array) -> Array:
    """The derivative of ``leaky_relu`` at ``z``; LEAK at 0."""
    return np.where(z.real > 0, 1.0, LEAK).astype(z.dtype)


def hard_sigmoid(z: Array) -> Array:
    """relu6(``z`` + 3) / 6, as in Keras 3; Keras 2 had 0.2 z + 0.5, cut off at 0 and 1."""
    inside = np.where(z.real <= -3, z.dtype.type(0), z / 6.0 + 0.5)  # NaN lies nowhere, and stays
    return np.where(z.real >= 3, z.dtype.type(1), inside)


def hard_sigmoid_derivative(z: Array) -> Array:
    """The derivative of ``hard_sigmoid`` at ``z``; 0 at -3 and 3."""
    return np.where(np.abs(z.real) < 3, 1.0 / 6.0, 0.0).astype(z.dtype)


def _below_zero(z: Array) -> Array:
    """z where it is negative, else 0: so exponentials that are not used cannot overflow."""
    return np.where(z.real > 0, z.dtype.type(0), z)


def elu(z: Array) -> Array:
    """``z`` where it is positive, else exp(z) - 1."""
    return np.where(z.real > 0, z, np.expm1(_below_zero(z)))


def elu_derivative(z: Array) -> Array:
    """The derivative of ``elu`` at ``z``."""
    return np.exp(_below_zero(z))


# Klambauer et al. (2017), "Self-normalizing neural networks", equation (14).
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def selu(z: Array) -> Array:
    """SELU_SCALE * (``z`` where it is positive, else SELU_ALPHA * (exp(z) - 1)): Klambauer et
    al. (2017)."""
    return SELU_SCALE * np.where(z.real > 0, z, SELU_ALPHA * np.expm1(_below_zero(z)))


def selu_derivative(z: Array) -> Array:
    """The derivative of ``selu`` at ``z``."""
    return SELU_SCALE * np.where(z.real > 0, z.dtype.type(1), SELU_ALPHA * np.exp(_below_zero(z)))


def absolute(z: Array) -> Array:
    """The absolute value of ``z``, continued to complex numbers along the real line."""
    return np.where(z.real < 0, -z, z)


def softplus(z: Array) -> Array:
    """log(1 + exp(``z``)), without overflow."""
    return relu(z) + np.log1p(np.exp(-absolute(z)))


def softsign(z: Array) -> Array:
    """``z`` / (1 + abs(z))."""
    return z / (1.0 + absolute(z))


def softsign_derivative(z: Array) -> Array:
    """The derivative of ``softsign`` at ``z``."""
    return 1.0 / (1.0 + absolute(z)) ** 2


def swish(z: Array) -> Array:
    """``z`` * sigmoid(z)."""
    return z * sigmoid(z)


def swish_derivative(z: Array) -> Array:
    """The derivative of ``swish`` at ``z``."""
    s = sigmoid(z)
    return s + z * s * (1.0 - s)


_real_erf = np.vectorize(math.erf, otypes=[np.float64])


def _normal_density(z: Array) -> Any:
    return np.exp(-0.5 * z * z) * (1.0 / math.sqrt(2.0 * math.pi))


def normal_distribution(z: Array) -> Any:
    """Phi(``z``), the standard normal distribution function. A complex argument is taken to
    first order in its imaginary part."""
    phi = (0.5 * (1.0 + _real_erf(z.real * math.sqrt(0.5)))).astype(z.real.dtype)
    if not np.iscomplexobj(z):
        return phi
    return phi + 1j * z.imag * _normal_density(z.real)


def gelu(z: Array) -> Any:
    """``z`` * Phi(z), the exact form, as Keras's default."""
    return z * normal_distribution(z)


def gelu_derivative(z: Array) -> Any:
    """The derivative of ``gelu`` at ``z``."""
    return normal_distribution(z) + z * _normal_density(z)


def linear(z: Array) -> Array:
    """``z`` as it is."""
    return z


_BUILT_IN = (
    Activation("tanh", np.tanh, tanh_derivative),
    Activation("sigmoid", sigmoid, sigmoid_derivative),
    Activation("hard_sigmoid", hard_sigmoid, hard_sigmoid_derivative),
    Activation("relu", relu, relu_derivative),
    Activation("leaky_relu", leaky_relu, leaky_relu_derivative),
    Activation("elu", elu, elu_derivative),
    Activation("selu", selu, selu_derivative),
    Activation("softplus", softplus, sigmoid),
    Activation("softsign", softsign, softsign_derivative),
    Activation("swish", swish, swish_derivative),
    Activation("gelu", gelu, gelu_derivative),
    Activation("linear", linear, np.ones_like),
)
BUILT_IN = tuple(activation.name for activation in _BUILT_IN)
_KNOWN = {activation.name: activation for activation in _BUILT_IN}
_ALIASES = {"silu": "swish"}

Spec = str | None | Activation | tuple[Function, Function]


def get(spec: Spec) -> Activation:
    """Find the activation that an option means.

    Args:
        spec: a name, None for linear, or a pair of functions (function, derivative) of an array.

    Returns:
        The activation; a pair gets a name of its own.

    Raises:
        ValueError: it is none of these.
    """
    if spec is None:
        return _KNOWN["linear"]
    if isinstance(spec, str):
        name = _ALIASES.get(spec, spec)
        if name not in _KNOWN:
            raise ValueError(
                f"activation must be one of {', '.join(_KNOWN)}, None, or a pair"
                f" (function, derivative), not {spec!r}"
            )
        return _KNOWN[name]
    if isinstance(spec, Activation):
        return _remember(spec)
    if isinstance(spec, tuple) and len(spec) == 2 and all(callable(part) for part in spec):
        function, derivative = spec
        return _remember(Activation(getattr(function, "__name__", "custom"), function, derivative))
    raise ValueError(
        "activation must be a name, None, or a pair (function, derivative) of functions of an"
        f" array, not {spec!r}"
    )


def _remember(activation: Activation) -> Activation:
    """Keep it under a name of its own, so that plans, which hold names only, can refer to it."""
    name, number = activation.name, 1
    while name in _KNOWN and _KNOWN[name][1:] != activation[1:]:
        number += 1
        name = f"{activation.name}_{number}"
    return _KNOWN.setdefault(name, activation._replace(name=name))
