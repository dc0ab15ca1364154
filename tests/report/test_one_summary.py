"""Terminal, HTML and workbook say the same of each part, in both languages."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from books import heads, listed, opened
from calloff.overrides.table import SCHEMA, Overrides
from calloff.report import words
from calloff.report.html import summary_json
from calloff.report.html.render import render_report
from calloff.report.summary.reasons import Reason
from calloff.report.summary.summarise import Summary, summarise
from calloff.report.terminal.forecast import show_forecast
from calloff.report.terminal.plan_accuracy import show_plan_accuracy
from calloff.report.terminal.screen import Screen
from calloff.report.workbook import write_workbook
from calloff.texts.catalogue import LANGUAGES, say
from results_cases import customer

Shown = dict[str, Any]  # what of a whole report, or part -> what of the part


@cache
def summary() -> Summary:
    """A synthetic customer, of whose plans some are far off, and one has an own number."""
    results = customer(20, method="ratio", scored=8)
    first = results.forecast.table.row(0, named=True)
    plan = pl.when(pl.int_range(pl.len()) % 7 == 0).then(pl.col("plan") * 9 + 50).otherwise("plan")
    table = results.forecast.table.with_columns(plan=plan)
    day = results.past.cutoff.astype(object)
    row = {name: first[name] for name in ("part", "target", "plan", "forecast")}
    own = Overrides(pl.DataFrame([{**row, "evening": day, "made": day, "override": 77.0}], SCHEMA))
    return summarise(replace(results, forecast=replace(results.forecast, table=table)), own)


def on_the_screen(show: Callable[[Any, Screen], None], value: Any, lang: str) -> list[list[str]]:
    """The lines on the screen, each by its cells."""
    console = Console(width=600, file=io.StringIO(), color_system=None, highlight=False)
    show(value, Screen(lang, False, console, console))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    return [re.split(r"\s{2,}", line.strip()) for line in lines]


def table_of(lines: list[list[str]], *wanted: str) -> dict[str, Mapping[str, str]]:
    """part -> head -> cell, of the table whose heads are there."""
    top = next(at for at, line in enumerate(lines) if set(wanted) <= set(line))
    found = {}
    for line in lines[top + 1 :]:
        if len(line) != len(lines[top]):
            break
        found[line[0]] = dict(zip(lines[top], line, strict=True))
    return found


def by_terminal(value: Summary, lang: str, folder: Path) -> Shown:
    """What the commands forecast and trust print."""
    name = {key: say(f"term.{key}", lang) for key in ("plan", "range", "verdict", "own", "why")}
    lines = on_the_screen(show_forecast, value.forecast, lang)
    whole = table_of(lines, name["plan"], name["verdict"])
    doubts = table_of(lines, name["range"], name["why"])
    accuracy = on_the_screen(show_plan_accuracy, value.accuracy, lang)
    usual, days = say("term.usual", lang), say("term.days", lang)
    trust = table_of(accuracy, usual, days)
    texts = [" ".join(line) for line in lines]
    ranges = {part: row[name["range"]] for part, row in doubts.items()}
    return {
        "counts": texts[next(at for at, line in enumerate(lines) if name["why"] in line) - 1],
        "choice": next(text for text in texts if f"“{value.forecast.choice.method}”" in text),
        "verdict": {part: row[name["verdict"]] for part, row in whole.items()},
        "plan": {part: row[name["plan"]] for part, row in whole.items()},
        "range": {part: f"{row['q10']} – {row['q90']}" for part, row in whole.items()} | ranges,
        "own": {part: row[name["own"]] for part, row in whole.items()},
        "why": {part: row[name["why"]] for part, row in doubts.items()},
        "usual": {part: row[usual] for part, row in trust.items()},
        "days": {part: row[days] for part, row in trust.items()},
    }


def by_html(value: Summary, lang: str, folder: Path) -> Shown:
    """What the report's scripts have at hand, put into words as they do it (see build.js)."""
    text = render_report(value, lang)
    found, strings = (
        json.loads(re.findall(rf'id="{name}">(.*?)</script>', text)[0])
        for name in ("summary", "strings")
    )

    def t(key: str, facts: Mapping[str, Any]) -> str:
        return re.sub(r"\{(\w+)\}", lambda hole: str(facts[hole[1]]), strings[key])

    def reason(each: Mapping[str, Any]) -> str:
        facts = words.facts(Reason(**each)) | {"code": ""}
        return t(f"why_{each['code']}", facts)

    rows = {row["part"]: row for row in found["build"]}
    (day,) = found["days"]
    choice, best = found["choice"], (found["choice"]["scores"] or [{}])[0]
    return {
        "counts": t("verdict_counts", day | {"tolerance": words.share(found["tolerance"])}),
        "choice": t(f"choice_{choice['why']}", best | choice),
        "verdict": {part: strings[f"verdict_{row['verdict']}"] for part, row in rows.items()},
        "plan": {part: words.pieces(row["plan"]) for part, row in rows.items()},
        "range": {p: words.span(row["band"][0], row["band"][-1]) for p, row in rows.items()},
        "own": {part: words.pieces(row["override"]) for part, row in rows.items()},
        "why": {part: " · ".join(map(reason, row["why"])) for part, row in rows.items()},
        "usual": {part: words.tenths(row["usual"]) for part, row in rows.items()},
        "days": {part: f"{row['pairs']}" for part, row in rows.items()},
    }


