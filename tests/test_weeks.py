"""Plans of weeks: a triangle of their own, beside that of days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from calloff import Spec, forecast, load
from calloff.cli.main import main
from calloff.data.weeks import monday
from calloff.evaluation.backtest import backtest

START = date(2026, 3, 2)  # a Monday
LOAD = (5, 0, 3, 9, 1, 7, 2)


def long_file(path: Path, weeks: int = 14, daily: bool = True) -> Path:
    """On each Monday and Thursday a plan: days up to Sunday of the next week, four weeks beyond.

    Of part P-p 10 p + w and the load of the weekday are called off in week w.
    """
    lines = ["part,issued_at,target,quantity"]
    for week in range(weeks):
        for offset in range(7) if daily else (0, 3):
            issued = START + timedelta(weeks=week, days=offset)
            for part in (1, 2):
                if daily:
                    for target in (issued + timedelta(days=ahead) for ahead in range(4)):
                        ahead = (target - START).days
                        pieces = 10 * part + ahead // 7 + LOAD[ahead % 7]
                        lines.append(f"P-{part},{issued},{target},{pieces}")
                for ahead in range(0 if not daily else 1, 5):
                    monday_ahead = START + timedelta(weeks=week + ahead)
                    year, number, _ = monday_ahead.isocalendar()
                    pieces = 100 * part + 10 * ahead + week - offset
                    lines.append(f"P-{part},{issued},{year}-W{number:02},{pieces}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_mondays() -> None:
    days = np.array(["2026-03-01", "2026-03-02", "2026-03-08"], dtype="datetime64[D]")
    assert monday(days).astype(str).tolist() == ["2026-02-23", "2026-03-02", "2026-03-02"]


def test_a_file_of_weeks_alone_is_a_triangle_of_weeks(tmp_path: Path) -> None:
    loaded = load(long_file(tmp_path / "weeks.csv", daily=False))
    triangle = loaded.triangle
    assert triangle is loaded.weeks
    assert triangle.cadence == 7
    assert triangle.leads.tolist() == [0, 7, 14, 21, 28]
    assert triangle.days[0] == np.datetime64(START)
    # The week itself from its first plan, weeks to come from its last one.
    np.testing.assert_array_equal(triangle.quantity[0, 0], [100, 107, 117, 127, 137])
    assert loaded.inspect().weeks == 2 * 14 * 2 * 5


def test_days_and_weeks_are_kept_side_by_side(tmp_path: Path) -> None:
    loaded = load(long_file(tmp_path / "both.csv"))
    assert loaded.triangle.leads.tolist() == [0, 1, 2, 3]
    assert loaded.weeks is not None
    assert loaded.weeks.leads.tolist() == [0, 7, 14, 21, 28]
    # A week's call-off is the sum of those of its seven days.
    np.testing.assert_array_equal(
        loaded.weeks.quantity[:, :, 0],
        [[7 * (10 * part + week) + sum(LOAD) for week in range(14)] for part in (1, 2)],
    )
    assert forecast(loaded.triangle, Spec(lead=2), method="plan").table.height == 2
    pairs = backtest(loaded.weeks, Spec(lead=14), methods=["plan", "last"])
    assert set(pairs["lead"]) == {14}
    assert set(pairs["target"].dt.weekday()) == {1}


def test_weeks_are_forecast_where_the_lead_is_in_weeks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = str(long_file(tmp_path / "both.csv"))
    assert main(["forecast", made, "--lead", "2w", "--method", "plan"]) == 0
    assert "week 25 of 2026, from 2026-06-15" in capsys.readouterr().out
    assert main(["forecast", made, "--lead", "2", "--method", "plan"]) == 0
    assert "2026-06-09 (Tue)" in capsys.readouterr().out


SAID = {
    "forecast": ("Call-offs on week 25 of 2026, from 2026-06-15, as of week 23 of 2026",),
    "report": ("The report for week 25 of 2026, as of week 23 of 2026",),
    "trust": ("The plans for week 25 of 2026",),
    "backtest": ("Lead: 2 weeks;", "from week 12 of 2026 to week 23 of 2026"),
}


@pytest.mark.parametrize("command", SAID)
def test_every_command_says_that_it_is_about_weeks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    made = long_file(tmp_path / "plan.csv")
    more = {"report": ["-o", str(tmp_path / "r.html")], "trust": []}.get(command, [])
    method = ["--method", "ratio"] if command != "trust" else []
    words = [command, str(made), "--lead", "2w", *more, *method, "--lang", "en"]
    assert main(words) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert [text for text in SAID[command] if text not in printed] == []
    main([command, str(made), "--lead", "2", *more, *method, "--lang", "en"])
    assert "week 2" not in capsys.readouterr().out
