"""The data behind the results: its days, what was found in it, and what was set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calloff.data.inspection import Inspection
from calloff.data.triangle import Triangle
from calloff.planning.results import Results
from calloff.report.summary.horizons import Horizons, pooled
from calloff.texts.catalogue import plain
from calloff.texts.errors import file_name

FACTS = ("rows", "rows_used", "parts", "issue_days", "time_stamps", "first_day", "last_day",
         "horizon", "target_days", "conflict_policy")  # fmt: skip
# Kind of finding -> field of the inspection: names with a count or a day, or names alone.
WITH_FACT = {"conflicts": "conflicts", "totals": "totals_mismatch", "appear": "appear",
             "vanish": "vanish", "gaps": "gaps", "repeated": "repeated"}  # fmt: skip
NAMES = {"stale": "stale_days", "missing": "missing_days", "zero": "all_zero",
         "buckets": "buckets", "ignored": "ignored_columns",
         "skipped": "skipped_sheets", "sums": "sums"}  # fmt: skip
COUNTS = {"unlisted": "unlisted", "corrections": "corrections", "weeks": "weeks",
          "months": "months"}  # fmt: skip
MESSAGES = "messages"
ORDER = (MESSAGES, "lost", "stale", "stale_source", "missing", "repeated", "conflicts", "twins",
         "totals", "sums", "unlisted", "called", "backlog", "corrections", "appear", "vanish",
         "gaps", "zero", "weeks", "months", "buckets", "ignored", "skipped",
         "not_read")  # fmt: skip

Fact = int | str | None


@dataclass(frozen=True)
class Finding:
    """Something found in an input, of a ``kind``, and ``where`` (a day, part, column or sheet),
    with a fact each: a count, an ISO day, or None; of "messages", each in English and Korean."""

    kind: str
    where: tuple[tuple[str, Fact], ...]

    def said(self, lang: str) -> tuple[tuple[str, Fact], ...]:
        """The same, messages in the language ``lang`` alone."""
        if self.kind != MESSAGES:
            return self.where
        return tuple((str(ko if lang == "ko" else en), None) for en, ko in self.where)


@dataclass(frozen=True)
class DataSummary:
    """What was read, and what was found in it.

    Attributes:
        facts: counts and days of the inspection, by name.
        files: the files and sheets, without folders.
        first_day: first issue day, ISO; None without any.
        calendar: a letter for each calendar day (see ``calendar``).
        findings: those that there are, days first.
        set_aside: reason -> rows.
        faults: faulty cells, without folders.
        unscored: parts that the protocol does not score.
        correlation: of the leads, over all parts; None where there is nothing to compare.
    """

    facts: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]
    first_day: str | None
    calendar: str
    findings: tuple[Finding, ...]
    set_aside: Mapping[str, int]
    faults: tuple[Mapping[str, Any], ...]
    unscored: tuple[str, ...]
    correlation: Horizons | None


def data_summary(results: Results) -> DataSummary:
    """What was read for ``results``, and what was found in it."""
    found = results.inspection
    return DataSummary(
        facts={name: getattr(found, name) for name in FACTS},
        files=tuple(_without_folder(file) for file in found.files),
        first_day=found.first_day,
        calendar=calendar(results.triangle),
        findings=findings(found),
        set_aside=dict(found.set_aside),
        faults=tuple(_fault(cell) for cell in found.faults),
        unscored=tuple(found.unscored),
        correlation=pooled(results.past),
    )


def findings(found: Inspection) -> tuple[Finding, ...]:
    """What an inspection, ``found``, has to tell, where there is anything."""
    where: dict[str, tuple[tuple[str, Fact], ...]] = {
        kind: tuple(getattr(found, field).items()) for kind, field in WITH_FACT.items()
    }
    where |= {kind: tuple((name, None) for name in getattr(found, field))
              for kind, field in NAMES.items()}  # fmt: skip
    where |= {kind: ((str(getattr(found, field)), None),) if getattr(found, field) else ()
              for kind, field in COUNTS.items()}  # fmt: skip
    where[MESSAGES] = tuple(zip(found.messages, found.messages_ko, strict=True))
    where["backlog"] = tuple((part, int(pieces)) for part, pieces in found.backlog.items())
    where["called"] = ((found.called_from, None),) if found.called_from != "plan" else ()
    where["lost"] = tuple((each["part"], each["newest"] or None) for each in found.lost)
    where["twins"] = tuple((" = ".join(group), None) for group in found.twins)
    where["stale_source"] = tuple(
        (f"{source}: {_run(days)}", len(days)) for source, days in found.stale_by_source.items()
    )
    where["not_read"] = tuple(
        (file_name(each["file"]) + (f": {each['sheet']}" if each["sheet"] else ""), each["reason"])
        for each in found.not_read
    )
    return tuple(Finding(kind, where[kind]) for kind in ORDER if where[kind])


def _run(days: Sequence[str]) -> str:
    return f"{days[0]} - {days[-1]}" if len(days) > 1 else days[0]


def calendar(triangle: Triangle) -> str:
    """A letter for each calendar day of a ``triangle`` from its first issue day to its last:
    (f)resh with call-offs, (i)dle, (s)tale, (m)issing."""
    days = triangle.days
    if not len(days):
        return ""
    letters = np.full(int((days[-1] - days[0]).astype(int)) + 1, "m")
    kinds = np.where(np.isin(days, triangle.target_days), "f", "i")
    letters[(days - days[0]).astype(int)] = np.where(triangle.stale, "s", kinds)
    return "".join(letters)


def part_findings(results: Results) -> dict[str, list[tuple[str, Fact]]]:
    """What was found about each part in ``results``: part -> kind and fact."""
    found: dict[str, list[tuple[str, Fact]]] = {}
    for finding in findings(results.inspection):
        if finding.kind in WITH_FACT or finding.kind == "zero":
            for part, fact in finding.where:
                found.setdefault(part, []).append((finding.kind, fact))
    for part in results.settings.exclude:
        found.setdefault(part, []).append(("excluded", None))
    return found


def _fault(cell: Mapping[str, Any]) -> dict[str, Any]:
    return _without_folder(cell) | {"value": plain(str(cell["value"]))}


def _without_folder(record: Mapping[str, Any]) -> dict[str, Any]:
    """A report may be sent on; whose disk a file was on is nobody's business."""
    return dict(record) | {"file": file_name(str(record["file"]))}
