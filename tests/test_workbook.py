"""The workbook's structure, read back by another program; nothing in it ever runs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from books import column, heads, listed, opened, xml_of
from calloff.data.load import load
from calloff.data.part_tables import Stock
from calloff.evaluation.scores import score
from calloff.forecasters import available
from calloff.overrides.table import Overrides
from calloff.planning.build import BuildSpec
from calloff.planning.results import Results, Settings, Source, run
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.report.workbook.style import width
from calloff.synth import Customer, make, write_export
from calloff.texts.catalogue import catalogue, say
from calloff.texts.errors import CalloffError

SHEETS = ("build", "deviations", "score", "parts", "trust", "figures", "findings", "kept",
          "about")  # fmt: skip
EVIL = ("=1+1", "+2", "-3", "@SUM(A1)", '=HYPERLINK("http://x.test","y")', "http://x.test",
        "{=1}", "007", "0012.50", "1e5", "2024-01-02", "=" + "x" * 400,
        "file:///etc/passwd", "'quoted", "a\x01b", "품번=1")  # fmt: skip


CELL = r"[A-Z]\d+"
OURS = re.compile(  # the formulas that are meant: what is finally built, and totals
    rf"IF\(ISNUMBER\({CELL}\),{CELL},(IF\(ISNUMBER\({CELL}\),{CELL},)?"
    rf'IF\(ISNUMBER\({CELL}\),{CELL},""\)\)?\)|SUBTOTAL\(109,{CELL}:{CELL}\)'
)


def evil_frame() -> pl.DataFrame:
    """Plans of parts whose names mean something to a spreadsheet."""
    generator = np.random.default_rng(5)
    rows = []
    for day in range(1, 21):
        for number, part in enumerate(EVIL):
            sent = generator.integers(1, 50, 6) + number
            rows.append((part, f"2024-04-{day:02} 17:30", *sent.tolist()))
    names = ["part", "issued_at", "D", "D+1", "D+2", "D+3", "D+4", "D+5"]
    return pl.DataFrame(rows, schema=names, orient="row")


@pytest.fixture(scope="module")
def evil() -> Results:
    sources = [Source('=cmd|"/c calc"!A1.xlsx', 1, "ab" * 32)]
    return run(load(evil_frame()), Settings(scored=4), sources=sources)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A customer's evening with faults in the input, in both languages."""
    folder = tmp_path_factory.mktemp("book")
    write_export(make(Customer(parts=12, days=42)), folder / "export.xlsx")
    summary = summarise(run(load(folder / "export.xlsx"), Settings(scored=5)))
    paths = {lang: folder / f"{lang}.xlsx" for lang in ("en", "ko")}
    for lang, path in paths.items():
        write_workbook(summary, path, lang)
    return paths


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_sheets(lang: str, made: dict[str, Path]) -> None:
    book = opened(made[lang])
    names = [say(f"book.{key}", lang) for key in SHEETS]
    assert book.sheetnames == [*names, "calloff"]
    assert book["calloff"].sheet_state == "veryHidden"
    assert book.active.title == names[0]
    for sheet in book.worksheets[:-1]:
        assert sheet.page_setup.orientation == "landscape"
        one_page = sheet.title == names[-1]
        assert sheet.page_setup.fitToHeight == (None if one_page else 0)  # None: Excel's 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert "&P" in sheet.oddFooter.center.text
        assert sheet.title in sheet.oddHeader.left.text
        assert re.search(r"\d{4}-\d\d-\d\d", sheet.oddHeader.center.text)
        assert sheet.freeze_panes


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("key", ["build", "parts", "trust", "figures", "findings", "kept"])
def test_tables_have_a_head_that_stays_and_filters(
    key: str, lang: str, made: dict[str, Path]
) -> None:
    sheet = opened(made[lang])[say(f"book.{key}", lang)]
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_rows == "$1:$1"
    last = openpyxl_letter(len(heads(sheet)))
    assert re.fullmatch(rf"A1:{last}\d+", sheet.auto_filter.ref)
    assert all(heads(sheet))
    assert len(set(heads(sheet))) == len(heads(sheet))  # columns are found by their heads


