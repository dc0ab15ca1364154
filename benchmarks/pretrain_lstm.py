"""Train the networks that `lstm` starts from on made-up customers, and write them where it looks.

    python benchmarks/pretrain_lstm.py [--customers 4000] [--start FOLDER] [--out FOLDER]

Most customers are drawn by `calloff.synth.random_customer`, the others simulated with settings of
`calloff.synth.random_settings`; at one of its leads every target day is forecast by the simple
methods, in time order, as it would be for a real customer, and the network learns by how much the
call-offs differ. A customer's errors count by their mean, so that one of which little can be known
does not outweigh one whose plan is nearly right. A tenth of the customers is held back; what the
networks make of those is printed.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calloff.data.places import Index
from calloff.data.triangle import Past, as_days
from calloff.forecasters.examples import examples_of, weights_of
from calloff.forecasters.pretrained import FOLDER
from calloff.lstm import LSTM, Adam, Cosine, Dense, Loss, Network, load
from calloff.lstm.data import Dataset
from calloff.lstm.network import Fitted
from calloff.rolling.spec import Spec
from calloff.synth import History, make_customer, random_customer, random_settings
from calloff.uncertainty.levels import LEVELS

SEED = 7
DAYS, EXAMPLES = 40, 300  # of a customer
HELD = 10  # each so many-th customer is held back
SIMULATED = 0.4  # share of the customers that have bills of material, stock and lots
LEAST = 0.02  # usual error of a customer, in units; less is counted as this


class Lessons(NamedTuple):
    """Examples of one customer (N): inputs of steps (N, S, C) and of the day ahead (N, D), errors
    and weights (N)."""

    steps: np.ndarray
    ahead: np.ndarray
    error: np.ndarray
    weight: np.ndarray


def customer(rng: np.random.Generator) -> History:
    """A made-up customer of one of the two kinds."""
    if rng.random() < SIMULATED:
        return make_customer(random_settings(rng)).history
    return random_customer(rng)


def lessons(number: int) -> Lessons | None:
    """Those of a customer by its number; None where its plans reach too few days."""
    rng = np.random.default_rng([SEED, number])
    triangle = customer(rng).triangle()
    ahead = triangle.leads[triangle.leads > 0]
    if not len(ahead):
        return None
    now, spec = triangle.as_of(triangle.days[-1]), Spec(int(rng.choice(ahead)))
    targets = now.days[now.is_target]
    asked = [day for day in targets if len(now.earlier(day - as_days(spec.lead)).days)]
    if len(asked) < 3:
        return None
    chosen = np.sort(rng.choice(len(asked), min(DAYS, len(asked)), replace=False))
    most = max(4, EXAMPLES // len(chosen))

    def draw(origin: Past, known: Index) -> Index:
        return rng.choice(known, min(most, len(known)), replace=False)

    found = [examples_of(now.earlier(asked[place]), spec, draw) for place in chosen]
    if not any(len(each.error) for each in found):
        return None
    steps = np.concatenate([each.inputs.steps for each in found]).astype(np.float16)
    ahead = np.concatenate([each.inputs.ahead for each in found]).astype(np.float16)
    error = np.concatenate([each.error for each in found])
    weight = weights_of(np.concatenate([each.inputs.unit for each in found]))
    usual = float(weight @ np.abs(error) / weight.sum())
    return Lessons(steps, ahead, error, weight / max(usual, LEAST))


def collect(customers: int) -> tuple[Lessons, np.ndarray]:
    """The lessons of all customers, and the number of the customer of each (N)."""
    with ProcessPoolExecutor() as pool:
        each = list(pool.map(lessons, range(customers), chunksize=16))
    known = [found for found in each if found is not None]
    numbers = [np.full(len(found.error), number) for number, found in enumerate(known)]
    steps, ahead, *rest = (np.concatenate(all_) for all_ in zip(*known, strict=True))
    wide = steps.astype(np.float32), ahead.astype(np.float32)
    return Lessons(*wide, *rest), np.concatenate(numbers)


def trained(data: Dataset, seed: int, options: argparse.Namespace) -> Fitted:
    """Train one network, from the start or from where an earlier one ended."""
    earlier = load(options.start / f"network_{seed}").weights if options.start else None
    (fitted,) = Network([LSTM(options.units), Dense(len(LEVELS))]).fit_many(
        [data],
        initial_weights=earlier,
        optimizer=Adam(Cosine(options.rate)),
        loss=Loss("pinball", quantiles=LEVELS),
        epochs=options.epochs,
        batch_size=512,
        verbose=0,
    )
    return fitted


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--networks", type=int, default=2)
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=Path, help="go on from the networks in this folder")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--lessons", type=Path, help="keep them here, or take them from here")
    options = parser.parse_args()
    start = time.perf_counter()
    if options.lessons and options.lessons.exists():
        kept = np.load(options.lessons)
        if "steps" not in kept:
            raise SystemExit(f"{options.lessons} was kept by an earlier version: collect anew")
        wide = (kept[name].astype(np.float32) for name in ("steps", "ahead"))
        all_, numbers = Lessons(*wide, kept["error"], kept["weight"]), kept["numbers"]
    else:
        all_, numbers = collect(options.customers)
        if options.lessons:
            np.savez(
                options.lessons,
                steps=all_.steps.astype(np.float16),
                ahead=all_.ahead.astype(np.float16),
                error=all_.error,
                weight=all_.weight,
                numbers=numbers,
            )
    made, start = time.perf_counter() - start, time.perf_counter()
    held = numbers % HELD == HELD - 1
    levels = np.repeat(all_.error[:, None], len(LEVELS), axis=1)
    rows = np.flatnonzero(~held)
    data = Dataset(all_.steps[rows], levels[rows], all_.weight[rows], static=all_.ahead[rows])
    fitted = [trained(replace(data, seed=seed), seed, options) for seed in range(options.networks)]
    said = [net.predict(all_.steps[held], static=all_.ahead[held]) for net in fitted]
    middle = np.mean(said, axis=0)[:, LEVELS.index(0.5)]
    weight, error = all_.weight[held], all_.error[held]
    facts = {
        "customers": len(np.unique(numbers)),
        "examples": len(numbers),
        "held_back": {
            "examples": int(held.sum()),
            "error_of_the_mean_of_simple_methods": round(
                float(weight @ np.abs(error) / weight.sum()), 4
            ),
            "error": round(float(weight @ np.abs(error - middle) / weight.sum()), 4),
        },
        "seconds": {"customers": round(made), "training": round(time.perf_counter() - start)},
    }
    for number, network in enumerate(fitted):
        network.save(options.out / f"network_{number}")
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
