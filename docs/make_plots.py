"""Make the plots of the docs' pages: python docs/make_plots.py [FILE]

FILE: the real export that the figures were measured on (default: ../shared/data beside the
project, or CALLOFF_DATA). Prints the tables that stand in the pages.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from calloff.data.load import load
from calloff.data.triangle import Triangle
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score
from calloff.report.figures import save
from calloff.rolling.spec import Spec

HERE = Path(__file__).parent
FIRST, LAST = "2021-10-12", "2021-10-22"
METHODS = ("plan", "last", "mean3", "mean7", "ratio")


def real_file() -> Path:
    folder = Path(os.environ.get("CALLOFF_DATA", HERE.parents[1] / "shared" / "data"))
    return Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "kamp_until_1022.xls"


def stale_days(triangle: Triangle) -> None:
    """The same plans scored with and without their stale days."""
    blind = replace(triangle, stale=np.zeros(len(triangle.days), dtype=bool))
    tables = {
        name: score(backtest(each, Spec(lead=3), methods=METHODS, first=FIRST, last=LAST))
        for name, each in {"fresh days only": triangle, "stale days kept": blind}.items()
    }
    for name, table in tables.items():
        print(name, table.select("method", pl.col("mae").round(2), "pairs"))
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    axes = figure.add_subplot()
    place = np.arange(len(METHODS))
    colours = ("#1f6fb4", "#c9c9c9")
    for shift, (name, table) in enumerate(tables.items()):
        values = table["mae"].to_numpy()
        bars = axes.bar(place + 0.4 * shift - 0.2, values, 0.38, label=name, color=colours[shift])
        axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=8)
    axes.set_xticks(place, METHODS)
    axes.set_ylabel("mean absolute error, pieces")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    save(figure, HERE / "images" / "stale-days.png")


def main() -> None:
    triangle = load(real_file()).triangle.excluding(["Part 21", "Part 26"])
    stale_days(triangle)


if __name__ == "__main__":
    main()
