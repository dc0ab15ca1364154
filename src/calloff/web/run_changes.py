"""What changed since the run before: plan, forecast and verdict, part by part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from calloff.planning.changes import Thresholds, changes
from calloff.web.earlier import DAMAGE, read_calloffs, same_customer
from calloff.web.result_files import VERDICTS
from calloff.web.run_store import Run, RunStore, Scope
from calloff.web.schemas import ChangeRow, RunChanges

SAME = ("lead", "method", "exclude", "tolerance")  # settings that change forecast or verdict
SHOWN = 500  # changes that are given out, the largest


def previous_run(store: RunStore, run: Run, scope: Scope = None) -> Run | None:
    """The finished run before, of an earlier day and the same customer and settings, of those that
    the caller may see; None where there is none. Of several of one day, the newest."""
    before = [other for other in store.runs(scope) if _before(other, run)]
    for other in sorted(before, key=lambda each: each.facts["cutoff"], reverse=True):
        try:
            if _same_customer(store, run, other):
                return other
        except DAMAGE:
            continue  # the next best
    return None


def _same_customer(store: RunStore, run: Run, other: Run) -> bool:
    """Known of runs whose plans are in one store; else their files tell."""
    mine, theirs = (each.facts.get("kept") for each in (run, other))
    if mine is not None and theirs is not None and run.kept_in == other.kept_in:
        return bool(mine == theirs)
    return same_customer(*(read_calloffs(store.folder(each.id)) for each in (other, run)))


def _before(other: Run, run: Run) -> bool:
    asked, mine = other.job.get("settings", {}), run.job.get("settings", {})
    known = other.state == "done" and "cutoff" in other.facts and other.id != run.id
    same = all(asked.get(name) == mine.get(name) for name in SAME)
    return known and same and bool(other.facts["cutoff"] < run.facts["cutoff"])


def run_changes(
    store: RunStore, run: Run, thresholds: Thresholds, scope: Scope = None
) -> RunChanges | None:
    """What changed since the run before, the largest first; None where there is none. Raises what
    is in DAMAGE where this run's own results cannot be read."""
    before = previous_run(store, run, scope)
    if before is None:
        return None
    try:
        earlier = _table(store.folder(before.id))
    except DAMAGE:
        return None
    now = _table(store.folder(run.id))
    found = changes(earlier, now, thresholds)
    shared = sorted({*earlier["target"]} & {*now["target"]})
    return RunChanges(
        run=before.id,
        name=before.name,
        as_of=before.facts["cutoff"],
        targets=[str(day) for day in shared],
        share=thresholds.share,
        pieces=thresholds.pieces,
        count=found.height,
        rows=[ChangeRow(**_plain(row)) for row in found.head(SHOWN).iter_rows(named=True)],
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    why = row["why"].split(",")
    return {**row, "target": str(row["target"]), "why": why}


def _table(folder: Path) -> pl.DataFrame:
    """Plan and forecast of a run, with the verdicts beside them."""
    table = pl.read_parquet(folder / "result" / "forecasts.parquet")
    kept = folder / "result" / VERDICTS
    if not kept.exists():
        return table
    key = ["part", "target"]
    return table.join(pl.read_parquet(kept), on=key, how="left", maintain_order="left")
