"""Where the error of a forecast sits, and what else was tried. python docs/make_limits.py

On the days of the real export before 2021-10-09, at one to four days ahead, and on synthetic
customers at three. Prints the tables of docs/limits.md. Takes some minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from make_ablation import synthetic
from make_plots import real_file

from calloff.data.load import load
from calloff.evaluation.backtest import backtest
from calloff.evaluation.scores import ratio_range
from calloff.features.day_level import weighted_medians
from calloff.forecasters import Forecaster
from calloff.forecasters.lstm import PooledLSTM
from calloff.rolling.spec import Spec

FIRST, LAST, LEADS = "2021-09-28", "2021-10-08", (1, 2, 3, 4)
CUSTOMERS, TARGETS = range(1, 9), 15
METHODS = ("plan", "ratio", "blend", "hierarchy", "lstm")
DRAWS = 5000
VARIANTS = [{"units": 4}, {"units": 16}, {"units": 32}, {"seeds": 4}, {"seeds": 16},
            {"epochs": 2}, {"epochs": 8}, {"learning_rate": 3.5e-3}, {"learning_rate": 1.4e-2},
            {"weight_decay": 0.0}, {"batch_size": 256}]  # fmt: skip


def pairs(methods: Sequence[str | Forecaster]) -> dict[str, pl.DataFrame]:
    """The pairs of the real customer and of the synthetic ones, with customer and lead query."""
    real = load(real_file()).triangle.excluding(["Part 21", "Part 26"])
    tables = [
        _asked(backtest(real, Spec(lead=lead), methods=methods, first=FIRST, last=LAST), 0, lead)
        for lead in LEADS
    ]
    made = []
    for seed in CUSTOMERS:
        triangle = synthetic(seed)
        first = str(triangle.target_days[-TARGETS:][0])
        made.append(_asked(backtest(triangle, Spec(), methods=methods, first=first), seed, 3))
    return {"real customer": pl.concat(tables), "synthetic customers": pl.concat(made)}


def _asked(table: pl.DataFrame, customer: int, lead: int) -> pl.DataFrame:
    return table.with_columns(customer=pl.lit(customer), query=pl.lit(lead))


def errors(table: pl.DataFrame) -> tuple[float, float]:
    """Mean absolute error as it is, and with each day brought to the level that suits it best:
    the factor that leaves the least error is a weighted median of call-off over forecast."""
    said, actual = table["forecast"].to_numpy(), table["actual"].to_numpy()
    day = table.select(pl.struct("customer", "query", "target").rank("dense")).to_series()
    day = day.to_numpy().astype(np.int64) - 1
    factor, some = np.ones(day.max() + 1), said > 0
    which, level = weighted_medians(actual[some] / said[some], said[some], day[some])
    factor[which] = level
    return float(np.abs(said - actual).mean()), float(np.abs(said * factor[day] - actual).mean())


def change(ours: pl.DataFrame, usual: pl.DataFrame) -> tuple[float, float, float]:
    """By what share the error differs, and where that lies in 90 % of draws of target days: of
    each customer, all leads of a day together."""
    a, b = (
        table.group_by("customer", "target")
        .agg(wrong=(pl.col("forecast") - pl.col("actual")).abs().sum())
        .sort("customer", "target")["wrong"]
        .to_numpy()
        for table in (ours, usual)
    )
    low, high = ratio_range(a, b, DRAWS)
    return float(a.sum() / b.sum() - 1), low - 1, high - 1


def main() -> None:
    networks = {_named(variant): PooledLSTM(_named(variant), **variant) for variant in VARIANTS}
    for title, table in pairs([*METHODS, *networks.values()]).items():
        for name in METHODS:
            mae, known = errors(table.filter(method=name))
            print(f"{title}: {name} {mae:.2f}, with the level known {known:.2f}", flush=True)
        usual = table.filter(method="lstm")
        for name in networks:
            mean, low, high = change(table.filter(method=name), usual)
            print(f"{title}: {name} {mean:+.1%} ({low:+.1%} to {high:+.1%})", flush=True)


def _named(variant: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in variant.items())


if __name__ == "__main__":
    main()
