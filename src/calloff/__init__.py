"""calloff: what will really be called off? Honest forecasts from rolling delivery plans.

The usual way: ``read`` -> ``clean`` -> ``build_triangle`` (or ``load``, all three in one) ->
``backtest`` and ``score`` -> ``forecast``. Names are imported when they are first used, so that
the command line answers at once.

The folders, in the order of the data's way through them; each imports from itself and from those
above it only (held by tests/test_structure.py, as is the list of modules in each folder):

texts: texts for users, in two languages, and errors made of them
lstm: the LSTM from scratch: specification, engine, training
keras: the same as a layer for Keras
data: from files and frames to the triangle of plans
store: plans that are kept for years, in a folder
synth: synthetic customers of which the truth is known
overrides: a planner's own numbers
rolling: standing on a past day: what was known, asked and forecast
features: what learned methods see of the triangle
uncertainty: how sure a forecast is
analysis: how good the customer's plans are
forecasters: the methods, one file each
evaluation: backtests, scores, and the choice of a method
planning: what will be called off next, and what to build
ledger: what was forecast, written down and scored when it has come
training: the notebook's job: a network for each part
report: results for people: terminal, HTML, workbook, figures, files
daily: the day's work for all customers of a store
web: the local page and its REST interface
cli: the command line
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calloff.analysis.correlation import align as align
    from calloff.analysis.correlation import correlate as correlate
    from calloff.data.building import build_triangle as build_triangle
    from calloff.data.cleaning import Policy as Policy
    from calloff.data.cleaning import clean as clean
    from calloff.data.layouts import load_layout as load_layout
    from calloff.data.reading import read as read
    from calloff.data.triangle import Past as Past
    from calloff.data.triangle import Triangle as Triangle
    from calloff.evaluation.backtest import backtest as backtest
    from calloff.evaluation.scores import score as score
    from calloff.planning.forecast import Forecast as Forecast
    from calloff.planning.forecast import forecast as forecast
    from calloff.planning.many import Job as Job
    from calloff.planning.many import forecast_many as forecast_many
    from calloff.rolling.forecaster import Fitted as Fitted
    from calloff.rolling.forecaster import Forecaster as Forecaster
    from calloff.rolling.spec import Spec as Spec
    from calloff.store.load import load as load
    from calloff.texts.errors import CalloffError as CalloffError

_MODULES = {
    "CalloffError": "texts.errors",
    "Fitted": "rolling.forecaster",
    "Forecast": "planning.forecast",
    "Forecaster": "rolling.forecaster",
    "Job": "planning.many",
    "Past": "data.triangle",
    "Policy": "data.cleaning",
    "Spec": "rolling.spec",
    "Triangle": "data.triangle",
    "align": "analysis.correlation",
    "backtest": "evaluation.backtest",
    "build_triangle": "data.building",
    "clean": "data.cleaning",
    "correlate": "analysis.correlation",
    "forecast": "planning.forecast",
    "forecast_many": "planning.many",
    "load": "store.load",
    "load_layout": "data.layouts",
    "read": "data.reading",
    "score": "evaluation.scores",
}
__all__ = [
    "CalloffError",
    "Fitted",
    "Forecast",
    "Forecaster",
    "Job",
    "Past",
    "Policy",
    "Spec",
    "Triangle",
    "align",
    "backtest",
    "build_triangle",
    "clean",
    "correlate",
    "forecast",
    "forecast_many",
    "load",
    "load_layout",
    "read",
    "score",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("calloff.texts.version").version()
    if name not in _MODULES:
        raise AttributeError(f"module 'calloff' has no attribute {name!r}")
    return getattr(import_module(f"calloff.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*_MODULES, "__version__"]
