"""A worker process: one job after another, a line of JSON each; its life ends with the server's."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from calloff.texts.errors import CalloffError, Problem
from calloff.web.run_store import pack
from calloff.web.tasks import perform

Say = Callable[[dict[str, Any]], None]


def main() -> None:
    """Take jobs from standard input and answer on standard output, until the input ends."""
    say = _speaker()
    _limit_memory(int(sys.argv[1]))
    jobs: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    while True:
        say(answer(jobs.get(), say))


def answer(job: dict[str, Any], say: Say) -> dict[str, Any]:
    """The facts of a job's result, or its problems."""

    def tell(share: float, stage: str) -> None:
        say({"share": round(share, 3), "stage": stage})

    try:
        return {"facts": perform(Path(job["folder"]), job, tell)}
    except CalloffError as error:
        return {"problems": [pack(problem) for problem in error.problems[:100]]}
    except MemoryError:
        return {"problems": [pack(Problem("web.memory"))]}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if os.environ.get("CALLOFF_DEBUG"):
            traceback.print_exc()
        return {"problems": [pack(Problem("web.fault", facts={"kind": type(error).__name__}))]}


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
