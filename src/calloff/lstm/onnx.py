"""A trained network as an ONNX file, for any runtime that reads ONNX.

ONNX's own LSTM operator takes a layer whose activations it knows; runtimes have fast code for it.
selu, swish and gelu it does not know (nor softplus, safely): such a layer becomes a Scan over one
step written in basic operators, which any runtime runs as well, only slower. So every plan can be
expressed.

The graph: input ``x`` (N, T, F) float32, output ``y`` (N, O) float32, N and T free. Dropout is left
out, as in every prediction; masks are not in the graph.

Dimensions: N samples, T steps, F features, H units of a layer, O outputs of the head.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.checks import weight_shapes
from calloff.lstm.contract import Array, HeadPlan, LayerPlan, NetworkPlan
from calloff.lstm.network import Fitted

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise ImportError(
        'calloff.lstm.onnx needs the ONNX packages: pip install "calloff[onnx]"', name="onnx"
    ) from error

OPSET = 20  # the first with a Gelu operator; read by ONNX Runtime 1.17 and later
IR_VERSION = 9  # that opset's own

# name -> (in the LSTM operator, its alpha, its beta)
_IN_LSTM: dict[str, tuple[str, float | None, float | None]] = {
    "linear": ("Affine", 1.0, 0.0),
    "tanh": ("Tanh", None, None),
    "sigmoid": ("Sigmoid", None, None),
    "hard_sigmoid": ("HardSigmoid", 1 / 6, 0.5),
    "relu": ("Relu", None, None),
    "leaky_relu": ("LeakyRelu", 0.2, None),
    "elu": ("Elu", 1.0, None),
    "softsign": ("Softsign", None, None),
    # Not softplus: ONNX Runtime's LSTM (1.32) computes log(1 + exp(z)), infinite from z = 89 on.
}
# name -> (operator, its attributes)
_OPERATORS: dict[str, tuple[str, dict[str, Any]]] = {
    "linear": ("Identity", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "elu": ("Elu", {"alpha": 1.0}),
    "selu": ("Selu", {}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "gelu": ("Gelu", {}),
}
_SWISH = ("swish", "silu")  # x * sigmoid(x): two operators


@dataclass
class _Graph:
    """Nodes and constants of a graph that is being written."""

    prefix: str = ""
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """One node more; gives the names of its outputs."""
        stem = f"{self.prefix}{operator.lower()}_{len(self.nodes)}"
        names = [f"{stem}.{i}" if i else stem for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, name=stem, **attributes))
        return names

    def one(self, operator: str, *inputs: str, **attributes: Any) -> str:
        return self.add(operator, *inputs, **attributes)[0]

    def constant(self, values: Any, name: str = "constant") -> str:
        full = f"{self.prefix}{name}_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), full))
        return full

    def activation(self, name: str, z: str) -> str:
        if name in _SWISH:
            return self.one("Mul", z, self.one("Sigmoid", z))
        operator, attributes = _OPERATORS[name]
        return self.one(operator, z, **attributes)


def to_onnx(fitted: Fitted, path: str | Path) -> Path:
    """Write a fitted network as an ONNX file, from which any ONNX runtime predicts the same.

    Args:
        fitted: the network.
        path: the file.

    Returns:
        The file.

    Raises:
        ValueError: with all options that one graph without memory or masks cannot express.
    """
    extras = fitted.network.extras()
    problems = [
        f"layer {index} has {option}=True, which one graph without memory or masks cannot do"
        for option in ("stateful", "zero_output_for_mask")
        for index, used in enumerate(getattr(extras, option))
        if used
    ]
    if problems:
        raise ValueError(_listed(problems))
    return write(fitted.network.plan(fitted.features), fitted.weights, path)


def write(plan: NetworkPlan, weights: tuple[Array, ...], path: str | Path) -> Path:
    """Write an ONNX file from a plan and its weights; it has passed ONNX's own checker.

    Args:
        plan: the network.
        weights: its weights, in the order of ``weight_shapes``.
        path: the file.

    Returns:
        The file.
    """
    _check(plan, weights)
    model = onnx_model(plan, weights)
    onnx.checker.check_model(model, full_check=True)
    path = Path(path)
    path.write_bytes(model.SerializeToString())
    return path


def onnx_model(plan: NetworkPlan, weights: tuple[Array, ...]) -> Any:
    """Write a network as an ``onnx.ModelProto``.

    Args:
        plan: the network.
        weights: its weights, in the order of ``weight_shapes``.

    Returns:
        The model.
    """
    graph, queue = _Graph(), [np.asarray(w, dtype=np.float32) for w in weights]
    sequence = graph.one("Transpose", "x", perm=[1, 0, 2])  # (T, N, F)
    last = sequence
    for layer in plan.layers:
        own, queue = queue[: 2 + layer.use_bias], queue[2 + layer.use_bias :]
        if layer.go_backwards:
            sequence = _reversed(graph, sequence)
        write = _operator_layer if _is_known(layer) else _scan_layer
        sequence, last = write(graph, layer, own, sequence)  # (T, N, H), (N, H)
    graph.activation(plan.head.activation, _dense(graph, plan.head, queue, last))
    graph.nodes[-1].output[0] = "y"
    return _model(plan, graph)


def _model(plan: NetworkPlan, graph: _Graph) -> Any:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", "T", plan.features])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", plan.head.outputs])
    return helper.make_model(
        helper.make_graph(graph.nodes, "calloff", [x], [y], graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="calloff",
    )


def _check(plan: NetworkPlan, weights: tuple[Array, ...]) -> None:
    """All that would make a broken file, at once."""
    known = {*_OPERATORS, *_SWISH}
    problems = []
    for where, name in _activations(plan):
        if name not in known:
            problems.append(f"{where} is {name!r}, not one of {', '.join(sorted(known))}")
    expected, found = [shape for _, shape in weight_shapes(plan)], [np.shape(w) for w in weights]
    if expected != found:
        problems.append(f"the weights' shapes are {found}, not {expected}")
    if problems:
        raise ValueError(_listed(problems))


def _listed(problems: list[str]) -> str:
    return "\n- ".join(["the network cannot be written as ONNX:", *problems])


def _activations(plan: NetworkPlan) -> list[tuple[str, str]]:
    named = [("the head's activation", plan.head.activation)]
    for index, layer in enumerate(plan.layers):
        named.append((f"layer {index}'s activation", layer.activation))
        named.append((f"layer {index}'s recurrent_activation", layer.recurrent_activation))
    return named


def _is_known(layer: LayerPlan) -> bool:
    """Whether ONNX's LSTM operator has both activations."""
    return layer.activation in _IN_LSTM and layer.recurrent_activation in _IN_LSTM


