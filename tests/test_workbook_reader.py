"""Overrides through the workbook and back: written, edited elsewhere, read, kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from books import column, edited, heads, opened, through_libreoffice
from calloff.data.load import load
from calloff.overrides.table import Overrides
from calloff.overrides.workbook_reader import read_overrides
from calloff.planning.results import Results, Settings, run
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.synth import Customer, make, write_export
from calloff.texts.catalogue import say
from calloff.texts.errors import CalloffError


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("customer") / "export.xlsx"
    write_export(make(Customer(parts=9, days=40, seed=3)), made)
    return made


@pytest.fixture(scope="module")
def evening(export: Path) -> Results:
    return run(load(export), Settings(method="ratio", scored=4))


def book(evening: Results, path: Path, lang: str = "en", mine: Overrides | None = None) -> Path:
    write_workbook(summarise(evening, mine), path, lang)
    return path


def parts(evening: Results) -> tuple[str, ...]:
    return evening.past.parts


def first_parts(path: Path, count: int) -> list[str]:
    sheet = opened(path).worksheets[0]
    return [sheet.cell(row, 1).value for row in range(2, 2 + count)]


def found_in(mine: Overrides) -> dict[str, float]:
    return dict(mine.table.select("part", "override").rows())


def codes(error: CalloffError) -> list[str]:
    return [problem.code for problem in error.problems]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_round_trip(lang: str, evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx", lang)
    names = first_parts(made, 3)
    mine = read_overrides([edited(made, {2: 0, 3: 7.5, 4: "1200"}, tmp_path / "b.xlsx")])
    assert found_in(mine) == dict(zip(names, [0.0, 7.5, 1200.0], strict=True))
    table = evening.forecast.table.filter(part=names[1])
    (row,) = mine.table.filter(part=names[1]).to_dicts()
    assert (row["target"], row["plan"]) == (table["target"][0], table["plan"][0])
    assert row["forecast"] == pytest.approx(table["forecast"][0])
    assert row["evening"] == evening.past.cutoff.astype(object)
    assert not len(read_overrides([made]))


@pytest.mark.parametrize(("lang", "kind"), [("en", "xlsx"), ("ko", "xlsx"), ("ko", "ods")])
def test_libreoffice_may_save_it(lang: str, kind: str, evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx", lang)
    names = first_parts(made, 2)
    changed = edited(made, {2: 11, 3: "=5*5"}, tmp_path / "b.xlsx")
    saved = through_libreoffice(changed, tmp_path / "saved", kind)
    mine = read_overrides([saved], parts(evening))
    assert found_in(mine) == {names[0]: 11.0, names[1]: 25.0}
    again = book(evening, tmp_path / "c.xlsx", lang, mine)
    assert read_overrides([through_libreoffice(again, tmp_path / "twice", "xlsx")]).table.equals(
        mine.table
    )


def test_sheets_and_columns_may_be_moved_and_renamed(evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx", "ko")
    name = first_parts(made, 1)[0]
    changed = opened(edited(made, {2: 11}, tmp_path / "b.xlsx"))
    sheet = changed.worksheets[0]
    sheet.title = "my plan"
    sheet.insert_cols(1)
    sheet.insert_rows(1, 3)
    changed.move_sheet(sheet, 4)
    changed.save(tmp_path / "c.xlsx")
    assert found_in(read_overrides([tmp_path / "c.xlsx"])) == {name: 11.0}


def test_history_is_kept_and_the_build_sheet_has_the_last_word(
    export: Path, evening: Results, tmp_path: Path
) -> None:
    days = evening.triangle.target_days
    before = run(load(export), Settings(method="ratio", scored=4, as_of=str(days[-3])))
    monday = edited(book(before, tmp_path / "1.xlsx"), {2: 1, 3: 2}, tmp_path / "1e.xlsx")
    kept = read_overrides([monday])
    made = book(evening, tmp_path / "2.xlsx", "ko", kept)
    assert read_overrides([made]).table.equals(kept.table)
    changed = edited(made, {2: 5}, tmp_path / "2e.xlsx")
    both = read_overrides([changed])
    assert len(both) == 3
    assert set(both.table["evening"]) == {
        before.past.cutoff.astype(object),
        evening.past.cutoff.astype(object),
    }
    again = book(evening, tmp_path / "3.xlsx", "en", both)
    sheet = opened(again).worksheets[0]
    assert sheet.cell(2, column(sheet, "own number")).value == 5
    assert read_overrides([again]).table.equals(both.table)
    taken_back = edited(again, {2: None}, tmp_path / "3e.xlsx")
    assert read_overrides([taken_back]).table.equals(kept.table)
    assert read_overrides([monday, changed]).table.equals(both.table)
    history = opened(again)
    kept = history["Own numbers"]
    kept.cell(4, column(kept, "own number")).value = None
    history.save(tmp_path / "4.xlsx")
    assert len(read_overrides([tmp_path / "4.xlsx"])) == 2


def test_an_earlier_number_for_the_same_day_stands_beside(
    export: Path, evening: Results, tmp_path: Path
) -> None:
    made = book(evening, tmp_path / "a.xlsx")
    mine = read_overrides([edited(made, {2: 77}, tmp_path / "b.xlsx")])
    earlier = mine.table["evening"][0] - timedelta(days=1)
    older = Overrides(mine.table.with_columns(evening=earlier))
    sheet = opened(book(evening, tmp_path / "c.xlsx", "en", older)).worksheets[0]
    assert sheet.cell(2, column(sheet, "earlier own number")).value == 77
    assert sheet.cell(2, column(sheet, "own number")).value is None
    assert "earlier own number" not in heads(opened(made).worksheets[0])


def test_saving_days_later_is_noticed(evening: Results, tmp_path: Path) -> None:
    changed = opened(edited(book(evening, tmp_path / "a.xlsx"), {2: 11}, tmp_path / "b.xlsx"))
    written = changed.properties.created
    changed.properties.created = written - timedelta(days=5)
    changed.save(tmp_path / "late.xlsx")
    (row,) = read_overrides([tmp_path / "late.xlsx"]).table.to_dicts()
    assert row["made"] - row["evening"] == timedelta(days=5)
    (row,) = read_overrides([tmp_path / "b.xlsx"]).table.to_dicts()
    assert row["made"] == row["evening"]


def test_everything_wrong_is_said_at_once(evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx")
    values = {2: -1, 3: "many", 4: 3, 5: 4, 6: 5, 7: True}
    changed = opened(edited(made, values, tmp_path / "b.xlsx"))
    sheet = changed.worksheets[0]
    sheet.cell(4, 1).value = "Part X"
    sheet.cell(5, 2).value = None
    sheet.cell(6, 1).value = None
    changed.save(tmp_path / "c.xlsx")
    (tmp_path / "plain.csv").write_text("part,override\nA,1\n")
    with pytest.raises(CalloffError) as caught:
        read_overrides([tmp_path / "c.xlsx", tmp_path / "plain.csv"], parts(evening))
    assert codes(caught.value) == [
        "overrides.negative", "overrides.number", "overrides.day", "overrides.part",
        "overrides.number", "overrides.unknown", "overrides.no_mark",
    ]  # fmt: skip
    texts = [problem.text() for problem in caught.value.problems]
    places = ("K2", "K3", "B5", "A6", "K7")
    assert all(cell in text for cell, text in zip(places, texts[:5], strict=True))
    assert "Part X" in texts[5]
    assert "A4" in texts[5] or "row 4" in texts[5]


def test_a_pair_twice_and_a_sheet_that_is_gone(evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx")
    changed = opened(edited(made, {2: 1, 3: 2}, tmp_path / "b.xlsx"))
    changed.worksheets[0].cell(3, 1).value = changed.worksheets[0].cell(2, 1).value
    changed.save(tmp_path / "twice.xlsx")
    changed.remove(changed.worksheets[0])
    changed.save(tmp_path / "gone.xlsx")
    changed.remove(changed["calloff"])
    changed.save(tmp_path / "no_mark.xlsx")
    names = ("twice", "gone", "no_mark")
    with pytest.raises(CalloffError) as caught:
        read_overrides([tmp_path / f"{name}.xlsx" for name in names])
    assert codes(caught.value) == ["overrides.again", "overrides.no_sheet", "overrides.no_mark"]
    assert "own number" in caught.value.problems[1].text()


def test_a_workbook_of_another_format(evening: Results, tmp_path: Path) -> None:
    changed = opened(book(replace(evening, version="9.9.9"), tmp_path / "a.xlsx"))
    changed["calloff"].cell(2, 2).value = "9"
    changed.save(tmp_path / "b.xlsx")
    with pytest.raises(CalloffError) as caught:
        read_overrides([tmp_path / "b.xlsx"])
    assert codes(caught.value) == ["overrides.newer"]
    assert "9.9.9" in str(caught.value)


def test_a_part_that_left_the_input_keeps_its_history(evening: Results, tmp_path: Path) -> None:
    made = book(evening, tmp_path / "a.xlsx")
    mine = read_overrides([edited(made, {2: 1}, tmp_path / "b.xlsx")])
    gone = Overrides(mine.table.with_columns(part=mine.table["part"] + " old"))
    kept = book(evening, tmp_path / "c.xlsx", "en", gone)
    assert read_overrides([kept], parts(evening)).table.equals(gone.table)


# Heads as they were before things had one name each: new -> old.
OLD = {
    "en": {"own number": "override", "earlier own number": "earlier override",
           "as of": "forecast of the evening"},
    "ko": {"직접 입력 수량": "수정 수량", "이전 직접 입력 수량": "이전 수정",
           "기준일": "예측 기준일"},
}  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("heads_of", ["now", "before"])
def test_workbooks_with_the_heads_of_now_and_before_are_read(
    heads_of: str, lang: str, evening: Results, tmp_path: Path
) -> None:
    first = read_overrides(
        [edited(book(evening, tmp_path / "a.xlsx"), {2: 5}, tmp_path / "b.xlsx")]
    )
    day = first.table["evening"][0]
    older = Overrides(first.table.with_columns(evening=day - timedelta(days=1)))
    made = opened(book(evening, tmp_path / "c.xlsx", lang, older))
    if heads_of == "before":
        for sheet in made.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    cell.value = OLD[lang].get(cell.value, cell.value)
        assert set(OLD[lang].values()) <= {
            *heads(made.worksheets[0]),
            *heads(made[say("book.kept", lang)]),
        }
    made.save(tmp_path / "d.xlsx")
    name = first_parts(tmp_path / "d.xlsx", 2)[1]
    mine = read_overrides([edited(tmp_path / "d.xlsx", {3: 11}, tmp_path / "e.xlsx")])
    assert mine.table.filter(evening=day).select("part", "override").rows() == [(name, 11.0)]
    assert mine.table.filter(pl.col("evening") < day).equals(older.table)


def refused(path: Path) -> list[str]:
    with pytest.raises(CalloffError) as caught:
        read_overrides([path])
    return codes(caught.value)


@pytest.mark.parametrize("first", [False, True])
def test_a_copy_of_the_sheet_with_other_own_numbers(
    first: bool, evening: Results, tmp_path: Path
) -> None:
    """A planner who writes into a copy sees these numbers; which are meant is not known."""
    made = opened(edited(book(evening, tmp_path / "a.xlsx"), {2: 5}, tmp_path / "b.xlsx"))
    copy = made.copy_worksheet(made.worksheets[0])
    made.move_sheet(copy, 1 - len(made.worksheets) if first else 0)
    made.save(tmp_path / "c.xlsx")
    assert list(found_in(read_overrides([tmp_path / "c.xlsx"])).values()) == [5]
    copy.cell(3, column(copy, "own number")).value = 44
    made.save(tmp_path / "c.xlsx")
    assert refused(tmp_path / "c.xlsx") == ["overrides.copied"]


def test_a_copy_of_the_kept_numbers_is_no_sheet_to_write_in(
    evening: Results, tmp_path: Path
) -> None:
    kept = read_overrides([edited(book(evening, tmp_path / "1.xlsx"), {2: 1}, tmp_path / "2.xlsx")])
    made = opened(
        edited(book(evening, tmp_path / "3.xlsx", mine=kept), {2: 5}, tmp_path / "4.xlsx")
    )
    made.copy_worksheet(made["Own numbers"])
    made.move_sheet(made.worksheets[0], len(made.worksheets) - 1)
    made.save(tmp_path / "5.xlsx")
    assert list(found_in(read_overrides([tmp_path / "5.xlsx"])).values()) == [5]


@pytest.mark.parametrize("value", [8, "=4+4"])
def test_two_columns_of_own_numbers(value: object, evening: Results, tmp_path: Path) -> None:
    made = opened(book(evening, tmp_path / "a.xlsx"))
    sheet = made.worksheets[0]
    at = column(sheet, "own number")
    sheet.insert_cols(at)
    sheet.cell(1, at).value = "own number"
    made.save(tmp_path / "b.xlsx")
    assert not len(read_overrides([tmp_path / "b.xlsx"]))
    sheet.cell(2, at + 1).value = value
    made.save(tmp_path / "b.xlsx")
    calculated = value == 8
    code = "overrides.column_twice" if calculated else "file.uncalculated"
    assert refused(tmp_path / "b.xlsx") == [code]


def test_own_numbers_as_formulas_that_were_never_calculated(
    evening: Results, tmp_path: Path
) -> None:
    """As programs write them; LibreOffice and Excel calculate."""
    made = edited(book(evening, tmp_path / "a.xlsx"), {2: 5, 3: "=5*5"}, tmp_path / "b.xlsx")
    assert refused(made) == ["file.uncalculated"]


@pytest.mark.parametrize("part", ["#N/A", date(2024, 3, 1), 1.2345e16])
def test_own_numbers_of_a_part_that_cannot_be_read(
    part: object, evening: Results, tmp_path: Path
) -> None:
    """Where nobody says which parts there are, they were of a part without a name."""
    made = opened(edited(book(evening, tmp_path / "a.xlsx"), {2: 5}, tmp_path / "b.xlsx"))
    made.worksheets[0].cell(2, 1).value = part
    made.save(tmp_path / "c.xlsx")
    assert refused(tmp_path / "c.xlsx") == ["overrides.part"]
