"""Which engine is chosen, what it says of itself, and what is said when it is not there."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from calloff.lstm import LSTM, Dense, EngineCannot, EngineMissing, Network, engines, train
from calloff.lstm.contract import HeadPlan, Job, LayerPlan, NetworkPlan, Training

X, Y = np.random.default_rng(0).normal(size=(6, 3, 2)), np.ones((6, 1))
PLAIN = Network([LSTM(3), Dense(1)])


def make_job(network: Network = PLAIN) -> Job:
    return Job(network.plan(2), Training(epochs=2), network.build(2), X, Y)


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "FAST", "calloff.lstm.not_built")


@pytest.fixture
def pretended(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A fast engine that is the readable one, and notes what it was asked."""
    seen: list[Any] = []

    def pretend(
        jobs: list[Job], *, threads: Any, progress: Any, extras: Any, instruction_set: Any
    ) -> Any:
        seen.append((len(jobs), threads))
        return train.train(jobs, progress=progress, extras=extras)

    def supports(job: Job, extras: Any) -> str | None:
        return "it has no tanh" if job.plan.layers[0].units == 4 else None

    module = SimpleNamespace(train=pretend, supports=supports, seen=seen)
    monkeypatch.setattr(engines, "fast_engine", lambda: module)
    return module


@pytest.mark.usefixtures("missing")
def test_a_missing_engine_says_how_to_get_it() -> None:
    with pytest.raises(EngineMissing, match=r"not in this installation.*pip install \..*numpy"):
        engines.choose("cpp", make_job())


@pytest.mark.usefixtures("missing")
def test_auto_says_why_it_is_not_the_fast_one() -> None:
    fitted = PLAIN.fit(X, Y, verbose=0)
    assert fitted.engine.name == "numpy"
    assert "not in this installation" in fitted.engine.reason


@pytest.mark.usefixtures("pretended")
def test_auto_takes_the_fast_one_where_it_can() -> None:
    assert engines.choose("auto", make_job()).name == "cpp"
    plan = NetworkPlan(2, (LayerPlan(3, "silu"),), HeadPlan(1))  # a second name of swish
    assert engines.choose("cpp", dataclasses.replace(make_job(), plan=plan)).name == "cpp"
    choice = engines.choose("auto", make_job(Network([LSTM(4), Dense(1)])))
    assert choice == ("numpy", 'engine "cpp" cannot do this: it has no tanh', "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"activity_regularizer": "l1"}, "activity regularizers"),
        ({"zero_output_for_mask": True}, "zero output for mask"),
        ({"stateful": True}, "stateful"),
        ({"activation": (np.sin, np.cos)}, "activation sin, a function of your own"),
        ({"recurrent_activation": (np.sin, np.cos)}, "activation sin"),
    ],
)
def test_what_a_plan_cannot_say_is_for_the_readable_engine(
    options: dict[str, Any], told: str
) -> None:
    pytest.importorskip("calloff.lstm.engine", reason="the fast engine is not built")
    network = Network([LSTM(3, **options), Dense(1)])
    with pytest.raises(EngineCannot, match=f"it has no {told}"):
        network.fit(X, Y, engine="cpp", shuffle=False, batch_size=3)
    fitted = network.fit(X, Y, engine="auto", shuffle=False, batch_size=3, verbose=0)
    assert fitted.engine.name == "numpy"
    assert told in fitted.engine.reason


def test_jobs_go_to_their_engines_and_come_back_in_order(pretended: SimpleNamespace) -> None:
    networks = [Network([LSTM(units), Dense(1)]) for units in (4, 3, 4, 2)]
    told: list[tuple[int, int]] = []
    found = engines.train(
        [make_job(network) for network in networks],
        threads=2,
        progress=lambda done, total: told.append((done, total)),
    )
    assert [choice.name for _, choice in found] == ["numpy", "cpp", "numpy", "cpp"]
    assert [outcome.weights[1].shape[0] for outcome, _ in found] == [4, 3, 4, 2]
    assert pretended.seen == [(2, 2)]
    assert told[-1] == (8, 8)
    assert told == sorted(told)


IMPORTS = """
import sys, calloff.lstm
heavy = {"polars", "rich", "matplotlib", "pandas", "pyarrow", "xlsxwriter", "narwhals",
         "python_calamine", "safetensors", "scipy", "keras", "onnx", "torch", "tensorflow", "jax"}
print(sorted(heavy & set(sys.modules)))
own = {name for name in sys.modules if name.startswith("calloff")}
print(sorted(n for n in own if n != "calloff" and not n.startswith("calloff.lstm")))
"""


def test_import_needs_numpy_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["[]", "[]"]
