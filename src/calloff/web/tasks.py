"""The work on a run, done in a process of its own: from its input folder to its results."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from calloff.data.layouts import load_layout
from calloff.data.load import Loaded, load
from calloff.data.part_tables import PartData, match_parts, read_packs, read_parts, read_stock
from calloff.data.triangle import Past
from calloff.forecasters import available
from calloff.overrides.table import SCHEMA, Overrides
from calloff.overrides.workbook_reader import read_overrides
from calloff.planning.build import BuildSpec
from calloff.planning.computed import Computed, read_computed, write_computed
from calloff.planning.results import AHEAD, Results, Settings, run, source
from calloff.report.files import replacing, write_json, write_table
from calloff.rolling.spec import Spec
from calloff.web.earlier import CALLED
from calloff.web.keeping import add_files, chosen, load_kept, load_once_more, write_down
from calloff.web.moving import move

Tell = Callable[[float, str], None]
Ready = Callable[[dict[str, Any]], None]
READ = 0.4  # of the way to the list is reading
NAMED = 20  # customers and plants of a run that are named
FILES = 0.9  # from here on, results are written
PAIRS = "pairs.parquet"  # the scored past, so that a file made later need not score it again
FORECAST = "computed.npz"  # the same of the forecast
VERDICTS = "verdicts.parquet"  # of each part and target day


def perform(folder: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    """Do what a job asks for and give the facts of its result. ``ready`` is told the facts of a
    forecast when all but its scored past is there. Raises CalloffError."""
    whole = folder.absolute()

    def settled(facts: dict[str, Any]) -> None:
        _settle(whole)
        ready(facts)

    (whole / "result").mkdir(exist_ok=True)
    with _standing_in(whole / "input"):  # so that problems name the files as the user does
        facts = _do(whole / "result", job, tell, settled)
    _settle(whole)
    return facts


def _do(result: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    if job["kind"] == "forecast":
        return _forecast(result, job, tell, ready)
    if job["kind"] == "move":
        layout = _beside(job, "layout", load_layout)
        move(result.parent, job, layout, lambda parts: _settings(job, parts))
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
    write_json(_load(job, tell).inspect().as_dict(), result / "inspection.json")
    return {}


def _forecast(result: Path, job: Mapping[str, Any], tell: Tell, ready: Ready) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    loaded = _kept(job, tell) if job.get("keep") else _load(job, tell)

    def first(results: Results) -> None:
        tell(FILES, "files")
        beside = _write_list(results, job, result)
        facts.update(_facts(results))
        if job.get("keep"):
            facts.update(write_down(result.parent, job, loaded, results, beside))
        ready(facts)
        tell(0.0, "scores")

    results = _results(loaded, job, tell, first)
    _write_scores(results, job, result)
    return facts


def _kept(job: Mapping[str, Any], tell: Tell) -> Loaded:
    """The plans of one customer in the store, to which the run's files are added."""
    tell(0.0, "reading")
    layout = _beside(job, "layout", load_layout)
    names = add_files(job, layout, lambda share, what: tell(READ / 2 * share, "keeping"))
    tell(READ / 2, "reading")
    loaded = load_kept(job, chosen(names, job["settings"].get("customer")))
    tell(READ, "forecast")
    return loaded


def _write_list(results: Results, job: Mapping[str, Any], result: Path) -> pl.DataFrame:
    """All that the list needs, and what later runs read of this one; the verdicts in it."""
    write_json(results.inspection.as_dict(), result / "inspection.json")
    write_table(results.forecast.table, result / "forecasts.parquet")
    _write_forecast(results, result)
    write_table(calloffs(results.past), result / "calloffs.parquet")
    return _write_summary(results, job, result)


def _write_forecast(results: Results, result: Path) -> None:
    computed = Computed(results.forecast, results.settings.build, results.curves, results.engine)
    with replacing(result / FORECAST) as made:
        write_computed(computed, made)


def _computed(result: Path) -> Computed | None:
    """What was computed of a run; None where that cannot be read, and is computed anew."""
    try:
        found, pairs = read_computed(result / FORECAST), result / PAIRS
        return replace(found, pairs=pl.read_parquet(pairs) if pairs.exists() else None)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None


def _write_scores(results: Results, job: Mapping[str, Any], result: Path) -> None:
    if results.pairs.width:
        write_table(results.pairs, result / PAIRS)
    _write_summary(results, job, result)


def _write_summary(results: Results, job: Mapping[str, Any], result: Path) -> pl.DataFrame:
    from calloff.report.html.summary_json import summary_json
    from calloff.report.summary.forecast import verdicts
    from calloff.report.summary.summarise import summarise

    summary = summarise(results, None, _master(job, results.triangle.parts))
    beside = verdicts(summary.forecast)
    write_table(beside, result / VERDICTS)
    value = summary_json(summary) | {"scoring": not results.scored}
    with replacing(result / "summary.json") as made:
        made.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return beside


