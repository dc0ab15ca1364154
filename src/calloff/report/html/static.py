"""The files that a page is made of: style, scripts in the order in which they build on each other,
and the charts. The same files serve the report (inside it) and the local page (beside it)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

STYLE = "page.css"
CHARTS = "echarts.min.js"
_NAMES = (
    "core",
    "theme",
    "table",
    "chart",
    "chosen",
    "labels",
    "carried",
    "built",
    "csv",
    "build",
    "grid",
    "scores",
    "card",
    "data",
    "fan",
    "part",
    "mount",
)
SCRIPTS = tuple(f"{name}.js" for name in _NAMES)
START = "report.js"  # of the report only


@cache
def asset(name: str) -> str:
    """The text of a file of the report's assets, by its ``name``."""
    return (files("calloff.report.html") / "assets" / name).read_text(encoding="utf-8")
