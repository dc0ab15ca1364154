"""Pictures: figures from values, written as PNG or SVG. Matplotlib is imported only here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import matplotlib.font_manager
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from calloff.correlation import Correlation
from calloff.inspection import lead_name
from calloff.messages import say
from calloff.writing import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES = (".png", ".svg", ".pdf")
HANGUL_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic",
                "Apple SD Gothic Neo", "UnDotum")  # fmt: skip


def save(figure: Figure, path: Path) -> None:
    """Write a figure; a missing glyph (no Korean font here) is drawn as a box, not reported."""
    import logging

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    with replacing(path) as made:
        figure.savefig(made, dpi=150, facecolor="white")


def _figure(width: float, height: float) -> Figure:
    known = {font.name for font in matplotlib.font_manager.fontManager.ttflist}
    fonts = [name for name in HANGUL_FONTS if name in known]
    matplotlib.rcParams["font.family"] = ["DejaVu Sans", *fonts]
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def heat_map(found: Correlation, lang: str = "en") -> Figure:
    """The correlation of the horizons, each cell with its coefficient and number of pairs."""
    names = [lead_name(lead) for lead in found.aligned.leads]
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
    return figure


def _cell(axes: Axes, found: Correlation, row: int, column: int) -> None:
    value, pairs = found.coefficient[row, column], found.pairs[row, column]
    colour = "white" if abs(np.nan_to_num(value)) > 0.6 else "#222222"
    text = "–" if np.isnan(value) else f"{value:.2f}"
    axes.text(column, row - 0.1, text, ha="center", va="center", color=colour, fontsize=9)
    axes.text(column, row + 0.28, f"n={pairs}", ha="center", va="center", color=colour, fontsize=6)
