"""Initialisers, regularizers and constraints, against their definitions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from gradients import assert_exact, complex_step

from calloff.lstm import constraints, initializers, regularizers

W = np.random.default_rng(1).normal(size=(6, 4))


def _draw(spec: Any, shape: tuple[int, ...] = (300, 500), seed: int = 0) -> np.ndarray:
    return initializers.get(spec)(shape, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / 800),
        ("glorot_normal", 2 / 800),
        ("he_uniform", 2 / 300),
        ("he_normal", 2 / 300),
        ("lecun_uniform", 1 / 300),
        ("lecun_normal", 1 / 300),
        ("variance_scaling", 1 / 300),
        ("random_normal", 0.05**2),
        ("random_uniform", 0.1**2 / 12),
        ("truncated_normal", (0.05 * 0.8796256610342398) ** 2),
    ],
)
def test_variances(name: str, variance: float) -> None:
    """150,000 numbers: the mean within 4 standard errors of 0, the variance within 2 percent."""
    numbers = _draw(name)
    assert abs(numbers.mean()) < 4 * math.sqrt(variance / numbers.size)
    assert numbers.var() == pytest.approx(variance, rel=0.02)


def test_limits() -> None:
    assert np.abs(_draw("glorot_uniform")).max() <= math.sqrt(6 / 800)
    assert np.abs(_draw("truncated_normal")).max() <= 0.1
    assert np.abs(_draw("random_uniform")).max() <= 0.05


@pytest.mark.parametrize("shape", [(5, 20), (20, 5), (7, 7)])
def test_orthogonal(shape: tuple[int, int]) -> None:
    q = _draw(initializers.Orthogonal(gain=2.0), shape)
    small = q @ q.T if shape[0] < shape[1] else q.T @ q
    np.testing.assert_allclose(small, 4 * np.eye(min(shape)), atol=1e-13)


def test_constants() -> None:
    assert (_draw("zeros", (3,)) == 0).all()
    assert (_draw("ones", (3,)) == 1).all()
    assert (_draw(initializers.Constant(2.5), (3,)) == 2.5).all()
    assert (_draw(initializers.Identity(3.0), (2, 3)) == 3 * np.eye(2, 3)).all()


@pytest.mark.parametrize("name", ["orthogonal", "identity"])
def test_matrices_only(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        _draw(name, (3,))


def test_a_seed_of_its_own() -> None:
    own = initializers.GlorotUniform(seed=5)
    assert (_draw(own, (2, 3), 0) == _draw(own, (2, 3), 1)).all()
    assert (_draw("glorot_uniform", (2, 3), 0) != _draw("glorot_uniform", (2, 3), 1)).all()


@pytest.mark.parametrize(
    "wrong", [{"scale": 0.0}, {"mode": "fan"}, {"distribution": "flat"}], ids=str
)
def test_wrong_scaling_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        initializers.VarianceScaling(**wrong)


REGULARIZERS = [
    (regularizers.L1(0.3), 0.3 * np.abs(W).sum()),
    (regularizers.L2(0.3), 0.3 * (W**2).sum()),
    (regularizers.L1L2(0.1, 0.2), 0.1 * np.abs(W).sum() + 0.2 * (W**2).sum()),
    (regularizers.OrthogonalRegularizer(0.5, "rows"), None),
    (regularizers.OrthogonalRegularizer(0.5, "columns"), None),
]


@pytest.mark.parametrize(("regularizer", "value"), REGULARIZERS, ids=str)
def test_regularizers(regularizer: regularizers.Regularizer, value: float | None) -> None:
    if value is not None:
        assert regularizer.value(W) == pytest.approx(value, rel=1e-14)
    assert_exact(regularizer.gradient(W), complex_step(regularizer.value, W))


def test_orthogonal_regularizer_by_hand() -> None:
    """Two rows at 60 degrees: one pair, cosine 1/2."""
    w = np.array([[2.0, 0.0], [0.5, math.sqrt(0.75)]])
    assert regularizers.OrthogonalRegularizer(0.1).value(w) == pytest.approx(0.05)
    assert regularizers.OrthogonalRegularizer(0.1).value(np.eye(3)) == 0.0


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal_regularizer_of_zeros_is_finite(mode: str) -> None:
    regularizer = regularizers.OrthogonalRegularizer(mode=mode)
    assert regularizer.value(np.zeros((3, 2))) == 0.0
    assert np.isfinite(regularizer.gradient(np.zeros((3, 2)))).all()


def test_orthogonal_regularizer_refuses() -> None:
    with pytest.raises(ValueError, match="mode"):
        regularizers.OrthogonalRegularizer(mode="diagonals")
    with pytest.raises(ValueError, match="needs a matrix"):
        regularizers.OrthogonalRegularizer().value(np.ones(3))


def _norms(w: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.linalg.norm(w, axis=axis)


def test_max_norm() -> None:
    kept = constraints.MaxNorm(2.0)(W)
    np.testing.assert_allclose(_norms(kept), np.minimum(_norms(W), 2.0), rtol=1e-6)
    assert (_norms(constraints.MaxNorm(2.0, axis=1)(W), 1) <= 2.0).all()


def test_min_max_norm() -> None:
    kept = constraints.MinMaxNorm(1.9, 2.1)(W)
    np.testing.assert_allclose(_norms(kept), np.clip(_norms(W), 1.9, 2.1), rtol=1e-6)
    half = constraints.MinMaxNorm(1.9, 2.1, rate=0.5)(W)
    wanted = 0.5 * np.clip(_norms(W), 1.9, 2.1) + 0.5 * _norms(W)
    np.testing.assert_allclose(_norms(half), wanted, rtol=1e-6)


def test_non_negative_and_unit_norm() -> None:
    assert (constraints.NonNeg()(W) == np.where(W > 0, W, 0)).all()
    np.testing.assert_allclose(_norms(constraints.UnitNorm()(W)), 1.0, rtol=1e-6)
    assert np.isfinite(constraints.UnitNorm()(np.zeros((2, 2)))).all()


@pytest.mark.parametrize(
    ("module", "values"),
    [
        (initializers, [initializers.Orthogonal(2.0), initializers.HeNormal(3), "zeros"]),
        (regularizers, [*(r for r, _ in REGULARIZERS), "l2", None]),
        (constraints, [constraints.MaxNorm(3.0), constraints.NonNeg(), "unit_norm", None]),
    ],
)
def test_configs_come_back(module: Any, values: list[Any]) -> None:
    for value in values:
        config = module.config(value)
        if value is not None:
            assert module.get(config) == module.get(value)
            assert module.config(config) == config


def test_the_user_may_bring_functions() -> None:
    assert constraints.get(np.abs) is np.abs
    assert initializers.get(lambda shape, rng: np.full(shape, 7.0))((2,), None)[0] == 7.0  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="cannot be written to a config"):
        constraints.config(np.abs)


def test_names_are_as_in_keras() -> None:
    assert regularizers.get("l1_l2") == regularizers.L1L2(0.01, 0.01)
    assert regularizers.get("L2") == regularizers.L2(0.01)
    assert constraints.get("max_norm") == constraints.MaxNorm(2.0)
    with pytest.raises(ValueError, match="an initializer must be given"):
        initializers.get(None)  # type: ignore[arg-type]
