"""``LSTMCell``: the weights, the dropout masks and one step, as a Keras layer of our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import activations, constraints, initializers, ops, regularizers

# Not public, and empty of use to us but for one thing: keras.layers.RNN and StackedRNNCells ask by
# this type whether a cell's dropout masks must be drawn before a sequence and dropped after it.
from keras.src.layers.rnn.dropout_rnn_cell import DropoutRNNCell

from calloff.keras.steps import Masks, State, Tensor, product, step
from calloff.lstm.options import positive_integer

# How each of the cell's arguments becomes an object, and an object a config entry again.
_KINDS = {
    "activation": activations,
    "recurrent_activation": activations,
    "kernel_initializer": initializers,
    "recurrent_initializer": initializers,
    "bias_initializer": initializers,
    "kernel_regularizer": regularizers,
    "recurrent_regularizer": regularizers,
    "bias_regularizer": regularizers,
    "kernel_constraint": constraints,
    "recurrent_constraint": constraints,
    "bias_constraint": constraints,
}
_PLAIN = ("units", "use_bias", "unit_forget_bias", "dropout", "recurrent_dropout", "seed")


@keras.saving.register_keras_serializable(package="calloff")
class LSTMCell(keras.layers.Layer, DropoutRNNCell):  # type: ignore[misc]
    """One step of an LSTM, with the arguments, weights and config of ``keras.layers.LSTMCell``.

    Weights: kernel (features, 4 units), recurrent_kernel (units, 4 units), bias (4 units), gates in
    the order i, f, c, o. Call: ``h, [h, c] = cell(inputs, [h, c], training=False)``.

    Args:
        units: number of units, H.
        activation: of candidate and output, as in Keras.
        recurrent_activation: of the three gates.
        use_bias: whether there is a bias.
        kernel_initializer: of the weights of the inputs.
        recurrent_initializer: of the weights of the state.
        bias_initializer: of the bias.
        unit_forget_bias: whether the forget gate's bias starts at 1.
        kernel_regularizer: penalty on the weights of the inputs.
        recurrent_regularizer: penalty on the weights of the state.
        bias_regularizer: penalty on the bias.
        kernel_constraint: projection of the weights of the inputs after an update.
        recurrent_constraint: the same for the weights of the state.
        bias_constraint: the same for the bias.
        dropout: share of inputs dropped in training; clipped to 0..1, and exactly 1 drops nothing,
            as in Keras.
        recurrent_dropout: the same for the state.
        seed: seed of the dropout.
        kwargs: name, dtype and trainable, and implementation, which Keras 3 takes, too, but leaves
            out of its config. 2, the default, multiplies all four gates in one product under one
            dropout mask; 1 gives each gate its own product and its own mask; 0 means 1, as in Keras
            2. Recurrent dropout needs 1.

    Raises:
        ValueError: ``units`` is no positive integer, or implementation is none of these.
    """

    # So many arguments because they are Keras's own, name by name.
    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        given = locals()
        implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        self.units = positive_integer("units", units)
        for name, kind in _KINDS.items():
            setattr(self, name, kind.get(given[name]))
        self.use_bias = use_bias
        self.unit_forget_bias = unit_forget_bias
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.implementation = checked_implementation(implementation, self.recurrent_dropout)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed=seed)
        self.state_size = [self.units, self.units]
        self.output_size = self.units
        self._dropout_mask: Masks | None = None
        self._recurrent_dropout_mask: Masks | None = None

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of ``input_shape`` (..., features)."""
        width = 4 * self.units
        self.kernel = self._weight("kernel", "kernel", (input_shape[-1], width))
        self.recurrent_kernel = self._weight("recurrent_kernel", "recurrent", (self.units, width))
        start = self._initial_bias if self.unit_forget_bias else None
        self.bias = self._weight("bias", "bias", (width,), start) if self.use_bias else None

    def _weight(
        self, name: str, kind: str, shape: tuple[int, ...], start: Callable[..., Any] | None = None
    ) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=start or getattr(self, f"{kind}_initializer"),
            regularizer=getattr(self, f"{kind}_regularizer"),
            constraint=getattr(self, f"{kind}_constraint"),
        )

    def _initial_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        """The forget gate starts open, at 1 (Gers et al. 2000; Jozefowicz et al. 2015)."""
        first = self.bias_initializer((self.units,), dtype=dtype)
        rest = self.bias_initializer((2 * self.units,), dtype=dtype)
        return ops.concatenate([first, ops.ones((self.units,), dtype=dtype), rest])

    def call(
        self, inputs: Tensor, states: Any, training: bool = False
    ) -> tuple[Tensor, list[Tensor]]:
        """Take one step.

        Args:
            inputs: inputs of the step (B, F).
            states: h and c before it, (B, H) each.
            training: whether dropout has an effect.

        Returns:
            The output h (B, H), and h and c after the step.
        """
        none = self._no_masks()
        masks = self.get_dropout_mask(inputs) if self.drops(self.dropout, training) else none
        drops_state = self.drops(self.recurrent_dropout, training)
        state_masks = self.get_recurrent_dropout_mask(states[0]) if drops_state else none
        h, c = self.advance(self.project(inputs, masks), (states[0], states[1]), state_masks)
        return h, [h, c]

    def project(self, inputs: Tensor, masks: Masks) -> Tensor:
        """Multiply inputs by their weights and add the bias, for one step or all at once.

        Args:
            inputs: inputs (..., F).
            masks: dropout masks of the inputs.

        Returns:
            What the inputs contribute to the gates, x W + b (..., 4H).
        """
        z = product(inputs, self.kernel, masks)
        return z if self.bias is None else z + self.bias

    def advance(self, z_x: Tensor, state: State, masks: Masks) -> State:
        """Take one step of the recurrence.

        Args:
            z_x: what the inputs contribute to the gates (B, 4H).
            state: h and c before the step, (B, H) each.
            masks: dropout masks of the state.

        Returns:
            h and c after the step, (B, H) each.
        """
        kernel = self.recurrent_kernel
        return step(z_x, state, kernel, masks, self.activation, self.recurrent_activation)

    @staticmethod
    def drops(rate: float, training: bool | None) -> bool:
        """Whether a dropout ``rate`` has an effect in a call, in ``training`` or not."""
        return bool(training) and 0.0 < rate < 1.0

    def _no_masks(self) -> Masks:
        return (None,) * (4 if self.implementation == 1 else 1)

    def draw_masks(self, rate: float, like: Tensor, training: bool | None = True) -> Masks:
        """Draw dropout masks for a whole sequence.

        A call that drops nothing advances the random generator by as much, as Keras's own layer
        does: with one seed, both see the same masks for ever.

        Args:
            rate: share of elements dropped.
            like: a tensor of the masks' shape and dtype.
            training: whether dropout has an effect.

        Returns:
            One mask, or one for each gate; None stands for a mask that drops nothing.
        """
        if rate > 0.0 and not self.drops(rate, training):
            for _ in self._no_masks():
                self.seed_generator.next()
        if not self.drops(rate, training):
            return self._no_masks()
        ones = ops.ones_like(like)
        return tuple(
            keras.random.dropout(ones, rate, seed=self.seed_generator) for _ in self._no_masks()
        )

    # The next four are for keras.layers.RNN: it fills before a sequence and empties after it.
    def get_dropout_mask(self, step_input: Tensor) -> Masks:
        """The masks of the inputs, drawn like ``step_input`` unless they are there."""
        if self._dropout_mask is None:
            self._dropout_mask = self.draw_masks(self.dropout, step_input)
        return self._dropout_mask

    def get_recurrent_dropout_mask(self, step_input: Tensor) -> Masks:
        """The masks of the state, drawn like ``step_input`` unless they are there."""
        if self._recurrent_dropout_mask is None:
            self._recurrent_dropout_mask = self.draw_masks(self.recurrent_dropout, step_input)
        return self._recurrent_dropout_mask

    def reset_dropout_mask(self) -> None:
        """Forget the masks of the inputs."""
        self._dropout_mask = None

    def reset_recurrent_dropout_mask(self) -> None:
        """Forget the masks of the state."""
        self._recurrent_dropout_mask = None

    def get_initial_state(self, batch_size: Any = None) -> list[Tensor]:
        """Zeros for h and c of a batch of ``batch_size``, (B, H) each."""
        return [ops.zeros((batch_size, size), dtype=self.compute_dtype) for size in self.state_size]

    def get_config(self) -> dict[str, Any]:
        """The arguments, in values that JSON can hold."""
        config = {name: kind.serialize(getattr(self, name)) for name, kind in _KINDS.items()}
        config |= {name: getattr(self, name) for name in _PLAIN}
        if self.implementation == 1 and self.recurrent_dropout == 0.0:
            config["implementation"] = 1  # the one case that the other entries do not tell
        return {**super().get_config(), **config}


def checked_implementation(implementation: int, recurrent_dropout: float) -> int:
    """Give the implementation that runs.

    Args:
        implementation: as asked for; Keras 2's 0 is 1.
        recurrent_dropout: share of the state dropped; its masks are for single gates.

    Returns:
        1 or 2.

    Raises:
        ValueError: ``implementation`` is not 0, 1 or 2.
    """
    if implementation not in (0, 1, 2):
        raise ValueError(f"`implementation` must be 1 or 2 (0 means 1), got {implementation!r}.")
    return 1 if implementation == 0 or recurrent_dropout > 0.0 else int(implementation)
