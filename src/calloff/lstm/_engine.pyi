from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Figures = NDArray[np.float64]

def kernel_names() -> list[str]: ...
def train(
    jobs: list[Any],
    threads: int,
    progress: Callable[[int, int], object] | None,
    isa: str | None,
    poison: bool,
) -> list[tuple[list[Floats], Figures, Figures, Figures, int, int, int]]: ...
def predict(
    plan: Any,
    weights: tuple[Floats, ...],
    x: Floats,
    mask: NDArray[np.bool_] | None,
    out: Floats,
    threads: int,
    isa: str | None,
    poison: bool,
) -> None: ...
def gradients(
    job: Any, batch: int, out: list[Floats], threads: int, isa: str | None, poison: bool
) -> float: ...
def time_multiply_add(rounds: int, isa: str) -> tuple[float, int]: ...
def activation(name: str, z: Floats, value: Floats, slope: Floats, isa: str | None) -> None: ...
