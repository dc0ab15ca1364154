"""First weights, by Keras's names. A random generator is passed in and used up, never kept.

Dimensions: a kernel is (fan_in, fan_out); of a vector both are its length.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from calloff.lstm.registry import Registry

Array = NDArray[Any]
Shape = tuple[int, ...]
Initializer = Callable[[Shape, "np.random.Generator"], Array]  # quoted: its import takes 20 ms
Spec = str | dict[str, Any] | Initializer


def _own(seed: int | None, rng: np.random.Generator) -> np.random.Generator:
    """The initializer's own generator where it has a seed, else the one passed in."""
    return rng if seed is None else np.random.default_rng(seed)


def _truncated_normal(shape: Shape, rng: np.random.Generator) -> Array:
    """Standard normal numbers; those beyond two standard deviations are drawn again."""
    numbers = rng.standard_normal(shape)
    while (far := np.abs(numbers) > 2.0).any():
        numbers[far] = rng.standard_normal(int(far.sum()))
    return numbers


@dataclass(frozen=True)
class Zeros:
    """All 0."""

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.zeros(shape)


@dataclass(frozen=True)
class Ones:
    """All 1."""

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.ones(shape)


@dataclass(frozen=True)
class Constant:
    """All ``value``."""

    value: float = 0.0

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.full(shape, float(self.value))


@dataclass(frozen=True)
class RandomNormal:
    """Normal numbers.

    Attributes:
        mean: their mean.
        stddev: their standard deviation.
        seed: seed of a generator of their own; None: that of the network.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return _own(self.seed, rng).normal(self.mean, self.stddev, shape)


@dataclass(frozen=True)
class RandomUniform:
    """Uniform numbers.

    Attributes:
        minval: the least.
        maxval: the largest.
        seed: seed of a generator of their own; None: that of the network.
    """

    minval: float = -0.05
    maxval: float = 0.05
    seed: int | None = None

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return _own(self.seed, rng).uniform(self.minval, self.maxval, shape)


@dataclass(frozen=True)
class TruncatedNormal:
    """Normal numbers; those beyond two standard deviations are drawn again.

    Attributes:
        mean: their mean.
        stddev: their standard deviation before they are cut off.
        seed: seed of a generator of their own; None: that of the network.
    """

    mean: float = 0.0
    stddev: float = 0.05
    seed: int | None = None

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self.mean + self.stddev * _truncated_normal(shape, _own(self.seed, rng))


# The standard deviation of a standard normal number cut off at -2 and 2.
_TRUNCATED_DEVIATION = 0.87962566103423978


@dataclass(frozen=True)
class VarianceScaling:
    """Numbers of the variance scale / fan.

    Attributes:
        scale: the scale, above 0.
        mode: what fan is: "fan_in", "fan_out" or their mean, "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: seed of a generator of their own; None: that of the network.

    Raises:
        ValueError: an option is none of these.

    Source:
        LeCun et al. (1998), "Efficient backprop"; Glorot & Bengio (2010); He et al. (2015).
    """

    scale: float = 1.0
    mode: str = "fan_in"
    distribution: str = "truncated_normal"
    seed: int | None = None

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"scale must be a positive number, not {self.scale!r}")
        if self.mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"mode must be fan_in, fan_out or fan_avg, not {self.mode!r}")
        if self.distribution not in ("normal", "truncated_normal", "untruncated_normal", "uniform"):
            raise ValueError(
                "distribution must be truncated_normal, untruncated_normal or uniform, not"
                f" {self.distribution!r}"
            )

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        fan_in, fan_out = shape[0], shape[-1]
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        deviation = math.sqrt(self.scale / max(1.0, fan))
        rng = _own(self.seed, rng)
        if self.distribution == "uniform":
            return rng.uniform(-math.sqrt(3.0) * deviation, math.sqrt(3.0) * deviation, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, deviation, shape)
        return deviation / _TRUNCATED_DEVIATION * _truncated_normal(shape, rng)


def _scaling(scale: float, mode: str, distribution: str) -> Callable[..., VarianceScaling]:
    def make(seed: int | None = None) -> VarianceScaling:
        return VarianceScaling(scale, mode, distribution, seed)

    return make


GlorotUniform = _scaling(1.0, "fan_avg", "uniform")
GlorotNormal = _scaling(1.0, "fan_avg", "truncated_normal")
HeUniform = _scaling(2.0, "fan_in", "uniform")
HeNormal = _scaling(2.0, "fan_in", "truncated_normal")
LecunUniform = _scaling(1.0, "fan_in", "uniform")
LecunNormal = _scaling(1.0, "fan_in", "truncated_normal")


def _needs_matrix(name: str, shape: Shape) -> None:
    if len(shape) != 2:
        raise ValueError(f"{name} can start a matrix only, not an array of shape {shape}")


@dataclass(frozen=True)
class Orthogonal:
    """Rows (or columns, of a tall matrix) at right angles.

    Attributes:
        gain: length of each.
        seed: seed of a generator of its own; None: that of the network.

    Source:
        Saxe, McClelland & Ganguli (2014).
    """

    gain: float = 1.0
    seed: int | None = None

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        _needs_matrix("orthogonal", shape)
        tall = _own(self.seed, rng).standard_normal((max(shape), min(shape)))
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diag(r))  # else not all orthogonal matrices are equally likely
        return self.gain * (q if shape[0] >= shape[1] else q.T)


@dataclass(frozen=True)
class Identity:
    """The identity matrix times ``gain``."""

    gain: float = 1.0

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        _needs_matrix("identity", shape)
        return self.gain * np.eye(shape[0], shape[1])


_REGISTRY: Registry[Initializer] = Registry(
    noun="an initializer",
    kinds={
        "Zeros": Zeros,
        "Ones": Ones,
        "Constant": Constant,
        "RandomNormal": RandomNormal,
        "RandomUniform": RandomUniform,
        "TruncatedNormal": TruncatedNormal,
        "VarianceScaling": VarianceScaling,
        "GlorotUniform": GlorotUniform,
        "GlorotNormal": GlorotNormal,
        "HeUniform": HeUniform,
        "HeNormal": HeNormal,
        "LecunUniform": LecunUniform,
        "LecunNormal": LecunNormal,
        "Orthogonal": Orthogonal,
        "OrthogonalInitializer": Orthogonal,
        "Identity": Identity,
        "IdentityInitializer": Identity,
    },
    names={
        "zeros": Zeros,
        "ones": Ones,
        "constant": Constant,
        "random_normal": RandomNormal,
        "random_uniform": RandomUniform,
        "truncated_normal": TruncatedNormal,
        "variance_scaling": VarianceScaling,
        "glorot_uniform": GlorotUniform,
        "glorot_normal": GlorotNormal,
        "he_uniform": HeUniform,
        "he_normal": HeNormal,
        "lecun_uniform": LecunUniform,
        "lecun_normal": LecunNormal,
        "orthogonal": Orthogonal,
        "identity": Identity,
    },
    accepts=callable,
    wanted="a function of (shape, generator)",
)


def get(spec: Spec) -> Initializer:
    """Find the initializer that an option means.

    Args:
        spec: a name, a config, or a function of shape and generator.

    Returns:
        The initializer.

    Raises:
        ValueError: it is none of these.
    """
    if spec is None:
        raise ValueError("an initializer must be given, not None")
    return cast(Initializer, _REGISTRY.get(spec))


config = _REGISTRY.config
