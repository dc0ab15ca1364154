"""An inspection on a screen page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from calloff.data.inspection import Inspection
from calloff.report.summary.findings import MESSAGES, Finding
from calloff.report.summary.findings import findings as findings_of
from calloff.report.terminal.screen import Screen, few
from calloff.texts.catalogue import catalogue
from calloff.texts.errors import file_name
from calloff.texts.leads import WEEK, lead_name

FEW = 10


def show_inspection(found: Inspection, screen: Screen) -> None:
    """What is in the input, then what was found in it."""
    screen = screen.of(weekly=found.cadence == WEEK)
    screen.title("inspect.title")
    screen.table(("inspect.what", "inspect.value"), _facts(found, screen))
    screen.title("inspect.findings")
    findings = _findings(found, screen)
    if findings:
        screen.table(("term.finding", "term.count", "term.where"), findings)
    else:
        screen.say("inspect.nothing", style="green")
    told = {each.kind: each for each in findings_of(found)}
    for kind in told:
        if f"hint.{kind}" in catalogue():
            screen.say(f"hint.{kind}", style="dim")
    if found.called_from != "plan":
        screen.say(f"called.{found.called_from}")
    if MESSAGES in told:
        for text, _ in told[MESSAGES].said(screen.lang)[: 2 * FEW]:
            screen.line(f"- {text}")
    _show_faults(found, screen)


def _facts(found: Inspection, screen: Screen) -> list[tuple[str, str]]:
    files = found.files
    layouts = ", ".join(dict.fromkeys(file["layout"] for file in files))
    read = (
        str(files[0]["file"]) if len(files) == 1 else screen.text("inspect.files", count=len(files))
    )
    days = f"{found.first_day} – {found.last_day} ({found.issue_days})"
    fresh = found.issue_days - len(found.stale_days)
    facts = {
        "term.file": read,
        "inspect.layout": screen.text(f"layout.{layouts}") if layouts in _NAMED else layouts,
        "inspect.rows": screen.text(
            "inspect.rows_text", rows=f"{found.rows:,}", used=f"{found.rows_used:,}"
        ),
        "inspect.parts": f"{found.parts:,}",
        "inspect.days": days,
        "inspect.fresh": f"{fresh}",
        "inspect.targets": f"{found.target_days}",
        "inspect.horizon": lead_name(found.horizon, weekly=screen.weekly),
    }
    return [(screen.text(key), value) for key, value in facts.items()]


_NAMED = ("export", "wide", "long", "dates", "edifact", "x12", "vda4905", "idoc")


def _findings(found: Inspection, screen: Screen) -> list[tuple[str, int, str]]:
    rows = [
        (screen.text(f"finding.{each.kind}"), len(each.where), few(_where(each)))
        for each in findings_of(found)
        if each.kind != MESSAGES
    ]
    aside = [
        (screen.text("finding.aside", reason=screen.text(f"reason.{reason}")), count, "")
        for reason, count in found.set_aside.items()
    ]
    return rows + aside


def _where(found: Finding) -> list[str]:
    """The places of a finding; days in a row drawn together."""
    if found.kind in ("stale", "missing"):
        return spans([day for day, _ in found.where])
    return [name if fact is None else f"{name} ({fact})" for name, fact in found.where]


def _show_faults(found: Inspection, screen: Screen) -> None:
    if not found.faults:
        return
    screen.title("inspect.faults", count=len(found.faults))
    names = ("file", "sheet", "cell", "column", "value")
    rows = [
        (
            *(file_name(fault[name]) if name == "file" else fault[name] for name in names),
            screen.text(f"reason.{fault['reason']}"),
        )
        for fault in found.faults[: 2 * FEW]
    ]
    heads = ("term.file", "term.sheet", "term.cell", "term.column", "term.content")
    screen.table((*heads, "term.reason"), rows)
    if len(found.faults) > len(rows):
        screen.say("inspect.more_faults", count=len(found.faults) - len(rows))


def spans(days: Sequence[str]) -> list[str]:
    """ISO days with runs drawn together: "2021-09-18 – 2021-09-26"."""
    numbers = np.array(days, dtype="datetime64[D]").astype(np.int64) - np.arange(len(days))
    runs = [
        [day for _, day in group]
        for _, group in groupby(zip(numbers.tolist(), days, strict=True), key=lambda pair: pair[0])
    ]
    return [run[0] if len(run) == 1 else f"{run[0]} – {run[-1]}" for run in runs]
