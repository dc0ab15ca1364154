"""Who works on tasks: processes of this machine, or Dask's workers on this one and others.

Both are executors of ``concurrent.futures``, closed by ``with``.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from calloff.texts.arguments import instance, require, whole
from calloff.texts.errors import fail

MOST_WORKERS = 1024
SECONDS = 30  # until a scheduler answers, and then until it has a worker


class LocalExecutor(Executor):
    """Processes, each behind a thread of its own, so that one that dies takes one task along.

    In the standard library's pool of several processes all tasks are lost with one of them, and
    nothing says whose fault it was.

    Args:
        workers: how many processes.
    """

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="calloff-worker")
        self._own = threading.local()
        self._pools: set[ProcessPoolExecutor] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called in a process.

        Args:
            fn: the function.
            args: its arguments.
            kwargs: those by name.

        Returns:
            What it will have given.
        """
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: after their tasks where ``wait``, without those that have not begun
        where ``cancel_futures``."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for pool in list(self._pools):
            pool.shutdown(wait, cancel_futures=cancel_futures)

    def _run(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        pool = self._pool()
        try:
            return pool.submit(fn, *args, **kwargs).result()
        except BrokenProcessPool:
            self._own.pool = None
            self._pools.discard(pool)
            pool.shutdown(wait=False)
            raise

    def _pool(self) -> ProcessPoolExecutor:
        """The process of this thread, made where there is none. It is begun anew, not forked: a
        fork would copy the locks of our threads in whatever state they are."""
        pool: ProcessPoolExecutor | None = getattr(self._own, "pool", None)
        if pool is None:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(1, context, initializer=_end_with_parent)
            self._own.pool = pool
            self._pools.add(pool)
        return pool


def _end_with_parent() -> None:
    """Have this process end with the one that began it, however that ends."""

    def watch() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class DaskExecutor(Executor):
    """Dask's executor, which closes its client when it is closed.

    Args:
        client: connected to a scheduler.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        # Not "pure": an equal call is a new one, as the store may hold more by then.
        self._executor = client.get_executor(pure=False)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called by a worker.

        Args:
            fn: the function.
            args: its arguments.
            kwargs: those by name.

        Returns:
            What it will have given.
        """
        found: Future[Any] = self._executor.submit(fn, *args, **kwargs)
        return found

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the scheduler: after all tasks where ``wait`` and not ``cancel_futures``."""
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._client.close()


def local_executor(workers: int) -> LocalExecutor:
    """Make processes of this machine that work on tasks.

    They import the main module: a script must call this below ``if __name__ == "__main__":``.

    Args:
        workers: how many, from 1 to 1024.

    Returns:
        The executor.

    Raises:
        CalloffError: this is no such number.
    """
    require(whole(workers, "workers", 1, MOST_WORKERS))
    return LocalExecutor(workers)


def dask_executor(address: str) -> DaskExecutor:
    """Have the workers of a Dask scheduler work on tasks.

    They need the same version of calloff, and the same paths to what they read and write.

    Args:
        address: of the scheduler, such as "tcp://host:8786".

    Returns:
        The executor.

    Raises:
        CalloffError: Dask is not installed, nothing answers there, or the scheduler has no worker.
    """
    require(instance(address, "address", str))
    try:
        from distributed import Client
    except ImportError as error:
        raise fail("many.not_installed", missing=error.name or "distributed") from error
    try:
        client = Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise fail("many.scheduler", address=address, error=reason[:200]) from error
    try:
        client.wait_for_workers(1, timeout=SECONDS)
    except (OSError, TimeoutError) as error:
        client.close()
        raise fail("many.no_workers", address=address, seconds=SECONDS) from error
    return DaskExecutor(client)
