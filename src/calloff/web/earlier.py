"""How earlier forecasts did of which nothing is in a store: each against what a later file shows to
have been called off."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from calloff.web.run_store import Run, RunStore, Scope
from calloff.web.scored import COLUMNS, rows_of, scores_of

AGREE = 0.9  # of the call-offs that two files both tell are alike: the same customer
CALLED = {"part": pl.String, "day": pl.Date, "pieces": pl.Float64, "scored": pl.Boolean}
OWN = {"part": pl.String, "target": pl.Date, "override": pl.Float64}
DAMAGE = (
    OSError, ValueError, KeyError, TypeError,
    pl.exceptions.PolarsError, pl.exceptions.PanicException,
)  # fmt: skip
NOTHING: dict[str, Any] = {
    "pairs": 0, "plan": None, "forecast": None, "override": None, "override_pairs": 0,
    "on_override": None, "rows": [], "problem": "history.damaged",
}  # fmt: skip


def earlier_forecasts(store: RunStore, run: Run, scope: Scope = None) -> list[dict[str, Any]]:
    """The earlier forecasts of this customer whose target days have come, newest first, of those
    that the caller may see.

    One value for each run and target: run, made (its results), target, method, pairs, mae and
    bias (pieces) of plan, forecast and override (with the pairs that have one), rows. Of several
    runs on the same results, lead and target the newest counts. Parts are scored by the protocol.
    A run that cannot be read has a ``problem`` and no scores; the others are there all the same.
    """
    called = read_calloffs(store.folder(run.id))
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    for other in store.runs(scope):
        if other.id == run.id or other.state != "done" or other.created > run.created:
            continue
        if other.kept_in:  # the ledger has it
            continue
        for entry in _entries_or_problem(store, other, run, called):
            key = (entry["made"], entry["target"], entry["lead"])
            if key not in found or found[key]["problem"]:
                found[key] = entry
    return sorted(found.values(), key=lambda entry: (entry["target"], entry["made"]), reverse=True)


def _entries_or_problem(
    store: RunStore, other: Run, run: Run, called: pl.DataFrame
) -> list[dict[str, Any]]:
    try:
        if not _came(other, run):
            return []
        if not same_customer(read_calloffs(store.folder(other.id)), called):
            return []
        return _entries(store, other, called, run.created)
    except DAMAGE:
        return [{**_head(other, other.facts.get("targets", [""])[0]), **NOTHING}]


def read_calloffs(folder: Path) -> pl.DataFrame:
    """What a run's file told of the past: part, day, pieces, and whether the part is scored."""
    path = folder / "result" / "calloffs.parquet"
    return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=CALLED)


def same_customer(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether two files tell the same: of the parts and days in both, nearly all agree."""
    both = one.join(other, on=["part", "day"], suffix="_other")
    if both.is_empty():
        return False
    return bool((both["pieces"] == both["pieces_other"]).sum() >= AGREE * both.height)


def _came(other: Run, run: Run) -> bool:
    """Whether a target of the other run lies in what this one knows, and not in what it knew."""
    targets = other.facts.get("targets", [])
    return any(other.facts["cutoff"] < day <= run.facts["cutoff"] for day in targets)


def _entries(
    store: RunStore, other: Run, called: pl.DataFrame, arrived: str
) -> list[dict[str, Any]]:
    made = pl.read_parquet(store.folder(other.id) / "result" / "forecasts.parquet")
    overrides = store.numbers.pieces(other.id, before=arrived)  # later, the call-offs were known
    rows = [(part, date.fromisoformat(day), own) for (day, part), own in overrides.items()]
    own = pl.DataFrame(rows, schema=OWN, orient="row")
    known = called.filter("scored").select("part", target="day", actual="pieces")
    pairs = (
        made.join(known, on=["part", "target"])
        .join(own, on=["part", "target"], how="left")
        .select(COLUMNS)
    )
    return [
        {**_head(other, str(target)), **scores_of(rows), "rows": rows_of(rows), "problem": None}
        for (target,), rows in pairs.group_by("target", maintain_order=True)
    ]


def _head(other: Run, target: str) -> dict[str, Any]:
    """Which forecast it was; of a damaged one, as far as that is known."""
    facts = {"cutoff": "", "lead": 0, "method": "", **other.facts}
    return {
        "run": other.id,
        "files": other.files,
        "made": facts["cutoff"],
        "target": target,
        "lead": facts["lead"],
        "method": facts["method"],
    }
