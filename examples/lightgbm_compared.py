"""LightGBM against calloff's methods and the plan, by the protocol: the same pairs, each forecast
made from what was known then.

    python examples/lightgbm_compared.py [FILE] [--lead DAYS]

FILE: the customer's export (default: a synthetic customer is made). The trees are those of
benchmarks/accuracy_trees.py; they need LightGBM: pip install '.[bench]'
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

import calloff
from calloff.evaluation.comparison import compare
from calloff.synth import bank

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def main() -> None:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("file", nargs="?", metavar="FILE")
    words.add_argument("--lead", type=int, default=3, metavar="DAYS")
    given = words.parse_args()
    if find_spec("lightgbm") is None:
        print("LightGBM is not installed, so there is nothing to compare: pip install '.[bench]'")
        return
    triangle = (
        calloff.load(given.file).triangle
        if given.file
        else bank("daily-nervous").history.triangle()
    )
    compared(triangle, calloff.Spec(lead=given.lead))


def compared(triangle: calloff.Triangle, spec: calloff.Spec) -> None:
    sys.path.insert(0, str(BENCHMARKS))
    from accuracy_trees import LightGBM

    methods = ["plan", "ratio-part", LightGBM()]
    pairs = calloff.backtest(triangle, spec, methods=methods)
    print(calloff.score(pairs))
    print(compare(pairs, "lightgbm", steps=spec.lead))


if __name__ == "__main__":
    try:
        main()
    except calloff.CalloffError as error:
        raise SystemExit(str(error)) from None