def _reversed(graph: _Graph, sequence: str) -> str:
    """The steps in reverse order: go_backwards leaves its outputs in the order of processing,
    where the operator's own direction="reverse" would sort them again."""
    bounds = [graph.constant(np.array([n], dtype=np.int64)) for n in (-1, np.iinfo(np.int64).min)]
    axis, stride = (graph.constant(np.array([n], dtype=np.int64)) for n in (0, -1))
    return graph.one("Slice", sequence, *bounds, axis, stride)


def _operator_layer(
    graph: _Graph, layer: LayerPlan, weights: list[NDArray[np.float32]], sequence: str
) -> tuple[str, str]:
    """ONNX's LSTM: gates in the order i, o, f, g; weights transposed, behind a direction axis."""
    units = layer.units

    def rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        i, f, g, o = np.split(matrix, 4, axis=-1)
        return np.concatenate([i, o, f, g], axis=-1).T[None]  # (1, 4H, ...)

    bias = rows(weights[2]) if layer.use_bias else np.zeros((1, 4 * units), np.float32)
    inputs = [
        graph.constant(rows(weights[0]), "kernel"),  # (1, 4H, F)
        graph.constant(rows(weights[1]), "recurrent_kernel"),  # (1, 4H, H)
        graph.constant(np.concatenate([bias, np.zeros_like(bias)], axis=1), "bias"),  # (1, 8H)
    ]
    # Of f for the gates, g for the candidate and h for the output, in this order; alphas and betas
    # have one entry for each of the three that takes it.
    chosen = [_IN_LSTM[layer.recurrent_activation], *[_IN_LSTM[layer.activation]] * 2]
    numbers = {
        "activation_alpha": [alpha for _, alpha, _ in chosen if alpha is not None],
        "activation_beta": [beta for _, _, beta in chosen if beta is not None],
    }
    outputs, last, _ = graph.add(
        "LSTM",
        sequence,
        *inputs,
        outputs=3,
        hidden_size=units,
        activations=[name for name, _, _ in chosen],
        **{name: values for name, values in numbers.items() if values},
    )
    one = graph.constant(np.array([1], dtype=np.int64))
    zero = graph.constant(np.array([0], dtype=np.int64))
    return graph.one("Squeeze", outputs, one), graph.one("Squeeze", last, zero)


