"""Everything that is known as of one day, as one value: what report, workbook and page show.

The forecast with its range and what to build, how good the methods were until then, which plans to
distrust, what was found in the input, and where it all came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from calloff.analysis.plan_accuracy import PlanAccuracy, assess
from calloff.data.inspection import Inspection
from calloff.data.load import Loaded
from calloff.data.reading.keys import Key
from calloff.data.triangle import Past, Triangle
from calloff.evaluation.backtest import choose_methods, quantile_columns, scored_origins
from calloff.evaluation.figure_tables import FigureOptions
from calloff.evaluation.past_figures import past_figures
from calloff.forecasters import available
from calloff.forecasters.lstm import Tuned, tuned_networks
from calloff.forecasters.prequential import recent
from calloff.lstm.network import Fitted as Trained
from calloff.planning.build import BuildSpec
from calloff.planning.computed import Computed
from calloff.planning.forecast import Forecast, forecast_past
from calloff.planning.tables import ForecastOptions
from calloff.rolling.forecaster import Forecaster
from calloff.rolling.hindcasts import Progress, hindcast
from calloff.rolling.long_table import long_table
from calloff.rolling.spec import LONGEST, Spec
from calloff.texts import arguments
from calloff.texts.arguments import day, instance, number, require, several, whole
from calloff.texts.version import version
from calloff.uncertainty.distribution import check_levels

MOST_SCORED = 10_000  # target days
AHEAD = 0.3  # of the work is the forecast ahead; the rest scores the past
BUILT_ON = {"lstm", "auto"}  # methods whose numbers come from the network


@dataclass(frozen=True)
class Settings:
    """What results are asked for.

    Attributes:
        spec: the lead.
        as_of: the day (ISO) at whose close the forecast is made; by default the newest fresh one.
        method: a name; by default that of the method that did best.
        days: number of target days to forecast.
        quantiles: levels between 0 and 1.
        build: how much to build.
        tolerance: share of the call-off that a plan may be off.
        scored: number of past target days to score.
        exclude: parts that stay out of scores and pooled statistics.
    """

    spec: Spec = field(default_factory=Spec)
    as_of: str | None = None
    method: str | None = None
    days: int = 1
    quantiles: tuple[float, ...] = (0.1, 0.5, 0.9)
    build: BuildSpec = field(default_factory=BuildSpec)
    tolerance: float = 0.1
    scored: int = 15
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(
            instance(self.spec, "spec", Spec),
            day(self.as_of, "as_of", optional=True),
            instance(self.method, "method", str, Forecaster, optional=True),
            whole(self.days, "days", 1, LONGEST),
            arguments.levels(self.quantiles, "quantiles"),
            instance(self.build, "build", BuildSpec),
            number(self.tolerance, "tolerance", 0, 10),
            whole(self.scored, "scored", 1, MOST_SCORED),
            several(self.exclude, "exclude"),
        )

    @property
    def options(self) -> ForecastOptions:
        """What is asked of the forecast itself."""
        return ForecastOptions(self.method, self.days, check_levels(self.quantiles), self.build)


@dataclass(frozen=True)
class Source:
    """An input file.

    Attributes:
        name: its name without folder.
        size: in bytes.
        sha256: its hash, in hexadecimal.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Results:
    """All results as of one day, from plans issued by ``past.cutoff``.

    Attributes:
        settings: what was asked for.
        sources: the input files.
        version: of calloff.
        triangle: all plans, with the excluded parts marked.
        past: what was known at the cutoff.
        inspection: what was found in the input.
        forecast: forecasts, quantiles, and what to build.
        pairs: the long table of a backtest over the last ``settings.scored`` target days (see
            ``backtest``), of the plan, the quick methods and the one that was used; no rows where
            nothing could be scored.
        curves: of each network behind the forecast, the loss of its quantiles by pass, one for each
            target day that was learned (in units of the usual error); none without a network.
        engine: what trained these networks, with its instruction set, on which their last digits
            depend; empty without.
        plan_accuracy: how good the plans were.
        figures: the same in the planning trade's figures (see ``past_figures``).
        scored: whether the past has been scored; else ``pairs`` is still to come.
        keys: name of a part -> part, plant and customer.
    """

    settings: Settings
    sources: tuple[Source, ...]
    version: str
    triangle: Triangle
    past: Past
    inspection: Inspection
    forecast: Forecast
    pairs: pl.DataFrame
    curves: tuple[tuple[float, ...], ...]
    engine: str
    plan_accuracy: PlanAccuracy
    figures: pl.DataFrame
    scored: bool = True
    keys: Mapping[str, Key] = field(default_factory=dict)


