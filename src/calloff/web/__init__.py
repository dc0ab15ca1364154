"""The local page and its REST interface; everything but this file needs the extra calloff[web].

clock: moments as they are kept
limits: how much a caller may cost
database: the tables of a folder, and the way from older ones
own_numbers: a planner's numbers, who gave them and why
kept: what a run has in a store
scored: how earlier forecasts did, by the ledger of a store
run_store: runs and their files
earlier: how earlier forecasts did of which nothing is in a store
errors: problems as answers
uploads: files as they arrive
keeping: a run's files into a store, its forecast into the ledger
moving: runs from before there was a store, into it
job_input: what a job asks for, out of its folder
result_files: the results of a run in its folder
tasks: the work on a run, by kind of job
worker: what runs in a worker's process
worker_process: such a process, from outside
accounts: keys and sessions
throttle: guesses at keys slow down
callers: who asks
moves: which former runs still have to move into a store
pool: the queue, and who works on it
schemas: forms and answers
run_changes: what changed since the run before
number_entry: own numbers on their way in
ledgers: what the stores hold of runs
service: between the routes and all of the above
security: what every request passes first
routes: the REST interface
texts: the page's words
app: all of it as one application
connections: those that send nothing
logs: so many lines on standard error
server: from a command line to a listening server
"""

from __future__ import annotations

from importlib.util import find_spec

from calloff.texts.errors import fail

NEEDED = ("fastapi", "uvicorn", "python_multipart")


def require() -> None:
    """Raises CalloffError, saying how to get it, where the extra is not installed."""
    missing = [name.replace("_", "-") for name in NEEDED if find_spec(name) is None]
    if missing:
        raise fail("web.not_installed", missing=", ".join(missing))