def _scan_layer(
    graph: _Graph, layer: LayerPlan, weights: list[NDArray[np.float32]], sequence: str
) -> tuple[str, str]:
    """The same recurrence in basic operators: x W + b for all steps at once, then a Scan."""
    z = graph.one("MatMul", sequence, graph.constant(weights[0], "kernel"))
    if layer.use_bias:
        z = graph.one("Add", z, graph.constant(weights[2], "bias"))  # (T, N, 4H)
    samples = graph.one("Shape", sequence, start=1, end=2)
    width = graph.constant(np.array([layer.units], dtype=np.int64))
    start = graph.one("ConstantOfShape", graph.one("Concat", samples, width, axis=0))  # (N, H)
    prefix = f"step{len(graph.nodes)}_"
    last, _, outputs = graph.add(
        "Scan",
        *(start, start, z),
        outputs=3,
        body=_step(layer, weights[1], prefix),
        num_scan_inputs=1,
    )
    return outputs, last


def _step(layer: LayerPlan, recurrent_kernel: NDArray[np.float32], prefix: str) -> Any:
    """One step: (h, c, z of the inputs) -> (h, c, h); gates in the order i, f, g, o."""
    body = _Graph(prefix)
    h, c, z_x = (f"{prefix}{name}" for name in ("h", "c", "z"))
    product = body.one("MatMul", h, body.constant(recurrent_kernel, "recurrent_kernel"))
    z_i, z_f, z_g, z_o = body.add(
        "Split", body.one("Add", z_x, product), outputs=4, axis=1, num_outputs=4
    )
    i = body.activation(layer.recurrent_activation, z_i)
    f = body.activation(layer.recurrent_activation, z_f)
    g = body.activation(layer.activation, z_g)
    o = body.activation(layer.recurrent_activation, z_o)
    c_new = body.one("Add", body.one("Mul", f, c), body.one("Mul", i, g))
    h_new = body.one("Mul", o, body.activation(layer.activation, c_new))
    out = body.one("Identity", h_new)

    def named(name: str, width: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width])

    h_in, c_in, h_out, c_out, y = (named(n, layer.units) for n in (h, c, h_new, c_new, out))
    inputs = [h_in, c_in, named(z_x, 4 * layer.units)]
    return helper.make_graph(body.nodes, f"{prefix}body", inputs, [h_out, c_out, y], body.constants)


def _dense(graph: _Graph, head: HeadPlan, weights: list[NDArray[np.float32]], last: str) -> str:
    z = graph.one("MatMul", last, graph.constant(weights[0], "kernel"))  # (N, O)
    return graph.one("Add", z, graph.constant(weights[1], "bias")) if head.use_bias else z
