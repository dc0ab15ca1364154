"""calloff: what will really be called off? Honest forecasts from rolling delivery plans.

The usual way: ``read`` -> ``clean`` -> ``build_triangle`` (or ``load``, all three in one) ->
``backtest`` and ``score`` -> ``forecast``. Names are imported when they are first used, so that
the command line answers at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calloff.backtesting import backtest as backtest
    from calloff.cleaning import Policy as Policy
    from calloff.cleaning import clean as clean
    from calloff.correlation import align as align
    from calloff.correlation import correlate as correlate
    from calloff.forecasters import Fitted as Fitted
    from calloff.forecasters import Forecaster as Forecaster
    from calloff.forecasting import Forecast as Forecast
    from calloff.forecasting import forecast as forecast
    from calloff.layouts import load_layout as load_layout
    from calloff.loading import load as load
    from calloff.problems import CalloffError as CalloffError
    from calloff.reading import read as read
    from calloff.scoring import score as score
    from calloff.spec import Spec as Spec
    from calloff.triangle import Past as Past
    from calloff.triangle import Triangle as Triangle
    from calloff.triangle import build_triangle as build_triangle

_HOME = {
    "CalloffError": "problems",
    "Fitted": "forecasters",
    "Forecast": "forecasting",
    "Forecaster": "forecasters",
    "Past": "triangle",
    "Policy": "cleaning",
    "Spec": "spec",
    "Triangle": "triangle",
    "align": "correlation",
    "backtest": "backtesting",
    "build_triangle": "triangle",
    "clean": "cleaning",
    "correlate": "correlation",
    "forecast": "forecasting",
    "load": "loading",
    "load_layout": "layouts",
    "read": "reading",
    "score": "scoring",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("calloff.version").version()
    if name not in _HOME:
        raise AttributeError(f"module 'calloff' has no attribute {name!r}")
    return getattr(import_module(f"calloff.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*_HOME, "__version__"]
