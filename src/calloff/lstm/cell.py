"""The options of a cell, with Keras's names and defaults, and the cell itself: one step of time.

Options are frozen. Weights and state are values that are passed in and returned.

Dimensions: N samples, F features, H units.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import (
    activations,
    constraints,
    initializers,
    layer_arguments,
    reference,
    regularizers,
    stack,
)
from calloff.lstm.contract import LayerPlan
from calloff.lstm.options import Options, positive_integer, probability
from calloff.lstm.reference import Dropout, Rules, State, Weights

Array = NDArray[Any]


@dataclass(frozen=True)
class CellOptions(Options):
    """What LSTMCell and LSTM have in common, with Keras's names and defaults.

    Attributes:
        units: number of units, H.
        activation: of candidate and output: a name, or a pair (function, derivative).
        recurrent_activation: of the three gates.
        use_bias: whether there is a bias.
        kernel_initializer: first weights of the inputs.
        recurrent_initializer: first weights of the state.
        bias_initializer: first bias.
        unit_forget_bias: whether the forget gate's bias starts at 1 (Jozefowicz et al. 2015).
        kernel_regularizer: penalty on the weights of the inputs.
        recurrent_regularizer: penalty on the weights of the state.
        bias_regularizer: penalty on the bias.
        kernel_constraint: projection of the weights of the inputs after an update.
        recurrent_constraint: the same for the weights of the state.
        bias_constraint: the same for the bias.
        dropout: share of inputs dropped in training, clipped to 0..1.
        recurrent_dropout: the same for the state.
        implementation: 1, a product and a dropout mask for each gate; 2, one for all; 0 means 1.

    Raises:
        ValueError: an option cannot be understood.
    """

    units: int
    _: KW_ONLY
    activation: activations.Spec = "tanh"
    recurrent_activation: activations.Spec = "sigmoid"
    use_bias: bool = True
    kernel_initializer: initializers.Spec = "glorot_uniform"
    recurrent_initializer: initializers.Spec = "orthogonal"
    bias_initializer: initializers.Spec = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: regularizers.Spec = None
    recurrent_regularizer: regularizers.Spec = None
    bias_regularizer: regularizers.Spec = None
    kernel_constraint: constraints.Spec = None
    recurrent_constraint: constraints.Spec = None
    bias_constraint: constraints.Spec = None
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    implementation: int = 2

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
        """Penalties on kernel, recurrent kernel and bias, where there is one; None for no
        penalty."""
        specs = self.kernel_regularizer, self.recurrent_regularizer, self.bias_regularizer
        return tuple(regularizers.get(spec) for spec in specs)[: 2 + self.use_bias]

    def weight_constraints(self) -> tuple[constraints.Constraint | None, ...]:
        """Projections of kernel, recurrent kernel and bias, where there is one; None for no
        projection."""
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
        """Make first weights.

        Args:
            features: inputs, F.
            rng: generator of random numbers, which is advanced.
            dtype: of the weights.

        Returns:
            Kernel (F, 4H), recurrent kernel (H, 4H) and bias (4H).

        Raises:
            ValueError: ``features`` is no positive integer.
        """
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
        """Draw the dropout masks of one batch, always the same for the same arguments.

        Args:
            x: inputs (N, ..., F).
            seed: the seed.
            batch: the batch, from 0.
            layer: the layer, from 0.

        Returns:
            The masks of inputs and state.
        """
        shape = (len(x), x.shape[-1])
        return stack.dropout_masks(
            self.plan(), seed=seed, batch=batch, layer=layer, shape=shape, dtype=x.dtype
        )

    def penalty(self, weights: Weights) -> Any:
        """What the regularizers add to the loss for ``weights``."""
        pairs = zip(self.weight_regularizers(), weights, strict=False)
        return sum((r.value(w) for r, w in pairs if r is not None and w is not None), 0.0)

    def penalty_gradients(self, weights: Weights) -> Weights:
        """The derivative of ``penalty`` by ``weights``."""
        pairs = zip(self.weight_regularizers(), weights, strict=False)
        gradients = [_gradient(r, w) for r, w in pairs if w is not None]
        return Weights(gradients[0], gradients[1], gradients[2] if self.use_bias else None)

    def constrained(self, weights: Weights) -> Weights:
        """``weights`` after the constraints, as they are left after every update."""
        pairs = zip(self.weight_constraints(), weights, strict=False)
        kept = [w if c is None else c(w) for c, w in pairs if w is not None]
        return Weights(kept[0], kept[1], kept[2] if self.use_bias else None)


def _gradient(regularizer: regularizers.Regularizer | None, w: Array) -> Array:
    return np.zeros_like(w) if regularizer is None else regularizer.gradient(w)


@dataclass(frozen=True)
class LSTMCell(CellOptions):
    """One step of time: ``cell.step(weights, x, state)`` gives the output and the next state."""

    def rules(self) -> Rules:
        return Rules(activations.get(self.activation), activations.get(self.recurrent_activation))

    def initial_state(self, samples: int, dtype: DTypeLike = np.float64) -> State:
        """The state before the first step of so many ``samples``: zeros of ``dtype``."""
        return reference.zero_state(samples=samples, units=self.units, dtype=dtype)

    def step(
        self,
        weights: Weights | Sequence[Array | None],
        x: Any,
        state: State | Sequence[Array],
        *,
        dropout: Dropout | None = None,
    ) -> tuple[Array, State]:
        """Take one step, by the specification.

        Args:
            weights: kernel, recurrent kernel and bias.
            x: inputs of the step (N, F).
            state: h and c before it, (N, H) each, as [h, c].
            dropout: masks of inputs and state; by default, nothing is dropped.

        Returns:
            The output (N, H), which is h, and h and c after the step.

        Raises:
            ValueError: shapes or dtypes do not fit.
        """
        weights = layer_arguments.as_weights(weights, units=self.units, use_bias=self.use_bias)
        x, features = layer_arguments.numbers("x", x), weights.kernel.shape[0]
        if x.ndim != 2 or x.shape[1] != features:
            raise ValueError(f"x must have shape (samples, {features}), not {x.shape}")
        samples = len(x)
        state = layer_arguments.as_state(state, samples=samples, units=self.units)
        if dropout is not None:
            layer_arguments.check_dropout(
                dropout, samples=samples, features=features, units=self.units
            )
        after, _ = reference.step(
            weights=weights, rules=self.rules(), x=x, state=state, dropout=dropout or Dropout()
        )
        return after.h, after
