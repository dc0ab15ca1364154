"""One thread for linear algebra, so that its results do not depend on the number of cores.

A BLAS library splits a product among its threads, and another split rounds otherwise: forecasts
differed in the last digits between one core and two. Our products are small, so that nothing is
lost by one thread; the LSTM's engine has threads of its own, with the same bits for any number.

The number belongs to the process, so only its main thread changes it, and puts it back (OpenBLAS
0.3.31 takes no other number from another thread once the main one has set it). Who asks from other
threads sets OPENBLAS_NUM_THREADS=1 for the same bits, as the command line does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import current_thread, main_thread

from threadpoolctl import ThreadpoolController


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which BLAS has one thread, where the main thread enters it."""
    if current_thread() is not main_thread():
        yield
        return
    with _libraries().limit(limits=1, user_api="blas"):
        yield


def blas_threads() -> int:
    """How many threads BLAS has in this process now; 1 where none is loaded."""
    found = (each["num_threads"] for each in _libraries().info() if each["user_api"] == "blas")
    return max(found, default=1)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
