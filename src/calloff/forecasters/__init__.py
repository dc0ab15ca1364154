"""Forecasters. To add one, add a file here that names its ``METHODS``.

plan, last_calloffs, ratio: the plan, past call-offs, and their ratio
weights: of methods that are combined, by their errors so far
prequential: learning one target day after the other
regression: median regression on the plan and what stands beside it
levels: what is usual over what is planned
slippage: what is planned for a day and called off on the next
record: what the past target days showed
learning: how a record learns a target day
rows: the simple forecasts for a question
simple: the methods that are read from the record
inputs: what the network reads
pretrained: the networks as trained on made-up customers
examples: what the network learns of a target day
lstm: the network, trained further on the customer's days
auto: all methods together
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from calloff.rolling.forecaster import Fitted, Forecaster
from calloff.texts.errors import CalloffError, Problem

__all__ = ["Fitted", "Forecaster", "available", "named"]


@cache
def available() -> dict[str, Forecaster]:
    """All methods by name, the plan first, the others in the order of their rank and name."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    methods = [method for module in modules for method in getattr(module, "METHODS", ())]
    return {method.name: method for method in sorted(methods, key=lambda m: (m.rank, m.name))}


def named(names: Iterable[str]) -> tuple[Forecaster, ...]:
    """The methods of some names.

    Args:
        names: as on the command line.

    Returns:
        The methods, each once, in the order of the names.

    Raises:
        CalloffError: with every name that is not known.
    """
    wanted = tuple(dict.fromkeys(names))
    choices = ", ".join(available())
    unknown = [name for name in wanted if name not in available()]
    if unknown:
        raise CalloffError(
            Problem("method.unknown", facts={"name": name, "choices": choices}) for name in unknown
        )
    return tuple(available()[name] for name in wanted)
