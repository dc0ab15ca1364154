"""The results of a run as files in its folder, for its list and for what is made of it later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from calloff.data.triangle import Past
from calloff.planning.computed import Computed, read_computed, write_computed
from calloff.planning.results import Results
from calloff.report.files import replacing, write_json, write_table
from calloff.web.earlier import CALLED
from calloff.web.job_input import master_data

PAIRS = "pairs.parquet"  # the scored past, so that a file made later need not score it again
FORECAST = "computed.npz"  # the same of the forecast
VERDICTS = "verdicts.parquet"  # of each part and target day


def write_list(results: Results, job: Mapping[str, Any], result: Path) -> pl.DataFrame:
    """All that the list needs, and what later runs read of this one; the verdicts in it."""
    write_json(results.inspection.as_dict(), result / "inspection.json")
    write_table(results.forecast.table, result / "forecasts.parquet")
    write_forecast(results, result)
    write_table(calloffs(results.past), result / "calloffs.parquet")
    return _write_summary(results, job, result)


def write_forecast(results: Results, result: Path) -> None:
    computed = Computed(results.forecast, results.settings.build, results.curves, results.engine)
    with replacing(result / FORECAST) as made:
        write_computed(computed, made)


def kept_computed(result: Path) -> Computed | None:
    """What was computed of a run; None where that cannot be read, and is computed anew."""
    try:
        found, pairs = read_computed(result / FORECAST), result / PAIRS
        return replace(found, pairs=pl.read_parquet(pairs) if pairs.exists() else None)
    except (OSError, ValueError, pl.exceptions.PolarsError):
        return None


def write_scores(results: Results, job: Mapping[str, Any], result: Path) -> None:
    if results.pairs.width:
        write_table(results.pairs, result / PAIRS)
    _write_summary(results, job, result)


def _write_summary(results: Results, job: Mapping[str, Any], result: Path) -> pl.DataFrame:
    from calloff.report.html.summary_json import summary_json
    from calloff.report.summary.forecast import verdicts
    from calloff.report.summary.summarise import summarise

    summary = summarise(results, None, master_data(job, results.triangle.parts, results.keys))
    beside = verdicts(summary.forecast)
    write_table(beside, result / VERDICTS)
    value = summary_json(summary) | {"scoring": not results.scored}
    with replacing(result / "summary.json") as made:
        made.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return beside


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
