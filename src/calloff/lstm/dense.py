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
    """``Dense(1)``: y = activation(h K + b), as in Keras."""

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
        """First kernel (H, O), and bias (O) where there is one."""
        kernel = initializers.get(self.kernel_initializer)((features, self.units), rng)
        bias = initializers.get(self.bias_initializer)((self.units,), rng)
        return tuple(w.astype(dtype) for w in (kernel, bias)[: 1 + self.use_bias])

    def weight_regularizers(self) -> tuple[regularizers.Regularizer | None, ...]:
        specs = self.kernel_regularizer, self.bias_regularizer
        return tuple(regularizers.get(spec) for spec in specs)[: 1 + self.use_bias]

    def weight_constraints(self) -> tuple[constraints.Constraint | None, ...]:
        specs = self.kernel_constraint, self.bias_constraint
        return tuple(constraints.get(spec) for spec in specs)[: 1 + self.use_bias]
