"""What the LSTM learned: each group of inputs left out in turn. python docs/make_ablation.py [FILE]

Scores the pooled LSTM on the real export and on synthetic customers, with all inputs and without
each group, over sets of seeds, and says how sure the difference is: a bootstrap over target days
(the days, not the parts, are what a past has few of). Prints the table of docs/ablation.md and
draws its picture. Takes some minutes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from make_plots import HERE, real_file
from matplotlib.figure import Figure

from calloff.data.load import load
from calloff.data.triangle import Triangle
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import ratio_range
from calloff.features.samples import CHANNELS
from calloff.forecasters.lstm import PooledLSTM
from calloff.report.figures import save
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make, write_export

SETS, DRAWS = 3, 5000
TARGETS = 15


def variants() -> dict[str, tuple[str, ...]]:
    return {"all inputs": (), **{f"without {name}": (name,) for name in CHANNELS},
            "plan and lag only": tuple(name for name in CHANNELS if name != "target")}  # fmt: skip


def daily_errors(triangle: Triangle, without: tuple[str, ...], first: int) -> pl.DataFrame:
    """Sum of absolute errors and pairs of each target day."""
    method = PooledLSTM(name="lstm", without=without, first_seed=first)
    days = triangle.target_days
    pairs = backtest(triangle, Spec(lead=3), methods=[method], first=str(days[-TARGETS:][0]))
    wrong = (pl.col("forecast") - pl.col("actual")).abs().sum()
    return pairs.group_by("target").agg(wrong=wrong, pairs=pl.len()).sort("target")


def measure(triangles: list[Triangle]) -> dict[str, np.ndarray]:
    """Variant -> errors in pieces for each set of seeds and target day, and the pairs (S, T, 2)."""
    found = {}
    for name, without in variants().items():
        sets = []
        for each in range(SETS):
            tables = [
                daily_errors(triangle, without, PooledLSTM().seeds * each) for triangle in triangles
            ]
            sets.append(pl.concat(tables).select("wrong", "pairs").to_numpy())
        found[name] = np.stack(sets).astype(float)
        print(name, mae(found[name]).round(2), flush=True)
    return found


def mae(values: np.ndarray) -> np.ndarray:
    """(S, T, 2) -> the error of each set of seeds (S)."""
    return values[:, :, 0].sum(axis=1) / values[:, :, 1].sum(axis=1)


def difference(ours: np.ndarray, full: np.ndarray) -> tuple[float, float, float]:
    """Mean difference over the sets of seeds, with its bootstrap interval over target days."""
    wrong = (ours[:, :, 0] - full[:, :, 0]).mean(axis=0)
    pairs = full[0, :, 1]
    return float(wrong.sum() / pairs.sum()), *ratio_range(wrong, pairs, DRAWS)


def draw(results: dict[str, dict[str, np.ndarray]]) -> None:
    figure = Figure(figsize=(8.4, 3.6), layout="constrained")
    for axes, (title, found) in zip(
        figure.subplots(1, len(results), sharey=True), results.items(), strict=True
    ):
        full = found["all inputs"]
        names = list(found)[1:]
        for place, name in enumerate(reversed(names)):
            mean, low, high = difference(found[name], full)
            sure = low > 0 or high < 0
            colour = "#1f6fb4" if sure else "#8a8a8a"
            axes.plot([low, high], [place, place], color=colour, lw=2, solid_capstyle="round")
            axes.plot(mean, place, "o", color=colour, ms=6)
            each = mae(found[name]) - mae(full)
            axes.plot(each, np.full(len(each), place - 0.22), "|", color="#8a8a8a", ms=5)
        axes.axvline(0, color="#444444", lw=0.8)
        axes.set_yticks(range(len(names)), list(reversed(names)))
        axes.set_title(title, fontsize=10, loc="left")
        axes.set_xlabel("change of the mean absolute error, pieces\n(right of 0: worse without)")
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    save(figure, HERE / "images" / "ablation.png")


def synthetic(seed: int) -> Triangle:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_export(make(Customer(seed=seed)), path)
        return load(path).triangle


def main() -> None:
    real = load(real_file()).triangle.excluding(["Part 21", "Part 26"])
    results = {
        "real customer": measure([real]),
        "synthetic customers": measure([synthetic(seed) for seed in (1, 2)]),
    }
    table = {
        title: {
            name: [round(float(mae(values).mean()), 2), round(float(mae(values).std(ddof=1)), 2),
                   *(round(each, 2) for each in difference(values, found["all inputs"]))]
            for name, values in found.items()
        }
        for title, found in results.items()
    }  # fmt: skip
    print(json.dumps(table, indent=1))
    draw(results)


if __name__ == "__main__":
    main()