def by_workbook(value: Summary, lang: str, folder: Path) -> Shown:
    """What stands in the cells."""
    write_workbook(value, folder / "a.xlsx", lang)
    book = opened(folder / "a.xlsx")

    def column(sheet: str, key: str, **facts: object) -> dict[str, Any]:
        cells, head = book[say(f"book.{sheet}", lang)], say(f"term.{key}", lang, **facts)
        at = heads(cells).index(head)
        return {row[0].value: row[at].value for row in listed(cells)}

    about = {row[0].value: row[1].value for row in book[say("book.about", lang)].iter_rows()}
    low, high = column("build", "low", level="10%"), column("build", "high", level="90%")
    usual = column("trust", "usual")
    return {
        "counts": about[say("bookfact.verdicts", lang)],
        "choice": about[say("bookfact.method", lang)],
        "verdict": column("build", "verdict"),
        "plan": {part: words.pieces(each) for part, each in column("build", "plan").items()},
        "range": {part: words.span(low[part], high[part]) for part in low},
        "own": {part: words.pieces(each) for part, each in column("build", "own").items()},
        "why": column("build", "why"),
        "usual": {part: words.tenths(each) for part, each in usual.items()},
        "days": {part: f"{each}" for part, each in column("trust", "days").items()},
    }


def differences(value: Summary, lang: str, folder: Path) -> list[str]:
    """Where what is shown is not the same; of each kind of figure all parts that all show."""
    shown = [by(value, lang, folder) for by in (by_terminal, by_html, by_workbook)]
    found = [name for name in ("counts", "choice") if len({each[name] for each in shown}) != 1]
    for name in ("verdict", "plan", "range", "own", "why", "usual", "days"):
        parts = set.intersection(*(set(each[name]) for each in shown))
        assert len(parts) >= 3, name
        found += [f"{name} {part}" for part in parts if len({e[name][part] for e in shown}) != 1]
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_terminal_html_and_workbook_say_the_same(lang: str, tmp_path: Path) -> None:
    value = summary()
    assert differences(value, lang, tmp_path) == []
    day = value.forecast.days[0]
    assert min(day.distrust, day.differs) > 0
    assert any(row.override == 77 for row in value.forecast.rows)
    shown = by_terminal(value, lang, tmp_path)
    assert len(shown["verdict"]) == len(value.forecast.rows) == day.plans
    assert len(shown["why"]) == min(day.distrust, 10)


JSON_ROW = summary_json._row
RULES: dict[str, tuple[str, Callable[..., Any]]] = {
    "terminal: a verdict": (
        "calloff.report.terminal.forecast.words.verdict",
        lambda code, lang: say("verdict.agrees", lang),
    ),
    "terminal: why": (
        "calloff.report.terminal.doubts.words.why",
        lambda reason, lang, weekly: say("why.totals", lang),
    ),
    "html: a verdict": (
        "calloff.report.html.summary_json._row",
        lambda row, building: JSON_ROW(row, building) | {"verdict": "differs"},
    ),
    "html: why": (
        "calloff.report.html.summary_json._reason",
        lambda reason: {"code": "thin", "days": 1},
    ),
    "workbook: a range": (
        "calloff.report.workbook.build.in_words",
        lambda book, row: vars(row) | {"low": 0.0, "high": 1.0, "how": "", "why": ""},
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_ones_own_is_noticed(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = summary()
    place, own = RULES[rule]
    module, _, name = place.rpartition(".")
    if ".words." in place:  # of this renderer alone: the module of words is shared
        module, _, _ = module.rpartition(".")
        alone = type("Words", (), {**vars(words), name: staticmethod(own)})
        monkeypatch.setattr(f"{module}.words", alone)
    else:
        monkeypatch.setattr(place, own)
    found = differences(value, "en", tmp_path)
    assert any(each.startswith(rule.split()[-1]) for each in found), found
