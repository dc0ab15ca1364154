"""The notebook's network over many seeds: Keras's own LSTM layer beside ours, from one script.

    python benchmarks/notebook_distribution.py --data parts_94_95.xls --seeds 30 --json out.json

Part 94, windows (44, 3, 4), split 30/5/9, two relu layers of 8 with dropout 0.2, Adam, mean
absolute error, 100 epochs of batches of 4. For each seed: the loss in the first and last epoch, on
the training and the validation part, and the test error, scaled and in pieces. Contenders:

    keras         keras.layers.LSTM, on the backend that KERAS_BACKEND names (jax unless set)
    calloff.keras calloff.keras.LSTM, the same network and backend
    cpp, numpy    calloff.lstm's engines
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineWorkbook

Array = NDArray[np.float32]
Rows = list[list[Any]]
COLUMNS = (
    "D일 투입예정 수량(D일계획)",
    "D+3일 투입예정 수량(Total)",
    "D+4일 투입예정 수량(Total)",
    "D+5일 투입예정 수량",
)
LOOKBACK, DELAY = 3, 3
UNITS, DROPOUT, EPOCHS, BATCH = 8, 0.2, 100, 4
LOSSES = ("loss_first", "loss_last", "val_loss_first", "val_loss_last")
FIGURES = (*LOSSES, "test_scaled", "test_pieces")


@dataclass(frozen=True)
class Windows:
    """Scaled windows, split in time order; ``spread`` turns scaled errors into pieces."""

    train: tuple[Array, Array]  # (30, 3, 4), (30, 1)
    valid: tuple[Array, Array]
    test: tuple[Array, Array]
    spread: float


def daily_rows(path: Path, part: str) -> NDArray[np.float64]:
    """The four columns of the part's last row of each day, in the order of days."""
    header, *rows = cast(Rows, CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python())
    at = [header.index(column) for column in COLUMNS]
    stamp, name = header.index("CRET_TIME"), header.index("Part Number")
    ours = sorted((row for row in rows if row[name] == part), key=lambda row: int(row[stamp]))
    last = {int(row[stamp]) // 10_000: [float(row[i]) for i in at] for row in ours}
    return np.array(list(last.values()))


def windows(days: NDArray[np.float64]) -> Windows:
    """Three rows in, D of the third row after them out; scaled by the training part alone."""
    count = len(days) - LOOKBACK - DELAY + 1
    x = np.stack([days[i : i + LOOKBACK] for i in range(count)])  # (N, 3, 4)
    y = days[LOOKBACK + DELAY - 1 :, :1]  # (N, 1)
    one, two = int(0.7 * count), int(0.8 * count)
    x = (x - x[:one].mean((0, 1))) / x[:one].std((0, 1))
    spread = float(y[:one].std())
    y = (y - y[:one].mean()) / spread
    parts = [slice(None, one), slice(one, two), slice(two, None)]
    train, valid, test = [(x[p].astype("f4"), y[p].astype("f4")) for p in parts]
    return Windows(train, valid, test, spread)


@dataclass(frozen=True)
class Run:
    """One seed's curves over the epochs, and its figures."""

    loss: Sequence[float]
    val_loss: Sequence[float]
    figures: dict[str, float]

    @classmethod
    def of(
        cls, loss: Sequence[float], val_loss: Sequence[float], predicted: Array, data: Windows
    ) -> Run:
        error = float(np.abs(predicted.reshape(-1, 1) - data.test[1]).mean())
        values = [loss[0], loss[-1], val_loss[0], val_loss[-1], error, error * data.spread]
        return cls(loss, val_loss, dict(zip(FIGURES, map(float, values), strict=True)))


Trainer = Callable[[Windows, Sequence[int]], list[Run]]


def with_keras(layer: str) -> Trainer:
    """Train with Keras's fit, on its own layer or on ours."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    lstm = keras.layers.LSTM
    if layer == "calloff.keras":
        import calloff.keras

        lstm = calloff.keras.LSTM

    def run(data: Windows, seed: int) -> Run:
        keras.utils.clear_session()
        keras.utils.set_random_seed(seed)
        options: dict[str, Any] = {"activation": "relu", "dropout": DROPOUT}
        model = keras.Sequential(
            [
                keras.Input(data.train[0].shape[1:]),
                lstm(UNITS, return_sequences=True, **options),
                lstm(UNITS, **options),
                keras.layers.Dense(1),
            ]
        )
        model.compile("adam", "mae")
        fit = model.fit(
            *data.train, epochs=EPOCHS, batch_size=BATCH, validation_data=data.valid, verbose=0
        )
        predicted = model.predict(data.test[0], verbose=0)
        return Run.of(fit.history["loss"], fit.history["val_loss"], predicted, data)

    return lambda data, seeds: [run(data, seed) for seed in seeds]


def with_engine(engine: str) -> Trainer:
    """Train with an engine of ours, all seeds in one call."""
    from calloff.lstm import LSTM, Dataset, Dense, Network

    options: dict[str, Any] = {"activation": "relu", "dropout": DROPOUT}
    layers: list[Any] = [
        LSTM(UNITS, return_sequences=True, **options),
        LSTM(UNITS, **options),
        Dense(1),
    ]

    def run(data: Windows, seeds: Sequence[int]) -> list[Run]:
        valid = Dataset(*data.valid)
        sets = [Dataset(*data.train, validation=valid, seed=seed) for seed in seeds]
        found = Network(layers).fit_many(sets, epochs=EPOCHS, batch_size=BATCH, engine=engine)
        return [
            Run.of(f.history["loss"], f.history["val_loss"], f.predict(data.test[0]), data)
            for f in found
        ]

    return run


def summary(runs: list[Run]) -> dict[str, list[float]]:
    """Mean and standard deviation of each figure over the seeds."""
    table = {name: np.array([run.figures[name] for run in runs]) for name in FIGURES}
    return {name: [float(v.mean()), float(v.std(ddof=1))] for name, v in table.items()}


def report(name: str, runs: list[Run], seconds: float) -> dict[str, Any]:
    """Print a contender's table and give it back for the JSON."""
    table = summary(runs)
    print(f"{name}: {len(runs)} seeds, {seconds:.2f} s")
    for figure, (mean, spread) in table.items():
        print(f"  {figure:<15} {mean:8.4f} ({spread:.4f})")
    curves = {
        curve: np.array([getattr(run, curve) for run in runs]).mean(0).tolist()
        for curve in ("loss", "val_loss")
    }
    seeds = [run.figures for run in runs]
    return {"seconds": seconds, "mean_sd": table, "mean_curves": curves, "seeds": seeds}


def apart(first: list[Run], second: list[Run], curve: str) -> NDArray[np.float64]:
    """Epoch by epoch, how many standard errors two contenders' mean curves lie apart."""
    one, two = (np.array([getattr(run, curve) for run in runs]) for runs in (first, second))
    error = one.var(0, ddof=1) / len(one) + two.var(0, ddof=1) / len(two)
    return np.asarray((two.mean(0) - one.mean(0)) / np.sqrt(error))


def compare(names: Sequence[str], runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Every contender against the first, by both curves."""
    found: dict[str, Any] = {}
    for name in names[1:]:
        for curve in ("loss", "val_loss"):
            z = apart(runs[names[0]], runs[name], curve)
            figures = {
                "largest": float(abs(z).max()),
                "root_mean_square": float(np.sqrt((z**2).mean())),
            }
            found[f"{name} - {names[0]}, {curve}"] = figures
            print(
                f"{name} - {names[0]}, mean {curve} curves: {figures['root_mean_square']:.2f} "
                f"standard errors apart, {figures['largest']:.2f} at most"
            )
    return found


def contender(name: str) -> Trainer:
    return with_keras(name) if "keras" in name else with_engine(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the export with Part 94, .xls")
    parser.add_argument("--part", default="Part 94")
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--contenders", nargs="+", default=["keras", "cpp"])
    parser.add_argument("--json", type=Path, help="write everything here")
    options = parser.parse_args()
    data = windows(daily_rows(options.data, options.part))
    outcome: dict[str, Any] = {"part": options.part, "machine": platform.machine()}
    runs: dict[str, list[Run]] = {}
    for name in options.contenders:
        train = contender(name)
        start = time.perf_counter()
        runs[name] = train(data, range(options.seeds))
        outcome[name] = report(name, runs[name], time.perf_counter() - start)
    outcome["apart"] = compare(options.contenders, runs)
    if options.json:
        options.json.write_text(json.dumps(outcome, indent=1))


if __name__ == "__main__":
    main()