def run(
    loaded: Loaded,
    settings: Settings | None = None,
    *,
    sources: Sequence[Source] = (),
    progress: Progress | None = None,
    first: Callable[[Results], None] | None = None,
    computed: Computed | None = None,
) -> Results:
    """Forecast, score and assess, all as of one day.

    Args:
        loaded: the input as read, cleaned and laid out.
        settings: what is asked for; see there for the defaults.
        sources: the input files, for the record.
        progress: called with the share done and what is done now.
        first: called with the results before the past is scored, which takes most of the time.
        computed: what was computed before on the same input and settings, instead of computing it
            again.

    Returns:
        The results.

    Raises:
        CalloffError: a setting is not as it must be, or there is nothing to forecast.
    """
    settings = settings or Settings()
    require(
        instance(loaded, "loaded", Loaded),
        instance(settings, "settings", Settings),
        several(sources, "sources"),
    )
    tell = progress or (lambda share, what: None)
    triangle = loaded.triangle.excluding(settings.exclude)
    tell(0.0, "forecast")
    past = triangle.as_of(settings.as_of)
    computed = computed or _computed(
        past, settings, lambda share, _: tell(AHEAD * share, "forecast")
    )
    found = computed.forecast
    made = Results(
        settings=settings,
        sources=tuple(sources),
        version=version(),
        triangle=triangle,
        past=Past(past.cutoff, past.known),  # without all that was computed on the way
        inspection=loaded.inspect(),
        forecast=found,
        pairs=pl.DataFrame(),
        curves=computed.curves,
        engine=computed.engine,
        plan_accuracy=assess(past, settings.spec.lead, settings.tolerance),
        figures=past_figures(past, FigureOptions(settings.spec.lead, period=past.cadence)),
        scored=False,
        keys=loaded.reading.keys,
    )
    if first:
        first(made)
    pairs = computed.pairs
    if pairs is None:
        pairs = _pairs(
            past, settings, found, lambda share, what: tell(AHEAD + (1 - AHEAD) * share, what)
        )
    return replace(made, pairs=pairs, scored=True)


def _computed(past: Past, settings: Settings, progress: Progress) -> Computed:
    """The forecast, and what its networks learned."""
    found = forecast_past(past, settings.spec, settings.options, progress)
    tuned = _tuned(past, settings.spec, found)
    return Computed(found, settings.build, tuned.curves, _engine(tuned.networks))


def source(path: str | Path) -> Source:
    """Hash an input file, which is read in blocks.

    Args:
        path: where it is.

    Returns:
        Its name, size and hash.

    Raises:
        OSError: it cannot be read.
    """
    digest, size = sha256(), 0
    with Path(path).open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    return Source(Path(path).name, size, digest.hexdigest())


def _pairs(past: Past, settings: Settings, found: Forecast, progress: Progress) -> pl.DataFrame:
    """The pairs of the last target days; no rows where nothing could be scored: a short past, or
    all parts left out."""
    quick: list[Any] = [method for method in available().values() if method.quick]
    methods = choose_methods([*quick, found.choice.method])
    days = past.known.target_days[-settings.scored :]
    origins = scored_origins(past, settings.spec, days)
    if not origins:
        return pl.DataFrame()
    hindcasts = hindcast(past, settings.spec, methods, origins, progress=progress)
    return long_table(hindcasts, quantile_columns(hindcasts, check_levels(settings.quantiles)))


def _tuned(past: Past, spec: Spec, found: Forecast) -> Tuned:
    """The networks behind a forecast; none where none had a part in it."""
    return (
        tuned_networks(recent(past, spec), spec)
        if BUILT_ON & set(found.table["method"])
        else Tuned.begun(())
    )


def _engine(networks: tuple[Trained, ...]) -> str:
    """Such as "cpp, avx2"."""
    known = {(each.engine.name, each.engine.instruction_set) for each in networks}
    return "; ".join(", ".join(filter(None, each)) for each in sorted(known))