def _render(result: Path, job: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """A file made of the input once more: nothing that could hold code is kept."""
    from calloff.report.html.render import write_report
    from calloff.report.summary.summarise import summarise
    from calloff.report.workbook import write_workbook

    if job["what"] == "own":
        return _own(result, job)
    loaded = load_once_more(result.parent, job) or _load(job, tell)
    results = _results(loaded, job, tell, computed=_computed(result))
    if job["what"] == "summary":
        _write_forecast(results, result)
        _write_scores(results, job, result)
        return {}
    write = {"workbook": write_workbook, "report": write_report}[job["what"]]
    summary = summarise(results, _overrides(results, job), _master(job, results.triangle.parts))
    write(summary, result / job["name"], job["lang"])
    return {}


def _own(result: Path, job: Mapping[str, Any]) -> dict[str, Any]:
    """The own numbers of a workbook for the run's target days, beside it."""
    table = pl.read_parquet(result / "forecasts.parquet")
    parts = table["part"].unique().to_list()
    with _standing_in(Path("..") / job["place"]):
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


def _results(
    loaded: Loaded,
    job: Mapping[str, Any],
    tell: Tell,
    first: Callable[[Results], None] | None = None,
    computed: Computed | None = None,
) -> Results:
    def progress(share: float, what: str) -> None:
        if what == "forecast":
            tell(READ + (FILES - READ) * share / AHEAD, what)
        else:
            tell((share - AHEAD) / (1 - AHEAD), "scores")

    return run(
        loaded,
        _settings(job, loaded.triangle.parts),
        sources=[source(name) for name in job["files"]],
        progress=progress,
        first=first,
        computed=computed,
    )


def _load(job: Mapping[str, Any], tell: Tell) -> Loaded:
    tell(0.0, "reading")
    loaded = load(
        *job["files"],
        layout=_beside(job, "layout", load_layout),
        progress=lambda share, what: tell(READ * share, "reading"),
    )
    tell(READ, "forecast")
    return loaded


def _settings(job: Mapping[str, Any], parts: Sequence[str]) -> Settings:
    asked = job["settings"]
    _master(job, parts)  # what is wrong in it is said before the work
    build = BuildSpec(
        service_level=asked["service_level"],
        stock=_for_parts(job, "stock", read_stock, parts),
        packs=_for_parts(job, "pack", read_packs, parts),
        shortage_cost=asked["shortage_cost"],
        surplus_cost=asked["surplus_cost"],
        cover=asked.get("cover", 1),
    )
    return Settings(
        spec=Spec(lead=asked["lead"]),
        as_of=asked["as_of"],
        method=asked["method"],
        days=asked["days"],
        build=build,
        tolerance=asked["tolerance"],
        exclude=tuple(asked["exclude"]),
    )


def _master(job: Mapping[str, Any], parts: Sequence[str]) -> dict[str, PartData]:
    """What is known of the parts beside their plans."""
    return _for_parts(job, "parts", read_parts, parts)


def _for_parts(
    job: Mapping[str, Any], name: str, read: Callable[[str], Any], parts: Sequence[str]
) -> dict[str, Any]:
    """A planner's table, for the parts of the input."""
    values = _beside(job, name, read)
    return match_parts(values, parts, name)[0] if values else {}


def _beside(job: Mapping[str, Any], name: str, read: Callable[[str], Any]) -> Any:
    """What is in a small file that came with the others; it has a folder of its own."""
    if not job.get(name):
        return None
    with _standing_in(Path("..") / name):
        return read(job[name])


def _facts(results: Results) -> dict[str, Any]:
    found = results.forecast
    return {
        "cutoff": str(found.cutoff),
        "targets": [str(day) for day in found.targets],
        "lead": results.settings.spec.lead,
        "method": found.choice.method.name,
        "parts": found.table["part"].n_unique(),
        "customers": results.inspection.customers[:NAMED],
        "plants": results.inspection.plants[:NAMED],
        "version": results.version,
    }


def calloffs(past: Past) -> pl.DataFrame:
    """What was called off on each target day: part, day, pieces, and whether it may be scored."""
    pieces = past.calloffs[:, past.is_target]
    part, day = np.nonzero(~np.isnan(pieces))
    columns = {
        "part": np.array(past.parts, dtype=object)[part].tolist(),
        "day": past.days[past.is_target][day],
        "pieces": pieces[part, day],
        "scored": past.pooled[part],
    }
    return pl.DataFrame(columns, schema=CALLED)


@contextmanager
def _standing_in(folder: Path) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
