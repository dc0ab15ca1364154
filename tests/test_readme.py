"""The README's Python and its layout run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calloff.data.reading import read
from calloff.synth import Customer, make, write_export

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_python_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pandas", reason="the README converts a frame to pandas")
    monkeypatch.chdir(tmp_path)
    write_export(make(Customer(parts=12, days=50)), tmp_path / "export.xlsx")
    for code in blocks("python"):
        exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "2024-03-09" in printed
    assert "x_plan" in printed


def test_layout_reads(tmp_path: Path) -> None:
    (layout,) = blocks("toml")
    (tmp_path / "mine.toml").write_text(layout, encoding="utf-8")
    (tmp_path / "plans.csv").write_text(
        "Material,Sent,Today,Day 1,Day 2\nX,01.02.2024 17:30,4,5,6\n", encoding="utf-8"
    )
    found = read(tmp_path / "plans.csv", layout=tmp_path / "mine.toml")
    assert found.plans.quantity.tolist() == [[4, 5, 6]]
    assert str(found.plans.issued[0]) == "2024-02-01T17:30:00"


def test_the_two_commands_stand_there() -> None:
    assert "pip install . && calloff demo\n" in README
    assert "pip install -e '.[dev]' && pytest\n" in README
