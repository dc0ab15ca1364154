"""Training runs on the screen, as JSON, and in a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from calloff.report.files import write_json
from calloff.report.terminal.screen import Number, Screen, few
from calloff.texts.errors import Where, fail
from calloff.training.train import PartRun, TrainSpec

FIGURES: dict[str, Callable[[PartRun], float]] = {
    "loss_first": lambda run: run.loss[0] if run.loss else float("nan"),
    "loss_last": lambda run: run.loss[-1] if run.loss else float("nan"),
    "val_first": lambda run: run.val_loss[0] if run.val_loss else float("nan"),
    "val_last": lambda run: run.val_loss[-1] if run.val_loss else float("nan"),
    "test_scaled": lambda run: run.test_scaled,
    "test_pieces": lambda run: run.test_pieces,
    "plan_pieces": lambda run: run.plan_pieces,
    "mean_pieces": lambda run: run.mean_pieces,
}


def by_part(runs: Sequence[PartRun]) -> list[tuple[str, list[PartRun]]]:
    """Runs of the same part together, seeds in order."""
    return [(part, list(group)) for part, group in groupby(runs, key=lambda run: run.part)]


def show_runs(runs: Sequence[PartRun], short: dict[str, int], screen: Screen) -> None:
    """A line for each part: losses of the first and last epoch, and errors on the test windows."""
    if runs:
        train, validation, test = runs[0].windows
        screen.title("train.title", train=train, validation=validation, test=test)
        rows = [
            (
                part,
                *(Number(_spread([figure(run) for run in group])) for figure in FIGURES.values()),
            )
            for part, group in by_part(runs)
        ]
        screen.table(("train.part", *(f"train.{name}" for name in FIGURES)), rows)
        screen.say("train.legend", style="dim")
        engine = runs[0].fitted.engine
        screen.say("train.engine", style="dim", engine=engine.name, reason=engine.reason)
        if engine.instruction_set:
            screen.say("train.instruction_set", style="dim", name=engine.instruction_set)
    for run in runs:
        if run.fitted.failed_epoch is not None:
            epoch = run.fitted.failed_epoch + 1
            screen.say("train.failed", style="red", part=run.part, seed=run.seed, epoch=epoch)
    if short:
        names = [f"{part} ({count})" for part, count in short.items()]
        screen.say("train.short", style="yellow", count=len(short), parts=few(names))


def _spread(values: Sequence[float]) -> str:
    """The mean, and the standard deviation over several seeds."""
    if any(value != value for value in values):
        return "–"
    mean = f"{np.mean(values):.3f}"
    if len(values) == 1 or np.ptp(values) == 0:
        return mean
    return f"{mean} [dim]({np.std(values, ddof=1):.3f})[/]"


def as_json(runs: Sequence[PartRun], short: dict[str, int], spec: TrainSpec) -> dict[str, Any]:
    """Everything about the runs as plain values; figures that do not exist are null."""
    return {
        "spec": asdict(spec),
        "runs": [_run_json(run) for run in runs],
        "too_few_windows": short,
    }


def _run_json(run: PartRun) -> dict[str, Any]:
    figures = {name: _plain(figure(run)) for name, figure in FIGURES.items()}
    return {
        "part": run.part,
        "seed": run.seed,
        "windows": dict(zip(("training", "validation", "test"), run.windows, strict=True)),
        "engine": run.fitted.engine.name,
        "instruction_set": run.fitted.engine.instruction_set or None,
        "failed_epoch": run.fitted.failed_epoch,
        "best_epoch": run.fitted.best_epoch,
        **figures,
        "loss": run.loss,
        "val_loss": run.val_loss,
    }


def _plain(value: float) -> float | None:
    return None if value != value else value


def save_runs(runs: Sequence[PartRun], folder: str | Path) -> None:
    """Each network in a folder of its own, with the scaling that belongs to it."""
    for number, run in enumerate(runs):
        home = Path(folder) / f"{number:04}"
        try:
            run.fitted.save(home)
        except OSError as error:
            raise fail("write.refused", Where(file=str(home)), error=error.strerror) from error
        scaling = {name: np.asarray(value).tolist() for name, value in vars(run.scaling).items()}
        write_json({"part": run.part, "seed": run.seed, **scaling}, home / "scaling.json")
    names = [
        {"folder": f"{n:04}", "part": run.part, "seed": run.seed} for n, run in enumerate(runs)
    ]
    write_json(names, Path(folder) / "index.json")
