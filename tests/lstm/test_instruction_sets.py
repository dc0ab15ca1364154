"""Which instruction set runs: the processor's best, or the one asked for; and it is said."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_cases import make_job, nans_like

from calloff.lstm import LSTM, Dense, EngineCannot, Fitted, Network, load
from calloff.lstm.contract import LayerPlan, Loss, Outcome
from calloff.texts.errors import CalloffError

engine = pytest.importorskip(
    "calloff.lstm.engine", reason="the fast engine is not built: pip install -e ."
)
VARIABLE = "CALLOFF_INSTRUCTION_SET"
WIDE = make_job(LayerPlan(64), LayerPlan(32), samples=40, epochs=5, loss=Loss("mse"))
NETWORK = Network([LSTM(64), Dense(1)])
X, Y = np.random.default_rng(0).normal(size=(30, 3, 2)), np.ones((30, 1))


@pytest.fixture(autouse=True)
def _nothing_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def flags_of_the_processor() -> set[str]:
    """As the operating system lists them, which asks the processor by itself."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        pytest.skip("needs Linux's /proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    found = [line.split(":")[1] for line in lines if line.startswith("flags")]
    return set(found[0].split()) if found else set()


def expected_sets() -> list[str]:
    if platform.machine() in ("aarch64", "arm64"):
        return ["neon"]
    if platform.machine() not in ("x86_64", "AMD64"):
        return ["plain"]
    flags = flags_of_the_processor()
    needed = {
        "avx512": {"avx512f", "avx512dq", "avx512vl", "avx512bw", "avx2", "fma"},
        "avx2": {"avx2", "fma"},
        "sse2": {"sse2"},
    }
    return [name for name, wanted in needed.items() if wanted <= flags]


def bits(outcome: Outcome) -> bytes:
    return b"".join(array.tobytes() for array in (*outcome.weights, outcome.loss))


def test_every_instruction_set_of_the_processor_is_found() -> None:
    """A wheel whose compiler told it nothing of the processor ran SSE2 only, and no test saw it."""
    assert engine.instruction_sets() == expected_sets()


def test_the_best_one_is_the_one_that_runs() -> None:
    best = expected_sets()[0]
    (outcome,) = engine.train([WIDE])
    assert outcome.instruction_set == best == engine.instruction_set(WIDE.plan)
    assert bits(outcome) == bits(engine.train([WIDE], instruction_set=best)[0])
    for other in engine.instruction_sets()[1:]:
        (slower,) = engine.train([WIDE], instruction_set=other)
        assert slower.instruction_set == other
        assert slower.loss == pytest.approx(outcome.loss, rel=1e-3)


def test_the_bits_show_that_another_one_ran() -> None:
    """AVX2 and AVX-512 multiply and add with one rounding, SSE2 with two."""
    if "avx2" not in engine.instruction_sets():
        pytest.skip("needs a processor with AVX2")
    (fused,) = engine.train([WIDE], instruction_set="avx2")
    (plain,) = engine.train([WIDE], instruction_set="sse2")
    assert bits(fused) != bits(plain)


def test_a_narrow_network_takes_narrow_vectors() -> None:
    if "avx512" not in engine.instruction_sets():
        pytest.skip("needs a processor with AVX-512")
    plan = make_job(LayerPlan(8)).plan
    assert engine.instruction_set(plan) == "avx2"
    assert engine.instruction_set(replace(plan, layers=(LayerPlan(8, "silu"),))) == "avx2"
    assert engine.instruction_set() == "avx512"


def test_a_fitted_network_says_what_trained_it(tmp_path: Path) -> None:
    fitted = NETWORK.fit(X, Y, epochs=2, verbose=0)
    assert fitted.engine.instruction_set == expected_sets()[0]
    fitted.save(tmp_path)
    assert load(tmp_path).engine == fitted.engine
    readable = NETWORK.fit(X, Y, epochs=2, verbose=0, engine="numpy")
    assert readable.engine.instruction_set == ""


def test_networks_saved_before_it_was_said_are_read(tmp_path: Path) -> None:
    NETWORK.fit(X, Y, verbose=0).save(tmp_path)
    description = tmp_path / "network.json"
    text = description.read_text(encoding="utf-8")
    line = f'"instruction_set": "{expected_sets()[0]}"'
    assert line in text
    old = text.replace(line, "").replace('supports all that is asked",', 'supports all"')
    description.write_text(old, encoding="utf-8")
    assert load(tmp_path).engine.instruction_set == ""


def weights(**options: Any) -> tuple[Fitted, bytes]:
    fitted = NETWORK.fit(X, Y, epochs=3, verbose=0, **options)
    return fitted, b"".join(w.tobytes() for w in fitted.weights)


@pytest.mark.parametrize("name", engine.instruction_sets())
def test_it_can_be_fixed_by_name_and_by_the_environment(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted, by_name = weights(instruction_set=name)
    assert fitted.engine.name == "cpp"
    assert fitted.engine.instruction_set == name
    monkeypatch.setenv(VARIABLE, name)
    assert engine.instruction_set() == engine.instruction_set(WIDE.plan) == name
    fitted, by_environment = weights()
    assert fitted.engine.instruction_set == name
    assert by_environment == by_name


def test_a_name_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, engine.instruction_sets()[0])
    last = engine.instruction_sets()[-1]
    assert weights(instruction_set=last)[0].engine.instruction_set == last


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    assert weights()[0].engine.instruction_set == expected_sets()[0]


@pytest.mark.parametrize("wrong", ["avx3", "", "AVX2"])
def test_what_does_not_run_here_is_refused(wrong: str) -> None:
    told = f"one that this processor runs, {', '.join(engine.instruction_sets())}, not '{wrong}'"
    with pytest.raises(ValueError, match=told):
        weights(instruction_set=wrong)
    with pytest.raises(ValueError, match=told):
        engine.train([WIDE], instruction_set=wrong)
    with pytest.raises(ValueError, match=told):
        engine.gradients(WIDE, instruction_set=wrong, out=nans_like(WIDE.weights))
    with pytest.raises(ValueError, match=told):
        engine.predict(WIDE.plan, WIDE.weights, WIDE.x, instruction_set=wrong)


def test_what_does_not_run_here_is_refused_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "avx3")
    for call in (weights, engine.instruction_set, lambda: engine.train([WIDE])):
        with pytest.raises(CalloffError, match=f"{VARIABLE}.*this processor runs.*avx3"):
            call()
    weights(engine="numpy")  # which does not look at it


def test_only_the_fast_engine_has_them() -> None:
    name = engine.instruction_sets()[0]
    with pytest.raises(ValueError, match=r'instruction_set is for engine "cpp"'):
        weights(instruction_set=name, engine="numpy")
    with pytest.raises(EngineCannot, match="it has no stateful"):
        Network([LSTM(3, stateful=True), Dense(1)]).fit(
            X, Y, batch_size=10, shuffle=False, instruction_set=name
        )
