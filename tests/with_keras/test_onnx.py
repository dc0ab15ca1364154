"""Networks as ONNX files: ONNX Runtime predicts what we predict, within 1e-5."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HOW = 'not installed: pip install "calloff[onnx]"'
onnx = pytest.importorskip("onnx", reason=f"onnx is {HOW}")
runtime = pytest.importorskip("onnxruntime", reason=f"onnxruntime is {HOW}")

from calloff.lstm import LSTM, Dense, Network, stack  # noqa: E402
from calloff.lstm.activations import BUILT_IN  # noqa: E402
from calloff.lstm.checks import weight_shapes  # noqa: E402
from calloff.lstm.contract import HeadPlan, LayerPlan, NetworkPlan  # noqa: E402
from calloff.lstm.onnx import to_onnx, write  # noqa: E402


def weights_of(plan: NetworkPlan, scale: float = 0.3) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(1)
    return tuple(rng.normal(0, scale, s).astype("float32") for _, s in weight_shapes(plan))


def predict(path: Path, x: np.ndarray) -> Any:
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def check(plan: NetworkPlan, folder: Path, scale: float = 0.3, steps: int = 6) -> Any:
    weights = weights_of(plan, scale)
    x = np.random.default_rng(2).normal(size=(5, steps, plan.features)).astype("float32")
    path = write(plan, weights, folder / "network.onnx")
    exact = [w.astype("float64") for w in weights]
    expected = stack.forward(plan, tuple(exact), x=x.astype("float64")).p
    found = predict(path, x)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    return onnx.load(path)


def operators(model: Any) -> list[str]:
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize("activation", BUILT_IN)
@pytest.mark.parametrize("recurrent_activation", BUILT_IN)
def test_activations(activation: str, recurrent_activation: str, tmp_path: Path) -> None:
    layer = LayerPlan(4, activation, recurrent_activation)
    model = check(NetworkPlan(3, (layer,), HeadPlan(2, activation)), tmp_path)
    needs_scan = {activation, recurrent_activation} & {"selu", "softplus", "swish", "gelu"}
    assert ("Scan" if needs_scan else "LSTM") in operators(model)


@pytest.mark.parametrize("kinds", list(itertools.product(["relu", "gelu"], repeat=2)))
@pytest.mark.parametrize("go_backwards", list(itertools.product([False, True], repeat=2)))
@pytest.mark.parametrize("use_bias", [False, True])
def test_stacks(
    kinds: tuple[str, str], go_backwards: tuple[bool, bool], use_bias: bool, tmp_path: Path
) -> None:
    """Both ways to write a layer, handing on to each other in both directions."""
    layers = tuple(
        LayerPlan(units, kind, use_bias=use_bias, go_backwards=backwards, dropout=0.5)
        for units, kind, backwards in zip((5, 3), kinds, go_backwards, strict=True)
    )
    check(NetworkPlan(4, layers, HeadPlan(1, use_bias=use_bias)), tmp_path)


@pytest.mark.parametrize("steps", [1, 40])
def test_any_number_of_steps(steps: int, tmp_path: Path) -> None:
    check(NetworkPlan(2, (LayerPlan(3), LayerPlan(3, "swish")), HeadPlan(1)), tmp_path, steps=steps)


def test_large_arguments(tmp_path: Path) -> None:
    """Softplus far beyond where exp(z) overflows: ONNX Runtime's LSTM would answer nan."""
    plan = NetworkPlan(3, (LayerPlan(4, "softplus"),), HeadPlan(1))
    x = np.full((1, 4, 3), 100.0, dtype="float32")
    weights = tuple(abs(w) for w in weights_of(plan))
    found = predict(write(plan, weights, tmp_path / "network.onnx"), x)
    expected = stack.forward(plan, tuple(w.astype("float64") for w in weights), x=x).p
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_a_fitted_network(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(9, 4, 3)).astype("float32"), rng.normal(size=(9, 1)).astype("float32")
    network = Network([LSTM(8, activation="relu", return_sequences=True), LSTM(8), Dense(1)])
    fitted = network.fit(x, y, epochs=2, engine="numpy")
    found = predict(to_onnx(fitted, tmp_path / "network.onnx"), x)
    np.testing.assert_allclose(found, fitted.predict(x), rtol=0, atol=1e-5)


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    plan = NetworkPlan(3, (LayerPlan(2, "cosine", "sine"),), HeadPlan(1, "tangent"))
    with pytest.raises(ValueError, match=r"(?s)tangent.*cosine.*sine.*shapes are \[\(1,\)\]"):
        write(plan, (np.ones(1, "float32"),), tmp_path / "network.onnx")
    x, y = np.ones((4, 2, 3)), np.ones((4, 1))
    network = Network([LSTM(2, stateful=True, zero_output_for_mask=True), Dense(1)])
    fitted = network.fit(x, y, batch_size=4, shuffle=False, engine="numpy")
    with pytest.raises(ValueError, match=r"(?s)layer 0.*stateful.*layer 0.*zero_output_for_mask"):
        to_onnx(fitted, tmp_path / "network.onnx")
    assert not (tmp_path / "network.onnx").exists()
