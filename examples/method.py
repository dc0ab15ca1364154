"""A method of one's own in twenty lines, scored against the plan and calloff's own methods.

    python examples/method.py [FILE] [--lead DAYS]

FILE: the customer's export (default: a synthetic customer is made).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np

import calloff
from calloff import Fitted, Forecaster, Past, Spec
from calloff.data.triangle import Query
from calloff.synth import bank


@dataclass(frozen=True)
class Damped(Fitted):
    """usual (P): median call-off of each part; NaN where there was none."""

    usual: np.ndarray

    def predict(self, query: Query) -> np.ndarray:
        return 0.7 * query.plan + 0.3 * self.usual


@dataclass(frozen=True)
class Damp(Forecaster):
    """The plan, drawn a little towards what the part usually takes."""

    name: str = "damped"

    def fit(self, past: Past, spec: Spec) -> Damped:
        called = past.calloffs[:, past.is_target]
        some = ~np.isnan(called).all(axis=1)
        usual = np.full(len(past.parts), np.nan)
        usual[some] = np.nanmedian(called[some], axis=1)
        return Damped(usual)


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("file", nargs="?", metavar="FILE")
    words.add_argument("--lead", type=int, default=3, metavar="DAYS")
    given = words.parse_args()
    triangle = (
        calloff.load(given.file).triangle
        if given.file
        else bank("daily-drifting").history.triangle()
    )
    methods = ["plan", "last", "ratio", "ratio-part", Damp()]
    pairs = calloff.backtest(triangle, Spec(lead=given.lead), methods=methods)
    print(calloff.score(pairs))


if __name__ == "__main__":
    try:
        main()
    except calloff.CalloffError as error:
        raise SystemExit(str(error)) from None
