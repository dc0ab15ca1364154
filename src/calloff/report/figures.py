"""Pictures: figures from values, written as PNG or SVG. Matplotlib is imported only here.

Fonts are set on each figure: matplotlib's own settings belong to the caller.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text

from calloff.analysis.correlation import Correlation
from calloff.analysis.plan_accuracy import PlanAccuracy
from calloff.report.files import check_target, replacing
from calloff.texts.arguments import instance, one_of, require, several, whole
from calloff.texts.catalogue import LANGUAGES, say
from calloff.texts.leads import lead_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from calloff.training.train import PartRun

PICTURES = (".png", ".svg", ".pdf")  # suffixes of its files
HANGUL_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic",
                "Apple SD Gothic Neo", "UnDotum")  # fmt: skip


def save(figure: Figure, path: str | Path) -> None:
    """Write a figure; a missing glyph (no Korean font here) is drawn as a box, not reported.

    Args:
        figure: the figure.
        path: the file (.png, .svg or .pdf), which is replaced as a whole.

    Raises:
        CalloffError: this is no figure, or the file cannot be written.
    """
    require(instance(figure, "figure", Figure))
    with replacing(check_target(path, PICTURES)) as made, _unreported_fonts():
        figure.savefig(made, dpi=150, facecolor="white")


@contextmanager
def _unreported_fonts() -> Iterator[None]:
    """Without matplotlib's words on fonts; what is the caller's is left as it was."""
    logger = logging.getLogger("matplotlib.font_manager")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        logger.addFilter(_is_error)
        try:
            yield
        finally:
            logger.removeFilter(_is_error)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _with_fonts(figure: Figure) -> Figure:
    """Every text in DejaVu Sans, and in the Korean fonts that are installed for what it lacks."""
    known = {font.name for font in fontManager.ttflist}
    fonts = ["DejaVu Sans", *(name for name in HANGUL_FONTS if name in known)]
    for axes in figure.axes:
        axes.tick_params(labelfontfamily=fonts)  # of ticks that are made only when it is drawn
    for text in figure.findobj(Text):
        text.set_fontfamily(fonts)
    return figure


def heat_map(found: Correlation, lang: str = "en") -> Figure:
    """Draw the correlation of the leads of a part, each cell with its coefficient and pairs.

    Args:
        found: the correlation.
        lang: language of the texts, "en" or "ko".

    Returns:
        The figure, for ``save``.

    Raises:
        CalloffError: an argument cannot be used.
    """
    require(instance(found, "found", Correlation), one_of(lang, "lang", LANGUAGES))
    names = lead_names(found.aligned.leads)
    size = 2.2 + 0.62 * len(names)
    figure = _figure(size + 1.0, size)
    axes = figure.add_subplot()
    image = axes.imshow(found.coefficient, cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_title(say("picture.correlation", lang, part=found.aligned.part), loc="left")
    for row, column in np.ndindex(*found.coefficient.shape):
        _cell(axes, found, row, column)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.8, label=say("picture.pearson", lang))
    return _with_fonts(figure)


def _cell(axes: Axes, found: Correlation, row: int, column: int) -> None:
    value, pairs = found.coefficient[row, column], found.pairs[row, column]
    colour = "white" if abs(np.nan_to_num(value)) > 0.6 else "#222222"
    text = "–" if np.isnan(value) else f"{value:.2f}"
    axes.text(column, row - 0.1, text, ha="center", va="center", color=colour, fontsize=9)
    axes.text(column, row + 0.28, f"n={pairs}", ha="center", va="center", color=colour, fontsize=6)


def loss_curves(runs: Sequence[PartRun], lang: str = "en") -> Figure:
    """Draw training and validation loss by epoch.

    Args:
        runs: trained networks; of several the mean is drawn, and the span of the middle four
            fifths.
        lang: language of the texts, "en" or "ko".

    Returns:
        The figure, for ``save``.

    Raises:
        CalloffError: there are no runs, or an argument cannot be used.
    """
    require(several(runs, "runs", some=True), one_of(lang, "lang", LANGUAGES))
    figure = _figure(7.0, 4.2)
    axes = figure.add_subplot()
    for key, colour in (("loss", "#1f6fb4"), ("val_loss", "#d1662b")):
        curves = [getattr(run, key) for run in runs if getattr(run, key)]
        epochs = min(map(len, curves), default=0)
        values = np.array([curve[:epochs] for curve in curves])
        if not values.size:
            continue
        axis = np.arange(1, epochs + 1)
        axes.plot(axis, values.mean(axis=0), color=colour, label=say(f"picture.{key}", lang))
        if len(values) > 1:
            low, high = np.quantile(values, (0.1, 0.9), axis=0)
            axes.fill_between(axis, low, high, color=colour, alpha=0.15, linewidth=0)
    parts = list(dict.fromkeys(run.part for run in runs))
    name = parts[0] if len(parts) == 1 else say("picture.parts", lang, count=len(parts))
    axes.set_title(say("picture.curves", lang, part=name, runs=len(runs)), loc="left")
    axes.set_xlabel(say("picture.epoch", lang))
    axes.set_ylabel(say("picture.scaled_loss", lang))
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return _with_fonts(figure)


def trust_map(found: PlanAccuracy, lang: str = "en", worst: int = 25) -> Figure:
    """Draw how far the plans of the worst planned parts were off, by lead.

    Args:
        found: how good the plans were.
        lang: language of the texts, "en" or "ko".
        worst: how many parts are drawn, those with the largest mean absolute error.

    Returns:
        The figure, for ``save``, whose colours show the error over the call-off.

    Raises:
        CalloffError: an argument cannot be used.
    """
    require(
        instance(found, "found", PlanAccuracy),
        one_of(lang, "lang", LANGUAGES),
        whole(worst, "worst", 1, 10**4),
    )
    table = found.by_lead.pivot("lead", index="part", values="wape")
    order = (
        found.by_lead.group_by("part", maintain_order=True)
        .agg(pl.col("mae").mean())
        .sort("mae", "part", descending=[True, False])
    )
    parts = order["part"].head(worst).to_list()
    values = order.head(worst).join(table, on="part", how="left").drop("part", "mae").to_numpy()
    leads = lead_names([int(name) for name in table.columns[1:]])
    figure = _figure(3.0 + 0.6 * len(leads), 1.6 + 0.28 * len(parts))
    axes = figure.add_subplot()
    image = axes.imshow(values, cmap="YlOrRd", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(leads)), leads)
    axes.set_yticks(range(len(parts)), parts)
    axes.set_title(say("picture.trust", lang, count=len(parts)), loc="left", fontsize=10, wrap=True)
    for row, column in np.ndindex(*values.shape):
        value = values[row, column]
        colour = "white" if np.nan_to_num(value) > 0.6 else "#222222"
        text = "–" if np.isnan(value) else f"{value:.0%}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.6, label=say("picture.wape", lang), extend="max")
    return _with_fonts(figure)
