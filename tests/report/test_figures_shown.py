"""The planning trade's figures as they are shown, on the screen and in the table of the command."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from calloff.cli.main import main
from calloff.evaluation.past_figures import past_figures
from calloff.report import words
from calloff.report.summary.planning_figures import FiguresSummary, figures
from calloff.report.terminal.planning_figures import HEADS, show_figures
from calloff.report.terminal.screen import Screen
from calloff.texts.catalogue import LANGUAGES, say
from results_cases import LEVELS, plans
from support import triangle

Inside = Callable[..., tuple[int, str, str]]
PLANS = {
    "A": {f"2024-01-{day:02d}": [10, 12, 13] for day in range(1, 12)},
    "B": {f"2024-01-{day:02d}": [5 + day % 2, 6 - day % 2, 6] for day in range(1, 12)},
    "New": {"2024-01-11": [1, 2, 3]},
}


def summary(**fields: object) -> FiguresSummary:
    past = triangle(PLANS, **fields).as_of("2024-01-11")
    return figures(past_figures(past), ["B", "A"])


def test_groups_then_parts_in_the_given_order() -> None:
    found = summary(sources=("y", "x", "x"))
    assert [row.name for row in found.groups] == ["", "x", "y"]
    assert [row.name for row in found.parts] == ["B", "A"]  # of the new one nothing is known


def on_the_screen(found: FiguresSummary, lang: str, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), color_system=None, highlight=False)
    show_figures(found, Screen(lang, False, console, console))
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_screen_shows(lang: str) -> None:
    found = summary()
    lines = on_the_screen(found, lang, 200)
    cells = {line.split("  ")[0]: line.split()[-7:] for line in lines}
    a = found.parts[1]
    assert a.alarm
    assert cells["A"] == [
        words.share(a.index_by_target), words.share(a.index_by_volume), "+1.00",
        words.share(a.instability), "+10.0", "!", "+1.00",
    ]  # fmt: skip
    assert say("figures.all", lang) in cells
    assert "!" not in cells["B"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_narrow_screen_has_the_whole_table(lang: str) -> None:
    lines = on_the_screen(summary(), lang, 78)
    assert all(len(line) <= 78 for line in lines)
    row = next(line for line in lines if line.startswith("A "))
    assert len(row.split()) == len(HEADS) + 1  # the mark of the alarm is one more


def test_numbers_with_signs() -> None:
    assert [words.signed(x) for x in (0.145, -0.145, 0.001, None)] == [
        "+0.15",
        "-0.15",
        "0.00",
        "–",
    ]
    assert words.tracking(3.966, False) == "+4.0"
    assert words.tracking(-17.04, True) == "-17.0 !"
    assert (words.tracking(0.0, False), words.tracking(None, None)) == ("0.0", "–")


@pytest.fixture
def inside(capsys: pytest.CaptureFixture[str]) -> Inside:
    """A command, in this process: status, stdout, stderr."""

    def within(*said: object) -> tuple[int, str, str]:
        try:
            status = main([str(word) for word in said])
        except SystemExit as end:
            status = int(str(end.code))
        return status, *capsys.readouterr()

    return within


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "plans.csv"
    frame = plans(list(LEVELS), list(LEVELS.values()))
    restless = [pl.col(f"D+{lead}") + lead * (pl.int_range(pl.len()) % 5) for lead in (1, 2, 3)]
    frame.with_columns(restless).write_csv(file)
    return file


def test_the_command_shows_and_writes_them(export: Path, inside: Inside) -> None:
    table = export.with_name("figures.csv")
    status, out, _ = inside("trust", export, "--lead", "2", "--figures", table)
    assert status == 0
    assert "all parts" in out
    found = pl.read_csv(table)
    assert found["level"].to_list() == ["all", "part", "part", "part"]
    assert found["index_by_volume"].is_between(0, 1).all()
    other = export.with_name("other.csv")
    inside("trust", export, "--lead", "2", "--figures", other, "--fade", "0.3", "--smoothing", "1")
    changed = pl.read_csv(other)
    same = {name for name in found.columns if found[name].equals(changed[name])}
    assert {"tracking_signal", "targets"} <= same
    assert not {"instability", "index_by_volume", "trigg_signal"} & same


@pytest.mark.parametrize(
    ("options", "words_"),
    [
        (["--fade", "0"], "fade is 0.0; it must lie from 0.001 to 1"),
        (["--fade", "x"], "--fade"),
        (["--smoothing", "0"], "smoothing is 0.0"),
        (["--figures", "f.txt"], "f.txt"),
        (["--figures", "same.csv", "-o", "same.csv"], "same.csv"),
    ],
)
def test_what_cannot_be_used(
    export: Path,
    inside: Inside,
    options: list[str],
    words_: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(export.parent)
    status, out, err = inside("trust", export, *options)
    assert (status, out) == (2, "")
    assert words_ in err
    assert "Traceback" not in err
