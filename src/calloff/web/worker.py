"""What runs in a worker's process: one job from standard input, its answer on standard output.

Its life ends with the server's, however that ends.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from calloff.texts.errors import CalloffError, Problem
from calloff.web.run_store import pack
from calloff.web.tasks import import_all, perform

Say = Callable[[dict[str, Any]], None]
MOST = 100  # problems that are told
FULL = 0.7  # of the memory limit; what is asked for at once may be a third of it


def main() -> None:
    """Take a job and answer it, with a line for each step on the way."""
    say = _speaker()
    _limit_memory(int(sys.argv[1]))
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    import_all()
    say(answer(jobs.get(), say))


def answer(job: dict[str, Any], say: Say) -> dict[str, Any]:
    """The facts of a job's result, or its problems."""

    def tell(share: float, stage: str) -> None:
        say({"share": round(share, 3), "stage": stage})

    def ready(facts: dict[str, Any]) -> None:
        say({"ready": facts})

    folder = Path(job["folder"])
    try:
        return {"facts": perform(folder, job, tell, ready)}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if os.environ.get("CALLOFF_DEBUG"):
            traceback.print_exc()
        found = [pack(without_folder(problem, folder)) for problem in _problems(error)[:MOST]]
        return {"problems": found}


def _problems(error: BaseException) -> tuple[Problem, ...]:
    if isinstance(error, CalloffError):
        return error.problems
    if isinstance(error, MemoryError) or (not isinstance(error, Exception) and _memory_is_full()):
        return (Problem("web.memory"),)
    if isinstance(error, OSError) and error.strerror:
        return (Problem("write.refused", facts={"error": error.strerror}),)
    return (Problem("web.fault", facts={"kind": type(error).__name__}),)


def _memory_is_full() -> bool:
    """Whether a library in Rust may have panicked for want of memory: most of it was taken."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10  # KiB; on macOS bytes
    return limit != resource.RLIM_INFINITY and taken > FULL * limit


def without_folder(problem: Problem, folder: Path) -> Problem:
    """A problem that says nothing of where on the server the run's files are."""

    def plain(text: object) -> object:
        if not isinstance(text, str):
            return text
        for place in (*(folder / name for name in ("input", "result")), folder, *folder.parents):
            if place != place.parent:
                text = text.replace(f"{place}{os.sep}", "").replace(str(place), "")
        return text

    where = replace(problem.where, file=str(plain(problem.where.file)))
    facts = {name: plain(str(fact)) for name, fact in problem.facts.items()}
    return replace(problem, where=where, facts=facts)


def _speaker() -> Say:
    """Answers go where standard output went; what libraries print goes to standard error."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return lambda value: print(json.dumps(value), file=stream, flush=True)


def _listen(jobs: queue.SimpleQueue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        jobs.put(json.loads(line))
    os._exit(0)  # the server has gone, however it went: do not work on for nobody


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


if __name__ == "__main__":
    main()
