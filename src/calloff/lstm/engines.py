"""Engines by name: "numpy", the readable one; "cpp", the fast one; "auto", the fast one if it can.

Nothing falls back in silence: a choice says which engine it is and why, and an engine asked for by
name either does the work or says what keeps it from it.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

import numpy as np

from calloff.lstm import activations, checks
from calloff.lstm import train as readable
from calloff.lstm.contract import Array, Job, NetworkPlan, Outcome
from calloff.lstm.stack import NO_EXTRAS, Extras
from calloff.lstm.train import Progress

NAMES = ("auto", "cpp", "numpy")
FAST = "calloff.lstm.engine"


class Choice(NamedTuple):
    """Which engine trained a network, and why.

    Attributes:
        name: "cpp" or "numpy".
        reason: why this one.
        instruction_set: that of the processor that ran, known after training; "numpy" leaves it to
            NumPy.
    """

    name: str
    reason: str
    instruction_set: str = ""


class EngineMissing(RuntimeError):  # noqa: N818 - reads as what it says
    """The engine that was asked for is not in this installation."""


class EngineCannot(ValueError):  # noqa: N818
    """The engine that was asked for cannot do this job."""


def fast_engine() -> ModuleType:
    """Import the fast engine.

    Returns:
        Its Python module.

    Raises:
        EngineMissing: it is not in this installation.
    """
    try:
        return importlib.import_module(FAST)
    except ImportError as error:
        raise EngineMissing(
            f'engine "cpp" is not in this installation ({error}). Install a wheel of calloff, or'
            ' build one with "pip install ." where a C++ compiler is; or choose engine="numpy",'
            " which gives the same results, more slowly"
        ) from error


def check(engine: str, instruction_set: str | None = None) -> None:
    """Check a choice of an engine, whatever the job.

    Args:
        engine: "auto", "cpp" or "numpy".
        instruction_set: that of the processor; None: any.

    Raises:
        ValueError: there is no such engine or instruction set.
        EngineMissing: engine "cpp" is not in this installation.
    """
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
    """Choose the engine for one job.

    Args:
        engine: "auto", "cpp" or "numpy".
        job: the network, its data and how it is trained.
        extras: options that are not in its plan; engine "cpp" has some of them.

    Returns:
        The engine, and why.

    Raises:
        EngineCannot: the engine asked for cannot do the job.
    """
    check(engine)
    if engine == "numpy":
        return Choice("numpy", "asked for")
    try:
        obstacle = beyond_plans(job.plan) or fast_engine().supports(job, extras)
    except EngineMissing as missing:
        return Choice("numpy", str(missing))
    if obstacle is None:
        return Choice("cpp", "asked for" if engine == "cpp" else "it supports all that is asked")
    if engine == "cpp":
        raise EngineCannot(f'engine "cpp" cannot do this: {obstacle}; choose engine="numpy"')
    return Choice("numpy", f'engine "cpp" cannot do this: {obstacle}')


def choose_for_prediction(
    engine: str, plan: NetworkPlan, *, weights: Sequence[Array], extras: Extras = NO_EXTRAS
) -> Choice:
    """Choose the engine that predicts. Penalties and constraints do not matter then.

    Args:
        engine: "auto", "cpp" or "numpy".
        plan: the network.
        weights: its weights; those in float64 keep their digits by engine "numpy".
        extras: options that are not in the plan.

    Returns:
        The engine, why, and the instruction set that runs.

    Raises:
        EngineCannot: the engine asked for cannot do it.
        EngineMissing: it is not in this installation.
        ValueError: there is no such engine.
    """
    check(engine)
    if engine == "numpy":
        return Choice("numpy", "asked for")
    if engine == "auto" and any(w.dtype != np.float32 for w in weights):
        return Choice("numpy", 'the weights are not float32, which engine "cpp" calculates in')
    matters = Extras(zero_output_for_mask=extras.zero_output_for_mask, stateful=extras.stateful)
    try:
        obstacle = beyond_plans(plan, matters)
        if obstacle is None:
            chosen = fast_engine().instruction_set(plan)
    except EngineMissing as missing:
        return Choice("numpy", str(missing))
    if obstacle is None:
        reason = "asked for" if engine == "cpp" else "it supports all that is asked"
        return Choice("cpp", reason, chosen)
    if engine == "cpp":
        raise EngineCannot(f'engine "cpp" cannot predict this: {obstacle}; choose engine="numpy"')
    return Choice("numpy", f'engine "cpp" cannot predict this: {obstacle}')


def beyond_plans(plan: NetworkPlan, extras: Extras = NO_EXTRAS) -> str | None:
    """Say what only the readable engine can do, because a plan cannot express it.

    Args:
        plan: the network.
        extras: options that are not in it.

    Returns:
        What it is; None where there is nothing.
    """
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
    """Train every job, each by the engine chosen for it.

    Args:
        jobs: the networks.
        engine: "auto", "cpp" or "numpy".
        threads: how many; None: one for each core.
        progress: called with epochs done and epochs in all.
        extras: options of each job that are not in its plan.
        instruction_set: that of the processor; to name one is to ask for engine "cpp".

    Returns:
        What each job gave and which engine did it, in the order of the jobs.
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
        mine, own = [jobs[k] for k in places], [extras[k] for k in places]
        report = None if progress is None else _shifted(progress, done, total)
        if name == "cpp":
            found = fast_engine().train(
                mine,
                threads=threads,
                progress=report,
                extras=own,
                instruction_set=instruction_set,
            )
        else:
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
