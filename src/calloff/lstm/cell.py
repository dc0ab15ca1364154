"""The options of a cell, with Keras's names and defaults, and the cell itself: one step of time.

Options are frozen. Weights and state are values that are passed in and returned.

Dimensions: N samples, F features, H units.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import activations, constraints, initializers, reference, regularizers, stack
from calloff.lstm.contract import LayerPlan
from calloff.lstm.options import Options, positive_integer, probability
from calloff.lstm.reference import Dropout, Rules, State, Weights

Array = NDArray[Any]


@dataclass(frozen=True)
class CellOptions(Options):
    """What LSTMCell and LSTM have in common."""

    units: int
    _: KW_ONLY
    activation: activations.Spec = "tanh"
    recurrent_activation: activations.Spec = "sigmoid"
    use_bias: bool = True
    kernel_initializer: initializers.Spec = "glorot_uniform"
    recurrent_initializer: initializers.Spec = "orthogonal"
    bias_initializer: initializers.Spec = "zeros"
    unit_forget_bias: bool = True  # Jozefowicz et al. (2015): at first c is kept
    kernel_regularizer: regularizers.Spec = None
    recurrent_regularizer: regularizers.Spec = None
    bias_regularizer: regularizers.Spec = None
    kernel_constraint: constraints.Spec = None
    recurrent_constraint: constraints.Spec = None
    bias_constraint: constraints.Spec = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    implementation: int = 2  # 1: a product and a mask for each gate; 2: one for all; 0 means 1

    def __post_init__(self) -> None:
        if self.implementation not in (0, 1, 2):
            raise ValueError(f"implementation must be 0, 1 or 2, not {self.implementation!r}")
        recurrent_dropout = probability("recurrent_dropout", self.recurrent_dropout)
        self.adjust(
            units=positive_integer("units", self.units),
            dropout=probability("dropout", self.dropout),
            recurrent_dropout=recurrent_dropout,
            implementation=1 if recurrent_dropout > 0 else self.implementation,
        )

    @abstractmethod
    def rules(self) -> Rules:
        """What is not learnt, in the words of the specification."""

    def weight_regularizers(self) -> tuple[regularizers.Regularizer | None, ...]:
        """For the kernel, the recurrent kernel and the bias, where there is one."""
        specs = self.kernel_regularizer, self.recurrent_regularizer, self.bias_regularizer
        return tuple(regularizers.get(spec) for spec in specs)[: 2 + self.use_bias]

    def weight_constraints(self) -> tuple[constraints.Constraint | None, ...]:
        specs = self.kernel_constraint, self.recurrent_constraint, self.bias_constraint
        return tuple(constraints.get(spec) for spec in specs)[: 2 + self.use_bias]

    def plan(self) -> LayerPlan:
        """What an engine needs to know."""
        rules = self.rules()
        return LayerPlan(
            units=self.units,
            activation=rules.activation.name,
            recurrent_activation=rules.recurrent_activation.name,
            use_bias=self.use_bias,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
            implementation=max(1, self.implementation),
            go_backwards=rules.go_backwards,
        )

    def build(
        self, features: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
    ) -> Weights:
        """First weights for inputs of so many features."""
        positive_integer("features", features)
        kernel = initializers.get(self.kernel_initializer)((features, 4 * self.units), rng)
        recurrent = initializers.get(self.recurrent_initializer)((self.units, 4 * self.units), rng)
        bias = self._first_bias(rng).astype(dtype) if self.use_bias else None
        return Weights(kernel.astype(dtype), recurrent.astype(dtype), bias)

    def _first_bias(self, rng: np.random.Generator) -> Array:
        first, units = initializers.get(self.bias_initializer), self.units
        if not self.unit_forget_bias:
            return first((4 * units,), rng)
        return np.concatenate([first((units,), rng), np.ones(units), first((2 * units,), rng)])

    def dropout_masks(self, x: Array, *, seed: int, batch: int = 0, layer: int = 0) -> Dropout:
        """The masks for one batch x (N, ..., F): always the same for the same arguments."""
        shape = (len(x), x.shape[-1])
        return stack.dropout_masks(
            self.plan(), seed=seed, batch=batch, layer=layer, shape=shape, dtype=x.dtype
        )

    def penalty(self, weights: Weights) -> Any:
        """What the regularizers add to the loss."""
        pairs = zip(self.weight_regularizers(), weights, strict=False)
        return sum((r.value(w) for r, w in pairs if r is not None and w is not None), 0.0)

    def penalty_gradients(self, weights: Weights) -> Weights:
        """The derivative of ``penalty`` by the weights."""
        pairs = zip(self.weight_regularizers(), weights, strict=False)
        gradients = [_gradient(r, w) for r, w in pairs if w is not None]
        return Weights(gradients[0], gradients[1], gradients[2] if self.use_bias else None)

    def constrained(self, weights: Weights) -> Weights:
        """The weights after the constraints, as they are left after every update."""
        pairs = zip(self.weight_constraints(), weights, strict=False)
        kept = [w if c is None else c(w) for c, w in pairs if w is not None]
        return Weights(kept[0], kept[1], kept[2] if self.use_bias else None)


def _gradient(regularizer: regularizers.Regularizer | None, w: Array) -> Array:
    return np.zeros_like(w) if regularizer is None else regularizer.gradient(w)


@dataclass(frozen=True)
class LSTMCell(CellOptions):
    """One step of time: ``cell.step(weights, x, state)`` -> output, next state."""

    def rules(self) -> Rules:
        return Rules(activations.get(self.activation), activations.get(self.recurrent_activation))

    def initial_state(self, samples: int, dtype: DTypeLike = np.float64) -> State:
        return reference.zero_state(samples=samples, units=self.units, dtype=dtype)

    def step(
        self, weights: Weights, x: Array, state: State, *, dropout: Dropout | None = None
    ) -> tuple[Array, State]:
        """x (N, F) -> the output (N, H), which is h, and the state [h, c] to go on with."""
        after, _ = reference.step(
            weights=weights, rules=self.rules(), x=x, state=state, dropout=dropout or Dropout()
        )
        return after.h, after
