"""The notebook's job over many parts and seeds; the figures that Keras's own layer gave."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calloff.cli.main import main
from calloff.data.load import load
from calloff.lstm import engines
from calloff.lstm.network import Fitted
from calloff.texts.errors import CalloffError
from calloff.training.train import PartRun, TrainSpec, train_parts
from calloff.training.windows import WindowSpec
from support import real_file, triangle

QUICK = TrainSpec(WindowSpec(leads=(0, 1)), units=3, epochs=4)


def plans(days: int, seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    return {f"2024-01-{n:02}": rng.integers(0, 50, 5).tolist() for n in range(1, days + 1)}


MADE = triangle({"A": plans(31, 1), "B": plans(28, 2), "Short": plans(5, 3)})


def test_every_part_and_seed_at_once() -> None:
    runs, short = train_parts(MADE, MADE.parts, replace(QUICK, seeds=(0, 1)))
    assert [(run.part, run.seed) for run in runs] == [("A", 0), ("A", 1), ("B", 0), ("B", 1)]
    assert short == {"Short": 0}
    assert runs[0].loss != runs[1].loss
    assert all(len(run.loss) == 4 for run in runs)
    alone, _ = train_parts(MADE, ["B"], QUICK)
    assert alone[0].loss == runs[2].loss  # the same bits in whatever company


def test_errors_are_those_of_the_test_windows() -> None:
    (run, *_), _ = train_parts(MADE, ["A"], QUICK)
    assert run.test_pieces == pytest.approx(run.test_scaled * run.scaling.y_scale, rel=1e-5)
    rows = MADE.quantity[0]
    target = np.arange(31)[5:][-run.windows[2] :]
    plan = rows[target - 3, 3]
    assert run.plan_pieces == pytest.approx(np.abs(plan - rows[target, 0]).mean())


def test_parts_that_cannot_be_trained_are_named_at_once() -> None:
    conflict = np.zeros(MADE.conflict.shape, dtype=bool)
    conflict[1, 3] = True
    with pytest.raises(CalloffError) as caught:
        train_parts(replace(MADE, conflict=conflict), ["X", "A", "B", "Y"], QUICK)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["part.unknown", "part.quarantine", "part.unknown"]


# Keras's own layer over 20 seeds: mean and standard deviation (Part 94).
KERAS = {
    "loss_first": (0.789, 0.012),
    "loss_last": (0.471, 0.054),
    "val_first": (0.838, 0.009),
    "val_last": (0.922, 0.092),
    "test_scaled": (1.165, 0.097),
    "test_pieces": (5.27, 0.44),
}


def test_has_the_distribution_of_keras() -> None:
    """Means over 30 seeds agree within three standard errors of their difference."""
    from calloff.report.terminal.training import FIGURES

    made = load(real_file("kamp_parts_94_95.xls")).triangle
    runs, _ = train_parts(made, ["Part 94"], TrainSpec(seeds=tuple(range(30))))
    for name, (mean, deviation) in KERAS.items():
        values = [FIGURES[name](run) for run in runs]
        error = np.hypot(np.std(values, ddof=1) / np.sqrt(30), deviation / np.sqrt(20))
        assert abs(np.mean(values) - mean) < 3 * error, name


def command(*words: str) -> int:
    return main([*words, "--quiet"])


def test_command_leaves_its_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["part,issued_at,D,D+1,D+2,D+3,D+4,D+5"]
    rng = np.random.default_rng(4)
    for n in range(1, 31):
        rows += [
            f"{p},2024-01-{n:02} 17:00,{','.join(map(str, rng.integers(0, 40, 6)))}" for p in "XY"
        ]
    (tmp_path / "plans.csv").write_text("\n".join(rows), encoding="utf-8")
    made = {name: tmp_path / name for name in ("curves.png", "nets", "runs.json")}
    status = command("train", str(tmp_path / "plans.csv"), "--part", "all", "--epochs", "3",
                     "--seeds", "2", "--plot", str(made["curves.png"]), "--save", str(made["nets"]),
                     "--json", str(made["runs.json"]))  # fmt: skip
    assert status == 0
    assert "X" in capsys.readouterr().out
    assert made["curves.png"].read_bytes().startswith(b"\x89PNG")
    runs = json.loads(made["runs.json"].read_text(encoding="utf-8"))["runs"]
    assert [(run["part"], run["seed"]) for run in runs] == [("X", 0), ("X", 1), ("Y", 0), ("Y", 1)]
    assert len(runs[0]["loss"]) == 3
    nets = [Fitted.load(made["nets"] / f"{n:04}") for n in range(4)]
    said = [(run["engine"], run["instruction_set"] or "") for run in runs]
    assert said == [(net.engine.name, net.engine.instruction_set) for net in nets]
    assert Fitted.load(made["nets"] / "0003").features == 4


@pytest.fixture
def plan_file(tmp_path: Path) -> str:
    rows = ["part,issued_at,D,D+3,D+4,D+5"]
    rows += [f"X,2024-01-{n:02} 17:00,1,{n},3,4" for n in range(1, 31)]
    (tmp_path / "plans.csv").write_text("\n".join(rows), encoding="utf-8")
    return str(tmp_path / "plans.csv")


@pytest.mark.parametrize(
    "wrong",
    [["--activation", "magic"], ["--dropout", "-1"], ["--loss", "magic"], ["--engine", "steam"],
     ["--columns", "Z"], ["--columns", "D,D+99"], ["--learning-rate", "0"], ["--units", "99999"],
     ["--plot", "x.doc"], ["--instruction-set", "avx3"],
     ["--engine", "numpy", "--instruction-set", "sse2"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_options_are_said(
    wrong: list[str], plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", plan_file, "--part", "X", *wrong) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_instruction_set_is_fixed_and_said(
    plan_file: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    engine = pytest.importorskip("calloff.lstm.engine", reason="the fast engine is not built")
    last, made = engine.instruction_sets()[-1], tmp_path / "runs.json"
    options = ["--epochs", "2", "--instruction-set", last, "--json", str(made)]
    assert command("train", plan_file, "--part", "X", *options) == 0
    assert f"Instruction set: {last}." in capsys.readouterr().out
    written = json.loads(made.read_text(encoding="utf-8"))
    assert written["spec"]["instruction_set"] == written["runs"][0]["instruction_set"] == last


@pytest.mark.parametrize(("lang", "told"), [("en", "must name an"), ("ko", "명령어 집합")])
def test_a_wrong_instruction_set_of_the_environment_is_said(
    plan_file: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    told: str,
) -> None:
    pytest.importorskip("calloff.lstm.engine", reason="the fast engine is not built")
    monkeypatch.setenv("CALLOFF_INSTRUCTION_SET", "avx3")
    assert command("train", plan_file, "--part", "X", "--lang", lang) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "avx3" in said


def test_a_forecast_with_a_wrong_instruction_set_is_none(
    plan_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is one of several members: the others must not stand in for it unasked."""
    pytest.importorskip("calloff.lstm.engine", reason="the fast engine is not built")
    monkeypatch.setenv("CALLOFF_INSTRUCTION_SET", "avx3")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert command("forecast", plan_file) == 2
    streams = capsys.readouterr()
    assert streams.err.count("avx3") == 1 and "auto" not in streams.out


def test_a_missing_engine_is_said(
    plan_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "FAST", "calloff.lstm.not_built")
    assert command("train", plan_file, "--part", "X", "--engine", "cpp") == 2
    assert "not in this installation" in capsys.readouterr().err


def test_runs_are_frozen() -> None:
    (run,), _ = train_parts(MADE, ["A"], QUICK)
    assert isinstance(run, PartRun)
    with pytest.raises(AttributeError):
        run.seed = 5  # type: ignore[misc]
