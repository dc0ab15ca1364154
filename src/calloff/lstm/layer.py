"""The LSTM layer with all of Keras's options, in NumPy.

A layer is a frozen set of options. ``build`` makes weights, ``apply`` runs them over sequences and
returns the outputs, the state to go on with, and which path ran; ``gradients`` is the backward
pass.

Dimensions: N samples, T steps, F features, H units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from calloff.lstm import activations, fused, layer_arguments, reference, regularizers
from calloff.lstm.cell import CellOptions
from calloff.lstm.reference import Dropout, Gradients, Rules, State, Tape, Weights

Array = NDArray[Any]

FUSED = "fused"  # one product for all gates, no tape
GATE_BY_GATE = "gate by gate"  # the specification


class Result(NamedTuple):
    """What a layer gave for one batch.

    Attributes:
        outputs: (N, H); (N, T, H) with return_sequences, (T, N, H) with time_major too.
        state: h and c after the last step.
        path: which arithmetic ran, "fused" or "gate by gate".
        activity: what the activity regularizer adds to the loss.
        sequence: outputs of all steps (N, T, H), whatever is returned.
        tape: what ``gradients`` needs; None unless it was asked for.
    """

    outputs: Array
    state: State
    path: str
    activity: Any
    sequence: Array
    tape: Tape | None


@dataclass(frozen=True)
class LSTM(CellOptions):
    """An LSTM layer with all of Keras's options, such as ``LSTM(8, dropout=0.2,
    return_sequences=True)``.

    Attributes:
        activity_regularizer: penalty on what is returned.
        return_sequences: whether the outputs of all steps are returned, not only of the last.
        return_state: whether h and c after the last step are returned as well.
        go_backwards: whether the last step is read first; outputs stay in that order.
        stateful: whether a batch starts with the state after the one before.
        unroll: of no effect: it is how NumPy goes through time anyway.
        time_major: whether inputs, masks and output sequences have the steps first, (T, N, ...).
        zero_output_for_mask: whether masked steps give zeros, not the output before.
    """

    _: KW_ONLY
    activity_regularizer: regularizers.Spec = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    time_major: bool = False
    zero_output_for_mask: bool = False

    def rules(self) -> Rules:
        return Rules(
            activations.get(self.activation),
            activations.get(self.recurrent_activation),
            self.go_backwards,
            self.zero_output_for_mask,
        )

    def path(self, *, dropout: Dropout | None = None, keep_tape: bool = False) -> str:
        """Tell which arithmetic ``apply`` will use.

        Args:
            dropout: masks of inputs and state.
            keep_tape: whether a tape is asked for.

        Returns:
            "fused" (one product for all gates) or "gate by gate" (the specification).
        """
        gate_by_gate = keep_tape or self.implementation != 2 or _differs_by_gate(dropout)
        return GATE_BY_GATE if gate_by_gate else FUSED

    def reset_state(self, samples: int, dtype: DTypeLike = np.float64) -> State:
        """The state before the first step of so many ``samples``: zeros of ``dtype``."""
        return reference.zero_state(samples=samples, units=self.units, dtype=dtype)

    def apply(
        self,
        weights: Weights | Sequence[Array | None],
        x: Any,
        *,
        initial_state: State | Sequence[Array] | None = None,
        mask: Any = None,
        dropout: Dropout | None = None,
        keep_tape: bool = False,
    ) -> Result:
        """Run the layer over one batch: by ``fused``, or by the specification where ``path`` says
        "gate by gate". The C++ engine never runs here; it runs networks.

        Args:
            weights: kernel (F, 4H), recurrent kernel (H, 4H) and bias (4H).
            x: inputs (N, T, F), or a list or ragged tensor of sequences (T_n, F) of unequal length.
            initial_state: h and c to start with, (N, H) each, as [h, c]; by default, zeros.
            mask: False where a step is passed over, (N, T) or (N, T, 1); lists will do.
            dropout: masks that ``dropout_masks`` draws; by default, nothing is dropped.
            keep_tape: whether to keep what ``gradients`` needs.

        Returns:
            Outputs, state, and which arithmetic ran.

        Raises:
            ValueError: shapes or dtypes do not fit.
        """
        weights, x, mask, state = self._checked(weights, x, mask, initial_state, dropout)
        path = self.path(dropout=dropout, keep_tape=keep_tape)
        tape = None
        if path == FUSED:
            x = x if dropout is None or dropout.inputs is None else x * dropout.inputs[0][:, None]
            sequence, state = fused.forward(
                weights=weights, rules=self.rules(), x=x, state=state, mask=mask
            )
        else:
            sequence, state, tape = reference.forward(
                weights=weights,
                rules=self.rules(),
                x=x,
                state=state,
                mask=mask,
                dropout=dropout or Dropout(),
            )
        activity = self._activity(sequence, state)
        kept = tape if keep_tape else None
        return Result(self._returned(sequence), state, path, activity, sequence, kept)

    def __call__(
        self,
        weights: Weights | Sequence[Array | None],
        x: Any,
        *,
        initial_state: State | Sequence[Array] | None = None,
        mask: Any = None,
        dropout: Dropout | None = None,
    ) -> Array | tuple[Array, Array, Array]:
        """Run the layer over one batch as Keras does, by the arithmetic that ``path`` names.

        Args:
            weights: kernel (F, 4H), recurrent kernel (H, 4H) and bias (4H).
            x: inputs (N, T, F), or a list or ragged tensor of sequences (T_n, F) of unequal length.
            initial_state: h and c to start with, (N, H) each, as [h, c]; by default, zeros.
            mask: False where a step is passed over, (N, T) or (N, T, 1); lists will do.
            dropout: masks that ``dropout_masks`` draws; by default, nothing is dropped.

        Returns:
            The outputs; with return_state the outputs, h and c.

        Raises:
            ValueError: shapes or dtypes do not fit.
        """
        result = self.apply(weights, x, initial_state=initial_state, mask=mask, dropout=dropout)
        return (result.outputs, *result.state) if self.return_state else result.outputs

    def run(
        self,
        weights: Weights | Sequence[Array | None],
        batches: Iterable[Any],
        *,
        state: State | Sequence[Array] | None = None,
    ) -> Iterator[Result]:
        """Run the layer over batch after batch; a new run is the reset.

        Args:
            weights: kernel, recurrent kernel and bias.
            batches: inputs, one batch after the other.
            state: what the first batch starts with; in a layer that is not stateful, every batch.

        Yields:
            The result of each batch.

        Raises:
            ValueError: shapes do not fit; a stateful layer needs batches of one size.
        """
        for batch in batches:
            result = self.apply(weights, batch, initial_state=state)
            yield result
            state = result.state if self.stateful else state

    def gradients(
        self,
        weights: Weights | Sequence[Array | None],
        result: Result,
        d_outputs: Any,
        *,
        d_state: State | Sequence[Array] | None = None,
    ) -> Gradients:
        """Go back from the derivatives by the outputs, by the specification.

        Args:
            weights: kernel, recurrent kernel and bias.
            result: what ``apply`` gave with keep_tape.
            d_outputs: derivative of the loss by ``result.outputs``, of the same shape.
            d_state: derivatives by the last h and c, [d_h, d_c], where the loss looks at them.

        Returns:
            The derivatives by weights, inputs (in the layout of x) and first state, with the part
            of the activity regularizer.

        Raises:
            ValueError: ``result`` has no tape, or a derivative another shape than what it is by.
        """
        if result.tape is None:
            raise ValueError("gradients need a tape: call apply with keep_tape=True")
        weights = layer_arguments.as_weights(weights, units=self.units, use_bias=self.use_bias)
        d_outputs, d_state = self._checked_derivatives(result, d_outputs, d_state)
        dtype = np.result_type(result.sequence, d_outputs)
        d_sequence = np.zeros(result.sequence.shape, dtype)  # (N, T, H)
        self._returned(d_sequence)[...] = d_outputs
        if self.activity_regularizer is not None:
            d_sequence, d_state = self._with_activity(result, d_sequence, d_state)
        back = reference.backward(
            weights=weights,
            rules=self.rules(),
            tape=result.tape,
            d_outputs=d_sequence,
            d_state=d_state,
        )
        return back._replace(x=back.x.swapaxes(0, 1)) if self.time_major else back

    def _checked(
        self, weights: Any, x: Any, mask: Any, state: Any, dropout: Dropout | None
    ) -> tuple[Weights, Array, Array | None, State | None]:
        """All that a batch is run with, samples first."""
        weights = layer_arguments.as_weights(weights, units=self.units, use_bias=self.use_bias)
        features = weights.kernel.shape[0]
        x, mask = layer_arguments.as_batch(
            x, mask, kernel=weights.kernel, time_major=self.time_major
        )
        samples = len(x)
        if state is not None:
            state = layer_arguments.as_state(state, samples=samples, units=self.units)
        if dropout is not None:
            layer_arguments.check_dropout(
                dropout, samples=samples, features=features, units=self.units
            )
        return weights, x, mask, state

    def _checked_derivatives(
        self, result: Result, d_outputs: Any, d_state: Any
    ) -> tuple[Array, State | None]:
        """Derivatives of the shapes of what they are by: nothing is broadcast."""
        d_outputs = layer_arguments.numbers("d_outputs", d_outputs)
        if d_outputs.shape != result.outputs.shape:
            raise ValueError(
                f"d_outputs must have the shape of the outputs, {result.outputs.shape},"
                f" not {d_outputs.shape}"
            )
        if d_state is None:
            return d_outputs, None
        samples = len(result.sequence)
        return d_outputs, layer_arguments.as_state(
            d_state, samples=samples, units=self.units, name="d_state"
        )

    def _returned(self, sequence: Array) -> Array:
        """The part of (N, T, H) that goes out; a view, so gradients can be put in its place."""
        if not self.return_sequences:
            return sequence[:, -1]  # (N, H)
        return sequence.swapaxes(0, 1) if self.time_major else sequence

    def _regularized(self, sequence: Array, state: State) -> tuple[Array, ...]:
        """Keras applies its regularizer to all that is returned, the states too."""
        return (self._returned(sequence), *(state if self.return_state else ()))

    def _activity(self, sequence: Array, state: State) -> Any:
        regularizer = regularizers.get(self.activity_regularizer)
        if regularizer is None:
            return 0.0
        total = sum(regularizer.value(a) for a in self._regularized(sequence, state))
        return total / len(sequence)

    def _with_activity(
        self, result: Result, d_sequence: Array, d_state: State | None
    ) -> tuple[Array, State | None]:
        regularizer = regularizers.get(self.activity_regularizer)
        assert regularizer is not None
        gradients = [
            regularizer.gradient(a) / len(result.sequence)
            for a in self._regularized(result.sequence, result.state)
        ]
        self._returned(d_sequence)[...] += gradients[0]
        if not self.return_state:
            return d_sequence, d_state
        d_h, d_c = d_state or (0.0, 0.0)
        return d_sequence, State(d_h + gradients[1], d_c + gradients[2])


def _differs_by_gate(dropout: Dropout | None) -> bool:
    """Also true of a mask on the outputs fed back, which one product cannot take in either."""
    if dropout is None:
        return False
    return dropout.recurrent is not None or (dropout.inputs is not None and len(dropout.inputs) > 1)
