from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Figures = NDArray[np.float64]

def instruction_sets() -> list[str]: ...
def chosen_instruction_set(plan: Any) -> str: ...
def train(
    jobs: list[Any],
    rules: list[list[Any]],
    threads: int,
    progress: Callable[[int, int], object] | None,
    instruction_set: str | None,
    poison: bool,
) -> list[tuple[list[Floats], Figures, Figures, Figures, int, int, int, str]]: ...
def groups(
    jobs: list[Any], rules: list[list[Any]], threads: int, instruction_set: str | None
) -> list[list[int]]: ...
def predict(
    plan: Any,
    weights: tuple[Floats, ...],
    x: Floats,
    static_x: Floats | None,
    mask: NDArray[np.bool_] | None,
    out: Floats,
    threads: int,
    instruction_set: str | None,
    poison: bool,
) -> None: ...
def gradients(
    job: Any,
    rules: list[Any],
    batch: int,
    out: list[Floats],
    threads: int,
    instruction_set: str | None,
    poison: bool,
) -> float: ...
def time_multiply_add(rounds: int, instruction_set: str) -> tuple[float, int]: ...
def activation(
    name: str, z: Floats, value: Floats, derivative: Floats, instruction_set: str | None
) -> None: ...
def square_root(x: Floats, out: Floats, instruction_set: str | None) -> None: ...
