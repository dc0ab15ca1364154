"""Engines by name: "numpy", the readable one; "cpp", the fast one; "auto", the fast one if it can.

Nothing falls back in silence: a choice says which engine it is and why, and an engine asked for by
name either does the work or says what keeps it from it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from calloff.lstm import activations, checks
from calloff.lstm import train as readable
from calloff.lstm.contract import Job, NetworkPlan, Outcome
from calloff.lstm.stack import NO_EXTRAS, Extras
from calloff.lstm.train import Progress

NAMES = ("auto", "cpp", "numpy")
FAST = "calloff.lstm.engine"


class Choice(NamedTuple):
    """Which engine, why, and which instruction set of the processor it ran."""

    name: str
    reason: str
    instruction_set: str = ""  # known after training; "numpy" leaves it to NumPy


class EngineMissing(RuntimeError):  # noqa: N818 - reads as what it says
    """The engine that was asked for is not in this installation."""


class EngineCannot(ValueError):  # noqa: N818
    """The engine that was asked for cannot do this job."""


def fast_engine() -> ModuleType:
    """The fast engine's Python module."""
    try:
        return importlib.import_module(FAST)
    except ImportError as error:
        raise EngineMissing(
            f'engine "cpp" is not in this installation ({error}). Install a wheel of calloff, or'
            ' build one with "pip install ." where a C++ compiler is; or choose engine="numpy",'
            " which gives the same results, more slowly"
        ) from error


def check(engine: str, instruction_set: str | None = None) -> None:
    """Raise what is wrong with a choice, whatever the job: ValueError, or EngineMissing."""
    if engine not in NAMES:
        raise ValueError(f"engine must be one of {', '.join(NAMES)}, not {engine!r}")
    if engine == "cpp":
        fast_engine()
    if instruction_set is None:
        return
    if engine == "numpy":
        raise ValueError('instruction_set is for engine "cpp"; "numpy" leaves it to NumPy')
    fast_engine().requested(instruction_set)


def choose(engine: str, job: Job, extras: Extras = NO_EXTRAS) -> Choice:
    """The engine for one job, or an error that says why the one asked for cannot do it."""
    check(engine)
    if engine == "numpy":
        return Choice("numpy", "asked for")
    try:
        obstacle = beyond_plans(job.plan, extras) or fast_engine().supports(job)
    except EngineMissing as missing:
        return Choice("numpy", str(missing))
    if obstacle is None:
        return Choice("cpp", "asked for" if engine == "cpp" else "it supports all that is asked")
    if engine == "cpp":
        raise EngineCannot(f'engine "cpp" cannot do this: {obstacle}; choose engine="numpy"')
    return Choice("numpy", f'engine "cpp" cannot do this: {obstacle}')


def beyond_plans(plan: NetworkPlan, extras: Extras) -> str | None:
    """What only the readable engine can do, because a plan cannot say it."""
    obstacles = [name.replace("_", " ") for name in extras.used()]
    names = [layer.activation for layer in plan.layers]
    names += [layer.recurrent_activation for layer in plan.layers]
    known = {activations.get(name).name for name in (*names, plan.head.activation)}
    own = sorted(known - set(activations.BUILT_IN))
    obstacles += [f"activation {name}, a function of your own" for name in own]
    return f"it has no {', '.join(obstacles)}" if obstacles else None


def train(
    jobs: Sequence[Job],
    *,
    engine: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    extras: Sequence[Extras] | None = None,
    instruction_set: str | None = None,
) -> list[tuple[Outcome, Choice]]:
    """Train every job, each by the engine chosen for it; the outcomes in the order of the jobs.

    To name an instruction set is to ask for engine "cpp".
    """
    check(engine, instruction_set)
    engine = engine if instruction_set is None else "cpp"
    extras = extras or [NO_EXTRAS] * len(jobs)
    for job in jobs:
        checks.check(job)
    choices = [choose(engine, job, extra) for job, extra in zip(jobs, extras, strict=True)]
    total, done = sum(job.training.epochs for job in jobs), 0
    outcomes: dict[int, Outcome] = {}
    for name in ("cpp", "numpy"):
        places = [k for k, choice in enumerate(choices) if choice.name == name]
        if not places:
            continue
        mine = [jobs[k] for k in places]
        report = None if progress is None else _shifted(progress, done, total)
        if name == "cpp":
            found = fast_engine().train(
                mine, threads=threads, progress=report, instruction_set=instruction_set
            )
        else:
            own = [extras[k] for k in places]
            found = readable.train(mine, threads=threads, progress=report, extras=own)
        outcomes.update(zip(places, found, strict=True))
        done += sum(job.training.epochs for job in mine)
    return [
        (outcomes[k], choice._replace(instruction_set=outcomes[k].instruction_set))
        for k, choice in enumerate(choices)
    ]


def _shifted(progress: Progress, before: int, total: int) -> Progress:
    """Progress of a part of the jobs, as progress of all."""
    return lambda done, _: progress(before + done, total)
