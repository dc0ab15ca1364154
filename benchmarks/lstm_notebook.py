"""The notebook's network for many parts at once: our engine against Keras 3, in one run.

    python benchmarks/lstm_notebook.py [--parts 117] [--threads 2] [--json FILE]

Keras trains one part after another (``--keras-parts`` of them, after one to warm up) with the
backend of the environment variable KERAS_BACKEND; its time for all parts is the mean times the
number of parts. Without Keras its figures are missing, and the output says so.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any

from calloff.lstm import engine
from lstm_common import arguments, limit, machine, notebook_job, pin, timed, write


def ours(parts: int, threads: int, repeats: int) -> dict[str, Any]:
    jobs = [notebook_job(seed) for seed in range(parts)]
    all_parts = timed(lambda: engine.train(jobs, threads=threads), repeats=repeats)
    one_part = timed(lambda: engine.train(jobs[:1], threads=1), repeats=3 * repeats)
    least = limit(jobs, threads)
    return {
        "instruction_set": engine.instruction_set(jobs[0].plan),
        "all_parts_seconds": all_parts,
        "one_part_seconds": one_part,
        "limit": least,
        "share_of_limit": least["seconds"] / all_parts["min"],
    }


def keras_fit() -> float:
    """Seconds that Keras takes for one part, building the network included."""
    import keras

    job = notebook_job()
    begin = time.perf_counter()
    network = keras.Sequential(
        [
            keras.layers.LSTM(8, activation="relu", dropout=0.2, return_sequences=True),
            keras.layers.LSTM(8, activation="relu", dropout=0.2),
            keras.layers.Dense(1),
        ]
    )
    network.compile(optimizer="adam", loss="mae")
    network.fit(
        job.x, job.y, epochs=100, batch_size=4, validation_data=(job.val_x, job.val_y), verbose=0
    )
    return time.perf_counter() - begin


def theirs(parts: int, sample: int) -> dict[str, Any]:
    if find_spec("keras") is None:
        return {"skipped": "keras is not installed: pip install keras jax"}
    import keras

    keras_fit()  # warm-up: imports and the first compilation
    seconds = [keras_fit() for _ in range(sample)]
    mean = sum(seconds) / sample
    return {
        "version": keras.__version__,
        "backend": keras.config.backend(),
        "one_part_seconds": seconds,
        "all_parts_seconds": mean * parts,
    }


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--parts", type=int, default=117)
    parser.add_argument("--keras-parts", type=int, default=2, help="parts that Keras trains (2)")
    options = parser.parse_args()
    pin(options.threads)
    figures: dict[str, Any] = {
        "benchmark": "notebook's network, 100 epochs, batch 4",
        "parts": options.parts,
        "machine": machine(options.threads),
        "calloff": ours(options.parts, options.threads, options.repeats),
        "keras": theirs(options.parts, options.keras_parts),
    }
    if "skipped" not in figures["keras"]:
        seconds = figures["calloff"]["all_parts_seconds"]["median"]
        figures["times_faster"] = figures["keras"]["all_parts_seconds"] / seconds
    write(figures, options.json)


if __name__ == "__main__":
    main()
