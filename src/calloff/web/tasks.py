"""The work on a run, done in a process of its own: each kind of job, from its folder to the facts
of its result."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from calloff.data.days import WEEK
from calloff.data.layouts import load_layout
from calloff.data.load import Loaded
from calloff.forecasters import available
from calloff.overrides.table import SCHEMA, Overrides
from calloff.overrides.workbook_reader import read_overrides
from calloff.planning.results import Results
from calloff.report.files import write_json
from calloff.web.job_input import (
    FILES,
    READ,
    Tell,
    beside,
    load_files,
    master_data,
    results_of,
    settings_of,
    standing_in,
)
from calloff.web.keeping import add_files, chosen, load_kept, load_once_more, write_down
from calloff.web.moving import move
from calloff.web.result_files import kept_computed, write_forecast, write_list, write_scores

Ready = Callable[[dict[str, Any]], None]
NAMED = 20  # customers and plants of a run that are named


def perform(folder: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    """Do what a job asks for and give the facts of its result. ``ready`` is told the facts of a
    forecast when all but its scored past is there. Raises CalloffError."""
    whole = folder.absolute()

    def settled(facts: dict[str, Any]) -> None:
        _settle(whole)
        ready(facts)

    (whole / "result").mkdir(exist_ok=True)
    with standing_in(whole / "input"):  # so that problems name the files as the user does
        facts = _do(whole / "result", job, tell, settled)
    _settle(whole)
    return facts


def _do(result: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    if job["kind"] == "forecast":
        return _forecast(result, job, tell, ready)
    if job["kind"] == "move":
        layout = beside(job, "layout", load_layout)
        move(result.parent, job, layout, lambda parts: settings_of(job, parts))
        return {}
    return {"inspect": _inspect, "render": _render}[job["kind"]](result, job, tell)


def import_all() -> None:
    """Have in memory what any job needs, before there is one."""
    for name in ("forecasters", "report.html.render", "report.summary.summarise",
                 "report.workbook", "data.reading.workbooks"):  # fmt: skip
        import_module(f"calloff.{name}")
    available()


def _settle(folder: Path) -> None:
    """To the disk before the run is called done: a power cut must not prove it wrong."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # what another worker was done with meanwhile
            if path.is_file():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())


def _inspect(result: Path, job: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    write_json(load_files(job, tell).inspect().as_dict(), result / "inspection.json")
    return {}


def _forecast(result: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    loaded = _kept(job, tell) if job.get("keep") else load_files(job, tell)

    def first(results: Results) -> None:
        tell(FILES, "files")
        verdicts = write_list(results, job, result)
        facts.update(_facts(results))
        if job.get("keep"):
            facts.update(write_down(result.parent, job, loaded, results, verdicts))
        ready(facts)
        tell(0.0, "scores")

    results = results_of(loaded, job, tell, first)
    write_scores(results, job, result)
    return facts


def _kept(job: Mapping[str, Any], tell: Tell) -> Loaded:
    """The plans of one customer in the store, to which the run's files are added."""
    tell(0.0, "reading")
    layout = beside(job, "layout", load_layout)
    names = add_files(job, layout, lambda share, what: tell(READ / 2 * share, "keeping"))
    tell(READ / 2, "reading")
    loaded = load_kept(job, chosen(names, job["settings"].get("customer")))
    tell(READ, "forecast")
    return loaded


def _render(result: Path, job: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """A file made of the input once more: nothing that could hold code is kept."""
    from calloff.report.html.render import write_report
    from calloff.report.summary.summarise import summarise
    from calloff.report.workbook import write_workbook

    if job["what"] == "own":
        return _own(result, job)
    loaded = load_once_more(result.parent, job) or load_files(job, tell)
    results = results_of(loaded, job, tell, computed=kept_computed(result))
    if job["what"] == "summary":
        write_forecast(results, result)
        write_scores(results, job, result)
        return {}
    write = {"workbook": write_workbook, "report": write_report}[job["what"]]
    summary = summarise(
        results, _overrides(results, job), master_data(job, results.triangle.parts, results.keys)
    )
    write(summary, result / job["name"], job["lang"])
    return {}


def _own(result: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """The own numbers of a workbook for the run's target days, beside it."""
    table = pl.read_parquet(result / "forecasts.parquet")
    parts = table["part"].unique().to_list()
    with standing_in(Path("..") / job["place"]):
        found = read_overrides([job["name"]], parts).latest()
    known = found.filter(pl.col("part").is_in(parts))
    mine = known.join(table, on=["part", "target"], how="semi")
    rows = mine.select("target", "part", "override").iter_rows()
    pieces = [[str(day), part, override] for day, part, override in rows]
    values = {"pieces": pieces, "others": known.height - mine.height}
    write_json(values, result.parent / job["place"] / "own.json")
    return {}


def _overrides(results: Results, job: Mapping[str, Any]) -> Overrides:
    """The planner's numbers. ``made`` counts from the evening on, as the files of a workbook do:
    the evening of a file may be long ago."""
    cutoff = results.forecast.cutoff.astype(object)
    mine = {(day, part): [pieces, made] for day, part, pieces, made in job["own"]}
    rows = [
        {
            "part": row["part"],
            "target": row["target"],
            "evening": cutoff,
            "made": cutoff + (_day(own[1]) - _day(job["day"])),
            "plan": row["plan"],
            "forecast": row["forecast"],
            "override": own[0],
        }
        for row in results.forecast.table.to_dicts()
        if (own := mine.get((str(row["target"]), row["part"])))
    ]
    return Overrides(pl.DataFrame(rows, schema=SCHEMA))


def _day(stamp: str) -> date:
    return datetime.fromisoformat(stamp).date()


def _facts(results: Results) -> dict[str, Any]:
    found = results.forecast
    return {
        "cutoff": str(found.cutoff),
        "targets": [str(day) for day in found.targets],
        "lead": results.settings.spec.lead,
        "weekly": results.past.cadence == WEEK,
        "method": found.choice.method.name,
        "parts": found.table["part"].n_unique(),
        "customers": results.inspection.customers[:NAMED],
        "plants": results.inspection.plants[:NAMED],
        "version": results.version,
    }
