"""ABC classes against a loop; labels and the sums by them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from books import heads, listed, opened
from calloff.analysis.abc import abc_classes
from calloff.cli.main import main
from calloff.data.part_tables import PartData
from calloff.data.reading.keys import Key
from calloff.report.summary.labels import labels
from support import triangle

Run = Callable[..., tuple[int, str, str]]
LEVELS = {"A": 100, "B": 50, "C": 20, "D": 5, "E": 0, "F": 2}


def customer(days: int = 10) -> dict[str, dict[str, list[float]]]:
    return {
        part: {f"2024-01-{day:02}": [pieces + day % 2, pieces] for day in range(1, days + 1)}
        for part, pieces in LEVELS.items()
    }


def by_loop(values: dict[str, float]) -> dict[str, str]:
    total, before, found = sum(values.values()), 0.0, {}
    for part in sorted(values, key=lambda name: -values[name]):
        share = before / total
        found[part] = "A" if share < 0.8 else "B" if share < 0.95 else "C"
        before += values[part]
    return found


def called(part: str) -> float:
    return sum(sent[0] for sent in customer()[part].values())


def test_classes_are_by_value_where_prices_are_known_else_by_pieces() -> None:
    past = triangle(customer()).as_of("2024-01-10")
    pieces = dict(zip(past.parts, abc_classes(past, {}), strict=True))
    assert pieces == by_loop({part: called(part) for part in LEVELS})
    prices = {"A": 1.0, "B": 0.5, "C": 90.0, "D": 7.0, "E": 4.0}
    value = dict(zip(past.parts, abc_classes(past, prices), strict=True))
    wanted = by_loop({part: called(part) * price for part, price in prices.items()})
    assert value == wanted | {"F": ""}  # without a price, beside others that have one
    assert value != pieces | {"F": ""}


@pytest.mark.parametrize(("days", "classes"), [(364, ["A", "C"]), (365, ["C", "A"])])
def test_only_the_last_year_counts(days: int, classes: list[str]) -> None:
    day = np.datetime64("2024-01-01")
    later = str(day + np.timedelta64(days, "D"))
    plans = {
        "old": {str(day): [500.0, 0], later: [0.0, 0]},
        "new": {str(day): [1.0, 0], later: [10.0, 0]},
    }
    past = triangle(plans).as_of(None)
    assert past.parts == ("old", "new")
    assert [*abc_classes(past, {})] == classes


def test_labels_that_say_nothing_are_left_out() -> None:
    past = triangle(customer()).as_of("2024-01-10")
    keys = {part: Key(part, "K1" if part < "C" else "K2", "Acme") for part in LEVELS}
    found = labels(past, keys, {"A": PartData("Seal", "", 2.0)})
    assert {*found.texts} == {"plant", "name", "abc"}
    assert (found.of("plant", "A"), found.of("plant", "F"), found.of("name", "B")) == (
        "K1",
        "K2",
        "",
    )
    assert found.by_value
    assert {*labels(past, {}, {}).texts} == {"abc"}


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """A command within this process: status, stdout, stderr."""

    def within(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        return status, *capsys.readouterr()

    return within


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    rows = ["part,issued_at,plant,D,D+1,D+2,D+3"]
    for day in range(1, 29):
        for at, part in enumerate("XYZ"):
            calls = ",".join(map(str, rng.integers(20, 60, 4) * (at + 1)))
            rows.append(f"{part},2024-01-{day:02} 17:00,{'K1' if part == 'X' else 'K2'},{calls}")
    (tmp_path / "plans.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "parts.csv").write_text(
        "part,name,group,price\nX,Seal,Body,9\nY,Hinge,Door,1\nZ,Knob,Door,1\nnone,?,?,1\n"
    )
    return tmp_path / "plans.csv"


def test_the_command_adds_up_by_group_and_names_the_parts(
    plans: Path, tmp_path: Path, run: Run
) -> None:
    words = ("--lead", "1", "--method", "ratio", "--service-level", "0.9", "--lang", "en")
    master = ("--parts", tmp_path / "parts.csv", "--by", "group", "-o", tmp_path / "a.csv")
    status, out, err = run("forecast", plans, *words, *master)
    assert status == 0, err
    assert "none" in err  # a name that is no part of the plans is said
    table = pl.read_csv(tmp_path / "a.csv")
    assert table.sort("part")["name"].to_list() == ["Seal", "Hinge", "Knob"]
    assert table.sort("part")["group"].to_list() == ["Body", "Door", "Door"]
    door = table.filter(group="Door")
    (line,) = [line for line in out.splitlines() if line.startswith("Door ")]
    sums = [f"{door[name].sum():,.0f}" for name in ("plan", "forecast", "build", "final")]
    cells = line.split()
    assert cells[2] == "2"
    assert [cells[3], cells[4], *cells[-2:]] == sums
    status, out, _ = run("forecast", plans, *words, "--by", "plant")
    assert status == 0
    assert sum(line.startswith(("K1 ", "K2 ")) for line in out.splitlines()) == 2
    status, _, err = run("forecast", plans, *words, "--by", "group")
    assert status == 0 and "--parts" in err


def test_the_workbook_has_them_too(plans: Path, tmp_path: Path, run: Run) -> None:
    words = ("--lead", "1", "--method", "ratio", "--parts", tmp_path / "parts.csv", "--quiet")
    status, _, err = run("forecast", plans, *words, "-o", tmp_path / "a.xlsx", "--lang", "en")
    assert status == 0, err
    sheet = opened(tmp_path / "a.xlsx")["Build"]
    at = {head: number for number, head in enumerate(heads(sheet))}
    shown = {
        row[0].value: [row[at[name]].value for name in ("name", "product group", "ABC class")]
        for row in listed(sheet)
    }
    assert shown["X @ K1"] == ["Seal", "Body", "A"]
