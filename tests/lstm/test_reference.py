"""The specification against derivatives by a complex step, and against its special cases.

No symmetry is left in the data: N=3, T=4, F=2, H=5, random weights and a state that is not zero.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
from gradients import assert_exact, complex_step

from calloff.lstm import activations, reference
from calloff.lstm.reference import Dropout, Rules, State, Weights

N, T, F, H = 3, 4, 2, 5
Array = np.ndarray[Any, Any]


class Case(NamedTuple):
    weights: Weights
    x: Array
    state: State
    mask: Array | None
    dropout: Dropout


def make_case(*, use_bias: bool = True, masked: bool = False, gates: int = 0) -> Case:
    g = np.random.default_rng(7)
    bias = g.normal(size=4 * H) if use_bias else None
    mask = None
    if masked:  # the first step masked, the last, one between, and one whole sequence
        mask = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=bool)
    dropout = Dropout()
    if gates:
        dropout = Dropout(*(g.integers(0, 2, size=(gates, N, k)) / 0.5 for k in (F, H)))
    return Case(
        Weights(g.normal(size=(F, 4 * H)), g.normal(size=(H, 4 * H)), bias),
        g.normal(size=(N, T, F)),
        State(g.normal(size=(N, H)), g.normal(size=(N, H))),
        mask,
        dropout,
    )


def run(case: Case, rules: Rules) -> tuple[Array, State, reference.Tape]:
    return reference.forward(
        weights=case.weights,
        rules=rules,
        x=case.x,
        state=case.state,
        mask=case.mask,
        dropout=case.dropout,
    )


def check_gradients(case: Case, rules: Rules) -> None:
    """Every derivative of a loss that looks at all outputs and at the last state."""
    g = np.random.default_rng(8)
    outputs, state, tape = run(case, rules)
    r_y, r_h, r_c = (g.normal(size=a.shape) for a in (outputs, *state))

    def loss(changed: Case) -> Any:
        y, (h, c), _ = run(changed, rules)
        return (y * r_y).sum() + (h * r_h).sum() + (c * r_c).sum()

    found = reference.backward(
        weights=case.weights, rules=rules, tape=tape, d_outputs=r_y, d_state=State(r_h, r_c)
    )
    for field in ("kernel", "recurrent_kernel", "bias"):
        if getattr(case.weights, field) is not None:
            expected = complex_step(
                lambda w, f=field: loss(case._replace(weights=case.weights._replace(**{f: w}))),
                getattr(case.weights, field),
            )
            assert_exact(getattr(found.weights, field), expected)
    assert_exact(found.x, complex_step(lambda x: loss(case._replace(x=x)), case.x))
    for field in ("h", "c"):
        expected = complex_step(
            lambda s, f=field: loss(case._replace(state=case.state._replace(**{f: s}))),
            getattr(case.state, field),
        )
        assert_exact(getattr(found.state, field), expected)


@pytest.mark.parametrize(
    ("name", "recurrent"),
    [(name, "sigmoid") for name in activations.BUILT_IN]
    + [("tanh", name) for name in activations.BUILT_IN],
)
def test_gradients_for_every_activation(name: str, recurrent: str) -> None:
    check_gradients(make_case(), Rules(activations.get(name), activations.get(recurrent)))


@pytest.mark.parametrize(
    ("use_bias", "masked", "gates", "backwards", "zeros"),
    [
        *itertools.product([True], [False, True], [0, 1, 4], [False, True], [False, True]),
        (False, True, 4, True, False),
    ],
)
def test_gradients_for_every_option(
    use_bias: bool, masked: bool, gates: int, backwards: bool, zeros: bool
) -> None:
    case = make_case(use_bias=use_bias, masked=masked, gates=gates)
    check_gradients(case, Rules(go_backwards=backwards, zero_output_for_mask=zeros))


def test_gradients_with_a_pair_of_functions() -> None:
    pair = activations.get((lambda z: z * z, lambda z: 2 * z))
    check_gradients(make_case(), Rules(activation=pair))


def test_one_step_by_hand() -> None:
    """One sample, feature and unit: every number can be followed."""
    weights = Weights(
        np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[0.5, 0.6, 0.7, 0.8]]), np.arange(4.0)
    )
    h, c, x = 0.3, -0.4, 0.1
    i, f, o = (1 / (1 + np.exp(-z)) for z in (0.1 + 0.15, 0.2 + 0.18 + 1, 0.4 + 0.24 + 3))
    c_next = f * c + i * np.tanh(0.3 + 0.21 + 2)
    after, _ = reference.step(
        weights=weights,
        rules=Rules(),
        x=np.array([[x]]),
        state=State(np.array([[h]]), np.array([[c]])),
        dropout=Dropout(),
    )
    np.testing.assert_allclose(after.c, c_next, rtol=1e-15)
    np.testing.assert_allclose(after.h, o * np.tanh(c_next), rtol=1e-15)


def test_an_open_forget_gate_is_the_carousel_of_1997() -> None:
    """f = 1 and i = 0: the memory stays, and so does the error that flows back through it."""
    case = make_case()
    bias = np.repeat([-1e3, 1e3, 0.0, 0.0], H)
    shut = case._replace(
        weights=Weights(
            np.zeros_like(case.weights.kernel), np.zeros_like(case.weights.recurrent_kernel), bias
        )
    )
    outputs, state, tape = run(shut, Rules())
    assert (state.c == case.state.c).all()
    back = reference.backward(
        weights=shut.weights,
        rules=Rules(),
        tape=tape,
        d_outputs=np.zeros_like(outputs),
        d_state=State(np.zeros((N, H)), np.ones((N, H))),
    )
    assert (back.state.c == 1.0).all()


def test_backwards_is_forwards_on_the_reversed_sequence() -> None:
    case = make_case(masked=True)
    assert case.mask is not None
    outputs, state, _ = run(case, Rules(go_backwards=True))
    turned = case._replace(x=case.x[:, ::-1], mask=case.mask[:, ::-1])
    expected, expected_state, _ = run(turned, Rules())
    assert (outputs == expected).all()
    assert (state.h == expected_state.h).all()


def test_masked_steps_repeat_state_and_output() -> None:
    case = make_case(masked=True)
    outputs, state, _ = run(case, Rules())
    assert (outputs[0, 0] == 0).all()  # nothing to repeat yet
    assert (outputs[0, 2] == outputs[0, 1]).all()
    assert (state.c[2] == case.state.c[2]).all()  # a sequence without a single step
    zeros, same_state, _ = run(case, Rules(zero_output_for_mask=True))
    assert (zeros[0, 2] == 0).all()
    assert (zeros[0, 1] == outputs[0, 1]).all()
    assert (same_state.h == state.h).all()


def test_a_mask_skips_steps_as_if_they_were_not_there() -> None:
    case = make_case()
    mask = np.tile([True, False, True, True], (N, 1))
    outputs, state, _ = run(case._replace(mask=mask), Rules())
    expected, expected_state, _ = run(case._replace(x=case.x[:, [0, 2, 3]]), Rules())
    assert (outputs[:, [0, 2, 3]] == expected).all()
    assert (state.c == expected_state.c).all()


def test_garbage_in_masked_steps_changes_nothing() -> None:
    case = make_case(masked=True)
    assert case.mask is not None
    garbage = case._replace(x=np.where(case.mask[:, :, None], case.x, np.nan))
    found, _, tape = run(garbage, Rules())
    assert (found == run(case, Rules())[0]).all()
    back = reference.backward(weights=case.weights, rules=Rules(), tape=tape, d_outputs=found)
    assert np.isfinite(back.weights.kernel).all()


def test_samples_do_not_see_each_other() -> None:
    case = make_case()
    together, _, _ = run(case, Rules())
    for n in range(N):
        state = State(*(s[n : n + 1] for s in case.state))
        alone, _, _ = run(case._replace(x=case.x[n : n + 1], state=state), Rules())
        np.testing.assert_allclose(alone[0], together[n], rtol=1e-14)


def test_a_sequence_in_two_pieces_is_the_same_sequence() -> None:
    case = make_case()
    whole, end, _ = run(case, Rules())
    first, between, _ = run(case._replace(x=case.x[:, :1]), Rules())
    second, last, _ = run(case._replace(x=case.x[:, 1:], state=between), Rules())
    assert (np.concatenate([first, second], axis=1) == whole).all()
    assert (last.c == end.c).all()


def test_equal_masks_for_each_gate_are_one_mask_for_all() -> None:
    case = make_case(gates=1)
    four = Dropout(*(np.repeat(mask, 4, axis=0) for mask in case.dropout))  # type: ignore[call-overload]
    expected = run(case, Rules())[0]
    assert (run(case._replace(dropout=four), Rules())[0] == expected).all()
    ones = Dropout(np.ones((4, N, F)), np.ones((4, N, H)))
    free = run(case._replace(dropout=Dropout()), Rules())[0]
    assert (run(case._replace(dropout=ones), Rules())[0] == free).all()


@pytest.mark.parametrize("dtype", [np.float32, np.longdouble])
def test_dtype_is_kept(dtype: type) -> None:
    case = make_case(masked=True)
    weights = Weights(*(w.astype(dtype) for w in case.weights if w is not None))
    outputs, _, tape = reference.forward(
        weights=weights, rules=Rules(), x=case.x.astype(dtype), mask=case.mask
    )
    back = reference.backward(weights=weights, rules=Rules(), tape=tape, d_outputs=outputs)
    assert outputs.dtype == back.x.dtype == back.weights.kernel.dtype == dtype
