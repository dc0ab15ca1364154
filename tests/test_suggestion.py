"""A layout that would read a file: what is guessed reads it, what cannot be known is a comment."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from calloff import load
from calloff.cli.main import main
from calloff.data.suggestion import Suggestion, suggest_layout
from input_files import long, wide, write

HEADERS = [
    ["Mat.-Bez.", "Stand", "Tag 0", "Tag 1", "Tag 2"],
    ["자재", "받은 시각", "당일", "+1일", "+2일"],
    ["Component", "Sent", "Today", "in 1 day", "in 2 day"],
]


def reads_as(made: Path, usual: Path) -> Suggestion:
    """What is suggested for a file, by which it reads as another one does by itself."""
    found = suggest_layout([made])
    assert found is not None
    layout = made.with_name("mine.toml")
    layout.write_text(found.text, encoding="utf-8")
    np.testing.assert_array_equal(
        load(made, layout=layout).triangle.quantity, load(usual).triangle.quantity
    )
    return found


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header[0])
def test_a_strange_wide_table_is_read_by_what_is_suggested(
    tmp_path: Path, header: list[str]
) -> None:
    table = wide(parts=4, days=6)
    made = write(tmp_path / "strange.csv", [header, *table[1:]])
    found = reads_as(made, write(tmp_path / "usual.csv", table))
    assert (found.needed, found.complete) == (True, True)


def test_a_strange_long_table(tmp_path: Path) -> None:
    table = long(parts=3, days=5)
    made = write(tmp_path / "strange.xlsx", [["Ref", "Sent", "For day", "Pcs"], *table[1:]])
    found = reads_as(made, write(tmp_path / "usual.xlsx", table))
    assert 'kind = "long"' in found.text


def test_what_nobody_can_know_is_to_be_chosen(tmp_path: Path) -> None:
    table = wide(parts=2, days=5)
    rows = [
        [row[0], f"2021-10-0{at // 2 + 1}T08:00:00Z", *row[2:]] for at, row in enumerate(table[1:])
    ]
    found = suggest_layout([write(tmp_path / "zones.csv", [table[0], *rows])])
    assert found is not None
    assert not found.complete
    assert "# zone = " in found.text


def test_a_known_file_needs_none(tmp_path: Path) -> None:
    found = suggest_layout([write(tmp_path / "plan.csv", wide())])
    assert found is not None
    assert not found.needed


def test_inspect_shows_it_and_keeps_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = write(tmp_path / "strange.csv", [HEADERS[0], *wide(parts=4, days=6)[1:]])
    assert main(["inspect", str(made)]) == 2
    assert 'part = ["Mat.-Bez."]' in capsys.readouterr().out
    kept = tmp_path / "mine.toml"
    assert main(["inspect", str(made), "--write-layout", str(kept)]) == 2
    assert main(["inspect", str(made), "--layout", str(kept)]) == 0


def test_no_table_gives_none(tmp_path: Path) -> None:
    made = tmp_path / "notes.csv"
    with made.open("w", newline="") as file:
        csv.writer(file).writerows([["we met", "on Monday"], ["and", "agreed"]])
    assert suggest_layout([made]) is None


def test_a_file_that_is_read_well_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write(tmp_path / "plan.csv", wide(parts=4, days=6))
    asked: list[object] = []
    monkeypatch.setattr("calloff.data.suggestion.suggest_layout", asked.append)
    assert main(["inspect", str(made)]) == 0
    assert not asked


def test_the_layout_is_kept_beside_the_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = write(tmp_path / "plan.csv", wide(parts=4, days=6))
    kept = tmp_path / "mine.toml"
    assert main(["inspect", str(made), "--json", "-", "--write-layout", str(kept)]) == 0
    assert json.loads(capsys.readouterr().out)["parts"] == 4
    assert main(["inspect", str(made), "--layout", str(kept)]) == 0
