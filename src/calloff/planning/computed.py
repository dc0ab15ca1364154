"""A forecast on the disk, from which report and workbook are made again without forecasting again.

One archive of arrays (npz); tables in it are Parquet, all else is JSON. Nothing in it is ever run.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from calloff.evaluation.selection import Choice
from calloff.forecasters import named
from calloff.planning.build import BuildSpec, build_spec
from calloff.planning.build_days import Need
from calloff.planning.forecast import Forecast
from calloff.rolling.forecaster import Mixture
from calloff.texts.errors import CalloffError
from calloff.uncertainty.distribution import Distribution

Arrays = dict[str, Any]
FORMAT = 1  # raised when what is written changes
TABLES = ("table", "skipped")


@dataclass(frozen=True)
class Computed:
    """What was computed once.

    Attributes:
        forecast: the forecast.
        build: how much to build, as it was asked for.
        curves: training losses of the networks behind it (see ``Results``).
        engine: what trained these.
        pairs: the scored past; None where it was not scored.
    """

    forecast: Forecast
    build: BuildSpec
    curves: tuple[tuple[float, ...], ...] = ()
    engine: str = ""
    pairs: pl.DataFrame | None = None


def write_computed(computed: Computed, path: Path) -> None:
    """Write it down, without its pairs.

    Args:
        computed: what was computed.
        path: the file; beside it belongs what replaces it as a whole.

    Raises:
        OSError: it cannot be written.
    """
    found = computed.forecast
    arrays: Arrays = {name: _packed(getattr(found, name)) for name in TABLES}
    arrays["scores"] = _packed(found.choice.scores)
    for at, need in enumerate(found.needs):
        arrays |= {f"sure{at}": need.sure.pieces, f"before{at}": need.before}
    for at, mixture in enumerate(found.mixtures):
        if mixture is not None:
            arrays |= {f"weights{at}": mixture.weights, f"pieces{at}": mixture.pieces}
    values = {"format": FORMAT, **_plain(computed)}
    arrays["values"] = np.frombuffer(json.dumps(values).encode(), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_computed(path: Path) -> Computed:
    """Read it back.

    Args:
        path: the file.

    Returns:
        The same forecast, to the bit.

    Raises:
        OSError: it is not there.
        ValueError: it is damaged, or of another format.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        values = json.loads(arrays["values"].tobytes())
        if values["format"] != FORMAT:
            raise ValueError(f"{path.name}: format {values['format']}")
        return _computed(arrays, values)
    except (KeyError, TypeError, EOFError, IndexError, zipfile.BadZipFile, CalloffError,
            pl.exceptions.PolarsError) as error:  # fmt: skip
        raise ValueError(f"{path.name}: {error}") from error


def _plain(computed: Computed) -> dict[str, Any]:
    """What is no array."""
    found, choice = computed.forecast, computed.forecast.choice
    return {
        "cutoff": str(found.cutoff),
        "targets": [str(day) for day in found.targets],
        "choice": {"method": choice.method.name, "why": choice.why, "targets": choice.targets},
        "parts": list(found.needs[0].parts) if found.needs else [],
        "needs": [{"targets": [str(day) for day in need.targets], "days": need.sure.days,
                   "whole": need.sure.whole, "unsaid": list(need.unsaid)}
                  for need in found.needs],
        "mixtures": [list(each.names) if each else None for each in found.mixtures],
        "build": asdict(computed.build),
        "curves": computed.curves,
        "engine": computed.engine,
    }  # fmt: skip


def _computed(arrays: Arrays, values: Mapping[str, Any]) -> Computed:
    table, skipped, scores = (_unpacked(arrays[name]) for name in (*TABLES, "scores"))
    chosen = values["choice"]
    (method,) = named([chosen["method"]])
    found = Forecast(
        cutoff=np.datetime64(values["cutoff"]),
        targets=_days(values["targets"]),
        choice=Choice(method, chosen["why"], scores, chosen["targets"]),
        table=table,
        skipped=skipped,
        needs=tuple(_need(at, each, arrays, tuple(values["parts"]))
                    for at, each in enumerate(values["needs"])),
        mixtures=tuple(names and Mixture(tuple(names), arrays[f"weights{at}"],
                                         arrays[f"pieces{at}"])
                       for at, names in enumerate(values["mixtures"])),
    )  # fmt: skip
    curves = tuple(tuple(each) for each in values["curves"])
    return Computed(found, build_spec(values["build"]), curves, values["engine"])


def _need(at: int, values: Mapping[str, Any], arrays: Arrays, parts: tuple[str, ...]) -> Need:
    sure = Distribution(arrays[f"sure{at}"], values["days"], values["whole"])
    before, unsaid = arrays[f"before{at}"], tuple(values["unsaid"])
    return Need(parts, _days(values["targets"]), sure, before, unsaid)


def _days(texts: list[str]) -> tuple[np.datetime64, ...]:
    return tuple(np.datetime64(text) for text in texts)


def _packed(table: pl.DataFrame) -> Any:
    stream = io.BytesIO()
    table.write_parquet(stream)
    return np.frombuffer(stream.getvalue(), dtype=np.uint8)


def _unpacked(packed: Any) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(packed.tobytes()))
