"""Of a customer that plans by weeks nothing is said in days: on screen, in report and workbook."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from books import opened
from calloff.cli.main import main
from calloff.report import words
from calloff.report.summary.summarise import summarise
from calloff.report.workbook import write_workbook
from calloff.texts.catalogue import LANGUAGES, WEEKS, catalogue, say
from calloff.texts.leads import lead_name, lead_names, say_lead
from weekly_customer import weekly_plans, weekly_results

# Tables with what is said of a customer's plans.
SHOWN = {
    "term", "meaning", "verdict", "why", "how", "choice", "skip", "finding", "inspect", "trust",
    "correlate", "backtest", "compare", "scores", "added", "quantiles", "building", "sums", "stock",
    "total", "forecast", "called", "older", "book", "bookfact", "bookstep", "overrides", "page",
    "reporthelp", "webpage", "bands", "cover", "ledger",
}  # fmt: skip
DAYS = {
    "en": re.compile(r"\b[Dd]ays?\b"),
    "ko": re.compile(r"\}일|목표일|일수|일자|발행일|갱신일|전날"),
}
PLACE = re.compile(r"\{\w+\}(?!일)")
# Texts that name days although a customer may plan by weeks, and why.
OF_DAYS = {
    "page.issue_day": "a plan is issued on a day",
    "webpage.lead": "the field takes days",
    "webpage.newest_day": "the field takes a day",
    "webpage.too_large": "whose plans they are is not known yet",
    "ledger.by_lead_weeks": "leads stand in days there",
    "ledger.help_since": "the option takes a day",
    "ledger.help_until": "the option takes a day",
    "cover.help": "names both",
    "cover.backtest_help": "names both",
    "overrides.day": "the cell takes a day",
    "forecast.horizon_before_weeks": "an as-of day is a day",
}


def of_days(lang: str) -> set[str]:
    """Keys of what says days."""
    tables = {key: text[lang] for key, text in catalogue().items() if key.split(".")[0] in SHOWN}
    return {key for key, text in tables.items() if DAYS[lang].search(PLACE.sub("", text))}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_says_days_has_words_for_weeks(lang: str) -> None:
    found = {key for key in of_days(lang) if f"{key}{WEEKS}" not in catalogue()}
    assert sorted(found - set(OF_DAYS)) == []


def test_words_for_weeks_stand_in_the_place_of_others() -> None:
    twins = [key for key in catalogue() if key.endswith(WEEKS)]
    alone = [key for key in twins if key.removesuffix(WEEKS) not in catalogue()]
    assert len(twins) > 100 and alone == []
    assert set(OF_DAYS) <= set(catalogue())


def test_leads_are_said_in_whole_weeks_or_in_days() -> None:
    assert [say_lead(days, "en", weekly=True) for days in (7, 28, 3)] == [
        "1 week", "4 weeks", "3 days"]  # fmt: skip
    assert [say_lead(days, "ko", weekly=False) for days in (1, 28)] == ["1일", "28일"]
    assert [lead_name(days, weekly=True) for days in (0, 14, 5)] == ["W", "W+2", "D+5"]
    assert lead_names([0, 7, 14]) == ["W", "W+1", "W+2"]
    assert lead_names([0, 1, 7]) == ["D", "D+1", "D+7"]
    assert lead_names([7]) == ["D+7"]  # of one alone nobody knows


def test_a_key_without_words_for_weeks_keeps_its_own() -> None:
    assert say("term.plan", "en", weekly=True) == "plan"
    assert say("term.target", "en", weekly=True) == "target week"


SAID = {
    "en": re.compile(r"\b(?!as-of)\w+ days?\b|D\+\d"),
    "ko": re.compile(r"\d+일|목표일|일수|D\+\d"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_reasons_count_weeks(lang: str) -> None:
    rows = summarise(weekly_results()).forecast.rows
    said = [words.why(each, lang, weekly=True) for row in rows for each in row.why]
    said += [words.how(row.how, lang, weekly=True) for row in rows]
    assert len({each.code for row in rows for each in row.why}) >= 4
    assert [text for text in said if SAID[lang].search(text)] == []
    wanted = {"en": r"3 weeks ahead were .* on \d+ of \d+ weeks", "ko": r"3주 앞 계획은 .*\d+주 중"}
    assert any(re.search(wanted[lang], text) for text in said), said


COMMANDS = {
    "forecast": ["--days", "2", "--service-level", "0.9", "--cover", "2", "--method", "ratio"],
    "trust": [],
    "backtest": ["--method", "ratio", "--method", "last", "--service-level", "0.9", "--cover",
                 "2"],
    "inspect": [],
    "correlate": ["--part", "low", "--max-lead", "35"],
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_the_screen_counts_weeks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, lang: str
) -> None:
    made = tmp_path / "plan.csv"
    weekly_plans().write_csv(made)
    lead = [] if command in ("inspect", "correlate") else ["--lead", "3w"]
    assert main([command, str(made), *lead, *COMMANDS[command], "--lang", lang]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    found = [match[0] for match in SAID[lang].finditer(printed)]
    layout = {"D+1"} if command == "inspect" else set()  # names its columns
    assert [each for each in found if each not in layout] == [], printed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workbook_counts_weeks(tmp_path: Path, lang: str) -> None:
    made = tmp_path / "a.xlsx"
    write_workbook(summarise(weekly_results(cover=2, days=4)), made, lang)
    sheets = [sheet for sheet in opened(made).worksheets if sheet.sheet_state == "visible"]
    cells = [cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row]
    texts = [text for text in cells if isinstance(text, str) and not text.startswith("=")]
    assert len(texts) > 100
    assert [text for text in texts if SAID[lang].search(text)] == []


def test_what_cannot_be_reached_is_said_in_weeks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "plan.csv"
    weekly_plans().write_csv(made)
    assert main(["forecast", str(made), "--lead", "9w", "--lang", "en"]) == 2
    assert "no plan reaches 9 weeks ahead" in capsys.readouterr().err
    assert main(["backtest", str(made), "--lead", "9w", "--lang", "ko"]) == 2
    assert "선행 9주, 파일의 계획 범위 W+5" in capsys.readouterr().err
