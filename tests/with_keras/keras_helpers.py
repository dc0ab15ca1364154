"""What several of the Keras tests need: random weights, values and gradients on any backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

BATCH, STEPS, FEATURES, UNITS = 3, 5, 4, 6  # all different: no symmetry to hide behind
TOLERANCE = 1e-5


def numpy(values: Any) -> list[np.ndarray]:
    """All tensors of a nested structure, as arrays."""
    return [ops.convert_to_numpy(value) for value in keras.tree.flatten(values)]


def inputs(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape or (BATCH, STEPS, FEATURES)).astype("float32")


def randomise(layer: Any, rng: np.random.Generator, scale: float = 0.5) -> list[np.ndarray]:
    """Random weights, biases included; gives them back for a second layer."""
    weights = [rng.normal(0.0, scale, w.shape).astype("float32") for w in layer.get_weights()]
    layer.set_weights(weights)
    return weights


def outputs_and_gradients(
    call: Any, layer: Any, tensors: list[np.ndarray], seed: int
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """call(*tensors), and d weighted_sum(of it) / d (the layer's trainable variables, tensors)."""
    backends = {"jax": _with_jax, "tensorflow": _with_tensorflow, "torch": _with_torch}
    run = backends[keras.backend.backend()]

    def loss(*given: Any) -> tuple[Any, Any]:
        outputs = keras.tree.flatten(call(*given))
        return weighted_sum(outputs, np.random.default_rng(seed)), outputs

    return run(loss, layer, tensors)


def _with_jax(
    loss: Any, layer: Any, tensors: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    import jax

    variables = layer.trainable_variables
    others = [v for v in layer.variables if not v.trainable]

    def of(values: list[Any], given: list[Any], rest: list[Any]) -> Any:
        # Every variable is mapped, random states too, so that none is left holding a tracer.
        pairs = [*zip(variables, values, strict=True), *zip(others, rest, strict=True)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            value, outputs = loss(*given)
        return value, (outputs, [scope.get_current_value(v) for v in others])

    run = jax.grad(of, argnums=(0, 1), has_aux=True)
    given = [v.value for v in variables], tensors, [v.value for v in others]
    traced, shape = jax.make_jaxpr(run, return_shape=True)(*given)
    values = _operation_by_operation(traced.jaxpr, traced.consts, jax.tree.leaves(given))
    found, (outputs, after) = jax.tree.unflatten(jax.tree.structure(shape), values)
    for variable, value in zip(others, after, strict=True):
        variable.assign(value)
    return numpy(outputs), numpy(found)


def _operation_by_operation(jaxpr: Any, consts: list[Any], given: list[Any]) -> list[Any]:
    """What a function that JAX has traced gives. To compile it for one call takes longer than all
    else, and so does jax.grad of what is not compiled, which traces each operation anew."""
    values: dict[Any, Any] = dict(
        zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *given), strict=True)
    )

    def value(of: Any) -> Any:
        return of.val if hasattr(of, "val") else values[of]

    for step in jaxpr.eqns:
        found = _result(step, [value(of) for of in step.invars])
        values.update(zip(step.outvars, found, strict=True))
    return [value(of) for of in jaxpr.outvars]


def _result(step: Any, given: list[Any]) -> list[Any]:
    """What one operation of a traced function gives; loops and functions are gone into."""
    name, params = step.primitive.name, step.params
    if name == "scan":
        return _scanned(step, given)
    inner = params.get("jaxpr", params.get("call_jaxpr"))
    if name in ("jit", "pjit", "closed_call", "custom_jvp_call") and inner is not None:
        return _operation_by_operation(inner.jaxpr, inner.consts, given)
    found = step.primitive.bind(*given, **params)
    return list(found) if step.primitive.multiple_results else [found]


def _scanned(step: Any, given: list[Any]) -> list[Any]:
    """What a loop over the first axis gives. What it goes over, in or out, has an axis more outside
    than inside; JAX has said it in other ways from version to version."""
    inner, order = step.params["jaxpr"], range(step.params["length"])
    rows = _with_an_axis_more(step.invars, inner.jaxpr.invars)
    carried = len(step.outvars) - _with_an_axis_more(step.outvars, inner.jaxpr.outvars)
    first, end = len(given) - rows - carried, len(given) - rows
    consts, state, told = given[:first], given[first:end], []
    for at in reversed(order) if step.params["reverse"] else order:
        now = [*consts, *state, *(row[at] for row in given[end:])]
        found = _operation_by_operation(inner.jaxpr, inner.consts, now)
        state = found[:carried]
        told.append(found[carried:])
    told = told[::-1] if step.params["reverse"] else told
    return [*state, *(ops.stack(column) for column in zip(*told, strict=True))]


def _with_an_axis_more(outside: list[Any], inside: list[Any]) -> int:
    pairs = zip(outside, inside, strict=True)
    return sum(one.aval.ndim > other.aval.ndim for one, other in pairs)


def _with_tensorflow(
    loss: Any, layer: Any, tensors: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    import tensorflow as tf

    given = [tf.constant(t) for t in tensors]
    with tf.GradientTape() as tape:
        tape.watch(given)
        value, outputs = loss(*given)
    found = tape.gradient(value, [*(v.value for v in layer.trainable_variables), *given])
    return numpy(outputs), numpy(found)


def _with_torch(
    loss: Any, layer: Any, tensors: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    import torch

    given = [torch.tensor(t, requires_grad=True) for t in tensors]
    value, outputs = loss(*given)
    found = torch.autograd.grad(value, [*(v.value for v in layer.trainable_variables), *given])
    return numpy(outputs), numpy(found)


def weighted_sum(outputs: Any, rng: np.random.Generator) -> Any:
    """A loss that no two output elements enter alike; all of them smooth."""
    draws = [rng.normal(size=v.shape).astype("float32") for v in outputs]
    return sum(ops.sum(ops.multiply(v, d)) for v, d in zip(outputs, draws, strict=True))


def close(ours: list[np.ndarray], theirs: list[np.ndarray], tolerance: float = TOLERANCE) -> None:
    """Equal within ``tolerance``, relative to the largest element where that exceeds 1."""
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.shape == other.shape
        np.testing.assert_allclose(mine, other, rtol=0, atol=tolerance * max(1, abs(other).max()))
