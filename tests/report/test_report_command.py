"""calloff report, and --report on forecast and backtest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from calloff.cli.main import main
from results_cases import plans


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a small export."""
    plans(["A-1", "B-2"], [(40, 50), (20, 20)]).write_csv(tmp_path / "plans.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    found = re.search(r'id="summary">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def test_a_report_beside_the_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "plans.csv", "--lead", "2", "--as-of", "2024-03-13"]) == 0
    assert "report.html" in capsys.readouterr().err
    found = summary(folder / "report.html")
    assert (found["as_of"], found["lead"]) == ("2024-03-13", 2)
    assert found["sources"][0]["name"] == "plans.csv"
    assert len(found["sources"][0]["sha256"]) == 64


def test_its_settings_are_those_of_the_arguments(folder: Path) -> None:
    (folder / "stock.csv").write_text("part,stock\nA-1,30\n", encoding="utf-8")
    words = ["--lead", "2", "--method", "ratio", "--quantiles", "5,95", "--tolerance", "25%"]
    words += ["--service-level", "0.8", "--stock", "stock.csv", "--lang", "ko", "-o", "r.html"]
    assert main(["report", "plans.csv", *words]) == 0
    found = summary(folder / "r.html")
    assert found["choice"]["method"] == "ratio"
    assert found["levels"] == [5, 95]
    assert (found["tolerance"], found["service_level"], found["stocked"]) == (0.25, 0.8, True)
    assert found["build"][0]["stock"] == 30
    assert '<html lang="ko">' in (folder / "r.html").read_text(encoding="utf-8")


def test_a_forecast_with_its_report_is_of_the_same_evening(folder: Path) -> None:
    words = ["--lead", "2", "--as-of", "2024-03-12", "-o", "f.csv", "--report", "f.html"]
    assert main(["forecast", "plans.csv", *words]) == 0
    rows = (folder / "f.csv").read_text(encoding="utf-8").splitlines()
    found = summary(folder / "f.html")
    assert found["as_of"] == "2024-03-12"
    assert found["targets"][0] in rows[1]


def test_the_report_of_a_backtest_has_its_scores(folder: Path) -> None:
    words = ["--lead", "2", "--to", "2024-03-13", "--method", "mean3", "--method", "last"]
    assert main(["backtest", "plans.csv", *words, "--scores", "s.csv", "--report", "b.html"]) == 0
    found = summary(folder / "b.html")
    assert found["as_of"] == "2024-03-13"  # the evening of the last target scored
    assert found["scores"]["last"] == "2024-03-13"
    ours = {row["method"]: row["mae"] for row in found["scores"]["overall"]}
    text = (folder / "s.csv").read_text(encoding="utf-8")
    for row in text.splitlines()[1:]:
        by, _, method, mae, *_ = row.split(",")
        if by == "all":
            assert ours[method] == pytest.approx(float(mae), abs=0.001)
    assert {"plan", "mean3", "last"} <= set(ours)


@pytest.mark.parametrize(
    "words",
    [
        ["report", "plans.csv", "-o", "a.pdf"],
        ["report", "plans.csv", "-o", "no/such/folder.html"],
        ["report", "plans.csv", "--method", "guess"],
        ["report", "nothing.csv"],
        ["forecast", "plans.csv", "--report", "a.xlsx"],
        ["backtest", "plans.csv", "--report", "a.txt"],
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(
    folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["plans.csv"]