def openpyxl_letter(number: int) -> str:
    return chr(ord("A") + number - 1)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_columns_are_wide_enough(lang: str, made: dict[str, Path]) -> None:
    """Every text and every word of a head fits, Korean signs counted double."""
    for key in ("build", "parts", "trust", "figures", "findings"):
        sheet = opened(made[lang], values=True)[say(f"book.{key}", lang)]
        for at, head in enumerate(heads(sheet), start=1):
            wide = next(each.width for each in sheet.column_dimensions.values()
                        if each.min <= at <= each.max)  # fmt: skip
            texts = [row[at - 1].value for row in listed(sheet)]
            longest = max((width(text) for text in texts if isinstance(text, str)), default=0)
            assert wide >= min(longest, 70), (key, head)
            assert wide >= max(map(width, head.split())), (key, head)


def test_rows_are_as_high_as_the_reasons_in_them(made: dict[str, Path]) -> None:
    """Not every program makes them so, and then a row covers the next one."""
    sheet = opened(made["en"], values=True)["Build"]
    at, broken = column(sheet, "why"), 0
    wide = sheet.column_dimensions[openpyxl_letter(at)].width
    for row in listed(sheet):
        lines = -(-width(row[at - 1].value or "") // (wide + 2))
        broken += lines > 1
        assert (sheet.row_dimensions[row[0].row].height or 15) >= 15 * lines
    assert broken


def test_wide_characters_count_double() -> None:
    assert (width("Part 1"), width("품번 1"), width("")) == (6, 6, 0)


def test_numbers_are_numbers_with_formats(made: dict[str, Path]) -> None:
    sheet = opened(made["en"])["Build"]
    for name in ("plan", "forecast", "build"):
        cell = sheet.cell(2, column(sheet, name))
        assert isinstance(cell.value, int | float)
        assert cell.number_format == "#,##0"
    assert (
        sheet.cell(2, column(sheet, "deviation")).number_format == "[>=0.5]+#,##0;[<=-0.5]-#,##0;0"
    )
    assert sheet.cell(2, column(sheet, "target day")).is_date
    size = [abs(row[column(sheet, "deviation") - 1].value) for row in listed(sheet)]
    assert size == sorted(size, reverse=True)
    assert size[0] > 0


def test_the_column_to_write_in(made: dict[str, Path]) -> None:
    sheet = opened(made["ko"])["생산"]
    at = column(sheet, "직접 입력 수량")
    cells = [row[at - 1] for row in listed(sheet)]
    assert [cell.value for cell in cells] == [None] * len(cells)
    assert not any(cell.protection.locked for cell in cells)
    assert sheet.cell(2, 1).protection.locked
    assert len({cell.fill.fgColor.rgb for cell in cells}) == 1
    assert cells[0].fill.fgColor.rgb != sheet.cell(2, 1).fill.fgColor.rgb
    (rule,) = sheet.data_validations.dataValidation
    letter = openpyxl_letter(at)
    assert str(rule.sqref) == f"{letter}2:{letter}{len(cells) + 1}"
    assert (rule.type, rule.operator, rule.formula1) == ("decimal", "greaterThanOrEqual", "0")
    assert 0 < len(rule.prompt) <= 255
    assert 0 < len(rule.promptTitle) <= 32


def test_pictures_show_the_cells_beside_them(made: dict[str, Path]) -> None:
    xml = xml_of(made["ko"])
    charts = [text for name, text in xml.items() if name.startswith("xl/charts/chart")]
    assert len(charts) == 3
    assert all("<c:title>" in text for text in charts)
    (bars,) = [text for text in charts if "<c:errBars>" in text]
    assert re.search(r"<c:f>편차!\$G\$5:\$G\$\d+</c:f>", bars)
    drawings = [text for name, text in xml.items() if name.startswith("xl/drawings/drawing")]
    assert sum(text.count(" descr=") for text in drawings) == 3  # read aloud in their place


def test_scores_are_those_of_the_backtest(evil: Results, tmp_path: Path) -> None:
    write_workbook(summarise(evil), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Score"]
    top = next(row for row in range(1, 20) if sheet.cell(row, 1).value == "method")
    shown = {}
    while isinstance(sheet.cell(top + 1, 2).value, int | float):
        top += 1
        shown[sheet.cell(top, 1).value] = sheet.cell(top, 2).value
    wanted = {row["method"]: row["mae"] for row in score(evil.pairs).to_dicts()}
    assert shown == pytest.approx(wanted)
    parts = opened(tmp_path / "a.xlsx")["Parts"]
    assert {row[0].value for row in parts.iter_rows(2)} >= {"=1+1", "007"}


def test_overrides_stand_in_the_score_on_the_same_pairs(evil: Results, tmp_path: Path) -> None:
    pair = evil.pairs.filter(method="plan").row(0, named=True)
    mine = Overrides(
        pl.DataFrame([pair]).select(
            "part", "target", "plan", "forecast",
            evening=pl.col("target").dt.offset_by("-3d"),
            made=pl.col("target").dt.offset_by("-3d"),
            override=pl.col("actual") + 2.0,
        )
    )  # fmt: skip
    write_workbook(summarise(evil, mine), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Score"]
    (row,) = [row for row in sheet.iter_rows() if row[0].value == "own number"]
    plan = abs(pair["plan"] - pair["actual"])
    wape = 2.0 / pair["actual"]
    assert [cell.value for cell in row[1:6]] == pytest.approx([2.0, 2.0 / plan, 2.0, wape, 1])


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_from_outside_becomes_a_formula_or_a_link(
    lang: str, evil: Results, tmp_path: Path
) -> None:
    mine = Overrides(
        evil.forecast.table.select(
            "part", "target", "plan", "forecast",
            evening=pl.lit(evil.past.cutoff.astype(object)),
            made=pl.lit(evil.past.cutoff.astype(object)),
            override=pl.lit(1.0),
        )
    )  # fmt: skip
    write_workbook(summarise(evil, mine), tmp_path / "a.xlsx", lang)
    for name, text in xml_of(tmp_path / "a.xlsx").items():
        if name.startswith("xl/worksheets/sheet"):
            assert all(map(OURS.fullmatch, re.findall(r"<f[^>]*>([^<]*)</f>", text))), name
            assert "hyperlink" not in text.lower()
        assert "externalLink" not in name
        assert not (name.endswith(".rels") and 'TargetMode="External"' in text), name
    sheet = opened(tmp_path / "a.xlsx").worksheets[0]
    names = {row[0].value for row in sheet.iter_rows(2)}
    assert {"007", "0012.50", "1e5", "2024-01-02", "http://x.test"} <= names
    about = opened(tmp_path / "a.xlsx").worksheets[-2]
    assert any("=cmd|" in str(row[1].value) for row in about.iter_rows())


def test_what_cannot_be_scored_is_said(evil: Results, tmp_path: Path) -> None:
    early = run(load(evil_frame()), Settings(as_of="2024-04-01"))
    assert early.pairs.is_empty()
    for lang in ("en", "ko"):
        write_workbook(summarise(early), tmp_path / f"{lang}.xlsx", lang)
        book = opened(tmp_path / f"{lang}.xlsx")
        assert book[say("book.score", lang)]["A1"].value == say("book.score_none", lang)
        assert say("book.parts", lang) not in book.sheetnames


def test_several_days_and_no_range(tmp_path: Path) -> None:
    results = run(load(evil_frame()), Settings(method="last", days=2, quantiles=()))
    write_workbook(summarise(results), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Build"]
    assert len({row[1].value for row in listed(sheet)}) == 2
    assert len(listed(sheet)) == 2 * len(EVIL)


@pytest.mark.parametrize("name", available())
def test_each_method_has_its_words(name: str) -> None:
    assert f"how.{name.replace('-', '_')}" in catalogue()


def test_findings_have_their_place(made: dict[str, Path]) -> None:
    sheet = opened(made["en"])["Findings"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(2)]
    faults = [row for row in rows if row[0].startswith("faulty cell")]
    assert faults
    assert all(row[3] == "export.xlsx" and re.fullmatch(r"[A-Z]+\d+", row[5]) for row in faults)
    assert any(row[0].startswith("stale days") and row[1] for row in rows)
    assert any(row[0].startswith("parts in conflict") for row in rows)


def test_about_names_input_method_and_settings(evil: Results, tmp_path: Path) -> None:
    write_workbook(summarise(evil), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["About"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    for wanted in (evil.version, str(evil.past.cutoff), str(evil.forecast.targets[0]), "ab" * 32,
                   evil.forecast.choice.method.name, "95%", "3 days to react"):  # fmt: skip
        assert wanted in text
    assert all(head in text for head in heads(opened(tmp_path / "a.xlsx")["Build"]))


def test_a_plan_outside_the_range_is_marked(evil: Results, tmp_path: Path) -> None:
    plan = pl.when(pl.int_range(pl.len()) == 0).then(99_999.0).otherwise("plan")
    table = evil.forecast.table.with_columns(plan=plan)
    wild = replace(evil, forecast=replace(evil.forecast, table=table))
    write_workbook(summarise(wild), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Build"]
    at = {head: number for number, head in enumerate(heads(sheet))}
    rows = [[cell.value for cell in row] for row in listed(sheet)]
    low, high = at["range from (10%)"], at["range to (90%)"]
    outside = [not row[low] - 0.5 <= row[at["plan"]] <= row[high] + 0.5 for row in rows]
    assert [row[at["verdict"]] == "▲ check" for row in rows] == outside
    assert any(outside) and not all(outside)


def test_the_running_share_ends_at_one(evil: Results, tmp_path: Path) -> None:
    write_workbook(summarise(evil), tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Trust"]
    share = [row[column(sheet, "running share") - 1].value for row in sheet.iter_rows(2)]
    error = [row[column(sheet, "usual error") - 1].value for row in sheet.iter_rows(2)]
    assert share == sorted(share)
    assert share[-1] == pytest.approx(1)
    assert share[0] == pytest.approx(error[0] / sum(error))


@pytest.mark.parametrize("sheet", ["write_plan_accuracy", "write_about", "write_marks"])
def test_a_failure_in_the_middle_leaves_the_old_file(
    sheet: str, evil: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "a.xlsx"
    made.write_text("old")

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"calloff.report.workbook.{sheet}", broken)
    with pytest.raises(CalloffError) as caught:
        write_workbook(summarise(evil), made)
    assert caught.value.problems[0].code == "write.refused"
    assert made.read_text() == "old"
    assert list(tmp_path.iterdir()) == [made]


def test_other_suffixes_are_refused(evil: Results, tmp_path: Path) -> None:
    with pytest.raises(CalloffError) as caught:
        write_workbook(summarise(evil), tmp_path / "a.csv")
    assert caught.value.problems[0].code == "write.suffix"


def test_planning_figures_of_all_parts_come_first(evil: Results, tmp_path: Path) -> None:
    summary = summarise(evil)
    write_workbook(summary, tmp_path / "a.xlsx")
    sheet = opened(tmp_path / "a.xlsx")["Figures"]
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    found = (*summary.figures.groups, *summary.figures.parts)
    assert rows[0][0] == "all parts"
    assert len(rows) == len(found) > 2
    for row, each in zip(rows, found, strict=True):
        figures = (each.index_by_target, each.index_by_volume, each.weighted_bias,
                   each.instability, each.tracking_signal, each.trigg_signal)  # fmt: skip
        assert row[1:7] == pytest.approx(figures)
        assert row[7] == each.targets
    rule = sheet.conditional_formatting[f"F2:F{len(rows) + 1}"][0]
    assert (rule.operator, [float(each) for each in rule.formula]) == ("notBetween", [-4, 4])


def test_what_is_finally_built_follows_the_own_numbers(evil: Results, tmp_path: Path) -> None:
    evening = pl.lit(evil.past.cutoff.astype(object))
    some = evil.forecast.table.head(3)
    numbers = {"override": pl.lit(700.0), "evening": evening, "made": evening}
    mine = Overrides(some.select("part", "target", "plan", "forecast", **numbers))
    write_workbook(summarise(evil, mine), tmp_path / "a.xlsx")
    shown, worked_out = (opened(tmp_path / "a.xlsx", values)["Build"] for values in (True, False))
    at = {head: number for number, head in enumerate(heads(shown))}
    for row in listed(shown):
        own, build = row[at["own number"]].value, row[at["build"]].value
        assert row[at["finally built"]].value == (build if own is None else own)
    final = [row[at["finally built"]].value for row in listed(shown)]
    assert final.count(700) == 3
    total = len(final) + 3
    assert shown.cell(total, at["finally built"] + 1).value == sum(final)
    cells = [worked_out.cell(2, at[head] + 1).coordinate for head in ("own number", "build")]
    formula = worked_out.cell(2, at["finally built"] + 1).value
    assert formula.startswith(f"=IF(ISNUMBER({cells[0]}),{cells[0]},IF(ISNUMBER({cells[1]})")


def test_a_stock_that_was_not_given_is_no_zero(tmp_path: Path) -> None:
    stock = {"007": Stock(500, 20, 5)}
    settings = Settings(method="last", build=BuildSpec(0.9, stock=stock))
    write_workbook(summarise(run(load(evil_frame()), settings)), tmp_path / "a.xlsx", "ko")
    sheet = opened(tmp_path / "a.xlsx")["생산"]
    at = {head: number for number, head in enumerate(heads(sheet))}
    names = ("재고", "발주 잔량", "안전 재고", "예상 재고")
    shown = {row[0].value: [row[at[name]].value for name in names] for row in listed(sheet)}
    assert shown["007"][:3] == [500, 20, 5]
    assert shown["1e5"] == ["미입력"] * 4
