"""The notebook that calloff grew from, step by step, with calloff's functions.

    python examples/notebook.py [FILE] [PART]

FILE: the customer's export (default: a synthetic one is made); PART: default "Part 94", or the
first part of the file.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

import calloff
from calloff.data.inspection import lead_name
from calloff.data.triangle import Triangle
from calloff.lstm import LSTM, Dense, Fitted, Network
from calloff.synth import make, write_export
from calloff.texts.arguments import one_of, require
from calloff.training.windows import Scaling, Windows, WindowSpec, cut_windows

HEAD = 5


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("file", nargs="?", metavar="FILE")
    words.add_argument("part", nargs="?", metavar="PART")
    given = words.parse_args()
    walk(read(given.file), given.part)


def walk(triangle: Triangle, part: str | None) -> None:
    part = part or ("Part 94" if "Part 94" in triangle.parts else triangle.parts[0])
    require(one_of(part, "PART", triangle.parts))
    look_at_the_plans(triangle, part)
    look_at_the_horizons(triangle, part)

    windows = cut_windows(triangle, part, WindowSpec(lookback=3, delay=3, leads=(0, 3, 4, 5)))
    shapes = f"{windows.x.shape} -> {windows.y.shape}"
    show(5, "Windows of 3 rows and 4 columns; the target is D three rows on", shapes)

    train, validation, test = windows.split()
    scaling = Scaling.fit(windows.x[train], windows.y[train])
    sizes = [len(windows.y[rows]) for rows in (train, validation, test)]
    scores = f"{sizes}; target: mean {scaling.y_mean:.3f}, sd {scaling.y_scale:.3f}"
    show(6, "Split in time order, scaled by the training part only", scores)

    network = Network(
        [
            LSTM(8, activation="relu", dropout=0.2, return_sequences=True),
            LSTM(8, activation="relu", dropout=0.2),
            Dense(1),
        ]
    )
    show(7, "A network of layers that are written out, not imported", network.summary(4))

    x, y = scaling.inputs(windows.x), scaling.target(windows.y)
    fitted = network.fit(
        x[train],
        y[train],
        validation_data=(x[validation], y[validation]),
        epochs=100,
        batch_size=4,
        loss="mae",
        verbose=0,
    )
    curves = pl.DataFrame({name: fitted.history[name] for name in ("loss", "val_loss")})
    curves = curves.with_row_index("epoch", offset=1)
    some = curves.gather_every(20).vstack(curves.tail(1))
    show(8, "100 epochs: the loss on training and validation windows", some)
    test_it(fitted, windows, scaling)


def read(path: str | None) -> Triangle:
    """The export's triangle; without a file that of a synthetic customer."""
    if path:
        return calloff.load(path).triangle
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "export.xlsx"
        write_export(make(), export)
        return calloff.load(export).triangle


def look_at_the_plans(triangle: Triangle, part: str) -> None:
    quantity = triangle.quantity[triangle.parts.index(part)]
    sent = ~np.isnan(quantity[:, 0])
    plans = frame(triangle.days[sent], triangle.leads.tolist(), quantity[sent])
    show(1, f"Read the export, keep {part}: the last plan of each day", plans.head(HEAD))
    missing = int(np.isnan(quantity[sent]).sum())
    show(2, "Rows, and cells without a number", f"{plans.height} rows, {missing} cells")


def look_at_the_horizons(triangle: Triangle, part: str) -> None:
    aligned = calloff.align(triangle, part, keep_stale=True)
    table = frame(aligned.days, aligned.leads, aligned.values)
    show(3, f"Align the horizons: {table.height} target days", table.head(HEAD))
    found = calloff.correlate(aligned)
    names = [lead_name(lead) for lead in aligned.leads]
    columns = dict(zip(names, found.coefficient.round(6).T, strict=True))
    show(4, "How each horizon goes with the others (Pearson)", pl.DataFrame({"": names, **columns}))


def test_it(fitted: Fitted, windows: Windows, scaling: Scaling) -> None:
    rows = windows.split()[2]
    actual = windows.y[rows]
    scaled = fitted.predict(scaling.inputs(windows.x[rows]))[:, 0]
    errors = {
        "network, scaled": np.abs(scaled - scaling.target(actual)).mean(),
        "network, pieces": np.abs(scaling.pieces(scaled) - actual).mean(),
        "the customer's plan, pieces": np.abs(windows.plan[rows] - actual).mean(),
        "mean of the window's call-offs, pieces": np.abs(windows.mean[rows] - actual).mean(),
    }
    text = "\n".join(f"{name}: {error:.3f}" for name, error in errors.items())
    show(9, "What the notebook never printed: the error on the test windows", text)


def frame(days: np.ndarray, leads: tuple[int, ...] | list[int], values: np.ndarray) -> pl.DataFrame:
    columns = {lead_name(lead): values[:, index] for index, lead in enumerate(leads)}
    return pl.DataFrame({"day": days, **columns})


def show(step: int, title: str, value: object) -> None:
    print(f"\n{step}. {title}\n{value}")


if __name__ == "__main__":
    try:
        main()
    except calloff.CalloffError as error:
        raise SystemExit(str(error)) from None
