"""Make the plot of docs/bands.md: python docs/make_bands.py

Bands of two methods over the days of a synthetic customer. Prints the table of the page.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

from calloff.data.load import load
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import score_quantiles
from calloff.report.figures import save
from calloff.rolling.spec import Spec
from calloff.synth import Customer, make, write_export

COLOURS = {"plan": "#9a9a9a", "lstm": "#1f6fb4"}
QUANTILES = (0.1, 0.5, 0.9)


def pairs() -> pl.DataFrame:
    """Every call-off with its range, from the days on which both methods had one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.xlsx"
        write_export(make(Customer(parts=60, days=60, seed=22)), path)
        triangle = load(path).triangle
    table = backtest(triangle, Spec(lead=3), methods=list(COLOURS), quantiles=QUANTILES)
    known = table.drop_nulls("q10")
    days = known.group_by("target").agg(n=pl.col("method").n_unique()).filter(pl.col("n") == 2)
    return known.filter(pl.col("target").is_in(days["target"].to_list()))


def main() -> None:
    table = pairs()
    print(score_quantiles(table, ["q10", "q50", "q90"]))
    inside = (pl.col("q10") <= pl.col("actual")) & (pl.col("actual") <= pl.col("q90"))
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for name, colour in COLOURS.items():
        days = (
            table.filter(method=name)
            .group_by("target", maintain_order=True)
            .agg(inside=100 * inside.mean(), width=(pl.col("q90") - pl.col("q10")).mean())
        )
        above.plot(days["target"], days["inside"], "o-", color=colour, label=name, ms=3, lw=1)
        below.plot(days["target"], days["width"], "o-", color=colour, ms=3, lw=1)
    above.axhline(80, color="black", lw=0.8, ls="--")
    above.set_ylim(40, 102)
    above.set_ylabel("coverage, %")
    above.legend(frameon=False, loc="lower left", ncols=2)
    below.set_ylim(0)
    below.set_ylabel("mean width, pieces")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    below.tick_params(axis="x", rotation=30)
    save(figure, Path(__file__).parent / "images" / "bands.png")


if __name__ == "__main__":
    main()
