"""``LSTM``: a whole sequence through our cell, as a Keras layer of our own."""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import ops, regularizers

from calloff.keras.arguments import as_mask, as_state, refuse_ragged
from calloff.keras.cell import LSTMCell
from calloff.keras.steps import Masks, State, Tensor, masked_outputs, run


class _OfCell:
    """An attribute that the layer reads from its cell."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        return self if layer is None else getattr(layer.cell, self.name)


_FLAGS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")


@keras.saving.register_keras_serializable(package="calloff")
class LSTM(keras.layers.Layer):  # type: ignore[misc]
    """Long short-term memory, with the arguments, defaults, weights, config and results of
    ``keras.layers.LSTM``, on any backend.

    With one ``seed`` also its dropout is the same (Keras 3.15's). It shares no code with it: one
    product gives the inputs' share of all gates for all steps, then a scan goes through the
    recurrence. What differs from Keras 3's layer:

    - ``implementation`` is kept in the config (1, where recurrent dropout does not imply it). 1
      gives each gate its own product and dropout mask, 2 (default) all gates one; 0 means 1, as in
      Keras 2. ``path`` is which of the two runs, "fused" or "per gate".
    - ``time_major=True`` (gone since Keras 3): inputs, mask and output sequences have the steps
      first, (steps, batch, ...). Keras's data adapters and Bidirectional expect the batch first.
    - ``stateful`` layers carry their state in compiled ``fit`` and ``predict`` on JAX, too, where
      Keras's own (3.15) starts every batch from zeros; ``reset_state`` takes values, as in Keras 2.
    - ``zero_output_for_mask`` holds in unrolled layers as well: on JAX Keras's own ignores it
      there, and on TensorFlow it takes the mask in the wrong order with ``go_backwards`` and
      ``return_sequences``.
    - Masks may be lists and (batch, steps, 1); shapes that do not fit are one message, before
      anything runs. Ragged tensors are refused, with what to give instead.
    - It runs where Keras's own (3.15) raises: on PyTorch with ``unroll``, ``go_backwards`` and a
      mask; on any backend in training with ``dropout``, ``implementation=1``, no recurrent dropout
      and ``use_cudnn="auto"``.
    - In ``Bidirectional`` both directions run one after the other: Keras's fused cuDNN call for
      both is for its own layer only.
    - ``use_cudnn``: "auto" and False are the same here; True is an error, as there is no such path.

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
        activity_regularizer: penalty on the outputs.
        kernel_constraint: projection of the weights of the inputs after an update.
        recurrent_constraint: the same for the weights of the state.
        bias_constraint: the same for the bias.
        dropout: share of inputs dropped in training, clipped to 0..1.
        recurrent_dropout: the same for the state.
        seed: seed of the dropout.
        return_sequences: whether to return the outputs of all steps, not only of the last.
        return_state: whether to return h and c after the last step as well.
        go_backwards: whether to read the last step first; outputs stay in that order.
        stateful: whether a batch starts with the state after the one before.
        unroll: whether to write out all steps instead of a loop.
        use_cudnn: "auto" or False.
        kwargs: implementation, time_major and zero_output_for_mask, and name, dtype and trainable.

    Raises:
        ValueError: an argument is none of these.

    Source:
        Hochreiter & Schmidhuber (1997); the forget gate is of Gers, Schmidhuber & Cummins (2000).
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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        if use_cudnn not in ("auto", False):
            raise ValueError(f"`use_cudnn` must be 'auto' or False here, got {use_cudnn!r}.")
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            seed=seed,
            implementation=kwargs.pop("implementation", 2),
            dtype=kwargs.get("dtype"),
            trainable=kwargs.get("trainable", True),
            name="lstm_cell",
        )
        self_kwargs = {name: kwargs.pop(name, False) for name in _EXTRA}
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = self_kwargs["zero_output_for_mask"]
        self.time_major = self_kwargs["time_major"]
        self.use_cudnn = use_cudnn
        self.supports_masking = True
        self.input_spec = keras.InputSpec(ndim=3)
        self.state_size = list(cell.state_size)
        self._memory = _Memory()

    units = _OfCell()
    activation = _OfCell()
    recurrent_activation = _OfCell()
    use_bias = _OfCell()
    unit_forget_bias = _OfCell()
    kernel_initializer = _OfCell()
    recurrent_initializer = _OfCell()
    bias_initializer = _OfCell()
    kernel_regularizer = _OfCell()
    recurrent_regularizer = _OfCell()
    bias_regularizer = _OfCell()
    kernel_constraint = _OfCell()
    recurrent_constraint = _OfCell()
    bias_constraint = _OfCell()
    dropout = _OfCell()
    recurrent_dropout = _OfCell()
    implementation = _OfCell()

    @property
    def path(self) -> str:
        """Which arithmetic runs: "fused" (one product for all gates) or "per gate"."""
        return "per gate" if self.implementation == 1 else "fused"

    @property
    def states(self) -> list[Any] | None:
        """The variables that a stateful layer carries its [h, c] in; None before it is built."""
        return self._memory.variables

    @property
    def variables(self) -> list[Any]:
        """The weights and random states, and the carried [h, c]: JAX updates only what is here."""
        return cast(list[Any], super().variables) + (self.states or [])

    def build(self, sequences_shape: Any, initial_state_shape: Any = None) -> None:
        """Make the weights, and the carried state of a stateful layer.

        Args:
            sequences_shape: shape of the inputs, (B, T, F) or time-major.
            initial_state_shape: of no use here; Keras gives it.

        Raises:
            ValueError: a stateful layer is built without a fixed batch size.
        """
        batch = sequences_shape[1 if self.time_major else 0]
        self.cell.build((batch, sequences_shape[2]))
        self.input_spec = keras.InputSpec(ndim=3, axes={-1: sequences_shape[2]})
        if self.stateful and self.states is None:
            if batch is None:
                raise ValueError(
                    f"A stateful layer needs a fixed batch size; {self.name!r} is built for inputs "
                    f"of shape {tuple(sequences_shape)}. Give the model an Input(batch_shape=...)."
                )
            self._memory.create(self, batch)

    def get_initial_state(self, batch_size: Any) -> list[Tensor]:
        """Zeros for h and c of a batch of ``batch_size``, (B, H) each."""
        return self.cell.get_initial_state(batch_size)

    def reset_state(self, states: Any = None) -> None:
        """Set the carried h and c of a stateful layer to zeros, or to the values ``states``."""
        for index, variable in enumerate(self.states or []):
            start = ops.zeros_like(variable.value) if states is None else states[index]
            variable.assign(start)

    reset_states = reset_state  # Keras 2's name

    def call(
        self,
        sequences: Tensor,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = False,
    ) -> Any:
        """Run the layer over sequences, by the arithmetic that ``path`` names.

        Args:
            sequences: inputs (B, T, F), or time-major.
            initial_state: h and c to start with, (B, H) each; by default the carried ones, or
                zeros.
            mask: False where a step is to be passed over, (B, T) or (B, T, 1), or time-major;
                lists will do.
            training: whether dropout has an effect.

        Returns:
            The outputs (B, H), or (B, T, H) with return_sequences; with return_state also h and c.

        Raises:
            ValueError: shapes do not fit, the inputs are ragged, or steps without a fixed number
                are to be unrolled.
        """
        x, keep = self._time_first(sequences, mask)  # (T, B, F), (T, B, 1)
        state = self._start(x, initial_state)
        x_masks = self.cell.draw_masks(self.dropout, x[0], training)
        h_masks = self.cell.draw_masks(self.recurrent_dropout, state[0], training)
        outputs, state = self._walk(self.cell.project(x, x_masks), keep, state, h_masks)
        if self.stateful:
            for variable, value in zip(self.states or [], state, strict=True):
                variable.assign(value)
        return self._hand_out(outputs, state)

    def _time_first(self, sequences: Tensor, mask: Any) -> tuple[Tensor, Tensor | None]:
        """Inputs and mask with the steps first, in the order in which they are walked."""
        refuse_ragged(sequences, self.name)
        keep = as_mask(mask, tuple(sequences.shape[:2]), self.name)
        both = [sequences] if keep is None else [sequences, keep]
        if not self.time_major:
            both = [ops.swapaxes(value, 0, 1) for value in both]
        if self.go_backwards:
            both = [ops.flip(value, axis=0) for value in both]
        if self.unroll and both[0].shape[0] is None:
            raise ValueError(
                f"Layer {self.name!r} cannot be unrolled: its inputs have no fixed number of "
                "steps. Give the model an Input(shape=(steps, features)), or unroll=False."
            )
        return both[0], both[1] if len(both) == 2 else None

    def _start(self, x: Tensor, initial_state: Any) -> State:
        """The given state, else the carried one, else zeros."""
        batch = x.shape[1] if x.shape[1] is not None else ops.shape(x)[1]
        if self.stateful and self.states and x.shape[1] not in (None, self.states[0].shape[0]):
            raise ValueError(
                f"Stateful layer {self.name!r} was built for batches of {self.states[0].shape[0]}, "
                f"got a batch of {x.shape[1]}."
            )
        if initial_state is None:
            # Copies: PyTorch assigns in place to what the gradient would still need.
            carried = [ops.copy(v) for v in self.states] if self.stateful and self.states else None
            initial_state = carried or self.get_initial_state(batch)
        shape = (x.shape[1], self.units)
        return as_state(initial_state, shape, self.cell.compute_dtype, self.name)

    def _walk(
        self, z_x: Tensor, keep: Tensor | None, state: State, masks: Masks
    ) -> tuple[Tensor, State]:
        """All outputs (T, B, H) and the last state."""
        h, state = run(
            lambda z, before: self.cell.advance(z, before, masks), z_x, keep, state, self.unroll
        )
        if keep is not None:
            zero_first = self.unroll or keras.backend.backend() != "jax"
            h = masked_outputs(h, keep, self.zero_output_for_mask, zero_first)
        return h, state

    def _hand_out(self, outputs: Tensor, state: State) -> Any:
        output = outputs if self.return_sequences else outputs[-1]
        if self.return_sequences and not self.time_major:
            output = ops.swapaxes(output, 0, 1)
        return (output, *state) if self.return_state else output

    def compute_output_shape(self, sequences_shape: Any, initial_state_shape: Any = None) -> Any:
        """Give the shapes that ``call`` returns.

        Args:
            sequences_shape: shape of the inputs.
            initial_state_shape: of no use here; Keras gives it.

        Returns:
            The shape of the outputs; with return_state also those of h and c.
        """
        first, second = sequences_shape[:2]
        state = (second if self.time_major else first, self.units)
        output = (first, second, self.units) if self.return_sequences else state
        return (output, state, state) if self.return_state else output

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The ``mask`` of what ``call`` returns."""
        output = keras.tree.flatten(mask)[0] if self.return_sequences else None
        return [output, None, None] if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        """The arguments, in values that JSON can hold."""
        of_cell = self.cell.get_config()
        config = {name: of_cell[name] for name in of_cell if name not in _BASE}
        config |= {name: getattr(self, name) for name in _FLAGS}
        config["zero_output_for_mask"] = self.zero_output_for_mask
        config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if self.time_major:
            config["time_major"] = True
        return {**super().get_config(), **config}


_EXTRA = ("zero_output_for_mask", "time_major")
_BASE = ("name", "trainable", "dtype")


class _Memory:
    """Holds a stateful layer's variables out of sight of Keras's tracker, which would make weights
    of them: saved, counted and unlike ``keras.layers.LSTM``'s."""

    def __init__(self) -> None:
        self.variables: list[Any] | None = None

    def create(self, layer: LSTM, batch: int) -> None:
        self.variables = [
            keras.Variable(
                ops.zeros((batch, size)),
                trainable=False,
                dtype=layer.variable_dtype,
                name="rnn_state",
            )
            for size in layer.state_size
        ]
