"""What workers are given in these tests; a module, as a process begun anew must find it."""

from __future__ import annotations

import os
import signal
import time
import warnings
import weakref
from pathlib import Path
from typing import ClassVar

from calloff.rolling.blas import blas_threads
from calloff.texts.errors import CalloffError, Problem


class Foreign:
    """A fact that no other process can be given."""

    def __reduce__(self) -> str:
        raise TypeError("cannot be pickled")

    def __str__(self) -> str:
        return "17"


def double(number: int) -> int:
    return 2 * number


def refuse(number: int) -> int:
    raise CalloffError([Problem("file.empty"), Problem("many.blas", facts={"count": Foreign()})])


def counted(folder: Path) -> int:
    """How often this was called, now included."""
    (folder / f"call {time.time_ns()}").touch()
    return len(list(folder.iterdir()))


def fail_once(folder: Path) -> int:
    if (calls := counted(folder)) == 1:
        raise OSError(28, "No space left on device")
    return calls


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(folder: Path) -> int:
    if (calls := counted(folder)) == 1:
        die()
    return calls


def die_if_negative(number: int) -> int:
    """Dies late enough for others to be at work meanwhile."""
    time.sleep(0.05)
    if number < 0:
        die()
    return double(number)


def die_if_told(argument: tuple[int, Path | None]) -> int:
    number, folder = argument
    return double(number) if folder is None else die_once(folder)


def leave(number: int) -> int:
    raise SystemExit(number)


def warn(number: int) -> int:
    warnings.warn("the plan stands in", stacklevel=1)
    return number


def threads(number: int) -> int:
    return blas_threads()


def process(number: int) -> int:
    return os.getpid()


def give_back(number: int) -> object:
    """What cannot be sent back."""
    return lambda: number


class Ring:
    """What refers to itself, as a past does that remembers what was made from it."""

    there: ClassVar[list[weakref.ref[Ring]]] = []

    def __init__(self) -> None:
        self.itself = self
        self.there.append(weakref.ref(self))


def rings_left(value: int) -> int:
    """How many rings of earlier tasks of this process are still there; leaves one behind."""
    left = sum(ring() is not None for ring in Ring.there)
    Ring()
    return left
