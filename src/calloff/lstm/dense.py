"""The head of a network: a dense layer on what the last LSTM layer says at its last step.

Dimensions: H units of that layer, O outputs.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import activations, constraints, initializers, regularizers
from calloff.lstm.contract import HeadPlan
from calloff.lstm.options import Options, positive_integer

Array = NDArray[Any]


@dataclass(frozen=True)
class Dense(Options):
    """The head of a network, y = activation(h K + b), with Keras's names and defaults.

    Attributes:
        units: number of outputs, O.
        activation: a name, a pair (function, derivative), or None for linear.
        use_bias: whether there is a bias b (O).
        kernel_initializer: first values of the kernel K (H, O).
        bias_initializer: first values of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        kernel_constraint: projection of the kernel after an update.
        bias_constraint: projection of the bias after an update.

    Raises:
        ValueError: an option cannot be understood.
    """

    units: int
    _: KW_ONLY
    activation: activations.Spec = None
    use_bias: bool = True
    kernel_initializer: initializers.Spec = "glorot_uniform"
    bias_initializer: initializers.Spec = "zeros"
    kernel_regularizer: regularizers.Spec = None
    bias_regularizer: regularizers.Spec = None
    kernel_constraint: constraints.Spec = None
    bias_constraint: constraints.Spec = None

    def __post_init__(self) -> None:
        self.adjust(units=positive_integer("units", self.units))

    def plan(self) -> HeadPlan:
        return HeadPlan(self.units, activations.get(self.activation).name, self.use_bias)

    def build(
        self, features: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
    ) -> tuple[Array, ...]:
        """Make first weights.

        Args:
            features: inputs, the units H of the layer before.
            rng: generator of random numbers, which is advanced.
            dtype: of the weights.

        Returns:
            The kernel (H, O), and the bias (O) where there is one.
        """
        kernel = initializers.get(self.kernel_initializer)((features, self.units), rng)
        bias = initializers.get(self.bias_initializer)((self.units,), rng)
        return tuple(w.astype(dtype) for w in (kernel, bias)[: 1 + self.use_bias])

    def weight_regularizers(self) -> tuple[regularizers.Regularizer | None, ...]:
        """Penalties on the kernel and on the bias, where there is one; None for no penalty."""
        specs = self.kernel_regularizer, self.bias_regularizer
        return tuple(regularizers.get(spec) for spec in specs)[: 1 + self.use_bias]

    def weight_constraints(self) -> tuple[constraints.Constraint | None, ...]:
        """Projections of the kernel and of the bias, where there is one; None for no projection."""
        specs = self.kernel_constraint, self.bias_constraint
        return tuple(constraints.get(spec) for spec in specs)[: 1 + self.use_bias]
