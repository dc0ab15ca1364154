"""A part in several units is told; one unit, or several of several parts, is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from calloff import load
from calloff.cli.main import main
from calloff.report.summary.findings import findings
from calloff.store.adding import add
from calloff.texts.errors import Problem

HEAD = "part,issued_at,target,quantity"


def rows(*units: str) -> list[str]:
    """A quantity of a part P on each of several days, in these units; and of Q in kilograms."""
    days = enumerate(units, start=1)
    mine = [f"P,2024-01-0{day},2024-01-0{day},{day},{unit}" for day, unit in days]
    return [*mine, *(row.replace("P,", "Q,").rsplit(",", 1)[0] + ",KG" for row in mine)]


def sent(folder: Path, lines: Sequence[str], name: str = "plans", heads: str = "unit") -> Path:
    """A file of these rows."""
    path = folder / f"{name}.csv"
    path.write_text("\n".join([f"{HEAD},{heads}", *lines]), encoding="utf-8")
    return path


def told(folder: Path) -> list[Problem]:
    return [each for each in load(folder).reading.notices if each.code == "file.units"]


@pytest.mark.parametrize("head", ["unit", "UoM", "단위", "Mengeneinheit", "Unit of Measure"])
def test_a_part_in_several_units_is_told(tmp_path: Path, head: str) -> None:
    sent(tmp_path, rows("PC", "pc", "TH"), heads=head)
    (found,) = told(tmp_path)
    assert found.facts == {"count": 1, "part": "P", "units": "PC, TH"}
    assert found.where.row == 4 and found.where.file.endswith("plans.csv")


@pytest.mark.parametrize("units", [("PC", "pc", " PC"), ("PC", "", "PC"), ("", "", "")])
def test_one_unit_in_many_forms_is_one(tmp_path: Path, units: tuple[str, ...]) -> None:
    sent(tmp_path, rows(*units))
    assert not told(tmp_path)


def test_units_may_differ_between_files(tmp_path: Path) -> None:
    for name, units in (("a", ("PC", "PC")), ("b", ("", "", "box"))):
        path = sent(tmp_path, rows(*units), name)
    (found,) = told(tmp_path)
    assert found.facts["units"] == "PC, box" and found.where.file == str(path)
    assert [each.code for each in add(tmp_path / "store", path).notices] == []


def test_plants_may_count_in_units_of_their_own(tmp_path: Path) -> None:
    both = [row + ",K1" for row in rows("PC", "PC")] + [row + ",K2" for row in rows("TH", "TH")]
    sent(tmp_path, both, heads="unit,plant")
    assert not told(tmp_path)


def test_a_row_that_is_set_aside_says_nothing(tmp_path: Path) -> None:
    wrong = "P,2024-01-04,2024-01-04,many,TH"
    sent(tmp_path, [*rows("PC", "PC"), wrong])
    assert not told(tmp_path)


def test_a_store_tells_where_the_file_comes_in(tmp_path: Path) -> None:
    sent(tmp_path, rows("PC", "PC", "TH"))
    added = add(tmp_path / "store", tmp_path / "plans.csv")
    assert "file.units" in [each.code for each in added.notices]


def test_reports_tell_it_in_their_language_without_folders(tmp_path: Path) -> None:
    sent(tmp_path, rows("PC", "PC", "TH"))
    found = load(tmp_path).inspect()
    (told,) = [each for each in findings(found) if each.kind == "messages"]
    ((english, _),), ((korean, _),) = told.said("en"), told.said("ko")
    assert english.startswith("plans.csv, row 4: 1 parts") and "부품 1개" in korean
    assert [english, korean] == [*found.messages, *found.messages_ko]
    assert str(tmp_path) not in english + korean


@pytest.mark.parametrize(("lang", "words"), [("en", "several units"), ("ko", "단위")])
def test_the_command_tells_it_in_its_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    sent(tmp_path, rows("PC", "PC", "TH"))
    assert main(["--lang", lang, "inspect", str(tmp_path / "plans.csv")]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("- ")]
    assert words in line
